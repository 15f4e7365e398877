"""Copies that stand for views: only where no write tells them apart."""

import numpy as np
import pytest

import srcad
from srcad.errors import NotDifferentiable
from tests.array_checks import parametrized, programs
from tests.harness import as_plain_python
from tests.own_call import check_everywhere

PROGRAMS = programs()
FOUR = np.array([0.3, 0.7, -0.4, 1.1])
SQUARE = np.arange(9.0).reshape(3, 3) / 7 + 0.3


@PROGRAMS((FOUR,))
def reshaped_and_read_before_the_write(x):
    a = x * 1.0
    b = a.reshape(2, 2)
    s = np.sum(b)
    a[0] = 3.0 * x[1]
    return np.sum(a * a) * s


@PROGRAMS((FOUR,))
def reshaped_again_in_each_round(x):
    a = x * 1.0
    s = 0.0
    for k in range(3):
        b = a.reshape(2, 2)
        s += np.sum(b * b)
        a[k] = 3.0 * x[1] * a[k + 1]
    return np.sum(a * a) * s


@PROGRAMS((SQUARE,))
def transposed_view_of_what_is_written(a):
    b = a * 1.0
    c = b.T
    b[0, 1] = 5.0 * a[1, 1]
    return np.sum(c[1] * a[0])


@PROGRAMS((SQUARE,))
def transposed_view_that_is_written(a):
    b = a * 1.0
    c = b.T
    c[0, 1] = 5.0 * a[1, 1]
    c[1] = c[2] * 2.0
    return np.sum(b[1] * a[0]) + np.sum(b)


@PROGRAMS((SQUARE,))
def transposed_view_of_the_old_array(a):
    b = a * 1.0
    c = b.T
    b = b * 2.0
    return np.sum(b * c)


@PROGRAMS((SQUARE,))
def copy_that_is_flat(a):
    b = a * 1.0
    c = b.flatten()
    c[1] = 3.0 * a[0, 0]
    return np.sum(b * c[0]) + c[1]


@PROGRAMS((SQUARE, 2))
def views_of_views_written_in_a_loop(a, n):
    b = a * 1.0
    s = 0.0
    for k in range(n):
        r = b[k]
        q = r[1:]
        q[0] = q[1] * r[0]
        s += np.sum(r * a[k]) + np.sum(q)
    return s + np.sum(b)


@PROGRAMS((SQUARE,))
def transposed_under_its_own_name_and_written(a):
    b = a * 1.0
    s = 0.0
    for k in range(3):
        b = b.T
        b[0, 1] = b[1, 0] * b[0, 0]
        s += np.sum(b[k] * a[0])
    return np.sum(b * b[0]) + s


@PROGRAMS((SQUARE,))
def transposed_under_its_own_name_in_a_while_loop(a):
    b = a * 1.0
    k = 0
    while k < 2:
        b = b.T
        b[0, 1] = b[1, 0] * b[k, 0]
        k += 1
    return np.sum(b * b[0])


@PROGRAMS((SQUARE,))
def transposed_under_its_own_name_on_one_path(a):
    b = a * 1.0
    if a[0, 0] > 0.0:
        b = b.T
    b[0, 1] = b[1, 0] * b[0, 0]
    return np.sum(b * b[0])


@parametrized(PROGRAMS)
def test_program(func, args, mutates):
    """Values and derivatives of all programs."""
    check_everywhere(func, args, mutates)


def reshaped_then_written(x):
    a = x * 1.0
    b = a.reshape(2, 2)
    a[0] = 3.0 * x[1]
    return np.sum(b * b)


def written_through_the_reshaped(x):
    a = x * 1.0
    b = a.reshape(2, 2)
    b[0, 1] = 3.0 * x[1]
    return np.sum(a * a)


def read_a_round_later(x):
    a = x * 1.0
    b = a.reshape(2, 2)
    s = 0.0
    for k in range(3):
        s += np.sum(b * b)
        b = a.reshape(2, 2)
        a[k] = 3.0 * x[1] * a[k + 1]
    return np.sum(a * a) * s


def ravelled_and_written(x):
    a = np.outer(x, x)
    c = a.ravel()
    c[1] = 3.0 * x[0]
    return np.sum(a * c[0])


def transposed_in_a_branch(x):
    a = np.outer(x, x)
    c = a if x[0] > 9.0 else a.T
    a[0, 1] = 7.0 * x[2]
    return np.sum(c[1] * x)


def transposed_under_its_own_name(x):
    b = np.outer(x, x)
    c = b
    for _ in range(1):
        b = b.T
        b[0, 1] = 3.0 * x[1]
    return np.sum(c * c) + b[0, 0]


def transposed_and_written_under_another_name(x):
    b = np.outer(x, x)
    c = b
    if x[0] > 0.0:
        b = b.T
    c[0, 1] = 3.0 * x[1]
    return np.sum(b[1] * x)


def transposed_in_the_round_before(x):
    b = np.outer(x, x)
    c = b
    for k in range(2):
        b = c
        for _ in range(1 - k):
            b = b.T
            b[0, 1] = 5.0 * x[2]
    return np.sum(b * b)


@pytest.mark.parametrize(
    "func",
    [
        transposed_under_its_own_name,
        transposed_and_written_under_another_name,
        transposed_in_the_round_before,
        reshaped_then_written,
        written_through_the_reshaped,
        read_a_round_later,
        ravelled_and_written,
        transposed_in_a_branch,
    ],
)
def test_refused(func):
    """A copy would not do for the view: E208."""
    with as_plain_python(), pytest.raises(NotDifferentiable, match="E208"):
        srcad.grad(func)(np.array([0.3, 0.7, -0.4, 1.1]))


def test_written_argument_is_refused():
    """An argument that is transposed under its own name keeps what is written to it."""

    def transposed_in_a_loop(a):
        for _ in range(3):
            a = a.T
            a[0, 1] = a[1, 0] * a[0, 0]
        return np.sum(a)

    with as_plain_python(), pytest.raises(NotDifferentiable, match="E208"):
        srcad.grad(transposed_in_a_loop)(SQUARE.copy())
