"""Values that the condition of a loop makes, and makes again before the body starts."""

import numpy as np
import pytest

from tests.gradient_checks import check

X = np.array([0.5, 1.25, 2.0, 0.7, 0.3])


def doubled_before_the_test(x):
    s, n = 1.0, 1
    while True:
        n = 2 * n
        if n > 4:
            break
        s = s * x[n]
    return s


def counted_in_the_test(x):
    s, n = 1.0, 0
    while (n := n + 1) < 4:
        s = s * x[n]
    return s


def counted_twice_before_the_test(x):
    s, n = 1.0, 0
    while True:
        n = n + 1
        s = s * x[n]
        n = n + 1
        if n > 3:
            break
        s = s * x[n]
    return s


def old_and_new_index(x):
    s, n = 1.0, 0
    while True:
        m = n
        n = n + 1
        if n > 3:
            break
        s = s * x[m] + s * x[n]
    return s


def value_before_the_test(x):
    s, n, v = 1.0, 0, 1.0
    while True:
        v = v * x[n]
        n += 1
        if n > 3:
            break
        s = s * v * x[n]
    return s * v


def value_of_a_walrus(x):
    s, n = 1.0, 0
    while (v := x[n] * s) < 1.5 and n < 4:
        n += 1
        s = s * v + x[n]
    return s


def only_added_to(x):
    s, n = 0.0, 0
    while True:
        n = 2 * n + 1
        if n > 4:
            break
        s += x[n] * x[n] * n
    return s


def bound_after_the_test(x):
    s, n = 1.0, 0
    while True:
        n += 1
        if n > 3:
            break
        k = n * 2 % 5
        s = s * x[k] * x[n]
    return s


def nested(x):
    s, n = 1.0, 0
    while (n := n + 1) < 3:
        m = n
        while (m := m + 1) < 4:
            s = s * x[m] * x[n] + x[m - n]
    return s


@pytest.mark.parametrize(
    "func",
    [
        doubled_before_the_test,
        counted_in_the_test,
        counted_twice_before_the_test,
        old_and_new_index,
        value_before_the_test,
        value_of_a_walrus,
        only_added_to,
        bound_after_the_test,
        nested,
    ],
)
def test_conditions_with_statements(func):
    """What the body reads is what the condition has left, in each iteration."""
    check(func, X)
