"""Sums that end up in another array are added there from the start.

Before                                  After
    v_bar = np.zeros_like(v)                for i in range(n - 2):
    for i in range(n - 2):                      u_bar[i + 1] += s_bar[i]
        v_bar[i + 1] += s_bar[i]
    for i in range(n):
        u_bar[i] += v_bar[i]

Legal where the array of the sums is only added to, then added as a whole, and nothing
reads or sets the other array from the first of these additions to the last: sums of ours
(`Accum.any_order`) may be taken in another order, those of the user's may not. On entry and
on exit: flat IR.
"""

from __future__ import annotations

from collections import Counter
from typing import TypeGuard

from srcad.analysis.extents import extents_in
from srcad.analysis.mentions import has_loops, mentioned_inside
from srcad.analysis.overlap import overlap_in
from srcad.ir import nodes as ir
from srcad.ir.known import updated
from srcad.ir.types import Array
from srcad.ir.walk import (
    assigned,
    atoms,
    map_block,
    map_blocks,
    mentioned,
    names,
    operands,
    reads,
    statements,
    substitute,
)
from srcad.passes.cleaning.dead import remove_dead

ZEROS = ("zeros", "zeros_like")


def add_directly(function: ir.Function) -> ir.Function:
    """Return `function` without arrays that only collect sums for another array."""
    made = [s for s in statements(function.body) if _zeros(s) is not None]
    if not made or not has_loops(function):
        return function
    body = _Direct(function).block(function.body)
    if all(a is b for a, b in zip(body, function.body, strict=False)):
        return function
    return remove_dead(updated(function, body=body))


class _Direct:
    def __init__(self, function: ir.Function) -> None:
        self.overlap = overlap_in(function)
        self.extents = extents_in(function)
        body = tuple(statements(function.body))
        self.mentions = Counter(name for s in body for name in mentioned(s))
        returned = {a.name for a in function.returns if isinstance(a, ir.Var)}
        passed = {n for s in body if isinstance(s, ir.Call) for n in reads(s)}
        self.seen = returned | passed

    def block(self, block: ir.Block) -> ir.Block:
        """Return a block with its sums added where they end up, inner blocks first."""
        out = tuple(map_blocks(stmt, self.block) for stmt in block)
        for stmt in out:
            if (source := _zeros(stmt)) is not None and stmt in out:
                out = self.without(out, out.index(stmt), source)
        return out

    def without(self, block: ir.Block, at: int, source: ir.Var) -> ir.Block:
        """Return the block without an array of sums, if it is one."""
        name = source.name
        if name not in self.extents.once or name in self.seen:
            return block
        users = [n for n in range(at + 1, len(block)) if name in mentioned_inside(block[n])]
        adding = [n for n in users if not _is_fact(block[n])]
        if not adding or 1 + sum(_count(block[n], name) for n in users) != self.mentions[name]:
            return block
        *before, last = adding
        target = self.sum_of(block[last], source, block[at])
        if target is None or not all(_only_adds(block[n], name) for n in before):
            return block
        between = block[before[0] : last] if before else ()
        if target.name in assigned(block[users[0] : last]) or self.touches(between, target):
            return block
        out: list[ir.Stmt] = []
        for n, stmt in enumerate(block):
            if n in users and n != last:
                out += map_block((stmt,), lambda s: substitute(s, {name: target}))
            elif n not in {at, last}:
                out.append(stmt)
        return tuple(out)

    def sum_of(self, stmt: ir.Stmt, source: ir.Var, made: ir.Stmt) -> ir.Var | None:
        """Return the array, of the same shape, that a nest adds all of `source` to."""
        index: list[str] = []
        stops: list[object] = []
        block: ir.Block = (stmt,)
        while len(block) == 1 and isinstance(loop := block[0], ir.For):
            index.append(loop.var.name)
            stops.append(self.extents.full_range(loop))
            block = loop.body
        match block:
            case (
                ir.Let(target=value, value=ir.Load(array=ir.Var(name=name), index=where)),
                ir.Accum(
                    target=target, index=tuple() as there, value=ir.Var(name=added), any_order=True
                ) as add,
            ):
                pass
            case _:
                return None
        if (name, added) != (source.name, value.name) or target.name == name:
            return None
        if not _is_index(where, index) or not _is_index(there, index):
            return None
        assert isinstance(made, ir.Let)
        extents = self.extents.extents(made, len(index))
        own = self.extents.definition(add, target)
        same = [self.extents.size(own, axis) for axis in range(len(index))]
        kinds = self.overlap.type_of.get(name), self.overlap.type_of.get(target.name)
        alike = all(isinstance(k, Array) for k in kinds) and _dtype(kinds[0]) == _dtype(kinds[1])
        return target if alike and stops == extents == same else None

    def touches(self, block: ir.Block, target: ir.Var) -> bool:
        """Return whether statements read or set what may be elements of an array."""
        for stmt in statements(block):
            if isinstance(stmt, ir.Store) and self.overlap.may_overlap(
                stmt.array.name, target.name
            ):
                return True
            if _is_users(stmt) and self.overlap.may_overlap(stmt.target.name, target.name):
                return True
            if _is_fact(stmt):
                continue
            found = {a.name for p in operands(stmt) for a in atoms(p) if isinstance(a, ir.Var)}
            if any(self.overlap.may_overlap(target.name, name) for name in found):
                return True
        return False


def _zeros(stmt: ir.Stmt) -> ir.Var | None:
    """Return the array of zeros that a statement makes."""
    match stmt:
        case ir.Let(target=target, value=ir.Op(prim=prim, static=static)):
            return target if prim in ZEROS and static != ("like",) else None
        case _:
            return None


def _count(stmt: ir.Stmt, name: str) -> int:
    return sum(name in mentioned(s) for s in statements((stmt,)))


def _is_fact(stmt: ir.Stmt) -> bool:
    return isinstance(stmt, ir.Let) and isinstance(stmt.value, ir.Op) and stmt.value.prim == "shape"


def _only_adds(stmt: ir.Stmt, name: str) -> bool:
    """Return whether all that a statement does with an array is to add to it, in any order."""
    for inner in statements((stmt,)):
        if any(name in names(part) for part in operands(inner)) and not _is_fact(inner):
            return False
        if isinstance(inner, ir.Store) and inner.array.name == name:
            return False
        match inner:
            case ir.Accum(target=ir.Var(name=array), index=tuple() as index) if array == name:
                if not inner.any_order or any(isinstance(part, ir.Slice) for part in index):
                    return False
    return True


def _is_users(stmt: ir.Stmt) -> TypeGuard[ir.Accum]:
    """Return whether a statement is the user's own addition to an element."""
    return isinstance(stmt, ir.Accum) and stmt.index is not None and not stmt.any_order


def _is_index(index: ir.Index, loops: list[str]) -> bool:
    return [part.name if isinstance(part, ir.Var) else None for part in index] == loops


def _dtype(kind: object) -> str | None:
    return kind.dtype if isinstance(kind, Array) else None
