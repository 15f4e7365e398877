"""Gradients in threads beside the serial ones: `python -m benchmarks --parallel`.

The threads are Numba's (`NUMBA_NUM_THREADS`). Wall time, in rounds in which both run one after
the other; each program at sizes below the threshold, near it and above it.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

import numba
import numpy as np
from numba import prange

import srcad
from benchmarks.further.chance import option, option_inputs

ROUNDS = 11
CALLS = 9
"""Calls in a row: their median counts, since what has run before has left other data in caches."""
SIZES = (1, 5, 20, 60)

Array = Any


def logistic(w: Array, x: Array, y: Array) -> float:
    """Return the loss of a logistic regression."""
    total = 0.0
    for i in prange(x.shape[0]):
        z = 0.0
        for k in range(x.shape[1]):
            z += x[i, k] * w[k]
        total += np.log(1.0 + np.exp(-y[i] * z))
    return total


def stencil(u: Array, steps: int) -> float:
    """Return a norm of what diffusion with a reaction makes of a row of numbers."""
    v = u.copy()
    w = np.zeros(u.size)
    for _ in range(steps):
        for i in prange(1, u.size - 1):
            w[i] = v[i] + 0.1 * (v[i - 1] - 2.0 * v[i] + v[i + 1]) - 0.01 * v[i] ** 3
        for i in prange(1, u.size - 1):
            v[i] = w[i]
    return np.sum(v**2)


def n_body(position: Array, mass: Array) -> float:
    """Return the potential energy of some bodies."""
    energy = 0.0
    for i in prange(mass.size):
        for j in range(i + 1, mass.size):
            square = 1e-6
            for k in range(3):
                square += (position[i, k] - position[j, k]) ** 2
            energy -= mass[i] * mass[j] / np.sqrt(square)
    return energy


def mixture(x: Array, mean: Array, weight: Array) -> float:
    """Return the negative log likelihood of a mixture of normal distributions."""
    total = 0.0
    for i in prange(x.shape[0]):
        term = np.empty(mean.shape[0])
        best = -1e300
        for c in range(mean.shape[0]):
            square = 0.0
            for k in range(x.shape[1]):
                square += (x[i, k] - mean[c, k]) ** 2
            term[c] = weight[c] - 0.5 * square
            best = max(best, term[c])
        likelihood = 0.0
        for c in range(mean.shape[0]):
            likelihood += np.exp(term[c] - best)
        total -= best + np.log(likelihood)
    return total


def simulations(stiffness: Array, start: Array, steps: int) -> float:
    """Return the mean square of the ends of independent pendulums."""
    end = np.zeros(start.size)
    for i in prange(start.size):
        angle, speed = start[i], 0.0
        for _ in range(steps):
            speed -= 0.01 * stiffness[i] * np.sin(angle)
            angle += 0.01 * speed
        end[i] = angle
    return np.sum(end * end)


def _points(rng: np.random.Generator) -> list[tuple[Callable[..., float], Any, Any]]:
    """Return each program, what it is differentiated by, and what makes its arguments of a size."""
    normal, random = rng.normal, rng.random

    def labelled(n: int) -> tuple[Any, ...]:
        return normal(size=20), normal(size=(1000 * n, 20)), np.sign(normal(size=1000 * n))

    return [
        (logistic, 0, labelled),
        (stencil, 0, lambda n: (normal(size=4000 * n), 10)),
        (n_body, (0, 1), lambda n: (normal(size=(30 * n, 3)), random(30 * n))),
        (
            mixture,
            (0, 1, 2),
            lambda n: (normal(size=(100 * n, 10)), normal(size=(20, 10)), normal(size=20)),
        ),
        (simulations, (0, 1), lambda n: (random(10 * n), normal(size=10 * n), 300)),
        (option, (0, 1, 2), lambda n: option_inputs(rng, 20 * n, 50)),
    ]


def _ratios(calls: Sequence[Callable[[], object]]) -> tuple[float, float, float]:
    """Return the medians of both times in milliseconds, and of their ratio."""
    rounds = []
    for k in range(ROUNDS + 1):
        times = []
        for call in calls:
            taken = []
            for _ in range(CALLS):
                start = time.perf_counter()
                call()
                taken.append(1e3 * (time.perf_counter() - start))
            times.append(statistics.median(taken))
        rounds += [times] * (k > 0)
    one, other = (statistics.median(times) for times in zip(*rounds, strict=True))
    return one, other, statistics.median(a / b for a, b in rounds)


def parallel_report(which: Sequence[str] = ()) -> str:
    """Return a table: serial and parallel, how many times faster, and the first calls."""
    lines = [f"{numba.get_num_threads()} threads", "", HEADER, "|" + "---|" * 6]
    for function, wrt, arguments in _points(np.random.default_rng(0)):
        if which and function.__name__ not in which:
            continue
        serial = srcad.value_and_grad(function, wrt)
        parallel = srcad.value_and_grad(srcad.differentiate(function, parallel=True), wrt)
        first = []
        for made in (serial, parallel):
            start = time.process_time()
            made(*arguments(1))
            first.append(time.process_time() - start)
        for n in SIZES:
            given = arguments(n)
            one, other, ratio = _ratios([lambda: serial(*given), lambda: parallel(*given)])  # noqa: B023
            firsts = f"{first[0]:.2f} | {first[1]:.2f}"
            name = f"{function.__name__}, size {n}"
            lines.append(f"| {name} | {one:.3f} | {other:.3f} | {ratio:.2f} | {firsts} |")
    return "\n".join(lines)


HEADER = "| program | serial, ms | parallel, ms | times faster | first call, s | parallel, s |"
