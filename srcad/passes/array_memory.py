"""Refusing programs where a copy would not do for what is a view in NumPy.

Reshaped arrays are copies here, and so are transposed or flipped ones that cannot be read
through the original. It makes no difference unless one of the two is written while the
other is still read: such programs are refused.
"""

from __future__ import annotations

from srcad.analysis.overlap import Overlap
from srcad.errors import NotDifferentiable, Problem
from srcad.ir import nodes as ir
from srcad.ir.types import Array
from srcad.ir.walk import reads, statements
from srcad.passes.array_plan import is_looked_at
from srcad.rules.wholes import VIEWS


def check_views(function: ir.Function, deferred: set[str]) -> None:
    """Raise NotDifferentiable for a view that would have to share its memory."""
    order = list(statements(function.body))
    overlap = Overlap(function)
    for at, stmt in enumerate(order):
        match stmt:
            case ir.Let(value=ir.Op("same_memory", (ir.Var() as copy, ir.Var() as source))):
                inner = {overlap.of(copy.name)}
                made = {copy.name}
            case ir.Let(target=target, value=ir.Op(prim=prim, args=(ir.Var() as source, *_))) if (
                prim in VIEWS and is_looked_at(stmt) and target.name not in deferred
            ):
                inner = {overlap.of(target.name)}
                made = set()
            case _:
                continue
        if _is_shared(order, at, overlap, inner, made, source):
            hint = "write to a copy: x.reshape(...).copy(), x.T.copy()"
            message = "a reshaped or transposed view of an array that is written"
            raise NotDifferentiable.from_problems([Problem("E208", message, hint, stmt.span)])


def _is_shared(
    order: list[ir.Stmt],
    at: int,
    overlap: Overlap,
    inner: set[str],
    made: set[str],
    source: ir.Var,
) -> bool:
    """Return whether a view, or its source, is written while the other one is read."""
    outer = overlap.of(source.name)
    last = max((k for k, stmt in enumerate(order) if _reads(stmt, overlap, inner)), default=-1)
    for k, stmt in enumerate(order):
        name = _written(stmt)
        if name is None or name in made:
            continue
        if overlap.of(name) in inner and k > at:
            return True
        if overlap.of(name) == outer and at < k < last:
            return True
    return False


def _reads(stmt: ir.Stmt, overlap: Overlap, classes: set[str]) -> bool:
    match stmt:
        case ir.Let(value=ir.Op("same_memory")):
            return False
        case ir.Let(target=target, value=ir.Var()) if isinstance(target.type, Array):
            return False
    return any(overlap.of(name) in classes for name in reads(stmt))


def _written(stmt: ir.Stmt) -> str | None:
    match stmt:
        case ir.Store(array=array):
            return array.name
        case ir.Accum(target=array, index=tuple()):
            return array.name
        case _:
            return None
