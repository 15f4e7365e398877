"""Arrays that change places in loops, in every way that Python allows: rows of one array."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
import pytest

import srcad
from srcad.frontend.types.numba_types import from_numba
from srcad.pipeline import each_step
from tests.array_checks import check
from tests.array_comparison import compare_both, compare_second
from tests.harness import as_plain_python

X = np.array([0.4, -0.7, 0.9])
Y = np.array([-0.3, 0.8, 0.2])


def scaled(u, c, times):
    if times <= 0:
        return u * c
    return scaled(u, c * 0.5, times - 1) + c


def swapped_and_replaced(x, y):
    a = x * 0.5
    b = y.copy()
    for i in range(3):
        a, b = b, a
        if b[i] > 0.1:
            a = np.sin(b) * y
        a[i] *= b[0]
    return np.sum(a * b) + b[0]


def conditional_in_a_while(x, y):
    a, b = x * 0.5, y.copy()
    k = 0
    while k < 4 and a[1] < 5.0:
        k += 1
        for i in range(2):
            if a[i] > b[i]:
                a, b = b, a
            b[i] += 0.5 * a[i] * a[i - 1]
        if k == 2:
            b = a
        b = b * 1.5
    return np.sum(a * b) + a[0]


def two_names_of_one(x, y):
    a, b = x * 1.0, y * 1.0
    for i in range(3):
        if x[i] > 0.0:
            b = a
        else:
            b = b * 0.5
        b[i] *= 2.0
        a, b = b, a
    return np.sum(a * b)


def argument_among_them(x, y):
    a = x
    for i in range(3):
        a, y = y, a
        if y[i] > 0.0:
            a = a + y * y
        y[i] *= a[i]
    return np.sum(a * y) + x[0]


def views_stay_where_they_are(x, y):
    a, b = x * 1.0, y * 1.0
    s = 0.0
    for i in range(3):
        v = a[1:]
        if b[0] > a[0]:
            a, b = b, a
        if i == 1:
            b = a
        v[0] += 0.25 * b[i]
        w = v[::-1]
        a = a * 2.0
        w[0] *= 1.5
        s += w[1] * v[1] * b[-1]
    return s + np.sum(a)


def with_recursion(x, y):
    a, b = x * 1.0, y * 1.0
    for i in range(2):
        a[i] *= b[i]
        c = scaled(a, 0.5, i)
        if c[0] > 0.1:
            a, b = b, c
        a[0] *= 2.0
        if i == 1:
            b = a
        b[1] *= 3.0
    return a[0] * b[1] + a[1] * b[2]


def matrices(x, y):
    a = np.outer(x, y)
    b = a.T * 1.0
    for i in range(3):
        if a[i, 0] > b[0, i]:
            a, b = b, a
        a[i] += b[:, i]
        if i == 1:
            b = a
        b = np.where(a > 0.1, a @ b, b)
        b[0, i] *= 2.0
    return np.sum(a * b)


def results(x, y):
    a, b = x * 1.0, y * 1.0
    for i in range(3):
        if i != 1:
            a, b = b, a + b
        b[i] *= y[i]
    return a, b


def view_from_before(x, y):
    a, b = x * 1.0, y * 2.0
    v, older = a[1:], b
    for i in range(4):
        a[1] = b[2] * a[0] + v[0]
        if i % 2 == 0:
            a, b = b, a
        v[1] *= 1.5
    older[0] *= v[1]
    return np.sum(a * b) + v[1]


def arguments_of_one_name(x, y):
    v = x[1:]
    for i in range(3):
        if x[i] > y[i]:
            x, y = y, x
        y = y * 0.5
        v[0] += y[1]
        x[0] *= v[1]
        if i == 1:
            y = x
    return np.sum(x * y) + v[0]


def left_in_the_middle(x, y):
    a, b = x * 1.0, y * 1.0
    for i in range(5):
        for j in range(2):
            if a[j] > b[j]:
                a, b = b, a
            a[1] *= b[0] + 0.5
        if i == 1:
            b = a
            continue
        b[0] += a[2] * 0.5
        if a[0] > 0.9:
            return np.sum(a * b)
    return np.sum(a) + b[0]


def chain_of_names(x, y):
    a, b = x * 1.0, y * 1.0
    c = a
    d = c
    for i in range(4):
        c = b
        b = a
        a = d
        d = c
        if i % 2:
            d = d * b
        a[i % 3] += c[0]
        d[1] *= 0.9
    return np.sum(a + b * c * d)


def no_iteration(x, y):
    a, b = x * 1.0, y * 1.0
    for _ in range(0):
        a, b = b, a
        if a[0] > 0.0:
            b = a * a
    return np.sum(a * b * b)


PROGRAMS = (
    swapped_and_replaced,
    conditional_in_a_while,
    two_names_of_one,
    argument_among_them,
    views_stay_where_they_are,
    with_recursion,
    matrices,
    results,
    view_from_before,
    arguments_of_one_name,
    left_in_the_middle,
    chain_of_names,
    no_iteration,
)
POOLED = {*PROGRAMS} - {swapped_and_replaced, results, no_iteration}


def steps(func: Callable[..., Any], *args: Any) -> list[str]:
    """Return the names of the steps that change the gradient's program."""
    types = tuple(from_numba(numba.typeof(arg), "x") for arg in args)
    found, before = [], None
    for step, function in each_step(func, "value_and_grad", types, (0,)):
        if function is not before:
            found.append(step.name)
        before = function
    return found


