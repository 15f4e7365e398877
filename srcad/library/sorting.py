"""Order: sorting, medians, positions, counts. Positions and counts are constants."""

# mypy: disable-error-code="no-untyped-def,no-untyped-call"

from __future__ import annotations

import numpy as np

from srcad.library.intrinsics import is_tuple, unsupported


def comes_before(u, v):
    """Return whether `u` stands before `v` in sorted order: nan comes last."""
    return u < v or (v != v and u == u)


def argsort(a, axis=-1):
    if axis is None:
        return order_last(np.ravel(a))
    return np.moveaxis(order_last(np.moveaxis(a, axis, -1)), -1, axis)


def sort(a, axis=-1):
    if axis is None:
        return sort_last(np.ravel(a))
    return np.moveaxis(sort_last(np.moveaxis(a, axis, -1)), -1, axis)


def sort_in_place(a, axis=-1):
    a[...] = sort(a, axis)


def sort_last(a):
    """Return an array sorted along its last axis."""
    return picked_last(a, order_last(a))


def picked_last(a, index):
    """Return the elements at these positions along the last axis."""
    if a.ndim == 1:
        return a[index]
    result = np.empty(index.shape, dtype=a.dtype)
    for i in range(a.shape[0]):
        result[i] = picked_last(a[i], index[i])
    return result


def take_along_axis(arr, indices, axis=-1):
    if axis is None:
        return np.ravel(arr)[indices]
    rows, index = np.moveaxis(arr, axis, -1), np.moveaxis(indices, axis, -1)
    if rows.shape[:-1] != index.shape[:-1]:
        raise IndexError("shape mismatch: indexing arrays could not be broadcast together")
    return np.moveaxis(picked_last(rows, index), -1, axis)


def order_last(a):
    """Return the order that sorts an array along its last axis: merges, stable."""
    if a.ndim > 1:
        result = np.empty(a.shape, dtype=np.int64)
        for i in range(a.shape[0]):
            result[i] = order_last(a[i])
        return result
    n = a.shape[0]
    order = np.arange(n)
    merged = np.empty(n, dtype=np.int64)
    width = 1
    while width < n:
        for low in range(0, n, 2 * width):
            middle = min(low + width, n)
            high = min(low + 2 * width, n)
            i = low
            j = middle
            for k in range(low, high):
                if j >= high or (i < middle and not comes_before(a[order[j]], a[order[i]])):
                    merged[k] = order[i]
                    i += 1
                else:
                    merged[k] = order[j]
                    j += 1
        order[:] = merged
        width = 2 * width
    return order


# Quantiles --------------------------------------------------------------------------


def at_fraction(rows, q):
    """Return the value that a fraction `q` of each sorted row lies below."""
    n = rows.shape[-1]
    if n == 0 or q < 0 or q > 1:
        raise ValueError("Quantiles must be in the range [0, 1] of something")
    place = q * (n - 1)
    k = int(np.floor(place))
    part = np.asarray(place - k, dtype=np.result_type(rows, 1.0))
    low = rows[..., k]
    high = rows[..., min(k + 1, n - 1)]
    last = rows[..., n - 1]
    value = low + (high - low) * part
    return np.where(last == last, value, last)


def quantile(a, q, axis=None, keepdims=False):
    if np.ndim(q) == 0:
        return quantile_of(a, q, axis, keepdims)
    if np.ndim(q) > 1:
        unsupported("quantiles in a matrix are not supported", "pass them in a row")
    found = quantile_of(a, 0.5, axis, keepdims)
    result = np.empty(q.shape + np.shape(found), dtype=np.result_type(a, q))
    for i in range(q.shape[0]):
        result[i] = quantile_of(a, q[i], axis, keepdims)
    return result


def quantile_of(a, q, axis, keepdims):
    """Return one quantile."""
    if is_tuple(axis):
        unsupported("several axes are not supported here", "reshape them into one")
    if axis is None:
        if keepdims:
            unsupported("'keepdims' without an axis is not supported", "leave it out")
        return at_fraction(sort_last(np.ravel(a)), q)
    found = at_fraction(sort_last(np.moveaxis(a, axis, -1)), q)
    if keepdims:
        return np.expand_dims(found, axis)
    return found


def percentile(a, q, axis=None, keepdims=False):
    return quantile(a, q / 100.0, axis, keepdims)


