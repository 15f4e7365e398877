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
    assert " if " not in srcad.differentiate(result_that_overflows).inspect_adjoint(
        1.0, compiled=True
    )


def doubled(x):
    return np.where(x < 1e10, (x + x) * x, x)


def tripled_by_a_literal(x):
    return np.where(x < 1e10, (x * 3.0) * x, x)


def divided_by_a_literal(x):
    return np.where(x < 1e10, (x / 0.1) * x, x)


def times_a_number(x, k=3):
    d = x * k
    return np.where(x < 1e10, d * x, x)


def added_in_a_loop(x):
    s = 0.0
    for _ in range(3):
        s += x
    t = s * x
    return t if x < 1e10 else x


def squared(x):
    return np.where(x < 1e10, np.square(x), x)


def longest_side(x):
    return np.where(x < 1e10, np.hypot(x, x) * x, x)


def fourth_power(x):
    return np.where(x < 1e10, x**4, x)


@pytest.mark.parametrize(
    "func",
    [
        doubled,
        tripled_by_a_literal,
        divided_by_a_literal,
        times_a_number,
        added_in_a_loop,
        squared,
        longest_side,
        fourth_power,
    ],
)
def test_sums_and_powers_that_overflow(func):
    """Whatever overflows where it is not selected has no derivative."""
    with as_plain_python(), np.errstate(all="ignore"):
        assert srcad.value_and_grad(func)(1.5e308) == (1.5e308, 1.0)


def halved(x):
    return np.where(x < 1e10, (x * 0.5) * x, x)


def test_products_that_stay_finite():
    """What cannot overflow needs no test."""
    assert "isfinite" not in srcad.differentiate(halved).inspect_adjoint(1.0, compiled=True)


def sum_without_nan(x):
    return np.nansum(x * x)


def replaced_where_nan(x):
    return np.sum(np.where(np.isnan(x), 0.0, x * x))


def kept_where_finite(x):
    s = 0.0
    for v in x:
        y = v * v
        if math.isfinite(v):
            s += y
    return s


def equal_to_itself(x):
    s = 0.0
    for v in x:
        y = v * v
        if v == v:  # noqa: PLR0124
            s += y
    return s


@pytest.mark.parametrize(
    "func", [sum_without_nan, replaced_where_nan, kept_where_finite, equal_to_itself]
)
def test_arguments_that_are_no_numbers(func):
    """What a function leaves out because it is NaN has no derivative."""
    with as_plain_python(), np.errstate(all="ignore"):
        value, gradient = srcad.value_and_grad(func)(np.array([1.0, np.nan, 2.0]))
    assert value == 5.0
    assert np.array_equal(gradient, [2.0, 0.0, 4.0])


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


def test_one_test_at_the_root():
    """The squares need no tests of their own, and an offset below zero none that is missing."""
    source = srcad.differentiate(softened).inspect_adjoint(
        np.ones(2), 0.5, argnums=0, compiled=True
    )
    assert source.count(" != 0.0") == 1
    with as_plain_python(), np.errstate(all="ignore"):
        gradient = srcad.grad(softened)(np.array([3.0, 4.0]), -25.0)
        assert np.array_equal(gradient, [np.inf, np.inf])
        assert srcad.grad(softened, argnums=1)(np.zeros(2), 0.0) == np.inf


def test_literals_keep_away_from_zero():
    """A literal that is no zero needs no test."""
    source = srcad.differentiate(softened_by_a_literal).inspect_adjoint(np.ones(2), compiled=True)
    assert " != 0.0" not in source
