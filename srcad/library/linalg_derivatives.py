"""Tangents and adjoints of `np.linalg`, in the language that srcad accepts.

`srcad.rules.linalg` says how they are found: by name, arguments by what they are called.
The formulas are those of Giles, "Collected matrix derivative results for forward and
reverse mode algorithmic differentiation" (2008); where others are used, they are named.
"""

# mypy: disable-error-code="no-untyped-def,no-untyped-call"

from __future__ import annotations

import numpy as np

from srcad.library.triangular import solve_lower, solve_lower_t


def _unit(a):
    """Return the distance of one from the next number of this dtype."""
    return np.spacing(np.asarray(1.0, dtype=a.dtype))


# Systems of equations ---------------------------------------------------------------


def _product(u, v):
    """Return `u @ v.T` for matrices, and the outer product of vectors."""
    return u[:, None] * v[None, :] if u.ndim == 1 else u @ v.T


def solve_tangent(a, x, a_dot, b_dot):
    return np.linalg.solve(a, b_dot - a_dot @ x)


def solve_tangent_a(a, x, a_dot):
    return np.linalg.solve(a, -(a_dot @ x))


def solve_tangent_b(a, b_dot):
    return np.linalg.solve(a, b_dot)


def solve_adjoint(a, x, x_bar):
    b_bar = np.linalg.solve(a.T, x_bar)
    return -_product(b_bar, x), b_bar


def solve_adjoint_a(a, x, x_bar):
    return -_product(np.linalg.solve(a.T, x_bar), x)


def solve_adjoint_b(a, x_bar):
    return np.linalg.solve(a.T, x_bar)


def lower_tangent(a, x, a_dot, b_dot):
    return solve_lower(a, b_dot - np.tril(a_dot) @ x)


def lower_tangent_a(a, x, a_dot):
    return solve_lower(a, -(np.tril(a_dot) @ x))


def lower_tangent_b(a, b_dot):
    return solve_lower(a, b_dot)


def lower_adjoint(a, x, x_bar):
    b_bar = solve_lower_t(a, x_bar)
    return np.tril(-(b_bar @ x.T)), b_bar


def lower_adjoint_a(a, x, x_bar):
    return np.tril(-(solve_lower_t(a, x_bar) @ x.T))


def lower_adjoint_b(a, x_bar):
    return solve_lower_t(a, x_bar)


def lower_t_tangent(a, x, a_dot, b_dot):
    return solve_lower_t(a, b_dot - np.tril(a_dot).T @ x)


def lower_t_tangent_a(a, x, a_dot):
    return solve_lower_t(a, -(np.tril(a_dot).T @ x))


def lower_t_tangent_b(a, b_dot):
    return solve_lower_t(a, b_dot)


def lower_t_adjoint(a, x, x_bar):
    b_bar = solve_lower(a, x_bar)
    return np.tril(-(x @ b_bar.T)), b_bar


def lower_t_adjoint_a(a, x, x_bar):
    return np.tril(-(x @ solve_lower(a, x_bar).T))


def lower_t_adjoint_b(a, x_bar):
    return solve_lower(a, x_bar)


def inv_tangent(y, a_dot):
    return -(y @ (a_dot @ y))


def inv_adjoint(y, y_bar):
    return -(y.T @ (y_bar @ y.T))


# Least squares: Golub and Pereyra (1973), for matrices of full column rank ----------


def _normal_solve(a, z):
    """Return `inv(a.T @ a) @ z` for a matrix z, by the triangular factor of a."""
    if a.shape[0] < a.shape[1]:
        raise ValueError("lstsq of fewer rows than columns has no derivative here")
    r = np.linalg.qr(a)[1]
    size = np.abs(np.diag(r))
    if a.shape[1] > 0 and np.min(size) <= 45 * _unit(a) * np.max(size):
        raise ValueError("lstsq of a matrix without full column rank has no derivative")
    return solve_lower_t(r.T, solve_lower(r.T, z))


def _normal(a, z):
    """Return `inv(a.T @ a) @ z` for a vector or a matrix z."""
    return _normal_solve(a, z[:, None])[:, 0] if z.ndim == 1 else _normal_solve(a, z)


def lstsq_tangent(a, b, x, a_dot, b_dot):
    change = a.T @ (b_dot - a_dot @ x) + a_dot.T @ (b - a @ x)
    return _normal(a, change)


