"""Matrices of a pattern as SciPy's sparse arrays."""

from __future__ import annotations

import importlib
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from srcad.sparse.pattern import Integers, Pattern

Format = Literal["csr", "csc", "coo"]

SMALL = np.iinfo(np.int32).max


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """The index arrays of a format of SciPy.

    places: where each element, row by row, stands in the data. indices: the index arrays, as the
    class takes them after the data.
    """

    format: Format
    shape: tuple[int, int]
    places: Integers
    indices: tuple[Any, Any] = field(repr=False)

    def matrix(self, data: Any) -> Any:
        """Return the sparse array of these elements; it may be changed in place."""
        sparse = sparse_arrays()
        own = tuple(part.copy() for part in self.indices)
        if self.format == "coo":
            made = sparse.coo_array((data, own), shape=self.shape)
        else:
            kind = sparse.csr_array if self.format == "csr" else sparse.csc_array
            made = kind((data, *own), shape=self.shape)
            made.has_sorted_indices = True
        made.has_canonical_format = True
        return made


def sparse_arrays() -> Any:
    """Return `scipy.sparse`, which takes long to import. Raises ImportError where it is missing."""
    try:
        return importlib.import_module("scipy.sparse")
    except ImportError as error:
        message = (
            "sparse matrices are SciPy's sparse arrays: install it (pip install 'scipy>=1.11')"
        )
        raise ImportError(message) from error


def layout_of(pattern: Pattern, format_: Format) -> Layout:
    """Return the index arrays of a pattern in a format."""
    count = pattern.nnz
    dtype = np.int32 if max(count, *pattern.shape) <= SMALL else np.int64
    places = np.arange(count)
    match format_:
        case "csr":
            indices = pattern.indices, pattern.indptr
        case "coo":
            indices = pattern.rows(), pattern.indices
        case "csc":
            by_column = np.argsort(pattern.indices, kind="stable")
            places[by_column] = np.arange(count)
            counts = np.bincount(pattern.indices, minlength=pattern.shape[1])
            starts = np.concatenate(([0], np.cumsum(counts)))
            indices = pattern.rows()[by_column], starts
    first, second = (part.astype(dtype) for part in indices)
    return Layout(format_, pattern.shape, places, (first, second))


def symmetric(pattern: Pattern) -> Pattern:
    """Return the pattern together with what it is when rows and columns are exchanged."""
    rows, columns = pattern.rows(), pattern.indices
    both = np.concatenate((rows, columns)), np.concatenate((columns, rows))
    return Pattern.from_pairs(pattern.shape, *both)


def part_of(pattern: Pattern, start: int, stop: int, *, is_square: bool) -> Pattern:
    """Return the columns from `start` to `stop`, and of a square one these rows."""
    height, width = pattern.shape
    if (start, stop) == (0, width):
        return pattern
    rows, columns = pattern.rows(), pattern.indices
    chosen = (columns >= start) & (columns < stop)
    if is_square:
        chosen &= (rows >= start) & (rows < stop)
        rows = rows - start
    height = stop - start if is_square else height
    return Pattern.from_pairs((height, stop - start), rows[chosen], columns[chosen] - start)
