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
