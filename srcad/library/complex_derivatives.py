"""Tangents and adjoints of `np.linalg` of complex matrices, in the language that srcad accepts.

A complex array stands in two real ones, as `a[0]` and `a[1]`. Cotangents are a_bar + i b_bar,
pairing with tangents as Re(conj(z_bar) z_dot), so that the adjoint of z -> f z is conj(f).
The formulas are those of `linalg_derivatives`, with transposes conjugated.

Some results are unique up to phases only. Derivatives are those of the choice that LAPACK makes,
and NumPy and Numba return. It follows from Householder's reflections, which leave the first
axis alone (LAPACK Users' Guide, section on orthogonal factors; routines zhetrd, zgebrd, zgeqrf):

- `eigh`: the first component of each eigenvector is real.
- `svd`: for m >= n, the first column of `vh` is real, else the first row of `u`.
- `qr`: the diagonal of `r` is real.
- `eig`: vectors have length one, and their largest component is real (zgeev).

Where that component is zero, the first that is not is taken if it is real, as in matrices of
separate blocks. Else the phase jumps nearby: then tangents do not turn, and the adjoint of what
depends on the phase raises ValueError.
"""

# mypy: disable-error-code="no-untyped-def,no-untyped-call"

from __future__ import annotations

import numpy as np

from srcad.library.intrinsics import complex_numbers
from srcad.library.linalg_derivatives import _gaps, _ratio, _unit


def _numbers(a):
    """Return the complex numbers of these parts."""
    return complex_numbers(a[0], a[1])


def _parts(z):
    """Return the parts of complex numbers."""
    return np.stack((np.real(z), np.imag(z)))


def _turned(z):
    """Return the conjugate of the transpose."""
    return np.conj(z).T


# Determinants -----------------------------------------------------------------------


def _cofactors(a, y):
    """Return the cofactors of a matrix; y is its determinant."""
    if y[0] != 0.0 or y[1] != 0.0:
        return _numbers(y) * np.linalg.inv(a).T
    u, s, vh = np.linalg.svd(a, full_matrices=False)
    others = np.empty(s.shape[0], dtype=s.dtype)
    for i in range(s.shape[0]):
        product = 1.0
        for j in range(s.shape[0]):
            if j != i:
                product *= s[j]
        others[i] = product
    return np.linalg.det(u) * np.linalg.det(vh) * ((np.conj(u) * others) @ np.conj(vh))


def complex_det_tangent(a, y, a_dot):
    return _parts(np.sum(_cofactors(_numbers(a), y) * _numbers(a_dot)))


def complex_det_adjoint(a, y, y_bar):
    return _parts(_numbers(y_bar) * np.conj(_cofactors(_numbers(a), y)))


def complex_slogdet_tangent(a, s, a_dot):
    t = np.sum(np.linalg.inv(_numbers(a)).T * _numbers(a_dot))
    return _parts(_numbers(s) * complex_numbers(0.0 * t.imag, t.imag)), t.real


def complex_slogdet_adjoint(a, s, s_bar, y_bar):
    turn = s[0] * s_bar[1] - s[1] * s_bar[0]
    return _parts(complex_numbers(y_bar, turn) * np.conj(np.linalg.inv(_numbers(a)).T))


# Hermitian matrices: functions of the lower triangle, as LAPACK reads it ------------


def _halved(z):
    """Return the lower triangle of a matrix, with half of the real part of its diagonal."""
    result = np.zeros(z.shape, dtype=z.dtype)
    for i in range(z.shape[0]):
        for j in range(i):
            result[i, j] = z[i, j]
        result[i, i] = 0.5 * z[i, i].real
    return result


def _mirrored(z):
    """Return the Hermitian matrix with the lower triangle of `z`."""
    lower = _halved(z)
    return lower + _turned(lower)


def complex_cholesky_tangent(y, a_dot):
    """Return the tangent; see Murray, "Differentiation of the Cholesky decomposition"."""
    lower = np.tril(_numbers(y))
    inner = np.linalg.solve(lower, _turned(np.linalg.solve(lower, _mirrored(_numbers(a_dot)))))
    return _parts(lower @ _halved(_turned(inner)))


