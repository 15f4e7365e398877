"""Lengths of loops that are computed before: only what surely runs, only as much as there is."""

import numpy as np
import pytest

import srcad
from tests.array_checks import check, parametrized, programs
from tests.harness import as_plain_python

PROGRAMS = programs()
X = np.array([0.5, 1.5, 0.9, 0.3])
COUNTS = np.array([2, 0, 1])


@PROGRAMS((X, COUNTS, 0), (X, np.arange(8), 2))
def length_read_in_no_iteration(x, counts, n):
    s = x[0]
    for _ in range(n):
        m = counts[7]
        for j in range(m - 3):
            s = s * x[j] + x[j]
    return s


@PROGRAMS((X, COUNTS, 3, 0), (X, COUNTS, 1, 2))
def length_read_in_no_inner_iteration(x, counts, n, k):
    s = x[0]
    for i in range(n):
        for _ in range(k):
            m = counts[i + 2]
            for j in range(m):
                s = s * x[j] + x[j]
    return s


@PROGRAMS((X, COUNTS, 3))
def length_read_in_every_iteration(x, counts, n):
    s = x[0]
    for i in range(n):
        m = counts[i]
        for j in range(m):
            s = s * x[j] + x[j]
    return s


@PROGRAMS((X, 0), (X, 2))
def divisor_under_a_test(x, k):
    s = x[0]
    for _ in range(3):
        if k > 0:
            for j in range(4 // k):
                s = s * x[j] + x[j]
    return s


@PROGRAMS((X, 10**12), (X, 3))
def length_under_a_test(x, k):
    s = x[0]
    for _ in range(3):
        if k < x.size:
            for j in range(k):
                s = s * x[j] + x[j]
    return s


@PROGRAMS((X, 2), (X, -1))
def length_of_an_array_under_a_test(x, k):
    s = x[0]
    for i in range(3):
        if i < k:
            for j in range(1, x.size - 1):
                s = s * x[j] + x[j]
    return s


@PROGRAMS((X, 10**12), (X, 2))
def smaller_of_two_under_a_test(x, k):
    s = x[0]
    for i in range(3):
        if i < 2:
            for j in range(min(k, x.size)):
                s = s * x[j] + x[j]
    return s


@PROGRAMS((X, 10**12), (X, 1))
def length_by_the_index_under_a_test(x, k):
    s = x[0]
    for i in range(3):
        if i * k < x.size:
            for j in range(i * k):
                s = s * x[j] + x[j]
    return s


ON_STACKS = {divisor_under_a_test, length_under_a_test, length_by_the_index_under_a_test}


@parametrized(PROGRAMS)
def test_lengths_of_what_surely_runs(func, args, mutates):
    """What may not run asks for no memory, and does not fail."""
    check(func, args, mutates)
    source = srcad.differentiate(func).inspect_adjoint(*args, compiled=True)
    assert ("grown(" in source) == (func in ON_STACKS)


def test_rows_outside_the_array():
    """A length outside its array is the same mistake as in the program."""
    with as_plain_python(), pytest.raises(IndexError):
        srcad.grad(length_read_in_every_iteration)(X, COUNTS, 4)
