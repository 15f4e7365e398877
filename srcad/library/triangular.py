"""Triangular systems, in blocks: generated code calls these as they are."""

# mypy: disable-error-code="no-untyped-def,no-untyped-call"

from __future__ import annotations

import numpy as np

BLOCK = 64


def solve_lower(a, b):
    """Return x with `tril(a) @ x == b`."""
    x = np.copy(b)
    for start in range(0, a.shape[0], BLOCK):
        stop = min(start + BLOCK, a.shape[0])
        if start > 0:
            x[start:stop] -= np.dot(np.ascontiguousarray(a[start:stop, :start]), x[:start])
        for i in range(start, stop):
            for k in range(start, i):
                for j in range(x.shape[1]):
                    x[i, j] -= a[i, k] * x[k, j]
            for j in range(x.shape[1]):
                x[i, j] /= a[i, i]
    return x


def solve_lower_t(a, b):
    """Return x with `tril(a).T @ x == b`."""
    x = np.copy(b)
    blocks = (a.shape[0] + BLOCK - 1) // BLOCK
    for block in range(blocks - 1, -1, -1):
        start, stop = block * BLOCK, min(block * BLOCK + BLOCK, a.shape[0])
        if stop < a.shape[0]:
            x[start:stop] -= np.dot(np.ascontiguousarray(a[stop:, start:stop].T), x[stop:])
        for i in range(stop - 1, start - 1, -1):
            for k in range(i + 1, stop):
                for j in range(x.shape[1]):
                    x[i, j] -= a[k, i] * x[k, j]
            for j in range(x.shape[1]):
                x[i, j] /= a[i, i]
    return x
