"""Sizes of another name of an array are sizes of the array.

Before                              After
    for t in range(n):                  for t in range(n):
        h = carried                         h = carried
        _t0 = h.shape[0]                    _t0 = carried.shape[0]

`hoist` can then move the size out of the loop. On entry and on exit: typed, flat IR.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from srcad.analysis.values import Def, Values, values
from srcad.ir import nodes as ir
from srcad.ir.known import updated
from srcad.ir.walk import bindings, map_block

SIZES = {"shape", "size", "len", "ndim"}


def resolve_sizes(function: ir.Function) -> ir.Function:
    """Return `function` with sizes taken of the arrays behind other names."""
    facts = values(function)
    counts = bindings(function)

    def change(stmt: ir.Stmt) -> ir.Stmt:
        match stmt:
            case ir.Let(value=ir.Op(prim=prim, args=(ir.Var() as array, *rest)) as op) if (
                prim in SIZES
            ):
                source = _behind(facts, counts, stmt, array)
                if source.name != array.name:
                    return replace(stmt, value=replace(op, args=(source, *rest)))
        return stmt

    return updated(function, body=map_block(function.body, change))


def _behind(facts: Values, counts: Counter[str], reader: ir.Let, array: ir.Var) -> ir.Var:
    """Return the array that a name stands for, by a name that surely still holds it."""
    around = facts.places(facts.where[reader][0])
    found = array
    d = facts.reads.get((reader, array.name))
    while d is not None and d.kind == "let":
        stmt = d.stmt
        assert isinstance(stmt, ir.Let)
        match stmt.value:
            case ir.Var() as source:
                pass
            case ir.Op(prim="copy" | "zeros_like" | "empty_like", args=(ir.Var() as source, *_)):
                pass
            case _:
                break
        d = facts.reads.get((stmt, source.name))
        if d is not None and _is_only(d, counts) and d.place in around:
            found = source
    return found


def _is_only(d: Def, counts: Counter[str]) -> bool:
    """Return whether a value is the only one that its name ever holds."""
    return counts[d.name] == 1 and d.kind in {"param", "let"}
