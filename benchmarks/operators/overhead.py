"""Microseconds of one call of each operator, from Python and in an `@njit` loop."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable
from typing import Any

import numba
import numpy as np

import srcad
from benchmarks.report import figure, grid

CALLS = {"full": 20_000, "quick": 2_000, "tiny": 3}
ROUNDS = 5


@numba.njit
def wave(x):
    """A function of one number."""
    return math.sin(x) * x


@numba.njit
def energy(x):
    """A function of four numbers in an array."""
    return np.sum(x * x * x)


@numba.njit
def _grad(x):
    return srcad.grad(wave)(x)


@numba.njit
def _value_and_grad(x):
    return srcad.value_and_grad(wave)(x)[1]


@numba.njit
def _jvp(x):
    return srcad.jvp(wave, (x,), (1.0,))[1]


@numba.njit
def _hvp(x):
    return srcad.hvp(wave)(x, 1.0)


@numba.njit
def _hessian(x):
    return srcad.hessian(wave)(x)


@numba.njit
def _tangent(x):
    return srcad.tangent(wave)(x, 1.0)[1]


@numba.njit
def _adjoint(x):
    return srcad.adjoint(wave)(x, 1.0)[1]


INSIDE = {
    "grad": _grad,
    "value_and_grad": _value_and_grad,
    "tangent": _tangent,
    "adjoint": _adjoint,
    "jvp": _jvp,
    "hvp": _hvp,
    "hessian": _hessian,
}


def from_python(x: Any, v: Any, f: Any) -> dict[str, Callable[[], Any]]:
    """Each operator of a function of one float, held and written anew."""
    grad, value_and_grad = srcad.grad(f), srcad.value_and_grad(f)
    tangent, adjoint = srcad.tangent(f), srcad.adjoint(f)
    hvp, hessian, jacobian = srcad.hvp(f), srcad.hessian(f), srcad.jacobian(f)
    pullback, along = srcad.vjp(f, x)[1], srcad.linearize(f, x)[1]
    return {
        "grad": lambda: grad(x),
        "grad, written anew": lambda: srcad.grad(f)(x),
        "value_and_grad": lambda: value_and_grad(x),
        "tangent": lambda: tangent(x, v),
        "adjoint": lambda: adjoint(x, 1.0),
        "jvp": lambda: srcad.jvp(f, (x,), (v,)),
        "vjp": lambda: srcad.vjp(f, x),
        "pullback of vjp": lambda: pullback(1.0),
        "linear part of linearize": lambda: along(v),
        "jacobian": lambda: jacobian(x),
        "hvp": lambda: hvp(x, v),
        "hessian": lambda: hessian(x),
    }


def microseconds(run: Callable[[], Any], calls: int) -> float:
    """The median of some rounds, after a first call."""
    run()
    found = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for _ in range(calls):
            run()
        found.append((time.perf_counter() - start) / calls)
    return 1e6 * statistics.median(found)


def in_loop(function: Any, calls: int) -> float:
    """Microseconds of one call in a compiled loop."""

    @numba.njit
    def loop(n):
        total = 0.0
        for k in range(n):
            total += function(0.3 + 1e-6 * k)
        return total

    return microseconds(lambda: loop(100 * calls), 3) / (100 * calls)


def overhead_report(which: str) -> str:
    """The table: a float, an array of four numbers, and a float inside `@njit`."""
    calls = CALLS[which]
    x = np.arange(1.0, 5.0)
    scalars = {"njit of the function": lambda: wave(0.3), **from_python(0.3, 1.0, wave)}
    arrays = {"njit of the function": lambda: energy(x), **from_python(x, np.ones(4), energy)}
    inside = {"njit of the function": wave, **INSIDE}
    lines = [["microseconds a call", "float", "array of 4", "float in @njit"]]
    for name, run in scalars.items():
        lines.append(
            [
                name,
                figure(microseconds(run, calls)),
                figure(microseconds(arrays[name], calls)),
                f"{in_loop(inside[name], calls):.4f}" if name in inside else "-",
            ]
        )
    return grid(lines)
