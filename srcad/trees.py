"""Arguments and results as their leaves: tuples and named tuples taken apart and rebuilt."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from srcad.ir.types import FLOATS


def leaves(tree: Any) -> list[Any]:
    """Return the numbers and arrays of a tuple of tuples; None has none."""
    if isinstance(tree, tuple):
        return [leaf for item in tree for leaf in leaves(item)]
    return [] if tree is None else [tree]


def rebuilt(tree: Any, new: Iterable[Any]) -> Any:
    """Return a tree of the same structure with other leaves, taken in order."""
    return _rebuilt(tree, iter(new))


def _rebuilt(tree: Any, new: Iterator[Any]) -> Any:
    if isinstance(tree, tuple):
        items = [_rebuilt(item, new) for item in tree]
        return type(tree)(*items) if hasattr(tree, "_fields") else tuple(items)
    return None if tree is None else next(new)


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
        case _:
            return type(leaf).__name__


def is_float(leaf: Any) -> bool:
    """Return whether a leaf can be differentiated."""
    return dtype_of(leaf) in FLOATS
