"""Items of tuples at an index that only the run knows."""

from typing import NamedTuple

import numpy as np
import pytest

import srcad
from tests.array_checks import check, parametrized, programs, vec
from tests.harness import as_plain_python

program = programs()


class Pair(NamedTuple):
    """A structure."""

    a: float
    b: float = 2.0


@program((1.3, 0), (1.3, 2), (1.3, -1))
def numbers(x, n):
    t = (x, 2, x * x)
    return t[n] * t[n - 1]


@program((vec(4), 0), (vec(4), 1), (vec(4), -2))
def arrays(x, n):
    y = x * x
    t = (x.copy(), y)
    w = t[n]
    w[1] *= y[0]
    return w.sum() * y.sum() + t[0][1]


@program((vec(4),))
def in_a_loop(x):
    t = (x, x * x, 2.0 * x)
    s = 0.0
    for i in range(3):
        s += t[i][0] * t[2 - i][1]
    return s


@program((1.3, 1), (1.3, -2))
def structures(x, n):
    t = (Pair(x, x * x), Pair(x**3))
    p = t[n]
    return p.a * p.b


@program((1.3,))
def replaced_fields(x):
    p = Pair(x)._replace(b=x * x)
    return p.a * p.b * p._replace(a=x).a


@parametrized(program)
def test_values_and_derivatives(func, args, mutates):
    check(func, args, mutates)


def test_outside_of_the_tuple():
    with as_plain_python():
        for n in (3, -4):
            with pytest.raises(IndexError, match="tuple index out of range"):
                srcad.grad(numbers)(1.3, n)


def of_all_kinds(x, n):
    t = (x, (x, 1.0))
    return t[n]


def of_ranks(x, n):
    t = (np.zeros(3) * x, np.zeros((3, 3)))
    return t[n].sum()


def unknown_field(x, n):
    return Pair(x)._replace(c=x).a * n


@pytest.mark.parametrize(
    ("func", "code"), [(of_all_kinds, "E501"), (of_ranks, "E301"), (unknown_field, "E403")]
)
def test_one_step_beyond(func, code):
    with as_plain_python(), pytest.raises(srcad.NotDifferentiable) as caught:
        srcad.grad(func)(1.3, 1)
    assert caught.value.code == code, caught.value
