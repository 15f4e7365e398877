import math
from types import FunctionType

import mpmath
import numpy as np
import pytest

import srcad


def cancelled(x):
    a = x * x
    b = a + 0.1
    return b - a


def horner(x, c):
    s = 0.0
    for i in range(c.size):
        s = s * x + c[i]
    return s


def oscillation(x, n):
    v = 0.1
    for _ in range(n):
        a = -math.sin(x) - 0.1 * v
        v = v + 0.1 * a
        x = x + 0.1 * v
    return x * v


def product(x):
    y = 1.0
    for i in range(x.size):
        y *= math.exp(x[i]) / (1.0 + x[i] * x[i])
    return math.sqrt(y)


def series(x, n):
    total = 0.0
    term = 1.0
    for k in range(1, n):
        total += term
        term *= x / k
    return total


class Exact(list):
    """Numbers of 50 digits, with the size of an array."""

    size = property(len)


def exact(f, args):
    """Return the result of the same run in 50 digits."""

    def number(value):
        if isinstance(value, np.ndarray):
            return Exact(map(mpmath.mpf, value))
        return mpmath.mpf(value) if isinstance(value, float) else value

    own = FunctionType(f.__code__, {"math": mpmath, "range": range})
    with mpmath.workdps(50):
        return own(*map(number, args))


COEFFICIENTS = np.poly(np.arange(1.0, 13.0))


@pytest.mark.parametrize(
    ("f", "args"),
    [
        (cancelled, (12345.678,)),
        (horner, (3.3, COEFFICIENTS)),
        (horner, (11.7, COEFFICIENTS)),
        (oscillation, (1.0, 200)),
        (product, (np.linspace(-1.0, 2.0, 40),)),
        (series, (-20.0, 90)),
    ],
)
def test_the_error_is_within_the_bound(f, args):
    """The same run in 50 digits differs by less than the bound, which is no wild guess."""
    found = srcad.error_estimate(f)(*args)
    true = exact(f, args)
    error = float(abs(mpmath.mpf(found.value) - true))
    assert found.value == f(*args)
    assert error <= found.bound * (1.0 + 1e-3)
    assert found.typical <= found.bound
    assert error <= 6.0 * found.typical
    assert found.bound < 1e3 * max(error, abs(float(true)) * 2.0**-53)


def test_lines_and_variables():
    """The line that cancels is named, and so are variables that matter less."""
    found = srcad.error_estimate(cancelled)(1e4)
    assert [row.text for row in found.lines] == ["b = a + 0.1", "return b - a"]
    assert found.lines[0].bound == pytest.approx(2.0**-53 * (1e8 + 0.1))
    assert found.as_float32(1e-3) == ("a",)  # whose error cancels
    assert found.as_float32(0.0) == ("a",)

    def mixed(x):
        small = 1e-9 * math.sin(x)
        large = x * x
        return small + large

    found = srcad.error_estimate(mixed)(3.0)
    assert found.as_float32(1e-12) == ("small",)
    assert found.as_float32(1.0) == ("large", "small")
    assert "line" in str(found)


def test_what_rounds_nothing():
    """Signs, choices and powers of two are exact."""
    found = srcad.error_estimate(lambda x: max(abs(-2.0 * x), x) / 4.0)(0.3)
    assert found.bound == 0.0
    assert str(found) == "0.14999999999999999, error below 0, mostly 0"


def test_elements_that_are_added_to():
    """Sums in elements round as sums in names do."""

    def f(x):
        y = np.zeros(2)
        for i in range(x.size):
            y[i % 2] += x[i]
        return y[0] * y[1]

    x = np.array([0.1, 0.2, 0.3, 0.4])
    found = srcad.error_estimate(f)(x)
    sums = {row.text: row.bound for row in found.lines}
    u = 2.0**-53
    assert sums["y[i % 2] += x[i]"] == pytest.approx(u * ((0.1 + 0.4) * 0.6 + (0.2 + 0.6) * 0.4))


def test_float32():
    """Operations of float32 round at its last place."""
    cube = srcad.error_estimate(lambda x: x * x * x)
    one, two = cube(3.1), cube(np.float32(3.1))
    assert two.bound == pytest.approx(one.bound * 2.0**29, rel=1e-3)


def test_what_is_not_seen():
    """Lines of `np.linalg` are listed, and functions of several results refused."""
    found = srcad.error_estimate(lambda a: np.sum(np.linalg.inv(a)))(np.eye(2) * 3.0)
    assert len(found.not_seen) == 1
    with pytest.raises(TypeError, match="one float"):
        srcad.error_estimate(lambda x: 2.0 * x)(np.ones(2))
