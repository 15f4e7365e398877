"""Products of a zero and something infinite: the tests that keep them from being NaN."""

import numpy as np
import pytest

import srcad
from tests.harness import as_plain_python


def rooted(x):
    s = 0.0
    for i in range(len(x) - 1):
        s += np.sqrt(x[i] * x[i + 1])
    return s


def rooted_square(x):
    t = 0.0
    for i in range(len(x)):
        t += (0.5 * x[i]) * x[i] * (-x[i])
    return np.sqrt(t * t * 4.0)


@pytest.mark.compiled
def test_one_test_for_each_factor():
    """In values, a factor that is zero decides; no other has to be finite."""
    x = np.array([0.0, 4.0, 0.0, 9.0])
    for func in (rooted, rooted_square):
        assert "isfinite" not in srcad.differentiate(func).inspect_adjoint(x)
    assert np.array_equal(srcad.grad(rooted)(x), [np.inf, 0.0, np.inf, 0.0])
    assert np.array_equal(srcad.grad(rooted_square)(np.zeros(3)), np.zeros(3))


def test_second_derivatives_see_through_them():
    """A zero beside a finite factor has a derivative: it is lost in no test."""
    x, v = np.array([1.0, 4.0, 2.0]), np.array([0.3, 0.0, -0.2])
    gradient = srcad.grad(rooted)
    with as_plain_python():
        _, forward = srcad.jvp(gradient, (x,), (v,))
        (reverse,) = srcad.vjp(gradient, x)[1](v)
        step, slope = 1e-6, srcad.grad(rooted)
        expected = (slope(x + step * v) - slope(x - step * v)) / (2 * step)
    assert forward == pytest.approx(expected, rel=1e-6)
    assert reverse == pytest.approx(expected, rel=1e-6)
