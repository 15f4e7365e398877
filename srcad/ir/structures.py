"""Structures of the user's at the boundary between Python and compiled code.

Numba knows no dict of arrays, no dataclass and no list of arrays. A call of a derivative with
one of these is made again with named tuples in their place (`given`); what comes out of
compiled code is a dict, a dataclass or a list already (`srcad.ir.records`).
"""

from __future__ import annotations

from typing import Any

from srcad.ir.records import given_class, parts_of, record_of


def has_structure(value: Any) -> bool:
    """Return whether a value holds a structure that Numba does not know."""
    if isinstance(value, tuple):
        return any(map(has_structure, value))
    if isinstance(value, dict | list):
        return True
    return hasattr(type(value), "__dataclass_fields__")


def given(value: Any) -> Any:
    """Return a value with named tuples in place of dicts, lists and dataclasses.

    Raises TypeError for a dict with keys that are not strings.
    """
    if type(value) is tuple:
        return tuple(map(given, value))
    record = record_of(value)
    if record is None:
        return value
    return given_class(record)(*map(given, parts_of(value, record)))
