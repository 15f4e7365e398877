"""Stacks of counted loops: bounds are what they were when the loop began."""

import numpy as np

from tests.array_checks import parametrized, programs
from tests.own_call import check_everywhere

PROGRAMS = programs()
SIX = np.array([0.2, 0.3, 0.4, 0.5, 0.25, 0.35])


@PROGRAMS((SIX,), (SIX[::-1],))
def partition(x):
    y = x.copy()
    i = 0
    for j in range(i, 6):
        if y[j] < 0.39:
            y[i] = y[j] * 1.1
            i += 1
    return y[0] * y[1]


@PROGRAMS((SIX,), (SIX[::-1],))
def partition_from_the_end(x):
    y = x.copy()
    i = 5
    for j in range(i, -1, -1):
        if y[j] < 0.45:
            y[i] = y[j] * 1.1
            i -= 1
    return y[4] * y[5]


@PROGRAMS((SIX,))
def end_that_moves(x):
    y = x.copy()
    n = 5
    for j in range(1, n):
        y[j] = y[j] * y[j - 1]
        n = n - 1
        y[n] = y[n] * 1.1
    return y[4] * y[5]


@PROGRAMS((SIX,))
def windows(x):
    s = 1.0
    for k in range(3):
        i = k
        for j in range(i, 6):
            s = s * x[j] + x[i] * x[k]
            i = (i + 1) % 6
    return s


@PROGRAMS((SIX, 1), (SIX, 0))
def argument_that_moves(x, i):
    s = 1.0
    for j in range(i, 6):
        s = s * x[j] + x[i]
        i = (i + 2) % 6
    return s * x[i]


@PROGRAMS((SIX, 1), (SIX, 6))
def start_that_stays(x, i):
    """One step away: the body does not assign the start."""
    s = 1.0
    for j in range(i, 6):
        s = s * x[j] + x[i]
    return s


@parametrized(PROGRAMS)
def test_program(func, args, mutates):
    """Values and derivatives of all programs."""
    check_everywhere(func, args, mutates)
