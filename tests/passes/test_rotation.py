"""Arrays whose names change places, and back in reverse."""

import numpy as np

from tests.array_checks import parametrized, programs
from tests.own_call import check_everywhere

PROGRAMS = programs()
FOUR = np.array([0.3, 0.7, -0.4, 1.1])
FIVE = np.array([0.2, 0.3, 0.4, 0.5, 0.25])


@PROGRAMS((FOUR, 3))
def two_names(x, n):
    u = x * 1.0
    un = np.zeros(4)
    for _t in range(n):
        for i in range(1, 4):
            un[i] = u[i] * u[i - 1]
        un[0] = u[0]
        u, un = un, u
    return np.sum(u * un)


@PROGRAMS((FOUR, 4))
def three_names(x, n):
    u = x * 1.0
    v = x * 2.0
    w = np.zeros(4)
    for _t in range(n):
        for i in range(1, 4):
            w[i] = u[i] * v[i - 1]
        u, v, w = v, w, u
    return np.sum(u * v) + w[1]


@PROGRAMS((FOUR, 4))
def two_names_of_one_array(x, n):
    u = x * 1.0
    un = u
    for _t in range(n):
        for i in range(1, 4):
            un[i] = u[i] * u[i - 1]
        u, un = un, u
    return np.sum(u * un)


@PROGRAMS((FOUR, 3))
def another_name_that_stays(x, n):
    """The adjoint of `w` stays that of the first `u`, whose name is passed round."""
    u = x * 1.0
    v = x * 2.0
    w = u
    for _k in range(2):
        for _t in range(n):
            a = w
            b = u
            b[1] = v[0] * w[1]
            u = v
            v = b
            w = a
        w[2] = u[1] * v[0]
    return u[1] + 2.0 * v[1] + 3.0 * w[1]


@PROGRAMS((FOUR, 4))
def loops_around(x, n):
    u = x * 1.0
    un = np.zeros(4)
    for _s in range(2):
        for _t in range(n):
            for i in range(1, 4):
                un[i] = u[i] * u[i - 1]
            u, un = un, u
        u[0] = u[0] * 1.5
    return np.sum(u * un)


@PROGRAMS((FOUR, 4), mutates=(0,))
def argument_among_them(x, n):
    un = np.zeros(4)
    for _t in range(n):
        for i in range(1, 4):
            un[i] = x[i] * x[i - 1]
        x, un = un, x
    return np.sum(x * un)


@PROGRAMS((FIVE, 2))
def while_loop(x, n):
    u = x * 1.0
    un = x * 2.0
    k = 0
    while k < n:
        u[0] = un[1] * x[k]
        u, un = un, u
        k += 1
    return np.sum(u * x) + un[0]


@parametrized(PROGRAMS)
def test_program(func, args, mutates):
    """Values and derivatives of all programs."""
    check_everywhere(func, args, mutates)
