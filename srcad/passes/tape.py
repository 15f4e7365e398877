"""Stacks become arrays that double, with a counter: the last pass of a derivative.

Before                      After
    save(x_saved, x)            x_saved = grown(x_saved, n_x_saved)
                                x_saved[n_x_saved] = x
                                n_x_saved += 1
    restore(x_saved, x_1)       n_x_saved -= 1
                                x_1 = x_saved[n_x_saved]
"""

from __future__ import annotations

from dataclasses import replace

from srcad.ir import nodes as ir
from srcad.ir.names import NameSupply
from srcad.ir.types import INT, Array, Scalar
from srcad.ir.walk import map_block, statements

FIRST_EXTENT = 64


def tape(function: ir.Function) -> ir.Function:
    """Return `function` without `Save` and `Restore`."""
    slots: dict[str, ir.Var] = {}
    for stmt in statements(function.body):
        if isinstance(stmt, ir.Save | ir.Restore):
            slots.setdefault(stmt.slot.name, stmt.slot)
    if not slots:
        return function
    supply = NameSupply.of(function)
    tops = {name: ir.Var(supply.fresh(f"n_{name}"), INT) for name in slots}
    stacks: dict[str, ir.Var] = {}
    start: list[ir.Stmt] = []
    for name, slot in slots.items():
        dtype = slot.type.dtype if isinstance(slot.type, Scalar) else "float64"
        empty = ir.Op("empty", (ir.Const(FIRST_EXTENT, INT),), (dtype,))
        stacks[name] = ir.Var(name, Array(dtype, 1))
        start.append(ir.Let(stacks[name], empty, function.span))
        start.append(ir.Let(tops[name], ir.Const(0, INT), function.span))

    def lowered(stmt: ir.Stmt) -> ir.Stmt | ir.Block:
        match stmt:
            case ir.Save(slot=slot, value=value):
                stack, top = stacks[slot.name], tops[slot.name]
                return (
                    ir.Let(stack, ir.Op("grown", (stack, top)), stmt.span),
                    ir.Store(stack, (top,), value, stmt.span),
                    ir.Accum(top, None, ir.Const(1, INT), stmt.span),
                )
            case ir.Restore(slot=slot, target=target):
                stack, top = stacks[slot.name], tops[slot.name]
                return (
                    ir.Accum(top, None, ir.Const(-1, INT), stmt.span),
                    ir.Let(target, ir.Load(stack, (top,)), stmt.span),
                )
            case _:
                return stmt

    return replace(function, body=(*start, *map_block(function.body, lowered)))
