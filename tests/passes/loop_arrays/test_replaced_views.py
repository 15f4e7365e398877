"""Views that a loop goes on with: their indices are carried."""

import numpy as np
import pytest

import srcad
from srcad.errors import NotDifferentiable
from tests.array_checks import parametrized, programs
from tests.harness import as_plain_python
from tests.own_call import check_everywhere

PROGRAMS = programs()
FOUR = np.array([0.3, 0.7, -0.4, 1.1])
FIVE = np.array([0.2, 0.3, 0.4, 0.5, 0.25])


@PROGRAMS((FOUR, 4))
def rows_in_order(x, n):
    b = np.outer(x, x)
    before = b[0]
    s = 0.0
    for i in range(1, n):
        row = b[i]
        s += row[0] * before[1]
        before = row
    return s + before[2]


@PROGRAMS((FOUR, 4))
def no_round_at_all(x, n):
    b = np.outer(x, x)
    before = b[0]
    s = 0.0
    for i in range(n, n):
        row = b[i]
        s += row[0] * before[1]
        before = row
    return s + before[2]


@PROGRAMS((FOUR, 4))
def rows_from_the_end(x, n):
    b = np.outer(x, x)
    before = b[-1]
    s = 0.0
    k = 1
    for i in range(1, n):
        row = b[-i]
        s += row[0] * before[1]
        before = row
        k = i
    return s + before[2] * k


@PROGRAMS((FIVE, 3))
def row_and_then_new_arrays(x, n):
    b = np.outer(x, x)
    r = b[0]
    for i in range(1, n):
        r = b[i] * r
    return np.sum(r)


@PROGRAMS((FIVE, 3))
def rows_that_are_written(x, n):
    b = np.outer(x, x)
    prev = b[0]
    s = 0.0
    for i in range(1, n):
        cur = b[i]
        for j in range(1, 5):
            cur[j] = prev[j - 1] * cur[j] + cur[j - 1]
        prev = cur
    return np.sum(prev) + s + b[1, 2]


@PROGRAMS((FIVE, 3))
def two_rows_back(x, n):
    b = np.outer(x, x)
    p = b[0]
    q = b[1]
    s = 0.0
    for i in range(2, 5):
        c = b[i]
        s += p[0] * q[1] * c[2]
        p = q
        q = c
    return s + p[3] + q[0]


@PROGRAMS((FIVE, 3))
def columns(x, n):
    b = np.outer(x, x)
    p = b[:, 0]
    s = 0.0
    for i in range(1, 5):
        c = b[:, i]
        s += p[0] * c[2]
        p = c
    return s + p[3]


@PROGRAMS((FIVE, 3))
def row_that_is_chosen(x, n):
    b = np.outer(x, x + 1)
    best = b[0]
    for i in range(1, 5):
        if b[i, 0] < best[0]:
            best = b[i]
    return np.sum(best * x)


@PROGRAMS((FIVE, 3))
def row_that_is_copied(x, n):
    b = np.outer(x, x + 1)
    best = b[0] * 1.0
    for i in range(1, 5):
        if np.sum(b[i]) > np.sum(best):
            best = b[i] * 1.0
    return np.sum(best * x)


@PROGRAMS((FOUR, 3), (FOUR, 1))
def row_from_before_the_loop(x, n):
    b = np.outer(x, x)
    row = b[2]
    before = b[0]
    s = 0.0
    for _ in range(n):
        s += before[1] * x[0]
        before = row
    return s + before[2]


@PROGRAMS((FOUR, 3))
def rows_of_another_array_each_time(x, n):
    b = np.outer(x, x)
    before = b[0]
    s = 0.0
    for i in range(1, n):
        row = b[i]
        s += row[0] * before[1]
        before = row
        b = b * 1.5
    return s + before[2] + b[1, 1]


@parametrized(PROGRAMS)
def test_program(func, args, mutates):
    """Values and derivatives of all programs."""
    check_everywhere(func, args, mutates)


def row_of_before_is_written(x, n):
    b = np.outer(x, x)
    row = b[2]
    before = b[0]
    for _ in range(n):
        before[1] = before[1] * row[0] + x[1]
        before = row
    return before[2] * before[1] + b[0, 1]


def rows_of_two_arrays_are_written(x, n):
    b = np.outer(x, x)
    c = np.outer(x, x + 1.0)
    before = b[0]
    for i in range(1, n):
        row = b[i]
        row[1] = before[1] * row[0]
        before = row
        b = c
    return before[2] * before[1] + b[0, 1]


@pytest.mark.parametrize("func", [row_of_before_is_written, rows_of_two_arrays_are_written])
def test_an_index_does_not_tell_which_row(func):
    """The row is not made in each iteration, or not of the same array: refused, not wrong."""
    with as_plain_python(), pytest.raises(NotDifferentiable, match="is another one in each"):
        srcad.grad(func)(FOUR, 3)
