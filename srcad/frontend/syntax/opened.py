"""Functions whose captured values are arguments: what they read from outside comes first.

Before                                    After
    RATE = 0.5                                def loss(RATE, x, w):
    def model(x):                                 return RATE * np.sum((w - x) ** 2)
        def loss(w):
            return RATE * np.sum((w - x) ** 2)

Compiled code is then the same for all values of `RATE` and `x`, and for all functions that
`model` makes. The arrays are read-only. What is captured by a function that is lowered by
itself (one that calls itself, the part of a rule) is no argument of it: `Unhidden` is raised,
and the value has to be known while the code is made.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from types import CellType, FunctionType
from typing import Any

Key = tuple[int, str]
"""A place by the identity of the cell, or of the namespace and by the name in it."""


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """Where a captured value is read: from a closure cell, or by its name in a namespace.

    role: how the function comes to it, the same for all functions of the same code.
    is_number: whether it is one float, and no array.
    """

    owner: dict[str, Any] | CellType
    name: str
    role: tuple[str, ...]
    is_number: bool

    @property
    def key(self) -> Key:
        """Return what is equal for the same place."""
        return place_key(self.owner, self.name)


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    """A function of the user's with values from some places as its first arguments."""

    func: FunctionType
    places: tuple[Place, ...]


class Unhidden(Exception):  # noqa: N818 - no mistake of anybody's: the code is made another way
    """Values that are arguments have to be known while the code is made.

    keys: of their places; none for all floats, or for all where there are no floats.
    is_refused: whether the program is refused, which it may be anyhow. is_another: whether a
    value is no float or array any more.
    """

    def __init__(
        self,
        keys: frozenset[Key] = frozenset(),
        *,
        is_refused: bool = False,
        is_another: bool = False,
    ) -> None:
        super().__init__("a captured value has to be known while the code is made")
        self.keys, self.is_refused, self.is_another = keys, is_refused, is_another


_hidden: ContextVar[frozenset[Key] | None] = ContextVar("srcad_hidden", default=None)


def place_key(owner: dict[str, Any] | CellType, name: str) -> Key:
    """Return what is equal for the same place."""
    return (id(owner), "" if isinstance(owner, CellType) else name)


def key_of_name(func: FunctionType, name: str) -> Key:
    """Return the place that a free name of a function is read from."""
    code = func.__code__
    if name in code.co_freevars and func.__closure__:
        return place_key(func.__closure__[code.co_freevars.index(name)], name)
    return place_key(func.__globals__, name)


def opened_of(func: object) -> Opened | None:
    """Return what a function stands for, None if it is one of the user's."""
    found = getattr(func, "__srcad_opened__", None)
    return found if isinstance(found, Opened) else None


def opened_behind(func: object) -> Opened | None:
    """Return the opened function that a function, or a derivative of any order, is of."""
    spec = getattr(func, "__srcad_derivative__", None)
    return opened_of(func) if spec is None else opened_behind(spec.func)


def opened(func: FunctionType, signature: inspect.Signature, places: Sequence[Place]) -> Any:
    """Return a Python function that is never run: it captures, and has, what it stands for.

    signature: that of `func`.
    """
    stands_for = Opened(func, tuple(places))

    def function() -> Opened:
        return stands_for

    taken = list(signature.parameters)
    first = []
    for place in places:
        name = place.name if place.name.isidentifier() else "captured"
        while name in taken:
            name += "_"
        taken.append(name)
        first.append(inspect.Parameter(name, inspect.Parameter.POSITIONAL_ONLY))
    assert isinstance(function, FunctionType)
    function.__name__, function.__qualname__ = func.__name__, func.__qualname__
    function.__module__, function.__doc__ = func.__module__, func.__doc__
    function.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=[*first, *_after_positional_only(signature)]
    )
    function.__srcad_opened__ = stands_for  # type: ignore[attr-defined]
    return function


def _after_positional_only(signature: inspect.Signature) -> list[inspect.Parameter]:
    """Return the parameters of a function, which may follow others that have no names."""
    return list(signature.parameters.values())


@contextmanager
def hiding(func: object) -> Iterator[None]:
    """Let it be known, while a derivative of `func` is made, which places are arguments."""
    found = opened_behind(func)
    keys = frozenset(() if found is None else (place.key for place in found.places))
    token = _hidden.set(keys | (_hidden.get() or frozenset()))
    try:
        yield
    finally:
        _hidden.reset(token)


def is_hiding() -> bool:
    """Return whether a derivative is being made now."""
    return _hidden.get() is not None


def check_not_hidden(key: Key) -> None:
    """Raise Unhidden for a place that is an argument of the derivative that is being made."""
    hidden = _hidden.get()
    if hidden and key in hidden:
        raise Unhidden(frozenset({key}))
