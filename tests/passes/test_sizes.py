"""Sizes of other names of an array are sizes of the array, as long as the names hold."""

import numpy as np

from tests.array_checks import parametrized, programs
from tests.own_call import check_everywhere

PROGRAMS = programs()
FIVE = np.array([0.2, 0.3, 0.4, 0.5, 0.25])


@PROGRAMS((FIVE, 3))
def argument_assigned_again(x, n):
    s = 0.0
    for i in range(n):
        m = x.shape[0]
        s += x[m - 1] * m
        if i == 0:
            x = x * 2.0
    return s


@PROGRAMS((FIVE, 3))
def array_that_is_carried(x, n):
    s = 0.0
    h = x * 1.0
    for i in range(n):
        g = h
        m = len(g)
        for j in range(m):
            s += g[j] * h[m - 1 - j]
        new = np.zeros(m)
        for j in range(m):
            new[j] = g[j] * x[i]
        h = new
    return s + h[0]


@PROGRAMS((FIVE, 3))
def sizes_of_an_inner_loop(x, n):
    s = 0.0
    for i in range(n):
        m = x.shape[0] - 1
        for j in range(i, m):
            m2 = m - j
            s += x[m2] * x[j]
    return s


@PROGRAMS((FIVE, 5))
def size_assigned_between_two_arrays(x, n):
    a = np.zeros(n)
    n = n - 1
    b = np.zeros(n)
    for i in range(n):
        a[i] += x[i]
        b[i] += x[i] * a[i]
    return np.sum(a) * np.sum(b) + a[n]


@PROGRAMS((np.linspace(0.2, 0.7, 6), 3))
def size_that_counts_down(x, n):
    s = 0.0
    a = np.zeros(n)
    for k in range(2):
        for j in range(n):
            s += a[j] * x[k] + x[j]
        n = n - 1
    return s


@parametrized(PROGRAMS)
def test_program(func, args, mutates):
    """Values and derivatives of all programs."""
    check_everywhere(func, args, mutates)
