"""The point where a function was called last: another call there needs no sweep."""

from __future__ import annotations

from dataclasses import dataclass
from types import FunctionType
from typing import Any

import numpy as np

from srcad.bound import taken_of
from srcad.captured import Watch, watch
from srcad.carried import carrier_of
from srcad.derivative import target_of

State = tuple[Any, ...]
NUMBERS = (bool, int, float, np.bool_, np.integer, np.floating)


@dataclass(frozen=True, slots=True)
class Point:
    """Copies of all that the function was given and had captured, and its gradient there."""

    state: State
    gradient: Any

    @staticmethod
    def of(state: State, gradient: Any) -> Point:
        """Return the point; what the caller may change in place is copied."""
        return Point(tuple(map(_copied, state)), gradient)


def state_of(f: Any, args: tuple[Any, ...]) -> State | None:
    """Return all that the value of `f` depends on; None where that cannot be compared."""
    found = _flat(args)
    own = _captured(f)
    return None if found is None or own is None else (*found, None, *own)


def same_bits(one: State | None, other: State | None) -> bool:
    """Return whether two states are the same to the last bit."""
    if one is None or other is None or len(one) != len(other):
        return False
    return all(map(_same, one, other))


def _captured(f: Any) -> State | None:
    carrier = carrier_of(f)
    if carrier is not None:
        carried = _flat((*carrier.values(), *carrier.keywords.values()))
        own = _captured(carrier.func)
        return None if carried is None or own is None else (*carried, None, *own)
    func, _ = target_of(f, "as_scipy")
    taken = taken_of(f, func)
    if taken is not None:
        values = _flat(taken[1])
        return None if values is None else (_Object(taken[0]), *values)
    seen = watch(func) if isinstance(func, FunctionType) else None
    return None if seen is None else (seen,)


def _flat(values: tuple[Any, ...]) -> State | None:
    """Return numbers and arrays of nested tuples; None for anything else."""
    found: list[Any] = []
    for value in values:
        if isinstance(value, tuple):
            inner = _flat(value)
            if inner is None:
                return None
            found += [type(value), len(value), *inner]
        elif isinstance(value, NUMBERS) or (
            isinstance(value, np.ndarray) and value.dtype.kind in "fiub"
        ):
            found.append(value)
        else:
            return None
    return tuple(found)


@dataclass(frozen=True, slots=True, eq=False)
class _Object:
    """An object that is known by itself."""

    value: object


def _copied(value: Any) -> Any:
    return value.copy(order="K") if isinstance(value, np.ndarray) else value


def _same(a: Any, b: Any) -> bool:
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray):
        if a.dtype != b.dtype or a.shape != b.shape:
            return False
        return bool(np.array_equal(_bits(a), _bits(b)))
    match a:
        case _Object():
            return a.value is b.value
        case bool() | int() | float() | np.generic():
            return np.asarray(a).tobytes() == np.asarray(b).tobytes()
        case Watch():
            return a.is_unchanged()
    return a is b


def _bits(a: np.ndarray[Any, Any]) -> Any:
    return np.ascontiguousarray(a).reshape(-1).view(np.uint8)
