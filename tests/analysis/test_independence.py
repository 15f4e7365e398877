"""A loop's own elements: indices that surely do not go through zero, and those that may."""

import numpy as np
import pytest

from tests.array_checks import programs
from tests.bits import check_bits

X = np.array([0.2, 0.1])
Y = np.array([0.7, 1.3, -0.4, 0.9])
PROGRAMS = programs()


@PROGRAMS((X,))
def goes_through_zero(x):
    b = np.zeros(1)
    s = 0.0
    for i in range(-1, 1):
        s += b[i]
        b[i] = x[0]
    return s


@PROGRAMS((X, -1, 1), (X, 0, 1), (X, -1, 0), (X, 1, 0))
def bounds_of_arguments(x, lo, hi):
    b = np.zeros(1)
    s = 0.0
    for i in range(lo, hi):
        s += b[i]
        b[i] = x[0]
    return s


@PROGRAMS((X,))
def goes_down_through_zero(x):
    b = np.zeros(2)
    s = 0.0
    for i in range(1, -3, -1):
        s += b[i]
        b[i] = x[0] * (i + 5)
    return s


@PROGRAMS((X, 3), (X, 4), (X, 0))
def goes_down_by_an_argument(x, n):
    b = np.zeros(2)
    s = 0.0
    for i in range(1, 1 - n, -1):
        s += b[i]
        b[i] = x[0] * (i + 5)
    return s


@PROGRAMS((X, 1, 2), (X, -1, -2), (X, 3, 0))
def step_of_an_argument(x, step, stop):
    b = np.zeros(2)
    s = 0.0
    for i in range(0, stop, step):
        s += b[i]
        b[i] = x[0] * (i + 5)
    return s


@PROGRAMS((Y,))
def scaled_twice(x):
    b = np.ones(2)
    b[0] = x[0]
    b[1] = x[1]
    for i in range(-2, 2):
        b[i] = b[i] * x[i]
    return b[0] * b[1]


@PROGRAMS((Y,))
def squares(x):
    b = x.copy()
    s = 0.0
    for i in range(-4, 4):
        s += b[i] * b[i]
        b[i] = np.sin(b[i])
    return s


@PROGRAMS((Y, 4), (Y, 1))
def negative_only(x, n):
    b = x.copy()
    s = 0.0
    for i in range(-n, 0):
        s += b[i] * b[i]
        b[i] = np.sin(b[i])
    return s + b[-1] * b[0]


@PROGRAMS((Y, 4), (Y, 1))
def negative_and_down(x, n):
    b = x.copy()
    s = 0.0
    for i in range(-1, -n - 1, -1):
        s += b[i] * b[i]
        b[i] = np.sin(b[i])
    return s + b[-1] * b[0]


@PROGRAMS((Y, 0), (Y, 1), (Y, -1))
def moved_by_one(x, lo):
    b = x.copy()
    s = 0.0
    for i in range(lo, 2):
        s += b[i + 1] * x[0]
        b[i + 1] = s * x[1]
    return s


@PROGRAMS((Y,))
def moved_to_zero(x):
    b = x.copy()
    s = 0.0
    for i in range(-1, 2):
        s += b[i + 1] * x[0]
        b[i + 1] = np.cos(b[i + 1])
    return s + b[0] * b[1]


@PROGRAMS((Y,))
def name_that_is_stale(x):
    b = np.zeros(4)
    s = 0.0
    k = 0
    for i in range(3):
        s += b[k] * x[0]
        k = i + 1
        b[k] = x[i] * x[i]
    return s


@PROGRAMS((Y,))
def name_that_a_branch_assigns(x):
    b = np.zeros(4)
    s = 0.0
    k = 1
    for i in range(3):
        if x[i] > 0.0:
            k = i + 1
        s += b[k] * x[i]
        b[k] = x[i] * x[0]
    return s


@PROGRAMS((Y,))
def inner_bounds_of_an_outer_index(x):
    b = x.copy()
    s = 0.0
    for j in range(-1, 1):
        for i in range(j, 2):
            s += b[i] * x[j]
            b[i] = b[i] * x[i] + 0.5
    return s


@PROGRAMS((Y,))
def triangle(x):
    b = np.outer(x, x)
    s = 0.0
    for j in range(4):
        for i in range(j + 1, 4):
            s += b[i, j] * x[j]
            b[i, j] = np.sin(b[i, j]) * x[i]
    return s + b[1, 0] * b[3, 2]


@PROGRAMS((Y,))
def rows_that_meet(x):
    b = np.zeros((2, 2))
    s = 0.0
    for i in range(-2, 2):
        for j in range(2):
            s += b[i, j] * x[j]
            b[i, j] = x[i] * x[j]
    return s


@PROGRAMS((Y,))
def columns_are_its_own(x):
    b = np.zeros((2, 4))
    s = 0.0
    for i in range(-1, 1):
        for j in range(4):
            s += b[i, j] * x[j]
            b[i, j] = x[j] * (i + 2)
    return s


@PROGRAMS((Y, 2), (Y, -2))
def start_that_is_at_least_zero(x, k):
    b = x.copy()
    s = 0.0
    lo = max(k, 0)
    for i in range(lo, 4):
        s += b[i] * x[0]
        b[i] = np.sin(b[i])
    return s + b[2]


@PROGRAMS((Y, 2), (Y, -2))
def start_that_is_assigned_twice(x, k):
    b = x.copy()
    s = 0.0
    lo = max(k, 0)
    for _ in range(2):
        for i in range(lo, 4):
            s += b[i] * x[0]
            b[i] = np.sin(b[i] * x[1]) + s
        lo = -2
    return s + b[2]


@pytest.mark.parametrize(
    ("func", "args"), [(func, args) for func, *rows, _ in PROGRAMS for args in rows]
)
def test_elements_of_an_iteration(func, args):
    """No store is dropped and no loop is turned round where two iterations may meet."""
    check_bits(func, *args)
