"""Operators inside functions: in those that are differentiated, and in `@njit` code."""

from __future__ import annotations

import numba
import numpy as np
import pytest
from numba.core.errors import TypingError
from numba.extending import register_jitable

import srcad
from tests.harness import as_plain_python

H = 1e-6


@numba.njit
def cube(x, y):
    return x * x * x * y


@numba.njit
def pair(x, y):
    return x * y, x * x


@numba.njit
def wave(x, a):
    return np.sin(x) * a


@numba.njit
def fills(a, out):
    for i in range(a.size):
        out[i] = a[i] * a[i]


@numba.njit
def total(x, y):
    return np.sum(x * x * x) * y


def along_one(x, y):
    return srcad.jvp(cube, (x, y), (1.0, None))[1]


def along_both(x, y):
    out, out_dot = srcad.jvp(pair, (x, y), (y, x))
    return out_dot[0] * out_dot[1] + out[0]


def back(x, y):
    (first, second), (x_bar, y_bar) = srcad.adjoint(pair, (0, 1))(x, y, (y, x))
    return first * x_bar + second * y_bar


def of_gradient(x, y):
    return srcad.tangent(srcad.grad(cube))(x, y, 1.0)[1]


def in_loop(x, y):
    move = srcad.tangent(cube, (0, 1))
    s = 0.0
    for i in range(3):
        s += move(x, y, 1.0 * i, x)[1]
    return s


@numba.njit
def added(x, z):
    return x + z


def not_confused(x, y):
    """d/dx (x d/dz (x + z)) is 1, not 2: each derivative has its own perturbation."""
    return x * srcad.jvp(added, (x, y), (None, 1.0))[1]


NUMBERS = (along_one, along_both, back, of_gradient, in_loop, not_confused)


@pytest.mark.parametrize("f", NUMBERS, ids=lambda f: f.__name__)
def test_numbers(f):
    x, y = 0.7, 1.3
    with as_plain_python():
        value, (x_bar, y_bar) = srcad.value_and_grad(f, (0, 1))(x, y)
        assert value == pytest.approx(f(x, y))
        assert x_bar == pytest.approx((f(x + H, y) - f(x - H, y)) / (2 * H), rel=1e-6)
        assert y_bar == pytest.approx((f(x, y + H) - f(x, y - H)) / (2 * H), rel=1e-6)
        assert srcad.jvp(f, (x, y), (1.0, None))[1] == pytest.approx(x_bar)
        assert srcad.jvp(f, (x, y), (None, 1.0))[1] == pytest.approx(y_bar)


def whole(x, a):
    out, out_dot = srcad.jvp(wave, (x, a), (x, None))
    return np.sum(out_dot * out) + out_dot @ out


def whole_back(x, a):
    out, (x_bar, a_bar) = srcad.adjoint(wave, (0, 1))(x, a, np.ones(x.size))
    return np.sum(x_bar * out) + a_bar


@pytest.mark.parametrize("f", [whole, whole_back], ids=lambda f: f.__name__)
def test_arrays_have_their_dimensions(f):
    """What a derivative returns can be used as an array at once."""
    x, a, v = np.array([0.3, 0.7]), 1.3, np.array([1.0, -2.0])
    with as_plain_python():
        value, (x_bar, a_bar) = srcad.value_and_grad(f, (0, 1))(x, a)
        assert value == pytest.approx(f(x, a))
        expected = (f(x + H * v, a) - f(x - H * v, a)) / (2 * H)
        assert x_bar @ v == pytest.approx(expected, rel=1e-6)
        assert a_bar == pytest.approx((f(x, a + H) - f(x, a - H)) / (2 * H), rel=1e-6)
        assert srcad.jvp(f, (x, a), (v, None))[1] == pytest.approx(expected, rel=1e-6)


def writes_inside(a):
    srcad.tangent(fills, (0, 1))(a, a * 0.0, a, a)
    return a[0]


def nothing_moves(x):
    return srcad.jvp(cube, (x, x), (None, None))[1]


def too_few(x):
    return srcad.jvp(cube, (x, x), (1.0,))[1]


