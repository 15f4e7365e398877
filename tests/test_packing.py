"""What is kept in loops whose lengths vary: packed rows where the lengths are known before."""

from unittest import mock

import numpy as np
import pytest

import srcad
from tests.array_checks import check, parametrized, programs, vec
from tests.harness import as_plain_python
from tests.test_overwritten import made_orthogonal

program = programs()
PTR = np.array([0, 2, 2, 5])


@program((vec(5),), (vec(1),), (vec(0),))
def triangle(x):
    x = x.copy()
    for i in range(len(x)):
        for k in range(i):
            x[i] = np.sin(x[i]) * x[k] + x[i]
        for k in range(len(x) - 1, i, -1):
            x[i] = x[i] * np.cos(x[k])
    return np.sum(x * x)


@program((vec(5),), (vec(2),))
def three_deep(x):
    s = 1.0
    for i in range(len(x)):
        for j in range(i + 1, len(x)):
            for k in range(j - 1, i - 1, -1):
                s = np.sin(s * x[k]) + x[i] * x[j]
    return s


@program((vec(3), 2), (vec(3), 0))
def the_same_triangle_again(x, steps):
    s = 1.0
    for _ in range(steps):
        for i in range(len(x)):
            for _ in range(2):
                for k in range(i):
                    s = s * np.cos(x[k] * s) + x[i]
    return s


@program((vec(7), 2), (vec(7), 9), (vec(1), 1))
def banded(x, width):
    s = 0.5
    for i in range(0, len(x), 2):
        for k in range(max(0, i - width), min(len(x), i + width + 1)):
            s = np.sin(s) * x[k] + x[i]
    return s


@program(
    (vec(5), PTR),
)
def rows_of_a_sparse_matrix(x, ptr):
    s = 0.5
    for i in range(len(ptr) - 1):
        for k in range(ptr[i], ptr[i + 1]):
            s = np.sin(s) * x[k] + s
    return s


@program((vec(6),))
def steps_of_two(x):
    s = 0.5
    for i in range(len(x), 0, -2):
        for k in range(len(x) - 1, i - 4, -3):
            s = np.sin(s) * x[k % 6] + s
    return s


@program((vec(4),))
def bounds_reassigned(x):
    s = 0.5
    m = 1
    n = m + 3
    m = 2
    for i in range(n):
        top = i + m
        for k in range(top // 2):
            s = np.sin(s) * x[k] + s * x[i]
    return s


@program((vec(3, 4),), (vec(0, 4),), (vec(2, 1),))
def in_each_row(x):
    total = 0.0
    for b in range(x.shape[0]):
        s = 0.5
        for i in range(x.shape[1]):
            for k in range(i):
                s = np.sin(s) * x[b, k] + x[b, i]
        total += s * s
    return total


@program(
    (vec(4, 5), PTR),
)
def in_rows_of_their_own_lengths(x, ptr):
    total = 0.0
    for b in range(x.shape[0]):
        s = 0.5
        n = ptr[b] if b < 2 else b + 1
        for i in range(b, n + 1):
            for k in range(i, n + b - 2):
                s = np.sin(s) * x[b, k] + x[b, i]
        total += s * s
    return total


@program((vec(4),))
def a_table_that_is_written(x):
    ends = np.zeros(4, np.int64)
    s = 0.5
    for i in range(4):
        ends[i] = i
        for k in range(ends[i]):
            s = np.sin(s) * x[k] + s
    return s


@program((vec(4),))
def under_a_condition(x):
    s = 0.5
    for i in range(4):
        if x[i] > 0.3:
            for k in range(i):
                s = np.sin(s) * x[k] + s
    return s


@program((vec(4),))
def left_early(x):
    s = 0.5
    for i in range(4):
        for k in range(i):
            s = np.sin(s) * x[k] + s
            if s > 0.7:
                break
    return s


@program((vec(4),))
def length_of_the_loop_before(x):
    s = 0.5
    m = 0
    for i in range(4):
        for k in range(m):
            s = np.sin(s) * x[k] + s
        m = i % 3
    return s


@program((vec(4), PTR))
def refused_on_the_way(x, ptr):
    s = 0.5
    for i in range(3):
        if i >= len(ptr):
            raise ValueError
        for k in range(ptr[i]):
            s = np.sin(s) * x[k] + s
    return s


STACKS = {
    a_table_that_is_written,
    under_a_condition,
    left_early,
    length_of_the_loop_before,
    refused_on_the_way,
}


@parametrized(program)
def test_lengths_that_vary(func, args, mutates):
    """The right derivative, in rows of the right lengths or on a stack."""
    check(func, args, mutates)
    source = srcad.differentiate(func).inspect_adjoint(*args, compiled=True)
    assert ("grown(" in source) == (func in STACKS)
    assert ("rows = " in source) == (func not in STACKS)


def test_rows_are_as_long_as_the_loops():
    """No more is kept than the loops make."""
    sizes = []

    def counted(array):
        sizes.append(array.size)
        return array

    with as_plain_python(), mock.patch("tests.harness.poisoned", counted):
        srcad.grad(banded)(np.ones(5), 1)
    assert sorted(sizes) == [3, 7, 7]


def test_again():
    """A derivative with packed rows has derivatives itself."""
    x, v = np.random.default_rng(4).standard_normal((2, 5))

    gradient = srcad.grad(triangle)
    with as_plain_python():
        _, forward = srcad.jvp(gradient, (x,), (v,))
        _, pullback = srcad.vjp(gradient, x)
        (reverse,) = pullback(v)
        step, slope = 1e-5, srcad.grad(triangle)
        expected = (slope(x + step * v) - slope(x - step * v)) / (2 * step)
    assert forward == pytest.approx(expected, rel=1e-6)
    assert reverse == pytest.approx(expected, rel=1e-6)


@pytest.mark.compiled
def test_compiled():
    """The same from compiled code, with bounds checked."""
    x = np.random.default_rng(3).standard_normal((5, 3))
    compiled = srcad.grad(srcad.differentiate(made_orthogonal, boundscheck=True))(x)
    with as_plain_python():
        assert compiled == pytest.approx(srcad.grad(made_orthogonal)(x), abs=1e-12)
