"""Arrays that a loop goes on with: one shape in reverse, size-1 axes among them."""

import numpy as np

from tests.array_checks import parametrized, programs
from tests.own_call import check_everywhere

PROGRAMS = programs()
FIVE = np.array([0.2, 0.3, 0.4, 0.5, 0.25])
SQUARE = np.arange(9.0).reshape(3, 3) / 7 + 0.3


@PROGRAMS((FIVE, FIVE[:1].copy(), 2))
def one_of_length_one(x, v, n):
    for _k in range(n):
        x = x + 0.1 * v
        v = v * 0.5
    return np.sum(x * v)


@PROGRAMS((FIVE, FIVE + 1, 2))
def two_of_one_length(x, v, n):
    for _k in range(n):
        x = x + 0.1 * v
        v = v - 0.2 * x
    return np.sum(x * v)


@PROGRAMS((FIVE, FIVE + 1, FIVE[:1].copy(), 2))
def three_with_one_of_length_one(x, v, w, n):
    for _k in range(n):
        x = x + 0.1 * v
        v = v - 0.2 * x * w
    return np.sum(x * v)


@PROGRAMS((FIVE, FIVE[:1].copy(), FIVE[:1].copy(), 2))
def two_of_length_one(x, v, w, n):
    for _k in range(n):
        x = x + 0.1 * v
        v = v * 0.2 + w
        w = w * v
    return np.sum(x * v) + w[0]


@PROGRAMS((FIVE[:1].copy(), FIVE[:1].copy(), 2))
def all_of_length_one(x, v, n):
    for _k in range(n):
        x = x + 0.1 * v
        v = v - x
    return np.sum(x * v)


@PROGRAMS((SQUARE, SQUARE[0], 2))
def rows_of_a_matrix(a, v, n):
    for _k in range(n):
        a = a + 0.1 * v
        v = v * a[0] + v
    return np.sum(a * v)


@PROGRAMS((SQUARE, SQUARE[:1], 2))
def row_as_a_matrix(a, v, n):
    for _k in range(n):
        a = a + 0.1 * v
        v = v * a[:1] + v
    return np.sum(a * v)


@PROGRAMS((SQUARE[:, :1].copy(), SQUARE[:1].copy(), 2))
def column_and_row(a, v, n):
    for _k in range(n):
        b = a + 0.1 * v
        v = v * b[:1] + v
    return np.sum(a * v)


@parametrized(PROGRAMS)
def test_program(func, args, mutates):
    """Values and derivatives of all programs."""
    check_everywhere(func, args, mutates)
