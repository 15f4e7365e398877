"""Instances of jitclasses: their fields, methods and properties, as Numba has them.

A class says what its instances are by a type of Numba, which is all that is looked at here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np


def type_of_instances(kind: type) -> Any:
    """Return the Numba type of the instances of a jitclass, None for other classes."""
    found = vars(kind).get("_numba_type_")
    return found if hasattr(found, "jit_methods") else None


def fields(kind: type) -> tuple[str, ...]:
    """Return the names of the fields, in order."""
    return tuple(type_of_instances(kind).struct)


def dtype_of(kind: type, name: str) -> str | None:
    """Return the dtype of a field that is a number, None for other fields."""
    return _dtype(type_of_instances(kind).struct[name])


def _dtype(found: object) -> str | None:
    text = str(found)
    return text if text in np.sctypeDict and not hasattr(found, "ndim") else None


def typed(kind: type, names: tuple[str, ...], values: Iterable[Any]) -> tuple[Any, ...]:
    """Return the values of some fields, numbers of their types."""
    return tuple(_typed(v, dtype_of(kind, name)) for name, v in zip(names, values, strict=True))


def _typed(value: Any, dtype: str | None) -> Any:
    if dtype is None or value is None or dtype in {"float64", "int64", "bool", "complex128"}:
        return value
    return np.dtype(dtype).type(value)


def method_of(kind: type, name: str) -> tuple[Any, str] | None:
    """Return a function of the class and what it is: "method", "static" or "property"."""
    found = type_of_instances(kind)
    if name in found.jit_methods:
        return found.jit_methods[name].py_func, "method"
    if name in found.static_methods:
        return getattr(found.static_methods[name], "py_func", found.static_methods[name]), "static"
    getter = found.jit_props.get(name, {}).get("get")
    return None if getter is None else (getter.py_func, "property")
