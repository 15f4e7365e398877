"""Functions of samples: convolution, polynomials, interpolation, pieces."""

# mypy: disable-error-code="no-untyped-def,no-untyped-call"

from __future__ import annotations

import numpy as np

from srcad.library.intrinsics import unsupported
from srcad.library.sorting import searchsorted


def convolve(a, v, mode="full"):
    n, m = a.shape[0], v.shape[0]
    least, most = min(n, m), max(n, m)
    return trimmed(convolved(a, v), least, most, (least - 1) // 2, mode)


def convolved(a, v):
    """Return the whole convolution."""
    n, m = a.shape[0], v.shape[0]
    if n == 0 or m == 0:
        raise ValueError("an array to convolve cannot be empty")
    full = np.zeros(n + m - 1, dtype=np.result_type(a, v))
    for i in range(n):
        for j in range(m):
            full[i + j] += a[i] * v[j]
    return full


def trimmed(full, least, most, middle, mode):
    """Return the part of a convolution that a mode asks for."""
    if mode == "full":
        return full
    if mode == "valid":
        return full[least - 1 : most]
    if mode == "same":
        return full[middle : middle + most]
    unsupported("the mode is 'full', 'same' or 'valid'", 'write mode="full"')
    return full


def correlate(a, v, mode="valid"):
    n, m = a.shape[0], v.shape[0]
    least, most = min(n, m), max(n, m)
    middle = (least - 1) // 2 if n >= m else least // 2
    return trimmed(convolved(a, v[::-1]), least, most, middle, mode)


def polyval(p, x):
    if np.ndim(p) != 1:
        unsupported("polyval() takes its coefficients in a row", "pass one polynomial: p[0]")
    y = x * 0 * np.ones(1, dtype=p.dtype)[0]
    for i in range(p.shape[0]):
        y = y * x + p[i]
    return y


def interp(x, xp, fp, left=None, right=None):
    if xp.shape[0] == 0 or xp.shape[0] != fp.shape[0]:
        raise ValueError("fp and xp are not of the same length.")
    return interp_at(x, xp, fp, left, right)


def interp_at(x, xp, fp, left, right):
    """Return values between knots, of which there is one or more."""
    if np.ndim(x) > 0:
        y = np.empty(x.shape)
        for i in range(x.shape[0]):
            y[i] = interp_at(x[i], xp, fp, left, right)
        return y
    n = xp.shape[0]
    k = searchsorted(xp, x, "right") - 1
    if k < 0:
        value = fp[0] * 1.0 if left is None else left
    elif x > xp[n - 1]:
        value = fp[n - 1] * 1.0 if right is None else right
    elif k >= n - 1:
        value = fp[n - 1] * 1.0
        if x != x and n > 1:  # NumPy compares with a single knot
            value = x * 1.0
    else:
        start, first = float(xp[k]), float(fp[k])
        stop, last = float(xp[k + 1]), float(fp[k + 1])
        slope = (last - first) / (stop - start)
        value = first + slope * (x - start)
        if value != value:  # beside values that are not finite
            value = last + slope * (x - stop)
            if x == start or (value != value and first == last):
                value = first
    return value


def heaviside(x1, x2):
    step = np.where(x1 == 0, x2, np.where(x1 != x1, x1, np.where(x1 < 0, 0.0, 1.0)))
    return np.asarray(step, dtype=np.result_type(x1, x2, 1.0))


def array_equal(a1, a2):
    if np.ndim(a1) != np.ndim(a2):
        return False
    if np.shape(a1) != np.shape(a2):
        return False
    return bool(np.all(a1 == a2))


def allclose(a, b):
    return np.all(np.isclose(a, b))
