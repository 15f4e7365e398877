"""What a loop has found out holds behind it where it surely had an iteration, and only there."""

import numpy as np
import pytest

from tests.passes.indices.test_inside import run_unchecked, source

X = np.array([0.5, -1.25, 2.0])
SHORT = np.array([0.5])


def same_number_of_iterations(x, y, n):
    s = 0.0
    for _ in range(n):
        if x.size != y.size:
            raise ValueError("sizes differ")
        s += 1.0
    for _ in range(n):
        for k in range(y.size):
            s += x[k] * y[k]
    return s


def more_iterations(x, y, n):
    s = 0.0
    for _ in range(n - 1):
        if x.size != y.size:
            raise ValueError("sizes differ")
        s += 1.0
    for _ in range(n):
        for k in range(y.size):
            s += x[k] * y[k]
    return s


def outside_of_loops(x, y, n):
    s = 0.0
    for _ in range(n):
        if x.size != y.size:
            raise ValueError("sizes differ")
        s += 1.0
    for k in range(y.size):
        s += x[k] * y[k]
    return s


def compared_in_a_branch(x, y, n):
    s = 0.0
    for i in range(n):
        if i > 0:
            if x.size != y.size:
                raise ValueError("sizes differ")
        s += 1.0
    for _ in range(n):
        for k in range(y.size):
            s += x[k] * y[k]
    return s


def of_each_iteration(x, y, n):
    s = 0.0
    m = 0
    for i in range(n):
        m = y.size - i
        if m > x.size:
            raise ValueError("too long")
        s += 1.0
    for _ in range(n):
        for k in range(m + n - 1):
            s += x[k] * y[k]
    return s


def loop_in_a_branch(x, y, n, flag):
    s = 0.0
    if flag:
        for _ in range(n):
            if x.size != y.size:
                raise ValueError("sizes differ")
            s += 1.0
    for _ in range(n):
        for k in range(y.size):
            s += x[k] * y[k]
    return s


def ends_early(x, y, n, limit):
    s = 0.0
    for i in range(n):
        if s > limit:
            break
        if x.size != y.size:
            raise ValueError("sizes differ")
        s += i + 1.0
    for _ in range(n):
        for k in range(y.size):
            s += x[k] * y[k]
    return s


def test_nothing_is_tested_twice():
    """The loop that reads ran as often as the one that compared the sizes."""
    assert "outside" not in source(same_number_of_iterations, X, X, 2)


TESTED = [
    (more_iterations, (X, X, 2), (SHORT, X, 1)),
    (outside_of_loops, (X, X, 2), (SHORT, X, 0)),
    (compared_in_a_branch, (X, X, 2), (SHORT, X, 1)),
    (of_each_iteration, (X, X, 1), (SHORT, X, 3)),
    (loop_in_a_branch, (X, X, 2, True), (SHORT, X, 1, False)),
    (ends_early, (X, X, 2, 9.0), (SHORT, X, 1, -1.0)),
]


@pytest.mark.parametrize(("func", "good", "bad"), TESTED, ids=lambda f: getattr(f, "__name__", ""))
def test_what_is_not_known_is_tested(func, good, bad):
    """An index outside is an error, although the loop that compares the sizes is there."""
    assert "outside" in source(func, *good)
    run_unchecked(func, *good)
    with pytest.raises((IndexError, ValueError)):
        run_unchecked(func, *bad)
