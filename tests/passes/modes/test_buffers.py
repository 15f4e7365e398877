"""Gradients that are written into arrays of the caller's, or added to them."""

from __future__ import annotations

from itertools import permutations
from itertools import product as product_of

import numba
import numpy as np
import pytest

import srcad
from srcad.backend.runtime import folded
from srcad.frontend.types.numba_types import from_numba
from srcad.pipeline import derive
from tests.harness import as_plain_python


def valley(x):
    s = 0.0
    for i in range(x.size - 1):
        s += (x[i + 1] - x[i] ** 2) ** 2
    return s


def but_the_first(x):
    s = 0.0
    for i in range(1, x.size):
        s += x[i] * x[i]
    return s


@numba.njit
def product(x, w):
    """The gradient by x is what a product returns; that by w is added up."""
    return np.sum(np.tanh(w @ x))


def overwrites(x, k):
    """The adjoint of x is read and reset on the way."""
    x[0] = x[0] * k
    return np.sum(x * x)


def stored(x):
    """Each element of the adjoint is stored once: the array is not filled before."""
    return np.sum(np.sin(x))


def nothing(x):
    """No statement reads x."""
    return 1.0


def in_branch(x):
    if x[0] > 0.0:
        return x[0] * x[1]
    return np.sum(x * x)


def in_while(x):
    y = x.copy()
    while y[0] < 10.0:
        y = y * 2.0
    return y[0] * y[1]


def raises(x):
    s = 0.0
    for i in range(x.size):
        if x[i] < 0.0:
            raise ValueError("negative")
        s += x[i] * x[i]
    return s


X, W = np.array([0.3, 0.7]), np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
PROGRAMS = (
    (valley, (X,), 0),
    (product, (X, W), (0, 1)),
    (product, (X, W), (1, 0)),
    (product, (X, W), "w"),
    (overwrites, (X, 2.0), 0),
    (stored, (X,), (0,)),
    (nothing, (X,), 0),
    (in_branch, (X,), 0),
    (in_branch, (-X,), 0),
    (in_while, (X,), 0),
    (valley, (X[::-1],), 0),
    (valley, (np.zeros(0),), 0),
)
IDS = [f"{f.__name__}-{argnums}" for f, _, argnums in PROGRAMS]


def each(result):
    return result if isinstance(result, tuple) else (result,)


@pytest.mark.parametrize("fill", [np.nan, 3.0])
@pytest.mark.parametrize("strided", [False, True], ids=["contiguous", "strided"])
@pytest.mark.parametrize(("f", "args", "argnums"), PROGRAMS, ids=IDS)
def test_what_is_written_is_the_gradient(f, args, argnums, strided, fill):
    with as_plain_python():
        expected = each(srcad.grad(f, argnums)(*args))
        for operator in (srcad.grad, srcad.value_and_grad):
            buffers = tuple(buffer(g, fill, strided=strided) for g in expected)
            out = buffers if isinstance(argnums, tuple) else buffers[0]
            found = operator(f, argnums, out=True)(*args, out)
            if operator is srcad.value_and_grad:
                value, found = found
                assert value == srcad.value_and_grad(f, argnums)(*args)[0]
            for got, array, g in zip(each(found), buffers, expected, strict=True):
                assert got is array
                np.testing.assert_array_equal(array, g)


@pytest.mark.parametrize(("f", "args", "argnums"), PROGRAMS, ids=IDS)
def test_what_is_added_is_the_gradient(f, args, argnums):
    with as_plain_python():
        expected = each(srcad.grad(f, argnums)(*args))
        buffers = tuple(buffer(g, 3.0, strided=False) for g in expected)
        out = buffers if isinstance(argnums, tuple) else buffers[0]
        for times in (1, 2):
            srcad.grad(f, argnums, out="add")(*args, out)
            for array, g in zip(buffers, expected, strict=True):
                np.testing.assert_allclose(array, 3.0 + times * g, rtol=1e-14)


def buffer(like, fill, *, strided):
    if strided:
        return np.full(tuple(2 * n for n in like.shape), fill)[
            tuple([slice(None, None, 2)] * like.ndim)
        ]
    return np.full(like.shape, fill)


def test_float32():
    x = X.astype(np.float32)
    with as_plain_python():
        out = np.ones(2, np.float32)
        assert srcad.grad(stored, out=True)(x, out).dtype == np.float32
        np.testing.assert_array_equal(out, srcad.grad(stored)(x))


@pytest.mark.parametrize(
    ("out", "error", "words"),
    [
        (np.ones(3), ValueError, "the buffer of 'x' must have its shape"),
        (X, ValueError, "shares memory with an argument"),
        (np.ones((2, 2)), TypeError, "must be an array of float64 with 1 dimensions, got float64"),
        (np.ones(2, np.float32), TypeError, "got float32"),
        (np.ones(2, np.int64), TypeError, "got int64"),
        (1.0, TypeError, "got float64"),
        ((np.ones(2),), TypeError, "must be an array"),
        (np.broadcast_to(1.0, 2), TypeError, "is read-only"),
    ],
)
def test_what_does_not_fit_is_refused_and_left_alone(out, error, words):
    before = np.array(out, copy=True) if isinstance(out, np.ndarray) else None
    with as_plain_python(), pytest.raises(error, match=words):
        srcad.grad(valley, out=True)(X, out)
    if before is not None:
        np.testing.assert_array_equal(out, before)


def test_buffers_that_share_memory():
    memory = np.zeros(6)
    memory_2 = memory.reshape(3, 2)
    with as_plain_python(), pytest.raises(ValueError, match="another buffer"):
        srcad.grad(product, (0, 1), out=True)(X, W, (memory[:2], memory_2))
    with as_plain_python(), pytest.raises(TypeError, match="a tuple of 2 arrays"):
        srcad.grad(product, (0, 1), out=True)(X, W, (memory[:2],))
    with as_plain_python(), pytest.raises(TypeError, match="only arrays have gradients"):
        srcad.grad(overwrites, 1, out=True)(X, 2.0, np.zeros(1))


