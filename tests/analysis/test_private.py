"""Arrays that every iteration fills before it reads them, and those that only seem so."""

import numpy as np
import pytest

from tests.array_checks import check as check_arrays
from tests.gradient_checks import check
from tests.passes.modes.test_single_sweep import swept_once

X = np.array([0.5, 1.25, 2.0, 0.7, 0.3])


def filled_first(x):
    w = np.zeros(2)
    s = 0.0
    for i in range(x.size):
        for c in range(2):
            w[c] = x[i] * (c + 1.0)
        s += w[0] * w[1]
    return s


def own_elements_while_filling(x):
    w = np.zeros(2)
    s = 0.0
    for i in range(x.size):
        for c in range(2):
            w[c] = x[i] * (c + 1.0)
            s += w[c] * w[c]
        s += w[0] * w[1]
    return s


def own_rows_while_filling(x):
    w = np.zeros((2, 3))
    s = 0.0
    for i in range(x.size):
        for c in range(2):
            for d in range(3):
                w[c, d] = x[i] * (c + d)
            s += w[c, 0] * w[c, 2]
    return s


def other_elements_while_filling(x):
    w = np.zeros(2)
    s = 0.0
    for i in range(x.size):
        for c in range(2):
            w[c] = x[i]
            s += w[1 - c] * w[1 - c]
    return s


def other_rows_while_filling(x):
    w = np.zeros((2, 3))
    s = 0.0
    for i in range(x.size):
        for c in range(2):
            for d in range(3):
                w[c, d] = x[i] * (c + d)
            s += w[1 - c, 0] * w[1 - c, 2]
    return s


def other_columns_while_filling(x):
    w = np.zeros((2, 3))
    s = 0.0
    for i in range(x.size):
        for c in range(2):
            for d in range(3):
                w[c, d] = x[i] * (c + d)
                s += w[c, 2 - d] * x[i]
    return s


def added_to_the_next_while_filling(x):
    w = np.zeros(3)
    s = 0.0
    for i in range(x.size):
        for c in range(3):
            w[c] = x[i] * x[i]
            w[(c + 1) % 3] += x[i]
        s += w[0] * w[1] * w[2]
    return s


def passed_on_while_filling(x):
    w = np.zeros(2)
    s = 0.0
    for i in range(x.size):
        for c in range(2):
            w[c] = x[i]
            s += np.sum(w * w)
    return s


def filled_on_a_branch(x):
    w = np.zeros(2)
    s = 0.0
    for i in range(x.size):
        for c in range(2):
            if x[i] > 0.6:
                w[c] = x[i] * (c + 1.0)
        s += w[0] * w[1]
    return s


def filled_in_part(x, n):
    w = np.zeros(3)
    s = 0.0
    for i in range(x.size):
        for c in range(n):
            w[c] = x[i] * (c + 1.0)
        n = 3
        s += w[0] * w[2]
        w[2] = x[i]
    return s


def left_early_while_filling(x):
    w = np.zeros(2)
    s = 0.0
    for i in range(x.size):
        for c in range(2):
            w[c] = x[i] * (c + 1.0)
            if x[i] > 0.6:
                break
        s += w[0] * w[1]
    return s


def read_after_the_loop(x):
    w = np.zeros(2)
    s = 0.0
    for i in range(x.size):
        for c in range(2):
            w[c] = x[i] * x[i] * (c + 1.0)
        s += w[0] * w[1]
    return s + w[0] * x[0]


def written_before_the_loop(x):
    w = np.zeros(2)
    w[1] = x[0]
    s = 0.0
    for i in range(x.size):
        for c in range(2):
            w[c] = x[i] * x[i] * (c + 1.0)
        s += w[0] * w[1]
    return s


def in_a_branch_after_the_loop(x):
    w = np.zeros(2)
    s = 0.0
    for i in range(x.size):
        for c in range(2):
            w[c] = x[i] * x[i] * (c + 1.0)
        s += w[0] * w[1]
    if s > 0.0:
        s = s * w[1]
    return s


def one_element_more(x):
    w = np.zeros(3)
    s = 0.0
    for i in range(x.size):
        for c in range(2):
            w[c] = x[i] * (c + 1.0)
        s += w[0] * w[2]
        w[2] = x[i]
    return s


def from_the_second(x):
    w = np.zeros(2)
    s = 0.0
    for i in range(x.size):
        for c in range(1, 2):
            w[c] = x[i] * (c + 1.0)
        s += w[0] * w[1]
        w[0] = x[i]
    return s


def filled_with_itself(x):
    w = np.ones(2)
    s = 0.0
    for i in range(x.size):
        for c in range(2):
            w[c] = w[c] * x[i]
        s += w[0] * w[1]
    return s


def one_element_for_all(x):
    w = np.zeros(2)
    s = 0.0
    for i in range(x.size):
        for c in range(2):
            w[0] = x[i] * (c + 1.0)
        s += w[0] * w[1]
        w[1] = x[i]
    return s


def returned(x):
    w = np.zeros(2)
    s = 0.0
    for i in range(x.size):
        for c in range(2):
            w[c] = x[i] * x[i] * (c + 1.0)
        s += w[0] * w[1]
    return s, w


PRIVATE = (filled_first, own_elements_while_filling, own_rows_while_filling)
SHARED = (
    other_elements_while_filling,
    other_rows_while_filling,
    other_columns_while_filling,
    added_to_the_next_while_filling,
    passed_on_while_filling,
    filled_on_a_branch,
    left_early_while_filling,
    read_after_the_loop,
    written_before_the_loop,
    in_a_branch_after_the_loop,
    one_element_more,
    from_the_second,
    filled_with_itself,
    one_element_for_all,
)


@pytest.mark.parametrize("func", [*PRIVATE, *SHARED])
def test_gradients(func):
    """Right on both sides."""
    check(func, X)


def test_returned():
    """Its cotangent belongs to the last iteration."""
    check_arrays(returned, (X,))
    assert not swept_once(returned, X)


def test_part():
    """A loop over another extent fills a part."""
    check(filled_in_part, X, 1)


def test_private_arrays():
    """Only private arrays let a loop be swept once."""
    for func in PRIVATE:
        assert swept_once(func, X), func.__name__
    for func in SHARED:
        assert not swept_once(func, X), func.__name__
