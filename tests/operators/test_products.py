"""Derivatives as objects, and calls that find them again without a look at what is captured."""

from __future__ import annotations

import numba
import numpy as np
import pytest

import srcad
from tests.harness import as_plain_python

SCALE = 2.0
OTHER = 5.0
X = np.array([0.3, -0.8, 1.1])


def area(width, height):
    return width * height


def scaled(x, factor, n):
    out = np.zeros(n)
    for i in range(n):
        out[i] = x[i] * factor
    return out


def by_global(x):
    return SCALE * x * x


def fills(a, out):
    for i in range(a.size):
        out[i] = out[i] * a[i]


@pytest.fixture(autouse=True)
def plain(request):
    if "compiled" in request.keywords:
        yield
        return
    with as_plain_python():
        yield


def test_tangent_takes_all_arguments_and_one_tangent_for_each_that_moves():
    assert srcad.tangent(area)(3.0, 4.0, 1.0) == (12.0, 4.0)
    assert srcad.tangent(area, "height")(3.0, 4.0, 1.0) == (12.0, 3.0)
    assert srcad.tangent(area, (1, 0))(3.0, 4.0, 1.0, 0.0) == (12.0, 3.0)


def test_adjoint_takes_all_arguments_and_a_cotangent():
    assert srcad.adjoint(area)(3.0, 4.0, 2.0) == (12.0, 8.0)
    assert srcad.adjoint(area, ("height", 0))(3.0, 4.0, 2.0) == (12.0, (6.0, 8.0))
    x, out_bar = np.array([1.0, 2.0]), np.array([1.0, 10.0])
    out, (x_bar, factor_bar) = srcad.adjoint(scaled, (0, 1))(x, 3.0, 2, out_bar)
    np.testing.assert_array_equal(out, [3.0, 6.0])
    np.testing.assert_array_equal(x_bar, [3.0, 30.0])
    assert factor_bar == 21.0


def test_the_same_object_each_time():
    assert srcad.tangent(area) is srcad.tangent(area, 0)
    assert srcad.adjoint(area) is srcad.adjoint(area)
    assert srcad.adjoint(area) is not srcad.adjoint(area, (0,))


def test_arguments_that_are_written_are_outputs():
    a, out = np.array([2.0, 3.0]), np.array([5.0, 7.0])
    final, final_dot = srcad.tangent(fills, (0, 1))(
        a, out, np.array([1.0, 0.0]), np.array([0.0, 1.0])
    )
    np.testing.assert_array_equal(final, [10.0, 21.0])
    np.testing.assert_array_equal(final_dot, [5.0, 3.0])
    np.testing.assert_array_equal(out, [5.0, 7.0])


@pytest.mark.parametrize("operator", [srcad.tangent, srcad.adjoint])
def test_what_is_no_float_is_refused(operator):
    x = np.array([1.0, 2.0])
    with pytest.raises(TypeError, match="n is an int64"):
        operator(scaled, 2)(x, 3.0, 2, x)
    with pytest.raises(ValueError, match="no argument 'z'"):
        operator(scaled, "z")
    with pytest.raises(TypeError, match="argnums takes positions"):
        operator(scaled, True)
    operator(scaled, (0, 1))
    with pytest.raises(TypeError, match="argnums takes positions"):
        operator(scaled, (0, True))


def test_none_is_the_tangent_of_a_constant():
    assert srcad.jvp(area, (3.0, 4.0), (None, 1.0)) == (12.0, 3.0)
    x = np.array([1.0, 2.0])
    _, dot = srcad.jvp(scaled, (x, 3.0, 2), (None, 1.0, None))
    np.testing.assert_array_equal(dot, x)
    _, dot = srcad.jvp(scaled, (x[::-1], 3.0, 2), (None, 1.0, None))
    np.testing.assert_array_equal(dot, x[::-1])
    with pytest.raises(TypeError, match="all tangents are None"):
        srcad.jvp(area, (3.0, 4.0), (None, None))
    with pytest.raises(TypeError, match="expected 2 tangents"):
        srcad.jvp(area, (3.0, 4.0), (None,))


def test_what_does_not_fit_is_refused_by_the_quick_way_too():
    x = np.array([1.0, 2.0])
    for _ in range(2):
        srcad.jvp(scaled, (x, 3.0, 2), (x, 1.0, None))
        with pytest.raises(TypeError, match="dtype float32"):
            srcad.jvp(scaled, (x, 3.0, 2), (x.astype(np.float32), 1.0, None))
        with pytest.raises(ValueError, match=r"shape \(3,\)"):
            srcad.jvp(scaled, (x, 3.0, 2), (np.ones(3), 1.0, None))
        with pytest.raises(TypeError, match="not a float"):
            srcad.jvp(scaled, (x, 3.0, 2), (x, 1.0, 1.0))
        with pytest.raises(ValueError, match="shape"):
            srcad.vjp(scaled, x, 3.0, 2)[1](np.ones(3))


def test_strided_and_read_only_tangents():
    x = np.array([1.0, 2.0])
    wide = np.arange(4.0)
    frozen = np.array([1.0, 5.0])
    frozen.flags.writeable = False
    for dot in (wide[::2], frozen, np.broadcast_to(2.0, 2)):
        _, out_dot = srcad.jvp(scaled, (x, 3.0, 2), (dot, None, None))
        np.testing.assert_array_equal(out_dot, 3.0 * dot)


