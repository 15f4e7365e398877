"""Triangular systems, in blocks: generated code calls these as they are.

They are loops (Numba compiles expressions of arrays slowly); what is outside of the blocks
on the diagonal is left to BLAS.
"""

# mypy: disable-error-code="no-untyped-def,no-untyped-call"

from __future__ import annotations

import numpy as np

BLOCK = 64


def solve_lower(a, b):
    """Return x with `tril(a) @ x == b`."""
    n, m = b.shape
    x = np.empty((n, m), b.dtype)
    for start in range(0, n, BLOCK):
        stop = min(start + BLOCK, n)
        rows = np.empty((stop - start, start), b.dtype)
        for i in range(start, stop):
            for k in range(start):
                rows[i - start, k] = a[i, k]
        known = np.dot(rows, x[:start])
        for i in range(start, stop):
            for j in range(m):
                x[i, j] = b[i, j] - known[i - start, j]
            for k in range(start, i):
                for j in range(m):
                    x[i, j] -= a[i, k] * x[k, j]
            for j in range(m):
                x[i, j] /= a[i, i]
    return x


def solve_lower_t(a, b):
    """Return x with `tril(a).T @ x == b`."""
    n, m = b.shape
    x = np.empty((n, m), b.dtype)
    for start in range((n - 1) // BLOCK * BLOCK, -1, -BLOCK):
        stop = min(start + BLOCK, n)
        rows = np.empty((stop - start, n - stop), b.dtype)
        for i in range(start, stop):
            for k in range(stop, n):
                rows[i - start, k - stop] = a[k, i]
        known = np.dot(rows, x[stop:])
        for i in range(stop - 1, start - 1, -1):
            for j in range(m):
                x[i, j] = b[i, j] - known[i - start, j]
            for k in range(i + 1, stop):
                for j in range(m):
                    x[i, j] -= a[k, i] * x[k, j]
            for j in range(m):
                x[i, j] /= a[i, i]
    return x
