"""Hoisting: only names that have one value in all iterations leave a loop."""

import numpy as np

from tests.array_checks import parametrized, programs, vec
from tests.own_call import check_everywhere

PROGRAMS = programs()
PAIR = np.array([0.5, 0.25])


@PROGRAMS((PAIR, 0, 1))
def sum_with_an_argument_that_is_assigned(x, k, m):
    s = 0.0
    for _ in range(2):
        s += x[k - 1] * x[m - k]
        k = m - k
    return s


@PROGRAMS((PAIR, 0, 2))
def argument_assigned_at_the_end(x, k, m):
    s = 0.0
    for _ in range(2):
        s += x[k]
        k = m - 1
    return s


@PROGRAMS((PAIR, 0, 2))
def argument_assigned_in_while(x, k, m):
    s = 0.0
    n = 0
    while n < 2:
        s += x[k]
        k = m - 1
        n += 1
    return s


@PROGRAMS((PAIR, 0, 2))
def argument_assigned_first(x, k, m):
    """One step away: the argument is not read before it is assigned."""
    s = 0.0
    for _ in range(2):
        k = m - 1
        s += x[k] * x[0]
    return s


@PROGRAMS((PAIR, 2), (PAIR, 0))
def name_bound_before(x, n):
    k = 0
    s = 0.0
    for _ in range(n):
        s += x[k]
        k = x.shape[0] - 1
    return s + k


@PROGRAMS((PAIR, 2), (PAIR, 0))
def read_behind_the_loop(x, n):
    k = 0
    s = 0.0
    for i in range(n):
        j = x.shape[0] - 1
        s += x[j] * x[i]
        k = j
    return s * x[k]


@PROGRAMS((vec(4), 0, 3), (vec(4), 2, 3))
def division_stays(x, d, n):
    """A division of integers may fail: it stays behind its test."""
    s = 0.0
    for i in range(n):
        if d > 0:
            k = n // d
            s += x[k] * x[i]
    return s


@PROGRAMS((vec(4), 0, 3, 0), (vec(4), 2, 3, 3))
def division_in_a_loop_that_does_not_run(x, d, m, n):
    s = x[0]
    for i in range(n):
        s += x[i] * (m // d) + x[m % d] * x[i]
    return s


@PROGRAMS((vec(3), np.zeros((0, 3))), (vec(3), np.ones((2, 3))))
def size_of_another_array(x, rows):
    s = 0.0
    for i in range(rows.shape[0]):
        y = x * 2.0
        for j in range(y.shape[0]):
            s += y[j] * rows[i, j]
        x = y + 1.0 if i == 0 else y
    return s + x.shape[0]


@PROGRAMS((vec(4), 0), (vec(4), 5))
def names_without_a_value(x, n):
    """A loop that does not run does not ask for the size of what is not there."""
    s = x[0]
    if n > 4:
        a = x * 2.0
        m = n - 4
    for _i in range(n - 4):
        k = m + 1
        s += len(a) * a[k]
    return s


@parametrized(PROGRAMS)
def test_program(func, args, mutates):
    """Values and derivatives of all programs."""
    check_everywhere(func, args, mutates)
