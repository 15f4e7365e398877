"""Kinds of primitives, by name: what passes and analyses ask for again and again.

`rules.table` has the primitives themselves, one row each.
"""

from __future__ import annotations

EXTENTS = frozenset({"shape", "size", "ndim", "len"})
"""What an array is asked without its elements."""

MAKERS = frozenset({"zeros", "ones", "empty", "full"})
"""New arrays of given extents. `full` is given a value first; with ("like",) the next
argument says the type of the elements."""

LIKES = frozenset({"zeros_like", "ones_like", "empty_like", "full_like"})
"""New arrays of the shape of their first argument."""

COMPARISONS = frozenset({"lt", "le", "gt", "ge", "eq", "ne"})

TRUTHS = COMPARISONS | {"and", "or", "not"}
"""What gives a truth value of numbers, or of truth values."""


def sizes_of(prim: str, static: tuple[object, ...]) -> int:
    """Return where the extents begin among the arguments of a maker."""
    return (prim == "full") + (static[:1] == ("like",))
