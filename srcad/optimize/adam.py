"""The loop of Adam: Kingma and Ba, Adam: a method for stochastic optimization (2015)."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from srcad.optimize.result import CONVERGED, LIMIT, NOT_FINITE, RUNNING, Result
from srcad.optimize.vectors import as_start, is_finite, largest

Wrap = Callable[[Any], Any]


def loop(both: Any, options: Any, wrap: Wrap) -> Any:
    """Return the loop as a function `(x0, args)`.

    both: `(x, args) -> (value, gradient)`. options: (steps, rate, beta1, beta2, eps, gtol).
    """
    del wrap
    steps, rate, beta1, beta2, eps, gtol = options

    def minimise(x0: Any, args: Any) -> Any:
        x = as_start(x0)
        mean = np.zeros(x.size)
        square = np.zeros(x.size)
        nit = 0
        value, g = both(x, args)
        status = RUNNING
        while status == RUNNING:
            if not is_finite(value, g):
                status = NOT_FINITE
            elif largest(g) <= gtol:
                status = CONVERGED
            elif nit >= steps:
                status = LIMIT
            else:
                nit += 1
                size = rate / (1.0 - beta1**nit)
                root = 1.0 / math.sqrt(1.0 - beta2**nit)
                for k in range(x.size):
                    mean[k] = beta1 * mean[k] + (1.0 - beta1) * g[k]
                    square[k] = beta2 * square[k] + (1.0 - beta2) * g[k] * g[k]
                    x[k] -= size * mean[k] / (root * math.sqrt(square[k]) + eps)
                value, g = both(x, args)
        return Result(x, value, g, nit, nit + 1, status == CONVERGED, status)

    return minimise
