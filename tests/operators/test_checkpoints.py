"""checkpoint: the derivatives of the function, from its arguments alone."""

import numba
import numpy as np
import pytest

import srcad
from tests.harness import as_plain_python

SCALES = np.array([0.5, -0.25, 1.5])


def rotate(x, h):
    for _ in range(3):
        x = x + h * np.sin(x) * x
    return x


def smooth(y, m=2):
    z = y.copy()
    for _ in range(m):
        for i in range(1, len(z)):
            z[i] = z[i] + 0.1 * np.sin(z[i - 1]) * z[i]
    return z


def split(pair, k):
    u, v = pair
    w = u.copy()
    for i in range(w.size):
        w[i] *= SCALES[k % 3] * v
    return (w, v * w[1]), k + 1, u[0] > v


def itself(x):
    return x


again_rotate = srcad.checkpoint(rotate)
again_smooth = srcad.checkpoint(smooth)
again_split = srcad.checkpoint(split)
again_itself = srcad.checkpoint(itself)


@srcad.checkpoint
def nested(x, h):
    for _ in range(2):
        x = again_rotate(x, h) * 1.5
    return x


def chain_of(one):
    def chain(x, a):
        for _ in range(4):
            x = one(x, a)
        return x

    return chain


def branches_of(one):
    def branches(x, a):
        k = 0
        while k < 4:
            if k % 2 == 0:
                x = one(x, h=a) - a
            else:
                a = one(a, x)
            k += 1
        return x * a

    return branches


def both_of(one):
    def both(x, a):
        return one(x, a) * one(a, x) + one(x, 2.0)

    return both


@pytest.mark.parametrize("make", [chain_of, branches_of, both_of])
def test_numbers(make):
    plain, again = pair = make(rotate), make(again_rotate)
    with as_plain_python():
        expected = srcad.grad(plain, (0, 1))(0.3, 0.7)
        np.testing.assert_allclose(srcad.grad(again, (0, 1))(0.3, 0.7), expected, rtol=1e-13)
        moved = (0.3, 0.7), (1.0, -0.5)
        assert srcad.jvp(again, *moved) == srcad.jvp(plain, *moved)
        if make is not branches_of:
            return
        over = [srcad.hvp(f)(0.3, 1.0, 0.7) for f in pair]
        assert over[1] == pytest.approx(over[0], rel=1e-13)


def arrays_with(called):
    def total(x, n):
        for _ in range(n):
            x = called(x, 3)
        return (x * x).sum()

    return total


def overwritten_with(called):
    def total(x):
        y = x.copy()
        z = called(y)
        y[:] = 7.0
        z[0] += y[1] * z[1]
        for i in range(z.size):
            y[i] = z[i] * x[i]
            z[i] += 1.0
        return (y * z).sum()

    return total


def tuples_with(called):
    def total(x, s):
        k = 0
        for _ in range(3):
            (x, t), k, above = called((x, s), k)
            s = t * 0.5 if above else t + s
        return s + x[0] * x[1]

    return total


def returned_with(called):
    def total(x):
        y = called(x * 2.0)
        y[0] = y[1] * y[1]
        return (y * x).sum()

    return total


@pytest.mark.parametrize(
    ("make", "called", "again", "rest"),
    [
        (arrays_with, smooth, again_smooth, (2,)),
        (overwritten_with, smooth, again_smooth, ()),
        (tuples_with, split, again_split, (0.4,)),
        (returned_with, itself, again_itself, ()),
    ],
    ids=["arrays", "overwritten", "tuples", "returned"],
)
def test_arrays(make, called, again, rest):
    x = np.array([0.3, -0.8, 1.1, 0.2])
    v = np.array([1.0, 0.5, -2.0, 0.25])
    pair = make(called), make(again)
    still = (None,) * len(rest)
    with as_plain_python():
        first = [srcad.grad(f)(x, *rest) for f in pair]
        np.testing.assert_array_equal(first[1], first[0])
        along = [srcad.jvp(f, (x, *rest), (v, *still)) for f in pair]
        np.testing.assert_array_equal(along[1], along[0])
        assert v @ first[1] == pytest.approx(along[1][1], rel=1e-13)
        if make is not arrays_with:
            return  # derivatives of second order are dear
        products = [srcad.hvp(f)(x, v, *rest) for f in pair]
        np.testing.assert_allclose(products[1], products[0], rtol=1e-12, atol=1e-14)


def test_nested_checkpoints():
    with as_plain_python():
        for f, value in ((nested, 0.3), (lambda x, h: nested(nested(x, h), h), 0.2)):
            step = 1e-30
            expected = reference(f, value, step)
            assert srcad.grad(f)(value, 0.4) == pytest.approx(expected, rel=1e-13)