def median(a, axis=None, keepdims=False):
    return quantile_of(a, 0.5, axis, keepdims)


# Positions --------------------------------------------------------------------------


def flatnonzero(a):
    return np.arange(a.size)[np.ravel(a) != 0]


def nonzero(a):
    return unravel_index(flatnonzero(a), a.shape)


def argwhere(a):
    return np.stack(nonzero(a), axis=1)


def unravel_index(indices, shape):
    if is_tuple(shape):
        return unravelled(indices, shape)
    return (indices,)


def unravelled(indices, shape):
    """Return the position on each axis."""
    if len(shape) == 1:
        return (indices,)
    stride = 1
    for extent in shape[1:]:
        stride = stride * extent
    return (indices // stride, *unravelled(indices % stride, shape[1:]))


def compress(condition, a, axis=None):
    if axis is None:
        return np.ravel(a)[condition]
    return np.take(a, flatnonzero(condition), axis)


def extract(condition, arr):
    return np.ravel(arr)[np.ravel(condition)]


def searchsorted(a, v, side="left"):
    if side != "left" and side != "right":
        unsupported("the side of searchsorted() is 'left' or 'right'", 'write side="left"')
    if np.ndim(v) > 0:
        result = np.empty(v.shape, dtype=np.int64)
        for i in range(v.shape[0]):
            result[i] = searchsorted(a, v[i], side)
        return result
    low = 0
    high = a.shape[0]
    while low < high:
        middle = (low + high) // 2
        if stands_before(a[middle], v, side):
            low = middle + 1
        else:
            high = middle
    return low


def stands_before(u, v, side):
    """Return whether the place of `v` is behind `u`."""
    return comes_before(u, v) if side == "left" else not comes_before(v, u)


def digitize(x, bins, right=False):
    side = "left" if right else "right"
    if bins.shape[0] > 1 and bins[bins.shape[0] - 1] < bins[0]:
        found = bins.shape[0] - searchsorted(bins[::-1], x, side)
    else:
        found = searchsorted(bins, x, side)
    return found


def isin(element, test_elements):
    if np.ndim(element) > 0:
        result = np.zeros(element.shape, dtype=np.bool_)
        for i in range(element.shape[0]):
            result[i] = isin(element[i], test_elements)
        return result
    return np.any(np.ravel(test_elements) == element)


def unique(ar):
    s = sort_last(np.ravel(ar))
    first = np.ones(s.shape[0], dtype=np.bool_)
    for i in range(1, s.shape[0]):
        first[i] = comes_before(s[i - 1], s[i])
    return s[first]


# Counts -----------------------------------------------------------------------------


def bincount(x, weights=None, minlength=0):
    count = minlength
    for i in range(x.shape[0]):
        if x[i] < 0:
            raise ValueError("'list' argument must have no negative elements")
        count = max(count, x[i] + 1)
    if weights is None:
        counts = np.zeros(count, dtype=np.int64)
        for i in range(x.shape[0]):
            counts[x[i]] += 1
        return counts
    if weights.shape[0] != x.shape[0]:
        raise ValueError("The weights and list don't have the same length.")
    sums = np.zeros(count)
    for i in range(x.shape[0]):
        sums[x[i]] += weights[i]
    return sums


def histogram(a, bins=10, range=None, density=None, weights=None):  # noqa: A002
    if density:
        unsupported("'density' is not supported here", "divide the counts")
    flat = np.ravel(a)
    edges = np.asarray(bins) if np.ndim(bins) > 0 else edges_of(flat, bins, range)
    place = searchsorted(edges, flat, "right") - 1
    last = edges.shape[0] - 2
    place = np.where(flat == edges[last + 1], last, place)
    inside = (place >= 0) & (place <= last)
    if weights is None:
        return bincount(place[inside], None, last + 1), edges
    return bincount(place[inside], np.ravel(weights)[inside], last + 1), edges


def edges_of(a, bins, limits):
    """Return edges that are equally far apart."""
    if limits is None and a.shape[0] == 0:
        raise ValueError("a histogram of nothing needs its range")
    low = np.min(a) if limits is None else limits[0]
    high = np.max(a) if limits is None else limits[1]
    if low == high:
        low = low - 0.5
        high = high + 0.5
    return np.asarray(np.linspace(low, high, bins + 1), dtype=np.result_type(a, 1.0))
