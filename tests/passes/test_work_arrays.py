"""Work arrays: made once only with their exceptions, filled in vain only where it shows."""

import numpy as np
import pytest

from tests.array_checks import programs
from tests.bits import check_bits

X = np.array([0.3, -0.7, 1.1])
PROGRAMS = programs()


@PROGRAMS((X, -3), (X, 0), (X, 2))
def size_that_may_be_negative(x, n):
    s = 0.0
    for i in range(x.size):
        t = np.empty(n)
        if n > 0:
            t[0] = x[i]
            s += t[0] * t[0]
    return s


@PROGRAMS((X, -3, 0), (X, 2, 0), (X, 2, 3), (X, -2, 3))
def loop_that_may_not_run(x, n, m):
    s = 0.0
    for i in range(m):
        t = np.empty(n)
        for j in range(n):
            t[j] = x[i] * x[j]
        for j in range(n):
            s += t[j] * t[j]
    return s


@PROGRAMS((X, -3, 0.0), (X, 2, 0.5), (X, -2, 2.0))
def while_that_may_not_run(x, n, most):
    s = 0.0
    while s < most:
        t = np.empty(n)
        for j in range(n):
            t[j] = x[0] * x[j] + 0.5
        for j in range(n):
            s += t[j] * t[j]
    return s * x[1]


HUGE = 2**59


@PROGRAMS((X, HUGE, 0), (X, 2, 0), (X, 2, 3))
def too_large_for_a_loop_that_does_not_run(x, n, m):
    s = x[0]
    for i in range(m):
        t = np.empty(n)
        for j in range(n):
            t[j] = x[i] * x[j]
        for j in range(n):
            s += t[j] * t[j]
    return s


@PROGRAMS((X, HUGE, 0.0), (X, 2, 0.5))
def too_large_for_a_while_that_does_not_run(x, n, most):
    s = 0.0
    while s < most:
        t = np.empty(n)
        for j in range(n):
            t[j] = x[0] * x[j] + 0.5
        for j in range(n):
            s += t[j] * t[j]
    return s * x[1]


@PROGRAMS((X, HUGE), (X, 2))
def too_large_after_an_exception(x, n):
    s = x[0]
    for i in range(x.size):
        if n > 3:
            raise RuntimeError("too large")
        t = np.empty(n)
        for j in range(n):
            t[j] = x[i] * x[j]
        for j in range(n):
            s += t[j] * t[j]
    return s


@PROGRAMS((X, -3), (X, 2))
def raises_before_it(x, n):
    s = 0.0
    for i in range(x.size):
        if x[i] < -0.5:
            raise RuntimeError("early")
        t = np.empty(n)
        for j in range(n):
            t[j] = x[i] * x[j]
        for j in range(n):
            s += t[j] * t[j]
    return s


@PROGRAMS((X, 3), (X, 1), (X, 0))
def size_that_sinks(x, n):
    s = 0.0
    for i in range(x.size):
        t = np.empty(n - i)
        for j in range(n - i):
            t[j] = x[i] * x[j]
        for j in range(n - i):
            s += t[j] * t[j]
    return s


@PROGRAMS((X, -2), (X, 1))
def matrix_with_one_bad_axis(x, n):
    s = 0.0
    for i in range(x.size):
        t = np.empty((x.size, n))
        for j in range(x.size):
            for k in range(n):
                t[j, k] = x[i] * x[j]
        for j in range(x.size):
            for k in range(n):
                s += t[j, k] * t[j, k]
    return s


@PROGRAMS((X,), (np.array([-0.0, 0.0, -0.0]),))
def zeros_that_are_added_to(x):
    y = np.zeros(3)
    for i in range(3):
        y[i] += x[i]
    return y[0] * 1.0


@PROGRAMS((X,), (np.array([-0.0, 0.0, -0.0]),))
def zeros_named_like_a_derivative(x):
    y_bar = np.zeros(3)
    for i in range(3):
        y_bar[i] += x[i]
    return y_bar[0] * 1.0


