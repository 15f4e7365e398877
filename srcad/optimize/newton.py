"""The loop of Newton's method in a trust region, its steps by conjugate gradients.

Steihaug, The conjugate gradient method and trust regions in large scale optimization (1983);
Nocedal and Wright, Numerical Optimization (2006), algorithms 4.1 and 7.2.
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

NOISE = 1e-14
"""Values that differ by this part are equal to rounding."""


def loop(both: Any, product: Any, options: Any, wrap: Wrap) -> Any:
    """Return the loop as a function `(x0, args)`.

    both: `(x, args) -> (value, gradient)`. product: `(x, v, args) -> H v`.
    options: (gtol, maxiter, radius). wrap: compiles.
    """
    gtol, maxiter, first_radius = options
    inside = wrap(step_inside(product))

    def minimise(x0: Any, args: Any) -> Any:
        x = as_start(x0)
        value, g = both(x, args)
        count, nit = 1, 0
        radius = first_radius
        status = RUNNING if is_finite(value, g) else NOT_FINITE
        while status == RUNNING:
            if largest(g) <= gtol:
                status = CONVERGED
                break
            if nit >= maxiter:
                status = LIMIT
                break
            p, expected = inside(x, g, radius, args)
            at = moved(x, 1.0, p)
            new, new_g = both(at, args)
            count += 1
            nit += 1
            gain = value - new
            finite = is_finite(new, new_g)
            ratio = gain / expected if finite and expected > 0.0 else -1.0
            noise = NOISE * abs(value)
            if finite and expected <= noise and abs(gain) <= noise:
                # Values cannot tell any more: gradients may.
                ratio = 1.0 if dot(new_g, new_g) < dot(g, g) else 0.0
            length = math.sqrt(dot(p, p))
            if not ratio >= 0.25:
                radius = 0.25 * length
            elif ratio > 0.75 and length > 0.99 * radius:
                radius = min(2.0 * radius, 1e10)
            if ratio > 1e-4:
                x, value, g = at, new, new_g
            elif not radius > 1e-16 * (1.0 + math.sqrt(dot(x, x))):
                status = STUCK
        return Result(x, value, g, nit, count, status == CONVERGED, status)

    return minimise


def step_inside(product: Any) -> Any:
    """Return what finds a step in the region, and the decrease that the model expects."""

    def step(x: Any, g: Any, radius: float, args: Any) -> Any:
        p = np.zeros(g.size)
        h_p = np.zeros(g.size)
        r = g
        d = moved(p, -1.0, g)
        square = dot(r, r)
        enough = min(0.5, square**0.25) * math.sqrt(square)
        for _ in range(2 * g.size + 10):
            h_d = product(x, d, args)
            bend = dot(d, h_d)
            alpha = square / bend if bend > 0.0 else math.inf
            if bend > 0.0:
                further = moved(p, alpha, d)
                if math.sqrt(dot(further, further)) >= radius:
                    alpha = math.inf
            if alpha == math.inf:
                tau = to_the_edge(p, d, radius)
                p, h_p = moved(p, tau, d), moved(h_p, tau, h_d)
                break
            p, h_p, r = moved(p, alpha, d), moved(h_p, alpha, h_d), moved(r, alpha, h_d)
            new_square = dot(r, r)
            if math.sqrt(new_square) <= enough:
                break
            d = moved(moved(np.zeros(g.size), -1.0, r), new_square / square, d)
            square = new_square
        return p, -(dot(g, p) + 0.5 * dot(p, h_p))

    return step


@register_jitable(**FLAGS)
def to_the_edge(p: Any, d: Any, radius: float) -> float:
    """Return the step along d from p, inside the region, to its edge."""
    a, b, c = dot(d, d), dot(p, d), dot(p, p) - radius * radius
    root = math.sqrt(max(b * b - a * c, 0.0))
    # Of two ways to write it, the one that subtracts nothing.
    return -c / (b + root) if b > 0.0 else (root - b) / a
