"""Loops backwards: the same indices in the opposite order, whatever start, stop and step are."""

import numpy as np
import pytest

import srcad
from tests.array_checks import parametrized, programs
from tests.harness import as_plain_python
from tests.own_call import check_everywhere

PROGRAMS = programs()
SIX = np.array([0.9, -0.4, 1.2, 0.3, -1.1, 0.7])
STEPS = ((0, 6, 1), (0, 6, 2), (1, 6, 3), (5, -1, -1), (5, 0, -2), (4, -1, -3), (-1, -6, -2))
EMPTY = ((2, 2, 1), (3, 1, 1), (1, 3, -1), (0, 0, -2), (0, -4, 3))


@PROGRAMS(*((SIX, *bounds) for bounds in (*STEPS, *EMPTY)))
def any_step(x, start, stop, step):
    s = 0.5
    for i in range(start, stop, step):
        s = s * x[i] + i
    return s


@PROGRAMS((SIX, 0, 6), (SIX, 2, 2), (SIX, 4, 1), (SIX, -3, 2))
def up_by_one(x, start, stop):
    s = 0.5
    for i in range(start, stop):
        s = s * x[i] + i
    return s


@PROGRAMS((SIX, 5, -1), (SIX, 2, 2), (SIX, 1, 4), (SIX, 2, -4))
def down_by_one(x, start, stop):
    s = 0.5
    for i in range(start, stop, -1):
        s = s * x[i] + i
    return s


@PROGRAMS((SIX,))
def literal_bounds(x):
    s = 0.5
    for i in range(5, -2, -3):
        s = s * x[i] + i
    for i in range(-5, 5, 4):
        s = s * x[i] - i
    for i in range(3, 3, 2):
        s = s * x[i]
    return s


@PROGRAMS((SIX, 0, 6, 2), (SIX, 3, -1, -2))
def bounds_that_change_in_the_loop(x, start, stop, step):
    s = 0.5
    for i in range(start, stop, step):
        s = s * x[i]
        start, stop, step = start + 1, stop - 1, step * 2
        s += step * x[start]
    return s * x[stop]


@PROGRAMS((SIX, 3), (SIX, 0))
def bounds_of_an_outer_loop(x, n):
    s = 0.5
    for i in range(n):
        for j in range(i, 2 * i + 1):
            s = s * x[j] + 0.1
        for j in range(2 * i, i - 1, -1):
            s = s * x[j] + 0.1
        for j in range(i, 6, i + 1):
            s = s * x[j] + 0.1
    return s


@PROGRAMS((SIX, 2, 6, 1), (SIX, 4, -1, -1), (SIX, 0, 6, 2), (SIX, 0, 0, 1))
def ends_early(x, start, stop, step):
    s = 0.5
    for i in range(start, stop, step):
        s = s * x[i] + i
        if s < -2.0:
            break
    return s


@parametrized(PROGRAMS)
def test_program(func, args, mutates):
    """Values and derivatives of all programs."""
    check_everywhere(func, args, mutates)


def test_no_step():
    """A step of zero is the error that it is in Python."""
    with as_plain_python(), pytest.raises(ValueError, match="zero"):
        srcad.grad(any_step)(SIX, 0, 6, 0)