@PROGRAMS((X,), (np.array([-0.0, 0.0, -0.0]),))
def zeros_by_shape(x):
    y = np.zeros(x.size)
    for i in range(x.size):
        y[i] -= x[i]
    return y[0] * 1.0 + y[1] * 0.0


@PROGRAMS((X,), (np.array([-0.0, 0.0, -0.0]),))
def zeros_like_the_argument(x):
    y = np.zeros_like(x)
    for i in range(x.size):
        y[i] += x[i] * 1.0
    return np.copysign(1.0, y[2]) * x[0] + y[0]


@PROGRAMS((X,), (np.array([-0.0, 0.0, -0.0]),))
def matrix_of_zeros(x):
    y = np.zeros((3, 3))
    for i in range(3):
        for j in range(3):
            y[i, j] += x[j]
            y[i, j] += y[i, j] * x[i]
    return np.copysign(1.0, y[2, 2]) * x[0] + y[0, 1]


@PROGRAMS((X,))
def zeros_of_which_not_all_are_added_to(x):
    y = np.zeros(3)
    for i in range(2):
        y[i] += x[i]
    return y[0] * x[0] + y[2] * x[1]


@PROGRAMS((X, 2), (X, 3))
def zeros_that_another_loop_reads(x, n):
    y = np.zeros(3)
    for i in range(n):
        y[i] += x[i]
    return y[0] * x[0] + y[2] * x[1]


@PROGRAMS((X,))
def zeros_added_to_in_a_branch(x):
    y = np.zeros(3)
    for i in range(3):
        if x[i] > 0.0:
            y[i] += x[i]
    return y[0] * x[0] + y[1] * x[2]


@PROGRAMS((X,))
def zeros_read_by_the_next_element(x):
    y = np.zeros(3)
    for i in range(3):
        y[i] += x[i]
        if i < 2:
            y[i + 1] = 0.5
    return y[0] * x[0] + y[1] * x[2]


@PROGRAMS((X,))
def work_that_the_last_iteration_has_left(x):
    s = 0.0
    t = np.zeros(3)
    for i in range(3):
        s += t[i] * x[i]
        t = np.zeros(3)
        for j in range(3):
            t[j] = x[j] * x[i]
    return s


@PROGRAMS((X, 2), (X, 0))
def work_that_is_read_after_the_loop(x, n):
    t = np.ones(2)
    for i in range(n):
        t = np.zeros(2)
        for j in range(2):
            t[j] = x[j] * x[i]
    return t[0] * t[1]


@PROGRAMS((X,))
def zeros_filled_differently_each_time(x):
    s = 0.0
    for i in range(3):
        t = np.zeros(3)
        for j in range(i):
            t[j] = x[j] * x[i]
        s += t[0] + t[1] * x[1]
    return s


@PROGRAMS((X,))
def zeros_filled_backwards_each_time(x):
    s = 0.0
    for i in range(3):
        t = np.zeros(3)
        for j in range(i, 3):
            t[j] = x[j] * x[i]
        s += t[0] + t[1] * x[1]
    return s


@PROGRAMS((X, np.array([0, 2, 1])))
def zeros_filled_at_indices_of_data(x, at):
    s = 0.0
    for i in range(3):
        t = np.zeros(3)
        t[at[i]] = x[i]
        s += t[0] * x[1] + t[1] * x[2]
    return s


@PROGRAMS((X,))
def two_arrays_of_two_iterations(x):
    s = 0.0
    old = np.zeros(3)
    for i in range(3):
        t = np.zeros(3)
        for j in range(3):
            t[j] = x[j] * x[i]
        s += old[0] * t[1]
        old = t
    return s


@pytest.mark.parametrize(
    ("func", "args"), [(func, args) for func, *rows, _ in PROGRAMS for args in rows]
)
def test_work_arrays(func, args):
    """Values, signs of zeros and exceptions are those of the function."""
    check_bits(func, *args)
