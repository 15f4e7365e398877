"""A native Wengert tape: the yardstick for source transformation.

As fast as a scalar tape gets: everything is compiled, an entry is two 32-bit positions and two
partial derivatives, the storage is allocated once and reused between calls, additions of
constants leave no entry, and the reverse sweep skips zero adjoints.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numba
import numpy as np

from benchmarks.case import Args
from benchmarks.record import recording_source


class Tape(NamedTuple):
    """Entry k holds positions[2k:2k+2] and partials[2k:2k+2]; entry 0 stands for constants."""

    positions: np.ndarray
    partials: np.ndarray


@numba.njit(error_model="numpy")
def push(tape, used, first, first_partial, second, second_partial):
    """Append an entry when there is room; the new number of entries in any case."""
    at = 2 * used
    if at < tape.positions.size:
        tape.positions[at] = first
        tape.partials[at] = first_partial
        tape.positions[at + 1] = second
        tape.partials[at + 1] = second_partial
    return used + 1


@numba.njit(error_model="numpy")
def sweep_back(tape, used, leaves, result, bar):
    """Adjoints of all entries, given that the adjoint of entry `result` is one."""
    for k in range(used):
        bar[k] = 0.0
    bar[result] = 1.0
    for k in range(used - 1, leaves, -1):
        y_bar = bar[k]
        if y_bar != 0.0:
            bar[tape.positions[2 * k]] += tape.partials[2 * k] * y_bar
            bar[tape.positions[2 * k + 1]] += tape.partials[2 * k + 1] * y_bar


def compile_recorder(primal: Callable[..., Any], argnums: tuple[int, ...]) -> Callable[..., Any]:
    """The compiled function that runs `primal` and records it."""
    source = recording_source(primal, argnums)
    namespace = {"math": math, "np": np, "push": push}
    exec(compile(source, f"<tape of {primal.__name__}>", "exec"), namespace)  # noqa: S102
    return numba.njit(error_model="numpy")(namespace[primal.__name__])


def leaf_positions(args: Args, argnums: tuple[int, ...]) -> tuple[Any, ...]:
    """Positions 1, 2, ... for every number in the differentiated arguments, shaped like them."""
    positions: list[Any] = []
    first = 1
    for k in argnums:
        shape = np.shape(args[k])
        block = np.arange(first, first + math.prod(shape), dtype=np.int32).reshape(shape)
        positions.append(block if shape else int(block))
        first += block.size
    return tuple(positions)


def tape_value_and_grad(
    primal: Callable[..., Any], argnums: tuple[int, ...], args: Args
) -> Callable[[], tuple[float, tuple[Any, ...]]]:
    """A function of no arguments: records `primal` at `args` and sweeps the tape back."""
    recorder = compile_recorder(primal, argnums)
    leaf_ids = leaf_positions(args, argnums)
    leaves = sum(np.size(block) for block in leaf_ids)
    nothing = Tape(np.empty(0, np.int32), np.empty(0))
    *_, entries = recorder(*args, *leaf_ids, nothing, leaves + 1)
    tape = Tape(np.zeros(2 * entries, np.int32), np.zeros(2 * entries))
    bar = np.zeros(entries)

    def run() -> tuple[float, tuple[Any, ...]]:
        value, result, used = recorder(*args, *leaf_ids, tape, leaves + 1)
        sweep_back(tape, used, leaves, result, bar)
        return value, tuple(bar[block].copy() for block in leaf_ids)

    return run
