"""Indexing as maps: views of views, gathers and masks, and where their axes go."""

import numpy as np

from tests.array_checks import parametrized, programs
from tests.own_call import check_everywhere, check_raises

PROGRAMS = programs()
THREE = np.array([0.4, -0.2, 0.9])
SQUARE = np.arange(9.0).reshape(3, 3) / 7 + 0.3
STACK = np.arange(18.0).reshape(2, 3, 3) / 9 + 0.1


@PROGRAMS((SQUARE,))
def views_of_views(a):
    b = a.T * 2.0
    c = b.T[::-1][1:, ::-1]
    d = c[0][:, None] * a[-1][None]
    e = (b + a).T[::-1].T[1:]
    return np.sum(d[1:] * e) + np.sum(a[1:][::-1][-1, :2] * e[0, 1]) + c[-1, -1]


@PROGRAMS((STACK, np.array([1, 0, -1])))
def axes_of_gathers(a, k):
    s = np.sum(a[0, k] * a[1][:, k]) + np.sum(a[:, k, 0] * THREE)
    s += np.sum(a[0, :, k] * SQUARE) + np.sum(a[k // 2, :, 1] * SQUARE)
    return s + np.sum(a[:, None, 1, k][1, 0] * THREE)


@PROGRAMS((SQUARE, np.array([True, False, True])), (SQUARE, np.array([False, False, False])))
def masks(a, m):
    b = a.copy()
    b[m] *= 2.0
    b[:, m] += a[0, 0]
    b[m, 1] = a[m, 0] * b[m, 1]
    m = m.copy()
    c = b[m]
    m[0] = True
    return np.sum(c * c) + np.sum(b[b > 0.7]) + np.sum(b[m]) * len(c)


@parametrized(PROGRAMS)
def test_program(func, args, mutates):
    """Values and derivatives of all programs."""
    check_everywhere(func, args, mutates)


def test_a_mask_of_another_size():
    """A mask that does not fit raises IndexError, as NumPy does."""

    def masked(x, m):
        return np.sum(x[:2][m])

    check_raises(masked, (THREE, np.array([True, False, True])), IndexError)
