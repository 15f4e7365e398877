"""Hooks on cotangents have done their work once the adjoint is there.

    y = clip_cotangent(x, -1.0, 1.0)    ->      y = x

What flowed back to `x` has been clipped by then, and the derivative of the derivative is that
of what it computes.
"""

from __future__ import annotations

from dataclasses import replace

from srcad.ir import nodes as ir
from srcad.ir.known import updated
from srcad.ir.walk import map_block
from srcad.rules.cotangents import HOOKS


def without_hooks(function: ir.Function) -> ir.Function:
    """Return a derivative with the argument of each hook in its place."""

    def change(stmt: ir.Stmt) -> ir.Stmt:
        if type(stmt) is ir.Let and type(stmt.value) is ir.Op and stmt.value.prim in HOOKS:
            return replace(stmt, value=stmt.value.args[0])
        return stmt

    return updated(function, body=map_block(function.body, change))
