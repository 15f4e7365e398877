"""Elements that are written and not read: their adjoints are exact zeros, which win."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
import pytest

import srcad
from srcad.frontend.types.numba_types import from_numba
from srcad.pipeline import derive
from tests.harness import as_plain_python


def one_element(x):
    y = x * x * x
    return y[1] + x[0]


def all_but_the_first(x):
    y = x * x * x
    return np.sum(y[1:]) + x[0]


def loop_from_the_second(x):
    y = np.zeros(x.size)
    for i in range(x.size):
        y[i] = x[i] * x[i] * x[i]
    s = x[0]
    for i in range(1, x.size):
        s += y[i]
    return s


def one_row(x):
    y = np.zeros((x.size, 2))
    for i in range(x.size):
        for j in range(2):
            y[i, j] = x[i] * x[i] * x[i] * (j + 0.5)
    return y[1, 0] + y[1, 1] * 0.0 + x[0]


def squares_from_the_second(x):
    y = np.zeros(2)
    for i in range(2):
        y[i] = x[i] * x[i] * x[i]
    s = x[0]
    for i in range(1, 2):
        s += y[i] * y[i]
    return s


def the_other_row(x):
    y = np.zeros((2, 2))
    for i in range(2):
        y[0, i] = x[i]
        y[1, i] = x[i] * x[i] * x[i]
    s = 0.0
    for i in range(2):
        s += y[0, i]
    return s


def loop_that_ends_early(x):
    y = np.zeros(2)
    for i in range(1, -1, -1):
        y[i] = x[i] * x[i] * x[i]
    s = x[0]
    for i in range(1, -1, -1):
        s += y[i]
        if i == 1:
            break
    return s


def written_through_views(x):
    y = np.zeros((2, 2))
    for i in range(2):
        row = y[i]
        for j in range(2):
            row[j] = x[i] * x[j] * x[j]
    s = x[0]
    for i in range(1, 2):
        for j in range(1, 2):
            s += y[i, j]
    return s


def a_quotient(x):
    y = 1.0 / (x - 1e200)
    return y[1] * 0.0 + x[0]


@pytest.mark.parametrize(
    "func",
    [
        one_element,
        all_but_the_first,
        loop_from_the_second,
        squares_from_the_second,
        one_row,
        the_other_row,
        loop_that_ends_early,
        written_through_views,
        a_quotient,
    ],
)
@pytest.mark.filterwarnings("ignore:overflow:RuntimeWarning")
@pytest.mark.filterwarnings("ignore:divide:RuntimeWarning")
@pytest.mark.filterwarnings("ignore:invalid:RuntimeWarning")
def test_an_overflow_that_nobody_reads_does_not_count(func: Callable[..., Any]) -> None:
    """The derivative is that of what is read."""
    with as_plain_python():
        gradient = srcad.grad(func)(np.array([1e200, 2.0]))
        expected = srcad.grad(func)(np.array([3.0, 2.0]))
    assert np.isfinite(gradient).all()
    assert np.allclose(gradient[1], expected[1])
    assert gradient[0] == 1.0


def whole(x):
    y = x * x * x
    s = 0.0
    for i in range(x.size):
        s += y[i] * y[i]
    return s


def same_part(x):
    y = np.zeros(x.size)
    for i in range(1, x.size):
        y[i] = x[i] * x[i - 1] * x[i]
    s = 0.0
    for i in range(1, x.size):
        s += y[i] * y[i]
    return s


def all_rows_by_number(x):
    y = np.empty((2, x.size))
    s = 0.0
    for k in range(2):
        for i in range(x.size):
            y[k, i] = x[i] * x[i] * x[i]
    for i in range(x.size):
        s += y[0, i] * y[1, i]
    return s


def whole_rows(x):
    y = np.zeros((2, 2))
    s = 0.0
    for i in range(2):
        row = y[i]
        for j in range(2):
            row[j] = x[i] * x[j] * x[j]
    for i in range(2):
        row = y[i]
        for j in range(2):
            s += row[j] * row[j]
    return s


@pytest.mark.parametrize("func", [whole, same_part, all_rows_by_number, whole_rows])
def test_what_is_read_has_no_guards(func: Callable[..., Any]) -> None:
    """No product is tested where every element that is written is read."""
    types = (from_numba(numba.typeof(np.ones(3)), "x"),)
    assert "!= 0.0" not in derive(func, "value_and_grad", types, (0,)).source
