"""The loop of Levenberg and Marquardt, with Moré's scaling and Nielsen's damping.

Moré, The Levenberg-Marquardt algorithm: implementation and theory (1978); Nielsen, Damping
parameter in Marquardt's method (1999).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numba.extending import register_jitable

from srcad.optimize.result import CONVERGED, LIMIT, NOT_FINITE, RUNNING, STUCK, Result
from srcad.optimize.vectors import (
    FLAGS,
    as_start,
    damped_step,
    dot,
    is_finite,
    moved,
    triangular,
)

Wrap = Callable[[Any], Any]


def loop(residuals: Any, jacobian: Any, options: Any, wrap: Wrap) -> Any:
    """Return the loop as a function `(x0, args)`.

    residuals: `(x, args) -> r`. jacobian: `(x, args) -> J`. options: (ftol, xtol, gtol, maxiter).
    wrap: compiles.
    """
    del wrap
    ftol, xtol, gtol, maxiter = options

    def minimise(x0: Any, args: Any) -> Any:
        x = as_start(x0)
        n = x.size
        r = residuals(x, args)
        value = 0.5 * dot(r, r)
        j = jacobian(x, args)
        g = gradient(j, r)
        scale = np.zeros(n)
        damping, growth = 1e-3, 2.0
        count, nit = 1, 0
        status = RUNNING if is_finite(value, j) else NOT_FINITE
        while status == RUNNING:
            if rescaled(scale, j, g, value) <= gtol:
                status = CONVERGED
                break
            if nit >= maxiter:
                status = LIMIT
                break
            upper, right = triangle(j, r)
            while status == RUNNING:
                p = damped_step(upper, right, scale, damping)
                length = weighted(scale, p)
                expected = decrease(upper, p) + damping * length * length
                at = moved(x, 1.0, p)
                new = residuals(at, args)
                count += 1
                new_value = 0.5 * dot(new, new)
                gain = value - new_value
                is_small = length <= xtol * weighted(scale, x)
                if math.isfinite(new_value) and gain > 0.0:
                    j_new = jacobian(at, args)
                    if is_finite(new_value, j_new):
                        break
                if is_small or expected <= ftol * value:
                    status = CONVERGED  # nothing is to be gained any more
                elif damping > 1e30:
                    status = STUCK
                damping *= growth
                growth *= 2.0
            if status == RUNNING:
                if (gain <= ftol * value and expected <= ftol * value) or is_small:
                    status = CONVERGED
                nit += 1
                x, r, j, value = at, new, j_new, new_value
                g = gradient(j, r)
                damping *= max(1.0 / 3.0, 1.0 - (2.0 * gain / expected - 1.0) ** 3)
                growth = 2.0
        return Result(x, value, g, nit, count, status == CONVERGED, status)

    return minimise


@register_jitable(**FLAGS)
def triangle(j: Any, r: Any) -> Any:
    """Return R of j = Q R, and minus the transposed Q times the residuals."""
    upper = np.zeros(j.shape)
    right = np.zeros(r.size)
    for i in range(r.size):
        right[i] = -r[i]
        for k in range(j.shape[1]):
            upper[i, k] = j[i, k]
    triangular(upper, right)
    return upper, right


@register_jitable(**FLAGS)
def gradient(j: Any, r: Any) -> Any:
    """Return the transposed Jacobian times the residuals."""
    g = np.zeros(j.shape[1])
    for i in range(j.shape[0]):
        for k in range(j.shape[1]):
            g[k] += j[i, k] * r[i]
    return g


@register_jitable(**FLAGS)
def rescaled(scale: Any, j: Any, g: Any, value: float) -> float:
    """Return the largest cosine of a column with the residuals; the scales of columns grow."""
    cosine = 0.0
    for k in range(j.shape[1]):
        square = 0.0
        for i in range(j.shape[0]):
            square += j[i, k] * j[i, k]
        norm = math.sqrt(square)
        if norm > 0.0 and value > 0.0:
            cosine = max(cosine, abs(g[k]) / (norm * math.sqrt(2.0 * value)))
        scale[k] = max(scale[k], norm)
        if scale[k] == 0.0:
            scale[k] = 1.0
    return cosine


@register_jitable(**FLAGS)
def weighted(scale: Any, p: Any) -> float:
    """Return the length of a step, each element in its scale."""
    total = 0.0
    for k in range(p.size):
        total += (scale[k] * p[k]) ** 2
    return math.sqrt(total)


@register_jitable(**FLAGS)
def decrease(upper: Any, p: Any) -> float:
    """Return half of the square of the change of the residuals."""
    total = 0.0
    for i in range(min(upper.shape[0], p.size)):
        change = 0.0
        for k in range(i, p.size):
            change += upper[i, k] * p[k]
        total += change * change
    return 0.5 * total
