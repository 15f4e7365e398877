"""Neighbouring nests of loops become one, where one reads what the other has written.

Before                                  After
    for i in range(n):                      for i in range(n):
        s = u_bar[i + 1]                        s = u_bar[i + 1]
        u_bar[i + 1] = 0.0                      u_bar[i + 1] = 0.0
        t_bar[i] = s                            f_bar[i] += s
    for i in range(n):                          held[i + 2] = s
        f_bar[i] += t_bar[i]
        held[i + 2] = t_bar[i]

An array that is stored in one nest and loaded in the next, at the same index, need not be
read again, nor written if nothing else reads it. Legal where both run over the same
indices, and every array that one of them writes and the other touches is touched at one
element per iteration, the same in both. Nests that sum into a scalar stay apart: they do
not vectorise. On entry and on exit: flat IR.
"""

from __future__ import annotations

from dataclasses import replace

from srcad.analysis.extents import Extents
from srcad.analysis.nests import Access, Nest, nest_of
from srcad.analysis.overlap import Overlap
from srcad.ir import nodes as ir
from srcad.ir.names import NameSupply
from srcad.ir.walk import assigned, map_block, map_blocks, mentioned, reads, rename, statements
from srcad.passes.dead import remove_dead


def fuse(function: ir.Function) -> ir.Function:
    """Return `function` with nests fused, where that saves reading an array again."""
    found = _Fuse(function)
    body = found.block(function.body)
    if not found.changed:
        return function
    return remove_dead(replace(function, body=body))


class _Fuse:
    def __init__(self, function: ir.Function) -> None:
        self.overlap = Overlap(function)
        self.extents = Extents(function)
        self.supply = NameSupply.of(function)
        self.changed = False

    def block(self, block: ir.Block) -> ir.Block:
        """Return a block with neighbouring nests fused, inner blocks first."""
        out: list[ir.Stmt] = []
        for stmt in block:
            new = map_blocks(stmt, self.block)
            if new is stmt and isinstance(stmt, ir.For):
                self.append(out, stmt)
            else:
                out.append(new)
        same = len(out) == len(block) and all(a is b for a, b in zip(out, block, strict=True))
        return block if same else tuple(out)

    def append(self, out: list[ir.Stmt], loop: ir.For) -> None:
        """Append a loop, or fuse it with the last one."""
        at = next((n for n in range(len(out) - 1, -1, -1) if isinstance(out[n], ir.For)), None)
        first = None if at is None else out[at]
        if at is not None and isinstance(first, ir.For):
            between = out[at + 1 :]
            if all(self.may_move(s, first) for s in between):
                fused = self.fused(first, loop)
                if fused is not None:
                    self.changed = True
                    out[at:] = [*between, fused]
                    return
        out.append(loop)

    def may_move(self, stmt: ir.Stmt, loop: ir.For) -> bool:
        """Return whether a statement after a loop can as well stand before it."""
        if not isinstance(stmt, ir.Let) or not isinstance(stmt.value, ir.Op | ir.Const):
            return False
        inside = [s for s in statements((loop,)) if stmt.target.name in mentioned(s)]
        return not inside and not reads(stmt) & assigned((loop,))

    def fused(self, first: ir.For, second: ir.For) -> ir.For | None:
        """Return one nest for two; None if that is not legal, or saves nothing."""
        nests = [nest_of(x, self.supply, self.overlap.is_number) for x in (first, second)]
        a, b = nests
        if a is None or b is None or not self.same_loops(a, b):
            return None
        if any(n.unknown or _sums(n) for n in (a, b)):
            return None
        names = [assigned((x,)) for x in (first, second)]
        indices = [{x.var.name for x in n.loops} for n in (a, b)]
        if (names[0] - indices[0]) & _all(second) or (names[1] - indices[1]) & _all(first):
            return None
        alike = {x.var.name for x, y in zip(a.loops, b.loops, strict=True) if x.var == y.var}
        if indices[0] & _all(second) - alike or not self.independent(a, b):
            return None
        passed = self.passed_on(a, b)
        return _joined(first, second, passed) if passed else None

    def same_loops(self, a: Nest, b: Nest) -> bool:
        """Return whether two nests run over the same indices in the same order."""
        if len(a.loops) != len(b.loops):
            return False
        for x, y in zip(a.loops, b.loops, strict=True):
            if x.start != y.start:
                return False
            if self.extents.number(x, x.stop) != self.extents.number(y, y.stop):
                return False
        return True

    def independent(self, a: Nest, b: Nest) -> bool:
        """Return whether no iteration of one nest touches what another one's of the other does.

        Additions of both nests to one array may be made in any order.
        """
        for x, written in _accesses(a):
            for y, also in _accesses(b):
                if not (written or also) or (x in a.accums and y in b.accums):
                    continue
                if not self.overlap.may_overlap(x.array.name, y.array.name):
                    continue
                if x.array.name != y.array.name or not _same_element(a, x, b, y):
                    return False
        return True

    def passed_on(self, a: Nest, b: Nest) -> dict[ir.Stmt, ir.Atom]:
        """Return the loads of the second nest that the first has stored, and what is loaded."""
        found: dict[ir.Stmt, ir.Atom] = {}
        for load in b.loads.values():
            stores = [s for s in a.stores if s.array.name == load.array.name]
            others = [x for x in (*a.accums, *b.stores, *b.accums) if x.array == load.array]
            if len(stores) != 1 or others or not _same_element(a, stores[0], b, load):
                continue
            store = stores[0].stmt
            value = store.value if isinstance(store, ir.Store) else None
            if isinstance(value, ir.Const) or (
                isinstance(value, ir.Var) and value.name in self.extents.once
            ):
                found[load.stmt] = value
        return found


