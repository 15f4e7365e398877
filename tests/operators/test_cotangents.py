"""stop_gradient, and hooks on what flows back: in both modes, of numbers and of arrays."""

import numba
import numpy as np
import pytest

import srcad
from srcad.options import DEFAULT
from tests.harness import as_plain_python


def halves(x):
    return x * srcad.stop_gradient(x)


def clipped(x):
    return srcad.clip_cotangent(x, -1.0, 1.0) ** 2


def scaled(x):
    return srcad.scale_cotangent(x, -0.5) ** 2


def printed(x):
    return srcad.print_cotangent(x, "x_bar") ** 2


def in_loop(x):
    total = 0.0
    for k in range(5):
        total += srcad.clip_cotangent(x, -1.0, 1.0) * k
    return total


@pytest.mark.parametrize(
    ("f", "reverse", "forward"),
    [(halves, 3.0, 3.0), (clipped, 1.0, 6.0), (scaled, -3.0, -3.0), (in_loop, 4.0, 10.0)],
)
def test_of_numbers(f, reverse, forward):
    """Each place where a hook stands clips on its own; tangents know of no clipping."""
    with as_plain_python():
        assert srcad.grad(f)(3.0) == reverse
        assert srcad.jvp(f, (3.0,), (1.0,)) == (f(3.0), forward)


def test_arguments_by_name():
    with as_plain_python():
        assert srcad.grad(lambda x: srcad.clip_cotangent(x, lo=-1.0, hi=1.0) ** 2)(3.0) == 1.0
        assert srcad.grad(lambda x: srcad.scale_cotangent(x, factor=2.0) ** 2)(3.0) == 12.0
        assert srcad.grad(lambda x: srcad.stop_gradient(x=x) * x)(3.0) == 3.0


def test_prints(capsys):
    """What flows back is printed, with its label, and goes on."""
    with as_plain_python():
        assert srcad.grad(printed)(3.0) == 6.0
    assert capsys.readouterr().out == "x_bar 6.0\n"


def sums(x):
    y = srcad.clip_cotangent(x, -1.0, 1.0)
    return np.sum(y * y) + np.sum(y)


def products(x):
    return np.sum(srcad.clip_cotangent(x, -1.0, 1.0) * srcad.clip_cotangent(x, -1.0, 1.0))


def weighted(x):
    w = srcad.stop_gradient(x * x)
    w[0] = 1.0
    return np.sum(w * x)


def broadcast(x):
    return np.sum(srcad.clip_cotangent(x, -1.0, 1.0)[None, :] * np.ones((4, 1)))


@pytest.mark.parametrize(
    ("f", "expected"),
    [
        (sums, [1.0, 1.0, -1.0]),
        (products, [2.0, 0.2, -2.0]),
        (weighted, [1.0, 0.01, 4.0]),
        (broadcast, [1.0, 1.0, 1.0]),
    ],
)
def test_of_arrays(f, expected):
    """Elements are clipped once, whatever becomes of them; equal calls are not one."""
    x = np.array([3.0, 0.1, -2.0])
    with as_plain_python():
        value, gradient = srcad.value_and_grad(f)(x)
        narrow = srcad.grad(f)(x.astype(np.float32))
    assert value == pytest.approx(f(x))
    assert gradient == pytest.approx(expected)
    assert narrow.dtype == np.float32


def test_second_order():
    """The clipping is differentiated; a stopped gradient stays a constant."""
    for f, at, expected in ((clipped, 3.0, 0.0), (clipped, 0.25, 2.0), (halves, 3.0, 0.0)):
        gradient = srcad.grad(f)
        assert srcad.grad(gradient).py_func(at) == expected
        assert srcad.derivative.tangent_of(gradient, (0,), DEFAULT).py_func(at, 1.0) == (
            gradient.py_func(at),
            expected,
        )


def test_a_copy_in_python():
    """Arrays are copied, so that plain Python and derivatives mean the same."""
    x = np.ones(2)
    y = srcad.stop_gradient(x)
    y[0] = 5.0
    assert x[0] == 1.0
    assert srcad.scale_cotangent(2.0, 3.0) == 2.0
    assert srcad.stop_gradient(3) == 3


def unlabelled(x, n):
    return srcad.print_cotangent(x, n)


def test_labels_are_literal():
    with pytest.raises(srcad.NotDifferentiable, match="no literal"), as_plain_python():
        srcad.grad(unlabelled)(1.0, 2)


@pytest.mark.compiled
def test_compiled():
    """In @njit functions, decorated ones, and compiled derivatives."""

    @numba.njit
    def f(x, a):
        b = srcad.stop_gradient(a)
        return srcad.clip_cotangent(x, 0.0, 1.0) * 4.0 + srcad.print_cotangent(b[0], "b")

    x = np.array([3.0, 0.1, -2.0])
    assert f(1.0, x) == 7.0
    assert srcad.grad(f)(1.0, x) == 1.0
    decorated = srcad.differentiate(sums)
    assert decorated(x) == sums(x)
    assert decorated.grad()(x) == pytest.approx([1.0, 1.0, -1.0])
