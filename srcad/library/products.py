"""Products of vectors and matrices."""

# mypy: disable-error-code="no-untyped-def,no-untyped-call"

from __future__ import annotations

import numpy as np


def check_inner(n, m):
    """Raise ValueError unless the two extents that a product sums over are equal."""
    if n != m:
        raise ValueError("the inner extents of a product differ")


def matmul_1_1(a, b):
    check_inner(a.shape[0], b.shape[0])
    return np.sum(a * b)


def matmul_2_1(a, b):
    check_inner(a.shape[1], b.shape[0])
    result = np.empty(a.shape[0], dtype=np.result_type(a, b))
    for i in range(a.shape[0]):
        total = 0.0
        for k in range(a.shape[1]):
            total += a[i, k] * b[k]
        result[i] = total
    return result


def matmul_1_2(a, b):
    check_inner(a.shape[0], b.shape[0])
    result = np.zeros(b.shape[1], dtype=np.result_type(a, b))
    for k in range(b.shape[0]):
        for j in range(b.shape[1]):
            result[j] += a[k] * b[k, j]
    return result


def matmul_2_2(a, b):
    check_inner(a.shape[1], b.shape[0])
    result = np.zeros((a.shape[0], b.shape[1]), dtype=np.result_type(a, b))
    for i in range(a.shape[0]):
        for k in range(a.shape[1]):
            for j in range(b.shape[1]):
                result[i, j] += a[i, k] * b[k, j]
    return result


def matmul_3_3(a, b):
    check_inner(a.shape[2], b.shape[1])
    check_inner(a.shape[0], b.shape[0])
    result = np.zeros((a.shape[0], a.shape[1], b.shape[2]), dtype=np.result_type(a, b))
    for h in range(a.shape[0]):
        for i in range(a.shape[1]):
            for k in range(a.shape[2]):
                for j in range(b.shape[2]):
                    result[h, i, j] += a[h, i, k] * b[h, k, j]
    return result


def matmul_3_2(a, b):
    check_inner(a.shape[2], b.shape[0])
    result = np.zeros((a.shape[0], a.shape[1], b.shape[1]), dtype=np.result_type(a, b))
    for h in range(a.shape[0]):
        for i in range(a.shape[1]):
            for k in range(a.shape[2]):
                for j in range(b.shape[1]):
                    result[h, i, j] += a[h, i, k] * b[k, j]
    return result


def outer(a, b):
    return np.ravel(a)[:, None] * np.ravel(b)[None, :]


def inner(a, b):
    return np.dot(a, b.T)


def vdot(a, b):
    return np.dot(np.ravel(a), np.ravel(b))


def kron(a, b):
    if a.ndim == 1:
        return np.reshape(np.outer(a, b), (a.shape[0] * b.shape[0],))
    result = np.empty(
        (a.shape[0] * b.shape[0], a.shape[1] * b.shape[1]), dtype=np.result_type(a, b)
    )
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            for k in range(b.shape[0]):
                for h in range(b.shape[1]):
                    result[i * b.shape[0] + k, j * b.shape[1] + h] = a[i, j] * b[k, h]
    return result


def cross(a, b):
    result = np.empty(3, dtype=np.result_type(a, b))
    result[0] = a[1] * b[2] - a[2] * b[1]
    result[1] = a[2] * b[0] - a[0] * b[2]
    result[2] = a[0] * b[1] - a[1] * b[0]
    return result


def trace(a):
    count = min(a.shape[0], a.shape[1])
    diagonal = np.empty(count, dtype=a.dtype)
    for i in range(count):
        diagonal[i] = a[i, i]
    return np.sum(diagonal)


def norm(x, ord=None, axis=None, keepdims=False):  # noqa: A002
    if ord is None or (ord == 2 and (x.ndim == 1 or axis is not None)) or ord == "fro":
        square = np.sum(x * x, axis=axis, keepdims=keepdims)
        return np.where(square > 0, np.sqrt(np.where(square > 0, square, 1.0)), 0.0)
    if ord == 1:
        return np.sum(np.abs(x), axis=axis, keepdims=keepdims)
    return np.max(np.abs(x), axis=axis, keepdims=keepdims)