CAPTURED, LARGE = np.array([1.0, 2.0]), np.full(150_000, 2.0)


def weighted(x):
    return np.sum(x * CAPTURED * x)


def weighted_much(x):
    return np.sum(x * LARGE * x)


@pytest.mark.parametrize("out", [True, "add"])
@pytest.mark.parametrize(
    ("f", "captured"), [(weighted, CAPTURED), (weighted_much, LARGE)], ids=["small", "large"]
)
def test_a_buffer_that_is_a_captured_array(f, captured, out):
    """What is captured is read at the call, as arguments are: nothing may be written there."""
    x, before = np.linspace(1.0, 2.0, captured.size), captured.copy()
    with as_plain_python(), pytest.raises(ValueError, match=r"'x' shares memory with .* captured"):
        srcad.grad(f, out=out)(x, captured)
    np.testing.assert_array_equal(captured, before)


@pytest.mark.compiled
def test_a_buffer_that_is_a_captured_array_compiled():
    """The same in compiled code, which reads captured arrays where they are."""
    for f, captured in ((weighted, CAPTURED), (weighted_much, LARGE)):
        x, before = np.linspace(1.0, 2.0, captured.size), captured.copy()
        with pytest.raises(ValueError, match=r"'x' shares memory with .* captured"):
            srcad.grad(f, out=True)(x, captured)
        np.testing.assert_array_equal(captured, before)


def test_buffers_that_overlap_themselves():
    """Elements that are the same number cannot hold different ones; views of any order can."""
    windows = np.lib.stride_tricks.sliding_window_view(np.zeros(6), 3, writeable=True)
    same = np.lib.stride_tricks.as_strided(np.zeros(1), (2,), (0,))
    with as_plain_python(), pytest.raises(ValueError, match="the buffer for 'x' overlaps itself"):
        srcad.grad(valley, out=True)(X, same)
    assert folded(windows)
    assert folded(np.broadcast_to(1.0, (2, 3)))
    array = np.zeros((5, 4, 3))
    cuts = (slice(None), slice(None, None, 2), slice(1, None), slice(None, None, -3), slice(0, 0))
    for first, second, order in product_of(cuts, cuts, permutations(range(3))):
        assert not folded(array[first, second].transpose(order))
    assert not folded(np.zeros(()))


@pytest.mark.compiled
def test_arrays_without_axes():
    """A buffer for one number: it is overwritten, copied into or added to."""

    def square(x):
        return x[()] ** 2

    def doubled(x):
        x[()] = x[()] * 2.0
        return x[()] ** 2

    for f, slope in ((square, 6.0), (doubled, 24.0)):
        assert srcad.grad(f, out=True)(np.array(3.0), np.ones(())) == slope
        assert srcad.grad(f, out="add")(np.array(3.0), np.ones(())) == slope + 1.0


def test_other_refusals():
    with pytest.raises(ValueError, match="out takes True or 'add'"):
        srcad.grad(valley, out="set")
    with pytest.raises(ValueError, match="the array itself is the last argument"):
        srcad.grad(valley, out=np.zeros(2))
    with pytest.raises(TypeError, match="leave out= away"):
        srcad.grad(srcad.grad(valley, out=True))
    inner = srcad.grad(stored, out=True)

    def outer(x, out):
        return inner(x, out)[0]

    with as_plain_python(), pytest.raises(srcad.NotDifferentiable, match="arrays of the caller's"):
        srcad.grad(outer)(X, np.zeros(2))


def test_an_exception_midway():
    out = np.ones(3)
    with as_plain_python(), pytest.raises(ValueError, match="negative"):
        srcad.grad(raises, out=True)(np.array([1.0, 2.0, -1.0]), out)


def test_an_integer_array_beside():
    def picked(x, k):
        return np.sum(x[k])

    with as_plain_python():
        out = np.ones(2)
        srcad.grad(picked, out="add")(X, np.array([0, 0]), out)
        np.testing.assert_array_equal(out, [3.0, 1.0])


def text(f, *args, adds=False):
    types = tuple(from_numba(numba.typeof(a), "a") for a in args)
    return derive(f, "grad", types, (0,), bare=True, buffers=types[:1], adds=adds).source


def test_nothing_is_made_that_is_not_needed():
    """Filled where it is added to, as it is where all is stored or the caller's stays."""
    assert "x_bar = cleared(out)" in text(but_the_first, X)
    assert "cleared" not in text(valley, X)
    assert "(x, out):" in text(valley, X)
    assert "cleared" not in text(valley, X, adds=True)
    assert "zeros" not in text(valley, X, adds=True)
    assert "empty" not in text(stored, X)
    assert "cleared" not in text(stored, X)
    assert "added_into(out, x_bar)" in text(overwrites, X, 2.0, adds=True)
    assert "copied_into(out, x_bar)" in text(product, X, W)


@pytest.mark.compiled
def test_compiled():
    out = np.full(2, np.nan)
    assert srcad.grad(valley, out=True)(X, out).ctypes.data == out.ctypes.data
    np.testing.assert_array_equal(out, srcad.grad(valley)(X))

    @numba.njit
    def doubled(x, w, out):
        return srcad.value_and_grad(product, out="add")(x, w, out)

    product_nb = srcad.grad(product)(X, W)
    value, _ = doubled(X, W, out)
    assert value == pytest.approx(product(X, W))
    np.testing.assert_allclose(out, srcad.grad(valley)(X) + product_nb)
