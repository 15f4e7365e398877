"""Structured arrays and records of NumPy: fields, each an array or a number of its own.

Inside a function that is differentiated, the fields are separate arrays: views of the memory of
the structured array, so that what is written to one is seen. A derivative has the fields that
are floats or complex numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np

KINDS: tuple[type, ...] = (np.ndarray, np.recarray, np.void, np.record)
"""What has fields: arrays of two classes, and what their elements are."""


def is_array(kind: type) -> bool:
    """Return whether values of one of these classes are arrays."""
    return issubclass(kind, np.ndarray)


def kind_of(value: Any) -> type:
    """Return the class of a structured array or a record.

    Raises TypeError for classes of others, which may mean something else by their fields, and
    for fields that share memory.
    """
    if type(value) not in KINDS:
        message = f"a structured '{type(value).__name__}' cannot be passed; pass np.asarray of it"
        raise TypeError(message)
    if _shares(value.dtype):
        message = "the fields of a structured array share memory; pass a copy of each field"
        raise TypeError(message)
    return type(value)


@cache
def _shares(dtype: np.dtype[Any]) -> bool:
    """Return whether two fields of a dtype share memory."""
    rows = sorted((offset, field.itemsize) for field, offset, *_ in (dtype.fields or {}).values())
    return any(at + size > after for (at, size), (after, _) in pairwise(rows))


def element_kind(kind: type) -> type:
    """Return the class of the elements of structured arrays of a class."""
    return np.record if kind in {np.recarray, np.record} else np.void


def singles(dtype: np.dtype[Any]) -> tuple[str, ...]:
    """Return the fields that are numbers of type float32, or complex ones of two of them."""
    names = dtype.names or ()
    return tuple(name for name in names if dtype[name].type in {np.float32, np.complex64})


def made(
    kind: type, axes: int, keys: Sequence[str], parts: Sequence[Any], singles: Sequence[str]
) -> Any:
    """Return the structured array or record of these fields; None is none.

    axes: how many of the dimensions of the fields are those of the array.
    """
    pairs = zip(keys, parts, strict=True)
    fields = {key: np.asanyarray(part) for key, part in pairs if part is not None}
    for key in set(singles) & fields.keys():
        if fields[key].dtype.kind in "fc":
            fields[key] = fields[key].astype("f4" if fields[key].dtype.kind == "f" else "c8")
    rows = [(key, field.dtype, field.shape[axes:]) for key, field in fields.items()]
    shape = next((field.shape[:axes] for field in fields.values()), ())
    found = np.empty(shape, np.dtype(rows))
    for key, field in fields.items():
        found[key] = field
    if kind in {np.recarray, np.record}:
        found = found.view(np.recarray)
    return found if is_array(kind) else found[()]
