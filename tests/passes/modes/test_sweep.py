"""Overwritten elements are put back where they were, wherever that is written down."""

import numpy as np
import pytest

from tests.gradient_checks import check

X = np.array([0.5, 1.25, 2.0, 0.7, 0.3])


def index_in_the_element(x):
    y = x.copy()
    s = 0.0
    for _ in range(3):
        k = int(y[0])
        s += y[0] * y[1]
        y[k] = y[0] * x[1] + 1.5
    return s


def index_in_the_statement(x):
    y = x.copy()
    s = 0.0
    for _ in range(3):
        s += y[0] * y[1]
        y[int(y[0])] = y[0] * x[1] + 1.5
    return s


def index_in_another_element(x):
    y = x.copy()
    s = 0.0
    for _ in range(3):
        k = int(y[2]) - 1
        s += y[0] * y[1]
        y[k] = y[0] * x[1] + 0.5
    return s


def view_by_the_element(x):
    y = x.copy()
    s = 0.0
    for _ in range(2):
        k = int(y[0])
        v = y[k:]
        s += y[0] * y[1] * v[0]
        v[0] = y[0] * x[1] + 1.0
    return s * y[0]


def addition_by_the_element(x):
    y = x.copy()
    s = 0.0
    for _ in range(3):
        k = int(y[0])
        s += y[0] * y[1]
        y[k] += y[0] * x[1]
        if y[0] > 2.5:
            y[0] = 0.5
    return s


def bounds_in_the_elements(x):
    y = x.copy()
    s = 0.0
    for _ in range(2):
        for j in range(int(y[2])):
            s += y[j] * y[2]
            y[2 - j] = y[j] * 1.4
    return s


def branch_by_the_element(x):
    y = x.copy()
    s = 0.0
    for i in range(4):
        if y[0] > 0.6:
            s += y[0] * y[i]
            y[0] = y[i] * 0.9
        else:
            y[0] = y[i] * 1.3
    return s


def chain_of_indices(x):
    y = x.copy()
    s = 0.0
    for _ in range(3):
        k = int(y[0])
        j = int(y[k + 1])
        s += y[0] * y[j]
        y[j] = y[0] * y[k] + 0.3
    return s


def view_used_after_the_write(x):
    y = x.copy()
    s = 0.0
    for _ in range(2):
        v = y[int(y[0]) :]
        v[0] = v[0] * v[1] + 1.0
        v[1] = v[0] * x[1]
        s += v[0] * v[1]
    return s * y[0]


@pytest.mark.parametrize(
    "func",
    [
        index_in_the_element,
        index_in_the_statement,
        index_in_another_element,
        view_by_the_element,
        addition_by_the_element,
        bounds_in_the_elements,
        branch_by_the_element,
        chain_of_indices,
        view_used_after_the_write,
    ],
)
def test_put_back(func):
    """Indices, views, bounds and tests that are read from what is overwritten."""
    check(func, X)


def constants_are_added(x):
    s, y = 0.0, np.zeros(5)
    for i in range(5):
        s += x[i] * x[i]
        s += 1.0
        s += i
        y[i] += 2.0
        y[i] += x[i] * s
        y[i] = y[i] * y[0]
    return s * y[1]


def constants_are_stored(x):
    y = x * x
    s = 1.0
    for i in range(5):
        s = s * y[i] + x[i]
        y[i] = 2.0
        s = s + y[i]
    return s


def constants_in_products(x):
    s, t = x[0], 3.0
    for i in range(5):
        s = s * 2.0 + t * x[i]
        t = 0.5
        s = t * s - 4.0 * x[1]
        t = s * x[2]
        t = t * t
    return s * t


@pytest.mark.parametrize("func", [constants_are_added, constants_are_stored, constants_in_products])
def test_constants(func):
    """What is not active gets nothing, and clears what it replaces."""
    check(func, X)
