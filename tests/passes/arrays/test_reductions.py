"""Reductions: a result never is written while what it is made of still is to be read."""

import numpy as np

from tests.array_checks import parametrized, pos, programs, vec
from tests.own_call import check_everywhere, own_call

PROGRAMS = programs()


@PROGRAMS((vec(4),))
def sum_of_own_mean(x):
    s = np.mean(x)
    s = np.sum((x - s) ** 2)
    return s


@PROGRAMS((vec(4),))
def product_of_own_mean(x):
    s = np.mean(x)
    s = np.prod(x - s)
    return s


@PROGRAMS((vec(4),))
def mean_of_own_mean(x):
    s = np.mean(x)
    s = np.mean(x * s)
    return s


@PROGRAMS((vec(4),))
def method_and_builtin(x):
    s = np.mean(x)
    s = (x * s).sum()
    s = sum(x - s)
    return s


@PROGRAMS((vec(4),))
def chosen_by_own_mean(x):
    s = np.mean(x)
    s = np.sum(np.where(x > s, x * s, x))
    return s


@PROGRAMS((vec(4), 0.4))
def argument(x, s):
    s = np.sum(x * s)
    return s


@PROGRAMS((vec(4), 0.4, 3))
def in_a_loop(x, s, n):
    for _ in range(n):
        s = np.sum(np.cos(x * s))
    return s


@PROGRAMS((vec(4), 0.4, 3), (vec(4), 0.4, -1))
def in_a_branch(x, s, n):
    if n > 0:
        s = np.sum(x * s)
    return s * s


@PROGRAMS((vec(4),))
def view_at_own_count(x):
    k = 1
    k = np.sum(np.arange(3)[k:] * 0 + k)
    return x[k]


@PROGRAMS((vec(4),))
def own_position(x):
    k = 1
    k = np.argmax(x[k:]) + np.max(np.arange(4) * k)
    return x[k % 4]


@PROGRAMS((vec(4),))
def own_test(x):
    t = np.sum(x) > 5.0
    t = np.any((x > 0.5) & t)
    t = np.all((x > 0.5) | t)
    return x[0] if t else x[1]


@PROGRAMS((vec(4),), (np.ones(1),))
def another_name(x):
    """One step away: the name is not read, so that the sum needs no other one."""
    s = np.mean(x)
    t = x - s
    s = np.sum(t * t)
    return s


@PROGRAMS((pos(3, 3),), (pos(1, 1),))
def written_rows(a):
    """The result's old array has another name that is written: it is no buffer."""
    s = a[0] * 1.0
    v = s[:1]
    s = np.sum(a * s, axis=0)
    v[0] = 3.0
    return np.sum(s * s) + v[0]


@PROGRAMS((pos(3, 3),))
def written_columns(a):
    s = a[0] * 1.0
    v = s[:1]
    s = np.mean(a * s, axis=1)
    v[0] = 3.0
    return np.sum(s * s) + v[0]


@PROGRAMS((pos(3, 3),))
def written_products(a):
    s = a[0] * 1.0
    v = s[:1]
    s = np.prod(a * s, axis=0)
    v[0] = 3.0
    return np.sum(s * s) + v[0]


@PROGRAMS((pos(3, 3),))
def written_greatest(a):
    s = a[0] * 1.0
    v = s[:1]
    s = np.max(a * s, axis=0)
    v[0] = 3.0
    s = np.min(a * s, axis=1)
    return np.sum(s * s) + v[0]


@PROGRAMS((pos(3, 3),))
def written_positions(a):
    k = np.arange(9).reshape(3, 3) % 3
    v = k[0]
    k = np.max(k, axis=0, keepdims=True)
    v[0] = 2
    k = np.sum(k, axis=1, keepdims=True)
    return a[k[0, 0] % 3, v[0]]


@PROGRAMS((pos(3, 3), 3))
def carried_through_axes(a, n):
    t = a[0] * 1.0
    for k in range(n):
        if k % 2 == 0:
            t = np.sum(a * t, axis=1)
        else:
            t = np.max(a * t, axis=0)
    return np.sum(t)


@PROGRAMS((pos(3, 3),))
def argument_along_an_axis(a):
    a = np.sum(a, axis=0, keepdims=True)
    a = np.max(a * a[0], axis=1, keepdims=True)
    return a[0, 0]


@parametrized(PROGRAMS)
def test_program(func, args, mutates):
    """Values and derivatives of all programs."""
    check_everywhere(func, args, mutates)


def test_nothing_to_reduce():
    """A sum or product of no floats is a float, of no integers an integer."""

    def added(x):
        return np.sum(x)

    def multiplied(x):
        return np.prod(x)

    for func, value in ((added, 0.0), (multiplied, 1.0)):
        for dtype, kind in ((np.float64, float), (np.int64, int)):
            found = own_call(func, (np.zeros(0, dtype),))
            assert found == value
            assert isinstance(found, kind)
