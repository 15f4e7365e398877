"""The function itself, as derivatives see it: nothing of the caller's is written.

Before                              After
    def f(a, out):                      def f(a, out):
        out[0] = a[0]                       if overlaps(a, out):
        return a[0]                             raise ValueError(...)
                                            out = out.copy()
                                            out[0] = a[0]
                                            return a[0], out

On entry: typed, flat IR. On exit: flat IR that returns all outputs of the function, so
that it says what the cotangents of a pullback belong to.
"""

from __future__ import annotations

from dataclasses import replace

from srcad.analysis.aliasing import aliasing
from srcad.ir import nodes as ir
from srcad.ir.names import NameSupply
from srcad.ir.walk import map_block
from srcad.passes.building.emitter import Emitter
from srcad.passes.building.entry import copies_at_entry, fresh_results
from srcad.passes.building.outputs import outputs


def values_only(function: ir.Function) -> ir.Function:
    """Return `function` without what only its derivative needs."""

    def change(stmt: ir.Stmt) -> ir.Stmt:
        match stmt:
            case ir.Let(value=ir.Op("tied", (value, *_))):
                return replace(stmt, value=value)
        return stmt

    return replace(function, body=map_block(function.body, change))


def evaluation(function: ir.Function, *, values: bool = True) -> ir.Function:
    """Return `function` with the arrays that it writes copied, and returned as outputs.

    values: whether what only its derivative needs is left out.
    """
    classes = aliasing(function)
    out = outputs(function)
    body: list[ir.Stmt] = []
    emit = Emitter(NameSupply.of(function), body, function.span)
    copied = copies_at_entry(emit, function, out.mutated)
    body.extend((values_only(function) if values else function).body)
    results = fresh_results(emit, function, out.atoms, classes, copied)
    name = f"{function.name}_value"
    return replace(function, name=name, body=tuple(body), returns=results, result=out.result)
