"""The user's sums may be added up in any order, where an option says so.

Only additions to floats, `s += ...` and `a[k] += ...`: from here on they are like those of
`np.sum`, and all else that the program computes stays what it is. Integers are exact in any
order, and are left alone. On entry and on exit: flat IR.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TypeGuard

from srcad.ir import nodes as ir
from srcad.ir.known import updated
from srcad.ir.types import FLOATS, Array, Scalar
from srcad.ir.walk import map_block, statements


def in_any_order(function: ir.Function) -> ir.Function:
    """Return `function` with additions of floats that may be made in any order."""
    if not any(map(_is_ordered, statements(function.body))):
        return function

    def change(stmt: ir.Stmt) -> ir.Stmt:
        return replace(stmt, any_order=True) if _is_ordered(stmt) else stmt

    return updated(function, body=map_block(function.body, change))


def _is_ordered(stmt: ir.Stmt) -> TypeGuard[ir.Accum]:
    if not isinstance(stmt, ir.Accum) or stmt.any_order:
        return False
    kind = stmt.target.type
    return isinstance(kind, Scalar | Array) and kind.dtype in FLOATS
