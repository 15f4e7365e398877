"""Order: sorting, positions, counts. Positions and counts are constants."""

# mypy: disable-error-code="no-untyped-def,no-untyped-call"

from __future__ import annotations

import numpy as np

from srcad.library.intrinsics import is_tuple, unsupported

PIECE = 16
"""How many elements are sorted by moving each to its place."""


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
    """Return the order that sorts an array along its last axis: stable."""
    if a.ndim > 1:
        result = np.empty(a.shape, dtype=np.int64)
        for i in range(a.shape[0]):
            result[i] = order_last(a[i])
        return result
    n = a.shape[0]
    keys = np.copy(a)
    order = np.arange(n)
    sort_pieces(keys, order)
    merged_keys = np.empty(n, dtype=a.dtype)
    merged = np.empty(n, dtype=np.int64)
    width = PIECE
    while width < n:
        for low in range(0, n, 2 * width):
            middle = min(low + width, n)
            high = min(low + 2 * width, n)
            i = low
            j = middle
            while i < middle and j < high:
                if comes_before(keys[j], keys[i]):
                    merged_keys[i + j - middle] = keys[j]
                    merged[i + j - middle] = order[j]
                    j += 1
                else:
                    merged_keys[i + j - middle] = keys[i]
                    merged[i + j - middle] = order[i]
                    i += 1
            for k in range(i, middle):
                merged_keys[k + j - middle] = keys[k]
                merged[k + j - middle] = order[k]
            for k in range(j, high):
                merged_keys[k] = keys[k]
                merged[k] = order[k]
        keys[:] = merged_keys
        order[:] = merged
        width = 2 * width
    return order


def sort_pieces(keys, order):
    """Sort neighbours, so that merging begins with pieces that are sorted."""
    n = keys.shape[0]
    for low in range(0, n, PIECE):
        for i in range(low + 1, min(low + PIECE, n)):
            key = keys[i]
            at = order[i]
            j = i
            while j > low and comes_before(key, keys[j - 1]):
                keys[j] = keys[j - 1]
                order[j] = order[j - 1]
                j -= 1
            keys[j] = key
            order[j] = at


# Positions --------------------------------------------------------------------------


def flatnonzero(a):
    flat = np.ravel(a)
    count = 0
    for i in range(flat.shape[0]):
        if flat[i] != 0:
            count += 1
    result = np.empty(count, dtype=np.int64)
    place = 0
    for i in range(flat.shape[0]):
        if flat[i] != 0:
            result[place] = i
            place += 1
    return result


def nonzero(a):
    return unravelled(flatnonzero(a), a.shape)


def argwhere(a):
    return np.stack(nonzero(a), axis=1)


def unravel_index(indices, shape):
    extents = shape if is_tuple(shape) else (shape,)
    size = 1
    for extent in extents:
        size = size * extent
    if np.any((indices < 0) | (indices >= size)):
        raise ValueError("index is out of bounds for array with this size")
    return unravelled(indices, extents)


def unravelled(indices, shape):
    """Return the position on each axis."""
    if len(shape) == 1:
        return (indices,)
    stride = 1
    for extent in shape[1:]:
        stride = stride * extent
    return (indices // stride, *unravelled(indices % stride, shape[1:]))


def compress(condition, a, axis=None):
    if np.ndim(condition) != 1:
        unsupported("the condition of compress() is a row", "index by a mask: x[mask]")
    if axis is None:
        return np.take(np.ravel(a), flatnonzero(condition))
    return np.take(a, flatnonzero(condition), axis)


def extract(condition, arr):
    flat = np.ravel(arr)
    places = flatnonzero(condition)
    if places.shape[0] > 0 and places[places.shape[0] - 1] >= flat.shape[0]:
        raise IndexError("index is out of bounds")
    return np.take(flat, places)


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
    check_order(bins)
    side = "left" if right else "right"
    if bins.shape[0] > 1 and bins[bins.shape[0] - 1] < bins[0]:
        found = bins.shape[0] - searchsorted(bins[::-1], x, side)
    else:
        found = searchsorted(bins, x, side)
    return found


def check_order(bins):
    """Raise ValueError for what neither rises nor falls."""
    rises = True
    falls = True
    for i in range(1, bins.shape[0]):
        if bins[i] < bins[i - 1]:
            rises = False
        if bins[i] > bins[i - 1]:
            falls = False
    if not rises and not falls:
        raise ValueError("bins must be monotonically increasing or decreasing")


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
    if minlength < 0:
        raise ValueError("'minlength' must not be negative")
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
    edges = given_edges(np.asarray(bins)) if np.ndim(bins) > 0 else edges_of(flat, bins, range)
    if weights is None:
        return counts_between(flat, edges, np.ndim(bins) == 0), edges
    return sums_between(flat, np.ravel(weights), edges, np.ndim(bins) == 0), edges


def given_edges(edges):
    """Return edges, which must rise."""
    if edges.shape[0] < 2:
        raise ValueError("a histogram of less than two edges is not supported")
    if np.any(edges[:-1] > edges[1:]):
        raise ValueError("`bins` must increase monotonically, when an array")
    return edges


def counts_between(a, edges, is_even):
    """Return how many elements lie between two edges; the last one is a place itself."""
    last = edges.shape[0] - 1
    low = edges[0]
    high = edges[last]
    scale = last / (high - low)
    counts = np.zeros(last, dtype=np.int64)
    for i in range(a.shape[0]):
        if low <= a[i] and a[i] <= high:
            near = int((a[i] - low) * scale) if is_even else -1
            counts[place_between(a[i], edges, near)] += 1
    return counts


def sums_between(a, weights, edges, is_even):
    """Return the sum of the weights of the elements between two edges."""
    if weights.shape[0] != a.shape[0]:
        raise ValueError("weights should have the same shape as a.")
    last = edges.shape[0] - 1
    low = edges[0]
    high = edges[last]
    scale = last / (high - low)
    sums = np.zeros(last, dtype=weights.dtype)
    for i in range(a.shape[0]):
        if low <= a[i] and a[i] <= high:
            near = int((a[i] - low) * scale) if is_even else -1
            sums[place_between(a[i], edges, near)] += weights[i]
    return sums


def place_between(v, edges, near):
    """Return the last edge that is not above `v`, but not the last of all.

    near: a guess that is at most one off; negative if there is none.
    """
    last = edges.shape[0] - 2
    if near < 0:
        return min(searchsorted(edges, v, "right") - 1, last)
    k = min(near, last)
    if v < edges[k]:
        k -= 1
    elif k < last and v >= edges[k + 1]:
        k += 1
    return k


def least(a):
    """Return the least element, and 0 if there is none."""
    return np.min(a) * 1.0 if a.shape[0] > 0 else 0.0


def most(a):
    """Return the greatest element, and 1 if there is none."""
    return np.max(a) * 1.0 if a.shape[0] > 0 else 1.0


def edges_of(a, bins, limits):
    """Return edges that are equally far apart."""
    if bins < 1:
        raise ValueError("`bins` must be positive, when an integer")
    low = least(a) if limits is None else limits[0]
    high = most(a) if limits is None else limits[1]
    if not (np.isfinite(low) and np.isfinite(high)):
        raise ValueError("the range of a histogram must be finite")
    if low > high:
        raise ValueError("max must be larger than min in range parameter.")
    if low == high:
        low = low - 0.5
        high = high + 0.5
    return np.asarray(np.linspace(low, high, bins + 1), dtype=np.result_type(a, 1.0))
