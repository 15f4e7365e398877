"""The shadow of an array that a branch chooses is there on every path that reads it."""

import numpy as np
import pytest

from tests.array_checks import check


def returns_early(x, p):
    if p > 0:
        if p < 9:
            pass
        else:
            return -x
    return x[:]


def made_on_some_paths(x, p):
    if p > 0:
        if p > 1:
            y = x * x
        else:
            y = x[0] * x
    if p > 1:
        return np.sum(y * y)
    return x[0]


@pytest.mark.parametrize("p", [-1, 1, 2, 9])
@pytest.mark.parametrize("func", [returns_early, made_on_some_paths])
def test_an_array_that_some_paths_do_not_make(func, p):
    """Nothing is read that a path did not make."""
    check(func, (np.array([0.3, 0.7, 0.4]), p))


def view_of_the_chosen(x, p):
    y, z = x * x, 2.0 * x
    u = y if p > 0 else z
    v = u[1:]
    v[0] = v[1] * x[0]
    return v[0] * y[1] * z[1] * u[0]


def another_name_of_the_chosen(x, p):
    y, z = x * x, 2.0 * x
    u = y if p > 0 else z
    w = u
    w[1] = w[1] * w[2]
    return u[1] * y[1] * z[1] * w[0]


def view_in_a_branch_of_the_chosen(x, p):
    y = x * x
    z = x
    if p > 0:
        z = y
    s = 0.0
    for i in range(3):
        if i >= p:
            v = z[i:]
            s += v[0] * z[0]
    return s


def chosen_and_written(x, p):
    y, z = x * x, 2.0 * x
    u = y if p > 0 else z
    u[0] = u[1] * x[2]
    return y[0] * z[0] + u[0]


def chosen_of_chosen(x, p):
    y, z = x * x, 2.0 * x
    u = y if p > 0 else z
    v = u if p > 1 else x
    return v[0] * u[1] * v[2]


@pytest.mark.parametrize("p", [0, 1, 2])
@pytest.mark.parametrize(
    "func",
    [
        view_of_the_chosen,
        another_name_of_the_chosen,
        view_in_a_branch_of_the_chosen,
        chosen_and_written,
        chosen_of_chosen,
    ],
)
def test_an_array_that_a_branch_chooses(func, p):
    """Its shadow is chosen going backwards, and so are the shadows of its views."""
    check(func, (np.array([0.3, 0.7, 0.4]), p))


def named_before_a_loop(x, n):
    u = x * 1.0
    un = x * 2.0
    if n > 1:
        w = u
    else:
        w = u
    for _ in range(n):
        un[1] = u[0] * u[2] + un[1] * 0.5
        un[0] = u[1]
        u, un = un, u
    return w[1] * u[0] + w[0] * w[2]


def test_another_name_of_an_array_that_a_loop_passes_round():
    """Its adjoint is not what has the array's first name behind the loop."""
    for n in range(4):
        check(named_before_a_loop, (np.array([0.3, 0.7, 0.4]), n))
