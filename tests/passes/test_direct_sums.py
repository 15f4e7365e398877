"""Sums that are added to another array: those of the user stay where they are."""

import numpy as np
import pytest

import srcad
from tests.array_checks import programs
from tests.bits import check_bits

V = np.random.default_rng(3).normal(size=7)
U = np.random.default_rng(4).normal(size=7)
PROGRAMS = programs()


@PROGRAMS((U, V))
def added_as_a_whole(u, v):
    t = np.zeros(7)
    total = u.copy()
    for i in range(6):
        t[i] += v[i] * 0.3
        t[i + 1] += v[i + 1] * 0.7
    for i in range(7):
        total[i] += t[i]
    return total[0] + total[3] * total[6]


@PROGRAMS((U, V))
def added_by_an_operator(u, v):
    t = np.zeros_like(v)
    total = u.copy()
    for i in range(6):
        t[i] += v[i] * 0.3
        t[i + 1] += v[i + 1] * 0.7
    total += t
    return total[0] + total[3] * total[6]


@PROGRAMS((U, V))
def target_is_added_to_between(u, v):
    t = np.zeros(7)
    total = u.copy()
    for i in range(6):
        t[i] += v[i] * 0.3
        total[i] += v[i + 1]
        t[i + 1] += v[i + 1] * 0.7
    total += t
    return total[0] + total[3] * total[6]


@PROGRAMS((U, V))
def target_is_read_between(u, v):
    t = np.zeros(7)
    total = u.copy()
    for i in range(6):
        t[i] += v[i] * 0.3
        t[i + 1] += total[i] * 0.7
    total += t
    return total[0] + total[3] * total[6]


@PROGRAMS((np.array([-0.0, 0.0]), np.array([0.0, -0.0])))
def nothing_is_added(u, v):
    t = np.zeros(2)
    total = u.copy()
    for i in range(2):
        total[i] += t[i]
    return total[0] * 1.0 + v[1] * 0.0


@PROGRAMS((U, V, 3), (U, V, 9))
def sums_under_a_guard(u, v, k):
    t = np.zeros(7)
    total = u.copy()
    for i in range(7):
        if k < 7:
            t[k] += v[i] * v[k]
    total += t
    return total[0] + total[3] * total[6]


@pytest.mark.parametrize(
    ("func", "args"), [(func, args) for func, *rows, _ in PROGRAMS for args in rows]
)
def test_additions_of_the_user_keep_their_order(func, args):
    """The value that comes with a derivative is the function's own, to the last bit."""
    check_bits(func, *args)


def test_sums_of_an_adjoint_are_added_at_once():
    """Two sums of ours: the adjoint of a copy ends up where that of the argument does."""

    def copied(x):
        y = x.copy()
        s = 0.0
        for i in range(x.size - 1):
            s += y[i] * y[i + 1] * x[i]
        return s

    text = srcad.differentiate(copied).inspect_adjoint(V)
    assert "y_bar" not in text