def lstsq_tangent_a(a, b, x, a_dot):
    return _normal(a, a_dot.T @ (b - a @ x) - a.T @ (a_dot @ x))


def lstsq_tangent_b(a, b_dot):
    return _normal(a, a.T @ b_dot)


def lstsq_adjoint(a, b, x, x_bar):
    w = _normal(a, x_bar)
    b_bar = a @ w
    return _product(b - a @ x, w) - _product(b_bar, x), b_bar


def lstsq_adjoint_a(a, b, x, x_bar):
    w = _normal(a, x_bar)
    return _product(b - a @ x, w) - _product(a @ w, x)


def lstsq_adjoint_b(a, x_bar):
    return a @ _normal(a, x_bar)


# Determinants -----------------------------------------------------------------------


def _cofactors(a, y):
    """Return the cofactors of a matrix; y is its determinant."""
    if y != 0.0:
        return y * np.linalg.inv(a).T
    u, s, vt = np.linalg.svd(a, full_matrices=False)
    others = np.empty(s.shape[0], dtype=a.dtype)
    for i in range(s.shape[0]):
        product = 1.0
        for j in range(s.shape[0]):
            if j != i:
                product *= s[j]
        others[i] = product
    return np.linalg.det(u) * np.linalg.det(vt) * ((u * others) @ vt)


def det_tangent(a, y, a_dot):
    return np.sum(_cofactors(a, y) * a_dot)


def det_adjoint(a, y, y_bar):
    return y_bar * _cofactors(a, y)


def slogdet_tangent(a, a_dot):
    return 0.0, np.sum(np.linalg.inv(a).T * a_dot)


def slogdet_adjoint(a, y_bar):
    return y_bar * np.linalg.inv(a).T


# Symmetric matrices: functions of the lower triangle, as LAPACK reads it ------------


def _halved(a):
    """Return the lower triangle of a matrix, with half of its diagonal."""
    result = np.zeros(a.shape, dtype=a.dtype)
    for i in range(a.shape[0]):
        for j in range(i):
            result[i, j] = a[i, j]
        result[i, i] = 0.5 * a[i, i]
    return result


def _mirrored(a):
    """Return the symmetric matrix with the lower triangle of `a`."""
    lower = _halved(a)
    return lower + lower.T


def cholesky_tangent(y, a_dot):
    """Return the tangent; see Murray, "Differentiation of the Cholesky decomposition"."""
    inner = solve_lower(y, solve_lower(y, _mirrored(a_dot)).T)
    return y @ _halved(inner)


def cholesky_adjoint(y, y_bar):
    """Return the adjoint; see Murray, "Differentiation of the Cholesky decomposition"."""
    p = _halved(y.T @ y_bar)
    return _halved(solve_lower_t(y, solve_lower_t(y, p + p.T).T))


def _ratio(above, below):
    """Return the quotient, 0 for a zero over a zero."""
    is_zero = (above == 0.0) & (below == 0.0)
    return np.where(is_zero, 0.0, above / np.where(is_zero, 1.0, below))


def _gaps(w):
    """Return w_j - w_i, an exact zero where it is lost in rounding errors."""
    gaps = w[None, :] - w[:, None]
    return np.where(np.abs(gaps) > 4.5 * _unit(w) * np.sum(np.abs(w)), gaps, 0.0)


def _turning(x, gaps):
    """Return what turning pairs of vectors contributes.

    A pair that nothing depends on contributes nothing. For another one with equal values
    there is no derivative: inf, or NaN where rotations cancel.
    """
    result = np.zeros(x.shape, dtype=x.dtype)
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            is_free = gaps[i, j] == 0.0 and x[i, j] == 0.0 and x[j, i] == 0.0
            if i != j and not is_free:
                result[i, j] = (x[i, j] - x[j, i]) / gaps[i, j]
    return result


def eigh_tangent(w, v, a_dot):
    inner = v.T @ (_mirrored(a_dot) @ v)
    return np.diag(inner), v @ _off_diagonal(inner, _gaps(w))


def eigh_adjoint(w, v, w_bar, v_bar):
    inner = 0.5 * _turning(v.T @ v_bar, _gaps(w)) + np.diag(w_bar)
    return 2.0 * _halved(v @ (inner @ v.T))


def eigvalsh_tangent(a, a_dot):
    v = np.linalg.eigh(a)[1]
    return np.sum(v * (_mirrored(a_dot) @ v), axis=0)


