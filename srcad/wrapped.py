"""Functions that are written here: their text is where Python and lowering look for it."""

from __future__ import annotations

import inspect
import linecache
from collections.abc import Callable, Mapping
from itertools import count
from types import FunctionType
from typing import Any

from srcad.frontend.syntax.signature import TEXT

_numbers = count()


def made_function(text: str, name: str, namespace: Mapping[str, object]) -> FunctionType:
    """Return the function `name` that a text defines."""
    filename = f"<srcad {name} {next(_numbers)}>"
    space: dict[str, Any] = dict(namespace)
    space["__name__"] = "made_by_srcad"
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    exec(compile(text, filename, "exec", dont_inherit=True), space)  # noqa: S102
    made = space[name]
    assert isinstance(made, FunctionType)
    setattr(made, TEXT, text)
    return made


def calling(func: Callable[..., object], like: FunctionType) -> FunctionType:
    """Return a Python function that calls `func`, with the signature of `like`."""
    signature = inspect.signature(like)
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
    made.__defaults__, made.__kwdefaults__ = like.__defaults__, like.__kwdefaults__
    made.__qualname__, made.__doc__ = like.__qualname__, like.__doc__
    made.__module__ = like.__module__
    return made
