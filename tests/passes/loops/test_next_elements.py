"""Additions to the element of the next iteration wait for it, where that changes nothing."""

import math

import numpy as np
import pytest

import srcad
from tests.bits import check_bits
from tests.harness import as_plain_python

X = np.array([0.3, -1.2, 0.7, 2.1, -0.4])


def rises(x):
    s = 0.0
    for i in range(x.size - 1):
        s += math.exp(x[i]) * x[i + 1]
    return s


def rises_from_the_second(x):
    s = 0.0
    for i in range(1, x.size):
        s += math.exp(x[i - 1]) * x[i] * x[i]
    return s


def ends_early(x):
    s = 0.0
    for i in range(x.size - 2):
        s += math.exp(x[i]) * x[i + 1]
    return s


def in_slices(x):
    return np.sum(x[:-1] ** 3 * x[1:])


def read_in_the_other_order(x):
    s = 0.0
    for i in range(x.size - 1):
        s += x[i + 1] * math.exp(x[i]) * math.sin(x[i + 1])
    return s


def down(x):
    s = 0.0
    for i in range(x.size - 2, -1, -1):
        s += math.exp(x[i]) * x[i + 1]
    return s


def with_a_row_of_its_own(a):
    s = 0.0
    for i in range(a.shape[0]):
        for j in range(a.shape[1] - 1):
            s += math.exp(a[i, j]) * a[i, j + 1]
    return s


def before_another_loop(x):
    s = 0.0
    for i in range(x.size - 1):
        s += math.exp(x[i]) * math.sin(x[i + 1])
    for i in range(x.size):
        s += x[i] ** 3 * s
    return s


def begins_at_one(x):
    s = 0.0
    for i in range(1, x.size - 1):
        s += math.exp(x[i]) * x[i + 1]
    return s


WAIT = (rises, rises_from_the_second, ends_early, in_slices, read_in_the_other_order, down,
        before_another_loop, begins_at_one)  # fmt: skip


def two_apart(x):
    s = 0.0
    for i in range(x.size - 2):
        s += math.exp(x[i]) * x[i + 2]
    return s


def every_second(x):
    s = 0.0
    for i in range(0, x.size - 1, 2):
        s += math.exp(x[i]) * x[i + 1]
    return s


def under_a_test(x):
    s = 0.0
    for i in range(x.size - 1):
        if x[i] > 0.0:
            s += math.exp(x[i]) * x[i + 1]
    return s


def one_of_them_under_a_test(x):
    s = 0.0
    for i in range(x.size - 1):
        t = math.exp(x[i])
        if x[i] > 0.0:
            t *= x[i + 1]
        s += t * t
    return s


def another_element_too(x):
    s = 0.0
    for i in range(x.size - 1):
        s += math.exp(x[i]) * x[i + 1] * math.sin(x[0])
    return s


def until_one_is_large(x):
    s = 0.0
    for i in range(x.size - 1):
        s += math.exp(x[i]) * x[i + 1]
        if x[i] > 1.0:
            break
    return s


def the_row_changes(a):
    s = 0.0
    for i in range(a.shape[0] - 1):
        s += math.exp(a[i, 0]) * a[i + 1, 1]
    return s


def both_axes_change(a):
    s = 0.0
    for i in range(min(a.shape) - 1):
        s += math.exp(a[i, i]) * a[i + 1, i + 1]
    return s


def column_changes(a, k):
    s = 0.0
    for i in range(a.shape[0] - 1):
        s += math.exp(a[i, k[i]]) * a[i + 1, k[i]]
    return s


def over_another(x, y):
    s = 0.0
    for i in range(y.size - 1):
        s += math.exp(x[i]) * x[i + 1] + y[i]
    return s


def of_the_users_own(x):
    out = x.copy()
    for i in range(x.size - 1):
        out[i] += 0.1 * x[i]
        out[i + 1] += 0.7 * x[i]
    s = 0.0
    for i in range(1, x.size):
        s += (out[i] - (1.1 * x[i] + 0.7 * x[i - 1])) * 2.0**40  # what the roundings leave
    return s


