"""Loops over the same elements become one loop; what only that loop reads needs no array.

Before                              After
    t = np.empty(n)                     for i in range(n):
    for i in range(n):                      t = x[i] * x[i]
        t[i] = x[i] * x[i]                  y[i] = t + 1.0
    for j in range(n):                      z[i] = t - 1.0
        y[j] = t[j] + 1.0
    for k in range(n):
        z[k] = t[k] - 1.0

Legal where the loops run over the same range and touch an array that one of them writes at
elements of their own index only: no iteration then sees another's. Where one may raise an
exception, the other must not, nor write what is seen then. The statements between
them go before or after the one loop. Only loops that `scalarise` has made are merged: those
of the user stay as they were written.

On entry and on exit: flat IR with types.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from srcad.analysis.effects import Effects, effects, exposed_reads
from srcad.analysis.floors import Floors, floors_in
from srcad.analysis.independence import accessed, own_element
from srcad.analysis.mentions import mentioned_inside
from srcad.analysis.overlap import Overlap, overlap_in
from srcad.analysis.values import values
from srcad.ir import nodes as ir
from srcad.ir.known import updated
from srcad.ir.names import NameSupply, is_temporary
from srcad.ir.types import Array, Scalar
from srcad.ir.walk import (
    assigned,
    atoms,
    bindings,
    blocks,
    map_block,
    map_blocks,
    reads,
    rename,
    statements,
    targets,
)
from srcad.passes.building.made_sizes import not_negative, unsure_sizes

MAY_FAIL = frozenset({"common_extent", "floordiv", "mod"})
MOST_BACK = 40


def fuse(function: ir.Function, users: Collection[str], *, apart: bool) -> ir.Function:
    """Return `function` with loops merged that run over the same elements.

    users: the names of the program before it had loops over elements.
    apart: whether arguments that the function writes surely overlap no others.
    """
    function = _with_one_name(function)
    pass_ = _Fuse(Overlap(function, apart=apart), floors_in(function), users)
    body = pass_.block(function.body)
    return _without_arrays(updated(function, body=body)) if pass_.merged else function


# Names ------------------------------------------------------------------------------


def _with_one_name(function: ir.Function) -> ir.Function:
    """Return `function` with one name only for arrays that have two for the same elements."""
    facts = values(function)
    counts = bindings(function)
    bad = {name for (_, name), d in facts.reads.items() if d.kind not in {"let", "param"}}
    bad |= {name for name, d in facts.returned.items() if d.kind not in {"let", "param"}}
    new: dict[str, ir.Var] = {}
    for stmt in statements(function.body):
        match stmt:
            case ir.Let(target=target, value=ir.Var() as source) if isinstance(target.type, Array):
                once = counts[target.name] == counts[source.name] == 1
                if not once or {target.name, source.name} & bad:
                    continue
                source = new.get(source.name, source)
                old, kept = target, source
                if is_temporary(source.name):
                    old, kept = source, replace(target, type=source.type)
                new = {n: kept if v.name == old.name else v for n, v in new.items()}
                new[old.name] = kept
    if not new:
        return function

    def one(stmt: ir.Stmt) -> ir.Stmt | ir.Block:
        match stmt:
            case ir.Let(target=target, value=ir.Var() as source) if target.name == source.name:
                return ()
        return stmt

    body = map_block(rename(function.body, new), one)
    returns = tuple(new.get(a.name, a) if isinstance(a, ir.Var) else a for a in function.returns)
    return updated(function, body=body, returns=returns)


# Loops ------------------------------------------------------------------------------


class _Fuse:
    def __init__(self, overlap: Overlap, floors: Floors, users: Collection[str]) -> None:
        self.overlap = overlap
        self.floors = floors
        self.users = users
        self.known: dict[ir.Stmt, Effects] = {}
        self.merged = False

    def block(self, block: ir.Block) -> ir.Block:
        """Return a block with the loops in it merged."""
        out: list[ir.Stmt] = []
        for stmt in block:
            new = map_blocks(stmt, self.block)
            if not (isinstance(new, ir.For) and self.is_ours(new) and self.merge(out, new)):
                out.append(new)
        return tuple(out)

    def is_ours(self, loop: ir.For) -> bool:
        """Return whether a loop is one of `scalarise`."""
        return loop.var.name not in self.users and loop.until is None and not loop.whole

    def merge(self, out: list[ir.Stmt], loop: ir.For) -> bool:
        """Put the body of a loop into one before it, if there is one that it fits in."""
        for k in range(len(out) - 1, max(len(out) - MOST_BACK, 0) - 1, -1):
            first = out[k]
            if not (isinstance(first, ir.For) and self.is_ours(first)):
                continue
            if not self.fits(first, loop):
                continue
            around = self.around(first, out[k + 1 :], loop)
            if around is None:
                continue
            before, after = around
            rest = rename(loop.body, {loop.var.name: first.var})
            commutes = first.commutes and loop.commutes
            both = replace(first, body=self.block((*first.body, *rest)), commutes=commutes)
            out[k:] = [*before, both, *after]
            self.merged = True
            return True
        return False

    def effects(self, stmt: ir.Stmt) -> Effects:
        """Return what a statement reads and writes."""
        if stmt not in self.known:
            self.known[stmt] = effects((stmt,), self.overlap.of)
        return self.known[stmt]

    def fits(self, first: ir.For, loop: ir.For) -> bool:
        """Return whether each iteration of `loop` may run right after that of `first`."""
        if (first.start, first.stop, first.step) != (loop.start, loop.stop, loop.step):
            return False
        of = self.overlap.of
        arrays = accessed(first.body, of) & accessed(loop.body, of)
        if not arrays or _carries(first) or _carries(loop):
            return False
        one, other = self.effects(first), self.effects(loop)
        shared = (one.writes | one.adds) & (other.reads | other.writes | other.adds)
        shared |= one.reads & (other.writes | other.adds)
        if not shared <= arrays:
            return False
        body = (*first.body, *rename(loop.body, {loop.var.name: first.var}))
        if not all(own_element(body, name, first, self.floors, of) for name in shared):
            return False
        if self.fails_amid(first, loop) or self.fails_amid(loop, first):
            return False
        return not (self.may_meet(one, other) or self.may_meet(other, one))

    def fails_amid(self, one: ir.For, other: ir.For) -> bool:
        """Return whether an exception in a loop would come at another point of `other`.

        It shows where `other` raises exceptions of its own, or writes arrays from outside.
        """
        return _may_leave(one) and (_may_leave(other) or self.is_seen(self.effects(other)))

    def is_seen(self, own: Effects) -> bool:
        """Return whether statements write arrays from outside, which an exception leaves."""
        written = self.arrays(own.writes) + self.arrays(own.adds)
        return not all(map(self.overlap.is_new, written))

    def may_meet(self, one: Effects, other: Effects) -> bool:
        """Return whether what `one` writes may be an array that `other` has by another name."""
        written = self.arrays(one.writes) + self.arrays(one.adds)
        if not written:
            return False
        touched = [*self.arrays(other.reads), *self.arrays(other.writes), *self.arrays(other.adds)]
        return any(a != b and self.overlap.may_overlap(a, b) for a in written for b in touched)

    def arrays(self, names: set[str]) -> list[str]:
        """Return those of the names that may be arrays."""
        return [name for name in names if not self.overlap.is_number(name)]

    def around(
        self, first: ir.For, between: list[ir.Stmt], loop: ir.For
    ) -> tuple[list[ir.Stmt], list[ir.Stmt]] | None:
        """Return what of the statements between two loops goes before, and what after."""
        need, stays = Effects(), Effects()
        need.update(self.effects(loop))
        names, made_late = set(mentioned_inside(loop)), set[str]()
        early: set[ir.Stmt] = set()
        for stmt in reversed(between):
            own = self.effects(stmt)
            if self.is_tied(own, need) or assigned((stmt,)) & names or _may_fail(stmt):
                early.add(stmt)
                need.update(own)
                names |= mentioned_inside(stmt)
        head = self.effects(first)
        for stmt in between:
            own = self.effects(stmt)
            if stmt not in early:
                if _may_leave(loop) and self.is_seen(own):
                    return None
                stays.update(own)
                made_late |= assigned((stmt,))
            elif (
                self.is_tied(own, head)
                or (_may_fail(stmt) and (_may_leave(first) or self.is_seen(head)))
                or self.is_tied(own, stays)
                or mentioned_inside(stmt) & (made_late | assigned((first,)))
            ):
                return None
        return [s for s in between if s in early], [s for s in between if s not in early]

    def is_tied(self, one: Effects, other: Effects) -> bool:
        """Return whether the order of two statements matters."""
        meet = self.may_meet(one, other) or self.may_meet(other, one)
        return meet or one.conflicts(other)


def _carries(loop: ir.For) -> bool:
    """Return whether a loop hands a number on to its next iteration, sums aside."""
    bound = {
        var.name
        for stmt in statements(loop.body)
        if not isinstance(stmt, ir.Accum)
        for var in targets(stmt)
    }
    return bool(bound & exposed_reads(loop.body))


def _may_leave(loop: ir.For) -> bool:
    """Return whether a loop may end by an exception, or not at all."""
    return any(isinstance(s, ir.Raise | ir.Call | ir.While) for s in statements(loop.body))


def _may_fail(stmt: ir.Stmt) -> bool:
    """Return whether a statement may raise an error that keeps later ones from running."""
    for inner in statements((stmt,)):
        match inner:
            case ir.Raise() | ir.Call() | ir.While():
                return True
            case ir.Let(value=ir.Op(prim=prim)) if prim in MAY_FAIL:
                return True
    return False


# Arrays -----------------------------------------------------------------------------


def _without_arrays(function: ir.Function) -> ir.Function:
    """Return `function` without the arrays of which an iteration reads only what it wrote.

    The error of a size that may be negative stays where the array was made.
    """
    overlap, floors, supply = overlap_in(function), floors_in(function), NameSupply.of(function)
    mentions: dict[str, list[ir.Stmt]] = {}
    for stmt in statements(function.body):
        for name in reads(stmt) | {var.name for var in targets(stmt)}:
            mentions.setdefault(name, []).append(stmt)
    returned = {atom.name for atom in function.returns if isinstance(atom, ir.Var)}
    found: dict[str, ir.Store] = {}
    for name, uses in mentions.items():
        if name not in returned and overlap.is_alone(name):
            store = _only_store(name, uses)
            if store is not None and _in_order(function.body, store, uses):
                found[name] = store
    if not found:
        return function
    stores = set(found.values())

    def change(stmt: ir.Stmt) -> ir.Stmt | ir.Block:
        match stmt:
            case ir.Let(target=target, value=ir.Op(prim="empty") as op) if target.name in found:
                unsure = unsure_sizes(op, floors)
                return tuple(test for s in unsure for test in not_negative(s, supply, stmt.span))
            case ir.Store(array=array, value=value) if stmt in stores:
                number = ir.Var(array.name, _element(array))
                if value.type == number.type:
                    return ir.Let(number, value, stmt.span)
                static = (_element(array).dtype,)
                return ir.Let(number, ir.Op("cast", (value,), static), stmt.span)
            case ir.Let(value=ir.Load(array=array)) if array.name in found:
                return replace(stmt, value=ir.Var(array.name, _element(array)))
        return stmt

    return updated(function, body=map_block(function.body, change))


def _element(array: ir.Var) -> Scalar:
    assert isinstance(array.type, Array)
    return Scalar(array.type.dtype)


def _only_store(name: str, uses: list[ir.Stmt]) -> ir.Store | None:
    """Return the one store to an array that is made empty, then written, then read."""
    stores: list[ir.Store] = []
    made = 0
    index: ir.Index | None = None
    for stmt in uses:
        match stmt:
            case ir.Let(target=target, value=ir.Op(prim="empty")) if target.name == name:
                made += 1
            case ir.Store(array=array, index=where) if array.name == name:
                stores.append(stmt)
                index = where
            case ir.Let(value=ir.Load(array=array, index=where)) if array.name == name:
                if where != index:
                    return None
            case _:
                return None
    return stores[0] if made == 1 and len(stores) == 1 else None


def _in_order(block: ir.Block, store: ir.Store, uses: list[ir.Stmt]) -> bool:
    """Return whether all that read an array come after its store, in the same iteration."""
    home = _home(block, store)
    assert home is not None
    inside, at = home
    index = {atom.name for part in store.index for atom in atoms(part) if isinstance(atom, ir.Var)}
    if index & assigned(inside):
        return False
    later = set(statements(inside[at + 1 :]))
    loads = [s for s in uses if isinstance(s, ir.Let) and isinstance(s.value, ir.Load)]
    return all(stmt in later for stmt in loads)


def _home(block: ir.Block, stmt: ir.Stmt) -> tuple[ir.Block, int] | None:
    """Return the block that has a statement, and where in it."""
    for k, one in enumerate(block):
        if one is stmt:
            return block, k
    for one in block:
        for inner in blocks(one):
            found = _home(inner, stmt)
            if found is not None:
                return found
    return None
