"""Which stores may change an element after it was read."""

import numpy as np

from tests.array_checks import check as check_program
from tests.array_checks import parametrized, programs

PROGRAMS = programs()
X = np.array([1.5, 0.5, 2.0, -1.0])


@PROGRAMS((X,), (X[:1],))
def wraps_in_the_first_round(x):
    y = x * 1.0
    s = 0.0
    for i in range(y.size):
        s += y[i - 1] * y[i - 1]  # the last element, which the last round writes
        y[i] = x[i] * 3.0
    return s


@PROGRAMS((X,), (X[:1],))
def starts_below_zero(x):
    y = x * 1.0
    s = 0.0
    for i in range(-1, y.size - 1):
        s += y[i] * y[i]
        y[i + 1] = x[i] * 3.0
    return s


@PROGRAMS((X,), (X[:1],))
def stays_behind(x):
    y = x * 1.0
    s = 0.0
    for i in range(1, y.size):
        s += y[i - 1] * y[i - 1]  # was written in the round before
        y[i] = x[i] * 3.0
    return s


@PROGRAMS((X,), (X[:2],))
def looks_ahead(x):
    y = x * 1.0
    s = 0.0
    for i in range(y.size - 1):
        s += y[i + 1] * y[i + 1]  # is written in the next round
        y[i] = x[i] * 3.0
    return s


@PROGRAMS((X,), (X[:2],))
def counts_down(x):
    y = x * 1.0
    s = 0.0
    for i in range(y.size - 1, 0, -1):
        s += y[i - 1] * y[i - 1]
        y[i] = x[i] * 3.0
    return s


@PROGRAMS((X,), (X[:1],))
def a_fixed_place_from_the_end(x):
    y = x * 1.0
    s = 0.0
    for i in range(y.size):
        s += y[-1] * y[-1]
        y[i] = x[i] * s
    return s


@parametrized(PROGRAMS)
def test_elements_are_kept_where_they_are_overwritten(func, args, mutates):
    check_program(func, args, mutates)
