"""Arguments that need no look at types: floats and arrays of floats, and tangents that fit."""

from __future__ import annotations

from typing import Any

import numpy as np

FLOAT64, FLOAT32 = np.dtype(np.float64), np.dtype(np.float32)


def moving_of(primals: Any, tangents: Any) -> tuple[bool, ...] | None:
    """Return which arguments move; None unless all tangents are plain and fit as they are."""
    if type(primals) is not tuple or type(tangents) is not tuple or len(primals) != len(tangents):
        return None
    for primal, dot in zip(primals, tangents):  # noqa: B905 - of one length
        if type(dot) is float and type(primal) is float:
            continue
        if dot is None or not fits(dot, primal):
            break
    else:
        return (True,) * len(primals) or None
    moving = []
    for primal, dot in zip(primals, tangents):  # noqa: B905 - of one length
        if dot is None:
            moving.append(False)
        elif (type(primal) is type(dot) is float) or fits(dot, primal):
            moving.append(True)
        else:
            return None
    return tuple(moving) if True in moving else None


def fits(dot: Any, primal: Any) -> bool:
    """Return whether a tangent or cotangent has the very type and shape of a plain primal."""
    if type(primal) is not type(dot):
        return False
    if type(primal) is float:
        return True
    if type(primal) is not np.ndarray:
        return False
    dtype = primal.dtype
    return (
        (dtype is FLOAT64 or dtype is FLOAT32)
        and dot.dtype is dtype
        and dot.shape == primal.shape
        and dot.flags.c_contiguous
    )


def kinds_of(primals: tuple[Any, ...]) -> tuple[Any, ...] | None:
    """Return what code for these arguments depends on; None if one is neither float nor array."""
    kinds: list[Any] = []
    for primal in primals:
        if type(primal) is float:
            kinds.append(float)
            continue
        if type(primal) is not np.ndarray:
            return None
        flags, dtype = primal.flags, primal.dtype
        if not flags.c_contiguous or not (dtype is FLOAT64 or dtype is FLOAT32):
            return None
        kinds.append((dtype.char, primal.ndim, flags.writeable))
    return tuple(kinds)
