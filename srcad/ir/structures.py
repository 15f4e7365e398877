"""Structures of the user's at the boundary between Python and compiled code.

Numba knows no dict of arrays, no dataclass and no list of arrays. A call of a derivative with
one of these, or with a structured array, is made again with named tuples in their place
(`given`); what comes out of compiled code is a dict, a dataclass, a list or a structured array
already (`srcad.ir.records`).
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from srcad.ir.instances import type_of_instances
from srcad.ir.records import given_class, parts_of, record_of

LEAVES = frozenset((bool, int, float, type(None), np.ndarray, np.float64, np.float32))
"""What most values are: no structures."""


def has_structure(value: Any) -> bool:
    """Return whether a value holds a structure that compiled derivatives do not take."""
    if isinstance(value, np.ndarray | np.void):
        return value.dtype.names is not None
    if isinstance(value, tuple):
        return any(map(has_structure, value))
    return is_unknown(value) or type_of_instances(type(value)) is not None


def is_unknown(value: Any) -> bool:
    """Return whether a value holds a structure that Numba does not know."""
    if isinstance(value, tuple):
        return any(map(is_unknown, value))
    if isinstance(value, dict | list):
        return True
    return hasattr(type(value), "__dataclass_fields__")


def given(value: Any) -> Any:
    """Return a value with named tuples in place of dicts, lists and dataclasses.

    Raises TypeError for a dict with keys that are not strings.
    """
    kind = type(value)
    if kind in LEAVES and not (kind is np.ndarray and value.dtype.names):
        return value
    if kind is tuple:
        return tuple(map(given, value))
    if kind is dict:
        return tuple.__new__(_class_of_dict(tuple(value)), map(given, value.values()))
    record = record_of(value)
    if record is None:
        return value
    return given_class(record)(*map(given, parts_of(value, record)))


@cache
def _class_of_dict(keys: tuple[str, ...]) -> type[tuple[Any, ...]]:
    """Return the class of named tuples for dicts with these keys, in this order."""
    record = record_of(dict.fromkeys(keys))
    assert record is not None
    return given_class(record)
