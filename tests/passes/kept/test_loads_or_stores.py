"""Elements that are overwritten: is what was read kept, or what was there put back?"""

import numpy as np
import pytest

from tests.treatments import check_pullback, reversed_source

Q = np.array([[0.9, 0.2, 0.4], [0.3, 1.1, 0.5], [0.6, 0.7, 0.8]])


def a_write_for_each_read(x):
    q = x.copy()
    t = 0.0
    for k in range(2):
        for j in range(3):
            t += q[k, j] * q[2, j]
        for j in range(3):
            q[2, j] -= t * q[k, j]
    return q[2, 0] * t


def one_read_of_many_writes(x):
    q = x.copy()
    s = 1.0
    for i in range(3):
        s = s * q[i, i]
        for j in range(3):
            q[i, j] = s * x[j, i]
    return s * q[0, 1]


def many_reads_of_one_write(x):
    q = x.copy()
    s = 1.0
    for i in range(3):
        for j in range(3):
            s = s + q[0, 0] * x[i, j] * s
        q[0, 0] = s * 0.1
    return s


def two_reads_of_one_write(x):
    q = x.copy()
    s = 1.0
    for i in range(3):
        s = s * q[0, i] + q[0, 2 - i] * s
        q[0, i] = s * 0.1
    return s * q[0, 1]


def loops_of_other_lengths(x):
    q = x.copy()
    s = 1.0
    for i in range(2):
        for j in range(3):
            s = s + q[i, j] * s
        for j in range(2):
            q[i, j] = s * 0.1
    return s * q[0, 0]


def loops_of_other_starts(x):
    q = x.copy()
    s = 1.0
    for i in range(2):
        for j in range(3):
            s = s + q[i, j] * s
        for j in range(1, 3):
            q[i, j] = s * 0.1
    return s * q[0, 0]


def write_under_a_test(x):
    q = x.copy()
    s = 1.0
    for i in range(3):
        s = s * q[0, i] * q[0, i] + s
        if x[i, i] > 0.85:
            q[0, i] = s * 0.1
    return s * q[0, 1] * q[0, 2]


def read_and_write_under_one_test(x):
    q = x.copy()
    s = 1.0
    for i in range(3):
        if x[i, i] > 0.85:
            s = s * q[0, i] * q[0, i] + s
            q[0, i] = s * 0.1
    return s * q[0, 1] * q[0, 2]


def write_in_a_loop_with_an_end(x):
    q = x.copy()
    s = 1.0
    for i in range(2):
        for j in range(3):
            s = s + q[i, j] * s
        for j in range(3):
            q[i, j] = s * 0.1
            if s > 2.0:
                break
    return s * q[0, 0]


def read_and_write_until_one_end(x):
    q = x.copy()
    s = 1.0
    for j in range(3):
        s = s + q[0, j] * s
        q[0, j] = s * 0.1
        if s > 3.0:
            break
    return s * q[0, 0] * q[0, 2]


def read_as_a_view(x):
    q = x.copy()
    s = 1.0
    for i in range(2):
        row = q[i]
        for j in range(3):
            s = s + row[j] * s
        for j in range(3):
            q[i, j] = s * 0.1
    return s * q[0, 0]


def read_by_a_call(x):
    q = x[0].copy()
    s = 1.0
    for i in range(3):
        u = np.dot(x, q)
        s = s + u[i] * u[0]
        q[i] = s * 0.1
    return s * q[0]


def bounds_by_another_name(x):
    q = x.copy()
    n = int(x[0, 0] + 2.5)
    s = 1.0
    for i in range(n - 1):
        m = n
        for j in range(n):
            s = s + q[i, j] * s
        for j in range(m):
            q[i, j] = s * 0.1
    return s * q[0, 0]


def bounds_that_change(x):
    q = x.copy()
    m = 1
    s = 1.0
    for i in range(2):
        for j in range(m):
            s = s + q[i, j] * s
        m += 1
        for j in range(m):
            q[i, j] = s * 0.1
    return s * q[0, 0] * q[1, 2]


def a_loop_without_number(x):
    q = x.copy()
    s, j = 1.0, 0
    while j < 3:
        s = s + q[0, j] * s
        q[0, j] = s * 0.1
        j += 1
    return s * q[0, 0]


KEPT = {
    a_write_for_each_read: True,
    one_read_of_many_writes: True,
    many_reads_of_one_write: False,
    two_reads_of_one_write: False,
    loops_of_other_lengths: False,
    loops_of_other_starts: False,
    write_under_a_test: False,
    read_and_write_under_one_test: True,
    write_in_a_loop_with_an_end: False,
    read_and_write_until_one_end: True,
    read_as_a_view: True,
    read_by_a_call: False,
    bounds_by_another_name: False,
    bounds_that_change: False,
    a_loop_without_number: True,
}


@pytest.mark.parametrize("func", list(KEPT))
def test_what_is_kept(func):
    """What was read, if surely no more is read than overwritten; else elements are put back."""
    check_pullback(func, Q)
    notes = reversed_source(func, Q)[1]
    names = {name for name, treatment in notes if treatment in {"slab", "stack", "scalar"}}
    assert bool(names & {"q", "row"}) != KEPT[func], notes
