"""Arrays whose names change places on some ways through an iteration only."""

import numpy as np
import pytest

import srcad
from srcad.errors import NotDifferentiable
from tests.array_checks import check, parametrized, programs
from tests.harness import as_plain_python

PROGRAMS = programs()
FOUR = np.array([0.3, 0.7, -0.4, 1.1])


@PROGRAMS((FOUR, 4), (FOUR, 0))
def swapped_now_and_then(x, n):
    u = x * 1.0
    un = np.zeros(4)
    for t in range(n):
        for i in range(1, 4):
            un[i] = u[i] * u[i - 1] + un[i]
        un[0] = u[0]
        if t % 2 == 0:
            u, un = un, u
    return np.sum(u * un) + u[1]


@PROGRAMS((FOUR, 4))
def three_names_in_two_branches(x, n):
    u = x * 1.0
    v = x * 2.0
    w = x * 3.0
    for t in range(n):
        u[1] = v[2] * u[0] + w[3]
        if u[1] > 0.4:
            u, v = v, u
        else:
            u, v, w = w, u, v
        if v[0] > 0.5:
            v, w = w, v
            if t == 3:
                break
    return u, np.sum(u * v) + w[1]


@PROGRAMS((FOUR, 4))
def new_array_in_one_branch(x, n):
    u = x * 1.0
    v = x * 2.0
    k = 0
    while k < n:
        k += 1
        u[1] = v[2] * u[0]
        if v[1] > u[1]:
            u, v = v, u
        else:
            w = u * v
            u[0] = w[1]
            v = w
    return np.sum(u * v)


@PROGRAMS((FOUR, 4), (FOUR, 3), (FOUR, 0))
def both_the_same(x, n):
    u = x * 1.0
    v = x * 2.0
    for t in range(n):
        u[1] = v[2] * u[0]
        if t % 2 == 0:
            u, v = v, u
        if t == 1:
            u = v
    return np.sum(u * v)


@PROGRAMS((FOUR, 4), (FOUR, 0))
def new_array_for_both(x, n):
    u = x * 1.0
    v = x * 2.0
    for t in range(n):
        u[1] = v[2] * u[0]
        if t % 2 == 0:
            u, v = v, u
        else:
            w = u * v
            u = w
            v = w
    return np.sum(u * v)


@PROGRAMS((FOUR, 3))
def new_array_for_both_read_where_it_is_written(x, n):
    u = x * 1.0
    v = x * 2.0
    for t in range(n):
        u[1] = v[1] + u[0]
        if t % 2 == 0:
            u, v = v, u
        else:
            w = u * v
            u = w
            v = w
    return np.sum(u * v)


@PROGRAMS((FOUR, 4), (FOUR, 0))
def another_name_before(x, n):
    u = x * 1.0
    a = u
    v = x * 2.0
    for t in range(n):
        u[1] = v[2] * u[0]
        if t % 2 == 0:
            u, v = v, u
    return np.sum(u * v) + a[1]


@parametrized(PROGRAMS)
def test_program(func, args, mutates):
    """Values and derivatives of all programs."""
    check(func, args, mutates)


def view_of_the_iteration_before(x, n):
    u = x * 1.0
    v = x * 2.0
    r = u[1:]
    for t in range(n):
        u[1] = v[2] * u[0] + r[0]
        r = u[1:]
        if t % 2 == 0:
            u, v = v, u
    return np.sum(u * v) + r[1]


def test_view_of_the_iteration_before_is_refused():
    """Copies would hide what is written under another name; rows do not tell which view."""
    with as_plain_python(), pytest.raises(NotDifferentiable, match="'r' is another one"):
        srcad.grad(view_of_the_iteration_before)(FOUR, 4)


def view_of_a_new_array(x, n):
    u = x * 1.0
    v = x * 2.0
    for t in range(n):
        u[1] = v[1] + u[0]
        if t % 2 == 0:
            u, v = v, u
        else:
            w = u * v
            u = w
            v = w[::-1]
    return np.sum(u * v)


def test_view_of_a_new_array_is_refused():
    """It shares the elements of the array that has the other name."""
    with as_plain_python(), pytest.raises(NotDifferentiable, match="'u' is another one"):
        srcad.grad(view_of_a_new_array)(FOUR, 3)
