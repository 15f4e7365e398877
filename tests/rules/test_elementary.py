"""Elementary functions at their edges: in both modes, and to second order."""

import math

import numpy as np
import pytest

import srcad
from tests.harness import as_plain_python
from tests.rules.kinks import check_at

INF, NAN = math.inf, math.nan
TABLE = []


def at(*rows):
    """Enter a function with points and the derivatives there."""

    def enter(func):
        TABLE.extend(
            pytest.param(func, args, expected, id=f"{func.__name__}{args}")
            for args, expected in rows
        )
        return func

    return enter


@at(((0.0,), (INF,)), ((4.0,), (0.25,)), ((INF,), (0.0,)), ((-1.0,), (NAN,)))
def root(x):
    return np.sqrt(x)


@at(((0.0,), (INF,)), ((-0.0,), (INF,)), ((-8.0,), (1 / 12,)), ((INF,), (0.0,)))
def cube_root(x):
    return np.cbrt(x)


@at(((0.0,), (-INF,)), ((2.0,), (-0.25,)), ((INF,), (0.0,)))
def inverse(x):
    return np.reciprocal(x)


POWERS = (
    ((0.0, 0.0), (0.0, -INF)),
    ((0.0, 1.0), (1.0, 0.0)),
    ((0.0, 2.0), (0.0, 0.0)),
    ((0.0, 0.5), (INF, 0.0)),
    ((0.0, -1.0), (-INF, -INF)),
    ((2.0, 0.0), (0.0, math.log(2.0))),
    ((1.0, 3.0), (3.0, 0.0)),
    ((-2.0, 3.0), (12.0, NAN)),
)


@at(*POWERS)
def power(x, p):
    return x**p


@at(*POWERS)
def power_of_numpy(x, p):
    return np.power(x, p)


@at(*(row for row in POWERS if row[0] != (0.0, -1.0)))  # an exception of Python's
def power_of_math(x, p):
    return math.pow(x, p)


@at(((0.0,), (INF,)), ((4.0,), (0.25,)))
def power_one_half(x):
    return x**0.5


@at(((0.0,), (0.0,)), ((-2.0,), (-4.0,)))
def squared(x):
    return x**2


@at(((0.0,), (1.0,)), ((-2.0,), (1.0,)))
def power_one(x):
    return x**1


@at(((0.0,), (0.0,)), ((-2.0,), (0.0,)))
def power_zero(x):
    return x**0


@at(((0.0,), (-INF,)), ((-2.0,), (-0.25,)))
def power_minus_one(x):
    return x**-1


@at(
    ((0.0, 0.0), (0.0, 0.0)),
    ((3.0, 4.0), (0.6, 0.8)),
    ((0.0, -2.0), (0.0, -1.0)),
    ((3e200, 4e200), (0.6, 0.8)),
    ((3e-200, 4e-200), (0.6, 0.8)),
)
def length(a, b):
    return np.hypot(a, b)


@at(
    ((0.0, 0.0), (0.0, 0.0)),
    ((0.0, -2.0), (-0.5, 0.0)),
    ((2.0, 0.0), (0.0, -0.5)),
    ((1.0, INF), (0.0, 0.0)),  # the value is finite: so are the derivatives
    ((1.0, -INF), (0.0, 0.0)),
    ((INF, 1.0), (0.0, 0.0)),
    ((INF, -INF), (0.0, 0.0)),
    ((1e200, 1e200), (5e-201, -5e-201)),
    ((NAN, 1.0), (NAN, NAN)),
)
def direction(a, b):
    return np.arctan2(a, b)


@at(((0.0,), (INF,)), ((-0.0,), (-INF,)), ((INF,), (0.0,)))
def logarithm(x):
    return np.log(x)


@at(((-1.0,), (INF,)), ((0.0,), (1.0,)), ((INF,), (0.0,)))
def logarithm_beside_one(x):
    return np.log1p(x)


