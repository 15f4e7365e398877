"""A loop that chooses a number is reversed from what it chose last: legal, and one step from it."""

import io
import math

import numpy as np
import pytest

import srcad
from tests.array_checks import check
from tests.harness import as_plain_python

X = np.array([0.9, -0.4, 0.7, -0.4, 1.3, 0.2])
Y = np.array([0.5, 0.1, -0.3])
EMPTY = np.zeros(0)


def smallest(x, y):
    best = y[0] * 3.0
    for j in range(x.size):
        best = min(best, x[j] * x[j] * y[1])
    return best * best


def largest_second(x, y):
    best = -10.0
    for j in range(x.size):
        best = max(math.sin(x[j]) * y[2], best)
    return best * y[0]


def by_numpy(x, y):
    best = y[0] + 5.0
    for j in range(x.size - 1, 0, -2):
        best = np.minimum(x[j] * y[1], best)
    return np.exp(best)


def by_fmax(x, y):
    best = -1.0
    for j in range(x.size):
        best = np.fmax(best, abs(x[j]) * y[0])
    return best


def under_a_test(x, y):
    s = 0.0
    for i in range(x.size):
        near = 50.0
        for j in range(x.size):
            if j != i:
                near = min(near, (x[i] - x[j]) ** 2 + y[0])
        s += near * near
    return s


def by_a_branch(x, y):
    best = x[0] * 0.1 + 9.0
    where = 0
    for j in range(x.size):
        t = x[j] * math.cos(y[1] * x[j])
        if t < best:
            best = t
            where = j
    return best * x[where]


def by_two_branches(x, y):
    best = y[0]
    for j in range(x.size):
        if x[j] > 0.8:
            best = x[j] * y[1]
        elif x[j] < 0.0:
            best = min(best, x[j] * y[2])
    return best


def the_last_one(x, y):
    last = y[0]
    for j in range(x.size):
        last = x[j] * y[1]
    return last


def sums_inside(x, y):
    s = 0.0
    for i in range(y.size):
        best = 1e9
        for j in range(x.size - 2):
            d = 0.0
            for k in range(3):
                d += (x[j + k % 2] - y[i]) ** 2 * (k + 1)
            best = min(best, d)
        s += best * y[i]
    return s


def goes_on(x, y):
    best = 100.0
    for i in range(y.size):
        for j in range(x.size):
            best = min(best, x[j] * y[i])
        best = best * 0.5 + y[i]
    return best


def by_one_of_two_branches(x, y):
    best = y[0]
    for j in range(x.size):
        if x[j] > 0.8:
            best = x[j] * y[1]
        elif x[j] < 0.0:
            best = math.sin(x[j]) * y[2]
    return best


LEGAL = [smallest, largest_second, by_numpy, by_fmax, under_a_test, by_a_branch, by_two_branches]
LEGAL += [by_one_of_two_branches, the_last_one, sums_inside, goes_on]


def read_beside(x, y):
    best, s = 9.0, 0.0
    for j in range(x.size):
        best = min(best, x[j] * y[0])
        s += best * x[j]
    return s


def grown(x, y):
    best = 9.0
    for j in range(x.size):
        best = min(best, x[j] * y[0]) * 0.9
    return best


def compared_with_itself(x, y):
    best = 2.0 + y[1]
    for j in range(x.size):
        t = x[j] * best
        best = min(best, t)
    return best


def added_to(x, y):
    best = 2.0
    for j in range(x.size):
        best = min(best, x[j])
        best += y[0]
    return best


def two_numbers(x, y):
    low, high = y[0], y[1]
    for j in range(x.size):
        low = min(low, x[j] * x[j])
        high = max(high, x[j] * y[2])
    return low * high


def with_a_work_array(x, y):
    best = 7.0
    w = np.empty(2)
    for j in range(x.size):
        w[0] = x[j] * y[0]
        w[1] = math.sin(w[0])
        best = min(best, w[0] * w[1])
    return best


def with_a_stack(x, y):
    best = 7.0
    for j in range(x.size):
        t, k = x[j], 0
        while k < j:
            t = t * math.sin(y[k % 3])
            k += 1
        best = min(best, t)
    return best


def with_an_end(x, y):
    best = 7.0
    for j in range(x.size):
        best = min(best, x[j] * y[0])
        if best < -0.1:
            break
    return best


def out_of_two_loops(x, y):
    best = 5.0
    for j in range(x.size):
        for k in range(y.size):
            best = min(best, x[j] * y[k])
    return best


OTHERS = [read_beside, grown, compared_with_itself, added_to, two_numbers, with_a_work_array]
OTHERS += [with_a_stack, with_an_end]


def is_narrowed(func):
    """Return whether the reversed loop runs from what was chosen last."""
    grad = srcad.grad(func, argnums=(0, 1))
    grad(X, Y)
    return any("j_first = " in text for text in grad.inspect_source().values())


@pytest.mark.parametrize("func", [*LEGAL, *OTHERS, out_of_two_loops])
def test_derivative(func):
    check(func, (X, Y), smooth=False)
    check(func, (X[[4, 2, 1, 5]], Y))
    if func is not by_a_branch:
        check(func, (EMPTY, Y))


def test_what_is_reversed_from_the_last_choice():
    with as_plain_python():
        assert all(map(is_narrowed, LEGAL))
        assert not any(map(is_narrowed, OTHERS))


def test_a_first_number_that_is_none_is_kept():
    x = np.array([np.nan, 0.5, 0.2])
    with as_plain_python():
        first = srcad.grad(by_numpy)(x[[1, 0, 2]], np.array([np.nan, 1.0, 1.0]))
        last = srcad.grad(largest_second)(x, np.ones(3))
    np.testing.assert_array_equal(first, np.zeros(3))
    np.testing.assert_allclose(last[1:], [math.cos(0.5), 0.0])


def test_it_is_told():
    text = io.StringIO()
    srcad.differentiate(smallest).adjoint_diagnostics((X, Y), file=text)
    assert "'best': chosen here" in text.getvalue()


def test_ties_share():
    x = np.array([0.3, 0.1, 0.1, 0.5, 0.1])
    with as_plain_python():
        x_bar = srcad.grad(smallest)(np.sqrt(x), np.array([9.0, 1.0, 0.0]))
    root = 2.0 * 0.1 * 2.0 * math.sqrt(0.1)
    np.testing.assert_allclose(x_bar, np.array([0.0, 0.25, 0.25, 0.0, 0.5]) * root)
