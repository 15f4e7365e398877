"""Whether a sparse matrix is the derivative: its product with a random vector."""

from __future__ import annotations

from typing import Any

import numpy as np

TOLERANCES = {"float64": 1e-7, "float32": 1e-3}
"""How far products may be from each other, relative to the sum of the sizes of their terms."""

NOISE = 100.0
"""How many units of rounding, of the largest product, are none."""


def check_product(matrix: Any, vector: Any, expected: Any, what: str, hint: str) -> None:
    """Raise ValueError unless a matrix times a vector is what is expected.

    Where this is infinite, an element has to be; where it is NaN, there is nothing to compare.
    """
    name = matrix.dtype.name
    with np.errstate(all="ignore"):
        found = matrix @ vector
        terms = abs(matrix) @ np.abs(vector) + np.abs(expected)
        largest = terms.max(initial=0.0, where=np.isfinite(terms))
        allowed = TOLERANCES[name] * terms + NOISE * np.finfo(name).eps * largest
        is_near = np.abs(found - expected) <= np.where(np.isfinite(terms), allowed, 0.0)
    is_near |= np.isnan(expected) | (np.isinf(expected) & ~np.isfinite(found))
    is_wrong = ~is_near
    if is_wrong.any():
        row = int(np.argmax(is_wrong))
        message = (
            f"{what}: the product of row {row} with a random vector is {found[row]:.6g}, "
            f"and {expected[row]:.6g} by the tangent ({np.count_nonzero(is_wrong)} of "
            f"{is_wrong.size} rows differ): {hint}"
        )
        raise ValueError(message)
