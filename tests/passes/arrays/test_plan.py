"""Deferred values: what they are made of stays what it was until they are read."""

import numpy as np

from tests.array_checks import parametrized, programs
from tests.own_call import check_everywhere

PROGRAMS = programs()
FOUR = np.array([0.3, 0.7, -0.4, 1.1])
SQUARE = np.arange(9.0).reshape(3, 3) / 7 + 0.3


@PROGRAMS((FOUR,))
def element_written_before_it_is_read(x):
    a = x * 1.0
    t = a * 2.0
    a[0] = 5.0 * x[1]
    return np.sum(t)


@PROGRAMS((FOUR,))
def element_written_under_another_name(x):
    a = x * 1.0
    b = a
    t = a * 2.0
    b[0] = 5.0 * x[1]
    return np.sum(t)


@PROGRAMS((FOUR,))
def view_of_a_written_array(x):
    """One step away: a view sees what is written, what is computed does not."""
    a = x * 1.0
    t = a[1:]
    u = t * 2.0
    a[1] = 5.0 * x[1]
    return np.sum(u) + np.sum(t)


@PROGRAMS((FOUR, 2))
def index_assigned_again(x, k):
    a = np.outer(x, x)
    t = a[k] * 2.0
    k = 1
    return np.sum(t) + a[k, k]


@PROGRAMS((FOUR, 2))
def number_assigned_again(x, k):
    s = x[0]
    t = x * s
    s = 2.0 * s
    return np.sum(t) + s


@PROGRAMS((FOUR, 2))
def number_of_each_round(x, k):
    s = x[0]
    u = 0.0
    for _i in range(3):
        t = x * s
        s = s * 1.5
        u += np.sum(t) + s
    return u


@PROGRAMS((FOUR, 2))
def bound_of_a_slice_assigned_again(x, k):
    t = x[k:]
    k = 0
    return np.sum(t * t) + x[k]


@PROGRAMS((FOUR, 2))
def slices_at_the_counter(x, k):
    u = 0.0
    for i in range(4):
        t = x[i:]
        v = x[:i]
        u += np.sum(t * t[0]) + np.sum(v * 2.0)
    return u


@PROGRAMS((FOUR, 2))
def name_of_the_array_assigned_again(x, k):
    a = x * 1.0
    v = a[1:]
    a = x * 3.0
    return np.sum(v * a[1:])


@PROGRAMS((FOUR, 2))
def views_of_views(x, k):
    a = np.outer(x, x)
    v = a[1:, ::-1]
    w = v[::2, 1]
    a[1, 2] = x[0] * 4.0
    w[0] = w[0] * 2.0 + x[1]
    return np.sum(v * v) + np.sum(w)


@PROGRAMS((SQUARE,))
def axes_added_and_removed(a):
    b = a[:, :1]
    c = b[:, 0] * a[1]
    d = np.expand_dims(c, 1) * a
    return np.sum(d * b)


@PROGRAMS((FOUR, 3))
def positions_assigned_again(x, n):
    idx = np.array([3, 0, 1, 2])
    a = x * 1.0
    for k in range(n):
        a = a[idx] * a[k]
        idx = idx[idx]
    return np.sum(a * x)


@PROGRAMS((FOUR, 3))
def own_elements_in_another_order(x, n):
    idx = np.array([3, 0, 1, 2])
    a = x * 1.0
    for k in range(n):
        a = a[idx] * a[k]
    return np.sum(a * x)


@parametrized(PROGRAMS)
def test_program(func, args, mutates):
    """Values and derivatives of all programs."""
    check_everywhere(func, args, mutates)
