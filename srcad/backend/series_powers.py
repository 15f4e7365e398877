"""Power series of powers, and of functions whose coefficients at a point are known.

Each function fills a row; it runs as plain Python and inside Numba code alike.
"""

# mypy: disable-error-code="no-untyped-def,no-untyped-call"

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
from numba.extending import register_jitable

from srcad.backend import runtime
from srcad.backend.hints import apart
from srcad.backend.series_rows import JIT, copy_series, fill_row

if TYPE_CHECKING:
    from collections.abc import Callable

LARGEST_PRODUCT = 1024
"""Up to here, whole powers are products: exact where the base is zero, or nearly so."""


# Powers ---------------------------------------------------------------------------------


@register_jitable(**JIT)
def _is_constant(x):
    for k in range(1, x.size):
        if x[k] != 0.0:
            return False
    return True


@register_jitable(**JIT)
def _multiply(a, b):
    """Multiply a series by another one, which may be the same, in place."""
    for k in range(a.size - 1, -1, -1):
        total = a[0] * b[k]
        for j in range(1, k + 1):
            total += a[j] * b[k - j]
        a[k] = total


@register_jitable(**JIT)
def power_coefficients(y, value, x, p, scratch):
    """Fill the series of x**p for a number p.

    Whole powers are products. Others, x y' = p x' y (Griewank & Walther 2008, table 13.2);
    where x is zero, they have no series but for the coefficients below the pth.
    """
    apart()
    if p >= 0 and p <= LARGEST_PRODUCT and p == np.floor(p):
        count = int(p)
        base, total = scratch[0], scratch[1]
        copy_series(base, x)
        fill_row(total, 0.0)
        total[0] = 1.0
        while count > 0:
            if count % 2 == 1:
                _multiply(total, base)
            count //= 2
            if count > 0:
                _multiply(base, base)
        copy_series(y, total)
    elif _is_constant(x):
        fill_row(y, 0.0)
    elif x[0] == 0.0:
        for k in range(1, y.size):
            y[k] = 0.0 if k < p else np.nan
        if p > 0 and p < 1:
            y[1] = np.inf * x[1] if x[1] != 0.0 else 0.0
    else:
        y[0] = value
        for k in range(1, y.size):
            total = 0.0
            for j in range(1, k + 1):
                total += (p * j - (k - j)) * x[j] * y[k - j]
            y[k] = total / (k * x[0])
    y[0] = value


@register_jitable(**JIT)
def powers_coefficients(y, value, x, p, scratch):
    """Fill the series of x**p for two series, exp(p log(x)); nan where there is none."""
    apart()
    if _is_constant(p):
        power_coefficients(y, value, x, p[0], scratch)
        return
    y[0] = value
    if _is_constant(x) and x[0] == 0.0 and p[0] > 0:
        fill_row(y, 0.0)
        y[0] = value
        return
    if not x[0] > 0.0:
        fill_row(y, np.nan)
        y[0] = value
        if x[0] == 0.0 and p[0] >= 1 and y.size > 1:
            y[1] = x[1] if p[0] == 1 else 0.0
        return
    log, product = scratch[0], scratch[1]
    log[0] = np.log(x[0])
    product[0] = p[0] * log[0]
    for k in range(1, y.size):
        total = k * x[k]
        for j in range(1, k):
            total -= j * log[j] * x[k - j]
        log[k] = total / (k * x[0])
        total = p[0] * log[k]
        for j in range(1, k + 1):
            total += p[j] * log[k - j]
        product[k] = total
        total = 0.0
        for j in range(1, k + 1):
            total += j * product[j] * y[k - j]
        y[k] = total / k


# Functions of which the coefficients at a point are known -------------------------------


@register_jitable(**JIT)
def _composed(y, outer, x):
    """Fill the series of g(x) of the coefficients of g at x[0], by Horner's rule."""
    last = y.size - 1
    fill_row(y, 0.0)
    y[0] = outer[last]
    for m in range(last - 1, -1, -1):
        for k in range(last, -1, -1):
            total = 0.0
            for j in range(1, k + 1):
                if x[j] != 0.0:
                    total += x[j] * y[k - j]
            y[k] = total
        y[0] = outer[m]


@register_jitable(**JIT)
def compose_polygamma(y, n, x, scratch):
    """Fill the series of polygamma(n, x)."""
    apart()
    outer, factorial = scratch[0], 1.0
    for k in range(y.size):
        if k > 0:
            factorial *= k
        outer[k] = runtime.polygamma(int(n) + k, x[0]) / factorial
    _composed(y, outer, x)


@register_jitable(**JIT)
def compose_sinc(y, x, scratch):
    """Fill the series of sin(pi x) / (pi x): the power series near 0, else the quotient."""
    apart()
    outer = scratch[0]
    at = x[0]
    if abs(at) <= 1.0:
        shifted = np.zeros(y.size + 60)
        shifted[0] = 1.0
        for m in range(2, shifted.size, 2):
            shifted[m] = -shifted[m - 2] * math.pi * math.pi / (m * (m + 1))
        for k in range(y.size):
            for m in range(shifted.size - 2, k - 1, -1):
                shifted[m] += at * shifted[m + 1]
            outer[k] = shifted[k]
    else:
        factorial = 1.0
        for k in range(y.size):
            # the derivatives of sin(pi x), less those of the product that came before
            if k > 0:
                factorial *= math.pi / k
            turned = math.sin(math.pi * at + 0.5 * math.pi * k) * factorial
            if k > 0:
                turned -= math.pi * outer[k - 1]
            outer[k] = turned / (math.pi * at)
    _composed(y, outer, x)


def bessel_of(name: str, sign: float) -> Callable[..., Any]:
    """Return what fills the series of `jv` or `iv` by DLMF 10.6.7 and 10.29.5.

    2**k times the kth derivative is the sum of binomials times functions of orders
    v - k, v - k + 2, ..., v + k, with alternating signs for `jv`.
    """
    bessel = getattr(sys.modules["scipy.special"], name)

    def compose(y, v, x, scratch):
        outer, scale = scratch[0], 1.0
        for k in range(y.size):
            if k > 0:
                scale *= 2.0 * k
            total, binomial = 0.0, 1.0
            for i in range(k + 1):
                total += binomial * bessel(float(v - k + 2 * i), float(x[0]))
                binomial *= sign * (k - i) / (i + 1)
            outer[k] = total / scale
        _composed(y, outer, x)

    return register_jitable(**JIT)(compose)
