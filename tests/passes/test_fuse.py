"""Loops become one only where no exception and no value shows it."""

import numpy as np
import pytest

from tests.array_checks import programs
from tests.bits import check_bits

X = np.array([0.3, 1.5, 0.2, -0.7])
PROGRAMS = programs()


@PROGRAMS((X,), (X[::-1].copy(),), (X[:1],), (X[:0],))
def two_exceptions(x):
    y = np.zeros(x.size)
    for i in range(x.size):
        if x[i] < -0.5:
            raise ValueError("first")
        y[i] = x[i] * x[i]
    s = 1.0
    z = np.zeros(x.size)
    for j in range(x.size):
        if y[j] > 1.0:
            raise RuntimeError("second")
        z[j] = y[j] * x[j]
    for k in range(x.size):
        s += z[k] * y[k]
    return s


@PROGRAMS((X, np.array([1, 1, 1, 0])), (X, np.array([1, 9, 1, 2])), (X, np.array([9, 9, 9, 9])))
def division_and_exception(x, n):
    y = np.zeros(x.size)
    for i in range(x.size):
        if n[i] == 0:
            raise KeyError("zero")
        y[i] = x[i] * (10 // n[i])
    for j in range(x.size):
        if y[j] > 3.0:
            raise RuntimeError("second")
        y[j] = y[j] * x[j]
    return y[0] * y[1]


@PROGRAMS((X, 0), (X, 9), (X[:2], 9))
def exception_between(x, k):
    y = np.zeros(x.size)
    for i in range(x.size):
        if x[i] < -0.5:
            raise ValueError("first")
        y[i] = x[i] * x[i]
    if k > 3:
        raise RuntimeError("second")
    s = 0.0
    for j in range(x.size):
        s += y[j] * x[j]
    return s


@PROGRAMS((X,), (X[:2],))
def exception_after_values(x):
    y = np.zeros(x.size)
    for i in range(x.size):
        y[i] = x[i] * x[i]
    s = 0.0
    for j in range(x.size):
        if x[j] < -0.5:
            raise ValueError("negative")
        s += y[j] * x[j]
    return s


@PROGRAMS((X, 0), (X, 1), (X, -1))
def read_by_another_iteration(x, k):
    y = np.zeros(x.size + 2)
    for i in range(x.size):
        y[i + 1] = x[i] * x[i]
    s = 0.0
    for j in range(x.size):
        s += y[j + 1 + k] * x[j]
    return s


@PROGRAMS((X,), (X[:1],))
def read_backwards(x):
    y = x * x
    z = y[::-1] * x
    y += z
    return y[0] * z[0] + y[-1]


@pytest.mark.parametrize(
    ("func", "args"), [(func, args) for func, *rows, _ in PROGRAMS for args in rows]
)
def test_loops_over_the_same_range(func, args):
    """Values and exceptions are those of the function."""
    check_bits(func, *args)
