"""Arguments and results as their leaves: tuples, lists, dicts, ... taken apart and rebuilt."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from srcad.ir.records import parts_of, record_of
from srcad.ir.types import COMPLEX, FLOATS


def leaves(tree: Any) -> list[Any]:
    """Return the numbers and arrays of nested structures; None has none."""
    items = parts(tree)
    if items is not None:
        return [leaf for item in items for leaf in leaves(item)]
    return [] if tree is None else [tree]


def parts(tree: Any) -> tuple[Any, ...] | None:
    """Return the parts of a tuple, a list, a dict or a dataclass; None for anything else."""
    if type(tree) is tuple:
        return tree
    record = record_of(tree)
    return None if record is None else parts_of(tree, record)


def rebuilt(tree: Any, new: Iterable[Any]) -> Any:
    """Return a tree of the same structure with other leaves, taken in order."""
    return _rebuilt(tree, iter(new))


def _rebuilt(tree: Any, new: Iterator[Any]) -> Any:
    found = parts(tree)
    if found is None:
        return None if tree is None else next(new)
    items = tuple(_rebuilt(item, new) for item in found)
    if isinstance(tree, tuple):
        return type(tree)(*items) if hasattr(tree, "_fields") else items
    record = record_of(tree)
    assert record is not None
    return record.made(items)


def mapped(function: Callable[[Any], Any], tree: Any) -> Any:
    """Return the tree with `function` applied to each leaf."""
    return rebuilt(tree, map(function, leaves(tree)))


def copied(tree: Any) -> Any:
    """Return the tree with arrays of its own."""
    return mapped(_copied, tree)


def _copied(leaf: Any) -> Any:
    return leaf.copy(order="K") if isinstance(leaf, np.ndarray) else leaf


def dtype_of(leaf: Any) -> str:
    """Return the dtype that a leaf has in compiled code, or the name of its Python type."""
    match leaf:
        case np.ndarray() | np.generic():
            return leaf.dtype.name
        case float():
            return "float64"
        case complex():
            return "complex128"
        case _:
            return type(leaf).__name__


def is_float(leaf: Any) -> bool:
    """Return whether a leaf is a float, or an array of floats."""
    return dtype_of(leaf) in FLOATS


def is_continuous(leaf: Any) -> bool:
    """Return whether a leaf can be differentiated: real or complex numbers."""
    return dtype_of(leaf) in (*FLOATS, *COMPLEX)