def reference(f, value, step):
    def plain(x, h):
        for _ in range(2):
            x = rotate(x, h) * 1.5
        return x

    x = complex(value, step)
    x = plain(x, 0.4) if f is nested else plain(plain(x, 0.4), 0.4)
    return x.imag / step


def test_the_gradient_of_a_checkpoint_inside_a_function():
    def slope(x):
        return srcad.grad(again_rotate)(x, 0.5) * x

    def plain(x):
        return srcad.grad(rotate)(x, 0.5) * x

    with as_plain_python():
        assert srcad.grad(slope)(0.8) == pytest.approx(srcad.grad(plain)(0.8), rel=1e-13)


def test_it_is_the_function_for_python_and_numba():
    @numba.njit
    def twice(x):
        return again_rotate(again_rotate(x, 0.1), h=0.2)

    assert again_rotate(0.3, 0.1) == pytest.approx(rotate(0.3, 0.1), rel=1e-15)
    assert twice(0.3) == pytest.approx(rotate(rotate(0.3, 0.1), 0.2), rel=1e-15)
    assert again_rotate.py_func is rotate

    def total(x, n):
        for _ in range(n):
            x = again_rotate(x, 0.1)
        return x

    x = complex(0.3, 1e-30)
    for _ in range(5):
        x = rotate(x, 0.1)
    assert srcad.grad(total)(0.3, 5) == pytest.approx(x.imag / 1e-30, rel=1e-13)


def test_only_the_arguments_are_kept():
    @srcad.differentiate
    def total(x, n):
        for _ in range(n):
            x = again_rotate(x, 0.1)
        return x

    source = total.inspect_adjoint(0.3, 5, compiled=True)
    kept = [line for line in source.splitlines() if "np.empty(" in line and "max(" in line]
    assert len(kept) == 1


@srcad.checkpoint
def fills(y, x):
    y[0] = x
    return x


@srcad.checkpoint
def recursive(x, n):
    return x if n == 0 else x * recursive(x, n - 1)


@srcad.checkpoint
def reads_text(x):
    return x * float(open("f").read())  # noqa: PTH123


def test_what_is_refused():
    def writes(x):
        y = np.zeros(2)
        return fills(y, x) + y[0]

    def recurs(x):
        return recursive(x, 3)

    def unknown(x):
        return reads_text(2.0 * x)

    with pytest.raises(srcad.NotDifferentiable, match="'fills' is a checkpoint and writes"):
        srcad.grad(writes)(1.0)
    with pytest.raises(srcad.NotDifferentiable, match="'recursive' is a checkpoint and calls"):
        srcad.grad(recurs)(1.0)
    with pytest.raises(srcad.NotDifferentiable, match="open") as caught:
        srcad.grad(unknown)(1.0)
    assert "float(open(" in str(caught.value)
    with pytest.raises(TypeError, match="checkpoint takes a Python function"):
        srcad.checkpoint(3)
    with pytest.raises(TypeError, match="checkpoint takes a Python function"):
        srcad.checkpoint(srcad.grad(rotate))


@srcad.checkpoint
def parts(x):
    y = x * x
    return y, y[1:]


@srcad.custom_jvp
def tail(x):
    return x[1:]


tail.defjvp(lambda primals, tangents: (primals[0][1:], tangents[0][1:]))


def writes_the_result(x):
    z = x * 1.0
    y = again_itself(z)
    y[0] = 5.0 * x[1]
    return np.sum(y * z)


def writes_the_argument(x):
    z = x * 1.0
    y = tail(z)
    for i in range(2):
        z[i] = 5.0 * x[1] * y[i]
    return np.sum(y) * np.sum(z)


def writes_one_of_two(x):
    a, b = parts(x)
    b[0] = 7.0 * x[0]
    return np.sum(a) * np.sum(b)


def goes_on_with_the_result(x):
    y = again_itself(x * 1.0)
    y[0] = 5.0 * y[1]
    z = tail(y) * 1.0
    z[0] *= y[0]
    return np.sum(again_itself(y)) + z[0] + srcad.grad(sum_of_squares)(y)[1]


def sum_of_squares(x):
    return np.sum(again_itself(x) ** 2)


def test_results_that_are_arguments_are_not_told_from_copies():
    x = np.array([0.3, -0.8, 1.1])
    with as_plain_python():
        for f in (writes_the_result, writes_the_argument, writes_one_of_two):
            for operator in (srcad.grad, srcad.hessian):
                with pytest.raises(srcad.NotDifferentiable, match="under one of its names"):
                    operator(f)(x)
        found = srcad.grad(goes_on_with_the_result)(x)
    # y1 * 6 + y2 + y1 * 5 * y1 + 2 * y1
    np.testing.assert_allclose(found, [0.0, 8.0 + 10.0 * x[1], 1.0], atol=1e-14)
