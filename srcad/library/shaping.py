"""Arrays from arrays: the same elements in another order or shape."""

# mypy: disable-error-code="no-untyped-def,no-untyped-call"

from __future__ import annotations

import numpy as np

from srcad.library.intrinsics import is_tuple, unsupported


def check_size(a, size):
    """Raise ValueError for another number of elements."""
    if a.size != size:
        raise ValueError("cannot reshape an array into another size")


def missing_extent(size, rest):
    """Return the extent that an array of this size has for -1, beside the others.

    Raises ValueError if another one is -1, too.
    """
    if rest <= 0:
        raise ValueError("cannot reshape an array: the extent for -1 is not known")
    return size // rest


def given_extent(size, extent, rest):
    """Return an extent that is given, or that which an array of this size has instead of -1."""
    found = extent
    if extent < 0:
        found = missing_extent(size, rest)
    return found


def check_extent(n, m):
    """Raise ValueError for arrays that differ along an axis that they have in common."""
    if n != m:
        raise ValueError("all the input array dimensions must match exactly")


def check_not_smaller(n, m):
    """Raise ValueError for an array that is shorter than the first one of a stencil."""
    if n > m:
        raise ValueError("an array of a stencil is smaller than the first one")


def reshaped(a, result):
    """Fill an array with the elements of another, row by row."""
    check_size(a, result.size)
    if result.ndim == 1:
        to_flat(a, result)
    elif a.ndim == 1:
        from_flat(a, result)
    else:
        flat = np.empty(a.size, dtype=a.dtype)
        to_flat(a, flat)
        from_flat(flat, result)


def to_flat(a, result):
    """Write the elements of an array one after the other."""
    if a.ndim == 1:
        for i in range(a.shape[0]):
            result[i] = a[i]
    elif a.ndim == 2:
        for i in range(a.shape[0]):
            for j in range(a.shape[1]):
                result[i * a.shape[1] + j] = a[i, j]
    elif a.ndim == 3:
        for i in range(a.shape[0]):
            for j in range(a.shape[1]):
                for k in range(a.shape[2]):
                    result[(i * a.shape[1] + j) * a.shape[2] + k] = a[i, j, k]
    else:
        size = a.size // max(a.shape[0], 1)
        for i in range(a.shape[0]):
            to_flat(a[i], result[i * size : (i + 1) * size])


def from_flat(a, result):
    """Fill an array with elements that stand one after the other."""
    if result.ndim == 2:
        for i in range(result.shape[0]):
            for j in range(result.shape[1]):
                result[i, j] = a[i * result.shape[1] + j]
    elif result.ndim == 3:
        for i in range(result.shape[0]):
            for j in range(result.shape[1]):
                for k in range(result.shape[2]):
                    result[i, j, k] = a[(i * result.shape[1] + j) * result.shape[2] + k]
    else:
        size = result.size // max(result.shape[0], 1)
        for i in range(result.shape[0]):
            from_flat(a[i * size : (i + 1) * size], result[i])


# Diagonals and triangles ------------------------------------------------------------


def diag(v, k=0):
    if v.ndim == 1:
        n = v.shape[0] + abs(k)
        result = np.zeros((n, n), dtype=v.dtype)
        for i in range(v.shape[0]):
            result[i + max(-k, 0), i + max(k, 0)] = v[i]
        return result
    if v.ndim > 2:
        raise ValueError("Input must be 1- or 2-d.")
    return diagonal(v, k)


def diagflat(v, k=0):
    return diag(np.ravel(v), k)


def diagonal(a, offset=0, axis1=0, axis2=1):
    return diagonal_last(np.moveaxis(a, (axis1, axis2), (-2, -1)), offset)


def diagonal_last(a, k):
    """Return the diagonals of matrices."""
    count = max(min(a.shape[-2] - max(-k, 0), a.shape[-1] - max(k, 0)), 0)
    result = np.empty((*a.shape[:-2], count), dtype=a.dtype)
    for i in range(count):
        result[..., i] = a[..., i + max(-k, 0), i + max(k, 0)]
    return result


