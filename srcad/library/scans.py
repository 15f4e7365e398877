"""Running sums and products, differences, positions of extrema, moments."""

# mypy: disable-error-code="no-untyped-def,no-untyped-call"

from __future__ import annotations

import numpy as np

from srcad.library.intrinsics import axes, is_truth, is_tuple, squares, unsupported


def count_along(a, axes_):
    """Return how many elements a reduction along these axes takes together."""
    if len(axes_) == 1:
        return a.shape[axes_[0]]
    return a.shape[axes_[0]] * count_along(a, axes_[1:])


def refuse_dtype(dtype, out):
    """Report arguments that change the arithmetic."""
    if dtype is not None or out is not None:
        unsupported("'dtype' and a positional 'out' are not supported here", "convert the result")


# Moments ----------------------------------------------------------------------------


def var(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, where=None):
    refuse_dtype(dtype, out)
    if where is not None:
        return var_of_chosen(a, axis, ddof, keepdims, np.broadcast_to(where, a.shape))
    mean = np.mean(a, axis=axis, keepdims=axis is not None)
    d = a - mean
    square = np.mean(squares(d), axis=axis, keepdims=keepdims)
    if ddof == 0:
        return square
    count = count_along(a, axes(a, axis))
    ratio = np.asarray(count / max(count - ddof, 0.0), dtype=square.dtype)
    return square * ratio


def var_of_chosen(a, axis, ddof, keepdims, mask):
    count = np.sum(mask, axis=axis, keepdims=True)
    mean = np.sum(np.where(mask, a, 0), axis=axis, keepdims=True) / count
    d = np.where(mask, a - mean, 0)
    total = np.sum(squares(d), axis=axis, keepdims=keepdims)
    left = np.maximum(np.sum(mask, axis=axis, keepdims=keepdims) - ddof, 0)
    return total / np.asarray(left, dtype=np.result_type(total))


def std(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, where=None):
    return root(var(a, axis, dtype, out, ddof, keepdims, where))


def root(v):
    """Return the square root of variances, flat at zero."""
    return np.where(v == 0, 0.0, np.sqrt(np.where(v == 0, 1.0, v)))


def average(a, axis=None, weights=None, returned=False, keepdims=False):
    if returned:
        unsupported("'returned' is not supported here", "add up the weights")
    if weights is None:
        return np.mean(a, axis=axis, keepdims=keepdims)
    if np.ndim(a) == 0 or np.ndim(weights) == 0:
        unsupported("the weighted average of a number is that", "pass arrays")
    floats = np.asarray(a, dtype=np.result_type(a, 1.0))
    values = np.asarray(floats, dtype=np.result_type(floats, weights))
    return weighted(values, axis, np.asarray(weights, dtype=values.dtype), keepdims)


def weighted(a, axis, weights, keepdims):
    """Return a weighted mean."""
    if weights.ndim == a.ndim:
        if weights.shape != a.shape:
            if axis is None:
                raise TypeError("Axis must be specified when shapes of a and weights differ.")
            raise ValueError("Shape of weights must be consistent with shape of a along axis.")
        total = np.sum(weights, axis=axis, keepdims=keepdims)
        check_weights(total)
        return np.sum(a * weights, axis=axis, keepdims=keepdims) / total
    if axis is None:
        unsupported("the axis of these weights is missing", "pass axis=0")
    if is_tuple(axis) or weights.ndim != 1:
        unsupported("these weights are not supported", "pass a row, or weights for each element")
    rows = np.moveaxis(a, axis, -1)
    if weights.shape[0] != rows.shape[-1]:
        raise ValueError("Shape of weights must be consistent with shape of a along axis.")
    total = np.sum(weights)
    check_weights(total)
    if keepdims:
        return np.expand_dims(np.sum(rows * weights, axis=-1) / total, axis)
    return np.sum(rows * weights, axis=-1) / total


