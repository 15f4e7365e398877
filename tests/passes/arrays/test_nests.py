"""Loops over elements: what is computed once, and where the loops may have no iteration."""

import numpy as np

from tests.array_checks import parametrized, programs
from tests.own_call import check_everywhere

PROGRAMS = programs()
THREE = np.array([0.4, -0.2, 0.9])
SQUARE = np.arange(9.0).reshape(3, 3) / 7 + 0.3


@PROGRAMS((SQUARE, np.zeros(0)))
def no_iterations(a, e):
    s = np.sum(a[:, :1] * np.sqrt(np.abs(a[:, :0])) * e[None, :0])
    return s + np.sum(a[:, :0] / a[:, 1:1]) + np.sum(e) + a[0, 0]


@PROGRAMS((SQUARE, THREE))
def rows_computed_once(a, x):
    b = a.copy()
    b *= np.exp(b[0])
    b *= np.exp(b[:, :1]) * np.sin(x)
    return np.sum(b * np.exp(x)[:, None] * np.sin(x))


@PROGRAMS((THREE, 0), (THREE, 2))
def divisions_behind_a_test(x, d):
    s = x[0]
    k = np.arange(3)
    if d != 0:
        s += np.sum(x * (k // d)) + np.sum(x[k % d])
    return s


@PROGRAMS((SQUARE, np.array([0, -1, 1])), (SQUARE, np.array([-3, 2, 2])))
def indices_from_the_end(a, k):
    s = np.sum(a[k] * a[:, k]) + np.sum((a * a)[k, 1]) + np.sum(a[::-1, ::-1][k, k]) * 2.0
    return s + np.sum(a.T[k, 0]) * 3.0 + np.sum((a[0] * 2.0)[k][::-1] * a[1])


@PROGRAMS((THREE.astype(np.float32), np.array([2, 3, -2], np.int32)))
def narrow_dtypes(x, k):
    y = (x * 2 + 1) ** 2 + np.where(x > 0, x, 0.0)
    m = (x > 0) & (k > 2) | (k == 2)
    return np.sum(y * (k * k - k)) + np.sum(k / 2 * x) + np.sum(x * m) + np.sum(y[~m ^ (k > 2)])


@parametrized(PROGRAMS)
def test_program(func, args, mutates):
    """Values and derivatives of all programs."""
    check_everywhere(func, args, mutates)
