"""Directional derivatives and pullbacks of functions with any arguments and results."""

from __future__ import annotations

import math
from collections import namedtuple

import numpy as np
import pytest
from numba import njit

from srcad import differentiate, jvp, vjp

pytestmark = pytest.mark.compiled

Pair = namedtuple("Pair", "first second")


def polar(r, angle):
    return r * math.cos(angle), r * math.sin(angle)


def outer(a, b):
    out = np.empty((a.shape[0], b.shape[0]))
    for i in range(a.shape[0]):
        for j in range(b.shape[0]):
            out[i, j] = a[i] * b[j]
    return out


def repeated(x, n):
    y = x
    for _ in range(n):
        y = y * x
    return y, n


def fills(a, out):
    for i in range(a.shape[0]):
        out[i] = out[i] * a[i]


def shifts(a, by):
    for i in range(a.shape[0]):
        a[i] += by
    return a[0] * by


def area(p, factor=2.0):
    return p[0] * p[1] * factor


def test_scalars_and_tuples():
    """`out` and `out_dot` have the structure of the result."""
    out, out_dot = jvp(polar, (2.0, 0.5), (1.0, 0.0))
    assert out == (2.0 * math.cos(0.5), 2.0 * math.sin(0.5))
    assert out_dot == pytest.approx((math.cos(0.5), math.sin(0.5)))
    value, pullback = vjp(polar, 2.0, 0.5)
    assert value == out
    assert pullback((1.0, 0.0)) == pytest.approx((math.cos(0.5), -2.0 * math.sin(0.5)))
    assert pullback((0.0, 1.0)) == pytest.approx((math.sin(0.5), 2.0 * math.cos(0.5)))


def test_arrays():
    """Arrays in and out, of every layout."""
    a, b = np.array([1.0, 2.0]), np.array([3.0, 4.0, 5.0])
    out, out_dot = jvp(outer, (a, b), (np.array([1.0, 0.0]), np.zeros(3)))
    np.testing.assert_array_equal(out, np.outer(a, b))
    np.testing.assert_array_equal(out_dot, [[3.0, 4.0, 5.0], [0.0, 0.0, 0.0]])
    for ct in (np.ones((2, 3)), np.asfortranarray(np.ones((2, 3))), np.ones((4, 6))[::2, ::2]):
        _, pullback = vjp(outer, a, b)
        a_bar, b_bar = pullback(ct)
        np.testing.assert_array_equal(a_bar, [12.0, 12.0])
        np.testing.assert_array_equal(b_bar, [3.0, 3.0, 3.0])
    strided = np.arange(1.0, 7.0)[::2]
    _, pullback = vjp(outer, strided, b)
    np.testing.assert_array_equal(pullback(np.ones((3, 3)))[0], [12.0, 12.0, 12.0])


def test_integers_take_and_give_none():
    """Arguments and results that are not floats have no tangent and no cotangent."""
    (y, n), (y_dot, _) = jvp(repeated, (2.0, 3), (1.0, None))
    assert (y, n, y_dot) == (16.0, 3, 32.0)
    assert jvp(repeated, (2.0, 3), (1.0, 0))[1][0] == 32.0
    _, pullback = vjp(repeated, 2.0, 3)
    assert pullback((1.0, None)) == (32.0, None)


def test_written_arguments_are_outputs():
    """What a function writes is an output; the arrays of the caller stay as they are."""
    a, out = np.array([2.0, 3.0]), np.array([5.0, 7.0])
    final, final_dot = jvp(fills, (a, out), (np.array([1.0, 0.0]), np.array([0.0, 1.0])))
    np.testing.assert_array_equal(out, [5.0, 7.0])
    np.testing.assert_array_equal(final, [10.0, 21.0])
    np.testing.assert_array_equal(final_dot, [5.0, 3.0])
    final, pullback = vjp(fills, a, out)
    np.testing.assert_array_equal(final, [10.0, 21.0])
    a_bar, out_bar = pullback(np.array([1.0, 10.0]))
    np.testing.assert_array_equal(a_bar, [5.0, 70.0])
    np.testing.assert_array_equal(out_bar, [2.0, 30.0])


def test_results_come_before_written_arguments():
    """`out` is the result followed by the arrays, in the order of the arguments."""
    a = np.array([1.0, 2.0])
    (value, final), pullback = vjp(shifts, a, 3.0)
    assert value == 12.0
    np.testing.assert_array_equal(final, [4.0, 5.0])
    a_bar, by_bar = pullback((1.0, np.array([0.0, 1.0])))
    np.testing.assert_array_equal(a_bar, [3.0, 1.0])
    assert by_bar == 4.0 + 3.0 + 1.0
    np.testing.assert_array_equal(a, [1.0, 2.0])


def test_pullbacks_keep_their_arguments():
    """A pullback belongs to the values of its `vjp`, and can be called again."""
    a, b = np.array([1.0, 2.0]), np.array([3.0])
    _, pullback = vjp(outer, a, b)
    ct = np.ones((2, 1))
    first = pullback(ct)
    a[:] = 100.0
    b[:] = 100.0
    second = pullback(ct)
    np.testing.assert_array_equal(first[1], second[1])
    np.testing.assert_array_equal(first[0], second[0])
    assert not np.shares_memory(first[0], second[0])
    np.testing.assert_array_equal(ct, np.ones((2, 1)))


