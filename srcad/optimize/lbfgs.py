"""The loop of L-BFGS, with a line search to the strong Wolfe conditions.

Nocedal and Wright, Numerical Optimization (2006): algorithms 7.4, 3.5 and 3.6.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numba.extending import register_jitable

from srcad.optimize.result import CONVERGED, LIMIT, NOT_FINITE, RUNNING, STUCK, Result
from srcad.optimize.vectors import FLAGS, as_start, dot, is_finite, largest, moved

Wrap = Callable[[Any], Any]

DECREASE, CURVATURE = 1e-4, 0.9
"""The constants of the Wolfe conditions."""
MOST_TRIALS = 40
NOISE = 1e-15
"""Values that differ by this part are equal to rounding."""


def loop(both: Any, options: Any, wrap: Wrap) -> Any:
    """Return the loop as a function `(x0, args)`.

    both: `(x, args) -> (value, gradient)`. options: (gtol, maxiter, memory). wrap: compiles.
    """
    gtol, maxiter, memory = options
    search = wrap(line_search(both))

    def minimise(x0: Any, args: Any) -> Any:
        x = as_start(x0)
        n = x.size
        value, g = both(x, args)
        count, nit, held = 1, 0, 0
        s = np.zeros((memory, n))
        y = np.zeros((memory, n))
        rho = np.zeros(memory)
        status = RUNNING if is_finite(value, g) else NOT_FINITE
        while status == RUNNING:
            if largest(g) <= gtol:
                status = CONVERGED
                break
            if nit >= maxiter:
                status = LIMIT
                break
            p = direction(g, s, y, rho, held, nit)
            slope = dot(p, g)
            if not slope < 0.0:
                held = 0
                p = direction(g, s, y, rho, held, nit)
                slope = dot(p, g)
            first = 1.0 if held > 0 else min(1.0, 1.0 / math.sqrt(-slope))
            step, new, new_g, trials = search(x, value, slope, p, first, args)
            count += trials
            if step == 0.0:
                if held == 0:
                    status = STUCK
                held = 0  # once more, along the gradient
                continue
            row = nit % memory
            for k in range(n):
                s[row, k] = step * p[k]
                y[row, k] = new_g[k] - g[k]
            x = moved(x, step, p)
            value, g = new, new_g
            nit += 1
            curvature = dot(s[row], y[row])
            if curvature > 1e-16 * dot(y[row], y[row]):
                rho[row] = 1.0 / curvature
                held = min(held + 1, memory)
            else:
                held = 0
        return Result(x, value, g, nit, count, status == CONVERGED, status)

    return minimise


@register_jitable(**FLAGS)
def direction(g: Any, s: Any, y: Any, rho: Any, held: int, nit: int) -> Any:
    """Return minus the inverse Hessian times the gradient, by the last `held` steps."""
    memory = rho.size
    p = moved(np.zeros(g.size), -1.0, g)
    alpha = np.zeros(memory)
    for back in range(held):
        row = (nit - 1 - back) % memory
        alpha[row] = rho[row] * dot(s[row], p)
        p = moved(p, -alpha[row], y[row])
    if held > 0:
        row = (nit - 1) % memory
        p = moved(np.zeros(g.size), 1.0 / (rho[row] * dot(y[row], y[row])), p)
    for back in range(held - 1, -1, -1):
        row = (nit - 1 - back) % memory
        p = moved(p, alpha[row] - rho[row] * dot(y[row], p), s[row])
    return p


@register_jitable(**FLAGS)
def between(
    low: float, value: float, slope: float, high: float, high_value: float, high_slope: float
) -> float:
    """Return a step between two: the minimum of a parabola, if that is well inside."""
    width = high - low
    step = low + 0.5 * width
    if math.isfinite(high_value):
        bend = (high_value - value - slope * width) / (width * width)
        if bend <= 0.0 and math.isfinite(high_slope):
            bend = (high_slope - slope) / (2.0 * width)
        if bend > 0.0:
            guess = low - slope / (2.0 * bend)
            near, far = low + 0.1 * width, high - 0.1 * width
            step = min(max(guess, min(near, far)), max(near, far))
    return step


def line_search(both: Any) -> Any:
    """Return a search for a step that fulfils the strong Wolfe conditions.

    It returns the step, 0 if there is none, with value, gradient and the number of trials. The
    step is kept between `low`, which is the best so far, and `high`; a value that is not finite
    is a bound above.
    """

    def search(x: Any, value: float, slope: float, p: Any, step: float, args: Any) -> Any:
        low, low_value, low_slope = 0.0, value, slope
        high, high_value, high_slope = math.inf, math.inf, math.nan
        best_g = p
        trials = 0
        while trials < MOST_TRIALS:
            new, g = both(moved(x, step, p), args)
            trials += 1
            new_slope = dot(g, p)
            finite = is_finite(new, g)
            above = new > value + DECREASE * step * slope or new >= low_value
            # Of values that are equal to rounding, slopes are what is left to compare.
            is_noise = finite and abs(new - value) <= NOISE * abs(value) and new <= value
            if is_noise and abs(new_slope) < abs(slope):
                return step, new, g, trials
            if not finite or above:
                high, high_value, high_slope = step, math.inf, math.nan
                if finite:
                    high_value, high_slope = new, new_slope
            else:
                if abs(new_slope) <= -CURVATURE * slope:
                    return step, new, g, trials
                way = 1.0 if high == math.inf else high - low
                if new_slope * way >= 0.0:
                    high, high_value, high_slope = low, low_value, low_slope
                low, low_value, low_slope, best_g = step, new, new_slope, g
            if high == math.inf:
                step = 2.0 * low
                if step > 1e15:
                    break
            elif abs(high - low) <= 1e-16 * max(abs(high), abs(low)):
                break
            else:
                step = between(low, low_value, low_slope, high, high_value, high_slope)
        return low, low_value, best_g, trials

    return search
