"""What derivations of one function have in common: the program before its mode.

A gradient and a tangent of a function start from the same program, and so do the derivatives
that a Hessian is made of. It is found once: within one derivation for all functions in it, and
for the functions that were derived last also from one derivation to the next, as long as they
are what they were.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from types import FunctionType
from weakref import ref

from srcad.ir.nodes import Function
from srcad.ir.types import Static, Tuple, Type

KEPT = 2
"""The functions of which beginnings are kept, unless they are gone."""


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a derivation has done and found until some step: see `Derivation`."""

    at: int
    function: Function
    after: dict[str, Function]
    done: tuple[str, ...]
    changed: frozenset[str]
    settled: dict[object, Function]
    is_of_mode: bool


Beginnings = dict[Hashable, Beginning]


class _Kept:
    """Beginnings of one function, of which the key of the contents was this."""

    def __init__(self, func: FunctionType, content: Hashable) -> None:
        self.func = ref(func, lambda _: _kept.remove(self) if self in _kept else None)
        self.content = content
        self.beginnings: Beginnings = {}


_kept: list[_Kept] = []


def beginnings_of(func: object, content: Hashable) -> Beginnings:
    """Return what is known of derivations of `func`, to be added to.

    content: tells whether all that the program depends on is what it was; None: unknown.
    """
    if content is None or not isinstance(func, FunctionType):
        return {}
    for kept in _kept:
        if kept.func() is func and kept.content == content:
            return kept.beginnings
    new = _Kept(func, content)
    _kept.insert(0, new)
    del _kept[KEPT:]
    return new.beginnings


def are_plain(types: tuple[Type, ...]) -> bool:
    """Return whether no argument is known while compiling: functions may capture other values."""
    return not any(
        isinstance(t, Static) or (isinstance(t, Tuple) and not are_plain(t.items)) for t in types
    )
