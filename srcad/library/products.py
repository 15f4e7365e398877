"""Products of vectors and matrices."""

# mypy: disable-error-code="no-untyped-def,no-untyped-call"

from __future__ import annotations

import numpy as np

from srcad.library.intrinsics import conjugated, squares


def check_inner(n, m):
    """Raise ValueError unless the two extents that a product sums over are equal."""
    if n != m:
        raise ValueError("the inner extents of a product differ")


def matmul_1_1(a, b):
    check_inner(a.shape[0], b.shape[0])
    return np.sum(a * b, dtype=np.result_type(a, b))


def broadcast_extent(n, m):
    if n != m and n != 1 and m != 1:
        raise ValueError("the leading extents of a product differ")
    return m if n == 1 else n


def matmul_left(a, b, result):
    for h in range(a.shape[0]):
        result[h] = a[h] @ b
    return result


def matmul_right(a, b, result):
    for h in range(b.shape[0]):
        result[h] = a @ b[h]
    return result


def matmul_both(a, b, result):
    for h in range(result.shape[0]):
        result[h] = a[min(h, a.shape[0] - 1)] @ b[min(h, b.shape[0] - 1)]
    return result


def outer(a, b):
    return np.ravel(a)[:, None] * np.ravel(b)[None, :]


def inner(a, b):
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return a * b
    if np.ndim(b) > 2:
        return np.tensordot(a, b, (-1, -1))
    return np.dot(a, b.T)


def vdot(a, b):
    return np.dot(np.ravel(conjugated(a)), np.ravel(b))


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


def cross(a, b, axisa=-1, axisb=-1, axisc=-1, axis=None):
    if axis is not None:
        return cross(a, b, axis, axis, axis)
    if axisa != -1 or axisb != -1 or axisc != -1:
        return np.moveaxis(cross(np.moveaxis(a, axisa, -1), np.moveaxis(b, axisb, -1)), -1, axisc)
    return cross_of_rows(a, b)


def cross_of_rows(a, b):
    if a.shape[-1] != 3 or b.shape[-1] != 3:
        raise ValueError("cross products are of vectors of three elements here")
    x = a[..., 1] * b[..., 2] - a[..., 2] * b[..., 1]
    y = a[..., 2] * b[..., 0] - a[..., 0] * b[..., 2]
    z = a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
    return np.asarray(np.stack((x, y, z), axis=-1), dtype=np.result_type(a, b))


def trace(a, offset=0, axis1=0, axis2=1):
    return np.sum(np.diagonal(a, offset, axis1, axis2), axis=-1)


def unit(n, a):
    result = np.zeros((n, n), dtype=a.dtype)
    for i in range(n):
        result[i, i] = 1
    return result


def identity_like(a):
    check_inner(a.shape[0], a.shape[1])
    return unit(a.shape[0], a)


def norm_2(x, axis=None, keepdims=False):
    square = np.sum(squares(x), axis=axis, keepdims=keepdims)
    return np.where(square == 0, 0.0, np.sqrt(np.where(square == 0, 1.0, square)))


def norm_of_vectors(x, axis=None, keepdims=False, ord=2.0):  # noqa: A002
    if ord == np.inf:
        return np.max(np.abs(x), axis=axis, keepdims=keepdims)
    if ord == -np.inf:
        return np.min(np.abs(x), axis=axis, keepdims=keepdims)
    if ord == 0:
        ones = np.asarray(np.where(x != 0, 1.0, 0.0), dtype=squares(x).dtype)
        return np.sum(ones, axis=axis, keepdims=keepdims)
    if ord == 1:
        return np.sum(np.abs(x), axis=axis, keepdims=keepdims)
    total = np.sum(np.abs(x) ** ord, axis=axis, keepdims=keepdims)
    power = np.asarray(1.0 / ord, dtype=total.dtype)
    if ord < 0:
        return total**power
    is_zero = total == 0
    return np.where(is_zero, 0.0, np.where(is_zero, 1.0, total) ** power)


def norm_of_matrix(x, axis=None, keepdims=False, ord=1):  # noqa: A002
    if ord == "nuc":
        result = np.sum(np.linalg.svd(x, compute_uv=False))
    elif ord == 2:
        result = np.max(np.linalg.svd(x, compute_uv=False))
    elif ord == -2:
        result = np.min(np.linalg.svd(x, compute_uv=False))
    elif ord == 1:
        result = np.max(np.sum(np.abs(x), axis=0))
    elif ord == -1:
        result = np.min(np.sum(np.abs(x), axis=0))
    elif ord == np.inf:
        result = np.max(np.sum(np.abs(x), axis=1))
    else:
        result = np.min(np.sum(np.abs(x), axis=1))
    if keepdims:
        return np.full((1, 1), result)
    return result


def pinv(a):
    if a.shape[0] >= a.shape[1]:
        return np.linalg.lstsq(a, unit(a.shape[0], a))[0]
    return np.linalg.lstsq(a.T, unit(a.shape[1], a))[0].T