@pytest.mark.parametrize("func", PROGRAMS)
def test_program(func: Callable[..., Any]) -> None:
    """Values and derivatives in both modes are those of the plain function."""
    with as_plain_python():
        compare_both(func, (X.copy(), Y.copy()), 3)
        compare_both(func, (-Y, X[::-1].copy()), 4)


@pytest.mark.parametrize("func", sorted(POOLED - {matrices}, key=lambda f: f.__name__))
def test_value_is_that_of_the_function(func: Callable[..., Any]) -> None:
    """Bit for bit (sums of products aside), and the arguments stay what they were."""
    x, y = X.copy(), Y.copy()
    with as_plain_python():
        value, _ = srcad.value_and_grad(func, argnums=(0, 1))(x, y)
    assert np.array_equal(x, X)
    assert np.array_equal(y, Y)
    assert value == func(x, y)


def test_second_derivative() -> None:
    """The pool of a gradient is an array like any other."""
    with as_plain_python():
        compare_second(conditional_in_a_while, (X, Y), 3)


@pytest.mark.slow
def test_only_what_cannot_be_undone_is_pooled() -> None:
    """A rotation stays what it is."""

    def rotation(x, y):
        a, b = x * 1.0, y * 1.0
        for i in range(3):
            a[i] *= b[i]
            a, b = b, a
        return np.sum(a * b)

    assert "carried.pool" not in steps(rotation, X, Y)
    for func in PROGRAMS:
        if func in POOLED:
            assert "carried.pool" in steps(func, X, Y), func


def other_shape(x, y):
    a, b = x * 1.0, y * 1.0
    for i in range(3):
        a, b = b, a
        if b[0] > 0.1:
            a = x[i:] * 2.0
        a[0] *= b[0]
    return np.sum(a) + np.sum(b)


def test_another_shape_is_carried_by_itself() -> None:
    """Rows of one array have one length: what changes its shape is no row."""
    assert "carried.pool" not in steps(other_shape, X, Y)
    with as_plain_python():
        check(other_shape, (X, Y))


def view_into_the_group(x, y):
    a, b = x * 1.0, y * 1.0
    for i in range(3):
        a, b = b, a
        if b[i] > 0.1:
            a = b[::-1]
        a[0] *= b[i]
    return np.sum(a * b)


def test_a_view_that_takes_the_name_of_an_array_is_refused() -> None:
    """One step from it: the row of a name would say nothing about where it begins."""
    with as_plain_python(), pytest.raises(srcad.NotDifferentiable, match="E206"):
        srcad.grad(view_into_the_group)(X, Y)
