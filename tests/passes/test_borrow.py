"""Copies that are only read: views stand for them while nothing is written there."""

import numpy as np
import pytest

import srcad
from tests.array_checks import check, parametrized, programs, vec

program = programs()


@program((vec(3, 2, 4), vec(3, 4, 5)), (vec(1, 2, 3), vec(4, 3, 2)), (vec(0, 2, 3), vec(0, 3, 2)))
def batched(a, b):
    c = a @ b
    return np.sum(c * c)


@program((vec(3, 2, 4).transpose(0, 2, 1), vec(3, 2, 4)))
def batched_and_strided(a, b):
    c = a @ b
    return np.sum(c * c)


@program((vec(4, 3), vec(3, 3)))
def rows_changed_after_the_product(x, w):
    c = np.zeros((4, 3))
    for i in range(4):
        c[i] = np.dot(w, x[i])
        c[i] = np.sin(c[i])
        c[i] += np.dot(w, c[i])
    return np.sum(c * c)


@program((vec(4, 3), vec(3, 3)))
def rows_that_need_each_other(x, w):
    c = np.zeros((4, 3))
    for i in range(1, 4):
        c[i] = np.dot(w, c[i - 1] + x[i])
        c[i - 1] += np.dot(w, x[i])
    return np.sum(c * c)


@program((vec(4, 3, 3),))
def one_slice_again_and_again(x):
    c = np.zeros((2, 3, 3))
    c[0] = x[0]
    for i in range(4):
        c[1] = np.dot(c[0], x[i])
        c[0] = np.dot(c[1], c[1]) * 0.1
    return np.sum(c * c)


@program((vec(5, 5), vec(4, 4)))
def a_part_of_a_larger_one(x, w):
    c = x * x
    c[:4, :4] = np.dot(w, w)
    c[1:, 1:] += np.dot(w.T, w)
    return np.sum(c * c)


@parametrized(program)
def test_products_into_arrays(func, args, mutates):
    """The right derivative, with a view or with a copy."""
    check(func, args, mutates)


def test_a_view_stands_for_the_copy():
    """The adjoint of a product in a loop is a part of that of all products."""
    source = srcad.differentiate(batched).inspect_adjoint(vec(3, 2, 4), vec(3, 4, 5))
    assert "_bar = c_bar[h]" in source


@pytest.mark.compiled
def test_compiled():
    """The same from compiled code."""
    a, b = vec(3, 2, 4), vec(3, 4, 5)
    _, (a_bar, b_bar) = srcad.value_and_grad(batched, argnums=(0, 1))(a, b)
    flow = 2.0 * (a @ b)
    assert a_bar == pytest.approx(flow @ b.transpose(0, 2, 1))
    assert b_bar == pytest.approx(a.transpose(0, 2, 1) @ flow)
