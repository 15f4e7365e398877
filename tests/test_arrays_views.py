"""Views that are written through, and those that are refused because they are copies."""

import numpy as np
import pytest

import srcad
from tests.array_checks import check, parametrized, programs, vec
from tests.harness import as_plain_python

program = programs()
refused = programs()


@program((vec(6),))
def reshaped_and_read(x):
    a = np.zeros(6)
    a[:] = x * x
    return np.sum(a.reshape(2, 3)[1]) + np.sum(a.ravel() * x)


@program((vec(2, 3),))
def written_through_a_transpose(x):
    a = x * 1.0
    b = a.T
    b[0, 1] = 5.0 * x[0, 0]
    a[0, 2] = 2.0
    return np.sum(a * a) + np.sum(b * x.T), a


@program((vec(2, 3),))
def rows_of_a_transpose(x):
    a = x.copy()
    b = a.T
    b[1] *= 3.0
    b[:, 0] += x[0]
    return a


@program((vec(6),))
def reshaped_and_gone(x):
    a = (x * 1.0).reshape(2, 3)
    a[0] *= a[1]
    b = np.zeros(6).reshape(3, 2)
    b[:, 0] += x[:3]
    s = 0.0
    for k in range(3):
        y = x * k
        m = y.reshape(2, 3)
        m[0] *= 2.0
        s += m.sum()
    return a, b.ravel() * x, s


@program((vec(3, 3), 3))
def turned_in_a_loop(x, n):
    a = x * 1.0
    b = x[0] * 1.0
    for k in range(n):
        a = a.T
        a[k] *= a[0, 1]
        b = b[::-1]
        b[k] += b[0] * x[k, 1]
    return a * b


@refused((vec(6),))
def returned_after_its_source_was_written(x):
    a = x * 1.0
    y = a.reshape(2, 3)
    a[0] = 5.0
    return y


@refused((vec(6), 3))
def read_in_the_next_iteration(x, n):
    y = x * 1.0
    m = np.zeros((2, 3))
    s = 0.0
    for k in range(n):
        s += np.sum(m)
        m = y.reshape(2, 3)
        y[k] = 2.0
    return s


@refused((vec(6), 3))
def source_written_in_a_loop(x, n):
    y = x * 1.0
    m = y.reshape(2, 3)
    s = 0.0
    for k in range(n):
        s += m[0, k] * x[k]
        y[k + 1] = s
    return s


@refused((vec(6),))
def written_at_once(x):
    y = x * 1.0
    y.reshape(2, 3)[0] = 5.0
    return y


@refused((vec(6),))
def another_view_written(x):
    y = x * 1.0
    m = y.reshape(2, 3)
    n = y.reshape(3, 2)
    m[0] = 5.0
    return n


@refused((vec(6),))
def argument_rebound_and_written(x):
    x = x.reshape(2, 3)
    x[0] = 5.0
    return x


@refused((vec(6),))
def reshaped_and_written(x):
    a = x * 1.0
    y = a.reshape(2, 3)
    y[0, 0] = 1.0
    return np.sum(a)


@refused((vec(6),))
def source_written_after_reshape(x):
    a = x * 1.0
    y = a.reshape(2, 3)
    a[0] = 7.0
    return np.sum(y * y)


@refused((vec(2, 3),))
def transpose_returned_after_a_write(x):
    a = x * 1.0
    b = a.T
    a[0, 1] = 3.0
    return b, a


@parametrized(program)
def test_twin(func, args, mutates):
    """The generated source as plain Python."""
    check(func, args, mutates)


@parametrized(refused)
def test_refused(func, args, mutates):
    """An error of ours, never another number."""
    del mutates
    with as_plain_python(), pytest.raises(srcad.NotDifferentiable, match="view of an array"):
        srcad.vjp(func, *args)
