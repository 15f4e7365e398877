"""Arrays made from numbers."""

# mypy: disable-error-code="no-untyped-def,no-untyped-call"

from __future__ import annotations

import numpy as np

from srcad.library.intrinsics import unsupported


def arange(start, stop=None, step=1, dtype=None):
    if stop is None:
        return arange_between(0, start, 1, dtype)
    return arange_between(start, stop, step, dtype)


def arange_between(start, stop, step, dtype):
    if step == 0:
        raise ValueError("the step of arange() is zero")
    if step == 1:
        count = max(stop - start, 0)
    elif step > 0:
        count = max((stop - start) / step, 0)
    else:
        count = max((start - stop) / -step, 0)
    if dtype is None:
        kind = np.result_type(start, stop, step, np.int64(1))
        result = np.empty(int(np.ceil(count)), dtype=kind)
        origin = np.asarray(start, dtype=kind)
        width = np.asarray(step, dtype=kind)
        for i in range(result.shape[0]):
            result[i] = origin + i * width
        return result
    converted = np.empty(int(np.ceil(count)), dtype=dtype)
    first = np.asarray(start, dtype=dtype)
    second = np.asarray(start + step, dtype=dtype)
    for i in range(converted.shape[0]):
        converted[i] = first + i * (second - first)
    return converted


def linspace(start, stop, num=50, endpoint=True, retstep=False):
    if np.ndim(start) + np.ndim(stop) > 0:
        return linspace_of_arrays(start, stop, num, endpoint, retstep)
    result = np.empty(num, dtype=np.result_type(start, stop, 1.0))
    parts = num - 1 if endpoint else num
    step = (stop - start) / max(parts, 1)
    for i in range(num):
        result[i] = start + i * step
    if endpoint and num > 1:
        result[num - 1] = stop
    if retstep:
        return result, step if parts > 0 else np.nan
    return result


def linspace_of_arrays(start, stop, num, endpoint, retstep):
    parts = num - 1 if endpoint else num
    step = (stop - start) / max(parts, 1)
    result = np.empty((num, *step.shape), dtype=step.dtype)
    for i in range(num):
        result[i] = start + i * step
    if endpoint and num > 1:
        result[num - 1] = stop
    if retstep:
        return result, step
    return result


def logspace(start, stop, num=50, endpoint=True, base=10.0):
    return base ** linspace(start, stop, num, endpoint)


def geomspace(start, stop, num=50, endpoint=True):
    if np.ndim(start) + np.ndim(stop) > 0:
        unsupported("geomspace() between arrays is not supported", "write the loop over the steps")
    if start == 0 or stop == 0:
        raise ValueError("Geometric sequence cannot include zero")
    result = start * np.exp(linspace(0.0, float(np.log(stop / start)), num, endpoint))
    if num > 0:
        result[0] = start
        if num > 1 and endpoint:
            result[num - 1] = stop
    return result


def eye(N, M=None, k=0, dtype=float):
    columns = N if M is None else M
    result = np.zeros((N, columns), dtype=dtype)
    for i in range(max(0, -k), min(N, columns - k)):
        result[i, i + k] = 1
    return result


def identity(n, dtype=float):
    return eye(n, n, 0, dtype)


def tri(N, M=None, k=0, dtype=float):
    result = np.zeros((N, N if M is None else M), dtype=dtype)
    for i in range(N):
        for j in range(min(i + k + 1, result.shape[1])):
            result[i, j] = 1
    return result


def tril_indices(n, k=0, m=None):
    return np.nonzero(tri(n, m, k))


def triu_indices(n, k=0, m=None):
    return np.nonzero(tri(n, m, k - 1) == 0)


def diag_indices(n, ndim=2):
    if ndim != 2:
        unsupported("diag_indices() of so many dimensions is not supported", "use np.arange(n)")
    return arange(n), arange(n)


def reduced(function, sequence):
    if sequence.shape[0] == 0:
        raise TypeError("reduce() of empty iterable with no initial value")
    result = sequence[0]
    for k in range(1, sequence.shape[0]):
        result = function(result, sequence[k])
    return result


def reduced_from(function, sequence, initial):
    result = initial
    for k in range(sequence.shape[0]):
        result = function(result, sequence[k])
    return result
