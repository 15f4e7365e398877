"""Loops that go on with arrays of another shape: what holds nothing before the loop."""

import numpy as np

from tests.array_checks import check, parametrized, programs, vec

program = programs()


@program((vec(4),))
def none_before_the_loop(x):
    before = None
    s = 0.0
    for k in range(3):
        if before is not None:
            s += np.sum(before) * x[k]
        before = x * x[k]
    return s + np.sum(before * before)


@program((vec(4),))
def none_and_then_the_array_before(x):
    before = None
    s = 0.0
    y = x * 1.0
    for k in range(3):
        if before is not None:
            before[0] = y[k] * before[1]
            s += np.sum(before) + np.sum(y * y)
        before = y
        y = y * x
    return s


@program((vec(6).reshape(3, 2),))
def row_before(x):
    last = None
    s = 0.0
    for row in x:
        if last is not None:
            s += np.sum(row * last)
        last = row * row
    return s


@program((vec(4), 0), (vec(4), 3))
def nothing_before_the_loop(x, n):
    y = np.zeros(0)
    for k in range(n):
        y = x * x[k]
    return np.sum(y * y) + x[0]


@parametrized(program)
def test_program(func, args, mutates):
    """Value, forward mode against differences, reverse against forward."""
    check(func, args, mutates)