def complex_cholesky_adjoint(y, y_bar):
    """Return the adjoint; see Murray, "Differentiation of the Cholesky decomposition"."""
    upper = _turned(np.tril(_numbers(y)))
    p = _halved(upper @ _numbers(y_bar))
    inner = np.linalg.solve(upper, _turned(np.linalg.solve(upper, p + _turned(p))))
    return _parts(_halved(inner))


# Phases -----------------------------------------------------------------------------


def _is_fixed(v, j, i):
    """Return whether the i-th component of the j-th column tells its phase, being real."""
    return np.abs(v[i, j]) > 1e5 * _unit(v.real) and np.abs(v[i, j].imag) <= 100 * _unit(v.real)


def _first(v, j):
    """Return the position of the first component of a column that is not zero."""
    place = 0
    for i in range(v.shape[0] - 1, -1, -1):
        if np.abs(v[i, j]) > 1e5 * _unit(v.real):
            place = i
    return place


def _turns(v, v_dot):
    """Return by which angles columns must turn, that real components stay real."""
    result = np.zeros(v.shape[1], dtype=v.real.dtype)
    for j in range(v.shape[1]):
        i = _first(v, j)
        if _is_fixed(v, j, i):
            result[j] = -v_dot[i, j].imag / v[i, j].real
    return result


def _turns_adjoint(v, turn_bar, size):
    """Return the adjoint of `_turns`; size: of what cancels in rounding errors is nothing."""
    result = np.zeros(v.shape, dtype=v.dtype)
    for j in range(v.shape[1]):
        if np.abs(turn_bar[j]) > 1e3 * _unit(v.real) * size[j]:
            i = _first(v, j)
            if not _is_fixed(v, j, i):
                raise ValueError("the phase of a vector has no derivative where it jumps nearby")
            result[i, j] = complex_numbers(0.0 * turn_bar[j], -turn_bar[j] / v[i, j].real)
    return result


def _angles(v, v_bar):
    """Return the adjoints of the angles by which columns turn."""
    return np.sum(v.real * v_bar.imag - v.imag * v_bar.real, axis=0)


def _sizes(v, v_bar):
    """Return the sums of the absolute values of the products of components."""
    return np.sum(np.abs(v) * np.abs(v_bar), axis=0)


def _unturned(v, v_bar):
    """Return the adjoint of columns that do not turn."""
    return v_bar + _turns_adjoint(v, _angles(v, v_bar), _sizes(v, v_bar))


def _by(turns):
    """Return the numbers i t."""
    return complex_numbers(0.0 * turns, turns)


# Eigenvalues ------------------------------------------------------------------------


def _divided(above, gaps):
    """Return the quotient by real numbers, with zeros on the diagonal."""
    result = np.zeros(above.shape, dtype=above.dtype)
    for i in range(above.shape[0]):
        for j in range(above.shape[1]):
            if i != j:
                re, im = above[i, j].real, above[i, j].imag
                result[i, j] = complex_numbers(re / gaps[i, j], im / gaps[i, j])
    return result


def _turning(x, gaps):
    """Return what turning pairs of vectors contributes.

    A pair that nothing depends on contributes nothing. For another one with equal values
    there is no derivative: inf, or NaN where rotations cancel.
    """
    result = np.zeros(x.shape, dtype=x.dtype)
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            re, im = x[i, j].real - x[j, i].real, x[i, j].imag + x[j, i].imag
            is_free = gaps[i, j] == 0.0 and x[i, j] == 0.0 and x[j, i] == 0.0
            if i != j and not is_free:
                result[i, j] = complex_numbers(re / gaps[i, j], im / gaps[i, j])
    return result


def _diagonal(values):
    """Return the diagonal matrix of real numbers, as complex ones."""
    return complex_numbers(np.diag(values), np.diag(0.0 * values))


def complex_eigh_tangent(w, v, a_dot):
    z = _numbers(v)
    inner = _turned(z) @ (_mirrored(_numbers(a_dot)) @ z)
    z_dot = z @ _divided(inner, _gaps(w))
    return np.diag(inner.real), _parts(z_dot + z * _by(_turns(z, z_dot)))


def complex_eigh_adjoint(w, v, w_bar, v_bar):
    z = _numbers(v)
    z_bar = _unturned(z, _numbers(v_bar))
    inner = 0.5 * _turning(_turned(z) @ z_bar, _gaps(w)) + _diagonal(w_bar)
    return _parts(2.0 * _halved(z @ (inner @ _turned(z))))