@at(((-INF,), (0.0,)), ((0.0,), (1.0,)), ((-800.0,), (0.0,)))
def exponential(x):
    return np.exp(x)


@at(((-INF,), (0.0,)), ((0.0,), (1.0,)), ((-800.0,), (0.0,)))
def exponential_less_one(x):
    return np.expm1(x)


@at(((-INF,), (0.0,)), ((INF,), (0.0,)), ((0.0,), (1.0,)), ((400.0,), (0.0,)))
def hyperbolic_tangent(x):
    return np.tanh(x)


@at(((-INF,), (0.0,)), ((INF,), (0.0,)), ((0.0,), (1.0,)), ((1e200,), (0.0,)))
def arc_tangent(x):
    return np.arctan(x)


@at(((1.0,), (INF,)), ((-1.0,), (INF,)), ((0.0,), (1.0,)))
def arc_sine(x):
    return np.arcsin(x)


@at(((1.0,), (-INF,)), ((-1.0,), (-INF,)), ((0.0,), (-1.0,)))
def arc_cosine(x):
    return np.arccos(x)


@at(((1.0,), (INF,)), ((INF,), (0.0,)))
def area_cosine(x):
    return np.arccosh(x)


@at(((1e200,), (1e-200,)), ((INF,), (0.0,)), ((0.0,), (1.0,)))
def area_sine(x):
    return np.arcsinh(x)


@at(((1.0,), (INF,)), ((-1.0,), (INF,)), ((0.0,), (1.0,)))
def area_tangent(x):
    return np.arctanh(x)


@at(
    ((-INF, -INF), (0.5, 0.5)),
    ((INF, INF), (0.5, 0.5)),
    ((-INF, 0.0), (0.0, 1.0)),
    ((INF, 0.0), (1.0, 0.0)),
    ((1e18, 1e18), (0.5, 0.5)),
    ((800.0, -800.0), (1.0, 0.0)),
)
def sum_of_exponentials(a, b):
    return np.logaddexp(a, b)


@at(((0.0,), (0.0,)), ((1.0,), (-1.0,)), ((1e-200,), (-(math.pi**2) / 3 * 1e-200,)))
def sinc(x):
    return np.sinc(x)


@at(((3.0, 2), (4.0,)), ((0.0, -1), (0.5,)), ((INF, 2), (4.0,)))
def scaled(x, n):
    return math.ldexp(x, n)


@pytest.mark.parametrize(("func", "args", "expected"), TABLE)
def test_edges(func, args, expected):
    check_at(func, args, expected)


# Zeros beside infinities -------------------------------------------------------------------


def logistic(x):
    return 1.0 / (1.0 + np.exp(-x))


def root_that_is_dropped(x):
    return np.where(x > 0.0, np.sqrt(x), 0.0)


def logarithm_that_is_dropped(x):
    return np.where(x > 0.0, np.log(x), 0.0)


def root_of_a_square(x):
    return np.sqrt(x * x)


def product_with_a_root(x):
    return x * np.sqrt(x)


def length_of_nothing(x):
    return np.hypot(x, 0.0 * x)


@pytest.mark.parametrize(
    ("func", "x", "expected"),
    [
        (logistic, -800.0, 0.0),
        (logistic, 800.0, 0.0),
        (root_that_is_dropped, 0.0, 0.0),
        (root_that_is_dropped, -1.0, 0.0),
        (logarithm_that_is_dropped, 0.0, 0.0),
        (logarithm_that_is_dropped, -1.0, 0.0),
        (root_of_a_square, 0.0, 0.0),
        (product_with_a_root, 0.0, 0.0),
        (length_of_nothing, 0.0, 0.0),
    ],
)
def test_zeros_win(func, x, expected):
    with as_plain_python(), np.errstate(all="ignore"):
        assert srcad.grad(func)(x) == expected
        assert srcad.jvp(func, (x,), (1.0,))[1] == expected
        narrow = np.float32(x)
        assert srcad.grad(func)(narrow) == expected
