"""Handing arrays over: only if loops add all elements, to as many zeros, and are ours."""

import numpy as np
import pytest

import srcad
from tests.array_checks import parametrized, pos, programs
from tests.harness import as_plain_python
from tests.own_call import check_everywhere

PROGRAMS = programs()


def first_row_only(x, c):
    z = np.zeros((2, 2))
    u = c @ c
    for i in range(1):
        for j in range(2):
            z[i, j] += u[i, j]
    return x[0, 0] * (z[1, 1] + z[0, 0])


def run_time_rows(x, c, n):
    z = np.zeros((2, 2))
    u = c @ c
    for i in range(n):
        for j in range(2):
            z[i, j] += u[i, j]
    return x[0, 0] * (z[1, 1] + z[0, 0])


def more_rows(x, c):
    z = np.zeros((3, 2))
    u = c @ c
    for i in range(2):
        for j in range(2):
            z[i, j] += u[i, j]
    return x[0, 0] * (z[2, 1] + z[0, 0])


def every_element(x, c):
    """One step away: but the additions are the user's, and stay."""
    z = np.zeros(c.shape)
    u = c @ c
    for i in range(u.shape[0]):
        for j in range(u.shape[1]):
            z[i, j] += u[i, j]
    return x[0, 0] * (z[1, 1] + z[0, 0])


@pytest.mark.parametrize(
    ("func", "args"),
    [
        (first_row_only, (pos(2, 2), pos(2, 2))),
        (run_time_rows, (pos(2, 2), pos(2, 2), 1)),
        (run_time_rows, (pos(2, 2), pos(2, 2), 2)),
        (more_rows, (pos(2, 2), pos(2, 2))),
        (every_element, (pos(2, 2), pos(2, 2))),
    ],
)
def test_sums_of_calls_that_stay(func, args):
    """The product is no part of the derivative: nothing else reads it."""
    expected = func(*args)
    with as_plain_python():
        value, x_bar = srcad.value_and_grad(func)(*args)
    assert value == expected
    np.testing.assert_allclose(x_bar[0, 0] * args[0][0, 0], expected, rtol=1e-14)


@PROGRAMS((pos(2, 2), pos(2, 2)))
def part_of_an_argument(a, c):
    z = np.zeros((2, 2))
    for i in range(1):
        for j in range(2):
            z[i, j] += a[i, j]
    return np.sum(z @ c)


@PROGRAMS((pos(4, 2), pos(2, 2)), (pos(2, 2), pos(2, 2)))
def block_of_an_argument(a, c):
    z = np.zeros((2, 2))
    for i in range(2):
        for j in range(2):
            z[i, j] += a[i, j]
    return np.sum(z @ c)


@PROGRAMS((pos(4, 2), pos(2, 2)))
def two_products(a, c):
    return np.sum(a @ c) + np.sum(np.tanh(a[:2] @ c))


@parametrized(PROGRAMS)
def test_program(func, args, mutates):
    """Values and derivatives of all programs."""
    check_everywhere(func, args, mutates)


def layer(x, w):
    return np.sum(np.tanh(x @ w))


def test_what_is_handed_over():
    """The adjoint of an operand is what the product returns, not a copy of that."""
    text = srcad.differentiate(layer).inspect_adjoint(pos(4, 3), pos(3, 2))
    assert "x_bar = np.dot(" in text
