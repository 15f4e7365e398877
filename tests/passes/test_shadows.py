"""The shadow of an array that a branch chooses is there on every path that reads it."""

import numpy as np
import pytest

from tests.array_checks import check


def returns_early(x, p):
    if p > 0:
        if p < 9:
            pass
        else:
            return -x
    return x[:]


def made_on_some_paths(x, p):
    if p > 0:
        if p > 1:
            y = x * x
        else:
            y = x[0] * x
    if p > 1:
        return np.sum(y * y)
    return x[0]


@pytest.mark.parametrize("p", [-1, 1, 2, 9])
@pytest.mark.parametrize("func", [returns_early, made_on_some_paths])
def test_an_array_that_some_paths_do_not_make(func, p):
    """Nothing is read that a path did not make."""
    check(func, (np.array([0.3, 0.7, 0.4]), p))
