"""Additions to neighbours: gathered where they are ours, scattered where they are not."""

import numpy as np
import pytest

import srcad
from tests.array_checks import programs
from tests.bits import check_bits

V = np.random.default_rng(5).normal(size=9)
M = np.random.default_rng(6).normal(size=(6, 7))
PROGRAMS = programs()


@PROGRAMS((V,), (V[:3].copy(),), (V[:2].copy(),))
def three_neighbours(v):
    u = v.copy()
    for i in range(v.size - 2):
        u[i] += v[i] * 0.3
        u[i + 1] += v[i] * 0.7
        u[i + 2] += v[i] * 0.1
    return u[0] + u[1] * u[-1]


@PROGRAMS((V,), (V[:2].copy(),))
def two_neighbours_of_a_start(v):
    u = np.full(v.size, 0.1)
    for i in range(1, v.size):
        u[i - 1] += v[i] * v[i]
        u[i] -= v[i] * 0.7
    return u[0] + u[1] * u[-1]


@PROGRAMS((M,), (M[:3, :3].copy(),), (M[:2, :3].copy(),))
def five_points(m):
    u = m.copy()
    for i in range(1, m.shape[0] - 1):
        for j in range(1, m.shape[1] - 1):
            flow = m[i, j] * 0.3
            u[i - 1, j] += flow
            u[i + 1, j] += flow
            u[i, j - 1] += flow
            u[i, j + 1] += flow
            u[i, j] -= flow * 4.0
    return u[0, 1] + u[1, 1] * u[-1, 1] + u[1, 0]


@PROGRAMS((V,), (V[:3].copy(),), (V[:1].copy(),))
def reads_neighbours(v):
    s = 0.0
    for i in range(1, v.size - 1):
        s += v[i - 1] * v[i] * v[i + 1]
    return s


@PROGRAMS((M,), (M[:3, :3].copy(),), (M[:1, :3].copy(),))
def reads_five_points(m):
    s = 0.0
    for i in range(1, m.shape[0] - 1):
        for j in range(1, m.shape[1] - 1):
            t = m[i - 1, j] + m[i + 1, j] + m[i, j - 1] + m[i, j + 1] - 4.0 * m[i, j]
            s += t * t
    return s


@PROGRAMS((V, -1), (V, 1))
def start_that_may_be_negative(v, lo):
    s = 0.0
    for i in range(lo, 5):
        s += v[i - 1] * v[i] * v[i + 1]
    return s


@PROGRAMS((V,))
def starts_at_the_end(v):
    s = 0.0
    for i in range(5):
        s += v[i - 1] * v[i] * v[i + 1]
    return s


@PROGRAMS((V,))
def starts_below_zero(v):
    s = 0.0
    for i in range(-2, 5):
        s += v[i] * v[i + 1] * v[i + 2]
    return s


@pytest.mark.parametrize(
    ("func", "args"), [(func, args) for func, *rows, _ in PROGRAMS for args in rows]
)
def test_neighbours(func, args):
    """Value to the last bit, and the derivative."""
    check_bits(func, *args)


def test_which_are_gathered():
    """Additions of the adjoint are, the user's own are not."""
    text = srcad.differentiate(reads_neighbours).inspect_adjoint(V)
    assert text.count("v_bar[") < 6
    text = srcad.differentiate(three_neighbours).inspect_tangent(V)
    assert text.count(" u[") >= 3