def check_weights(total):
    """Raise ZeroDivisionError for sums of weights that are zero."""
    if np.any(total == 0):
        raise ZeroDivisionError("Weights sum to zero, can't be normalized")


def cov(m, y=None, rowvar=True, bias=False, ddof=None):
    if np.ndim(m) == 0 or np.ndim(m) > 2:
        unsupported("cov() takes one or two dimensions", "pass variables in rows")
    if y is not None:
        rows = np.concatenate((observed(m, rowvar), observed(y, rowvar)))
        if not rowvar and np.ndim(y) == 2 and y.shape[0] == 1:
            raise ValueError("whether a single row is a variable is not clear: pass y[0]")
        return cov(rows, None, True, bias, ddof)
    if m.ndim == 1:
        return var(np.asarray(m, dtype=np.float64), None, None, None, freedom(bias, ddof))
    rows = np.asarray(m if rowvar else m.T, dtype=np.float64)
    if rows.shape[0] == 1:
        raise ValueError("the covariance of one row is a number: pass the row, x[0]")
    d = rows - np.mean(rows, axis=1, keepdims=True)
    return d @ d.T / max(float(rows.shape[1] - freedom(bias, ddof)), 0.0)


def observed(m, rowvar):
    """Return variables in rows, and observations in columns."""
    if np.ndim(m) == 0 or np.ndim(m) > 2:
        unsupported("cov() takes one or two dimensions", "pass variables in rows")
    if m.ndim == 1:
        return m[None]
    if m.shape[0] == 0:
        raise ValueError("there are no variables")
    return m if rowvar else m.T


def freedom(bias, ddof):
    """Return how many degrees of freedom the mean takes."""
    if ddof is not None:
        return ddof
    return 0 if bias else 1


def corrcoef(x, y=None, rowvar=True):
    if y is None and np.ndim(x) < 2:
        unsupported("corrcoef() of one variable is 1", "write 1.0")
    c = cov(x, y, rowvar)
    s = np.sqrt(np.diag(c))
    return c / s[:, None] / s[None, :]


def count_nonzero(a, axis=None, keepdims=False):
    return np.sum(a != 0, axis=axis, keepdims=keepdims)


def ptp(a, axis=None, out=None, keepdims=False):
    refuse_dtype(None, out)
    if is_truth(a):
        unsupported("ptp() of bools is not supported", "use np.max and np.min")
    return np.max(a, axis=axis, keepdims=keepdims) - np.min(a, axis=axis, keepdims=keepdims)


# Without nan ------------------------------------------------------------------------


def nansum(a, axis=None, dtype=None, out=None, keepdims=False):
    refuse_dtype(dtype, out)
    return np.sum(np.where(np.isnan(a), 0, a), axis=axis, keepdims=keepdims)


def nanprod(a, axis=None, dtype=None, out=None, keepdims=False):
    refuse_dtype(dtype, out)
    return np.prod(np.where(np.isnan(a), 1, a), axis=axis, keepdims=keepdims)


def present(a, axis, keepdims):
    """Return how many elements are not nan, as numbers of the dtype of the mean."""
    one = np.asarray(np.where(np.isnan(a), 0.0, 1.0), dtype=np.result_type(a, 1.0))
    return np.sum(one, axis=axis, keepdims=keepdims)


def nanmean(a, axis=None, dtype=None, out=None, keepdims=False):
    refuse_dtype(dtype, out)
    if np.ndim(a) == 0 and axis is not None:
        unsupported("a number has no axes", "leave out the axis")
    return nansum(a, axis, None, None, keepdims) / present(a, axis, keepdims)


def nanvar(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False):
    refuse_dtype(dtype, out)
    d = np.where(np.isnan(a), 0.0, a - nanmean(a, axis, None, None, axis is not None))
    free = present(a, axis, keepdims) - ddof
    total = np.sum(d * d, axis=axis, keepdims=keepdims)
    return np.where(free > 0, total / np.where(free > 0, free, 1.0), np.nan)


