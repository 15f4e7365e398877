"""What is recovered in a block is known there: not beside it, not after it, not too late."""

import numpy as np
import pytest

from tests.treatments import check_pullback, reversed_source

X = np.array([0.5, 1.25, 0.75, 0.9])


def needed_in_one_branch_and_after_it(x):
    s = 1.0
    for i in range(x.size):
        k = (3 * i + 1) % 4
        if x[i] > 0.6:
            s = s * x[k]
        s = s + x[k] * s
    return s


def needed_in_both_branches(x):
    s = 1.0
    for i in range(x.size):
        k = (3 * i + 1) % 4
        if x[i] > 0.6:
            s = s * x[k]
        else:
            s = s + x[k] * s
    return s


def needed_in_an_inner_loop_and_outside(x):
    s = 1.0
    for i in range(x.size):
        t = np.sin(x[i])
        for j in range(2):
            s = s * t + x[j]
        s = s * t
    return s


def element_of_a_test_is_overwritten(x):
    y = x.copy()
    s = 1.0
    for i in range(3):
        if y[0] > 0.6:
            y[0] = y[0] * 0.5 * s
            s = s * y[0]
        else:
            y[0] = y[0] + x[i]
            s = s * y[0] * 2.0
    return s * y[0]


def bounds_are_overwritten_in_the_loop(x):
    y = np.array([3.0, 2.0, 1.0]) * 1.0
    s = 1.0
    for _ in range(2):
        for j in range(int(y[0])):
            y[0] = y[0] - 0.5
            s = s * x[j] + x[0]
    return s


def index_is_overwritten_in_the_statement(x):
    k = np.array([1, 2, 3, 0])
    y = x.copy()
    s = 1.0
    for i in range(3):
        j = k[i]
        y[j] = y[j] * y[i] * s
        k[i + 1] = j
        s = s * y[k[i]]
    return s * y[0]


def values_of_the_test_of_a_while_loop(x):
    s, i = x[0], 0
    while (t := s * x[i]) < 2.0 and i < 3:
        i += 1
        s = s + t * x[i]
    return s * t


def a_value_of_the_block_around(x):
    s = 1.0
    for i in range(2):
        t = np.exp(x[i] * s)
        for j in range(2):
            if x[j] > 0.6:
                s = s * t * 0.5
        t = t * s
        s = t + x[3]
    return s


@pytest.mark.parametrize(
    "func",
    [
        needed_in_one_branch_and_after_it,
        needed_in_both_branches,
        needed_in_an_inner_loop_and_outside,
        element_of_a_test_is_overwritten,
        bounds_are_overwritten_in_the_loop,
        index_is_overwritten_in_the_statement,
        values_of_the_test_of_a_while_loop,
        a_value_of_the_block_around,
    ],
)
def test_blocks(func):
    """Each value is there, with what it was, wherever the adjoint asks for it."""
    check_pullback(func, X)


def test_once_in_a_block():
    """What two statements of a block need is recovered once."""
    source, _ = reversed_source(needed_in_an_inner_loop_and_outside, X)
    assert source.count("= t_saved[") == 1
