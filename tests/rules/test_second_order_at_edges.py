"""Second derivatives where the first one is infinite: one answer in both modes."""

import math

import numpy as np
import pytest

import srcad
from tests.harness import as_plain_python

INF = math.inf


def root(x):
    return np.sqrt(x)


def cube_root(x):
    return np.cbrt(x)


def area_tangent(x):
    return np.arctanh(x)


def area_cosine(x):
    return np.arccosh(x)


def arc_sine(x):
    return np.arcsin(x)


def self_power(x):
    return x**x


@pytest.mark.parametrize(
    ("func", "at", "first", "second"),
    [
        (root, 0.0, INF, -INF),
        (cube_root, 0.0, INF, -INF),
        (cube_root, -0.0, INF, INF),
        (cube_root, 8.0, 1 / 12, -1 / 144),
        (area_tangent, 1.0, INF, INF),
        (area_tangent, -1.0, INF, -INF),
        (area_tangent, 0.5, 4 / 3, 16 / 9),
        (area_cosine, 1.0, INF, -INF),
        (area_cosine, 2.0, 3**-0.5, -2 * 3**-1.5),
        (arc_sine, 1.0, INF, INF),
        (self_power, 0.0, -INF, INF),
        (self_power, 1.0, 1.0, 2.0),
    ],
)
def test_second_derivatives(func, at, first, second):
    """Forward over reverse, reverse over reverse."""
    gradient = srcad.grad(func)
    with as_plain_python(), np.errstate(all="ignore"):
        value, slope = srcad.jvp(gradient, (at,), (1.0,))
        assert np.allclose([value, slope], [first, second])
        assert np.allclose(srcad.vjp(gradient, at)[1](1.0), second)
        assert np.allclose(srcad.grad(gradient)(at), second)


def three(a, b, c):
    return max(a, b, c)


def three_smallest(a, b, c):
    return min(a, b, c)


@pytest.mark.parametrize("func", [three, three_smallest])
def test_three_equal_numbers(func):
    """Nested pairs: `max(max(a, b), c)`."""
    with as_plain_python():
        assert srcad.grad(func, argnums=(0, 1, 2))(1.0, 1.0, 1.0) == (0.25, 0.25, 0.5)
        dots = [srcad.jvp(func, (1.0,) * 3, d)[1] for d in np.eye(3).tolist()]
        assert dots == [0.25, 0.25, 0.5]
        assert np.allclose(srcad.grad(greatest)(np.ones(3)), 1 / 3)


def greatest(x):
    return np.max(x)


def nothing(x):
    x * 2.0


@pytest.mark.compiled
def test_functions_without_outputs():
    """Their cotangents are zeros."""
    with as_plain_python():
        out, pullback = srcad.vjp(nothing, 3.0)
        assert out is None
        assert pullback(None) == (0.0,)
        out, pullback = srcad.vjp(nothing, np.ones(2))
        assert np.array_equal(pullback(None)[0], np.zeros(2))
    assert srcad.vjp(nothing, 3.0)[1](None) == (0.0,)
