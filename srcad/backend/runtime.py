"""What generated code calls by a bare name, because neither NumPy nor Numba has it.

Each function runs as plain Python and inside Numba code alike.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba.extending import register_jitable

from srcad.backend.blocks import block_count, block_length, block_start, in_blocks
from srcad.backend.complex_linalg import HELPERS as COMPLEX_LINALG
from srcad.backend.complex_parts import (
    carccos_im,
    carccos_re,
    carccosh_im,
    carccosh_re,
    carcsin_im,
    carcsin_re,
    carcsinh_im,
    carcsinh_re,
    carctan_im,
    carctan_re,
    carctanh_im,
    carctanh_re,
    complex_array,
    conjugate_array,
    cpower_im,
    cpower_re,
    croot_im,
    croot_re,
    ctan_im,
    ctan_re,
    ctanh_im,
    ctanh_re,
)
from srcad.backend.cotangents import (
    clip_cotangent,
    print_cotangent,
    scale_cotangent,
    shown_cotangent,
    stop_gradient,
)
from srcad.backend.extents import (
    common_extent,
    extents_clash,
    out_of_bounds_if,
    outside,
    overflows,
    raise_if,
    span_outside,
    wider_extent,
)
from srcad.backend.fourier import fourier, fourier_back
from srcad.backend.hints import added, along, axis_step, hidden
from srcad.backend.index_sets import grow, meet, span_first, span_stop, union
from srcad.backend.lanes import LANES
from srcad.backend.lapack import least_squares, linear_solve
from srcad.backend.shared import overlaps
from srcad.backend.spans import least, most, surely_at_most, surely_less
from srcad.backend.special import lambertw
from srcad.backend.texts import print_text
from srcad.library.triangular import solve_lower, solve_lower_t

Array = np.ndarray[Any, Any]

JIT = {"error_model": "numpy", "fastmath": False, "boundscheck": False}

EULER_MACLAURIN = (
    1 / 12,
    -1 / 720,
    1 / 30240,
    -1 / 1209600,
    1 / 47900160,
    -691 / 1307674368000,
    1 / 74724249600,
    -3617 / 10670622842880000,
)
"""B(2j) / (2j)! for j = 1, 2, ... (DLMF 2.10.1)."""

DIGAMMA_SERIES = (
    -1 / 12,
    1 / 120,
    -1 / 252,
    1 / 240,
    -1 / 132,
    691 / 32760,
    -1 / 12,
)
"""-B(2j) / 2j for j = 1, 2, ... (DLMF 5.11.2)."""


@register_jitable(**JIT)
def clip(x: float, lo: float, hi: float) -> float:
    """Return x, or the bound that it exceeds; `hi` where the bounds cross. nan stays nan."""
    return np.minimum(np.maximum(x, lo), hi)


@register_jitable(**JIT)
def digamma(x: float) -> float:
    """Return the logarithmic derivative of the gamma function; nan at its poles.

    Absolute error below 4e-15 * max(1, |digamma(x)|).
    """
    if math.isnan(x) or x == -math.inf:
        return math.nan
    result = 0.0
    if x <= 0.0:  # reflection, DLMF 5.5.4
        offset = x - np.rint(x)
        if offset == 0.0:
            return math.nan
        result = -math.pi / math.tan(math.pi * offset)
        x = 1.0 - x
    while x < 10.0:  # recurrence, DLMF 5.5.2
        result -= 1.0 / x
        x += 1.0
    square = 1.0 / (x * x)
    series = 0.0
    for j in range(len(DIGAMMA_SERIES) - 1, -1, -1):
        series = (series + DIGAMMA_SERIES[j]) * square
    return result + math.log(x) - 0.5 / x + series


@register_jitable(**JIT)
def _zeta(s: float, q: float) -> float:
    """Return the Hurwitz zeta function, sum of (q + k)**-s, for q > 0 and integer s > 1."""
    if q == math.inf:
        return 0.0
    result = 0.0
    while q < 10.0 + s:
        result += q**-s
        q += 1.0
    power = q**-s
    result += q * power / (s - 1.0) + 0.5 * power
    term = s * power / q
    for j in range(len(EULER_MACLAURIN)):
        result += EULER_MACLAURIN[j] * term
        term *= (s + 2.0 * j + 1.0) * (s + 2.0 * j + 2.0) / (q * q)
    return result


@register_jitable(**JIT)
def polygamma(n: int, x: float) -> float:
    """Return the n-th derivative of digamma (n = 0, 1, ...); inf or nan at the poles."""
    if n == 0:
        return digamma(x)
    if math.isnan(x) or x == -math.inf:
        return math.nan
    s = n + 1.0
    sign = 1.0 - 2.0 * (n % 2)
    if x > 0.0:
        total = _zeta(s, x)
    elif x == math.floor(x):
        return math.inf if n % 2 else math.nan
    else:  # the terms with negative bases are mirrored, the others start at `above`
        below = -(x + math.floor(-x))
        above = x + math.ceil(-x)
        mirrored = _zeta(s, below) - _zeta(s, 1.0 - x)
        total = _zeta(s, above) - sign * mirrored
    return -sign * math.gamma(s) * total


@register_jitable(**JIT)
def trigamma(x: float) -> float:
    """Return the derivative of digamma."""
    return polygamma(1, x)


# Arrays -----------------------------------------------------------------------------


@register_jitable(**JIT)
def grown(stack: Array, top: int) -> Array:
    """Return `stack`, or a longer copy when it has no place number `top`."""
    if top < stack.size:
        return stack
    longer = np.empty(2 * max(stack.size, top), stack.dtype)
    for k in range(stack.size):
        longer[k] = stack[k]
    return longer


@register_jitable(**JIT)
def list_extent(size: int) -> int:
    """Return for how many items the buffer of a list has room at first."""
    return max(size, 16)


@register_jitable(**JIT)
def grown_list(items: Array, at: int) -> Array:
    """Return `items`, or a longer copy with zeros behind when it has no place number `at`."""
    if at < items.size:
        return items
    longer = np.zeros(2 * max(items.size, at), items.dtype)
    for k in range(items.size):
        longer[k] = items[k]
    return longer


@register_jitable(**JIT)
def tied(m: float, total: float, count: int) -> float:  # noqa: ARG001
    """Return an extremum `m`; `total` is the sum of the `count` elements equal to it."""
    return m


@register_jitable(**JIT)
def integer_dot(a: Array, b: Array) -> Array:
    """Return the product of two matrices of integers, for which there is no BLAS."""
    result = np.zeros((a.shape[0], b.shape[1]), a.dtype)
    for i in range(a.shape[0]):
        for k in range(a.shape[1]):
            for j in range(b.shape[1]):
                result[i, j] += a[i, k] * b[k, j]
    return result


@register_jitable(**JIT)
def integer_mv(a: Array, b: Array) -> Array:
    """Return the product of a matrix and a vector of integers."""
    result = np.zeros(a.shape[0], a.dtype)
    for i in range(a.shape[0]):
        for k in range(a.shape[1]):
            result[i] += a[i, k] * b[k]
    return result


@register_jitable(**JIT)
def folded(a: Array) -> bool:
    """Return whether elements of an array may share memory, as in a window that slides.

    Each step along an axis has to pass all that the axes with smaller steps reach.
    """
    if a.size == 0:
        return False
    for axis in range(a.ndim):
        step = abs(a.strides[axis])
        reach = a.itemsize
        for other in range(a.ndim):
            if other != axis and abs(a.strides[other]) <= step:
                reach += (a.shape[other] - 1) * abs(a.strides[other])
        if a.shape[axis] > 1 and reach > step:
            return True
    return False


@register_jitable(**JIT)
def cleared(array: Array) -> Array:
    """Return an array after it has been filled with zeros."""
    array[...] = 0
    return array


@register_jitable(**JIT)
def copied_into(target: Array, source: Array) -> Array:
    """Return `target` after it has been overwritten with `source`, which has its shape."""
    target[...] = source
    return target


@register_jitable(**JIT)
def added_into(target: Array, source: Array) -> Array:
    """Return `target` after `source`, which has its shape, has been added to it."""
    target += source
    return target


@register_jitable(**JIT)
def records(sample: Any) -> list[Any]:
    """Return an empty stack of values like `sample`."""
    found = [sample]
    found.clear()
    return found


register_jitable(**JIT)(solve_lower)
register_jitable(**JIT)(solve_lower_t)

HELPERS = (
    print_text,
    *(common_extent, wider_extent, extents_clash, tied, clip, digamma, trigamma, polygamma),
    *(cleared, copied_into, added_into, records),
    *(grown, grown_list, list_extent, overlaps, folded, outside),
    *(overflows, span_outside, integer_dot, integer_mv),
    *(solve_lower, solve_lower_t, linear_solve, least_squares, fourier, fourier_back),
    *(added, along, axis_step, hidden, lambertw),
    *(croot_re, croot_im, ctan_re, ctan_im, ctanh_re, ctanh_im),
    *(carcsin_re, carcsin_im, carccos_re, carccos_im, carctan_re, carctan_im),
    *(carcsinh_re, carcsinh_im, carccosh_re, carccosh_im, carctanh_re, carctanh_im),
    *(cpower_re, cpower_im, complex_array, conjugate_array),
    *COMPLEX_LINALG,
    *LANES,
    *(grow, meet, span_first, span_stop, union),
    *(out_of_bounds_if, raise_if),
    *(block_count, block_length, block_start, in_blocks),
    *(least, most, surely_at_most, surely_less),
    *(clip_cotangent, print_cotangent, scale_cotangent, shown_cotangent, stop_gradient),
)
"""All that generated code may call."""