def eigvalsh_adjoint(a, w_bar):
    v = np.linalg.eigh(a)[1]
    return 2.0 * _halved((v * w_bar) @ v.T)


def _off_diagonal(above, gaps):
    """Return the quotient, with zeros on the diagonal."""
    result = np.zeros(above.shape, dtype=above.dtype)
    for i in range(above.shape[0]):
        for j in range(above.shape[1]):
            if i != j:
                result[i, j] = above[i, j] / gaps[i, j]
    return result


# QR: Walter and Lehmann, "Algorithmic differentiation of linear algebra functions" --


def _times_inverse(b, r):
    """Return `b @ inv(r)` for an upper triangle r."""
    return solve_lower(r.T, b.T).T


def _times_inverse_t(b, r):
    """Return `b @ inv(r).T` for an upper triangle r."""
    return solve_lower_t(r.T, b.T).T


def _qr_tangent(q, r, a_dot):
    c = _times_inverse(q.T @ a_dot, r)
    lower = np.tril(c, -1)
    r_dot = (c - lower + lower.T) @ r
    return _times_inverse(a_dot - q @ r_dot, r), r_dot


def qr_tangent(a, q, r, a_dot):
    m, n = a.shape
    if m >= n:
        q_dot, r_dot = _qr_tangent(q, r, a_dot)
    else:
        q_dot, first = _qr_tangent(q, r[:, :m], a_dot[:, :m])
        second = q_dot.T @ a[:, m:] + q.T @ a_dot[:, m:]
        r_dot = np.concatenate((first, second), axis=1)
    return q_dot, r_dot


def _qr_adjoint(q, r, q_bar, r_bar):
    lower = np.tril(r @ np.triu(r_bar).T - q_bar.T @ q)
    return _times_inverse_t(q_bar + q @ (lower + np.tril(lower, -1).T), r)


def qr_adjoint(a, q, r, q_bar, r_bar):
    m, n = a.shape
    if m >= n:
        result = _qr_adjoint(q, r, q_bar, r_bar)
    else:
        second = r_bar[:, m:]
        turned = q_bar + a[:, m:] @ second.T
        first = _qr_adjoint(q, r[:, :m], turned, r_bar[:, :m])
        result = np.concatenate((first, q @ second), axis=1)
    return result


# Singular values: Townsend, "Differentiating the singular value decomposition" ------


def svd_tangent(a, u, s, vt, a_dot):
    """Return the tangents of the thin decomposition.

    Singular vectors of equal singular values have none: inf or NaN where it matters.
    """
    inner = u.T @ (a_dot @ vt.T)
    gaps = _gaps(s) * (s[None, :] + s[:, None])
    left = _off_diagonal(inner * s + s[:, None] * inner.T, gaps)
    right = _off_diagonal(s[:, None] * inner + inner.T * s, gaps)
    u_dot = u @ left
    v_dot = vt.T @ right
    if a.shape[0] > a.shape[1]:
        u_dot = u_dot + _ratio(a_dot @ vt.T - u @ inner, s + np.zeros(u.shape, dtype=a.dtype))
    if a.shape[1] > a.shape[0]:
        rest = a_dot.T @ u - vt.T @ inner.T
        v_dot = v_dot + _ratio(rest, s + np.zeros(rest.shape, dtype=a.dtype))
    return u_dot, np.diag(inner), v_dot.T


def svd_adjoint(a, u, s, vt, u_bar, s_bar, vt_bar):
    """Return the adjoint of the thin decomposition.

    Singular vectors of equal singular values have none: inf or NaN where it matters.
    """
    x, y = u.T @ u_bar, vt @ vt_bar.T
    gaps = _gaps(s) * (s[None, :] + s[:, None])
    inner = _turning(x, gaps) * s + s[:, None] * _turning(y, gaps) + np.diag(s_bar)
    result = u @ (inner @ vt)
    if a.shape[0] > a.shape[1]:
        rest = u_bar - u @ x
        result = result + _ratio(rest, s + np.zeros(rest.shape, dtype=a.dtype)) @ vt
    if a.shape[1] > a.shape[0]:
        rest = vt_bar.T - vt.T @ y
        result = result + u @ _ratio(rest, s + np.zeros(rest.shape, dtype=a.dtype)).T
    return result