def _accesses(nest: Nest) -> list[tuple[Access, bool]]:
    """Return the accesses of a nest, and whether each is a write."""
    written = [(access, True) for access in (*nest.stores, *nest.accums)]
    return [*((access, False) for access in nest.loads.values()), *written]


def _same_element(a: Nest, x: Access, b: Nest, y: Access) -> bool:
    """Return whether two accesses are to one element, another one in each iteration."""
    if len(x.index) != len(y.index):
        return False
    places = [a.affine(part) for part in x.index]
    if places != [b.affine(part) for part in y.index] or None in places:
        return False
    found = [place for place in places if place is not None]
    low = [int(getattr(a.loops[d].start, "value", 0)) + offset for d, offset in found]
    return sorted(d for d, _ in found) == list(range(len(a.loops))) and min(low, default=0) >= 0


def _sums(nest: Nest) -> bool:
    """Return whether a nest adds to a scalar."""
    return any(isinstance(stmt, ir.Accum) for stmt in nest.made_by.values())


def _all(loop: ir.For) -> set[str]:
    return {name for stmt in statements((loop,)) for name in mentioned(stmt)}


def _joined(first: ir.For, second: ir.For, passed: dict[ir.Stmt, ir.Atom]) -> ir.For:
    """Return one nest with both bodies, the second with values of the first for its loads."""

    def change(stmt: ir.Stmt) -> ir.Stmt:
        if stmt in passed and isinstance(stmt, ir.Let):
            return replace(stmt, value=passed[stmt])
        return stmt

    def join(a: ir.For, b: ir.For) -> ir.For:
        body = rename(b.body, {b.var.name: a.var}) if b.var.name != a.var.name else b.body
        if isinstance(a.body[-1], ir.For) and isinstance(body[-1], ir.For):
            return replace(a, body=(*a.body[:-1], *body[:-1], join(a.body[-1], body[-1])))
        return replace(a, body=(*a.body, *body))

    (inner,) = map_block((second,), change)
    assert isinstance(inner, ir.For)
    return join(first, inner)
