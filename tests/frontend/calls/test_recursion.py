"""Dimensions of what a recursive call returns: told by the other `return` lines, or not known."""

import numpy as np
import pytest

import srcad
from tests.harness import as_plain_python


def power(x, n):
    if n == 0:
        return 1.0
    return x * power(x, n - 1)


def element(x, n):
    if n == 0:
        return x[n]
    return element(x, n - 1) * x[n]


def row(x, n):
    if n == 0:
        return x[0, :]
    return row(x, n - 1) * x[n]


def pair(x, n):
    if n == 0:
        return x * 2, 1.0
    y, p = pair(x, n - 1)
    return y * 0.5, p * x[n]


def hidden(x, n):
    start = x[0]
    if n == 0:
        return start
    return hidden(x, n - 1) * x[n]


def mixed(x, n):
    if n == 0:
        return 1.0
    return mixed(x, n - 1) + x


def in_a_list(x):
    p = power(x[0], 3)
    items = [p * v for v in x]
    return items[0] * items[1]


def in_an_array(x):
    p = element(x, 2)
    return np.prod(np.array([p, 2.0 * p, x[0]]))


def of_rows(x):
    m = x.reshape(2, 2).copy()
    return np.sum(np.stack((row(m, 1), m[0])) ** 2)


def of_pairs(x):
    y, p = pair(x, 2)
    return np.sum(np.concatenate((y, x)) * np.array([p, 2.0] * 4)) * p


@pytest.mark.parametrize("function", [in_a_list, in_an_array, of_rows, of_pairs])
def test_dimensions_are_told_by_what_ends_the_recursion(function):
    x = np.array([0.7, -1.3, 1.1, 0.4])
    with as_plain_python():
        value, gradient = srcad.value_and_grad(function)(x)
    assert value == pytest.approx(function(x), rel=1e-14)
    step = 1e-6
    for k, unit in enumerate(np.eye(4)):
        slope = (function(x + step * unit) - function(x - step * unit)) / (2 * step)
        assert gradient[k] == pytest.approx(slope, rel=1e-7, abs=1e-9)


def not_told(x):
    p = hidden(x, 2)
    return np.sum(np.array([p, p]))


def above(x, n):
    if n == 0:
        return x > 0.5
    return above(x, n - 1)


def at_unknown(x):
    return np.sum(x[above(x, 2)] ** 2)


def never_one_type(x):
    return np.sum(mixed(x, 2) * x)


@pytest.mark.parametrize(
    ("function", "code"),
    [(not_told, "E505"), (at_unknown, "E505"), (never_one_type, "E")],
    ids=["local", "mask", "mixed"],
)
def test_what_no_line_tells_is_refused(function, code):
    with as_plain_python(), pytest.raises(srcad.NotDifferentiable, match=code):
        srcad.grad(function)(np.array([0.7, -1.3, 1.1, 0.4]))
