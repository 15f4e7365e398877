"""First values of arrays that a loop makes: their sizes are known, and raise no error."""

import numpy as np
import pytest

import srcad
from srcad.errors import NotDifferentiable
from tests.array_checks import parametrized, programs, vec
from tests.harness import as_plain_python
from tests.own_call import check_everywhere, check_raises

PROGRAMS = programs()


def filled(x, n, m):
    s = x[0]
    for k in range(m):
        new = np.empty(n)
        for i in range(n):
            new[i] = x[i] * x[k]
        if new[0] > 0.9:
            break
    if m > 0:
        s += new[0] * new[1]
    return s


PROGRAMS((vec(4), 3, 3), (vec(4), -1, 0))(filled)


@PROGRAMS((vec(4), 3, 3))
def kept_from_the_round_before(x, n, m):
    s = 0.0
    for k in range(m):
        if k > 0:
            s += old[0]  # noqa: F821  (bound in the first round)
        old = np.empty(n)
        for i in range(n):
            old[i] = x[i] * x[k]
    return s + old[1]


@PROGRAMS((vec(4), 3))
def like_an_argument(x, m):
    for k in range(m):
        new = np.empty_like(x)
        for i in range(new.shape[0]):
            new[i] = x[i] * x[k]
    return new[0] * new[1]


@PROGRAMS((vec(4), 3))
def like_an_argument_that_is_bound_again(x, m):
    y = x
    x = np.ones(1)
    for k in range(m):
        new = np.empty_like(y)
        for i in range(new.shape[0]):
            new[i] = y[i] * (k + 1.0)
    y = x
    return new[0] * new[1] + y[0]


@PROGRAMS((vec(4), 3))
def left_by_a_head(x, n):
    k = 0
    while True:
        new = np.empty(n)
        for i in range(n):
            new[i] = x[i] * x[k]
        k += 1
        if k > 2:
            break
        x = x * 1.5
    return new[0] * new[1]


@parametrized(PROGRAMS)
def test_program(func, args, mutates):
    """Values and derivatives of all programs."""
    check_everywhere(func, args, mutates)


def test_negative_size():
    """The statement that makes the array raises, not what is made before the loop."""
    check_raises(filled, (vec(4), -1, 1), ValueError)


def written_by_its_other_name(x, n):
    k = 0
    while True:
        new = np.empty(n)
        for i in range(n):
            new[i] = x[i] * x[k]
        old = new
        k += 1
        if k > 2:
            break
        x = x * 1.5
    new[0] = 5.0 * x[1]
    return old[0] * new[1]


def test_what_a_head_leaves_and_somebody_writes_is_refused():
    """A copy of it would not be the array that its other names are."""
    with as_plain_python(), pytest.raises(NotDifferentiable, match="E206"):
        srcad.grad(written_by_its_other_name)(vec(4), 3)


def size_of_an_argument_bound_again(x, n, m):
    size = n
    n = 1
    for k in range(m):
        new = np.empty(size)
        for i in range(size):
            new[i] = x[i] * x[k]
        if new[0] > 0.9:
            break
    size = 0
    return new[0] * new[2] + x[n] + size


def test_a_size_whose_names_are_bound_again_is_not_known():
    """No name holds it where the loop begins, or it is not seen that one does."""
    with as_plain_python(), pytest.raises(NotDifferentiable, match="E206"):
        srcad.grad(size_of_an_argument_bound_again)(vec(4), 3, 3)
