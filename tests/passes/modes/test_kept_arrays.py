"""Arrays of calls that are lost when the reverse sweep needs them: slabs, stacks, extents."""

import numpy as np
import pytest

from tests.array_checks import check
from tests.treatments import reversed_source, treatments

A = np.array([[0.9, 0.5, 0.1], [0.3, 1.1, 0.2], [0.4, 0.1, 0.8]])
V = np.array([0.7, -0.4, 1.2])


def extents_known_before(a, v):
    w = v.copy()
    s = 0.0
    for k in range(3):
        u = np.dot(a, w)
        s += u[k] * u[0]
        w[k] = u[1] * 0.5
    return s


def extents_by_the_iteration(a, v):
    w = v.copy()
    s = 0.0
    for k in range(1, 4):
        u = np.dot(a[:k, :k], w[:k])
        s += u[k - 1] * u[0]
        w[k - 1] = u[0] * 0.5
    return s


def extents_of_a_matrix_by_the_iteration(a, v):
    s = v[0]
    for k in range(1, 4):
        b = a[:k] * s
        c = np.dot(b, a[:, :k])
        s = s * 0.5 + np.sum(c * c)
    return s


def as_often_as_it_takes(a, v):
    w = v.copy()
    s = 1.0
    while s < 20.0:
        u = np.dot(a, w)
        s = s * (1.1 + u[0] * u[1])
        w[0] = u[1] * 0.5 + u[2]
    return s


def one_copy_for_two_calls(a, v):
    s = v[0]
    for k in range(3):
        b = a * s
        t = np.dot(b, v)
        u = np.dot(b.T, t)
        s = s * 0.5 + u[k] * t[0]
    return s


def written_between_two_calls(a, v):
    s = v[0]
    for k in range(3):
        b = a * s
        t = np.dot(b, v)
        b[0, 1] = t[0] * 0.25
        u = np.dot(b.T, t)
        s = s * 0.5 + u[k] * t[0]
    return s


def result_that_is_needed(a, v):
    w = v.copy()
    s = 0.0
    for k in range(3):
        b = a + w[k]
        u = np.linalg.solve(b, v)
        s += u[k] * u[0]
        w[k] = u[1] * 0.5
    return s


def result_by_the_iteration(a, v):
    s = v[0]
    for k in range(1, 4):
        u = np.linalg.solve(a[:k, :k] * s, v[:k])
        s = s + u[k - 1] * u[0] * 0.1
    return s


def in_two_loops(a, v):
    w = v.copy()
    s = 0.0
    for i in range(2):
        for k in range(1, 3):
            u = np.dot(a, w)
            s += u[k] * u[i]
            w[k] = u[1] * 0.5
    return s


def in_a_branch(a, v):
    w = v.copy()
    s = 0.0
    for k in range(3):
        if k != 1:
            u = np.dot(a, w)
            s += u[k] * u[0]
        w[k] = s * 0.5
    return s


def left_early(a, v):
    w = v.copy()
    s = 0.0
    for k in range(3):
        u = np.dot(a, w)
        s += u[k] * u[0]
        if k == 1:
            break
        w[k] = u[1] * 0.5
    return s


def downwards(a, v):
    w = v.copy()
    s = 0.0
    for k in range(2, -1, -2):
        u = np.dot(a, w)
        s += u[k] * u[0]
        w[k] = u[1] * 0.5
    return s


def no_iteration(a, v):
    w = v.copy()
    s = w[0]
    for k in range(3, 3):
        u = np.dot(a, w)
        s += u[k] * u[0]
        w[k] = u[1] * 0.5
    return s


def outside_loops(a, v):
    w = v.copy()
    u = np.dot(a, w)
    w[0] = u[1] * u[2]
    return np.dot(u, w)


PROGRAMS = [
    extents_known_before,
    extents_by_the_iteration,
    extents_of_a_matrix_by_the_iteration,
    as_often_as_it_takes,
    one_copy_for_two_calls,
    written_between_two_calls,
    result_that_is_needed,
    result_by_the_iteration,
    in_two_loops,
    in_a_branch,
    left_early,
    downwards,
    no_iteration,
    outside_loops,
]


@pytest.mark.parametrize("func", PROGRAMS)
def test_arrays_as_they_were(func):
    """The arguments of a call, and its results, as they were when it ran."""
    check(func, (A, V))


@pytest.mark.parametrize(
    ("func", "name", "treatment"),
    [
        (extents_known_before, "w", "slab"),
        (in_two_loops, "w", "slab"),
        (downwards, "w", "slab"),
        (in_a_branch, "w", "slab"),
        (as_often_as_it_takes, "w", "stack"),
        (left_early, "w", "slab"),
    ],
)
def test_where_they_are_kept(func, name, treatment):
    """All of a counted loop in one array, elements on a stack where their number is open."""
    assert treatments(func, A, V)[name] == treatment


def test_one_copy_while_nothing_changes():
    """A second call of the block finds the copy of the first, unless the array was written."""
    programs = one_copy_for_two_calls, written_between_two_calls
    sources = [reversed_source(func, A, V)[0] for func in programs]
    assert ["b_saved_1" in source for source in sources] == [False, True]
