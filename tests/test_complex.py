"""Complex numbers: values, both modes, second order, conventions, and what is refused."""

# ruff: noqa: PLW0108 - operators take Python functions

from __future__ import annotations

import cmath

import numba
import numpy as np
import pytest

import srcad
from srcad.errors import NotDifferentiable
from tests.complex_differences import difference, directions, paired
from tests.complex_programs import HOLOMORPHIC, NUMPY, PROGRAMS, RNG, drawn
from tests.harness import as_plain_python

FIRST = 1e-7
CLOSE = 1e-12

IDS = [f"{function.__name__}-{k}" for k, (function, _) in enumerate(PROGRAMS)]


def moving(args):
    """Return the positions of floats, complex numbers and arrays of them."""
    return tuple(k for k, arg in enumerate(args) if not isinstance(arg, int))


@pytest.mark.parametrize(("f", "args"), PROGRAMS, ids=IDS)
def test_first_order(f, args):
    """The value is NumPy's; forward mode is the difference, reverse mode is forward mode."""
    wrt, dots = moving(args), directions(args)
    with as_plain_python():
        value, bars = srcad.value_and_grad(f, wrt)(*args)
        out, out_dot = srcad.jvp(f, args, dots)
    assert value == pytest.approx(f(*args), rel=CLOSE)
    assert out == value
    assert out_dot == pytest.approx(difference(f, args, dots), rel=FIRST, abs=FIRST)
    assert paired(bars, [dots[k] for k in wrt]) == pytest.approx(out_dot, rel=CLOSE, abs=CLOSE)
    for k, bar in zip(wrt, bars, strict=True):
        assert np.asarray(bar).dtype == np.asarray(args[k]).dtype


TWICE = (0, 3, 4, 8, 10, 16)


