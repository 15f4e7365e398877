"""Integers that are only known to lie between two others, both included.

From `FAR` on, a bound stands for none: so do all numbers beyond. Sizes and indices are below.
"""

from __future__ import annotations

from numba.extending import register_jitable

from srcad.rules.sets import ADD, FAR, FLOORDIV, MUL, SUB

JIT = {"error_model": "numpy", "fastmath": False, "boundscheck": False}


@register_jitable(**JIT)
def limited(k: int) -> int:
    """Return a bound, no farther than `FAR`."""
    return max(min(k, FAR), -FAR)


@register_jitable(**JIT)
def product(a: int, b: int) -> int:
    """Return the product of two bounds."""
    if a == 0 or b == 0:
        return 0
    if abs(a) >= FAR or abs(b) >= FAR:
        return FAR if (a > 0) == (b > 0) else -FAR
    return limited(a * b)


@register_jitable(**JIT)
def quotient(a: int, b: int) -> int:
    """Return a bound divided by one that is positive, rounded down."""
    if abs(a) >= FAR:
        return a
    if b >= FAR:
        return -1 if a < 0 else 0
    return a // b


@register_jitable(**JIT)
def least(kind: int, a: int, b: int, c: int, d: int) -> int:
    """Return the lower bound of `x + y` and so on, with x between a and b, y between c and d."""
    if kind == SUB:
        kind, c, d = ADD, -d, -c
    if kind == ADD:
        return -FAR if a <= -FAR or c <= -FAR else limited(a + c)
    if kind == MUL:
        return min(min(product(a, c), product(a, d)), min(product(b, c), product(b, d)))
    if c <= 0:
        return -FAR
    if kind == FLOORDIV:
        return min(quotient(a, c), quotient(a, d))
    if a == b and c == d and abs(a) < FAR and d < FAR:
        return a % c
    return 0


@register_jitable(**JIT)
def most(kind: int, a: int, b: int, c: int, d: int) -> int:
    """Return the upper bound of `x + y` and so on, with x between a and b, y between c and d."""
    if kind == SUB:
        kind, c, d = ADD, -d, -c
    if kind == ADD:
        return FAR if b >= FAR or d >= FAR else limited(b + d)
    if kind == MUL:
        return max(max(product(a, c), product(a, d)), max(product(b, c), product(b, d)))
    if c <= 0:
        return FAR
    if kind == FLOORDIV:
        return max(quotient(b, c), quotient(b, d))
    if a == b and c == d and abs(a) < FAR and d < FAR:
        return a % c
    return FAR if d >= FAR else d - 1


@register_jitable(**JIT)
def surely_less(a: int, b: int) -> bool:
    """Return whether all below `a` is less than all above `b`."""
    return a < b and a < FAR and b > -FAR


@register_jitable(**JIT)
def surely_at_most(a: int, b: int) -> bool:
    """Return whether all below `a` is at most what is above `b`."""
    return a <= b and a < FAR and b > -FAR
