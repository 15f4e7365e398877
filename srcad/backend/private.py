"""Private copies of the compiled functions that a function calls.

A function of Numba that is compiled for the first time takes the flags that it leaves open
from its caller, and keeps them. So a caller with `fastmath=True` would change what others
compute with its helpers. It gets copies of them instead, which take its flags.
"""

from __future__ import annotations

from types import CellType, CodeType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

from numba.core.dispatcher import Dispatcher
from numba.core.registry import CPUDispatcher

from srcad.cache.content import is_of_a_library

if TYPE_CHECKING:
    from collections.abc import Iterator


def with_private_helpers(function: FunctionType) -> FunctionType:
    """Return a function that calls private copies of compiled functions.

    It is `function` itself if that calls none. What it finds in modules (`lib.helper`), it
    finds in private copies of these.
    """
    made = _copied(function, {})
    # A copy that calls itself does so by a helper, which Numba tells from this one.
    return made if made is function else _same(made, made.__globals__, made.__closure__)


def apart_from_itself(function: FunctionType) -> FunctionType:
    """Return a copy of a function that calls itself as a compiled function of somebody else's.

    Numba compiles no function while it compiles it.
    """
    values = [function.__globals__.get(name) for name in _names(function.__code__)]
    values += map(_content, function.__closure__ or ())
    helpers: list[Any] = [value for value in values if _is_helper(value)]
    if any(h.py_func is function and not h.is_compiling for h in helpers):
        return _same(function, function.__globals__, function.__closure__)
    return function


def stands_alone(function: FunctionType) -> bool:
    """Return whether the text of a function and of all that it calls says what Numba compiles.

    Not where it is among these, or where a function of the user's is compiled by an `overload`.
    """
    context = CPUDispatcher.targetdescr.typing_context
    context.refresh()
    known: set[int] = set()
    todo: list[Any] = [function]
    while todo:
        current = todo.pop()
        names = frozenset(_names(current.__code__))
        values = [current.__globals__.get(name) for name in names]
        values += map(_content, current.__closure__ or ())
        modules: set[int] = set()
        for value in values:
            if isinstance(value, ModuleType) and id(value) not in modules:
                modules.add(id(value))  # one may have itself among its names
                values += [vars(value)[name] for name in names if name in vars(value)]
        for value in values:
            inner = value if isinstance(value, FunctionType) else getattr(value, "py_func", None)
            if not isinstance(inner, FunctionType) or is_of_a_library(str(inner.__module__)):
                continue
            if inner is function or (inner is value and context._lookup_global(inner)):  # noqa: SLF001
                return False
            if id(inner) not in known:
                known.add(id(inner))
                todo.append(inner)
    return True


def named(function: FunctionType, tag: str) -> FunctionType:
    """Return a copy of a function with a tag in its name."""
    made = _same(function, function.__globals__, function.__closure__)
    made.__name__ = f"{function.__name__}_{tag}"
    made.__qualname__ = f"{function.__qualname__}_{tag}"
    return made


def _same(
    function: FunctionType, space: dict[str, Any], closure: tuple[CellType, ...] | None
) -> FunctionType:
    """Return a copy of a function with other globals and cells."""
    made = FunctionType(function.__code__, space, function.__name__, function.__defaults__, closure)
    made.__kwdefaults__ = function.__kwdefaults__
    made.__qualname__, made.__module__ = function.__qualname__, function.__module__
    return made


def _copied(function: FunctionType, done: dict[object, Any]) -> FunctionType:
    """Return the copy of a function, or itself where it needs none. done: copies by `id`."""
    names = frozenset(_names(function.__code__))
    found = {name: function.__globals__[name] for name in names if name in function.__globals__}
    cells = [_content(cell) for cell in function.__closure__ or ()]
    if not any(_has_helpers(value, names) for value in (*found.values(), *cells)):
        return function
    space = dict(function.__globals__)
    closure = tuple(map(CellType, cells)) if function.__closure__ else None
    made = done[id(function)] = _same(function, space, closure)
    for name, value in found.items():
        space[name] = _private(value, names, done)
    for cell, value in zip(closure or (), cells, strict=True):
        if value is _EMPTY:
            del cell.cell_contents
        else:
            cell.cell_contents = _private(value, names, done)
    return made


def _private(value: Any, names: frozenset[str], done: dict[object, Any]) -> Any:
    """Return what stands for a value: a helper, a module that has some, or anything else.

    A helper becomes a dispatcher of a copy, with the options of the original.
    """
    if not _has_helpers(value, names):
        return value
    if isinstance(value, ModuleType):
        if (id(value), names) not in done:
            made = done[id(value), names] = ModuleType(value.__name__)
            vars(made).update(vars(value))
            for name in names:
                if hasattr(value, name):
                    setattr(made, name, _private(getattr(value, name), names, done))
        return done[id(value), names]
    if id(value) not in done:
        inner = done.get(id(value.py_func)) or _copied(value.py_func, done)
        if id(value) not in done:  # it may have met itself
            done[id(value)] = CPUDispatcher(inner, targetoptions=dict(value.targetoptions))
    return done[id(value)]


def _has_helpers(value: object, names: frozenset[str], above: tuple[object, ...] = ()) -> bool:
    """Return whether a value is a helper, or a module in which one has one of the names."""
    if not isinstance(value, ModuleType):
        return _is_helper(value)
    inside = (getattr(value, name, None) for name in names)
    return value not in above and any(_has_helpers(v, names, (*above, value)) for v in inside)


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
