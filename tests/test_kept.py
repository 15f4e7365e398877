"""Values that the primal has put in an array are read there; zeros are not added to."""

import math

import numpy as np
import pytest

import srcad
from tests.array_checks import check, parametrized, programs, vec
from tests.harness import as_plain_python

program = programs()
ARGS = (np.abs(vec(5)) + 0.3,)
SQUARE = (0.4 * vec(3, 4),)


@program(ARGS)
def kept_in_the_result(x):
    y = np.empty_like(x)
    for i in range(x.shape[0]):
        y[i] = math.exp(x[i])
    return np.sum(y * y)


@program(ARGS)
def overwritten_by_a_later_loop(x):
    y = np.empty_like(x)
    for i in range(x.shape[0]):
        y[i] = math.exp(x[i])
    for i in range(x.shape[0]):
        y[i] *= math.sin(x[i])
    return np.sum(y * y)


@program(ARGS)
def overwritten_through_a_view(x):
    y = np.empty_like(x)
    z = y[::-1]
    for i in range(x.shape[0]):
        y[i] = math.exp(x[i])
        if i > 2:
            z[i] = 0.5
    return np.sum(y * y)


@program(ARGS)
def overwritten_by_the_next_iteration(x):
    y = np.empty(x.shape[0] + 1)
    for i in range(x.shape[0]):
        y[i] = math.exp(x[i])
        y[i + 1] = y[i] * x[i]
    return np.sum(y)


@program(ARGS)
def the_same_place_again_and_again(x):
    y = np.empty(2)
    s = 0.0
    for i in range(x.shape[0]):
        e = math.exp(x[i])
        y[i % 2] = e
        s += e * y[0]
    return s + y[0]


@program(ARGS)
def stored_before_it_is_replaced(x):
    y = np.ones(x.shape[0])
    s = 0.0
    for i in range(x.shape[0]):
        s += y[i] * math.sin(y[i])
        y[i] = math.exp(x[i])
        s += y[i] * x[i]
    for i in range(x.shape[0]):
        s += y[i] * y[i]
    return s


@program(ARGS)
def an_array_for_each_iteration(x):
    s = 0.0
    for k in range(3):
        y = np.empty_like(x)
        for i in range(x.shape[0]):
            y[i] = math.exp(k * x[i])
        s += np.sum(y * x)
    return s


@program(ARGS)
def in_one_branch(x):
    y = np.zeros_like(x)
    for i in range(x.shape[0]):
        if x[i] > 0.7:
            y[i] = math.exp(x[i])
        else:
            y[i] = math.log(x[i])
    return np.sum(y * y)


@program(ARGS)
def in_a_while_loop(x):
    y = np.zeros(9)
    k = 0
    value = x[0]
    while value < 20.0:
        value = math.exp(0.5 * value) + x[k % 3]
        y[k] = value
        k += 1
    return np.sum(y * y)


@program(ARGS)
def a_running_sum(x):
    y = np.empty_like(x)
    s = 0.0
    for i in range(x.shape[0]):
        s += x[i] * x[i]
        y[i] = s
        s = math.sqrt(s + 1.0)
    return np.sum(y) * s


@program((np.abs(vec(4)).astype(np.float32),))
def in_a_narrower_array(x):
    y = np.empty(x.shape[0], dtype=np.float32)
    s = 0.0
    for i in range(x.shape[0]):
        e = math.exp(np.float64(x[i]))
        y[i] = e
        s += e * y[i]
    return s


@program(SQUARE, (np.ones((0, 3)),), (np.ones((2, 0)),))
def by_rows(x):
    e = np.exp(x)
    p = e / np.sum(e, axis=1)[:, None]
    return np.sum(p * p * x)


@program(SQUARE)
def by_columns(x):
    e = np.exp(x)
    p = e / np.sum(e, axis=0)
    return np.sum(np.sqrt(p) * x)


@program(SQUARE)
def read_in_the_next_row(x):
    n, m = x.shape
    y = np.zeros((n, m))
    s = 0.0
    for i in range(n):
        for j in range(m):
            y[i, j] += math.exp(x[i, j])
        for j in range(m):
            s += y[n - 1 - i, j] * y[i, j]
    return s


@program(SQUARE)
def read_across(x):
    n = min(x.shape)
    y = np.zeros((n, n))
    s = 0.0
    for i in range(n):
        for j in range(n):
            y[i, j] += math.sin(x[i, j])
            s += y[j, i] * x[i, j]
    return s


@program(SQUARE)
def after_a_product(x):
    g = x @ x.T
    h = np.tanh(g)
    return np.sum((h @ x) ** 2)


@program(SQUARE)
def with_a_row_as_a_name(x):
    n, m = x.shape
    y = np.zeros((n, m))
    for i in range(n):
        row = y[i]
        for j in range(m):
            y[i, j] += math.exp(x[i, j])
        row[0] = row[m - 1] * x[i, 0]
    return np.sum(y * y)


@parametrized(program)
def test_derivatives(func, args, mutates):
    check(func, args, mutates)


@pytest.mark.parametrize("func", [kept_in_the_result, overwritten_by_a_later_loop, a_running_sum])
def test_twice(func):
    (x,) = ARGS
    step = 1e-6
    differentiated = srcad.grad(func)
    with as_plain_python():
        gradient = srcad.grad(func)
        for e in np.eye(x.size):
            _, second = srcad.jvp(differentiated, (x,), (e,))
            expected = (gradient(x + step * e) - gradient(x - step * e)) / (2 * step)
            np.testing.assert_allclose(second, expected, rtol=1e-6, atol=1e-6)


def test_what_is_in_the_result_is_not_stored_again():
    text = srcad.differentiate(kept_in_the_result).inspect_adjoint(*ARGS, compiled=True)
    assert "saved" not in text
    assert "= y_bar_i * y[i] if" in text


def test_what_is_overwritten_is_stored():
    text = srcad.differentiate(overwritten_by_a_later_loop).inspect_adjoint(*ARGS, compiled=True)
    assert "saved" in text


@pytest.mark.parametrize("func", [by_rows, after_a_product])
def test_adjoints_are_not_filled_with_zeros_first(func):
    text = srcad.differentiate(func).inspect_adjoint(*SQUARE, compiled=True)
    assert text.count("zeros_like") <= 1


@pytest.mark.parametrize("func", [read_in_the_next_row, read_across])
def test_zeros_that_are_read_before_they_are_added_to(func):
    text = srcad.differentiate(func).inspect_adjoint(*SQUARE, compiled=True)
    assert "y = np.zeros(" in text
