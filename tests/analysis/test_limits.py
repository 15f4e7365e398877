"""Zeros that win beside infinity: products that overflow, roots of what may be zero."""

import math

import numpy as np
import pytest

import srcad
from tests.harness import as_plain_python

FLOAT32 = np.array([1e20, 2.0], np.float32)


def masked_cube(x):
    return np.where(x < 1e10, x * x * x, x)


def masked_in_a_loop(x):
    s = 0.0
    for i in range(x.size):
        s += np.where(x[i] < 1e10, x[i] * x[i] * x[i], x[i])
    return s


def cube_of_one_branch(x):
    y = x * x
    z = y * y * x
    return z if x < 1e10 else x


def smaller(x):
    return min(x * x * x, x)


def result_that_overflows(x):
    return x * x * x


def masked_exponential(x):
    return np.where(x < 1e10, np.exp(x * x), x)


@pytest.mark.parametrize("func", [masked_cube, cube_of_one_branch, smaller, masked_exponential])
def test_products_that_overflow(func):
    """A value that is not selected has no derivative, whatever it is."""
    with as_plain_python(), np.errstate(all="ignore"):
        assert srcad.value_and_grad(func)(1e200) == (1e200, 1.0)
        assert srcad.jvp(func, (1e200,), (1.0,)) == (1e200, 1.0)


def test_narrow_products():
    """Floats of 32 bits overflow soon."""
    ones = np.ones(2, np.float32)
    with as_plain_python(), np.errstate(all="ignore"):
        (bar,) = srcad.vjp(masked_cube, FLOAT32)[1](ones)
        assert np.array_equal(bar, np.array([1.0, 12.0], np.float32))
        value, gradient = srcad.value_and_grad(masked_in_a_loop)(FLOAT32)
        assert np.isfinite(value)
        assert np.array_equal(gradient, np.array([1.0, 12.0], np.float32))


def test_results_show_that_they_overflow():
    """An infinite result has an infinite derivative, and needs no test."""
    with as_plain_python(), np.errstate(all="ignore"):
        assert srcad.value_and_grad(result_that_overflows)(1e200) == (math.inf, math.inf)
    assert " if " not in srcad.differentiate(result_that_overflows).inspect_adjoint(1.0)


def softened(x, eps):
    return np.sqrt(x[0] * x[0] + x[1] * x[1] + eps)


def softened_in_a_loop(x, eps):
    s = 0.0
    for i in range(x.size):
        d = x[i] - x[0]
        s += np.sqrt(d * d + eps)
    return s


def softened_by_a_literal(x):
    return np.sqrt(x[0] * x[0] + x[1] * x[1] + 1e-9)


@pytest.mark.parametrize("func", [softened, softened_in_a_loop])
def test_offsets_that_are_zero(func):
    """An argument that is to keep a root away from zero may be zero itself."""
    with as_plain_python(), np.errstate(all="ignore"):
        for eps in (0.0, 0):
            value, gradient = srcad.value_and_grad(func)(np.zeros(2), eps)
            assert value == 0.0
            assert np.array_equal(gradient, np.zeros(2))
        gradients = srcad.grad(func, argnums=(0, 1))(np.array([3.0, 4.0]), 0.5)
        assert all(np.all(np.isfinite(g)) for g in gradients)


def test_literals_keep_away_from_zero():
    """A literal that is no zero needs no test."""
    source = srcad.differentiate(softened_by_a_literal).inspect_adjoint(np.ones(2))
    assert " != 0.0" not in source
