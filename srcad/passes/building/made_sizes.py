"""The error of a negative size, where an array is not made after all.

Before                              After
    t = np.zeros(n)     # unused        if n < 0:
                                            raise ValueError("negative dimensions are not allowed")

Sizes that surely are not negative, as extents are, need no test.
"""

from __future__ import annotations

from srcad.analysis.floors import Floors
from srcad.ir import nodes as ir
from srcad.ir.names import NameSupply
from srcad.ir.primitives import MAKERS, sizes_of
from srcad.ir.types import BOOL

NEGATIVE = "negative dimensions are not allowed"


def unsure_sizes(value: ir.Value, floors: Floors) -> list[ir.Atom]:
    """Return the sizes of a new array that may be negative; nothing for other values."""
    if type(value) is not ir.Op or value.prim not in MAKERS:  # nearly all
        return []
    first = sizes_of(value.prim, value.static)
    return [s for s in dict.fromkeys(value.args[first:]) if not floors.is_at_least(s, 0)]


def not_negative(size: ir.Atom, supply: NameSupply, span: ir.Span | None) -> ir.Block:
    """Return the test that a size is not negative."""
    test = ir.Var(supply.temporary(), BOOL)
    failure = ir.Raise(ValueError, (NEGATIVE,), span)
    return (
        ir.Let(test, ir.Op("lt", (size, ir.Const(0))), span),
        ir.If(test, (failure,), (), span),
    )
