"""Arguments of forms at places where functions are smooth: no ties, no zeros, no jumps."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from tests.library.grid import Form, Shape

STEP = 0.23
"""How far apart the elements of an array are."""


def points(form: Form) -> Iterator[tuple[Any, ...]]:
    """Yield arguments of a form: one of each shape, of double precision."""
    words = form.kind.values.split()
    fixed = [values for _, values in form.kind.fixed]
    for shapes in form.kind.shapes:
        choices = words * len(shapes) if len(words) == 1 else words
        arrays = [_smooth(s, w, k) for k, (s, w) in enumerate(zip(shapes, choices, strict=True))]
        for chosen in itertools.product(*fixed):
            yield (*arrays, *chosen)


def _smooth(shape: Shape, values: str, k: int) -> Any:
    """Return the argument number `k`, an array, or a number for the shape ()."""
    rng = np.random.default_rng([k, *shape])
    size = math.prod(shape)
    place = rng.permutation(size)
    match values:
        case "index":
            return rng.integers(0, 3, size=shape) if shape else 1
        case "dominant" | "symmetric":
            flat = _regular(rng.normal(size=shape), values).reshape(-1)
        case "positive" | "above":
            flat = (1.2 if values == "above" else 0.4) + STEP * place + 0.057 * k
        case "unit":
            flat = (place + 1) / (size + 1) * 1.6 - 0.79
        case "sorted":
            flat = STEP * np.arange(size) - 0.4
        case "falling":
            flat = 0.4 - STEP * np.arange(size)
        case _:
            flat = (place - size // 2) * STEP + 0.11 + 0.057 * k
    found = np.array(flat, dtype=np.float64).reshape(shape)
    return found if shape else float(found)


def _regular(found: Any, values: str) -> Any:
    """Return matrices with large and different elements on the diagonal."""
    if found.ndim < 2:
        return found
    if values == "symmetric" and found.shape[-1] == found.shape[-2]:
        found = found + np.swapaxes(found, -1, -2)
    return found + np.eye(*found.shape[-2:]) * np.arange(4, 4 + found.shape[-1])