@pytest.mark.parametrize(
    ("f", "words"),
    [
        (writes_inside, "None cannot be used in a derivative"),
        (nothing_moves, "nothing moves"),
        (too_few, "2 primals and 1 tangents"),
    ],
)
def test_what_is_refused_inside(f, words):
    x = np.array([1.0, 2.0]) if f is writes_inside else 1.0
    with as_plain_python(), pytest.raises(srcad.NotDifferentiable, match=words):
        srcad.grad(f)(x)


# In compiled code --------------------------------------------------------------------


@pytest.mark.compiled
def test_compiled_code_understands_the_operators():
    @numba.njit
    def many(x, y, v):
        g0, g1 = srcad.grad(total, (0, 1))(x, y)
        value, y_bar = srcad.value_and_grad(total, argnums="y")(x, y)
        out, out_dot = srcad.jvp(total, (x, y), (v, None))
        second = srcad.jvp(srcad.grad(total), (x, y), (v, None))[1]
        same = srcad.tangent(srcad.grad(total))(x, y, v)[1]
        back = srcad.adjoint(total, (0, 1))(x, y, 2.0)[1][1]
        return g0, g1, value, y_bar, out, out_dot, second, same, back

    x, y, v = np.array([1.0, 2.0, 3.0]), 2.0, np.array([1.0, 0.0, -1.0])
    g0, g1, value, y_bar, out, out_dot, second, same, back_bar = many(x, y, v)
    np.testing.assert_allclose(g0, 3.0 * x * x * y)
    assert g1 == y_bar == np.sum(x**3)
    assert value == out == total(x, y)
    assert out_dot == pytest.approx(g0 @ v)
    np.testing.assert_allclose(second, 6.0 * x * y * v)
    np.testing.assert_array_equal(second, same)
    assert back_bar == 2.0 * g1


@pytest.mark.compiled
def test_matrices_of_derivatives_in_compiled_code():
    @numba.njit
    def matrices(x, y, v):
        hess = srcad.hessian(total)(x, y)
        along = srcad.hvp(total)(x, v, y)
        return hess, along, srcad.jacobian(wave)(x, y), srcad.jacrev(wave, "a")(x, y)

    x, y, v = np.array([1.0, 2.0, 3.0]), 2.0, np.array([1.0, 0.0, -1.0])
    hess, along, jac, by_a = matrices(x, y, v)
    np.testing.assert_allclose(hess, np.diag(6.0 * x * y))
    np.testing.assert_allclose(along, hess @ v)
    np.testing.assert_allclose(jac, np.diag(np.cos(x) * y))
    np.testing.assert_allclose(by_a, np.sin(x))


@pytest.mark.compiled
def test_a_function_that_is_an_argument_of_compiled_code():
    @numba.njit
    def slope(f, x, y):
        return srcad.grad(f)(x, y)

    assert slope(cube, 2.0, 3.0) == 36.0
    assert slope(srcad.differentiate(cube.py_func), 2.0, 3.0) == 36.0


def square(x, k=2.0):
    return k * x * x


@register_jitable
def doubled(x):
    return 2.0 * x


@pytest.mark.compiled
def test_plain_functions_in_compiled_code():
    """A global, a captured function and one of a module need not be compiled to be derived."""

    def captured(x):
        return x * x * x

    @numba.njit
    def run(x):
        curved = srcad.hvp(square)(x, 1.0)
        return srcad.grad(square)(x), srcad.grad(captured)(x), curved, doubled(x)

    assert run(2.0) == (8.0, 12.0, 4.0, 4.0)


@pytest.mark.compiled
def test_plain_functions_are_not_called_and_no_arguments():
    """What Numba refuses is refused as before; a plain function that is called is named."""
    with pytest.raises(TypingError, match="square is a plain Python function"):
        numba.njit(lambda x: square(x) + x)(1.0)
    with pytest.raises(TypingError, match="unsupported NumPy function"):
        numba.njit(lambda x: np.apply_along_axis(x) + x)(1.0)
    with pytest.raises(TypingError, match="Cannot determine Numba type"):
        numba.njit(lambda f, x: srcad.grad(f)(x))(square, 1.0)


@numba.njit
def grown(x, n):
    return x if n < 2 else grown(x, n - 1) * grown(x, n - 2)


