"""Tests of indices and of extents, as generated code calls them."""

from __future__ import annotations

from numba.extending import register_jitable

JIT = {"error_model": "numpy", "fastmath": False, "boundscheck": False}


@register_jitable(**JIT)
def outside(k: int, extent: int) -> bool:
    """Return whether an axis has no element k; negative numbers count from the end."""
    return k >= extent or k < -extent


@register_jitable(**JIT)
def span_outside(first: int, last: int, extent: int) -> bool:
    """Return whether an axis lacks an element from `first` to `last`, in either direction."""
    return max(first, last) >= extent or min(first, last) < -extent


@register_jitable(**JIT)
def overflows(a: int, b: int) -> bool:
    """Return whether a * b is so large that sums of such numbers may not fit in 64 bits."""
    return abs(float(a) * float(b)) >= 2.0**58


@register_jitable(**JIT)
def common_extent(a: int, b: int) -> int:
    """Return the length of an axis that arrays of lengths a and b share by broadcasting."""
    if b in (a, 1):
        return a
    if a != 1:
        raise ValueError("operands could not be broadcast together")
    return b


@register_jitable(**JIT)
def wider_extent(a: int, b: int) -> int:
    """Return the length of an axis that arrays of lengths a and b share, if they can."""
    return b if a == 1 else a


@register_jitable(**JIT)
def extents_clash(a: int, b: int) -> bool:
    """Return whether axes of lengths a and b cannot be broadcast together."""
    return a not in (b, 1) and b != 1


# What the text that is shown to people calls; compiled code has branches in their place.


@register_jitable(**JIT)
def raise_if(wrong: bool, message: str) -> None:  # noqa: FBT001 - read as "raise if ..."
    """Raise ValueError with this message if something is wrong."""
    if wrong:
        raise ValueError(message)


@register_jitable(**JIT)
def out_of_bounds_if(wrong: bool, place: str) -> None:  # noqa: FBT001
    """Raise IndexError that names a place of the user's if something is wrong."""
    if wrong:
        raise IndexError("index out of bounds at " + place)
