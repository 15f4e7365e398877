"""Other arguments for a program: what was derived runs at several points, which costs little."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.array_checks import fresh
from tests.fuzz import InvalidProgramError
from tests.oracle import is_active

POINTS = 3
"""Arguments that each program runs with."""


def at_points(
    check: Callable[[str, tuple[Any, ...], int], None],
    source: str,
    args: tuple[Any, ...],
    seed: int,
    scales: tuple[float, ...] = (1.0, 3.0),
) -> None:
    """Check a program at its arguments, and wherever else it can be compared.

    scales: how large the numbers may be; 0.0 is for references that notice a kink.
    """
    check(source, args, seed)
    for k in range(1, POINTS):
        with contextlib.suppress(InvalidProgramError):  # out of bounds, or at a kink
            check(source, other_arguments(args, seed * POINTS + k, scales), seed)


def other_arguments(args: tuple[Any, ...], seed: int, scales: tuple[float, ...]) -> tuple[Any, ...]:
    """Return arguments of the same types and shapes, so that other branches are taken."""
    rng = np.random.default_rng(seed)
    scale = rng.choice(scales)

    def other(leaf: Any) -> Any:
        if not isinstance(leaf, np.ndarray):
            return float(rng.uniform(-1.0, 1.0)) if is_active(leaf) else leaf
        leaf[...] = (
            scale * rng.uniform(-1.0, 1.0, leaf.shape) if is_active(leaf) else rng.permutation(leaf)
        )
        return leaf

    return tuple(map(other, fresh(args)))
