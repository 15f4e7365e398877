"""Loops over unsigned integers: the derivative counts as the program does."""

import numpy as np
import pytest

import srcad
from tests.array_checks import check, parametrized, programs

PROGRAMS = programs()
X = np.array([0.5, 1.5, 0.9, 0.3])
COUNTS = np.array([2, 1, 0, 3], np.uint8)


@PROGRAMS((X, COUNTS), (X, COUNTS.astype(np.uint64)), (X, COUNTS.astype(np.int64)))
def rows_of_unsigned_lengths(x, counts):
    s = x[0]
    for i in range(counts.size):
        for j in range(counts[i]):
            s = s * x[j] + x[j]
    return s


@PROGRAMS((X, np.uint64(2), np.uint64(2**63 + 4096)), (X, 2, np.uint64(2**63 + 4096)))
def filled_with_more_than_is_signed(x, n, k):
    a = np.full(n, k)
    return x[0] * a[1] * x[1]


@PROGRAMS((X, np.uint64(3)), (X, np.uint64(0)), (X, np.uint8(4)))
def while_inside(x, n):
    s = x[0]
    for i in range(n):
        k = 0
        while k < i:
            s = s * x[k] + x[i]
            k += 1
    return s


@PROGRAMS((X, np.uint8(1), np.uint64(4)))
def both_bounds(x, low, high):
    s = x[0]
    for i in range(low, high):
        if s > 1.0:
            break
        s = s * x[i] + x[i]
    return s


@PROGRAMS((X, np.uint64(2)), (X, np.uint8(3)))
def extents(x, k):
    y = np.zeros((k, 2))
    s = 1.0
    for i in range(4):
        y[i % k, 0] += x[i]
        s *= y[i % k, 0]
    return s * np.sum(y + np.full(2, x[0]))


@parametrized(PROGRAMS)
def test_unsigned_loops(func, args, mutates):
    """As plain Python."""
    check(func, args, mutates)


@pytest.mark.compiled
@pytest.mark.parametrize(
    ("func", "args"),
    [
        (rows_of_unsigned_lengths, (X, COUNTS.astype(np.uint64))),
        (while_inside, (X, np.uint64(3))),
        (extents, (X, np.uint64(2))),
    ],
)
def test_unsigned_loops_compiled(func, args):
    """Numba makes floats of unsigned integers that meet signed ones."""
    signed = (X, args[1].astype(np.int64))
    found, expected = srcad.value_and_grad(func)(*args), srcad.value_and_grad(func)(*signed)
    assert found[0] == expected[0]
    assert np.array_equal(found[1], expected[1])
