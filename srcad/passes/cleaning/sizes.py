"""Sizes of another name of an array are sizes of the array.

Before                              After
    for t in range(n):                  for t in range(n):
        h = carried                         h = carried
        _t0 = h.shape[0]                    _t0 = carried.shape[0]

`hoist` can then move the size out of the loop. Derivatives of derivatives, and what calls
sweeps, often need nothing of an array but its size, and do without it then:

    y = np.empty(n)                     y = np.empty(n)     # unused
    m = y.shape[0]                      m = n
    x_bar = np.zeros_like(x)            x_bar = np.zeros_like(x)     # unused
    x_bar_dot = np.zeros_like(x_bar)    x_bar_dot = np.zeros_like(x)

On entry and on exit: typed, flat IR.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from srcad.analysis.ranks import EMPTY, LIKE
from srcad.analysis.values import Def, Values, values
from srcad.ir import nodes as ir
from srcad.ir.known import updated
from srcad.ir.primitives import EXTENTS
from srcad.ir.types import Array
from srcad.ir.walk import bindings, map_block


def resolve_sizes(function: ir.Function) -> ir.Function:
    """Return `function` with sizes taken of the arrays behind other names."""
    facts = values(function)
    counts = bindings(function)

    def change(stmt: ir.Stmt) -> ir.Stmt:
        match stmt:
            case ir.Let(value=ir.Op(prim=prim, args=(ir.Var() as array, *rest)) as op) if (
                prim in EXTENTS
            ):
                source = _behind(facts, counts, stmt, array)
                if source.name != array.name:
                    return replace(stmt, value=replace(op, args=(source, *rest)))
        return stmt

    return updated(function, body=map_block(function.body, change))


def resolve_made(function: ir.Function) -> ir.Function:
    """Return `function` with the sizes of new arrays taken of what these are made of."""
    function = resolve_sizes(function)
    facts = values(function)
    counts = bindings(function)

    def change(stmt: ir.Stmt) -> ir.Stmt:
        match stmt:
            case ir.Let(value=ir.Op("shape", (ir.Var() as array,), (int() as axis,))):
                size = _given_size(facts, counts, stmt, array, axis)
                return stmt if size is None else replace(stmt, value=size)
            case ir.Let(
                value=ir.Op(prim=prim, args=(ir.Var() as array,), static=() | (None,)) as op
            ) if prim in LIKE:
                source = _behind(facts, counts, stmt, array)
                if _layout(source) == _layout(array):
                    return replace(stmt, value=replace(op, args=(source,)))
        return stmt

    return updated(function, body=map_block(function.body, change))


def _layout(array: ir.Var) -> tuple[str, int, str] | None:
    """Return what decides about the layout of a new array that is made like this one."""
    type_ = array.type
    return (type_.dtype, type_.ndim, type_.layout) if isinstance(type_, Array) else None


def _given_size(
    facts: Values, counts: Counter[str], reader: ir.Let, array: ir.Var, axis: int
) -> ir.Atom | None:
    """Return the extent that an array was made with, by a name that surely still holds it."""
    at: ir.Stmt = reader
    while True:
        d = facts.reads.get((at, array.name))
        if d is None or not isinstance(d.stmt, ir.Let):
            return None
        at = d.stmt
        match at.value:
            case ir.Op(prim=prim, args=args) if prim in EMPTY and axis < len(args):
                size = args[axis]
                break
            case ir.Var() as array:
                pass
            case ir.Op(prim=prim, args=(ir.Var() as array, *_)) if prim in {"copy", *LIKE}:
                pass
            case _:
                return None
    if isinstance(size, ir.Const):
        return size
    around = facts.places(facts.where[reader][0])
    made = facts.reads.get((at, size.name))
    return size if made is not None and _is_only(made, counts) and made.place in around else None


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
