"""Implicit functions whose systems are solved by products: against the dense solve."""

import numba
import numpy as np
import pytest

import srcad
from srcad.derivative import tangent_of
from srcad.krylov import solves
from srcad.options import DEFAULT
from tests.harness import as_plain_python

A = np.array([[3.0, 1.0], [0.5, 2.0]])
B = np.array([1.0, 2.0])


def system(x, A, b):
    return A @ x + 0.1 * x**3 - b


def newton(A, b):
    x = np.zeros_like(b)
    for _ in range(20):
        x = x - np.linalg.solve(A + np.diag(0.3 * x * x), A @ x + 0.1 * x**3 - b)
    return x


def quartic(x, b):
    return np.sum(0.25 * x**4 - b * x)


def quartic_slope(x, b):
    return x**3 - b


def cubic(b):
    return np.cbrt(b)


def twice(a):
    return np.array([a / 2.0, a / 2.0])


def same_rows(x, a):
    return np.array([x[0] + x[1] - a, x[0] + x[1] - 2.0 * a])


dense = srcad.root(system, newton)
solved = srcad.root(system, newton, linear="gmres")


def by_dense(A, b):
    return np.sum(dense(A, b) ** 2)


def by_products(A, b):
    return np.sum(solved(A, b) ** 2)


@pytest.mark.slow
def test_systems_that_are_not_symmetric():
    """GMRES with the matrix, in forward mode, and with its transpose, in reverse mode."""
    with as_plain_python():
        expected = srcad.grad(by_dense, (0, 1))(A, B)
        found = srcad.grad(by_products, (0, 1))(A, B)
        along = srcad.jvp(by_products, (A, B), (np.ones((2, 2)), None))[1]
    assert found[0] == pytest.approx(expected[0], rel=1e-11)
    assert found[1] == pytest.approx(expected[1], rel=1e-11)
    assert along == pytest.approx(expected[0].sum(), rel=1e-11)


def test_a_matrix_that_is_singular():
    f = srcad.root(same_rows, twice, linear="cg")
    with as_plain_python(), pytest.raises(RuntimeError, match="root: CG does not converge"):
        srcad.jvp(lambda a: f(a)[0], (2.0,), (1.0,))


def test_methods_by_name():
    with pytest.raises(ValueError, match='linear is "dense", "cg" or "gmres"'):
        srcad.root(system, newton, linear="lu")


def chain(x, c, b):
    out = np.empty_like(x)
    for i in range(x.size):
        out[i] = (2.5 + c) * x[i] + 0.1 * x[i] ** 3 - b[i]
        if i > 0:
            out[i] -= 1.2 * x[i - 1]
        if i < x.size - 1:
            out[i] -= 0.8 * x[i + 1]
    return out


def sweeps(c, b):
    x = np.zeros_like(b)
    for _ in range(400):
        for i in range(x.size):
            r = b[i] - 0.1 * x[i] ** 3
            if i > 0:
                r += 1.2 * x[i - 1]
            if i < x.size - 1:
                r += 0.8 * x[i + 1]
            x[i] = r / (2.5 + c)
    return x


@pytest.mark.slow
def test_second_order():
    """The rules of the solves are differentiated: of CG, in forward mode over reverse mode."""
    minimum = srcad.argmin(quartic, cubic, linear="cg")
    gradient = srcad.grad(lambda b: minimum(b)[0])
    b = np.array([1.0, 8.0])
    first, found = tangent_of(gradient, (0,), DEFAULT).py_func(b, np.ones(2))
    assert first == pytest.approx([1.0 / 3.0, 0.0], rel=1e-10)
    assert found == pytest.approx([-2.0 / 9.0, 0.0], rel=1e-10)


@pytest.mark.compiled
def test_large_systems():
    """5,000 unknowns, whose dense Jacobian would take 200 MB."""
    large = srcad.root(chain, sweeps, linear="gmres")
    b = np.sin(np.arange(5000.0))
    slope = srcad.grad(lambda c: np.sum(large(c, b)))(0.5)
    plain = numba.njit(sweeps)
    difference = (np.sum(plain(0.5 + 1e-4, b)) - np.sum(plain(0.5 - 1e-4, b))) / 2e-4
    assert slope == pytest.approx(difference, rel=1e-6)


def triangular(x, b):
    return np.array([2.0 * x[0] + 0.5 * x[1] - b[0], 2.0 * x[1] - b[1]])


def test_cg_of_a_matrix_that_is_not_symmetric():
    """It may come to its end at once, with another matrix than the transpose."""
    solve = solves(triangular, 2, "cg", "root", is_fixed=False)
    x, b = np.array([1.0, 2.0]), np.array([1.0, 0.0])
    with as_plain_python(), pytest.raises(RuntimeError, match="root: the matrix is not symmetric"):
        srcad.grad(lambda b: solve(x, x, b)[0])(b)


def test_nothing_to_solve():
    """The system has no unknowns."""
    solve = solves(quartic_slope, 2, "cg", "root", is_fixed=False)
    none = np.zeros(0)
    with as_plain_python():
        found = srcad.grad(lambda b: np.sum(solve(b, b, b)))(none)
    assert found.shape == (0,)
