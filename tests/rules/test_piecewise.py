"""Kinks and steps as the page of conventions has them, in both modes and to second order."""

import math

import numpy as np
import pytest

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


SLOPES = (
    ((0.0,), (0.0,)),
    ((-0.0,), (0.0,)),
    ((2.0,), (1.0,)),
    ((-2.0,), (-1.0,)),
    ((INF,), (1.0,)),
    ((-INF,), (-1.0,)),
    ((NAN,), (NAN,)),
)


@at(*SLOPES)
def absolute(x):
    return abs(x)


@at(*SLOPES)
def absolute_of_numpy(x):
    return np.abs(x)


@at(*SLOPES)
def absolute_of_math(x):
    return math.fabs(x)


@at(
    ((2.0, 1.0), (1.0, 0.0)),
    ((2.0, -1.0), (-1.0, 0.0)),
    ((-2.0, 1.0), (-1.0, 0.0)),
    ((-2.0, -1.0), (1.0, 0.0)),
    ((2.0, -0.0), (-1.0, 0.0)),
    ((2.0, 0.0), (1.0, 0.0)),
    ((0.0, 1.0), (0.0, 0.0)),
    ((-0.0, -1.0), (0.0, 0.0)),
)
def with_the_sign_of(a, b):
    return np.copysign(a, b)


FIRST, SECOND, TIE = (1.0, 0.0), (0.0, 1.0), (0.5, 0.5)
LARGER = (
    ((1.0, 1.0), TIE),
    ((0.0, -0.0), TIE),
    ((2.0, 1.0), FIRST),
    ((1.0, 2.0), SECOND),
    ((INF, 1.0), FIRST),
    ((INF, INF), TIE),
    ((-INF, -INF), TIE),
)
SMALLER = tuple((args, expected[::-1]) for args, expected in LARGER)
NANS_WIN = (((NAN, 1.0), FIRST), ((1.0, NAN), SECOND), ((NAN, NAN), FIRST))
NANS_LOSE = (((NAN, 1.0), SECOND), ((1.0, NAN), FIRST), ((NAN, NAN), FIRST))
FIRST_ONE = (((NAN, 1.0), FIRST), ((1.0, NAN), FIRST), ((NAN, NAN), FIRST))


@at(*LARGER, *FIRST_ONE)
def larger(a, b):
    return max(a, b)


@at(*SMALLER, *FIRST_ONE)
def smaller(a, b):
    return min(a, b)


@at(*LARGER, *NANS_WIN)
def larger_of_numpy(a, b):
    return np.maximum(a, b)


@at(*SMALLER, *NANS_WIN)
def smaller_of_numpy(a, b):
    return np.minimum(a, b)


@at(*LARGER, *NANS_LOSE)
def larger_number(a, b):
    return np.fmax(a, b)


@at(*SMALLER, *NANS_LOSE)
def smaller_number(a, b):
    return np.fmin(a, b)


@at(
    ((1.0, 1.0, 1.0), (0.25, 0.25, 0.5)),
    ((2.0, 2.0, 1.0), (0.5, 0.5, 0.0)),
    ((2.0, 1.0, 2.0), (0.5, 0.0, 0.5)),
)
def largest_of_three(a, b, c):
    return max(a, b, c)


@at(
    ((0.5, 0.0, 1.0), (1.0, 0.0, 0.0)),
    ((0.0, 0.0, 1.0), (1.0, 0.0, 0.0)),
    ((1.0, 0.0, 1.0), (1.0, 0.0, 0.0)),
    ((-1.0, 0.0, 1.0), (0.0, 1.0, 0.0)),
    ((2.0, 0.0, 1.0), (0.0, 0.0, 1.0)),
    ((0.5, 1.0, 0.0), (0.0, 0.0, 1.0)),  # bounds the wrong way round: NumPy gives the upper one
    ((1.0, 1.0, 1.0), (1.0, 0.0, 0.0)),
    ((NAN, 0.0, 1.0), (1.0, 0.0, 0.0)),
    ((0.5, NAN, 1.0), (0.0, 1.0, 0.0)),
    ((0.5, 0.0, NAN), (0.0, 0.0, 1.0)),
    ((0.5, NAN, NAN), (0.0, 1.0, 0.0)),
    ((INF, 0.0, INF), (1.0, 0.0, 0.0)),
)
def clipped(x, lo, hi):
    return np.clip(x, lo, hi)


@at(((NAN,), (0.0,)), ((INF,), (0.0,)), ((-INF,), (0.0,)), ((2.0,), (1.0,)))
def numbers_only(x):
    return np.nan_to_num(x)


FLAT = (((0.0,), (0.0,)), ((1.0,), (0.0,)), ((-1.5,), (0.0,)), ((2.5,), (0.0,)))


@at(*FLAT)
def sign(x):
    return np.sign(x)


@at(*FLAT)
def floor(x):
    return np.floor(x)


@at(*FLAT)
def ceil(x):
    return np.ceil(x)


@at(*FLAT)
def trunc(x):
    return np.trunc(x)


@at(*FLAT)
def rint(x):
    return np.rint(x)


@at(*FLAT)
def rounded(x):
    return np.round(x)


REMAINDERS = (
    ((7.0, 3.0), (1.0, -2.0)),
    ((-7.0, -3.0), (1.0, -2.0)),
    ((6.0, 3.0), (1.0, -2.0)),  # where it jumps: that of the side that the value is on
    ((0.0, 3.0), (1.0, 0.0)),
    ((7.0, INF), (1.0, 0.0)),
)


@at(*REMAINDERS, ((-7.0, 3.0), (1.0, 3.0)), ((7.0, -3.0), (1.0, 3.0)), ((-6.0, 3.0), (1.0, 2.0)))
def modulo(a, b):
    return a % b


@at(*REMAINDERS, ((-7.0, 3.0), (1.0, 3.0)), ((7.0, -3.0), (1.0, 3.0)), ((-6.0, 3.0), (1.0, 2.0)))
def modulo_of_numpy(a, b):
    return np.mod(a, b)


@at(*REMAINDERS, ((-7.0, 3.0), (1.0, 2.0)), ((7.0, -3.0), (1.0, 2.0)), ((-6.0, 3.0), (1.0, 2.0)))
def modulo_of_c(a, b):
    return np.fmod(a, b)


@at(((0.0, 2.0), (0.5, 0.0)), ((1.0, INF), (0.0, 0.0)), ((2.0, -4.0), (-0.25, -0.125)))
def quotient(a, b):
    return np.divide(a, b)


@at(((0.0, 0.0), (0.0, 0.0)), ((1.0, 2.0), (0.0, 0.0)))
def comparison(a, b):
    return 2.0 if a <= b else 3.0


@pytest.mark.parametrize(("func", "args", "expected"), TABLE)
def test_conventions(func, args, expected):
    check_at(func, args, expected)