def test_tuple_arguments_and_defaults():
    """Tangents and cotangents of tuples are tuples; defaults are held fixed."""
    assert jvp(area, ((3.0, 4.0),), ((1.0, 0.0),)) == (24.0, 8.0)
    assert jvp(area, (Pair(3.0, 4.0),), (Pair(0.0, 1.0),)) == (24.0, 6.0)
    assert jvp(area, ((3.0, 4.0), 1.0), ((0.0, 0.0), 1.0)) == (12.0, 12.0)
    assert jvp(area, ((3, 4.0),), ((None, 1.0),)) == (24.0, 6.0)
    assert vjp(area, (3, 4.0))[1](1.0) == ((None, 6.0),)
    value, pullback = vjp(area, (3.0, 4.0))
    assert (value, pullback(1.0)) == (24.0, ((8.0, 6.0),))
    assert vjp(area, (3.0, 4.0), 1.0)[1](1.0) == ((4.0, 3.0), 12.0)


@pytest.mark.parametrize("wrap", [lambda f: f, njit, differentiate], ids=["plain", "njit", "ours"])
def test_every_kind_of_function(wrap):
    """Plain, foreign compiled and decorated functions are all accepted."""
    f = wrap(polar)
    assert jvp(f, (1.0, 0.0), (1.0, 0.0))[1] == (1.0, 0.0)
    assert vjp(f, 1.0, 0.0)[1]((0.0, 1.0)) == (0.0, 1.0)


def test_float32():
    """Tangents and cotangents have the dtype of what they belong to."""
    a, b = np.ones(2, np.float32), np.ones(2, np.float32)
    _, out_dot = jvp(polar, (np.float32(1.0), np.float32(0.0)), (np.float32(1.0), 0.0))
    assert out_dot == (1.0, 0.0)
    _, pullback = vjp(outer, a, b)
    assert [bar.dtype.name for bar in pullback(np.ones((2, 2)))] == ["float32", "float32"]


A, B = np.ones(2), np.ones(3)

REFUSALS = [
    (lambda: jvp(polar, (1.0, 2.0), (1.0,)), TypeError,
     "expected 2 tangents, one for each primal, got 1"),
    (lambda: jvp(polar, 1.0, 1.0), TypeError,
     "tangents must be a tuple, one for each primal, got float"),
    (lambda: jvp(polar, 1.0, (1.0,)), TypeError,
     "primals must be a tuple of all arguments, got float"),
    (lambda: jvp(polar, (1.0,), (1.0,)), TypeError,
     "missing a required argument: 'angle'"),
    (lambda: jvp(polar, (1.0, 2.0), (1, 0.0)), TypeError,
     "tangent of r: expected float64, got int"),
    (lambda: jvp(polar, (1.0, 2.0), (np.float32(1), 0.0)), TypeError,
     "tangent of r: expected float64, got float32"),
    (lambda: jvp(polar, (1.0, 2.0), (A, 0.0)), ValueError,
     "tangent of r: expected a float64 number, got an array of shape (2,)"),
    (lambda: jvp(repeated, (1.0, 2), (1.0, 1)), TypeError,
     "tangent of n: the value is not a float, so it takes None, got int"),
    (lambda: jvp(repeated, (1, 2), (None, None)), TypeError,
     "repeated has no float argument to differentiate by (x: int64, n: int64)"),
    (lambda: jvp(outer, (A, B), (A, A)), ValueError,
     "tangent of b: expected an array of float64 with shape (3,), got shape (2,)"),
    (lambda: jvp(outer, (A, B), (A, 1.0)), TypeError,
     "tangent of b: expected an array of float64 with shape (3,), got float"),
    (lambda: jvp(outer, (A, B), (A, np.ones(3, int))), TypeError,
     "tangent of b: expected an array of float64 with shape (3,), got dtype int64"),
    (lambda: jvp(outer, ({1.0}, B), ({1.0}, B)), TypeError,
     "a is a set of float64; pass an array: np.asarray(a)"),
    (lambda: jvp(outer, (object(), B), ([], B)), TypeError,
     "a has a type that Numba does not know; pass numbers, arrays of numbers or tuples"),
    (lambda: jvp(area, ((1.0, 2.0),), (1.0,)), TypeError,
     "tangent of p: expected a tuple of 2, got float"),
    (lambda: jvp(area, ((1.0, 2.0),), ((1.0,),)), TypeError,
     "tangent of p: expected a tuple of 2, got 1 values"),
    (lambda: jvp(area, ((1.0, 2.0),), ((1.0, 1),)), TypeError,
     "tangent of p[1]: expected float64, got int"),
    (lambda: vjp(polar, 1.0, 2.0)[1](1.0), TypeError,
     "cotangent: expected a tuple of 2, got float"),
    (lambda: vjp(outer, A, B)[1](np.ones((3, 2))), ValueError,
     "cotangent: expected an array of float64 with shape (2, 3), got shape (3, 2)"),
    (lambda: vjp(repeated, 1.0, 2)[1]((1.0, 1.0)), TypeError,
     "cotangent[1]: the value is not a float, so it takes None, got float"),
    (lambda: vjp(repeated, 1, 2), TypeError,
     "repeated has no float argument to differentiate by (x: int64, n: int64)"),
    (lambda: vjp(math.sin, 1.0), TypeError,
     ("vjp takes a Python function or an @njit function, got <built-in function sin>; "
     "write a def that calls it")),
]  # fmt: skip


@pytest.mark.parametrize(("call", "kind", "text"), REFUSALS)
def test_refusals(call, kind, text):
    """A tangent or cotangent that does not fit is named, with what was expected."""
    with pytest.raises(kind) as caught:
        call()
    assert str(caught.value) == text
