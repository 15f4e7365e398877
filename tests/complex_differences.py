"""Derivatives of functions of real and complex numbers by differences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

STEP = 2e-3
WEIGHTS = (4 / 5, -1 / 5, 4 / 105, -1 / 280)


def difference(f: Callable[..., Any], args: Any, dots: Any, step: float = STEP) -> Any:
    """Return the derivative along tangents, by central differences of eighth order."""
    total = 0.0
    for k, weight in enumerate(WEIGHTS, 1):
        ahead, behind = (
            f(*(a if d is None else a + s * k * step * d for a, d in zip(args, dots, strict=True)))
            for s in (1, -1)
        )
        total = total + weight * (ahead - behind)
    return total / step


def directions(args: Sequence[Any], seed: int = 3) -> tuple[Any, ...]:
    """Return a tangent for each argument, None for integers."""
    rng = np.random.default_rng(seed)

    def one(arg: Any) -> Any:
        if isinstance(arg, int):
            return None
        dot = rng.standard_normal(np.shape(arg)) * 0.3
        if np.iscomplexobj(arg):
            dot = dot + 0.3j * rng.standard_normal(np.shape(arg))
        return dot if np.ndim(dot) else (complex if np.iscomplexobj(arg) else float)(dot)

    return tuple(map(one, args))


def paired(bars: Sequence[Any], dots: Sequence[Any]) -> Any:
    """Return the derivative along tangents by gradients, as JAX has them."""
    return sum(np.sum(np.real(bar * dot)) for bar, dot in zip(bars, dots, strict=True))