@pytest.mark.compiled
def test_pullbacks_in_compiled_code():
    """What is kept is that of the call; what is no float has no cotangent."""

    @numba.njit
    def in_loops(x, y):
        s = 0.0
        for j in range(3):
            out, pullback = srcad.vjp(total, x, y)
            kept = x[0]
            x[0] = 7.0
            for c in range(2):
                x_bar, y_bar = pullback(1.0 * c + j)
                s += x_bar[0] + y_bar + out
            x[0] = kept + 1.0
        return s

    @numba.njit
    def others(x, y):
        (first, second), back = srcad.vjp(pair, x, y)
        return back((x, x)), back((first, second)), srcad.vjp(grown, y, 5)[1](2)

    x, y, expected = np.array([1.0, 2.0]), 3.0, 0.0
    for j in range(3):
        first = x + np.array([1.0 * j, 0.0])
        for c in range(2):
            expected += (c + j) * (3.0 * first[0] ** 2 * y + np.sum(first**3)) + np.sum(
                first**3
            ) * y
    assert in_loops(x.copy(), y) == pytest.approx(expected)
    one, two, tree = others(x, y)
    np.testing.assert_allclose(one[0], x * y + 2.0 * x * x)
    assert one[1] == pytest.approx(x @ x)
    np.testing.assert_allclose(two[0], x * y * y + 2.0 * x**3)
    assert two[1] == pytest.approx(np.sum(x * x) * y)
    assert tree[0] == pytest.approx(16.0 * y**7)
    assert tree[1] is None


@numba.njit
def powers(x, k, y):
    return np.sum(x**k) * y


@pytest.mark.compiled
def test_linear_functions_in_compiled_code():
    """As pullbacks: what is kept is that of the call."""

    @numba.njit
    def moved(x, y, v):
        out, f_jvp = srcad.linearize(powers, x, 3, y)
        x[0] = 9.0
        first = f_jvp(v, None, 1.0)
        x[0] = 1.0
        return out, first, f_jvp(v, None, 0.0), srcad.linearize(grown, y, 4)[1](1.0, None)

    x, y, v = np.array([1.0, 2.0]), 3.0, np.array([1.0, -1.0])
    out, first, second, tree = moved(x.copy(), y, v)
    slope = 3.0 * np.sum(x**2 * v) * y
    assert (out, second) == (np.sum(x**3) * y, pytest.approx(slope))
    assert first == pytest.approx(slope + np.sum(x**3))
    assert tree == pytest.approx(5.0 * y**4)


@pytest.mark.compiled
def test_a_pullback_is_for_compiled_code():
    @numba.njit
    def pullback(x):
        return srcad.vjp(cube, x, x)

    @numba.njit
    def used(x):
        return pullback(x)[1](1.0)

    assert used(2.0) == (24.0, 8.0)
    out, stranded = pullback(2.0)
    assert out == 16.0
    with pytest.raises(TypeError, match="cannot be called from Python"):
        stranded(1.0)


@pytest.mark.compiled
@pytest.mark.parametrize(
    ("words", "body"),
    [
        ("cube has 2 arguments", lambda x, k: srcad.vjp(cube, x)),
        ("pullback takes 1 argument", lambda x, k: srcad.vjp(cube, x, x)[1](x, x)),
        ("pullback takes float64, got bool", lambda x, k: srcad.vjp(cube, x, x)[1](x > 0.0)),
        ("f_jvp takes 2 arguments", lambda x, k: srcad.linearize(cube, x, x)[1](x)),
        ("f_jvp takes float64, got none", lambda x, k: srcad.linearize(cube, x, x)[1](x, None)),
        ("no float argument", lambda x, k: srcad.vjp(cube, k, k)[1](1.0)),
        ("takes numbers and arrays", lambda x, k: srcad.vjp(cube, (x, x), x)[1](1.0)),
        ("write argnums as a literal", lambda x, k: srcad.grad(cube, k)(x, x)),
        ("out of range", lambda x, k: srcad.grad(cube, 5)(x, x)),
        ("the tangent of x must be float64", lambda x, k: srcad.jvp(cube, (x, x), (k, None))),
        ("has 2 arguments", lambda x, k: srcad.jvp(cube, (x,), (x,))),
        ("nothing moves", lambda x, k: srcad.jvp(cube, (x, x), (None, None))),
    ],
)
def test_what_compiled_code_refuses(words, body):
    with pytest.raises(TypingError, match=words):
        numba.njit(body)(1.0, 1)
