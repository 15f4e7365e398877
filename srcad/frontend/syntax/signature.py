"""How functions are called, as they are written."""

from __future__ import annotations

import inspect
from types import FunctionType
from typing import Any

TEXT = "__srcad_text__"
"""The attribute of functions that holds their text: of functions of ours, since anybody may clear
`linecache`, and of those for which a text was given."""


def signature_of(func: Any) -> inspect.Signature:
    """Return how a function is called: as it is written, not as what it wraps is."""
    return inspect.signature(as_written(func) if isinstance(func, FunctionType) else func)


def as_written(func: FunctionType) -> FunctionType:
    """Return a function that does not say that it wraps another one: a copy if it does."""
    if not hasattr(func, "__wrapped__"):
        return func
    code, scope = func.__code__, func.__globals__
    bare = FunctionType(code, scope, func.__name__, func.__defaults__, func.__closure__)
    bare.__kwdefaults__, bare.__doc__ = func.__kwdefaults__, func.__doc__
    bare.__module__, bare.__qualname__ = func.__module__, func.__qualname__
    if TEXT in func.__dict__:
        bare.__dict__[TEXT] = func.__dict__[TEXT]
    return bare
