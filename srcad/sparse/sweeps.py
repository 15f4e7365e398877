"""The compressed sweeps: seeds, sweeps, and what is read off them, as one compiled function.

    for each block of 8 colours:
        seeds[elements of these colours, their lanes] = 1.0
        results = sweep(*args, seeds)
        data[target] = results[source]
        seeds[elements of these colours, their lanes] = 0.0

A sweep in lanes takes the 8 directions at once. Where there is none, sweeps along one direction
each fill the same array.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit
from numba.core import config

from srcad.sparse.compression import WIDTH, Compression
from srcad.sparse.substitution import Substitution, substitute

Array = Any
Sweep = Callable[..., Any]
Block = Callable[..., Array]
"""`(args, elements, starts, first, seeds, results)`: sweeps of the colours from `first` on.

They return one number for each row and lane, as one row, in `results` or in memory of their own.
Seeds are zeros, and `_clear` makes them zeros again.
"""

WRONG_SIZE = "f returns an array of another size than the pattern is for"


def compiles() -> bool:
    """Return whether sweeps are compiled, and not run as plain Python."""
    return not config.DISABLE_JIT


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function compiled, or as it is where nothing is."""
    return njit(function) if compiles() else function


def data_of(
    compression: Compression,
    sweep: Sweep,
    *,
    in_lanes: bool,
    seeds_for: Array,
    dtype: np.dtype[Any],
    otherwise: Callable[[tuple[Any, ...]], Array] | None = None,
) -> Callable[..., Array]:
    """Return the function of all arguments, as a tuple, that returns the elements in their order.

    otherwise: returns them where substitution loses digits; None to take them as they are.

    sweep: takes the arguments and the seeds; these have the shape and the dtype of `seeds_for`.
    in_lanes: there are `WIDTH` seeds for each number, along one more axis, and it returns as many
    results; else it returns a value, and what depends on the seeds.
    """
    colouring, seeds, recovery = compression.colouring, compression.seeds, compression.recovery
    size = compression.size
    elements, starts = seeds.elements, seeds.starts
    whole = size * WIDTH
    shape = (*seeds_for.shape, WIDTH) if in_lanes else seeds_for.shape
    seeds_dtype = seeds_for.dtype

    def new() -> tuple[Array, Array]:
        """Return seeds, and room for the results of single sweeps."""
        return np.zeros(shape, seeds_dtype), np.empty(0 if in_lanes else whole, dtype)

    if isinstance(recovery, Substitution):
        run = _once(sweep, in_lanes, _compressed)

        def substituted(args: tuple[Any, ...]) -> Array:
            found = np.empty(size * colouring.count, dtype)
            run(args, elements, starts, *new(), whole, found)
            data = np.empty(recovery.count, dtype)
            eps = float(np.finfo(dtype).eps)
            is_exact = substitute(found, size, eps, *recovery.arrays, data)
            return data if is_exact or otherwise is None else otherwise(args)

        return substituted
    read = _once(sweep, in_lanes, _direct)

    def direct(args: tuple[Any, ...]) -> Array:
        data = np.empty(recovery.target.size, dtype)
        plan = recovery.starts, recovery.source, recovery.target
        read(args, elements, starts, *new(), whole, *plan, data)
        return data

    return direct


def _once(sweep: Sweep, in_lanes: bool, make: Callable[..., Any]) -> Callable[..., Any]:  # noqa: FBT001
    """Return the function of a sweep that `make` makes, compiled once for all patterns."""
    known: dict[object, Any] = vars(sweep).setdefault("compressed", {})
    key = (make, compiles())
    if key not in known:
        block = compiled(_lanes(sweep) if in_lanes else _singles(sweep))
        known[key] = compiled(make(block, WIDTH if in_lanes else 1))
    return known[key]


# What is compiled: without types, as whatever Numba compiles ------------------------------
# mypy: disallow-untyped-defs=False
# ruff: noqa: ANN001, ANN202, ARG001


@njit
def _clear(flat, elements, starts, first, width):
    """Make the seeds of a block zeros again."""
    last = min(first + WIDTH, starts.size - 1)
    for colour in range(first, last):
        lane = (colour - first) % width
        for k in range(starts[colour], starts[colour + 1]):
            flat[width * elements[k] + lane] = 0.0


def _lanes(sweep: Sweep) -> Block:
    """Return a block that is one sweep."""

    def block(args, elements, starts, first, seeds, results):
        flat = seeds.reshape(-1)
        last = min(first + WIDTH, starts.size - 1)
        for colour in range(first, last):
            for k in range(starts[colour], starts[colour + 1]):
                flat[WIDTH * elements[k] + colour - first] = 1.0
        return np.ascontiguousarray(sweep(*args, seeds)).reshape(-1)

    return block


def _singles(sweep: Sweep) -> Block:
    """Return a block that is one sweep for each colour."""

    def block(args, elements, starts, first, seeds, results):
        flat = seeds.reshape(-1)
        last = min(first + WIDTH, starts.size - 1)
        for colour in range(first, last):
            for k in range(starts[colour], starts[colour + 1]):
                flat[elements[k]] = 1.0
            found = np.ascontiguousarray(sweep(*args, seeds)[1]).reshape(-1)
            if found.size * WIDTH != results.size:
                raise ValueError(WRONG_SIZE)
            for row in range(found.size):
                results[WIDTH * row + colour - first] = found[row]
            for k in range(starts[colour], starts[colour + 1]):
                flat[elements[k]] = 0.0
        return results

    return block


def _direct(block: Block, width: int) -> Callable[..., None]:
    """Return what writes each element where it is read off."""

    def direct(args, elements, starts, seeds, results, whole, blocks, source, target, data):
        for number in range(blocks.size - 1):
            first = WIDTH * number
            found = block(args, elements, starts, first, seeds, results)
            if found.size != whole:
                raise ValueError(WRONG_SIZE)
            for k in range(blocks[number], blocks[number + 1]):
                data[target[k]] = found[source[k]]
            _clear(seeds.reshape(-1), elements, starts, first, width)

    return direct


def _compressed(block: Block, width: int) -> Callable[..., None]:
    """Return what writes the compressed matrix, row by row."""

    def compressed(args, elements, starts, seeds, results, whole, out):
        count = starts.size - 1
        for first in range(0, count, WIDTH):
            found = block(args, elements, starts, first, seeds, results)
            if found.size != whole:
                raise ValueError(WRONG_SIZE)
            for row in range(whole // WIDTH):
                for lane in range(min(WIDTH, count - first)):
                    out[count * row + first + lane] = found[WIDTH * row + lane]
            _clear(seeds.reshape(-1), elements, starts, first, width)

    return compressed
