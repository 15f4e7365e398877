"""What every optimiser returns."""

from __future__ import annotations

from typing import Any, NamedTuple

RUNNING, CONVERGED, LIMIT, STUCK, NOT_FINITE = -1, 0, 1, 2, 3
"""How an optimiser ends, as `status`."""


class Result(NamedTuple):
    """Where an optimiser ended.

    x: the point. fun: the value there; of residuals, half of the sum of their squares.
    jac: the gradient. nit: iterations; nfev: evaluations of the function.
    success: whether a test of convergence holds. status: 0 for that, 1 for the limit of
    iterations, 2 if no step makes the value smaller (mostly because of rounding), 3 if the
    value or the gradient at the start is not finite.
    """

    x: Any
    fun: float
    jac: Any
    nit: int
    nfev: int
    success: bool
    status: int
