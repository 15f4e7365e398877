"""Texts that are compiled as generated code is, whatever they say."""

from numba.core.registry import CPUDispatcher

from srcad.backend.compiler import GeneratedCodeCompiler
from srcad.backend.module import build
from srcad.options import DEFAULT, derivative_flags


def compiled(text, name, space=None, **flags):
    """Return the function `name` of a text, compiled at its first call."""
    return CPUDispatcher(
        build(text, name, space or {}).function,
        targetoptions=derivative_flags(DEFAULT) | flags,
        pipeline_class=GeneratedCodeCompiler,
    )
