"""Programs whose first gradient is timed: straight code, loops, matrices, and many helpers."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks import helper_programs as many
from benchmarks.cases import ALL
from benchmarks.generated import straight

Args = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Program:
    """A function, arguments of a few numbers, and what to differentiate by."""

    name: str
    function: Callable[..., Any]
    args: Args
    argnums: tuple[int, ...]


def products(a, b, x):
    return np.sum(a @ b @ x) + np.sum(a @ a)


def triangular_solve(a, b):
    n = b.size
    x = np.zeros(n)
    for i in range(n):
        total = b[i]
        for j in range(i):
            total -= a[i, j] * x[j]
        x[i] = total / a[i, i]
    result = 0.0
    for i in range(n):
        result += x[i] * x[i]
    return result


def covariance(x):
    m, n = x.shape
    mean = np.zeros(n)
    for j in range(n):
        for i in range(m):
            mean[j] += x[i, j]
        mean[j] /= m
    cov = np.zeros((n, n))
    for i in range(n):
        for j in range(i, n):
            for k in range(m):
                cov[i, j] += (x[k, i] - mean[i]) * (x[k, j] - mean[j])
            cov[i, j] /= m - 1.0
            cov[j, i] = cov[i, j]
    total = 0.0
    for i in range(n):
        for j in range(n):
            total += cov[i, j] * cov[i, j]
    return total


def lu(a):
    n = a.shape[0]
    for k in range(n):
        for i in range(k + 1, n):
            a[i, k] /= a[k, k]
            for j in range(k + 1, n):
                a[i, j] -= a[i, k] * a[k, j]
    result = 0.0
    for k in range(n):
        result += math.log(abs(a[k, k]))
    return result


def cholesky(a):
    n = a.shape[0]
    factor = np.zeros((n, n))
    for j in range(n):
        s = a[j, j]
        for k in range(j):
            s -= factor[j, k] ** 2
        factor[j, j] = math.sqrt(s)
        for i in range(j + 1, n):
            t = a[i, j]
            for k in range(j):
                t -= factor[i, k] * factor[j, k]
            factor[i, j] = t / factor[j, j]
    return np.sum(factor)


def _matrix(n: int) -> np.ndarray[Any, Any]:
    return np.random.default_rng(3).random((n, n)) * 0.1 + np.eye(n) * 4.0


def _cases() -> tuple[Program, ...]:
    wanted = ("jacobi", "n-body", "lorenz", "lstm", "mixture")
    found = {case.name: case for case in ALL}
    return tuple(
        Program(name, case.primal, case.inputs(*case.sizes["tiny"]), case.argnums)
        for name, case in found.items()
        if name in wanted
    )


def programs() -> tuple[Program, ...]:
    """Return all programs, small ones first."""
    a, b = _matrix(4), np.arange(1.0, 5.0)
    return (
        Program("200 straight", straight(200), (0.3, 0.2), (0, 1)),
        Program("three products", products, (a, a.T.copy(), b), (0, 1, 2)),
        Program("triangular solve", triangular_solve, (a, b), (0, 1)),
        Program("covariance", covariance, (a,), (0,)),
        Program("lu", lu, (a,), (0,)),
        Program("cholesky", cholesky, (a + a.T,), (0,)),
        *_cases(),
        *(Program(*row) for row in many.rows()),
    )


NAMES = tuple(program.name for program in programs())
