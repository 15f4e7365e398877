"""Short loops with literal bounds that may end early keep numbers in slabs; others in stacks."""

import math

import numpy as np
import pytest

from tests.gradient_checks import check
from tests.treatments import treatments

X = np.array([0.5, 1.25, 0.8, 0.7, 0.3, 1.1, 0.5])


def root_of(x, a):
    s = 0.0
    for i in range(x.size):
        y = x[i] + 1.0
        for _ in range(30):
            step = (y * y - a) / (2.0 * y)
            y = y - step
            if abs(step) < 1e-6:
                break
        s += y
    return s


def alone(x, a):
    y = x[0]
    for i in range(40, 2, -3):
        y = math.sin(y) * a + x[i % 7] * 0.1
        if y < 0.4:
            break
    return y


def at_once(x, a):
    y = x[0] * a
    for i in range(5):
        y = y * y * x[i]
        if y > -1.0:
            break
    return y


def never(x, a):
    y = x[0] * a
    for i in range(5):
        y = y * y * x[i]
        if y > 1e9:
            break
    return y


def no_rounds(x, a):
    y = x[0] * a
    for i in range(5, 2):
        y = y * y * x[i]
        if y > 1e9:
            break
    return y


def with_a_loop_inside(x, a):
    s = 0.0
    for i in range(x.size):
        y = x[i]
        for j in range(6):
            for k in range(3):
                y = math.sin(y + a) * x[k]
            if y < 0.1 * j:
                break
        s += y
    return s


def raises_after(x, a):
    y = x[0] * a
    for i in range(5):
        y = y * y + x[i]
        if y > 2.0:
            break
    else:
        y = y * y * 0.5
    return y


def as_many_as_given(x, n):
    y = x[0]
    for i in range(n):
        y = math.sin(y) * x[i]
        if y < 0.01:
            break
    return y


def too_many(x, a):
    y = x[0]
    for _ in range(100_000):
        y = math.sin(y) * a
        if y < 0.2:
            break
    return y


def in_a_loop_that_hands_on(x, a):
    y = x[0]
    for i in range(x.size):
        for _ in range(9):
            y = math.sin(y) * a + x[i] * 0.2
            if y < 0.4:
                break
    return y


SLABS = (
    (root_of, (X, 2.0)),
    (alone, (X, 0.9)),
    (at_once, (X, 0.9)),
    (never, (X, 0.9)),
    (no_rounds, (X, 0.9)),
    (with_a_loop_inside, (X, 0.3)),
    (raises_after, (X, 0.5)),
)
STACKS = (
    (as_many_as_given, (X, 6)),
    (too_many, (X, 0.9)),
    (in_a_loop_that_hands_on, (X, 0.9)),
)


@pytest.mark.parametrize(("func", "args"), SLABS)
def test_a_short_loop_has_a_slab_of_its_bound(func, args):
    assert treatments(func, *args)["y"] == "slab"
    check(func, *args)


@pytest.mark.parametrize(("func", "args"), STACKS)
def test_a_loop_that_may_be_long_has_a_stack(func, args):
    assert treatments(func, *args)["y"] == "stack"
    check(func, *args)