def next_one_under_a_test(x):
    s = 0.0
    for i in range(x.size - 1):
        k = i + 1
        s += x[i] * k
        if i % 2 == 0:
            s += math.exp(x[k])
    return s


STAY = (two_apart, every_second, under_a_test, one_of_them_under_a_test, another_element_too,
        until_one_is_large, next_one_under_a_test)  # fmt: skip


def text(function, x):
    return srcad.differentiate(function).inspect_adjoint(x, compiled=True)


@pytest.mark.parametrize("function", WAIT, ids=lambda f: f.__name__)
def test_additions_wait_and_are_right(function):
    """The last iteration's is added behind the loop: for sizes 0, 1 and 2, too."""
    assert "held = " in text(function, X)
    for size in (0, 1, 2, 3, 5):
        check_bits(function, X[:size].copy())


@pytest.mark.parametrize("function", STAY, ids=lambda f: f.__name__)
def test_other_additions_stay_and_are_right(function):
    """Other distances, branches, further elements and early ends keep each addition."""
    assert "held" not in text(function, X)
    for size in (0, 1, 2, 5):
        if size or function is not another_element_too:
            check_bits(function, X[:size].copy())


def test_rows_keep_their_other_index():
    """The loop's index stands at one axis; nothing waits where it is at two, or another differs."""
    a = X[:, None] * np.array([1.0, -0.5, 0.7])
    assert "held = " in text(with_a_row_of_its_own, a)
    for function in (the_row_changes, both_axes_change):
        assert "held" not in text(function, a)
    for function in (with_a_row_of_its_own, the_row_changes, both_axes_change):
        for m in (0, 1, 3):
            check_bits(function, a[:, :m].copy()) if m or function is not the_row_changes else None


def test_columns_that_change_stay():
    """The other index is the same for both additions, but not for both iterations."""
    a, k = np.outer(X, [1.0, -0.5, 0.7]), np.array([0, 2, 2, 1])
    with as_plain_python():
        found = srcad.grad(column_changes)(a, k)
    expected = np.zeros_like(a)
    for i, j in enumerate(k):
        expected[i, j] += math.exp(a[i, j]) * a[i + 1, j]
        expected[i + 1, j] += math.exp(a[i, j])
    np.testing.assert_allclose(found, expected, rtol=1e-14)


def test_loops_over_another_array():
    """Elements behind the loop have zeros."""
    check_bits(over_another, X, X[:3].copy())
    check_bits(over_another, X, X[:0].copy())


def test_order_of_the_users_additions():
    """Each of the user's additions is made where it stands."""
    check_bits(of_the_users_own, np.random.default_rng(1).standard_normal(60), exact_only=True)


def test_zeros_are_not_made_where_all_elements_are_set():
    """Only where the loop is over all elements but one, and comes first."""
    for function in (rises, in_slices, read_in_the_other_order):
        assert "np.zeros" not in text(function, X)
    for function in (rises_from_the_second, ends_early, down, before_another_loop, begins_at_one):
        assert "held" in text(function, X)
        assert "+= held" in text(function, X)


def test_index_outside_is_an_error():
    """Nothing is added outside, also not behind the loop."""

    def beyond(x, n):
        s = 0.0
        for i in range(n):
            s += math.exp(x[i]) * x[i + 1]
        return s

    with as_plain_python():
        gradient = srcad.grad(beyond)
        assert gradient(X, 4).shape == X.shape
        with pytest.raises(IndexError):
            gradient(X, 5)


def test_float32_and_given_arrays():
    """The scalar has the array's type; gradients that are written or added elsewhere are right."""
    with as_plain_python():
        expected = srcad.grad(rises)(X)
        narrow = srcad.grad(rises)(X.astype(np.float32))
        assert narrow.dtype == np.float32
        np.testing.assert_allclose(narrow, expected, rtol=1e-5)
        for out, before in ((True, 0.0), ("add", 2.0)):
            given = np.full_like(X, 2.0)
            srcad.grad(rises, out=out)(X, given)
            np.testing.assert_allclose(given, expected + before, rtol=1e-14)
