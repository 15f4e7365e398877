"""Sums over vectors as loops, which compile in no time; they run as plain Python as well."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba.extending import register_jitable

FLAGS = {"error_model": "numpy"}


@register_jitable(**FLAGS)
def dot(a: Any, b: Any) -> float:
    """Return the sum of products."""
    total = 0.0
    for k in range(a.size):
        total += a[k] * b[k]
    return total


@register_jitable(**FLAGS)
def largest(a: Any) -> float:
    """Return the largest size of an element; 0 of none."""
    found = 0.0
    for k in range(a.size):
        found = max(found, abs(a[k]))
    return found


@register_jitable(**FLAGS)
def is_finite(value: float, a: Any) -> bool:
    """Return whether a number and all elements of an array are finite."""
    total = value
    for item in a.flat:
        total += 0.0 * item
    return math.isfinite(value) and math.isfinite(total)


@register_jitable(**FLAGS)
def moved(x: Any, step: float, p: Any) -> Any:
    """Return x + step * p."""
    out = np.empty(x.size)
    for k in range(x.size):
        out[k] = x[k] + step * p[k]
    return out


@register_jitable(**FLAGS)
def as_start(x0: Any) -> Any:
    """Return a copy of the start as floats."""
    x = np.empty(x0.size)
    for k in range(x0.size):
        x[k] = x0[k]
    return x


@register_jitable(**FLAGS)
def triangular(a: Any, b: Any) -> None:
    """Make `a` upper triangular by Householder reflections, which are applied to `b` as well."""
    m, n = a.shape
    for k in range(min(m, n)):
        square = 0.0
        for i in range(k, m):
            square += a[i, k] * a[i, k]
        if square == 0.0:
            continue
        norm = -math.copysign(math.sqrt(square), a[k, k])
        v0 = a[k, k] - norm
        beta = -1.0 / (norm * v0)
        for j in range(k + 1, n + 1):
            total = v0 * (b[k] if j == n else a[k, j])
            for i in range(k + 1, m):
                total += a[i, k] * (b[i] if j == n else a[i, j])
            total *= beta
            if j == n:
                b[k] -= total * v0
                for i in range(k + 1, m):
                    b[i] -= total * a[i, k]
            else:
                a[k, j] -= total * v0
                for i in range(k + 1, m):
                    a[i, j] -= total * a[i, k]
        a[k, k] = norm
        for i in range(k + 1, m):
            a[i, k] = 0.0


@register_jitable(**FLAGS)
def damped_step(upper: Any, right: Any, scale: Any, damping: float) -> Any:
    """Return the least squares solution of `upper p = right` and `sqrt(damping) scale p = 0`."""
    m, n = min(upper.shape[0], upper.shape[1]), upper.shape[1]
    a = np.zeros((m + n, n))
    b = np.zeros(m + n)
    root = math.sqrt(damping)
    for i in range(m):
        b[i] = right[i]
        for j in range(i, n):
            a[i, j] = upper[i, j]
    for k in range(n):
        a[m + k, k] = root * scale[k]
    triangular(a, b)
    p = np.zeros(n)
    for k in range(n - 1, -1, -1):
        total = b[k]
        for i in range(k + 1, n):
            total -= a[k, i] * p[i]
        p[k] = total / a[k, k]
    return p
