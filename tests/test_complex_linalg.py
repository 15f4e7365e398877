"""Programs with `np.linalg` of complex matrices: values, both modes and second order.

The derivatives of each function stand in `library/test_complex_derivatives.py`.
"""

import numpy as np
import pytest

import srcad
from tests.complex_differences import difference, directions, paired
from tests.harness import as_plain_python

RNG = np.random.default_rng(5)


def drawn(*shape):
    return RNG.standard_normal(shape) + 1j * RNG.standard_normal(shape)


def weighed(z):
    """Return a real number of both parts of all elements."""
    k = np.arange(z.size).reshape(z.shape) + 1.0
    return np.sum(z.real * np.cos(k) + z.imag * np.sin(2 * k))


def determinants(a):
    sign, size = np.linalg.slogdet(a)
    return (np.linalg.det(a) * sign).real * size


def hermitian(a):
    lower = np.linalg.cholesky(a @ np.conj(a).T + np.eye(a.shape[0]))
    return weighed(lower) + weighed(np.linalg.eigvalsh(a))


def vectors(a):
    w, v = np.linalg.eigh(a)
    return weighed(v) + weighed(w)


def fitted(a):
    x, _, _, _ = np.linalg.lstsq(a, a[:, 0] * 1j + 1, -1)
    return weighed(np.abs(x))


PROGRAMS = [(determinants, (2, 2)), (hermitian, (3, 3)), (vectors, (3, 3)), (fitted, (3, 2))]


@pytest.mark.parametrize(("f", "shape"), PROGRAMS)
def test_programs(f, shape):
    """The value is NumPy's; forward mode is the difference, reverse mode is forward mode."""
    a = drawn(*shape)
    (a_dot,) = directions((a,))
    with as_plain_python():
        value, bar = srcad.value_and_grad(f)(a)
        _, dot = srcad.jvp(f, (a,), (a_dot,))
    assert value == pytest.approx(f(a), rel=1e-12)
    assert dot == pytest.approx(difference(f, (a,), (a_dot,)), rel=1e-6)
    assert paired([bar], [a_dot]) == pytest.approx(dot, rel=1e-10)


def levels(a):
    return weighed(np.linalg.eigvalsh(a))


@pytest.mark.parametrize("f", [levels])
def test_second_order(f):
    """The gradient along a tangent is the difference of gradients; its pullback the transpose."""
    a = drawn(2, 2)
    (a_dot,), c = directions((a,)), drawn(2, 2)
    with as_plain_python():
        gradient = srcad.grad(f)
        _, moved = srcad.jvp(gradient, (a,), (a_dot,))
        np.testing.assert_allclose(moved, difference(gradient, (a,), (a_dot,)), rtol=1e-5)
        (bar,) = srcad.vjp(gradient, a)[1](c)
    assert paired([bar], [a_dot]) == pytest.approx(paired([c], [moved]), rel=1e-9)


def test_results():
    """Results are those of NumPy, with its dtypes, and writable; real arguments stay real."""

    def f(a, t):
        q, r = np.linalg.qr(a)
        u, s, vh = np.linalg.svd(a, full_matrices=False)
        w, v = np.linalg.eig(a[:2])
        q[0, 0] = 2.0 * t
        return q, r, u, s, vh, w, v, np.linalg.slogdet(a[:2]), np.linalg.norm(a, 2)

    for a in (drawn(3, 2), drawn(3, 2).astype(np.complex64)):
        with as_plain_python():
            found, _ = srcad.jvp(f, (a, np.float32(1.0)), (None, np.float32(1.0)))
        for got, want in zip(found[:-2], f(a, np.float32(1.0))[:-2], strict=True):
            assert (np.shape(got), got.dtype) == (np.shape(want), want.dtype)
            np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-6)


def named_again(a, b, x):
    for _ in range(2):
        a = a @ b
        b = b @ b
        x = b @ x
        x = np.linalg.solve(a, x)
    return weighed(a) + weighed(b) + weighed(x)


def test_results_that_take_the_name_of_an_operand():
    """Both parts of a product, or of a solution, are computed before either is assigned."""
    args = (drawn(2, 2), drawn(2, 2), drawn(2))
    dots = directions(args)
    with as_plain_python():
        value, dot = srcad.jvp(named_again, args, dots)
    assert value == pytest.approx(named_again(*args), rel=1e-12)
    assert dot == pytest.approx(difference(named_again, args, dots), rel=1e-6)
