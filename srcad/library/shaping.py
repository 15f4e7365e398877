"""Arrays from arrays: the same elements in another order or shape."""

# ruff: noqa: D103  (NumPy documents these functions)
# mypy: disable-error-code="no-untyped-def,no-untyped-call"

from __future__ import annotations

import numpy as np


def check_size(n, m):
    """Raise ValueError unless both shapes have as many elements."""
    if n != m:
        raise ValueError("cannot reshape an array into another size")


def ravel(a):
    if a.ndim == 1:
        return np.copy(a)
    result = np.empty(a.size, dtype=a.dtype)
    if a.ndim == 2:
        for i in range(a.shape[0]):
            for j in range(a.shape[1]):
                result[i * a.shape[1] + j] = a[i, j]
    else:
        for i in range(a.shape[0]):
            for j in range(a.shape[1]):
                for k in range(a.shape[2]):
                    result[(i * a.shape[1] + j) * a.shape[2] + k] = a[i, j, k]
    return result


def reshape_1_1(a, result):
    check_size(a.size, result.size)
    for i in range(a.shape[0]):
        result[i] = a[i]
    return result


def reshape_1_2(a, result):
    check_size(a.size, result.size)
    for i in range(result.shape[0]):
        for j in range(result.shape[1]):
            result[i, j] = a[i * result.shape[1] + j]
    return result


def reshape_1_3(a, result):
    check_size(a.size, result.size)
    for i in range(result.shape[0]):
        for j in range(result.shape[1]):
            for k in range(result.shape[2]):
                result[i, j, k] = a[(i * result.shape[1] + j) * result.shape[2] + k]
    return result


def reshape_2_1(a, result):
    check_size(a.size, result.size)
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            result[i * a.shape[1] + j] = a[i, j]
    return result


def reshape_3_1(a, result):
    check_size(a.size, result.size)
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            for k in range(a.shape[2]):
                result[(i * a.shape[1] + j) * a.shape[2] + k] = a[i, j, k]
    return result


def reshape_2_2(a, result):
    return reshape_1_2(ravel(a), result)


def reshape_2_3(a, result):
    return reshape_1_3(ravel(a), result)


def reshape_3_2(a, result):
    return reshape_1_2(ravel(a), result)


def reshape_3_3(a, result):
    return reshape_1_3(ravel(a), result)
