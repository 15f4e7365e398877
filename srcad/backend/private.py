"""Private copies of the compiled functions that a function calls.

A function of Numba that is compiled for the first time takes the flags that it leaves open
from its caller, and keeps them. So a caller with `fastmath=True` would change what others
compute with its helpers. It gets copies of them instead, which take its flags.
"""

from __future__ import annotations

from types import CellType, CodeType, FunctionType
from typing import TYPE_CHECKING, Any

from numba.core.dispatcher import Dispatcher
from numba.core.registry import CPUDispatcher

if TYPE_CHECKING:
    from collections.abc import Iterator


def with_private_helpers(function: FunctionType) -> FunctionType:
    """Return a function that calls private copies of compiled functions.

    It is `function` itself if that calls none, or itself. Functions that are attributes of
    modules are not copied.
    """
    try:
        return _copied(function, {}, function)
    except _CallsItselfError:
        return function


class _CallsItselfError(Exception):
    """Numba knows a recursive call by the object that is called."""


def _copied(function: FunctionType, done: dict[int, Any], root: FunctionType) -> FunctionType:
    names = {
        name: function.__globals__[name]
        for name in _names(function.__code__)
        if _is_helper(function.__globals__.get(name))
    }
    cells = [_content(cell) for cell in function.__closure__ or ()]
    if not names and not any(map(_is_helper, cells)):
        return function
    space = dict(function.__globals__)
    closure = tuple(map(CellType, cells)) if function.__closure__ else None
    made = FunctionType(function.__code__, space, function.__name__, function.__defaults__, closure)
    made.__kwdefaults__ = function.__kwdefaults__
    made.__qualname__, made.__module__ = function.__qualname__, function.__module__
    done[id(function)] = made
    for name, helper in names.items():
        space[name] = _private(helper, done, root)
    for old, new, value in zip(function.__closure__ or (), closure or (), cells, strict=True):
        if value is _EMPTY:
            del new.cell_contents
        elif _is_helper(value):
            new.cell_contents = _private(old.cell_contents, done, root)
    return made


def _private(helper: Any, done: dict[int, Any], root: FunctionType) -> Any:
    """Return a dispatcher of a copy, with the options of the original."""
    if helper.py_func is root:
        raise _CallsItselfError
    if id(helper) not in done:
        inner = done.get(id(helper.py_func)) or _copied(helper.py_func, done, root)
        if id(helper) not in done:  # it may have met itself
            done[id(helper)] = CPUDispatcher(inner, targetoptions=dict(helper.targetoptions))
    return done[id(helper)]


def _is_helper(value: object) -> bool:
    """Return whether a value is a function that Numba compiles as it is."""
    return isinstance(value, Dispatcher) and not hasattr(value, "__srcad_derivative__")


_EMPTY = object()


def _content(cell: CellType) -> object:
    try:
        return cell.cell_contents
    except ValueError:
        return _EMPTY


def _names(code: CodeType) -> Iterator[str]:
    """Iterate over the global names that a function and the functions inside it may read."""
    yield from code.co_names
    for const in code.co_consts:
        if isinstance(const, CodeType):
            yield from _names(const)
