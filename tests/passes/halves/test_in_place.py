"""Calls that write their arguments by reference: what the caller sees is what it was."""

import numpy as np
import pytest

import srcad
from tests.gradient_checks import check
from tests.harness import as_plain_python
from tests.treatments import reversed_source

X = np.array([0.5, 1.25, 0.75, 1.5])


def counted(x, n, w):
    w[n % len(w)] += 1
    if n < 2:
        return x[n] * w[0]
    return counted(x, n - 1, w) * x[n] + counted(x, n - 2, w)


def swapped(x, y, n):
    if n == 0:
        return x[0] * y[1]
    y[n], y[0] = y[0], y[n] * x[n]
    return swapped(x, y, n - 1) + y[0]


def both_written(a, b, n):
    a[0] += 1
    b[0] += a[0]
    return 1 if n == 0 else both_written(b, a, n - 1) + a[0]


def scratch(x):
    w = np.zeros(2, np.int64)
    return counted(x, 3, w) * w[0] + counted(x, 2, w) * w[1]


def scratch_that_is_kept(x):
    w = np.zeros(2, np.int64)
    s = counted(x, 3, w)
    old = w[0]
    t = counted(x, 2, w)
    return s * old + t * w[0]


def seen_through_a_view(x):
    w = np.zeros(4, np.int64)
    v = w[1:3]
    s = counted(x, 3, v)
    return s * w[1] + x[0] * w[2]


def part_of_a_row(x):
    w = np.zeros((2, 3), np.int64)
    return counted(x, 3, w[1]) * w[1, 0] + counted(x, 2, w[0]) * w[0, 1]


def floats(x):
    y = x * x
    return swapped(x, y, 3) * y[1] + y[0]


def exchanged(x):
    a, b = np.zeros(1, np.int64), np.ones(1, np.int64)
    k = both_written(a, b, 3)
    return x[0] * k + x[1] * a[0] + x[2] * b[0]


PROGRAMS = [
    *(scratch, scratch_that_is_kept, seen_through_a_view, part_of_a_row, floats, exchanged),
]


@pytest.mark.parametrize("func", PROGRAMS)
def test_gradient(func):
    """Value, gradient and tangents are those of the function."""
    check(func, X)


def given(x, w):
    return counted(x, 3, w) * w[0] + counted(x, 2, w)


def test_the_callers_array():
    """An argument of the user's is copied once, and stays as it is."""
    w = np.zeros(2, np.int64)
    with as_plain_python():
        value, gradient = srcad.value_and_grad(given)(X, w)
    own = np.zeros(2, np.int64)
    assert value == given(X, own)
    assert not w.any()
    step = 1e-6
    slope = [
        (given(X + d, np.zeros(2, np.int64)) - given(X - d, np.zeros(2, np.int64))) / (2 * step)
        for d in step * np.eye(4)
    ]
    assert gradient == pytest.approx(slope, rel=1e-6, abs=1e-8)


def overlapping(x):
    y = x * x
    return swapped(y[:3], y[1:], 2)


def overlapping_integers(x):
    w = np.zeros(3, np.int64)
    k = both_written(w[:2], w[1:], 2)
    return x[0] * k + x[1] * w[1]


@pytest.mark.parametrize("func", [overlapping, overlapping_integers])
def test_shared_memory_is_seen(func):
    """What is written must not be given twice: nobody calls such a function unasked."""
    with as_plain_python(), pytest.raises(ValueError, match="share memory"):
        srcad.grad(func)(X)


def test_by_reference():
    """Recursive calls copy nothing, and ask nothing; the first one is on what is new."""
    source, _ = reversed_source(scratch, X)
    body = source[source.index("def counted_forward_in_place") :]
    assert ".copy()" not in body
    assert "overlaps" not in body
    source, _ = reversed_source(given, X, np.zeros(2, np.int64))
    assert "_in_place(" in source