def complex_eigvalsh_tangent(a, a_dot):
    v = np.linalg.eigh(_numbers(a))[1]
    return np.sum((np.conj(v) * (_mirrored(_numbers(a_dot)) @ v)).real, axis=0)


def complex_eigvalsh_adjoint(a, w_bar):
    v = np.linalg.eigh(_numbers(a))[1]
    return _parts(2.0 * _halved((v * w_bar) @ _turned(v)))


# QR: Walter and Lehmann, "Algorithmic differentiation of linear algebra functions" --


def _skew(z):
    """Return the anti-Hermitian matrix with the lower triangle of `z`."""
    lower = np.tril(z, -1)
    return lower - _turned(lower) + complex_numbers(0.0 * z.real, np.diag(np.diag(z.imag)))


def _times_inverse(b, r):
    """Return `b @ inv(r)`."""
    return np.linalg.solve(r.T, b.T).T


def _qr_tangent(q, r, a_dot):
    c = _times_inverse(_turned(q) @ a_dot, r)
    r_dot = np.triu((c - _skew(c)) @ r)
    return _times_inverse(a_dot - q @ r_dot, r), r_dot


def complex_qr_tangent(a, q, r, a_dot):
    given, left, right, moved = _numbers(a), _numbers(q), _numbers(r), _numbers(a_dot)
    m, n = given.shape
    if m >= n:
        q_dot, r_dot = _qr_tangent(left, right, moved)
    else:
        q_dot, first = _qr_tangent(left, right[:, :m], moved[:, :m])
        second = _turned(q_dot) @ given[:, m:] + _turned(left) @ moved[:, m:]
        r_dot = np.concatenate((first, second), axis=1)
    return _parts(q_dot), _parts(r_dot)


def _qr_adjoint(q, r, q_bar, r_bar):
    above = np.triu(r_bar, 1)
    own = above + complex_numbers(np.diag(np.diag(r_bar.real)), 0.0 * r_bar.real)
    lower = _halved(r @ _turned(own) - _turned(q_bar) @ q)
    return _times_inverse(q_bar + q @ (lower + _turned(lower)), _turned(r))


def complex_qr_adjoint(a, q, r, q_bar, r_bar):
    given, left, right = _numbers(a), _numbers(q), _numbers(r)
    left_bar, right_bar = _numbers(q_bar), _numbers(r_bar)
    m, n = given.shape
    if m >= n:
        result = _qr_adjoint(left, right, left_bar, right_bar)
    else:
        second = right_bar[:, m:]
        turned = left_bar + given[:, m:] @ _turned(second)
        first = _qr_adjoint(left, right[:, :m], turned, right_bar[:, :m])
        result = np.concatenate((first, left @ second), axis=1)
    return _parts(result)


# Singular values: Townsend, "Differentiating the singular value decomposition" ------


def _over(z, s):
    """Return the columns of a matrix over real numbers, 0 for a zero over a zero."""
    below = s + np.zeros(z.shape, dtype=s.dtype)
    return complex_numbers(_ratio(z.real, below), _ratio(z.imag, below))


def complex_svd_tangent(a, u, s, vh, a_dot):
    """Return the tangents of the thin decomposition.

    Singular vectors of equal singular values have none: inf or NaN where it matters.
    """
    left, right, moved = _numbers(u), _turned(_numbers(vh)), _numbers(a_dot)
    inner = _turned(left) @ (moved @ right)
    gaps = _gaps(s) * (s[None, :] + s[:, None])
    u_dot = left @ _divided(inner * s + s[:, None] * _turned(inner), gaps)
    v_dot = right @ _divided(s[:, None] * inner + _turned(inner) * s, gaps)
    between = _ratio(np.diag(inner.imag), s)
    if a.shape[1] > a.shape[2]:
        u_dot = u_dot + _over(moved @ right - left @ inner, s)
    if a.shape[2] > a.shape[1]:
        v_dot = v_dot + _over(_turned(moved) @ left - right @ _turned(inner), s)
        turn = _turns(left, u_dot)
        turn_v = turn - between
        u_dot = u_dot + left * _by(turn)
        v_dot = v_dot + right * _by(turn_v)
    else:
        turn = _turns(right, v_dot)
        turn_u = turn + between
        u_dot = u_dot + left * _by(turn_u)
        v_dot = v_dot + right * _by(turn)
    return _parts(u_dot), np.diag(inner.real), _parts(_turned(v_dot))


