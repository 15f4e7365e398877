"""Lanes are copied at once where a sweep has given them, and nowhere else."""

import numba
import numpy as np
import pytest

import srcad
from srcad.backend.jit import compile_helper
from srcad.backend.lanes import lanes_at, put_lanes
from tests.harness import as_plain_python, assert_close, plain


def text(made, *args):
    """Return the source for arguments of these types."""
    return made.emit(tuple(map(numba.typeof, args))).generated.source


def steps(x):
    y = x.copy()
    for i in range(1, x.size):
        y[i] += y[i - 1] * x[i]
    return y


def copies(x, a):
    """Its own loops are as long as lanes."""
    y = np.empty(x.size + 8)
    for d in range(8):
        y[x.size + d] = a[1, d]
    for i in range(x.size):
        y[i] = x[i] * y[x.size + 2]
    return y


def rows(x):
    y = np.empty((2, x.size))
    for i in range(x.size):
        y[0, i] = x[i] * x[0]
        y[1, i] = x[i]
    return y


@pytest.mark.parametrize("n", [1, 7, 8, 9, 24])
def test_columns_are_copied_at_once(n):
    """All lanes of a sweep, beside the last one, which may have fewer."""
    x = np.linspace(0.5, 1.5, n)
    made = srcad.jacfwd(steps)
    assert "put_lanes(jacobian, lanes_at(result, j), j, start)" in text(made, x)
    with as_plain_python():
        single = np.stack([srcad.tangent(steps)(x, e)[1] for e in np.eye(n)], axis=1)
        np.testing.assert_array_equal(plain(made.py_func)(x), single)


def test_more_axes():
    """Results of any number of axes."""
    x = np.linspace(0.5, 1.5, 17)
    made = srcad.jacfwd(rows)
    assert "put_lanes(jacobian, lanes_at(result, j, j_1), j, j_1, start)" in text(made, x)
    with as_plain_python():
        found = plain(made.py_func)(x)
    assert_close(found[1], np.eye(17), 0.0, "second row")
    assert_close(found[0, :, 3], np.eye(17)[3] * x[0], 0.0, "first row")


def test_loops_of_the_user_stay():
    """What they read may have any dtype and layout, and any number of elements."""
    x, a = np.linspace(0.5, 1.5, 9), np.arange(48.0).reshape(3, 16)[:, ::2]
    made = srcad.jacfwd(copies)
    source = text(made, x, a)
    assert source.count("put_lanes(") == 1
    assert "put_lanes(y" not in source
    with as_plain_python():
        found = plain(made.py_func)(x, a)
    assert_close(found[:9], np.eye(9) * a[1, 2], 0.0, "jacobian")


@pytest.mark.compiled
def test_compiled():
    """At any place of a row, as in plain Python."""

    def write(array, k):
        out = np.zeros((2, 3, 19))
        put_lanes(out, lanes_at(array, 1), 1, 2, k)
        return out

    made = compile_helper(write, {"error_model": "numpy"})

    @numba.njit
    def call(array, k):
        return made(array, k)

    array = np.arange(16.0).reshape(2, 8)
    for k in (0, 3, 11):
        np.testing.assert_array_equal(call(array, k), write(array, k))
