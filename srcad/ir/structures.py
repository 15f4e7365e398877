"""Structures of the user's at the boundary between Python and compiled code.

Numba knows no dict of arrays, no dataclass and no list of arrays. A call of a derivative with
one of these, or with a structured array, is made again with named tuples in their place
(`given`), and one with arrays of other libraries with those of NumPy; what comes out of
compiled code is a dict, a dataclass, a list or a structured array already (`srcad.ir.records`).
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from srcad.foreign import as_numpy, is_foreign_array
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
    """Return whether a value holds a structure, or another library's array: Numba knows neither."""
    if isinstance(value, tuple):
        return any(map(is_unknown, value))
    if isinstance(value, dict | list):
        return True
    return hasattr(type(value), "__dataclass_fields__") or is_foreign_array(value)


def given(value: Any) -> Any:
    """Return a value with named tuples in place of dicts, lists and dataclasses.

    Arrays of other libraries become those of NumPy, in the same memory.
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
        return as_numpy(value) if is_foreign_array(value) else value
    return given_class(record)(*map(given, parts_of(value, record)))


def has_foreign(value: Any) -> bool:
    """Return whether a value is an array of another library, or holds one."""
    if isinstance(value, tuple | list):
        return any(map(has_foreign, value))
    if isinstance(value, dict):
        return any(map(has_foreign, value.values()))
    return is_foreign_array(value)


def without_foreign(value: Any) -> Any:
    """Return a value with NumPy's arrays in place of those of other libraries; else as it is."""
    if isinstance(value, tuple):
        parts = tuple(map(without_foreign, value))
        return parts if type(value) is tuple else type(value)(*parts)
    if isinstance(value, list):
        return list(map(without_foreign, value))
    if isinstance(value, dict):
        return {key: without_foreign(part) for key, part in value.items()}
    return as_numpy(value) if is_foreign_array(value) else value


@cache
def _class_of_dict(keys: tuple[str, ...]) -> type[tuple[Any, ...]]:
    """Return the class of named tuples for dicts with these keys, in this order."""
    record = record_of(dict.fromkeys(keys))
    assert record is not None
    return given_class(record)
