"""A byte is kept for a comparison, where the numbers are asked for by nothing else."""

import math

import numpy as np
import pytest

from tests.gradient_checks import check
from tests.treatments import reversed_source

X = np.array([0.5, -1.25, 0.8, 0.7, -0.3, 1.1, 0.5])
Y = np.array([[0.3, 1.0], [-0.4, 0.2], [0.9, 0.1]])


def smallest(x, n):
    best = np.inf
    s = 0.0
    for i in range(n):
        t = math.sin(x[i]) * x[i - 1]
        best = min(best, t)
        s += best
    return s


def nearest(p, c):
    cost = 0.0
    for i in range(p.size):
        best = np.inf
        for j in range(c.shape[0]):
            r = c[j]
            d = 0.0
            for k in range(c.shape[1]):
                d += (p[i] - r[k]) ** 2
            best = min(best, d)
        cost += best * best
    return cost


def positive_part(x, n):
    s = 1.0
    for i in range(n):
        s = max(0.3 * s - x[i], 0.1 * x[i])
    return s


def equal_numbers(x, n):
    s = 0.0
    best = x[0]
    for i in range(n):
        best = max(best, x[i] * s + x[i])
        s += best * 0.5
    return s


def in_a_branch(x, n):
    s = 0.2
    for i in range(n):
        if x[i] > 0.0:
            s = min(s + x[i], 0.9 * s * 2.0)
        else:
            s += x[i]
    return s


def as_long_as(x, n):
    s = 3.0
    i = 0
    while s > 0.2 and i < n:
        s = min(s * 0.9, s - x[i] * 0.1)
        i += 1
    return s


def asked_by_a_product(x, n):
    s = 1.0
    for i in range(n):
        t = math.sin(x[i]) * s
        s = min(s + x[i], t * t)
    return s


def there_already(x, n):
    s = 0.0
    for i in range(n):
        s += max(x[i], x[i - 1])
    return s


def outside_of_loops(x, n):
    t = x[0] * x[1]
    t = max(t, x[2] + n)
    return t * 2.0


BYTES = (
    (smallest, (X, 7)),
    (nearest, (X, Y)),
    (positive_part, (X, 7)),
    (equal_numbers, (X, 7)),
    (in_a_branch, (X, 7)),
    (as_long_as, (X, 6)),
)
NUMBERS = ((asked_by_a_product, (X, 6)), (there_already, (X, 7)), (outside_of_loops, (X, 1)))


@pytest.mark.parametrize(("func", "args"), BYTES)
def test_a_comparison_is_kept(func, args):
    assert "is_chosen" in reversed_source(func, *args)[0]
    check(func, *args)


@pytest.mark.parametrize(("func", "args"), NUMBERS)
def test_numbers_are_compared_again_where_they_are_had_anyway(func, args):
    assert "is_chosen" not in reversed_source(func, *args)[0]
    check(func, *args)


def test_nothing_else_is_kept_of_the_distances():
    source = reversed_source(nearest, X, Y)[0]
    assert source.count("np.empty(") == source.count("np.bool_") == 2
