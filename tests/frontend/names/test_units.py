"""`squeeze()` without axes: the axes of length one that are known, and those that are not."""

import numpy as np
import pytest

import srcad
from tests.array_checks import check, parametrized, programs, vec
from tests.harness import as_plain_python

X = vec(5)
M = vec(12).reshape(3, 4)
program = programs()


@program((X,))
def of_new_arrays(x):
    z = np.zeros((1, 5, 1))
    z[0, :, 0] = x * x
    return np.squeeze(z) * x


@program((M,))
def of_reductions(x):
    y = np.sum(x * x, axis=1, keepdims=True)
    return np.squeeze(y) * np.squeeze(np.expand_dims(x[:, 0], (0, 2)))


@program((M,))
def of_slices(x):
    return (x[1:2] * 2.0).squeeze() ** 2, x[:, -1:].squeeze(), x[:1, None, 1:].squeeze()


@program((M,))
def all_of_them(x):
    return np.squeeze(x[:1, 2:3]) * x[0, 1] + x[0, 0].squeeze()


@parametrized(program)
def test_values_and_derivatives(func, args, mutates):
    check(func, args, mutates)


def test_an_axis_that_is_one_by_chance():
    """The result has its dimensions: another number of them is an error, not another result."""
    with as_plain_python(), pytest.raises(ValueError, match="removes axis 1, too"):
        srcad.jvp(of_slices, (M[:, :1],), (M[:, :1],))


def unknown(x):
    return np.squeeze(x) * 2.0


def one_of_two(x):
    return np.squeeze(x[:1] + x).sum()


@pytest.mark.parametrize("func", [unknown, one_of_two])
def test_one_step_beyond(func):
    with as_plain_python(), pytest.raises(srcad.NotDifferentiable) as caught:
        srcad.vjp(func, M)
    assert caught.value.code == "E403"
    assert "squeeze(axis=0)" in str(caught.value)
