"""`np.linalg` of stacks of matrices: a loop over the leading axis."""

# mypy: disable-error-code="no-untyped-def,no-untyped-call"

from __future__ import annotations

import numpy as np

from srcad.library.products import broadcast_extent


def inv_of_stack(a):
    result = np.empty(a.shape, dtype=np.result_type(a, 1.0))
    for h in range(a.shape[0]):
        result[h] = np.linalg.inv(a[h])
    return result


def cholesky_of_stack(a):
    result = np.empty(a.shape, dtype=np.result_type(a, 1.0))
    for h in range(a.shape[0]):
        result[h] = np.linalg.cholesky(a[h])
    return result


def det_of_stack(a):
    result = np.empty(a.shape[:-2], dtype=np.result_type(a, 1.0))
    for h in range(a.shape[0]):
        result[h] = np.linalg.det(a[h])
    return result


def slogdet_of_stack(a):
    signs = np.empty(a.shape[:-2], dtype=np.result_type(a, 1.0))
    logarithms = np.empty(a.shape[:-2], dtype=np.result_type(a, 1.0))
    for h in range(a.shape[0]):
        sign, logarithm = np.linalg.slogdet(a[h])
        signs[h] = sign
        logarithms[h] = logarithm
    return signs, logarithms


def eigh_of_stack(a):
    values = np.empty(a.shape[:-1], dtype=np.result_type(a, 1.0))
    vectors = np.empty(a.shape, dtype=np.result_type(a, 1.0))
    for h in range(a.shape[0]):
        w, v = np.linalg.eigh(a[h])
        values[h] = w
        vectors[h] = v
    return values, vectors


def eigvalsh_of_stack(a):
    values = np.empty(a.shape[:-1], dtype=np.result_type(a, 1.0))
    for h in range(a.shape[0]):
        values[h] = np.linalg.eigvalsh(a[h])
    return values


def svd_of_stack(a):
    """Return the reduced singular value decomposition of each matrix."""
    count = min(a.shape[-2], a.shape[-1])
    left = np.empty((*a.shape[:-1], count), dtype=np.result_type(a, 1.0))
    values = np.empty((*a.shape[:-2], count), dtype=np.result_type(a, 1.0))
    right = np.empty((*a.shape[:-2], count, a.shape[-1]), dtype=np.result_type(a, 1.0))
    for h in range(a.shape[0]):
        u, s, vt = np.linalg.svd(a[h], full_matrices=False)
        left[h] = u
        values[h] = s
        right[h] = vt
    return left, values, right


def solve_stack(a, b):
    """Solve with each matrix of a stack and the same right side."""
    result = np.empty(a.shape[:-2] + b.shape, dtype=np.result_type(a, b, 1.0))
    for h in range(a.shape[0]):
        result[h] = np.linalg.solve(a[h], b)
    return result


def solve_stacks(a, b):
    """Solve with the matrices of two stacks, whose leading axes are broadcast."""
    count = broadcast_extent(a.shape[0], b.shape[0])
    result = np.empty((count, *b.shape[1:]), dtype=np.result_type(a, b, 1.0))
    for h in range(count):
        result[h] = np.linalg.solve(a[min(h, a.shape[0] - 1)], b[min(h, b.shape[0] - 1)])
    return result
