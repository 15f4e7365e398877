"""Running sums and products, positions of extrema, moments."""

# mypy: disable-error-code="no-untyped-def,no-untyped-call"

from __future__ import annotations

import numpy as np


def var(a, axis=None, ddof=0, keepdims=False):
    if axis is None:
        mean = np.mean(a)
        count = a.size
        d = a - mean
        return np.sum(d * d, keepdims=keepdims) / (count - ddof)
    d = a - np.mean(a, axis=axis, keepdims=True)
    return np.mean(d * d, axis=axis, keepdims=keepdims) * scale(a.shape[axis], ddof)


def scale(count, ddof):
    """Return what turns a mean of `count` squares into a variance."""
    if ddof == 0:
        return 1.0
    return count / (count - ddof)


def std(a, axis=None, ddof=0, keepdims=False):
    v = np.var(a, axis=axis, ddof=ddof, keepdims=keepdims)
    return np.where(v > 0, np.sqrt(np.where(v > 0, v, 1.0)), v)


def argmax(a, axis=None):
    if axis is None:
        return argmax_1(np.ravel(a))
    if a.ndim == 1:
        return argmax_1(a)
    rows = a if axis == 1 or axis == -1 else a.T
    result = np.empty(rows.shape[0], dtype=np.int64)
    for i in range(rows.shape[0]):
        k = 0
        best = rows[i, 0]
        for j in range(1, rows.shape[1]):
            v = rows[i, j]
            if v > best or (v != v and best == best):
                best = v
                k = j
        result[i] = k
    return result


def argmax_1(a):
    if a.shape[0] == 0:
        raise ValueError("attempt to get argmax of an empty sequence")
    k = 0
    best = a[0]
    for j in range(1, a.shape[0]):
        v = a[j]
        if v > best or (v != v and best == best):
            best = v
            k = j
    return k


def argmin(a, axis=None):
    return argmax(-a, axis)


def cumsum(a, axis=None):
    if axis is None and a.ndim > 1:
        return cumsum(np.ravel(a))
    result = np.empty(a.shape, dtype=a.dtype)
    if a.ndim == 1:
        total = 0.0
        for i in range(a.shape[0]):
            total += a[i]
            result[i] = total
    elif axis == 0:
        for i in range(a.shape[0]):
            for j in range(a.shape[1]):
                result[i, j] = a[i, j]
                if i > 0:
                    result[i, j] += result[i - 1, j]
    else:
        for i in range(a.shape[0]):
            total = 0.0
            for j in range(a.shape[1]):
                total += a[i, j]
                result[i, j] = total
    return result


def cumprod(a, axis=None):
    if axis is None and a.ndim > 1:
        return cumprod(np.ravel(a))
    result = np.empty(a.shape, dtype=a.dtype)
    if a.ndim == 1:
        total = 1.0
        for i in range(a.shape[0]):
            total *= a[i]
            result[i] = total
    elif axis == 0:
        for j in range(a.shape[1]):
            total = 1.0
            for i in range(a.shape[0]):
                total *= a[i, j]
                result[i, j] = total
    else:
        for i in range(a.shape[0]):
            total = 1.0
            for j in range(a.shape[1]):
                total *= a[i, j]
                result[i, j] = total
    return result


def diff(a, n=1, axis=-1):
    if a.ndim == 1:
        d = a[1:] - a[:-1]
    elif axis == 0:
        d = a[1:, :] - a[:-1, :]
    else:
        d = a[:, 1:] - a[:, :-1]
    if n > 1:
        return diff(d, n - 1, axis)
    return d


def ediff1d(a):
    return diff(np.ravel(a))


def average(a, axis=None, weights=None):
    if weights is None:
        return np.mean(a, axis=axis)
    return np.sum(a * weights, axis=axis) / np.sum(weights, axis=axis)


def trapezoid(y, x=None, dx=1.0):
    if x is None:
        return np.sum(y[1:] + y[:-1]) * 0.5 * dx
    return np.sum((x[1:] - x[:-1]) * (y[1:] + y[:-1]) * 0.5)


def count_nonzero(a):
    return np.sum(a != 0)


def ptp(a, axis=None):
    return np.max(a, axis=axis) - np.min(a, axis=axis)
