"""What is paid once and what is paid at every call: compile time and call overhead."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numba

from benchmarks.case import Case
from benchmarks.columns import load
from benchmarks.timing import seconds

CALLS = 20_000


@dataclass(frozen=True, slots=True)
class Compilation:
    """Seconds of a first call on tiny inputs: njit of the primal, and ours (None: absent)."""

    name: str
    njit: float
    ours: float | None


@dataclass(frozen=True, slots=True)
class Overhead:
    """Microseconds per call from Python of a function of three floats."""

    njit: float
    value_and_grad: float | None
    grad: float | None


def three(x, y, z):
    return x * y + math.sin(z) * x


def warm_up() -> None:
    """Pay what Numba and srcad pay once per process, on a function that is no case."""

    def loop(x):
        total = 0.0
        for i in range(x.size):
            total += math.exp(x[i])
        return total

    import numpy as np

    numba.njit(error_model="numpy")(loop)(np.zeros(2))
    numba.njit(error_model="numpy")(three)(1.0, 2.0, 3.0)


def warm_up_ours() -> None:
    """The same for srcad, through its public function."""
    load("srcad").value_and_grad(three, argnums=(0, 1))(1.0, 2.0, 3.0)


def compilation(case: Case, *, with_ours: bool) -> Compilation:
    """First calls of fresh dispatchers in this process; `warm_up` has run.

    The primal's figure is the median of three fresh dispatchers. Ours is one first call,
    derivation included, for srcad reuses what it has compiled.
    """
    args = case.inputs(*case.sizes["tiny"])

    def first_call(function: Callable[..., Any]) -> float:
        start = time.perf_counter()
        function(*args)
        return time.perf_counter() - start

    make = numba.njit(error_model="numpy")
    primal = statistics.median(first_call(make(case.primal)) for _ in range(3))
    if not with_ours:
        return Compilation(case.name, primal, None)
    return Compilation(
        case.name, primal, first_call(load("srcad").value_and_grad(case.primal, case.argnums))
    )


def overhead(*, with_ours: bool) -> Overhead:
    """Call overhead, best of five timings of many calls."""

    def microseconds(function: Callable[..., Any]) -> float:
        function(1.0, 2.0, 3.0)
        return min(seconds(lambda: function(1.0, 2.0, 3.0), CALLS) for _ in range(5)) * 1e6

    plain = microseconds(numba.njit(error_model="numpy")(three))
    if not with_ours:
        return Overhead(plain, None, None)
    srcad = load("srcad")
    return Overhead(
        plain,
        microseconds(srcad.value_and_grad(three, argnums=(0, 1, 2))),
        microseconds(srcad.grad(three, argnums=(0, 1, 2))),
    )
