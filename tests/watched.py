"""Arrays that watch what is done to them, for programs that run as plain Python.

An index outside raises anyway; these also note every negative index of an element, so that
two programs can be compared: a pass must not make up an index that wraps. Memory that nobody
has written holds NaN (or huge integers). `sealed` arrays raise when they are written.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import numpy as np

from tests.harness import poisoned
from tests.oracle import map_tree

_NEGATIVE: set[tuple[int, int]] = set()
"""The negative indices of elements, as `(axis, index)`, since `watching` began."""


class Watched(np.ndarray):
    """An array that notes negative indices."""

    def __getitem__(self, index: Any) -> Any:
        """Read, and note how."""
        note(index)
        return super().__getitem__(index)

    def __setitem__(self, index: Any, value: Any) -> None:
        """Write, and note how."""
        note(index)
        super().__setitem__(index, value)

    def __array_wrap__(self, array: Any, context: Any = None, return_scalar: bool = True) -> Any:
        """Return the result of an operation, a number where NumPy gives one."""
        return array[()] if array.ndim == 0 else array.view(Watched)


class WatchedNumpy:
    """NumPy, but its new arrays watch."""

    def __getattr__(self, name: str) -> Any:
        found = getattr(np, name)
        if isinstance(found, type) or not callable(found):
            return found
        is_empty = name in {"empty", "empty_like"}

        def call(*args: Any, **options: Any) -> Any:
            result = found(*args, **options)
            return watched(poisoned(result) if is_empty else result)

        self.__dict__[name] = call
        return call


def note(index: Any) -> None:
    """Note the negative numbers of an index."""
    for axis, part in enumerate(index if type(index) is tuple else (index,)):
        if isinstance(part, np.ndarray) and part.dtype.kind == "i":
            _NEGATIVE.update((axis, int(k)) for k in part.ravel() if k < 0)
        elif isinstance(part, int | np.integer) and part < 0:
            _NEGATIVE.add((axis, int(part)))


@contextlib.contextmanager
def watching() -> Iterator[set[tuple[int, int]]]:
    """Yield the set of the negative indices that are used inside this block."""
    _NEGATIVE.clear()
    yield _NEGATIVE


def watched(tree: Any) -> Any:
    """Return a tree with arrays that watch, of the same memory."""
    return map_tree(
        lambda leaf: leaf.view(Watched) if type(leaf) is np.ndarray and leaf.ndim else leaf, tree
    )


def fresh(args: tuple[Any, ...], *, sealed: bool = False) -> tuple[Any, ...]:
    """Return copies of arguments, laid out alike; an array that comes twice is one array.

    sealed: nobody may write them.
    """
    made: dict[int, np.ndarray] = {}

    def copy(leaf: Any) -> Any:
        if not isinstance(leaf, np.ndarray):
            return leaf
        if id(leaf) not in made:
            made[id(leaf)] = laid_out_alike(leaf).view(Watched)
            if sealed or not leaf.flags.writeable:
                made[id(leaf)].flags.writeable = False
        return made[id(leaf)]

    return tuple(map_tree(copy, arg) for arg in args)


def laid_out_alike(array: np.ndarray) -> np.ndarray:
    """Return a copy with the strides of an array."""
    if array.size == 0:
        return np.empty_like(array, subok=False)
    steps = [(n - 1) * s for n, s in zip(array.shape, array.strides, strict=True)]
    low = sum(min(0, step) for step in steps)
    size = sum(max(0, step) for step in steps) - low + array.itemsize
    memory = np.zeros(size, np.uint8)
    new = np.ndarray(array.shape, array.dtype, memory, -low, array.strides)
    new[...] = array
    return new
