"""Loops that are swept once: what may go before them, and what is kept of their results."""

import io

import numpy as np
import pytest

import srcad
from tests.gradient_checks import check
from tests.harness import as_plain_python

X = np.array([0.5, 1.25, 2.0])


def swept_once(func, *args):
    """Return whether a loop of the gradient is swept once."""
    text = io.StringIO()
    srcad.differentiate(func).adjoint_diagnostics(args, file=text)
    return "swept once" in text.getvalue()


def square_of_a_sum(x):
    s = 0.0
    for i in range(x.size):
        s += x[i]
    s = s * s
    return s


def product_with_an_element(x):
    s = 0.0
    for i in range(x.size):
        s += x[i] * x[i]
    s *= x[1]
    return s


def function_of_a_sum(x):
    s = 0.0
    for i in range(x.size):
        s += x[i] * x[i]
    s = np.sin(s)
    return s


def sum_in_the_name_of_the_argument(x):
    x = np.sum(x)
    x = x * x
    return x


def square_after_a_while_loop(x):
    s, i = 0.0, 0
    while i < x.size:
        s += x[i] * x[i]
        i += 1
    s = s * s
    return s


def square_after_a_break(x):
    s, i = 0.0, 0
    while True:
        s += x[i] * x[i]
        i += 1
        if s > 1.0 or i >= 3:
            break
    s = s * x[i - 1]
    return s


def squares_between_nested_loops(x):
    s = 0.0
    for i in range(x.size):
        for j in range(x.size):
            s += x[i] * x[j]
        s = s * s * 0.01
    s = np.exp(s * 0.1)
    return s


def square_in_a_helper(x):
    return square_of_a_sum(x) + square_of_a_sum(x * 2.0)


def square_in_each_iteration(x):
    r = 0.0
    for _ in range(3):
        s = 0.0
        for i in range(x.size):
            s += x[i] * x[i]
        s *= s
        r += s
    r = r * r
    return r


def square_on_a_branch(x):
    s = 0.0
    for i in range(x.size):
        s += x[i] * x[i]
    if s > 1.0:
        s = s * s
    else:
        s = s * x[0]
    return s


def two_sums_of_each_other(x):
    s, r = 0.0, 0.0
    for i in range(x.size):
        s += x[i] * x[i]
    for i in range(x.size):
        r += x[i] * s
    s = s * r
    r = r * s
    return s + r


def sum_beside_its_square(x):
    s = 0.0
    for i in range(x.size):
        s += x[i] * x[i]
    y = s * s
    return y + s


def last_value(x):
    s, t = 0.0, 0.0
    for i in range(x.size):
        t = x[i] * x[i]
        s += t
    return s * t


def bound_that_is_used_again(x, n):
    s = 0.0
    for i in range(n):
        s += x[i] * x[i]
    n = 1
    c = x[n]
    return s * c


def element_that_is_overwritten_later(x, w):
    s = 0.0
    w[0] = 3.0
    for i in range(x.size):
        w[i] = x[i] * w[0]
        s += x[i] * w[i]
    w[0] = 2.0
    s = s * w[0]
    return s


def elements_from_those_before(x):
    y = x * 2.0
    for i in range(x.size - 1):
        y[i + 1] += y[i] * x[i]
    return y[x.size - 1]


def products_from_those_before(x):
    y = np.zeros(x.size)
    y[0] = x[0]
    for i in range(x.size - 1):
        y[i + 1] = y[i] * x[i]
    return y[x.size - 1]


def one_element_again_and_again(x):
    y = np.ones(2)
    s = 0.0
    for i in range(x.size):
        y[0] = y[0] * x[i]
        s += y[0]
    return s


def an_element_of_the_next_iteration(x):
    y = x.copy()
    s = 0.0
    for i in range(1, x.size):
        s += y[i - 1] * x[i]
        y[i] = y[i - 1] * x[i]
    return s


@pytest.mark.parametrize(
    ("func", "args"),
    [
        (elements_from_those_before, ()),
        (products_from_those_before, ()),
        (one_element_again_and_again, ()),
        (an_element_of_the_next_iteration, ()),
        (square_of_a_sum, ()),
        (product_with_an_element, ()),
        (function_of_a_sum, ()),
        (sum_in_the_name_of_the_argument, ()),
        (square_after_a_while_loop, ()),
        (square_after_a_break, ()),
        (squares_between_nested_loops, ()),
        (square_in_a_helper, ()),
        (square_in_each_iteration, ()),
        (square_on_a_branch, ()),
        (two_sums_of_each_other, ()),
        (sum_beside_its_square, ()),
        (last_value, ()),
        (bound_that_is_used_again, (3,)),
        (element_that_is_overwritten_later, (X * 1.0,)),
    ],
)
def test_results_of_loops(func, args):
    """Right, whether or not the loop is swept once."""
    check(func, X, *args)


def factor_before(x, n):
    s = 0.0
    for i in range(x.size):
        s += x[i] * x[i]
    c = x[n]
    return s * c


def factor_behind_an_exception(x, n):
    s = 0.0
    for i in range(x.size):
        s += x[i] * x[i]
    if n >= x.size:
        raise ValueError("n")
    c = x[n]
    return s * c


def factor_behind_a_loop_that_raises(x, n):
    s = 0.0
    for i in range(n + 1):
        if i >= x.size:
            raise ValueError("n")
        s += x[i] * x[i]
    c = x[n]
    return s * c


def sum_of_a_loop_that_raises(x, n):
    s = 0.0
    for i in range(n + 1):
        if i >= x.size:
            raise ValueError("n")
        s += x[i] * x[i]
    return s * 3.0


@pytest.mark.parametrize(
    "func",
    [
        factor_before,
        factor_behind_an_exception,
        factor_behind_a_loop_that_raises,
        sum_of_a_loop_that_raises,
    ],
)
def test_exceptions_come_first(func):
    """An element that an exception guards is not read before the loop either."""
    check(func, X, 1)
    if func is not factor_before:
        with as_plain_python(), pytest.raises(ValueError, match="n"):
            srcad.value_and_grad(func)(X, 10**12)


def test_what_is_swept_once():
    """The legal cases keep their one loop."""
    assert swept_once(factor_before, X, 1)
    assert swept_once(factor_behind_an_exception, X, 1)
    assert swept_once(sum_of_a_loop_that_raises, X, 1)
    assert not swept_once(factor_behind_a_loop_that_raises, X, 1)
    assert not swept_once(square_of_a_sum, X)


def test_users_additions_keep_their_order():
    """A sum that goes on after its loop."""

    def go_on(x):
        s = 1e16
        for i in range(x.size):
            s += x[i] * 1.0
        s += 1.0
        s += -1e16
        return s

    x = np.ones(3)
    with as_plain_python():
        assert srcad.value_and_grad(go_on)(x)[0] == go_on(x)
