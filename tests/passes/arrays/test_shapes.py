"""Extents: slices as NumPy clips them, names that change, axes of length one and zero."""

import numpy as np
import pytest

from tests.array_checks import parametrized, programs
from tests.own_call import check_everywhere, check_raises, own_call

PROGRAMS = programs()
FIVE = np.array([0.2, 0.3, 0.4, 0.5, 0.25])
ONE = np.array([0.7])
SQUARE = np.arange(9.0).reshape(3, 3) / 7 + 0.3
ROW = np.array([[0.1, 0.5, -0.3]])


def with_bounds(x, k):
    s = np.sum(x[k:] * 2.0) + np.sum(x[:k] * x[:k]) * 3.0 + np.sum(x[k:4]) + np.sum(x[1:k])
    s += np.sum(x[k::-1] * 5.0) + np.sum(x[:k:-1] * x[:k:-1]) + np.sum(x[k:1:-2]) * 7.0
    return s + np.sum(x[-1:k:-1]) * 11.0 + np.sum(x[k::2]) + np.sum(x[:k:3]) * 13.0


def with_literals(x):
    s = np.sum(x[2:-1]) + np.sum(x[-3:-1]) * 2.0 + np.sum(x[-9:2]) * 3.0 + np.sum(x[3:1])
    s += np.sum(x[::-2]) * 5.0 + np.sum(x[7:]) + np.sum(x[:-7]) + np.sum(x[-2::-1]) * 7.0
    return s + np.sum(x[:-3:-1]) * 11.0 + np.sum(x[7:2:-2]) * 13.0 + np.sum(x[1:] * x[:-1])


def test_slices_are_clipped():
    """Values of slices, their bounds inside and outside, of either sign."""

    def over_all(x, ks):
        s = with_literals(x)
        for k in ks:
            s = s * 0.9 + with_bounds(x, k)
        return s

    ks = np.array([0, 2, -2, 5, -5, 9, -9])
    for size in (0, 1, 5):
        x = FIVE[:size]
        assert own_call(over_all, (x, ks)) == pytest.approx(over_all(x, ks), rel=1e-13)


@PROGRAMS((FIVE, 3), (FIVE, 0))
def bounds_assigned_again(x, n):
    a = x[:n] * 2.0
    n = n - 1
    b = x[:n] * 3.0
    s = np.sum(a) * np.sum(b)
    k = 0
    for i in range(n):
        c = x[k:] * x[i]
        k += 1
        d = x[k:] * x[i]
        s += np.sum(c[1:] * d)
    return s + np.sum(x[k:] * x[k:])


@PROGRAMS((FIVE, 3), (FIVE, 1))
def one_less(x, n):
    m = n - 1
    a = np.zeros(m)
    a += x[:n][1:]
    n = n - 1
    b = np.ones(n) * x[0]
    return np.sum(a * x[1 : n + 1]) + np.sum(a * b)


@PROGRAMS((SQUARE, ROW), (ROW.T.copy(), ROW))
def axes_of_length_one(a, b):
    c = a * b
    d = c + b
    c += b
    c *= a
    d[1:] = b
    d[:, 1:] -= a[:, :1]
    return np.sum(c * d) + np.sum(np.sum(c, axis=0) * b) + np.sum(c, axis=1)[0] * a[0, 0]


@parametrized(PROGRAMS)
def test_program(func, args, mutates):
    """Values and derivatives of all programs."""
    check_everywhere(func, args, mutates)


def test_extents_that_clash():
    """What NumPy does not broadcast, or assign, raises ValueError."""

    def broadcast(x, y):
        return np.sum(x * y)

    def added(x, y):
        z = x.copy()
        z += y
        return np.sum(z)

    check_raises(broadcast, (FIVE, FIVE[:4]), ValueError)
    check_raises(broadcast, (FIVE[:0], FIVE), ValueError)
    check_raises(added, (ONE, FIVE), ValueError)


def test_a_step_of_zero():
    """There is no slice with a step of zero, and the other branch has none."""

    def stopped(x, n):
        return np.sum(x[::0]) if n > 2 else x[0]

    check_raises(stopped, (FIVE, 3), ValueError)
    assert own_call(stopped, (FIVE, 2)) == FIVE[0]


def test_extents_for_minus_one():
    """`reshape` finds the missing extent, and raises where there is none."""

    def rows(x, n):
        return np.sum(x.reshape(-1, n)[0] * 2.0)

    assert own_call(rows, (FIVE[:4], 2)) == rows(FIVE[:4], 2)
    for size, n in ((0, 0), (4, 0), (4, 3), (4, -2)):
        check_raises(rows, (FIVE[:size], n), ValueError)


def test_more_than_there_is_room_for():
    """An array of one element takes one element, or one that is broadcast."""

    def stored(x):
        y = np.zeros(1)
        y[:] = x
        return y[0] * y[0]

    check_everywhere(stored, (ONE,))
    check_raises(stored, (FIVE,), ValueError)
    check_raises(stored, (FIVE[:0],), ValueError)
