"""Tangents of `np.linalg` against differences, and adjoints against tangents."""

import numpy as np
import pytest

from srcad.library import linalg_derivatives as d
from srcad.library.triangular import solve_lower, solve_lower_t

H = 1e-6
RNG = np.random.default_rng(1)


def regular(n):
    return RNG.normal(size=(n, n)) / (n + 1) + 2.0 * np.eye(n)


def normal(*shape):
    return RNG.normal(size=shape)


def changes(func, args, dots):
    """Return the change of each result along tangents, by central differences."""
    ends = []
    for sign in (1, -1):
        found = func(*(a + sign * H * dot for a, dot in zip(args, dots, strict=True)))
        ends.append(found if isinstance(found, tuple) else (found,))
    return [(a - b) / (2 * H) for a, b in zip(*ends, strict=True)]


def compared(found, expected):
    found = found if isinstance(found, tuple) else (found,)
    for a, b in zip(found, expected, strict=True):
        assert np.shape(a) == np.shape(b)
        np.testing.assert_allclose(a, b, atol=1e-7, rtol=1e-7)


def inner(a, b):
    a, b = (x if isinstance(x, tuple) else (x,) for x in (a, b))
    return sum(float(np.sum(x * y)) for x, y in zip(a, b, strict=True))


def turned(bars, dots, out_bar, out_dot):
    """Check that an adjoint is the transpose of a tangent."""
    assert abs(inner(bars, dots) - inner(out_bar, out_dot)) < 1e-9
    for bar, dot in zip(*(x if isinstance(x, tuple) else (x,) for x in (bars, dots)), strict=True):
        assert np.shape(bar) == np.shape(dot)


SYSTEMS = {
    "solve": np.linalg.solve,
    "lower": solve_lower,
    "lower_t": solve_lower_t,
}


@pytest.mark.parametrize("n", [1, 3])
@pytest.mark.parametrize("name", SYSTEMS)
def test_systems(name, n):
    tangent, adjoint = getattr(d, f"{name}_tangent"), getattr(d, f"{name}_adjoint")
    tangent_a, tangent_b = getattr(d, f"{name}_tangent_a"), getattr(d, f"{name}_tangent_b")
    adjoint_a, adjoint_b = getattr(d, f"{name}_adjoint_a"), getattr(d, f"{name}_adjoint_b")
    for shape in ((n, 2), (n, 0), *([(n,)] if name == "solve" else [])):
        a, b, a_dot, b_dot, x_bar = regular(n), normal(*shape), normal(n, n), normal(*shape), None
        x, x_bar = SYSTEMS[name](a, b), normal(*shape)
        x_dot = tangent(a, x, a_dot, b_dot)
        compared(x_dot, changes(SYSTEMS[name], (a, b), (a_dot, b_dot)))
        np.testing.assert_allclose(tangent_a(a, x, a_dot) + tangent_b(a, b_dot), x_dot)
        bars = adjoint(a, x, x_bar)
        turned(bars, (a_dot, b_dot), x_bar, x_dot)
        np.testing.assert_allclose(adjoint_a(a, x, x_bar), bars[0])
        np.testing.assert_allclose(adjoint_b(a, x_bar), bars[1])


@pytest.mark.parametrize("name", ["lower", "lower_t"])
def test_the_other_triangle_has_no_cotangent(name):
    a, x, x_bar = regular(4), normal(4, 2), normal(4, 2)
    for a_bar in (
        getattr(d, f"{name}_adjoint")(a, x, x_bar)[0],
        getattr(d, f"{name}_adjoint_a")(a, x, x_bar),
    ):
        assert not np.triu(a_bar, 1).any()
        assert a_bar[np.tril_indices(4)].all()


@pytest.mark.parametrize("n", [1, 2, 4])
def test_inverses_and_determinants(n):
    a, a_dot = regular(n), normal(n, n)
    y = np.linalg.inv(a)
    y_dot, y_bar = d.inv_tangent(y, a_dot), normal(n, n)
    compared(y_dot, changes(np.linalg.inv, (a,), (a_dot,)))
    turned(d.inv_adjoint(y, y_bar), a_dot, y_bar, y_dot)
    det = np.linalg.det(a)
    compared(d.det_tangent(a, det, a_dot), changes(np.linalg.det, (a,), (a_dot,)))
    turned(d.det_adjoint(a, det, 1.5), a_dot, 1.5, d.det_tangent(a, det, a_dot))
    logarithm = d.slogdet_tangent(a, a_dot)
    compared(logarithm, changes(lambda a: (0.0, np.linalg.slogdet(a)[1]), (a,), (a_dot,)))
    turned(d.slogdet_adjoint(a, 1.5), a_dot, (0.0, 1.5), logarithm)


