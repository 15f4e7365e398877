"""Tests of indices before nests of loops say what those inside would say."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest

from srcad.pipeline import HELPERS
from tests.passes.indices.test_inside import Unchecked as Array
from tests.passes.indices.test_inside import (
    UncheckedNumpy,
    derived,
    lines_with_tests,
    outcome,
    run_unchecked,
    source,
)

X = np.linspace(0.2, 0.9, 5)


def below(x, a, b, c):
    s = 0.0
    for i in range(a, b):
        for j in range(i):
            s += x[i + j - c] ** 2
    return s


def above(x, a, b, c):
    s = 0.0
    for i in range(a):
        for j in range(i, b):
            s += x[c - j] ** 2
    return s


def against(x, a, b, c):
    s = 0.0
    for i in range(a):
        for j in range(b - i):
            s += x[j + c] ** 2
    return s


def both_ends(x, a, b, c):
    s = 0.0
    for i in range(a, b):
        for j in range(-i, i + c):
            s += x[j] ** 2
    return s


def window(x, a, b, c):
    s = 0.0
    for i in range(a):
        for j in range(i - b, i + c):
            s += x[j] ** 2
    return s


def downwards(x, a, b, c):
    s = 0.0
    for i in range(a, b, -1):
        for j in range(i, c, -1):
            s += x[j] ** 2
    return s


def down_and_up(x, a, b, c):
    s = 0.0
    for i in range(a, b, -1):
        for j in range(i, c):
            s += x[j - i] ** 2
    return s


def three(x, a, b, c):
    s = 0.0
    for i in range(a):
        for j in range(i + b):
            for k in range(j - c):
                s += x[k - c] ** 2
    return s


def two_inside(x, a, b, c):
    s = 0.0
    for i in range(a):
        for _ in range(i - b):
            for k in range(c - i):
                s += x[k - c] ** 2
    return s


def twice_as_long(x, a, b, c):
    s = 0.0
    for i in range(a):
        for j in range(2 * i - b):
            s += x[j + c] ** 2
    return s


def every_second(x, a, b, c):
    s = 0.0
    for i in range(0, a, 2):
        for j in range(i - b):
            s += x[j + c] ** 2
    return s


def second_inside(x, a, b, c):
    s = 0.0
    for i in range(a):
        for j in range(b, i, 2):
            s += x[j - c] ** 2
    return s


def on_some(x, a, b, c):
    s = 0.0
    for i in range(a):
        if i != c:
            for j in range(i):
                s += x[j + b] ** 2
    return s


def product(x, a, b, c):
    s = 0.0
    for i in range(a):
        for j in range(i):
            s += x[i * b + j - c] ** 2
    return s


LIFTED = [below, above, against, window, downwards, down_and_up, three, two_inside, product]
NOT_LIFTED = [both_ends, twice_as_long, every_second, on_some]


@pytest.mark.parametrize("func", [*LIFTED, *NOT_LIFTED, second_inside])
def test_an_error_if_and_only_if_the_function_raises_it(func):
    """Empty loops inside are left out, iterations that come to the statement are not."""
    made = derived(func, X, 1, 1, 1)
    space: dict[str, Any] = {"math": math, "np": UncheckedNumpy(), **HELPERS}
    exec(made.source, space)
    given = X.view(Array)
    for rest in itertools.product((-1, 0, 1, 3, 5, 6), (-3, 0, 1, 3, 6), (-2, 0, 1, 2, 5)):
        expected = outcome(lambda rest=rest: float(func(X, *rest)))
        got = outcome(lambda rest=rest: float(space[made.name](given, *rest)[0]))
        if isinstance(expected, str):
            assert got == expected, rest
        else:
            assert got == pytest.approx(expected, rel=1e-12), rest


@pytest.mark.parametrize("func", [*LIFTED, *NOT_LIFTED])
def test_which_are_before_all_loops(func):
    """A range of iterations that come to the statement, by the variable itself."""
    lines = source(func, X, 1, 1, 1).splitlines()
    inside = lines_with_tests("\n".join(lines[[line.find("for ") for line in lines].index(4) :]))
    assert bool(inside) == (func in NOT_LIFTED)


# What does not fit in 64 bits ----------------------------------------------------------


def table(x, n, m):
    s = 0.0
    for i in range(n):
        for j in range(m):
            s += x[i * m + j] ** 2
    return s


def third(x, n):
    s = 0.0
    for i in range(n):
        s += x[3 * i] ** 2
    return s


def diagonals(x, n):
    s = 0.0
    for i in range(n):
        for j in range(n):
            s += x[i + j] ** 2
    return s


def shifted(x, n, k):
    s = 0.0
    for i in range(n):
        s += x[i + k] ** 2
    return s


def steps(x, n):
    s = 0.0
    for i in range(0, n, 3):
        s += x[i] ** 2
    return s


LARGE = 2**63 - 1


@pytest.mark.parametrize(
    ("func", "rest"),
    [
        (table, (17, 2**60 + 1)),  # the last index is 2**64 + 2**60 + 16
        (table, (2**32, 2**32)),
        (third, (6148914691236517206,)),  # 3 * (n - 1) is 2**64 - 1
        (diagonals, (LARGE,)),
        (shifted, (LARGE, 2)),
        (shifted, (LARGE, -5)),
        (shifted, (2, LARGE)),
        (steps, (LARGE,)),
    ],
)
def test_ends_that_wrap_around(func, rest):
    """An index between two ends is inside only if none of them wraps around."""
    numbers = tuple(np.int64(n) for n in rest)
    with np.errstate(over="ignore"), pytest.raises(IndexError, match="index out of bounds"):
        run_unchecked(func, X, *numbers)


def test_where_nothing_wraps():
    """The variable of one loop, without a factor, and extents of arrays need no test of that."""
    assert "overflows" in source(table, X, 1, 1)
    assert "overflows" in source(diagonals, X, 1)
    for func, rest in ((shifted, (1, 1)), (steps, (1,)), (convolved, (X, X))):
        text = source(func, X, *rest)
        assert lines_with_tests(text)
        assert "overflows" not in text


def convolved(x, w, y):
    s = 0.0
    for i in range(w.size):
        for j in range(y.size):
            s += x[i + j] ** 2
    return s
