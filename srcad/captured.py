"""What a function takes from outside its arguments, as a key.

Numba freezes globals and closure values into compiled code, and so do we. A derivative
object is therefore right for the values that it was made with, and another value must
give another object.
"""

from __future__ import annotations

from types import CodeType, FunctionType, ModuleType
from typing import TYPE_CHECKING

import numpy as np

from srcad.backend.fingerprint import fingerprint

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

LIBRARIES = ("numpy", "math", "numba", "scipy", "srcad", "builtins")
ABSENT = object()


class Identity:
    """A key for an object that is compared by identity, and kept alive by the key."""

    __slots__ = ("value",)

    def __init__(self, value: object) -> None:
        """Hold the object."""
        self.value = value

    def __hash__(self) -> int:
        """Hash the identity."""
        return id(self.value)

    def __eq__(self, other: object) -> bool:
        """Compare identities."""
        return isinstance(other, Identity) and other.value is self.value


def python_function(func: object) -> FunctionType | None:
    """Return the Python function behind a dispatcher, a derivative or a function."""
    if isinstance(func, FunctionType):
        return func
    spec = getattr(func, "__srcad_derivative__", None)
    if spec is not None:
        return python_function(spec.func)
    inner = getattr(func, "py_func", None)
    return inner if isinstance(inner, FunctionType) else None


def content_key(func: FunctionType) -> Hashable:
    """Return a key of the code of `func` and of all that it captures, callees included."""
    return tuple(_function_keys(func, {id(func)}))


def _function_keys(func: FunctionType, seen: set[int]) -> Iterator[Hashable]:
    """Yield keys of the code, the defaults, the cells and the globals of `func`."""
    code = func.__code__
    yield code
    yield code.co_filename
    yield from (_value_key(value, seen) for value in func.__defaults__ or ())
    for name, cell in zip(code.co_freevars, func.__closure__ or (), strict=True):
        yield (name, _cell_key(cell, seen))
    names = sorted(set(_names(code)))
    for name in names:
        value = func.__globals__.get(name, ABSENT)
        if isinstance(value, ModuleType):
            yield from _module_keys(value, names, seen)
        elif value is not ABSENT:
            yield (name, _value_key(value, seen))


def _names(code: CodeType) -> Iterator[str]:
    """Yield the names that a code object and those inside it look up by name."""
    yield from code.co_names
    for const in code.co_consts:
        if isinstance(const, CodeType):
            yield from _names(const)


def _cell_key(cell: object, seen: set[int]) -> Hashable:
    """Return the key of a closure cell, which may be empty."""
    return _value_key(getattr(cell, "cell_contents", None), seen)


def _module_keys(module: ModuleType, names: list[str], seen: set[int]) -> Iterator[Hashable]:
    """Yield keys of the attributes of a user's module that may be meant."""
    if module.__name__.split(".", 1)[0] in LIBRARIES:
        return
    for name in names:
        value = vars(module).get(name, ABSENT)
        if value is not ABSENT and not isinstance(value, ModuleType):
            yield (module.__name__, name, _value_key(value, seen))


def _value_key(value: object, seen: set[int]) -> Hashable:
    """Return a key of one captured value: content for numbers, arrays and functions."""
    match value:
        case None | bool() | int() | float() | complex() | str() | bytes() | np.generic():
            return fingerprint(value)
        case np.ndarray():
            return (fingerprint(value), value.strides)
        case tuple():
            return (type(value), *(_value_key(item, seen) for item in value))
        case _:
            func = python_function(value)
            if func is None:
                return Identity(value)
            if id(func) in seen:
                return func.__qualname__
            seen.add(id(func))
            return tuple(_function_keys(func, seen))