def fill_diagonal(a, val, wrap=False):
    if wrap or a.ndim != 2:
        unsupported("fill_diagonal() of this array is not supported", "write the loop")
    for i in range(min(a.shape[0], a.shape[1])):
        if np.ndim(val) == 0:
            a[i, i] = val
        else:
            a[i, i] = val[i % val.shape[0]]


def triu(m, k=0):
    if m.ndim == 1:
        return triu(np.broadcast_to(m, (m.shape[0], m.shape[0])), k)
    result = np.zeros(m.shape, dtype=m.dtype)
    if m.ndim > 2:
        for h in range(m.shape[0]):
            result[h] = triu(m[h], k)
    else:
        for i in range(m.shape[0]):
            for j in range(max(0, i + k), m.shape[1]):
                result[i, j] = m[i, j]
    return result


def tril(m, k=0):
    if m.ndim == 1:
        return tril(np.broadcast_to(m, (m.shape[0], m.shape[0])), k)
    result = np.zeros(m.shape, dtype=m.dtype)
    if m.ndim > 2:
        for h in range(m.shape[0]):
            result[h] = tril(m[h], k)
    else:
        for i in range(m.shape[0]):
            for j in range(min(i + k + 1, m.shape[1])):
                result[i, j] = m[i, j]
    return result


# Moved and repeated -----------------------------------------------------------------


def roll(a, shift, axis=None):
    if is_tuple(axis):
        if not is_tuple(shift):
            unsupported("one shift for several axes is not supported", "write one for each axis")
        if len(axis) == 1:
            return roll(a, shift[0], axis[0])
        return roll(roll(a, shift[0], axis[0]), shift[1:], axis[1:])
    if axis is None:
        return np.reshape(roll_first(np.ravel(a), shift), a.shape)
    return np.moveaxis(roll_first(np.moveaxis(a, axis, 0), shift), 0, axis)


def roll_first(a, shift):
    """Return an array rolled along its first axis."""
    result = np.empty(a.shape, dtype=a.dtype)
    n = a.shape[0]
    if n > 0:
        moved = shift % n
        for i in range(n - moved):
            result[moved + i] = a[i]
        for i in range(moved):
            result[i] = a[n - moved + i]
    return result


def rot90(m, k=1, axes=(0, 1)):
    if m.ndim < 2:
        unsupported("rot90() of a row is not possible", "use np.flip")
    if k % 4 == 0:
        return m[:]
    if k % 4 == 1:
        return np.swapaxes(np.flip(m, axes[1]), axes[0], axes[1])
    if k % 4 == 2:
        return np.flip(np.flip(m, axes[0]), axes[1])
    return np.flip(np.swapaxes(m, axes[0], axes[1]), axes[1])


def repeat(a, repeats, axis=None):
    if axis is None:
        return repeat_first(np.ravel(a), repeats)
    return np.moveaxis(repeat_first(np.moveaxis(a, axis, 0), repeats), 0, axis)


def repeat_first(a, repeats):
    """Return an array with each item of its first axis repeated."""
    if np.ndim(repeats) == 0:
        result = np.empty((a.shape[0] * repeats, *a.shape[1:]), dtype=a.dtype)
        for i in range(a.shape[0]):
            for r in range(repeats):
                result[i * repeats + r] = a[i]
        return result
    counts = np.empty(a.shape[0], dtype=np.int64)
    counts[:] = repeats
    if np.any(counts < 0):
        raise ValueError("repeats may not contain negative values.")
    ends = np.cumsum(counts)
    repeated = np.empty((np.sum(counts), *a.shape[1:]), dtype=a.dtype)
    for i in range(a.shape[0]):
        for r in range(counts[i]):
            repeated[ends[i] - counts[i] + r] = a[i]
    return repeated


