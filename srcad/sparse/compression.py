"""How a sparse matrix is found in few sweeps: its columns coloured, its elements read off.

A sweep along the sum of all columns of a colour gives one column of the compressed matrix. The
sweeps carry `WIDTH` colours at once: a block.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from srcad.sparse import colouring
from srcad.sparse.pattern import Integers, Pattern
from srcad.sparse.substitution import Substitution, substitution

Method = Literal["distance 2", "star", "acyclic"]
Order = Literal["natural", "largest first", "smallest last"]

WIDTH = 8
"""How many colours one sweep carries: as many as `lanes` have numbers."""

SMALL = np.iinfo(np.int32).max


@dataclass(frozen=True, slots=True, eq=False)
class Colouring:
    """The colours of the columns of a matrix.

    colours: of each column; -1 for one without elements. count: how many there are.
    """

    method: Method
    order: Order
    colours: Integers
    count: int


@dataclass(frozen=True, slots=True, eq=False)
class Seeds:
    """Where a block of sweeps is seeded: all elements that have a colour, by their colours.

    elements: their numbers. starts: of the elements of each colour, and the end.
    """

    elements: Integers
    starts: Integers


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """Where each element of the matrix is read off, block after block.

    starts: of the elements of each block, and the end. source: the place in the results of
    the block, `WIDTH * row + lane`. target: the place in the data of the matrix.
    """

    starts: Integers
    source: Integers
    target: Integers


@dataclass(frozen=True, slots=True, eq=False)
class Compression:
    """All that is needed to find a matrix of one pattern.

    size: how many numbers one sweep gives: the rows of the compressed matrix.
    recovery: direct, or by substitution.
    """

    colouring: Colouring
    seeds: Seeds
    size: int
    recovery: Reading | Substitution = field(repr=False)


def compressed_columns(pattern: Pattern, colours: Colouring, places: Integers) -> Compression:
    """Return how the elements are read off the sums of columns of one colour.

    places: where each element, row by row, stands in the data.
    """
    own = colours.colours[pattern.indices]
    reading = _reading(pattern.rows(), own, places, colours.count)
    return Compression(colours, _seeds(colours), pattern.shape[0], reading)


def compressed_rows(pattern: Pattern, colours: Colouring, places: Integers) -> Compression:
    """Return how the elements are read off the sums of rows of one colour."""
    by_column = np.argsort(pattern.indices, kind="stable")
    own = colours.colours[pattern.rows()]
    at = pattern.indices[by_column]
    reading = _reading(at, own[by_column], places[by_column], colours.count)
    return Compression(colours, _seeds(colours), pattern.shape[1], reading)


def compressed_hessian(pattern: Pattern, colours: Colouring, places: Integers) -> Compression:
    """Return how a symmetric matrix is recovered, directly or by substitution.

    Both elements of a pair are the same number.
    """
    count, size = colours.count, pattern.shape[0]
    seeds = _seeds(colours)
    if colours.method == "acyclic":
        found = substitution(pattern.indptr, pattern.indices, colours.colours, count, places)
        return Compression(colours, seeds, size, found)
    rows, columns = pattern.rows(), pattern.indices
    own = colours.colours[columns]
    key = rows * count + own
    is_single = np.bincount(key, minlength=size * count)[key] == 1
    mirror = np.argsort(columns, kind="stable")
    lower = np.where(rows >= columns, np.arange(columns.size), mirror)
    chosen = np.where(is_single[lower], lower, mirror[lower])
    reading = _reading(rows[chosen], own[chosen], places, count)
    return Compression(colours, seeds, size, reading)


def _seeds(colours: Colouring) -> Seeds:
    """Return the elements with a colour, by colours."""
    order = np.argsort(colours.colours, kind="stable")
    elements = order[np.count_nonzero(colours.colours < 0) :]
    counts = np.bincount(colours.colours[elements], minlength=colours.count)
    return Seeds(elements, np.concatenate(([0], np.cumsum(counts))))


def _reading(rows: Integers, colours: Integers, places: Integers, count: int) -> Reading:
    """Return where elements are read off that are in these rows of sweeps of these colours."""
    blocks = colours // WIDTH
    amount = -(-count // WIDTH)
    order = np.argsort(blocks.astype(np.min_scalar_type(amount)), kind="stable")
    source = (WIDTH * rows + colours % WIDTH)[order]
    starts = np.concatenate(([0], np.cumsum(np.bincount(blocks, minlength=amount))))
    return Reading(starts, small(source), small(places[order]))


def small(numbers: Integers) -> Integers:
    """Return numbers in half the memory if they fit."""
    if numbers.size and int(numbers.max()) > SMALL:
        return np.ascontiguousarray(numbers)
    return numbers.astype(np.int32)


# Colourings ----------------------------------------------------------------------------

ORDERS: tuple[Order, ...] = ("natural", "largest first", "smallest last")


def coloured_columns(pattern: Pattern, orders: tuple[Order, ...] = ORDERS) -> Colouring:
    """Return the colouring with the fewest colours of those that the orders give.

    No two columns of a row have one colour: no order needs fewer colours than the fullest row
    has elements.
    """
    width = pattern.shape[1]
    least = fullest(pattern)
    given = pattern.indptr, pattern.indices
    by_column = colouring.transposed(*given, width)
    if least == width:  # each column is alone
        return Colouring("distance 2", "natural", np.arange(width), width)
    degrees: list[Integers] = []

    def in_order(order: Order) -> Integers:
        if order == "natural":
            return np.arange(width)
        if not degrees:
            degrees.append(colouring.columns_beside(*given, *by_column))
        if order == "largest first":
            return colouring.largest_first(degrees[0])
        return colouring.smallest_last(*given, *by_column, degrees[0])

    def colours(order: Integers) -> Integers:
        return colouring.distance_two(*given, *by_column, order)

    return _best("distance 2", orders, in_order, colours, least)


def coloured_rows(pattern: Pattern, orders: tuple[Order, ...] = ORDERS) -> Colouring:
    """Return the best colouring of the rows."""
    height, width = pattern.shape
    by_column = colouring.transposed(pattern.indptr, pattern.indices, width)
    return coloured_columns(Pattern((width, height), *by_column), orders)


def coloured_symmetric(
    pattern: Pattern, method: Method, orders: tuple[Order, ...] = ORDERS
) -> Colouring:
    """Return the best star or acyclic colouring of a symmetric pattern."""
    given = pattern.indptr, pattern.indices
    size = pattern.shape[0]

    def in_order(order: Order) -> Integers:
        if order == "natural":
            return np.arange(size)
        degrees = np.diff(pattern.indptr)
        if order == "largest first":
            return colouring.largest_first(degrees)
        return colouring.smallest_last(*given, np.arange(size + 1), np.arange(size), degrees)

    def colours(order: Integers) -> Integers:
        return (colouring.star if method == "star" else colouring.acyclic)(*given, order)

    has_edges = bool((pattern.rows() != pattern.indices).any())
    return _best(method, orders, in_order, colours, 2 if has_edges else 1)


def _best(
    method: Method,
    orders: tuple[Order, ...],
    in_order: Callable[[Order], Integers],
    colours: Callable[[Integers], Integers],
    least: int,
) -> Colouring:
    """Return the colouring with the fewest colours; `least` of them are the end of the search."""
    best: Colouring | None = None
    for order in orders:
        found = colours(in_order(order))
        count = int(found.max(initial=-1)) + 1
        if best is None or count < best.count:
            best = Colouring(method, order, found, count)
        if count <= least:
            break
    assert best is not None
    return best


def fullest(pattern: Pattern) -> int:
    """Return how many elements the fullest row has."""
    return int(np.diff(pattern.indptr).max(initial=0))