def test_a_rebound_global_is_seen_and_so_is_the_way_back(monkeypatch):
    """An object compiled for one value is not found again for another one."""
    held = srcad.grad(by_global)
    monkeypatch.setitem(by_global.__globals__, "SCALE", 3.0)
    assert srcad.jvp(by_global, (1.0,), (1.0,)) == (3.0, 6.0)
    assert srcad.grad(by_global)(1.0) == 6.0
    assert held(1.0) == 6.0
    monkeypatch.setitem(by_global.__globals__, "SCALE", 2.0)
    assert srcad.jvp(by_global, (1.0,), (1.0,)) == (2.0, 4.0)
    assert srcad.grad(by_global)(1.0) == 4.0
    assert srcad.vjp(by_global, 1.0)[1](1.0) == (4.0,)


def test_a_derivative_made_before_a_change_and_compiled_after_it(monkeypatch):
    """The held object is compiled for the new value; the old value gets an object of its own."""

    def f(x):
        return SCALE * x * x

    held = srcad.grad(f)
    monkeypatch.setitem(f.__globals__, "SCALE", 7.0)
    assert held(1.0) == 14.0
    monkeypatch.setitem(f.__globals__, "SCALE", 2.0)
    assert srcad.grad(f)(1.0) == 4.0


def test_cells_callees_defaults_and_arrays():
    factor = 2.0
    data = np.array([1.0, 2.0])

    def inner(x):
        return factor * x

    def outer(x, k=1.0):
        return inner(x) * k

    def summed(x):
        return np.sum(data) * x

    assert srcad.grad(outer)(1.0) == 2.0
    factor = 3.0
    assert srcad.grad(outer)(1.0) == 3.0
    outer.__defaults__ = (10.0,)
    assert srcad.grad(outer)(1.0) == 30.0
    assert srcad.grad(summed)(1.0) == 3.0
    data[0] = 5.0
    assert srcad.grad(summed)(1.0) == 7.0
    data = np.array([1.0, 1.0])
    assert srcad.grad(summed)(1.0) == 2.0


def test_a_name_that_appears_later(monkeypatch):
    """A global that hides a builtin is seen as soon as it is there."""

    def f(x):
        return abs(x) * 2.0

    assert srcad.grad(f)(-1.0) == -2.0
    monkeypatch.setitem(f.__globals__, "abs", lambda x: x * x)
    assert srcad.grad(f)(-1.0) == -4.0
    monkeypatch.delitem(f.__globals__, "abs")
    assert srcad.grad(f)(-1.0) == -2.0


def test_linearize_keeps_its_point():
    x = np.array([1.0, 2.0])
    out, f_jvp = srcad.linearize(scaled, x, 3.0, 2)
    x[:] = 100.0
    np.testing.assert_array_equal(out, [3.0, 6.0])
    np.testing.assert_array_equal(f_jvp(np.ones(2), None, None), [3.0, 3.0])
    np.testing.assert_array_equal(f_jvp(None, 1.0, None), [1.0, 2.0])
    with pytest.raises(ValueError, match="shape"):
        f_jvp(np.ones(3), None, None)


def test_options_belong_to_the_function_that_was_given():
    checked = srcad.differentiate(boundscheck=True)(area)
    assert srcad.tangent(checked).options.boundscheck is True
    assert srcad.tangent(area).options.boundscheck is None
    assert srcad.tangent(checked) is not srcad.tangent(area)


def test_derivatives_of_objects():
    second = srcad.tangent(srcad.grad(by_global))
    assert second(3.0, 1.0) == (12.0, 4.0)


@pytest.mark.compiled
def test_called_from_compiled_code():
    along, back = srcad.tangent(area, (0, 1)), srcad.adjoint(area, (0, 1))

    @numba.njit
    def both(w, h):
        out, out_dot = along(w, h, 1.0, 1.0)
        value, (w_bar, h_bar) = back(w, h, 1.0)
        return out_dot - w_bar - h_bar + out - value

    assert both(3.0, 4.0) == 0.0


@pytest.mark.parametrize(
    ("operator", "args", "message"),
    [
        (srcad.tangent, (2.0, X), r"x_dot: expected a float64 number, got float64\[1d, C\]"),
        (srcad.tangent, (X, 1.0), "x_dot: expected a 1d array of float64, got float64"),
        (srcad.tangent, (X, None), "x_dot: expected a 1d array of float64, got None"),
        (srcad.tangent, (2.0, (1.0,)), "x_dot: expected a float64 number, got "),
        (srcad.adjoint, (X, X[:, None].copy()), r"expected a 1d array of float64, got float64\[2d"),
        (srcad.adjoint, (X, 1.0), "out_bar: expected a 1d array of float64, got float64"),
    ],
)
def test_vectors_of_another_kind(operator, args, message):
    def square(x):
        return x * x

    with as_plain_python(), pytest.raises(TypeError, match=message):
        operator(square)(*args)
    with pytest.raises(TypeError, match=message):
        operator(square)(*args)


def test_structures_of_another_length():
    def product(p):
        return p[0] * p[1]

    with as_plain_python():
        with pytest.raises(TypeError, match="p_dot: expected a list of 2, got a list of 3"):
            srcad.tangent(product)([2.0, 3.0], [1.0, 0.0, 5.0])
        with pytest.raises(TypeError, match="p_dot: expected a tuple of 2, got"):
            srcad.tangent(product)((2.0, 3.0), (1.0,))


def test_cotangents_of_float32_numbers():
    pullback = srcad.vjp(lambda x: x * x, np.float32(3.0))[1]
    assert pullback(np.float32(1.0)) == pullback(1.0) == (6.0,)


def test_what_a_pullback_returns_is_new_each_time():
    """An adjoint that is zero everywhere is made on the way forward, and copied on the way back."""
    pullback = srcad.vjp(lambda x: 2.0, X)[1]
    (found,) = pullback(1.0)
    found += 1.0
    assert pullback(1.0)[0].tolist() == [0.0, 0.0, 0.0]