def append(arr, values, axis=None):
    if axis is None:
        return np.concatenate((np.ravel(arr), np.ravel(values)))
    return np.concatenate((arr, values), axis=axis)


def delete(arr, obj, axis=None):
    if np.ndim(obj) > 0:
        unsupported("delete() of several items is not supported", "use a mask: x[keep]")
    if axis is None:
        return delete_first(np.ravel(arr), obj)
    return np.moveaxis(delete_first(np.moveaxis(arr, axis, 0), obj), 0, axis)


def delete_first(a, k):
    """Return an array without one item of its first axis."""
    check_position(k, a.shape[0], a.shape[0])
    at = k + a.shape[0] if k < 0 else k
    return np.concatenate((a[:at], a[at + 1 :]))


def insert(arr, obj, values, axis=None):
    if np.ndim(obj) > 0 or axis is not None or np.ndim(values) > 0:
        unsupported("insert() of several items is not supported", "use np.concatenate")
    a = np.ravel(arr)
    check_position(obj, a.shape[0], a.shape[0] + 1)
    at = obj + a.shape[0] if obj < 0 else obj
    return np.concatenate((a[:at], np.asarray(np.ravel(values), dtype=a.dtype), a[at:]))


def check_position(k, n, stop):
    """Raise IndexError for a position that is not there."""
    if k < -n or k >= stop:
        raise IndexError("index is out of bounds")


# Padding ----------------------------------------------------------------------------


def check_width(n):
    """Raise ValueError for an axis that would become shorter."""
    if n < 0:
        raise ValueError("index can't contain negative values")


def padded(a, before, after, axis, mode):
    """Return an array continued along one axis by its own elements."""
    n = a.shape[axis]
    if n == 0 and before + after > 0:
        raise ValueError("can't extend empty axis using modes other than 'constant' or 'empty'")
    index = np.empty(before + n + after, dtype=np.int64)
    for i in range(index.shape[0]):
        index[i] = source(i - before, n, mode)
    return np.take(a, index, axis=axis)


def source(i, n, mode):
    """Return which of `n` elements stands at position `i`, perhaps outside."""
    if mode == "edge":
        return min(max(i, 0), n - 1)
    if mode == "wrap":
        return i % n
    if mode == "symmetric":
        k = i % (2 * n)
        return min(k, 2 * n - 1 - k)
    k = i % max(2 * n - 2, 1)
    return min(k, 2 * n - 2 - k)


# Pieces -----------------------------------------------------------------------------


def piece_start(n, count, k, is_equal):
    """Return where piece number `k` of an axis starts."""
    if is_equal and k == 0 and n % count != 0:
        raise ValueError("array split does not result in an equal division")
    return k * (n // count) + min(k, n % count)


def add_at_1(a, k, v, sign):
    check_positions(k, a.shape[0])
    changes = np.broadcast_to(v, k.shape + a.shape[1:])
    for i in range(k.shape[0]):
        a[k[i]] += sign * changes[i]


def add_at_2(a, k, m, v, sign):
    if k.shape[0] != m.shape[0]:
        raise IndexError("shape mismatch: indexing arrays could not be broadcast together")
    check_positions(k, a.shape[0])
    check_positions(m, a.shape[1])
    changes = np.broadcast_to(v, k.shape + a.shape[2:])
    for i in range(k.shape[0]):
        a[k[i], m[i]] += sign * changes[i]


def check_positions(k, n):
    """Raise IndexError for positions that are not there."""
    for i in range(k.shape[0]):
        if k[i] < -n or k[i] >= n:
            raise IndexError("index is out of bounds")


def chosen(a, where, neutral):
    return np.where(np.broadcast_to(where, a.shape), a, neutral)


def mean_of_chosen(a, where, axis, keepdims):
    mask = np.broadcast_to(where, a.shape)
    total = np.sum(np.where(mask, a, 0), axis=axis, keepdims=keepdims)
    count = np.sum(mask, axis=axis, keepdims=keepdims)
    return total / np.asarray(count, dtype=np.result_type(total))
