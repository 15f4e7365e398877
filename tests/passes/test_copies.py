"""Copies and repeated reads: while both names keep their values, and the memory its contents."""

import numpy as np

from tests.array_checks import parametrized, programs
from tests.own_call import check_everywhere

PROGRAMS = programs()
FOUR = np.array([0.3, 0.7, -0.4, 1.1])
FIVE = np.array([0.2, 0.3, 0.4, 0.5, 0.25])


@PROGRAMS((FIVE, 3))
def elements_written_between(x, n):
    y = x.copy()
    s = 0.0
    for i in range(n):
        a = y[i] * y[i + 1]
        y[i + 1] = a
        b = y[i] * y[i + 1]
        y[i] = b
        s += a * b * y[i]
    return s


@PROGRAMS((FIVE, 3))
def written_through_a_view(x, n):
    y = x.copy()
    v = y[1:]
    s = 0.0
    for i in range(n):
        a = y[i + 1]
        v[i] = a * 2.0
        s += y[i + 1] * a
    return s


@PROGRAMS((FIVE, FIVE + 1, 3), mutates=(0,))
def written_argument_beside_another(x, y, n):
    s = 0.0
    for i in range(n):
        a = y[i]
        x[i] = a * 2.0
        s += y[i] * a
    return s


@PROGRAMS((FIVE, 3))
def index_that_moves(x, n):
    i = 0
    s = 0.0
    a = x[i]
    while i < n:
        s += a * x[i]
        i += 1
        a = x[i] + a
    return s + a


@PROGRAMS((FIVE, 3))
def index_moved_in_a_branch(x, n):
    i = 0
    a = x[i]
    if n > 2:
        i = 1
        b = x[i]
    else:
        b = x[i]
    c = x[i]
    return a * b + c * c


@PROGRAMS((FIVE, 3))
def numbers_exchanged(x, n):
    a, b, c = x[0], x[1], x[2]
    for i in range(n):
        a, b, c = b * 2.0, c, a * x[i]
    return a * b - c


@PROGRAMS((FIVE, 3))
def names_used_again(x, n):
    t = x[0] * 2.0
    u = t
    t = x[1] * u
    v = t
    u = v * t
    t = u
    return t * v + u


@PROGRAMS((FOUR, 2))
def copies_over_rounds(x, n):
    s = 0.0
    a = x[n]
    b = a
    a = a * 2.0
    for _i in range(3):
        c = b
        b = a * c
        a = c
        s += a * b * c
    return s


@PROGRAMS((FOUR, 2))
def aliases_written(x, n):
    y = x.copy()
    z = y
    a = y[0] * y[1]
    z[0] = a
    b = y[0] * y[1]
    k = 0
    c = y[k]
    k = 1
    d = y[k]
    return a * b + c * d


@PROGRAMS((FOUR, 2))
def written_in_both_branches(x, n):
    y = x.copy()
    a = y[n]
    if a > 0.0:
        y[n] = 3.0 * x[0]
    else:
        a = y[n] * 2.0
        y[n] = x[1]
    return a * y[n]


@parametrized(PROGRAMS)
def test_program(func, args, mutates):
    """Values and derivatives of all programs."""
    check_everywhere(func, args, mutates)
