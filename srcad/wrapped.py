"""Python functions that call others, with the signature of these."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import FunctionType
from typing import Any

from numba.core.ccallback import CFunc

from srcad.backend.numba_kernels import parameters, python_part
from srcad.frontend.syntax.made import made_function

CALL = "__srcad_call__"
"""The attribute of an object of Numba that holds the Python function which calls it."""


def kernel_call(kernel: Any) -> FunctionType | None:
    """Return the Python function that calls what `@vectorize` and its like made, once for each.

    None where that has no Python function; of `cfunc` it is the function itself.
    """
    made: FunctionType | None = vars(kernel).get(CALL)
    plain = python_part(kernel)
    if made is None and plain is not None:
        made = plain if isinstance(kernel, CFunc) else calling(kernel, plain, parameters(kernel))
        vars(kernel)[CALL] = made
    return made


def calling(
    func: Callable[..., object], like: FunctionType, count: int | None = None
) -> FunctionType:
    """Return a Python function that calls `func`, with the signature of `like`.

    count: how many parameters it takes, the first ones; None for all.
    """
    signature = inspect.signature(like)
    if count is not None:
        signature = signature.replace(parameters=list(signature.parameters.values())[:count])
    name = like.__name__ if like.__name__.isidentifier() else "function"
    params, args = [], []
    for param in signature.parameters.values():
        if param.kind is param.KEYWORD_ONLY and "*" not in params:
            params.append("*")
        params.append(param.name)
        args.append(f"{param.name}={param.name}" if "*" in params else param.name)
    called = f"{name}_"
    while called in signature.parameters:
        called += "_"
    text = f"def {name}({', '.join(params)}):\n    return {called}({', '.join(args)})\n"
    made = made_function(text, name, {called: func})
    if count is None:
        made.__defaults__, made.__kwdefaults__ = like.__defaults__, like.__kwdefaults__
    made.__qualname__, made.__doc__ = like.__qualname__, like.__doc__
    made.__module__ = like.__module__
    return made
