"""Texts that are compiled as generated code is, whatever they say."""

from numba.core.registry import CPUDispatcher

from srcad.backend.compiler import GeneratedCodeCompiler
from srcad.backend.jit import compile_helper
from srcad.backend.module import build
from srcad.options import DEFAULT, derivative_flags


def compiled(text, name, space=None, **flags):
    """Return the function `name` of a text, compiled at its first call; others are its helpers."""
    flags = derivative_flags(DEFAULT) | flags
    built = build(text, name, space or {}, wrap=lambda helper: compile_helper(helper, flags))
    return CPUDispatcher(built.function, targetoptions=flags, pipeline_class=GeneratedCodeCompiler)