def test_determinants_of_singular_matrices():
    for a in (np.diag([2.0, 0.0, 3.0]), np.diag([1.0, 0.0, 0.0]), np.zeros((1, 1))):
        a_dot = normal(*a.shape)
        compared(d.det_tangent(a, 0.0, a_dot), changes(np.linalg.det, (a,), (a_dot,)))
        turned(d.det_adjoint(a, 0.0, 1.0), a_dot, 1.0, d.det_tangent(a, 0.0, a_dot))


@pytest.mark.parametrize("shape", [(4, 2), (3, 3), (5, 1)])
@pytest.mark.parametrize("columns", [(), (2,)])
def test_least_squares(shape, columns):
    (m, n), solve = shape, lambda a, b: np.linalg.lstsq(a, b, rcond=None)[0]
    a, b, a_dot, b_dot = normal(m, n), normal(m, *columns), normal(m, n), normal(m, *columns)
    x, x_bar = solve(a, b), normal(n, *columns)
    x_dot = d.lstsq_tangent(a, b, x, a_dot, b_dot)
    np.testing.assert_allclose(x_dot, changes(solve, (a, b), (a_dot, b_dot))[0], atol=1e-5)
    parts = d.lstsq_tangent_a(a, b, x, a_dot) + d.lstsq_tangent_b(a, b_dot)
    np.testing.assert_allclose(parts, x_dot, atol=1e-9)
    bars = d.lstsq_adjoint(a, b, x, x_bar)
    turned(bars, (a_dot, b_dot), x_bar, x_dot)
    np.testing.assert_allclose(d.lstsq_adjoint_a(a, b, x, x_bar), bars[0])
    np.testing.assert_allclose(d.lstsq_adjoint_b(a, x_bar), bars[1])


def test_least_squares_without_a_derivative():
    for a in (normal(2, 3), np.ones((3, 2))):
        with pytest.raises(ValueError, match="has no derivative"):
            d.lstsq_adjoint_b(a, normal(a.shape[1]))


@pytest.mark.parametrize("n", [1, 3])
def test_symmetric_matrices(n):
    a, a_dot = normal(n, n), normal(n, n)
    a = a @ a.T + n * np.diag(np.arange(n) + 1.0)
    symmetric = np.tril(a_dot) + np.tril(a_dot, -1).T
    y = np.linalg.cholesky(a)
    y_dot, y_bar = d.cholesky_tangent(y, a_dot), np.tril(normal(n, n))
    compared(y_dot, changes(np.linalg.cholesky, (a,), (symmetric,)))
    turned(d.cholesky_adjoint(y, y_bar), a_dot, y_bar, y_dot)
    w, v = np.linalg.eigh(a)
    dots, w_bar, v_bar = d.eigh_tangent(w, v, a_dot), normal(n), normal(n, n)
    compared(dots, changes(lambda a: tuple(np.linalg.eigh(a)), (a,), (symmetric,)))
    turned(d.eigh_adjoint(w, v, w_bar, v_bar), a_dot, (w_bar, v_bar), dots)
    np.testing.assert_allclose(d.eigvalsh_tangent(a, a_dot), dots[0])
    turned(d.eigvalsh_adjoint(a, w_bar), a_dot, w_bar, dots[0])
    for bar in (d.cholesky_adjoint(y, y_bar), d.eigh_adjoint(w, v, w_bar, v_bar)):
        assert not np.triu(bar, 1).any()


def test_equal_eigenvalues():
    w, v = np.array([1.0, 1.0, 2.0]), np.eye(3)
    v_bar = np.zeros((3, 3))
    assert np.isfinite(d.eigh_adjoint(w, v, np.ones(3), v_bar)).all()
    v_bar[0, 1] = 1.0
    with np.errstate(all="ignore"):
        assert not np.isfinite(d.eigh_adjoint(w, v, np.ones(3), v_bar)).all()
    v_bar[:] = 0.0
    v_bar[0, 2] = 1.0
    assert np.isfinite(d.eigh_adjoint(w, v, np.ones(3), v_bar)).all()


@pytest.mark.parametrize("shape", [(3, 3), (4, 2), (2, 4), (1, 1), (1, 3), (3, 1)])
def test_factors(shape):
    a, a_dot = normal(*shape) + np.eye(*shape), normal(*shape)
    q, r = np.linalg.qr(a)
    dots, bars = d.qr_tangent(a, q, r, a_dot), (normal(*q.shape), normal(*r.shape))
    compared(dots, changes(lambda a: tuple(np.linalg.qr(a)), (a,), (a_dot,)))
    turned(d.qr_adjoint(a, q, r, *bars), a_dot, bars, dots)
    u, s, vt = np.linalg.svd(a, full_matrices=False)
    dots = d.svd_tangent(a, u, s, vt, a_dot)
    compared(dots, changes(lambda a: tuple(np.linalg.svd(a, full_matrices=False)), (a,), (a_dot,)))
    bars = normal(*u.shape), normal(*s.shape), normal(*vt.shape)
    turned(d.svd_adjoint(a, u, s, vt, *bars), a_dot, bars, dots)
