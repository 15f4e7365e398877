"""Systems of equations for generated code: what NumPy computes, compiled in less time.

Numba's own `np.linalg.solve` and `lstsq` call the same functions of LAPACK, in seconds of
compilation: they handle every kind of argument, and put shapes into messages. Here the
arguments are arrays of one float type, as generated code has them.
"""

# mypy: disable-error-code="no-untyped-def,no-untyped-call"

from __future__ import annotations

import math

import numpy as np
from numba.core import types
from numba.extending import overload, register_jitable

from srcad.backend.lapack_routines import INTEGER, routine

JIT = {"error_model": "numpy", "fastmath": False, "boundscheck": False}
LETTERS = {types.float32: "s", types.float64: "d"}
NOT_FINITE = "Array must not contain infs or NaNs."
MISFIT = "Incompatible array sizes, system is not dimensionally valid."


def linear_solve(a, b):
    """Return `np.linalg.solve(a, b)` for a vector or a matrix b."""
    return np.linalg.solve(a, b)


def least_squares(a, b):
    """Return the solution of `np.linalg.lstsq(a, b)` for a vector or a matrix b."""
    return np.linalg.lstsq(a, b, -1.0)[0]


@register_jitable(**JIT)
def _columns(a):
    """Return a copy of a matrix, one column after the other."""
    result = np.empty((a.shape[1], a.shape[0]), a.dtype)
    finite = True
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            finite = finite and math.isfinite(a[i, j])
            result[j, i] = a[i, j]
    if not finite:
        raise np.linalg.LinAlgError(NOT_FINITE)
    return result


@register_jitable(**JIT)
def _row(b):
    """Return a copy of a vector as the only row of a matrix."""
    result = np.empty((1, b.shape[0]), b.dtype)
    finite = True
    for i in range(b.shape[0]):
        finite = finite and math.isfinite(b[i])
        result[0, i] = b[i]
    if not finite:
        raise np.linalg.LinAlgError(NOT_FINITE)
    return result


@register_jitable(**JIT)
def _fitted(a, rows):
    """Return the solutions by least squares in rows, for the right sides in rows."""
    m, n = a.shape
    if rows.shape[1] != m:
        raise np.linalg.LinAlgError(MISFIT)
    x = np.zeros((rows.shape[0], max(m, n)), a.dtype)
    for j in range(rows.shape[0]):
        for i in range(m):
            x[j, i] = rows[j, i]
    _gelsd(a, x)
    return x


def _gesv(a, x):
    """Solve in place: `x` has a right side in each row, then a solution."""


def _gelsd(a, x):
    """Solve in place by least squares: each row of `x` is as long as the longer side."""


@overload(_gesv, jit_options=JIT)
def _gesv_of(a, x):
    del x
    gesv = routine(f"{LETTERS[a.dtype]}gesv")

    def gesv_of(a, x):
        n = a.shape[0]
        if n != a.shape[1] or n != x.shape[1]:
            raise np.linalg.LinAlgError(MISFIT)
        left, pivots = _columns(a), np.empty(n, INTEGER)
        if n == 0 or x.shape[0] == 0:
            return 0
        bad = gesv((n, x.shape[0], left, n, pivots, x, n))
        if bad != 0:
            raise np.linalg.LinAlgError("Matrix is singular to machine precision.")
        return left.size + pivots.size + x.size  # they live until here

    return gesv_of


@overload(_gelsd, jit_options=JIT)
def _gelsd_of(a, x):
    del x
    gelsd, number = routine(f"{LETTERS[a.dtype]}gelsd"), np.dtype(a.dtype.name).type

    def gelsd_of(a, x):
        m, n = a.shape
        if m == 0 or n == 0 or x.shape[0] == 0:
            raise np.linalg.LinAlgError("Arrays cannot be empty")
        left, sizes, rank = _columns(a), np.empty(min(m, n), a.dtype), np.empty(1, INTEGER)
        count, long = x.shape
        given = (m, n, count, left, m, x, long, sizes, number(-1.0), rank)
        work, whole = np.empty(1, a.dtype), np.empty(1, INTEGER)
        bad = gelsd((*given, work, -1, whole))  # asks how much memory it wants
        if bad == 0:
            wanted = int(work[0]) + 1  # single precision may have rounded it down
            work, whole = np.empty(wanted, a.dtype), np.empty(max(1, whole[0]), INTEGER)
            bad = gelsd((*given, work, wanted, whole))
        if bad != 0:
            raise ValueError("Internal algorithm failed to converge.")
        return left.size + x.size + sizes.size + rank.size + work.size + whole.size  # alive

    return gelsd_of


@overload(linear_solve, jit_options=JIT)
def _linear_solve(a, b):
    if b.ndim == 1:

        def solve_vector(a, b):
            x = _row(b)
            _gesv(a, x)
            return x[0]

        return solve_vector

    def solve_matrix(a, b):
        x = _columns(b)
        _gesv(a, x)
        return x.T

    return solve_matrix


@overload(least_squares, jit_options=JIT)
def _least_squares(a, b):
    if b.ndim == 1:

        def fit_vector(a, b):
            return _fitted(a, _row(b))[0, : a.shape[1]]

        return fit_vector

    def fit_matrix(a, b):
        x = _fitted(a, _columns(b))
        result = np.empty((a.shape[1], b.shape[1]), b.dtype)
        for i in range(a.shape[1]):
            for j in range(b.shape[1]):
                result[i, j] = x[j, i]
        return result

    return fit_matrix