def nanstd(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False):
    return root(nanvar(a, axis, dtype, out, ddof, keepdims))


def nanmax(a, axis=None, out=None, keepdims=False):
    refuse_dtype(None, out)
    best = np.max(np.where(np.isnan(a), -np.inf, a), axis=axis, keepdims=keepdims)
    is_all = np.all(np.isnan(a), axis=axis, keepdims=keepdims)
    found = np.asarray(np.where(is_all, np.nan, best), dtype=np.result_type(a))
    is_any = np.any(np.isnan(a), axis=axis, keepdims=keepdims)
    return np.where(is_any, found, np.max(a, axis=axis, keepdims=keepdims))


def nanmin(a, axis=None, out=None, keepdims=False):
    refuse_dtype(None, out)
    best = np.min(np.where(np.isnan(a), np.inf, a), axis=axis, keepdims=keepdims)
    is_all = np.all(np.isnan(a), axis=axis, keepdims=keepdims)
    found = np.asarray(np.where(is_all, np.nan, best), dtype=np.result_type(a))
    is_any = np.any(np.isnan(a), axis=axis, keepdims=keepdims)
    return np.where(is_any, found, np.min(a, axis=axis, keepdims=keepdims))


# Positions of extrema ---------------------------------------------------------------


def argmax(a, axis=None, out=None, keepdims=False):
    return position(a, axis, out, keepdims, False)


def argmin(a, axis=None, out=None, keepdims=False):
    return position(a, axis, out, keepdims, True)


def position(a, axis, out, keepdims, least):
    """Return where the greatest elements are, or the least."""
    refuse_dtype(None, out)
    if axis is None:
        if keepdims:
            unsupported("'keepdims' without an axis is not supported", "leave it out")
        return position_last(np.ravel(a), least)
    found = position_last(np.moveaxis(a, axis, -1), least)
    if keepdims:
        return np.expand_dims(found, axis) if a.ndim > 1 else np.reshape(found, (1,))
    return found


def position_last(a, least):
    """Return where the extrema along the last axis are."""
    if a.ndim > 1:
        result = np.empty(a.shape[:-1], dtype=np.int64)
        for i in range(a.shape[0]):
            result[i] = position_last(a[i], least)
        return result
    if a.shape[0] == 0:
        raise ValueError("attempt to get argmax of an empty sequence")
    k = 0
    best = a[0]
    for j in range(1, a.shape[0]):
        v = a[j]
        if is_better(v, best, least) or (v != v and best == best):
            best = v
            k = j
    return k


def is_better(v, best, least):
    """Return whether `v` is further out than `best`."""
    return v < best if least else v > best


# Running values ---------------------------------------------------------------------


def cumsum(a, axis=None, dtype=None, out=None):
    refuse_dtype(dtype, out)
    if axis is None:
        return cumsum_first(np.ravel(a))
    return np.moveaxis(cumsum_first(np.moveaxis(a, axis, 0)), 0, axis)


def cumsum_first(a):
    """Return running sums along the first axis."""
    result = np.empty(a.shape, dtype=np.sum(a[:0], axis=0).dtype)
    if a.ndim == 1:
        total = np.asarray(0, dtype=result.dtype)
        for i in range(a.shape[0]):
            total += a[i]
            result[i] = total
        return result
    for i in range(a.shape[0]):
        result[i] = a[i]
        if i > 0:
            result[i] += result[i - 1]
    return result


def cumprod(a, axis=None, dtype=None, out=None):
    refuse_dtype(dtype, out)
    if axis is None:
        return cumprod_first(np.ravel(a))
    return np.moveaxis(cumprod_first(np.moveaxis(a, axis, 0)), 0, axis)


def cumprod_first(a):
    """Return running products along the first axis."""
    result = np.empty(a.shape, dtype=np.sum(a[:0], axis=0).dtype)
    if a.ndim == 1:
        total = np.asarray(1, dtype=result.dtype)
        for i in range(a.shape[0]):
            total = total * a[i]
            result[i] = total
        return result
    for i in range(a.shape[0]):
        if i == 0:
            result[i] = a[i]
        else:
            result[i] = result[i - 1] * a[i]
    return result


