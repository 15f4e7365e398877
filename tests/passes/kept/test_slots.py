"""Where a value waits: in a second name, in an array of all iterations, or on a stack."""

import numpy as np
import pytest

from tests.treatments import check_pullback, reversed_source

X = np.array([0.5, 1.25, 0.75, 0.9])


def outside_loops(x):
    s = np.sin(x[0])
    t = s * x[1]
    for i in range(2):
        s = s * x[i]
    return s * t


def in_a_counted_loop(x):
    s = 1.0
    for i in range(x.size):
        s = np.sin(s) * x[i]
    return s


def from_another_start(x):
    s = 1.0
    for i in range(1, x.size):
        s = np.sin(s) * x[i]
    return s


def downwards_by_two(x):
    s = 1.0
    for i in range(3, -1, -2):
        s = np.sin(s) * x[i]
    return s


def upwards_by_three(x):
    s = 1.0
    for i in range(1, x.size, 3):
        s = np.sin(s) * x[i]
    return s


def step_that_is_a_name(x):
    s = 1.0
    k = 1 + int(x[0])
    for i in range(0, x.size, k):
        s = np.sin(s) * x[i]
    return s


def in_two_loops(x):
    s = 1.0
    for i in range(x.size):
        for j in range(1, 3):
            s = np.sin(s) * x[i] + x[j]
    return s


def in_a_triangle(x):
    s = 1.0
    for i in range(x.size):
        for j in range(i):
            s = np.sin(s) * x[i] + x[j]
    return s


def left_early(x):
    s = 1.0
    for i in range(x.size):
        s = np.sin(s) * x[i]
        if s < 0.3:
            break
    return s


def as_often_as_it_takes(x):
    s, i = 1.0, 0
    while s > 0.2 and i < 4:
        s = np.sin(s) * x[i]
        i += 1
    return s


def counted_in_a_while_loop(x):
    s, k = 1.0, 0
    while k < 2:
        for i in range(x.size):
            s = np.sin(s) * x[i]
        k += 1
    return s


def while_in_a_counted_loop(x):
    s = 1.0
    for i in range(x.size):
        k = 0
        while k < i:
            s = np.sin(s) * x[k]
            k += 1
        s = s * x[i]
    return s


def in_a_branch(x):
    s = 1.0
    for i in range(x.size):
        if i % 2 == 0:
            s = np.sin(s) * x[i]
    return s


def integers(x):
    s, k = 1.0, 1
    for i in range(x.size):
        k = (3 * k + i) % 4
        s = np.sin(s) * x[k]
    return s


def truth(x):
    s, up = 1.0, True
    for i in range(x.size):
        if up:
            s = s * x[0]
        up = x[i] > s
        if up:
            s = np.sin(s) * x[i]
    return s


def single_precision(x):
    s = x[0]
    for i in range(x.size - 1):
        s = s * s * x[i + 1]
    return s


TREATMENTS = {
    outside_loops: ("s", "scalar"),
    in_a_counted_loop: ("s", "slab"),
    from_another_start: ("s", "slab"),
    downwards_by_two: ("s", "slab"),
    upwards_by_three: ("s", "slab"),
    step_that_is_a_name: ("s", "stack"),
    in_two_loops: ("s", "slab"),
    in_a_triangle: ("s", "slab"),
    left_early: ("s", "stack"),
    as_often_as_it_takes: ("s", "stack"),
    counted_in_a_while_loop: ("s", "stack"),
    while_in_a_counted_loop: ("s", "stack"),
    in_a_branch: ("s", "slab"),
    integers: ("k", "slab"),
    truth: ("up", "slab"),
}


@pytest.mark.parametrize("func", list(TREATMENTS))
def test_slots(func):
    """The kind of slot, and the value that comes back from it."""
    assert TREATMENTS[func] in reversed_source(func, X)[1]
    check_pullback(func, X)


def test_types_of_slots():
    """What is kept has its own type; nothing is kept as a float that is none."""
    assert "k_saved = np.empty(n, np.int64)" in reversed_source(integers, X)[0]
    assert "up_saved = np.empty(n, np.bool_)" in reversed_source(truth, X)[0]
    source, _ = reversed_source(single_precision, X.astype(np.float32))
    assert ", np.float32)" in source
