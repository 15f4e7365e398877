"""Loops with calls are swept once: what the calls have got is there at the end of the iteration."""

import numpy as np
import pytest

from tests.array_checks import check
from tests.passes.modes.test_single_sweep import swept_once

A = np.array([[0.9, -0.4, 0.7], [1.3, 0.2, -0.6], [0.1, 0.8, 0.5], [0.6, -0.7, 0.3]])
B = np.array([[0.5, 0.1, -0.3], [0.4, 1.2, 0.6], [0.7, 0.9, -1.1]])


def products_of_columns(a, b):
    s = 0.0
    for i in range(a.shape[1]):
        s += np.sum(a[:, i] @ a[:, i:])
    return s * b[0, 0]


def filled_for_each_call(a, b):
    s = 0.0
    w = np.empty((3, 3))
    for i in range(a.shape[0]):
        for j in range(3):
            for k in range(3):
                w[j, k] = b[j, k] * a[i, k]
        s += np.sum(np.dot(w, b))
    return s


def solved_for_each_row(a, b):
    s = 0.0
    for i in range(a.shape[0]):
        w = b * b[i % 3]
        s += np.linalg.solve(w, a[i])[0]
    return s


def written_after_the_call(a, b):
    s = 0.0
    for i in range(a.shape[0]):
        w = b * a[i]
        s += np.sum(np.dot(w, b))
        w[0, 0] = a[i, 1]
        s += w[0, 0] * w[0, 1]
    return s


def written_between_calls(a, b):
    s = 0.0
    w = b * 2.0
    for i in range(a.shape[0]):
        s += np.sum(np.dot(w, b) * a[i])
        w[i % 3, 0] = a[i, 2]
    return s


def written_by_a_later_round(a, b):
    s = 0.0
    for i in range(2):
        w = b * a[i]
        for j in range(3):
            s += np.sum(np.dot(w, b))
            w[j, 0] = a[i, j]
    return s


def passed_on(a, b):
    w = b * 1.0
    for i in range(a.shape[0]):
        w = np.dot(w, b) * a[i]
    return np.sum(w)


ONCE = [products_of_columns, filled_for_each_call]
OTHERS = [written_after_the_call, written_between_calls, written_by_a_later_round]
OTHERS += [solved_for_each_row]


@pytest.mark.parametrize("func", [*ONCE, *OTHERS, passed_on])
def test_derivative(func):
    check(func, (A, B))
    if func is not written_by_a_later_round:
        check(func, (A[:0], B))


def test_what_is_swept_once():
    found = {func.__name__ for func in (*ONCE, *OTHERS) if swept_once(func, A, B)}
    assert found == {func.__name__ for func in ONCE}
