"""Extents and bounds of loops: equal as values, not as names."""

import numpy as np

from tests.array_checks import parametrized, programs
from tests.own_call import check_everywhere

PROGRAMS = programs()
FIVE = np.array([0.2, 0.3, 0.4, 0.5, 0.25])
SQUARE = np.arange(9.0).reshape(3, 3) / 7 + 0.3


@PROGRAMS((FIVE, 3))
def fewer_rounds_than_elements(x, n):
    y = np.zeros(5)
    for i in range(n):
        y[i] += x[i]
    return np.sum(y * y) + y[4]


@PROGRAMS((FIVE, 3))
def one_round_less(x, n):
    y = np.zeros(n)
    m = n - 1
    for i in range(m):
        y[i] += x[i]
    return np.sum(y * y) + y[n - 1]


@PROGRAMS((FIVE, 5))
def all_elements_backwards(x, n):
    y = np.zeros(n)
    for i in range(n - 1, -1, -1):
        y[i] += x[i]
        y[i] = y[i] * 2.0
    return np.sum(y * y)


@PROGRAMS((FIVE, 5))
def every_other_element(x, n):
    y = np.zeros(n)
    for i in range(0, n, 2):
        y[i] += x[i]
    return np.sum(y * y)


@PROGRAMS((FIVE, 5))
def loop_that_ends_early(x, n):
    y = np.zeros(n)
    for i in range(n):
        y[i] += x[i]
        if y[i] > 0.39:
            break
    return np.sum(y * y)


@PROGRAMS((SQUARE, 3))
def triangle(a, n):
    y = np.zeros((3, 3))
    for i in range(n):
        for j in range(i, n):
            y[i, j] += a[i, j]
    return np.sum(y * y)


@PROGRAMS((SQUARE, 3))
def diagonal_only(a, n):
    y = np.zeros((3, 3))
    for i in range(n):
        for j in range(n):
            y[i, i] += a[i, j]
    return np.sum(y * y)


@PROGRAMS((FIVE, 5))
def size_assigned_between_two_arrays(x, n):
    a = np.zeros(n)
    n = n - 1
    b = np.zeros(n)
    for i in range(n):
        a[i] += x[i]
        b[i] += x[i] * a[i]
    return np.sum(a) * np.sum(b) + a[n]


@PROGRAMS((SQUARE, 2))
def copy_of_a_matrix(a, n):
    s = 0.0
    for _h in range(n):
        t = np.zeros((3, 3))
        for i in range(3):
            for j in range(3):
                t[i, j] += a[i, j]
        s += np.sum(t @ a)
    return s


@PROGRAMS((np.arange(18.0).reshape(2, 3, 3) / 9, 2))
def matrices_of_a_stack(a, n):
    s = 0.0
    for h in range(n):
        s += np.sum(np.tanh(a[h] @ a[h].T))
    return s


@PROGRAMS((np.arange(18.0).reshape(2, 3, 3) / 9, 2))
def written_matrices_of_a_stack(a, n):
    s = 0.0
    b = a.copy()
    for h in range(n):
        c = b[h] @ b[h].T
        b[h] = c * 0.1
        s += np.sum(np.tanh(c @ b[1 - h]))
    return s


@PROGRAMS((np.arange(18.0).reshape(2, 3, 3) / 9, 2))
def matrix_at_an_index_that_moves(a, n):
    s = 0.0
    h = 0
    for _k in range(n):
        c = a[h] @ a[1]
        h = 1 - h
        s += np.sum(np.tanh(c @ a[h]))
    return s


@parametrized(PROGRAMS)
def test_program(func, args, mutates):
    """Values and derivatives of all programs."""
    check_everywhere(func, args, mutates)
