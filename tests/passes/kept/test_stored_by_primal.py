"""Values that the program has put into an array: read there while they stay."""

import math

import numpy as np
import pytest

from tests.treatments import check_pullback, reversed_source

X = np.array([0.5, 1.25, 0.75, 0.9])


def stays_in_the_array(x):
    y = np.empty(x.size)
    for i in range(x.size):
        e = math.exp(x[i])
        y[i] = e
    return y[0] * y[1] * y[2]


def is_overwritten_by_the_next_loop(x):
    y = np.empty(x.size)
    for i in range(x.size):
        e = math.exp(x[i])
        y[i] = e
    for i in range(x.size):
        y[i] = y[i] * y[i]
    return y[0] * y[1] * y[2]


def is_overwritten_by_the_next_iteration(x):
    y = np.empty(x.size + 1)
    for i in range(x.size):
        e = math.exp(x[i])
        y[i + 1] = e
        y[i] = x[i]
    return y[0] * y[1] * y[4]


def is_overwritten_by_the_last_iteration(x):
    y = np.empty(x.size + 1)
    for i in range(x.size):
        e = math.exp(x[i])
        y[i + 1] = e
        y[0] = e * x[i]
    return y[0] * y[1] * y[4]


def one_element_for_all(x):
    y = np.empty(1)
    s = 1.0
    for i in range(x.size):
        e = math.exp(x[i])
        y[0] = e
        s = s + e * y[0]
    return s * y[0]


def array_of_the_iteration(x):
    s = 1.0
    for i in range(x.size):
        y = np.empty(2)
        e = math.exp(x[i])
        y[0] = e
        y[1] = x[0]
        s = s + y[0] * y[1]
    return s


def arrays_that_are_swapped(x):
    y, z = np.ones(x.size), np.ones(x.size)
    for i in range(x.size):
        e = math.exp(x[i])
        y[i] = e * z[0]
        y, z = z, y
    return y[0] * y[1] * z[2] * z[3]


def stored_as_another_type(x):
    y = np.empty(x.size, np.float32)
    for i in range(x.size):
        e = math.exp(x[i])
        y[i] = e
    s = x[1]
    for i in range(x.size):
        s = s * y[i]
    return s


def stored_before_it_changes(x):
    y = np.empty(x.size)
    s = 1.0
    for i in range(x.size):
        e = math.exp(x[i])
        y[i] = e
        e = e + x[0]
        s = s + e * e
    return s * y[0]


def stored_in_a_branch(x):
    y = np.ones(x.size)
    for i in range(x.size):
        e = math.exp(x[i])
        if x[i] > 0.7:
            y[i] = e
    return y[0] * y[1] * y[2]


def carried_and_stored(x):
    y = np.empty(x.size)
    s = 1.0
    for i in range(x.size):
        s = math.sin(s) * x[i]
        y[i] = s
    return y[3] * y[1]


def read_only_part_of_a_product(x):
    y = np.empty(x.size)
    for i in range(x.size):
        t = x[i] * x[i]
        y[i] = t
        x0 = math.exp(t)
        y[i] = x0 + t
    return y[0] * y[1]


def name_that_may_be_another_array_later(x):
    y = np.empty(x.size)
    for i in range(x.size):
        e = math.exp(x[i])
        y[i] = e
    s = y[0] * y[1]
    if x[0] > 0.2:
        y = x * 2.0
    return s * y[2]


def element_of_another_array(x):
    y = np.empty(x.size)
    s = 1.0
    for i in range(x.size):
        t = x[i]
        y[i] = t
        s = s * t
    return s * y[2]


def kept_outside_loops(x):
    y = np.empty(2)
    e = math.exp(x[0])
    y[0] = e
    y[1] = e * x[1]
    return y[0] * y[1]


PROGRAMS = {
    stays_in_the_array: True,
    is_overwritten_by_the_next_loop: False,
    is_overwritten_by_the_next_iteration: False,
    is_overwritten_by_the_last_iteration: True,
    one_element_for_all: False,
    array_of_the_iteration: False,
    arrays_that_are_swapped: False,
    stored_before_it_changes: True,
    stored_in_a_branch: False,
    carried_and_stored: False,
    read_only_part_of_a_product: False,
    name_that_may_be_another_array_later: False,
    element_of_another_array: False,
    kept_outside_loops: False,
}


@pytest.mark.parametrize("func", list(PROGRAMS))
def test_read_where_it_was_stored(func):
    """Nothing is stored a second time; what is no longer there, is."""
    check_pullback(func, X)
    notes = {treatment for _, treatment in reversed_source(func, X)[1]}
    assert ("read" in notes) == PROGRAMS[func]


def test_another_type_keeps_another_number():
    """An array of single precision does not hold what was stored there."""
    notes = {treatment for _, treatment in reversed_source(stored_as_another_type, X)[1]}
    assert "read" not in notes
    check_pullback(stored_as_another_type, X, tol=1e-6)


def test_no_array_is_moved_to_have_an_element_again():
    """Where the array has another name by then, the value is stored, and all else stays."""
    assert "pool" not in reversed_source(name_that_may_be_another_array_later, X)[0]