def complex_svd_adjoint(a, u, s, vh, u_bar, s_bar, vh_bar):
    """Return the adjoint of the thin decomposition.

    Singular vectors of equal singular values have none: inf or NaN where it matters.
    """
    left, right = _numbers(u), _turned(_numbers(vh))
    left_bar, right_bar = _numbers(u_bar), _turned(_numbers(vh_bar))
    angles_u, angles_v = _angles(left, left_bar), _angles(right, right_bar)
    size = _sizes(left, left_bar) + _sizes(right, right_bar)
    if a.shape[2] > a.shape[1]:
        left_bar = left_bar + _turns_adjoint(left, angles_u + angles_v, size)
        between = _ratio(-angles_v, s)
    else:
        right_bar = right_bar + _turns_adjoint(right, angles_u + angles_v, size)
        between = _ratio(angles_u, s)
    x, y = _turned(left) @ left_bar, _turned(right) @ right_bar
    gaps = _gaps(s) * (s[None, :] + s[:, None])
    inner = _turning(x, gaps) * s + s[:, None] * _turning(y, gaps)
    inner = inner + complex_numbers(np.diag(s_bar), np.diag(between))
    result = left @ (inner @ _turned(right))
    if a.shape[1] > a.shape[2]:
        result = result + _over(left_bar - left @ x, s) @ _turned(right)
    if a.shape[2] > a.shape[1]:
        result = result + left @ _turned(_over(right_bar - right @ y, s))
    return _parts(result)


# Any matrix: Giles, section 2.3.2; vectors are of length one -------------------------


def _largest(v, j):
    """Return the position of the largest of the components of a column that are real."""
    place = 0
    best = -1.0
    for i in range(v.shape[0]):
        size = np.abs(v[i, j].real)
        if v[i, j].imag == 0.0 and size > best:
            best = size
            place = i
    return place


def _between(x, w):
    """Return `x[i, j] / (w[j] - w[i])`, zeros on the diagonal and where x is zero."""
    result = np.zeros(x.shape, dtype=x.dtype)
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            if i != j and x[i, j] != 0.0:
                result[i, j] = x[i, j] / (w[j] - w[i])
    return result


def complex_eig_tangent(w, v, a_dot):
    z = _numbers(v)
    inner = np.linalg.solve(z, _numbers(a_dot) @ z)
    z_dot = z @ _between(inner, _numbers(w))
    turns = np.zeros(z.shape[1], dtype=z.real.dtype)
    for j in range(z.shape[1]):
        i = _largest(z, j)
        turns[j] = -z_dot[i, j].imag / z[i, j].real
    longer = np.sum(z.real * z_dot.real + z.imag * z_dot.imag, axis=0)
    return _parts(np.diag(inner)), _parts(z_dot + z * complex_numbers(-longer, turns))


def complex_eig_adjoint(w, v, w_bar, v_bar):
    z, z_bar = _numbers(v), _numbers(v_bar)
    longer = np.sum(z.real * z_bar.real + z.imag * z_bar.imag, axis=0)
    angles = _angles(z, z_bar)
    z_bar = z_bar - z * longer
    turned = np.zeros(z.shape, dtype=z.dtype)
    for j in range(z.shape[1]):
        i = _largest(z, j)
        turned[i, j] = complex_numbers(0.0 * angles[j], -angles[j] / z[i, j].real)
    x = _turned(z) @ (z_bar + turned)
    inner = _between(x, np.conj(_numbers(w))) + np.diag(_numbers(w_bar))
    return _parts(np.linalg.solve(_turned(z), inner @ _turned(z)))


def complex_eigvals_tangent(a, a_dot):
    v = np.linalg.eig(_numbers(a))[1]
    return _parts(np.diag(np.linalg.solve(v, _numbers(a_dot) @ v)))


def complex_eigvals_adjoint(a, w_bar):
    upper = _turned(np.linalg.eig(_numbers(a))[1])
    return _parts(np.linalg.solve(upper, _numbers(w_bar)[:, None] * upper))