@pytest.mark.slow
@pytest.mark.parametrize(("f", "args"), [PROGRAMS[k] for k in TWICE], ids=[IDS[k] for k in TWICE])
def test_second_order(f, args):
    """The gradient along a tangent is the difference of gradients."""
    wrt, dots = moving(args), directions(args)
    with as_plain_python():
        gradient = srcad.grad(f, wrt)
        _, moved = srcad.jvp(gradient, args, dots)
        for n in range(len(wrt)):
            expected = difference(lambda *a, n=n: gradient(*a)[n], args, dots)
            np.testing.assert_allclose(moved[n], expected, rtol=1e-5, atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("f", NUMPY)
def test_functions_of_numpy(f):
    """Values, dtypes and derivatives of functions of whole arrays are NumPy's."""
    args = (drawn(3), drawn(3), drawn(3, 3), drawn(3, 3), RNG.standard_normal(3))
    dots = directions(args)
    with as_plain_python():
        outs, out_dots = srcad.jvp(f, args, dots)
    for k, expected in enumerate(f(*args)):
        assert np.asarray(outs[k]).dtype == np.asarray(expected).dtype, k
        np.testing.assert_allclose(outs[k], expected, rtol=1e-12, atol=1e-12, err_msg=str(k))
        if np.asarray(expected).dtype in (np.float64, np.complex128):
            moved = difference(lambda *a, k=k: f(*a)[k], args, dots)
            np.testing.assert_allclose(out_dots[k], moved, rtol=1e-6, atol=1e-7, err_msg=str(k))


@pytest.mark.parametrize(("f", "z"), HOLOMORPHIC)
def test_holomorphic(f, z):
    """The complex derivative is that along the real and along the imaginary direction."""
    with as_plain_python():
        value, found = srcad.value_and_grad(f, holomorphic=True)(z)
        assert srcad.grad(f, holomorphic=True)(z) == found
        _, along = srcad.jvp(f, (z,), (1j,))
        out, pullback = srcad.vjp(f, z)
        back = pullback(1j)[0]
    assert value == pytest.approx(f(z), rel=CLOSE)
    assert out == value
    assert found == pytest.approx(difference(f, (z,), (1 + 0j,)), rel=FIRST)
    assert along == pytest.approx(1j * found, rel=CLOSE)
    assert back == pytest.approx(1j * found, rel=CLOSE)


def test_numbers_of_jax():
    """Gradients by complex arguments, and pullbacks, are those that JAX returns."""
    with as_plain_python():
        assert srcad.grad(lambda z: abs(z) ** 2)(1 + 2j) == pytest.approx(2 - 4j)
        assert srcad.grad(lambda z: z.real * z.imag)(3 + 5j) == 5 - 3j
        assert srcad.grad(lambda z: (z * z).real)(3 + 5j) == 6 + 10j
        assert srcad.grad(lambda z: (1j * z).real)(3 + 5j) == 1j
        assert srcad.vjp(lambda z: np.conj(z), 1 + 2j)[1](3 + 4j) == (3 - 4j,)
        assert srcad.vjp(lambda z: z * z, 1 + 2j)[1](1 + 0j) == (2 + 4j,)
        assert srcad.vjp(lambda x: x * (1 + 2j), 3.0)[1](1 + 1j) == (-1.0,)
        assert srcad.jvp(lambda z: z * z, (1 + 2j,), (1j,))[1] == -4 + 2j


def test_kinks():
    """At zero, abs and angle have derivative zero; a root that nothing flows to is no nan."""
    with as_plain_python():
        assert srcad.grad(lambda z: abs(z))(0j) == 0
        assert srcad.grad(lambda z: np.angle(z))(0j) == 0
        assert srcad.grad(lambda z: 0.0 * np.sqrt(z).real)(0j) == 0
        assert srcad.grad(lambda z: (z**3).real + (z**1).imag)(0j) == -1j
        assert srcad.grad(lambda z: (z ** (2.5 + 0j)).real)(0j) == 0


def test_quotients():
    """Division is by the larger part first: no part may be zero, or overflow."""
    for z in (2 + 0j, 2j, 1e200 + 1e199j, 1e-100 - 1e-99j):
        with as_plain_python():
            value, found = srcad.value_and_grad(lambda z: 1j / z, holomorphic=True)(z)
        assert value == pytest.approx(1j / z, rel=1e-14)
        assert found == pytest.approx(-1j / z / z, rel=1e-12)


def test_on_branch_cuts():
    """On the negative real axis the derivative is that of the side that the value is on."""
    with as_plain_python():
        for zero in (0.0, -0.0):
            z = complex(-4.0, zero)
            value, found = srcad.value_and_grad(lambda z: np.sqrt(z), holomorphic=True)(z)
            assert value == np.sqrt(z)
            assert found == 1 / (2 * np.sqrt(z))


def test_the_sign_of_zero():
    """A product with a real number has the imaginary part that NumPy gives it."""

    def f(x):
        return np.sqrt(x * (1 + 0j)).imag

    with as_plain_python():
        assert srcad.value_and_grad(f)(-1.0)[0] == f(-1.0) == 1.0


def test_single_precision():
    """complex64 stays what it is, also beside literals."""
    z = np.array([1 + 2j, 3 - 1j], np.complex64)

    def f(z):
        w = 2.0 * z * z + 1
        return np.sum(np.abs(w))

    with as_plain_python():
        value, bar = srcad.value_and_grad(f)(z)
        out, _ = srcad.jvp(lambda z: 2.0 * z * z + 1, (z,), (z,))
    assert bar.dtype == out.dtype == np.complex64
    assert value == pytest.approx(float(f(z)), rel=1e-6)


def test_written_arguments():
    """Complex arguments that are written are outputs as a whole, and copied."""

    def f(z):
        z.real[0] = 2.0 * z[1].imag
        return np.sum(z.real * z.imag)

    z = np.array([1 + 2j, 3 - 1j])
    kept = z.copy()
    with as_plain_python():
        (value, written), pullback = srcad.vjp(f, z)
        (bar,) = pullback((1.0, np.zeros(2, np.complex128)))
    assert np.array_equal(z, kept)
    assert written.tolist() == [-2 + 2j, 3 - 1j]
    assert value == -7.0
    assert bar.tolist() == [2j, -1 - 7j]


PLANE = np.array([1 + 1j, 2 - 1j])
TURN = 2 + 1j


def test_captured():
    """Captured arrays and numbers are read at each call."""
    rows = np.array([[1j, 2.0], [3.0, 1 - 1j]])

    def f(x):
        return np.sum(np.abs(rows @ (PLANE * x)) ** 2) * abs(TURN)

    x = np.array([0.3, 0.9])
    with as_plain_python():
        gradient = srcad.grad(f)
        first = gradient(x)
        rows *= 2
        second = gradient(x)
    assert second == pytest.approx(4 * first)
    assert difference(f, (x,), (np.ones(2),)) == pytest.approx(np.sum(second))


def test_structures():
    """Complex numbers may be parts of tuples and dicts, of arguments and of results."""

    def f(p):
        return (p[0] * 2j, p[1]), {"z": p[2][0] * p[0]}

    p = (1 + 2j, 3.0, np.array([1j, 2.0]))
    with as_plain_python():
        (first, second), third = srcad.jvp(f, (p,), (p,))[1]
        ((z_bar, x_bar, a_bar),) = srcad.vjp(f, p)[1](((1 + 0j, 1.0), {"z": 1j}))
        bars = srcad.grad(lambda d: abs(d["a"] * d["b"]))({"a": 1j, "b": 2.0 + 0j})
    assert (first, second, third["z"]) == (-4 + 2j, 3.0, 2 * 1j * (1 + 2j))
    assert (z_bar, x_bar, a_bar.tolist()) == (2j - 1, 1.0, [1j * (1 + 2j), 0])
    assert bars == pytest.approx({"a": -2j, "b": 1 + 0j})


def test_operators_of_real_arguments():
    """Jacobians, Hessians, series and patterns of real functions with complex numbers inside."""

    def f(x):
        return np.abs(np.exp(1j * x) + 2 * x[::-1]) ** 2

    x = np.array([0.3, 0.9])
    with as_plain_python():
        jacobian = srcad.jacfwd(f)(x)
        assert srcad.jacrev(f)(x) == pytest.approx(jacobian)
        hessian = srcad.hessian(lambda x: np.sum(f(x)))(x)
        assert hessian == pytest.approx(hessian.T)
        back = srcad.jacrev(lambda x: np.exp(1j * x))(x)
    for k in range(2):
        unit = np.eye(2)[k]
        assert jacobian[:, k] == pytest.approx(difference(f, (x,), (unit,)), rel=FIRST)
    assert back == pytest.approx(np.diag(1j * np.exp(1j * x)))


def test_series_of_complex_results():
    """A power series is of real numbers: the error says what to return."""
    with as_plain_python(), pytest.raises(NotDifferentiable, match="complex results") as caught:
        srcad.taylor(lambda x: x * 1j, 0.5, 1.0, 2)
    assert "z.real" in str(caught.value)


def square(z):
    return z * z


def total(z):
    return np.sum(np.abs(z))


@pytest.mark.parametrize(
    "call",
    [
        lambda z: srcad.jacfwd(square)(z),
        lambda z: srcad.jacrev(square)(z),
        lambda z: srcad.hessian(total)(z),
        lambda z: srcad.hvp(total)(z, z),
        lambda z: srcad.taylor(square, z, z, 2),
        lambda z: srcad.grad(total, out=True)(z, z.copy()),
        lambda z: srcad.sparse_jacobian(square)(z),
        lambda z: srcad.sparse_hessian(total)(z),
    ],
)
def test_operators_for_real_arguments(call):
    """What is not defined here for complex arguments says so."""
    with as_plain_python(), pytest.raises(TypeError, match="complex"):
        call(np.array([1 + 2j, 3j]))


@pytest.mark.compiled
def test_check_grads():
    """Both modes are checked along the real and the imaginary part of each element."""

    def f(z, x):
        return np.sum(np.abs(z * x) ** 2), z[0] * z * 1j

    z, x = np.array([1 + 2j, 3j]), 0.5
    wrong = srcad.custom_jvp(lambda x: x * x)
    wrong.defjvp(lambda primals, tangents: (primals[0] ** 2, primals[0] * tangents[0]))
    with as_plain_python():
        srcad.check_grads(f, (z, x))
        srcad.check_grads(lambda z: (z * z).real, (1 + 2j,), order=2)
        with pytest.raises(AssertionError, match=r"argument z\.imag, mode fwd"):
            srcad.check_grads(lambda z: z.real + wrong(z.imag), (1 + 2j,))


def test_gradients_that_are_none():
    """A gradient is of a real number; a complex derivative is by complex numbers."""
    with as_plain_python():
        with pytest.raises(TypeError, match="holomorphic=True"):
            srcad.grad(lambda z: z * z)(1j)
        with pytest.raises(TypeError, match="pass a complex number"):
            srcad.grad(lambda z: z * 1j, holomorphic=True)(2.0)
        with pytest.raises(TypeError, match="must return a complex number"):
            srcad.grad(lambda z: abs(z), holomorphic=True)(2j)


REFUSED = (
    (lambda z: np.sum(np.floor(z)).real, "'np.floor'", "z.real"),
    (lambda z: np.prod(z).real, "'np.prod'", "loop"),
    (lambda z: z.prod().real, "'z.prod'", "z.real"),
    (lambda z: np.max(z).real, "'np.max'", ""),
    (lambda z: np.sort(z)[0].real, "'np.sort'", ""),
    (lambda z: z[0].real if z[0] > z[1] else 0.0, "'>'", "abs(z)"),
    (lambda z: float(z[0]), "cannot be converted", "z.real"),
    (lambda z: z[0].real if z[0] else 0.0, "truth value", "!= 0"),
    (lambda z: np.maximum(z, 1j)[0].real, "'np.maximum'", ""),
    (lambda z: np.correlate(z, z)[0].real, "'np.correlate'", ""),
    (lambda z: np.sign(z)[0].real, "'np.sign'", ""),
    (lambda z: np.hypot(z, z)[0].real, "'np.hypot'", ""),
    (lambda z: (z % 2)[0].real, "'%'", ""),
    (lambda z: (z // 2)[0].real, "'//'", ""),
    (lambda z: np.linalg.svd(np.outer(z, z))[1][0], "svd", "full_matrices=False"),
    (lambda z: np.linalg.eigvals(np.outer(z.real, z.real))[0].real, "complex", "a + 0j"),
    (lambda z: cmath.isclose(z[0], z[1]) * 1.0, "isclose", ""),
    (lambda z: np.arange(z[0])[0].real, "", ""),
    (lambda z: np.fft.hfft(z)[0].real, "fft", ""),
)


@pytest.mark.parametrize(("f", "message", "hint"), REFUSED)
def test_refused(f, message, hint):
    """Nothing passes through a rule for real numbers: an error has the line and advice."""
    z = np.array([1 + 2j, 3j])
    with as_plain_python(), pytest.raises(NotDifferentiable) as caught:
        srcad.grad(f)(z)
    text = str(caught.value)
    assert message in text
    assert hint in text
    assert "test_complex.py" in text


def test_refused_calls():
    """Calls that are not inlined take no complex numbers."""

    def again(z, n):
        return abs(z) if n == 0 else again(z * z, n - 1)

    with as_plain_python():
        with pytest.raises(NotDifferentiable, match="with complex numbers"):
            srcad.grad(lambda z, n: again(z, n))(1j, 2)
        with pytest.raises(NotDifferentiable, match="complex"):
            srcad.grad(lambda z: abs(srcad.grad(lambda w: abs(w))(z)))(1j)


@pytest.mark.compiled
@pytest.mark.parametrize("k", [0, 8, 10])
def test_compiled(k):
    """Compiled code gives what plain Python gives, and its value is Numba's."""
    f, args = PROGRAMS[k]
    wrt = moving(args)
    value, bars = srcad.value_and_grad(f, wrt)(*args)
    assert value == pytest.approx(f(*args), rel=CLOSE)
    if k in (0, 8):
        assert value == numba.njit(f)(*args)
    with as_plain_python():
        _, expected = srcad.value_and_grad(f, wrt)(*args)
    for bar, other in zip(bars, expected, strict=True):
        np.testing.assert_allclose(bar, other, rtol=1e-12, atol=1e-13)
