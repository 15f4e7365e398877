"""Literals are told apart by type and sign; tests and sums of what is no number."""

import math

import numpy as np
import pytest

import srcad
from tests.array_checks import check, parametrized, programs
from tests.harness import as_plain_python

X = np.array([1.0, 2.0, 4.0])
EMPTY, NOTHING, k = [], {}, 3.0

program, refused = programs(), programs()


@program((2.0,), (-2.0,))
def signs(x):
    a = 0.0 if x < 0.0 else -0.0
    if x < 0.0:
        b = -0.0
    else:
        b = 0.0
    return x * math.copysign(1.0, a) + 3.0 * x * math.copysign(1.0, b)


@program((2.0,))
def bools_and_numbers(x):
    a = 1 if x < 0.0 else True
    return x * -a + 3.0 * x * sum((x > 1.0, x > 1.5))


def sum_starts_at_zero(x):
    return math.copysign(3.0, sum((x,))) + x


@program((2.0,))
def lists_are_no_tuples(x):
    return (x if [1, 2] == (1, 2) else 3.0 * x) * (x if (1, 2) == (1, 2) else 1.0)


@program((X,))
def names_of_comprehensions(x):
    s = sum([k * 2.0 for k in x])
    return s * k


@program((X,))
def bound_in_expressions(x):
    s = (y := x[0]) + (y := y * 2.0) * (y := y * 3.0) + y
    t = ((z := x[1]), (z := z * x[0]), z)
    return s * t[0] + t[1] * t[2] * sum([(w := x[2]), w * 2.0, (w := w * w)])


@program((2.0,))
def forever(x):
    while not False:
        x = x * 1.5
        if x > 9.0:
            return x


@program((2.0,))
def functions_are_true(x):
    return x * x if math.sin and np else x


@refused((2.0,))
def empty_list(x):
    return x * 2.0 if EMPTY else x


@refused((2.0,))
def empty_dict(x):
    if NOTHING:
        return x * 2.0
    return x


@refused((X,))
def zip_backwards(x):
    s = 0.0
    for a, b in reversed(zip(x, x, strict=False)):
        s += a * b
    return s


@refused((X,))
def generator_backwards(x):
    s = 0.0
    for a in reversed(v * v for v in x):
        s = s * 0.5 + a
    return s


@refused((X,))
def array_of_generator(x):
    return np.sum(np.array(v * v for v in x))


@refused((X,))
def sum_of_generator(x):
    return np.sum(v * v for v in x)


@program((0.5,), (-2.0,))
def not_of_what_is_known(x):
    s = x
    if not True:
        s = s * 3.0
    if not 0:
        s = s * x
    if not ():
        s = s + 2.0 * x
    return s * (not False) + (not 1.0) * x + (not x > 0.0) * x


@parametrized(program)
def test_programs(func, args, mutates):
    """The value and both derivatives are those of Python."""
    check(func, args, mutates)


@parametrized(refused)
def test_refused(func, args, mutates):
    """These are refused, and told once."""
    del mutates
    with as_plain_python(), pytest.raises(srcad.NotDifferentiable) as caught:
        srcad.value_and_grad(func)(*args)
    assert len(caught.value.problems) == 1


def test_sum_starts_at_zero():
    """A sum of -0.0 is 0.0."""
    with as_plain_python():
        assert srcad.value_and_grad(sum_starts_at_zero)(-0.0) == (3.0, 1.0)