def running_max(a, axis=0):
    return np.moveaxis(running_first(np.moveaxis(a, axis, 0), False), 0, axis)


def running_min(a, axis=0):
    return np.moveaxis(running_first(np.moveaxis(a, axis, 0), True), 0, axis)


def running_first(a, least):
    """Return running extrema along the first axis."""
    result = np.empty(a.shape, dtype=a.dtype)
    for i in range(a.shape[0]):
        if i == 0:
            result[i] = a[i]
        elif least:
            result[i] = np.minimum(result[i - 1], a[i])
        else:
            result[i] = np.maximum(result[i - 1], a[i])
    return result


# Differences ------------------------------------------------------------------------


def diff(a, n=1, axis=-1, prepend=None, append=None):
    if prepend is not None:
        return diff(np.concatenate((beside(prepend, a, axis), a), axis=axis), n, axis, None, append)
    if append is not None:
        return diff(np.concatenate((a, beside(append, a, axis)), axis=axis), n, axis)
    if n < 0:
        unsupported("the order of diff() is negative", "write n=0 for the array itself")
    if n == 0:
        return a
    rows = np.moveaxis(a, axis, 0)
    d = np.moveaxis(rows[1:] - rows[:-1], 0, axis)
    if n > 1:
        return diff(d, n - 1, axis)
    return d


def beside(piece, a, axis):
    """Return what is put next to `a`, with its dimensions."""
    if np.ndim(piece) > 0:
        return piece
    first = np.moveaxis(a, axis, 0)[:1]
    return np.moveaxis(np.broadcast_to(piece, (1, *first.shape[1:])), 0, axis)


def ediff1d(ary, to_end=None, to_begin=None):
    d = diff(np.ravel(ary))
    if to_begin is not None:
        d = np.concatenate((of_kind(to_begin, d), d))
    if to_end is not None:
        d = np.concatenate((d, of_kind(to_end, d)))
    return d


def of_kind(piece, d):
    """Return a row of the dtype of `d`, which must be able to hold it."""
    row = np.ravel(piece)
    result = np.empty(row.shape[0], dtype=d.dtype)
    np.copyto(result, row)
    return result


def trapezoid(y, x=None, dx=1.0, axis=-1):
    rows = np.moveaxis(y, axis, -1)
    if x is None:
        return np.sum(rows[..., 1:] + rows[..., :-1], axis=-1) * 0.5 * dx
    at = x if x.ndim == 1 else np.moveaxis(x, axis, -1)
    if at.shape[-1] != rows.shape[-1]:
        raise ValueError("operands could not be broadcast together")
    d = at[..., 1:] - at[..., :-1]
    return np.sum(d * (rows[..., 1:] + rows[..., :-1]) * 0.5, axis=-1)


def gradient(f, h=1.0, axis=None):
    if f.ndim > 1 and axis is None:
        unsupported("gradient() along all axes is not supported", "pass axis=0, then axis=1")
    if np.ndim(h) > 0:
        unsupported("gradient() with coordinates is not supported", "pass one spacing")
    if np.ndim(f) == 0 or is_truth(f):
        unsupported("gradient() of this is not supported", "pass an array of numbers")
    rows = f if axis is None else np.moveaxis(f, axis, 0)
    n = rows.shape[0]
    if n < 2:
        raise ValueError("Shape of array too small to calculate a numerical gradient")
    rows = np.asarray(rows, dtype=np.result_type(f, 1.0))
    result = np.empty(rows.shape, dtype=rows.dtype)
    result[0] = (rows[1] - rows[0]) / h
    result[1:-1] = (rows[2:] - rows[:-2]) / (2.0 * h)
    result[-1] = (rows[-1] - rows[-2]) / h
    return result if axis is None else np.moveaxis(result, 0, axis)
