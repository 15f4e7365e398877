"""Arrays from arrays: the same elements in another order or shape."""

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


def arange(start, stop=None, step=1):
    if stop is None:
        return arange_1(0, start, 1)
    return arange_1(start, stop, step)


def arange_1(start, stop, step):
    if step == 1:
        count = max(stop - start, 0)
    elif step > 0:
        count = max((stop - start + step - 1) // step, 0)
    else:
        count = max((start - stop - step - 1) // -step, 0)
    result = np.empty(int(count), dtype=np.result_type(start, stop, step))
    for i in range(result.shape[0]):
        result[i] = start + i * step
    return result


def linspace(start, stop, num=50, endpoint=True):
    result = np.empty(num)
    parts = num - 1 if endpoint else num
    step = (stop - start) / max(parts, 1)
    for i in range(num):
        result[i] = start + i * step
    if endpoint and num > 1:
        result[num - 1] = stop
    return result


def eye(n, m=None, k=0):
    columns = n if m is None else m
    result = np.zeros((n, columns))
    for i in range(max(0, -k), min(n, columns - k)):
        result[i, i + k] = 1.0
    return result


def identity(n):
    return eye(n)


def diag(v, k=0):
    if v.ndim == 1:
        n = v.shape[0] + abs(k)
        result = np.zeros((n, n), dtype=v.dtype)
        for i in range(v.shape[0]):
            result[i + max(-k, 0), i + max(k, 0)] = v[i]
        return result
    return diagonal(v, k)


def diagonal(a, k=0):
    count = max(min(a.shape[0] - max(-k, 0), a.shape[1] - max(k, 0)), 0)
    result = np.empty(count, dtype=a.dtype)
    for i in range(count):
        result[i] = a[i + max(-k, 0), i + max(k, 0)]
    return result


def triu(m, k=0):
    result = np.zeros(m.shape, dtype=m.dtype)
    for i in range(m.shape[0]):
        for j in range(max(0, i + k), m.shape[1]):
            result[i, j] = m[i, j]
    return result


def tril(m, k=0):
    result = np.zeros(m.shape, dtype=m.dtype)
    for i in range(m.shape[0]):
        for j in range(min(i + k + 1, m.shape[1])):
            result[i, j] = m[i, j]
    return result


def roll(a, shift, axis=None):
    if a.ndim == 1:
        n = a.shape[0]
        result = np.empty(n, dtype=a.dtype)
        for i in range(n):
            result[(i + shift) % n] = a[i]
        return result
    if axis is None:
        return np.reshape(roll(np.ravel(a), shift), a.shape)
    result = np.empty(a.shape, dtype=a.dtype)
    n, m = a.shape
    for i in range(n):
        for j in range(m):
            if axis == 0:
                result[(i + shift) % n, j] = a[i, j]
            else:
                result[i, (j + shift) % m] = a[i, j]
    return result


def repeat(a, repeats, axis=None):
    if axis is None or a.ndim == 1:
        v = np.ravel(a)
        result = np.empty(v.shape[0] * repeats, dtype=a.dtype)
        for i in range(v.shape[0]):
            result[i * repeats : (i + 1) * repeats] = v[i]
        return result
    if axis == 0:
        rows = np.empty((a.shape[0] * repeats, a.shape[1]), dtype=a.dtype)
        for i in range(rows.shape[0]):
            rows[i] = a[i // repeats]
        return rows
    columns = np.empty((a.shape[0], a.shape[1] * repeats), dtype=a.dtype)
    for j in range(columns.shape[1]):
        columns[:, j] = a[:, j // repeats]
    return columns


def tile(a, reps):
    result = np.empty(a.shape[0] * reps, dtype=a.dtype)
    for i in range(result.shape[0]):
        result[i] = a[i % a.shape[0]]
    return result


def take(a, indices, axis=None):
    if axis is None:
        return np.ravel(a)[indices]
    if axis == 0:
        return a[indices]
    return a[:, indices]


def rot90(m, k=1):
    if k % 4 == 0:
        return np.copy(m)
    if k % 4 == 1:
        return np.flip(np.transpose(m), 0)
    if k % 4 == 2:
        return np.flip(m)
    return np.transpose(np.flip(m, 0))


def convolve(a, v, mode="full"):
    n, m = a.shape[0], v.shape[0]
    full = np.zeros(n + m - 1, dtype=np.result_type(a, v))
    for i in range(n):
        for j in range(m):
            full[i + j] += a[i] * v[j]
    if mode == "full":
        return full
    least, most = min(n, m), max(n, m)
    if mode == "valid":
        return full[least - 1 : most]
    return full[(least - 1) // 2 : (least - 1) // 2 + most]


def correlate(a, v, mode="valid"):
    return convolve(a, v[::-1], mode)


def polyval(p, x):
    y = x * 0.0
    for i in range(p.shape[0]):
        y = y * x + p[i]
    return y


def interp(x, xp, fp):
    y = np.empty(x.shape[0])
    for i in range(x.shape[0]):
        if x[i] <= xp[0]:
            y[i] = fp[0]
        elif x[i] >= xp[xp.shape[0] - 1]:
            y[i] = fp[fp.shape[0] - 1]
        else:
            k = 0
            while xp[k + 1] <= x[i]:
                k += 1
            slope = (fp[k + 1] - fp[k]) / (xp[k + 1] - xp[k])
            y[i] = fp[k] + slope * (x[i] - xp[k])
    return y


def meshgrid(x, y, indexing="xy"):
    if indexing == "ij":
        shape = (x.shape[0], y.shape[0])
        a = np.copy(np.broadcast_to(x[:, None], shape))
        return a, np.copy(np.broadcast_to(y[None, :], shape))
    shape = (y.shape[0], x.shape[0])
    return np.copy(np.broadcast_to(x[None, :], shape)), np.copy(np.broadcast_to(y[:, None], shape))
