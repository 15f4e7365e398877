"""Reductions where elements tie or all are equal: first derivatives and second ones."""

import math

import numpy as np
import pytest

import srcad
from srcad.rules.table import PRIMS, RULES
from srcad.rules.wholes import REDUCTIONS, VIEWS
from tests.harness import as_plain_python

INF, NAN = math.inf, math.nan
THIRD = 1 / 3


def largest(x):
    return np.max(x)


def smallest(x):
    return np.min(x)


def largest_of_columns(x):
    return np.max(x, axis=0)[0] + 2.0 * np.max(x, axis=0)[1]


def smallest_of_rows(x):
    return np.sum(np.min(x, axis=1, keepdims=True))


def spread(x):
    return np.ptp(x)


def largest_number(x):
    return np.nanmax(x)


def length(x):
    return np.linalg.norm(x)


def root_of_squares(x):
    return np.sqrt(np.sum(x * x))


def distance(x):
    return np.sum(np.abs(x))


def deviation(x):
    return np.std(x)


def deviation_of_columns(x):
    return np.sum(np.std(x, axis=0, ddof=1))


def deviation_of_numbers(x):
    return np.nanstd(x)


def product(x):
    return np.prod(x)


def products(x):
    return np.sum(np.cumprod(x))


ROWS = [
    (largest, [1.0, 1.0, 1.0], [THIRD] * 3),
    (largest, [1.0, 2.0, 2.0], [0.0, 0.5, 0.5]),
    (largest, [1.0, NAN, NAN], [0.0, 0.5, 0.5]),
    (largest, [INF, INF, 1.0], [0.5, 0.5, 0.0]),
    (largest, [0.0, -0.0], [0.5, 0.5]),
    (largest, [2.0], [1.0]),
    (smallest, [1.0, 1.0, 2.0], [0.5, 0.5, 0.0]),
    (smallest, [NAN, 1.0], [1.0, 0.0]),
    (largest_of_columns, [[1.0, 2.0], [1.0, 1.0]], [[0.5, 2.0], [0.5, 0.0]]),
    (smallest_of_rows, [[1.0, 1.0], [1.0, 2.0]], [[0.5, 0.5], [1.0, 0.0]]),
    (spread, [1.0, 1.0, 1.0], [0.0, 0.0, 0.0]),
    (spread, [1.0, 3.0, 3.0], [-1.0, 0.5, 0.5]),
    (largest_number, [1.0, NAN, 1.0], [0.5, 0.0, 0.5]),
    (length, [0.0, 0.0], [0.0, 0.0]),
    (length, [3.0, 4.0], [0.6, 0.8]),
    (root_of_squares, [0.0, 0.0], [0.0, 0.0]),
    (distance, [0.0, -0.0, 2.0], [0.0, 0.0, 1.0]),
    (deviation, [1.0, 1.0, 1.0], [0.0, 0.0, 0.0]),
    (deviation, [1.0, 3.0], [-0.5, 0.5]),
    (deviation_of_columns, [[1.0, 2.0], [1.0, 2.0]], [[0.0, 0.0], [0.0, 0.0]]),
    (deviation_of_numbers, [1.0, NAN, 1.0], [0.0, 0.0, 0.0]),
    (product, [0.0, 2.0, 3.0], [6.0, 0.0, 0.0]),
    (product, [0.0, 0.0, 3.0], [0.0, 0.0, 0.0]),
    (products, [0.0, 2.0, 3.0], [9.0, 0.0, 0.0]),
]


def directions(x):
    """Yield each index of an array, and the array that is one there."""
    for index in np.ndindex(x.shape):
        unit = np.zeros_like(x)
        unit[index] = 1.0
        yield index, unit


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(("func", "x", "expected"), ROWS)
def test_ties(func, x, expected, dtype):
    x, expected = np.array(x, dtype), np.array(expected)
    tolerance = 1e-13 if dtype == np.float64 else 1e-6
    with as_plain_python(), np.errstate(all="ignore"):
        value, gradient = srcad.value_and_grad(func)(x)
        assert gradient.dtype == dtype
        np.testing.assert_allclose(value, func(x), rtol=tolerance)
        np.testing.assert_allclose(gradient, expected, rtol=tolerance, atol=tolerance)
        for index, unit in directions(x):
            slope = srcad.jvp(func, (x,), (unit,))[1]
            np.testing.assert_allclose(slope, expected[index], rtol=tolerance, atol=tolerance)


FLAT_AT = [row[:2] for row in ROWS if row[0] not in {product, products}]


@pytest.mark.parametrize(("func", "x"), FLAT_AT)
def test_conventions_have_derivative_zero(func, x):
    """Also the second derivatives of what is linear beside the tie."""
    x = np.array(x)
    gradient = srcad.grad(func)
    is_smooth = func in {length, deviation} and np.ptp(x) > 0
    with as_plain_python(), np.errstate(all="ignore"):
        for _, unit in directions(x):
            second = srcad.jvp(gradient, (x,), (unit,))[1]
            assert is_smooth or not np.any(second)
            (back,) = srcad.vjp(gradient, x)[1](unit)
            np.testing.assert_allclose(back, second, rtol=1e-12, atol=1e-15)


def test_second_derivatives_of_products():
    x = np.array([0.0, 2.0, 3.0])
    expected = np.array([[0.0, 3.0, 2.0], [3.0, 0.0, 0.0], [2.0, 0.0, 0.0]])
    with as_plain_python():
        for (k,), unit in directions(x):
            found = srcad.jvp(srcad.grad(product), (x,), (unit,))[1]
            np.testing.assert_allclose(found, expected[k])


def test_the_table():
    """Reductions and views have no partials of their own: they become loops."""
    assert {*REDUCTIONS, *VIEWS} <= set(PRIMS)
    assert not {*REDUCTIONS, *VIEWS} & set(RULES)
    assert RULES["tied"].active == (1,)
