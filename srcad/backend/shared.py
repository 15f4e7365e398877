"""Do two arrays have elements in common? False is a proof; True may be caution.

    a[:, 0] and a[:, 1]     every element of the one is a multiple of a row and 8 bytes away
    b[::3] and b[1::3]      from every element of the other: no
    a[:, :3] and a[:, 3:]   likewise for the pieces of rows

The axes with long strides lead from one block of memory to the next, the others stay inside a
block; all blocks start a multiple of one step from each other. This is tried for each stride.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba.extending import register_jitable

JIT = {"error_model": "numpy", "fastmath": False, "boundscheck": False}
Array = np.ndarray[Any, Any]


@register_jitable(**JIT)
def overlaps(a: Array, b: Array) -> bool:
    """Return whether elements of two arrays may share memory."""
    if a.size == 0 or b.size == 0:
        return False
    longest = 0
    for axis in range(a.ndim):
        longest = max(longest, abs(a.strides[axis]))
    for axis in range(b.ndim):
        longest = max(longest, abs(b.strides[axis]))
    if _are_apart(a, b, longest + 1):
        return False
    for axis in range(a.ndim):
        if _are_apart(a, b, abs(a.strides[axis])):
            return False
    for axis in range(b.ndim):  # noqa: SIM110
        if _are_apart(a, b, abs(b.strides[axis])):
            return False
    return True


@register_jitable(**JIT)
def _are_apart(a: Array, b: Array, least: int) -> bool:
    """Return whether no block of one array meets one of the other.

    least: the shortest stride that leads from block to block.
    """
    a_low, a_length, a_step = _block(a, least)
    b_low, b_length, b_step = _block(b, least)
    step = math.gcd(a_step, b_step)
    gap = b_low - a_low
    if step == 0:
        return gap >= a_length or -gap >= b_length
    gap %= step
    return gap >= a_length and gap + b_length <= step


@register_jitable(**JIT)
def _block(a: Array, least: int) -> tuple[np.int64, int, int]:
    """Return where the first block of an array starts, its bytes, and the step to others."""
    low, length, step = np.int64(a.ctypes.data), a.itemsize, 0
    for axis in range(a.ndim):
        stride = a.strides[axis]
        if a.shape[axis] == 1:
            continue
        if abs(stride) >= least:
            step = math.gcd(step, stride)
        else:
            reach = (a.shape[axis] - 1) * stride
            low += min(reach, 0)
            length += abs(reach)
    return low, length, step
