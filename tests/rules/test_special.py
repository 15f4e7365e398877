"""Error and gamma functions at their edges, in both modes and to second order."""

import math

import numpy as np
import pytest

import srcad
from tests.harness import as_plain_python
from tests.rules.kinks import assert_same, check_at

INF = math.inf
EULER = 0.57721566490153286061
TWO_OVER_ROOT_PI = 2 / math.sqrt(math.pi)


def error(x):
    return math.erf(x)


def error_complement(x):
    return math.erfc(x)


def gamma(x):
    return math.gamma(x)


def log_gamma(x):
    return math.lgamma(x)


@pytest.mark.parametrize(
    ("func", "x", "expected"),
    [
        (error, 0.0, TWO_OVER_ROOT_PI),
        (error, INF, 0.0),
        (error, -INF, 0.0),
        (error, 40.0, 0.0),
        (error_complement, 0.0, -TWO_OVER_ROOT_PI),
        (error_complement, INF, 0.0),
        (gamma, 1.0, -EULER),
        (gamma, 2.0, 1.0 - EULER),
        (gamma, -0.5, -2.0 * math.sqrt(math.pi) * 0.03648997397857652),
        (log_gamma, 1.0, -EULER),
        (log_gamma, 2.0, 1.0 - EULER),
        (log_gamma, 0.5, -EULER - 2.0 * math.log(2.0)),
        (log_gamma, -0.5, 0.03648997397857652),
        (log_gamma, 1e10, math.log(1e10) - 0.5e-10),
    ],
)
def test_edges(func, x, expected):
    check_at(func, (x,), (expected,))


@pytest.mark.parametrize(
    ("func", "x", "expected"),
    [
        (error, 0.5, -TWO_OVER_ROOT_PI * math.exp(-0.25)),
        (log_gamma, 1.0, math.pi**2 / 6),
        (log_gamma, 0.5, math.pi**2 / 2),
        (gamma, 1.0, EULER**2 + math.pi**2 / 6),
    ],
)
def test_second_derivatives(func, x, expected):
    with as_plain_python():
        assert_same((srcad.grad(srcad.grad(func))(x),), (expected,))


def test_third_derivatives():
    """The functions that derivatives call have derivatives themselves."""
    with as_plain_python():
        zeta = 1.2020569031595942
        assert_same((srcad.grad(srcad.grad(srcad.grad(log_gamma)))(1.0),), (-2.0 * zeta,))


def dropped(x):
    return np.where(x > 0.0, math.gamma(x), 0.0)


def test_a_pole_that_is_dropped():
    with as_plain_python(), np.errstate(all="ignore"):
        assert srcad.grad(dropped)(-2.0) == 0.0
        assert srcad.jvp(dropped, (-2.0,), (1.0,))[1] == 0.0
