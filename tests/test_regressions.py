"""Mistakes that were made once."""

import math

import numpy as np
import pytest

import srcad
from tests.harness import as_plain_python, plain

INF = math.inf


def x_log_x(x):
    return np.where(x > 0.0, x * np.log(x), 0.0)


def chain_of_dead_values(x):
    y = np.sqrt(x)
    z = np.exp(y) / y
    return np.where(x > 0.0, z * z * x, 3.0 * x)


def dead_cube(x):
    y = 1.0 / x
    return np.where(x != 0.0, y * y * y, x)


def dead_value_of_a_branch(x):
    y = x * np.log(x)
    s = 0.0
    if x > 0.0:
        s = y
    return s + x


def dead_value_in_an_array(x):
    y = np.empty(2)
    y[0] = x * np.log(x)
    y[1] = x
    return np.where(x > 0.0, y[0], y[1])


def dead_values_of_a_loop(x):
    s = 0.0
    for v in x:
        s += np.where(v > 0.0, v * np.log(v), 0.0) * v
    return s


def zero_times_root(x):
    return 0.0 * math.sqrt(x) + x


def zero_weights(x, w):
    s = 0.0
    for i in range(len(x)):
        s += w[i] * np.sqrt(x[i])
    return s


def mask_times_root(x):
    return (x > 0.0) * np.sqrt(x)


def norm_in_a_loop(x):
    s = 0.0
    for v in x:
        s += v * v
    return math.sqrt(s)


def root_of_a_product(x, y):
    return math.sqrt(x * y)


def saturated(x):
    return 1.0 / (1.0 + math.exp(-x))


def square_root(x):
    return math.sqrt(x)


def root_as_a_power(x):
    return x**0.5 + x**1.0 + x**0.0


KINKS = (
    (x_log_x, (0.0,), (0.0,)),
    (x_log_x, (-1.0,), (0.0,)),
    (chain_of_dead_values, (0.0,), (3.0,)),
    (dead_cube, (0.0,), (1.0,)),
    (dead_value_of_a_branch, (0.0,), (1.0,)),
    (dead_value_in_an_array, (0.0,), (1.0,)),
    (dead_values_of_a_loop, (np.array([0.0, 1.0]),), (np.array([0.0, 1.0]),)),
    (zero_times_root, (0.0,), (1.0,)),
    (zero_weights, (np.array([0.0, 4.0]), np.array([0.0, 1.0])), (np.array([0.0, 0.25]), None)),
    (mask_times_root, (0.0,), (0.0,)),
    (norm_in_a_loop, (np.zeros(3),), (np.zeros(3),)),
    (root_of_a_product, (0.0, 1.0), (INF, 0.0)),
    (saturated, (-800.0,), (0.0,)),
    (square_root, (0.0,), (INF,)),
    (root_as_a_power, (0.0,), (INF,)),
)


def many_cases(x):
    z = 0.0
    if x < 0.0:
        z = x
    elif x < 1.0:
        z = x * 2.0
    elif x < 2.0:
        z = x * 3.0
    elif x < 3.0:
        z = x * 4.0
    elif x < 4.0:
        z = x * 5.0
    elif x < 5.0:
        z = x * 6.0
    elif x < 6.0:
        z = x * 7.0
    elif x < 7.0:
        z = x * 8.0
    elif x < 8.0:
        z = x * 9.0
    elif x < 9.0:
        z = x * 10.0
    elif x < 10.0:
        z = x * 11.0
    elif x < 11.0:
        z = x * 12.0
    elif x < 12.0:
        z = x * 13.0
    elif x < 13.0:
        z = x * 14.0
    elif x < 14.0:
        z = x * 15.0
    elif x < 15.0:
        z = x * 16.0
    elif x < 16.0:
        z = x * 17.0
    elif x < 17.0:
        z = x * 18.0
    elif x < 18.0:
        z = x * 19.0
    elif x < 19.0:
        z = x * 20.0
    elif x < 20.0:
        z = x * 21.0
    elif x < 21.0:
        z = x * 22.0
    return z * x


def test_deeply_indented_comments_stay_comments():
    """Each `elif` is one level deeper in generated source."""
    assert srcad.grad(many_cases)(2.5) == pytest.approx(20.0)


@pytest.mark.parametrize(("f", "args", "expected"), KINKS)
def test_zero_wins(f, args, expected):
    """No NaN that the function itself does not have, in either mode."""
    wanted = tuple(k for k, value in enumerate(expected) if value is not None)
    gradient = srcad.grad(f, argnums=wanted)(*args)
    for k, g in zip(wanted, gradient, strict=True):
        np.testing.assert_allclose(g, expected[k])
        for j in range(np.size(g)):
            tangents = [np.zeros_like(a) if isinstance(a, np.ndarray) else 0.0 for a in args]
            if isinstance(g, np.ndarray):
                tangents[k][j] = 1.0
            else:
                tangents[k] = 1.0
            _, dot = srcad.jvp(f, args, tuple(tangents))
            np.testing.assert_allclose(dot, np.ravel(expected[k])[j])


def every_nth(x, n):
    """Integer division by an argument."""
    s = 0.0
    for i in range(len(x)):
        s += x[i % n] * x[i // n]
    return s


def test_integer_division_by_zero_is_an_error():
    """By NumPy's rules, which generated code has for floats, `3 // 0` would be 0."""
    x = np.array([1.0, 2.0, 3.0])
    np.testing.assert_allclose(srcad.grad(every_nth)(x, 2), [6.0, 2.0, 0.0])
    with pytest.raises(ZeroDivisionError):
        srcad.grad(every_nth)(x, 0)
    with pytest.raises(ZeroDivisionError):
        srcad.jvp(every_nth, (x, 0), (x, None))


@pytest.mark.parametrize("func", [math.hypot, math.atan2])
def test_second_derivatives_where_the_first_is_a_convention(func):
    """At the origin both have derivative 0: a constant, not the slope of a guard."""

    def value(x):
        return func(x[0], x[1])

    origin, direction = np.zeros(2), np.array([2.0, 3.0])
    gradient = srcad.grad(value)
    with as_plain_python():
        np.testing.assert_array_equal(plain(srcad.grad(value))(origin), [0.0, 0.0])
        _, forward = srcad.jvp(gradient, (origin,), (direction,))
        _, pullback = srcad.vjp(gradient, origin)
        np.testing.assert_array_equal(forward, [0.0, 0.0])
        np.testing.assert_array_equal(pullback(direction)[0], [0.0, 0.0])
