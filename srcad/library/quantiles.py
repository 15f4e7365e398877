"""Medians and quantiles, without sorting."""

# mypy: disable-error-code="no-untyped-def,no-untyped-call"

from __future__ import annotations

import numpy as np

from srcad.library.intrinsics import is_truth, is_tuple, unsupported


def select(keys, k):
    """Move elements so that the one of rank `k` is in its place, none behind it smaller.

    Hoare, Algorithm 65: Find, Communications of the ACM 4 (1961).
    """
    low = 0
    high = keys.shape[0] - 1
    while low < high:
        pivot = keys[(low + high) // 2]
        i = low
        j = high
        while i <= j:
            while keys[i] < pivot:
                i += 1
            while keys[j] > pivot:
                j -= 1
            if i <= j:
                moved = keys[i]
                keys[i] = keys[j]
                keys[j] = moved
                i += 1
                j -= 1
        if k <= j:
            high = j
        elif k >= i:
            low = i
        else:
            low = high


def positions_of(a, k):
    """Return where the elements of rank `k` and `k + 1` are: of equal ones, in their order.

    The second is the first where `k` is the last rank. There is no NaN in `a`; otherwise
    any positions are returned.
    """
    n = a.shape[0]
    keys = np.copy(a)
    select(keys, k)
    key = keys[k]
    rank = 0
    for i in range(n):
        if a[i] < key:
            rank += 1
    first = 0
    second = 0
    for i in range(n):
        if a[i] == key:
            first = i if rank == k else first
            second = i if rank <= k + 1 else second
            rank += 1
    if rank == k + 1 and rank < n:
        key = keys[rank]
        for i in range(rank + 1, n):
            key = min(key, keys[i])
        for i in range(n - 1, -1, -1):
            if a[i] == key:
                second = i
    return first, second


def quantile_last(a, q, is_median):
    """Return the values that a fraction `q` of each row lies below, of a row with NaN that.

    Between two elements of which one is infinite, the median is their mean, and any other
    quantile what NumPy's formula gives.
    """
    if a.ndim > 1:
        result = np.empty(a.shape[:-1], dtype=np.result_type(a, 1.0))
        for i in range(a.shape[0]):
            result[i] = quantile_last(a[i], q, is_median)
        return result
    n = a.shape[0]
    if n == 0:
        raise IndexError("there are no quantiles of nothing")
    place = q * (n - 1)
    k = int(np.floor(place))
    part = np.asarray(place - k, dtype=np.result_type(a, 1.0))
    first, second = positions_of(a, k)
    for i in range(n):
        if a[i] != a[i]:
            first = i
            second = i
    low = np.asarray(a[first], dtype=part.dtype)
    high = np.asarray(a[second], dtype=part.dtype)
    value = low
    if is_median and not np.isfinite(high - low):
        if part > 0:
            value = low * (1 - part) + high * part
    elif part < 0.5:
        value = low + (high - low) * part
    else:
        value = high - (high - low) * (1 - part)
    return value


def quantile(a, q, axis=None, keepdims=False):
    if is_truth(a):
        unsupported("quantiles of bools are not supported", "use np.mean")
    if np.ndim(q) == 0:
        return quantile_of(a, q, axis, keepdims)
    if np.ndim(q) > 1:
        unsupported("quantiles in a matrix are not supported", "pass them in a row")
    values = np.asarray(a, dtype=np.result_type(a, q, 1.0))
    found = quantile_of(values, 0.5, axis, keepdims)
    result = np.empty(q.shape + np.shape(found), dtype=values.dtype)
    for i in range(q.shape[0]):
        result[i] = quantile_of(values, q[i], axis, keepdims)
    return result


def quantile_of(a, q, axis, keepdims, is_median=False):
    """Return one quantile."""
    if is_tuple(axis):
        unsupported("several axes are not supported here", "reshape them into one")
    if not (q >= 0 and q <= 1):
        raise ValueError("Quantiles must be in the range [0, 1]")
    if axis is None:
        if keepdims:
            unsupported("'keepdims' without an axis is not supported", "leave it out")
        return quantile_last(np.ravel(a), q, is_median)
    found = quantile_last(np.moveaxis(a, axis, -1), q, is_median)
    if keepdims:
        if a.ndim > 1:
            return np.expand_dims(found, axis)
        result = np.empty(1, dtype=np.result_type(a, 1.0))
        result[0] = found
        return result
    return found


def percentile(a, q, axis=None, keepdims=False):
    return quantile(a, q / 100.0, axis, keepdims)


def median(a, axis=None, keepdims=False):
    return quantile_of(a, 0.5, axis, keepdims, True)
