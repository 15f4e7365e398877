"""Slabs for loops whose lengths vary: one row after the other, as long as each is.

    for i in range(n):              rows = np.empty(n, np.int64)
        for k in range(i):          total = 0
            t = ...                 for i in range(n):
            (kept)                      rows[i] = total
                                        total += max(i, 0)
                                    t_saved = np.empty(total)
                                    for i in range(n):
                                        row = rows[i]
                                        for k in range(i):
                                            t = ...
                                            t_saved[row + k] = t

The lengths are computed once, before the outermost loop: possible where they follow from
the indices of the loops around and from what these loops leave alone. The slab takes no
more memory than what is kept, and every iteration has its own place in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from srcad.analysis.values import Def
from srcad.ir import nodes as ir
from srcad.ir.primitives import EXTENTS
from srcad.ir.types import INT, is_float
from srcad.ir.walk import assigned, reads, statements
from srcad.passes.building.emitter import Emitter

if TYPE_CHECKING:
    from srcad.passes.kept.needed_values import Region

PLAIN = EXTENTS | {"add", "sub", "mul", "neg", "floordiv", "min", "max", "trips"}

SHORT = 1024
"""Rounds of a loop that may end early for which there is memory in any case."""

Known = dict[Def, ir.Atom]


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis of a slab: a loop, or several that are packed (`rows` is then set).

    rows: where the part of each run of the last loop begins, by `outer`.
    """

    loops: tuple[ir.For, ...]
    extent: ir.Atom
    rows: ir.Var | None = None
    outer: tuple[Axis, ...] = ()


def axes_of(region: Region, loops: list[ir.Stmt]) -> tuple[Axis, ...] | None:
    """Return the axes of a slab over loops, outermost first; None if it needs a stack."""
    axes: tuple[Axis, ...] = ()
    for k, loop in enumerate(loops):
        if not isinstance(loop, ir.For):
            return None
        may_end = loop.until is not None and not (k == 0 and _is_short(loop))
        if may_end or not isinstance(loop.step, ir.Const):
            return None
        if loop not in region.axes:
            region.axes[loop] = _with_loop(region, loops[: k + 1], axes)
        found = region.axes[loop]
        if found is None:
            return None
        axes = found
    return axes


def _is_short(loop: ir.For) -> bool:
    """Return whether a loop has literal bounds and few rounds, though it may end early.

    All of them have a place in the slab, as it is made once for all runs of the loop.
    """
    match loop:
        case ir.For(
            start=ir.Const(value=int(a)), stop=ir.Const(value=int(b)), step=ir.Const(value=int(c))
        ) if c:
            return len(range(a, b, c)) <= SHORT
        case _:
            return False


def position(region: Region, axis: Axis, emit: Emitter, *, forward: bool) -> ir.Atom:
    """Return the index along an axis in the current iteration."""
    loop = axis.loops[-1]
    index = region.iteration(loop, emit, forward=forward)
    if axis.rows is None:
        return index
    return emit.op("add", _row(region, axis, forward=forward), index)


def _row(region: Region, axis: Axis, *, forward: bool) -> ir.Atom:
    """Return where the current run of a packed loop begins; made right before the loop."""
    assert axis.rows is not None
    loop = axis.loops[-1]
    if loop not in region.rows:
        place, index = region.facts.where[loop]
        name = region.context.supply.fresh("row")
        region.rows[loop] = Def("row", name, loop, place, index)
        out = region.before.setdefault(loop, [])
        _let_row(region, axis, Emitter(region.context.supply, out, loop.span), name, forward=True)
    d = region.rows[loop]
    if forward:
        return ir.Var(d.name, INT)
    frame = region.frame_of(d.place)
    if d not in frame.have:
        emit = Emitter(region.context.supply, frame.out, loop.span)
        name = region.context.supply.fresh("row")
        frame.have[d] = _let_row(region, axis, emit, name, forward=False)
    return frame.have[d]


def _let_row(region: Region, axis: Axis, emit: Emitter, name: str, *, forward: bool) -> ir.Var:
    assert axis.rows is not None
    where = tuple(position(region, a, emit, forward=forward) for a in axis.outer)
    return emit.let(ir.Var(name, INT), ir.Load(axis.rows, where))


def _with_loop(
    region: Region, loops: list[ir.Stmt], axes: tuple[Axis, ...]
) -> tuple[Axis, ...] | None:
    """Return the axes of the loops around a loop and its own, the last of `loops`."""
    loop = loops[-1]
    assert isinstance(loop, ir.For)
    first = loops[0]
    bounds = _Bounds(region, first, loop)
    if not all(bounds.known(loop, atom) for atom in (loop.start, loop.stop)):
        return None
    made: list[ir.Stmt] = []
    emit = Emitter(region.context.supply, made, first.span)
    outer = [a for a, axis in enumerate(axes) if bounds.needed & set(axis.loops)]
    if not outer:
        if not (bounds.always_run or bounds.is_bounded(loop)):
            return None
        extent = bounds.extent(loop, emit, {})
        place_before(region, first, made)
        return (*axes, Axis((loop,), extent))
    if not bounds.always_run:
        return None
    kept, packed = axes[: outer[0]], axes[outer[0] :]
    rows, total = _rows(region, bounds, packed, loop, emit)
    place_before(region, first, made)
    inside = tuple(lp for axis in packed for lp in axis.loops)
    return (*kept, Axis((*inside, loop), total, rows, packed))


def _rows(
    region: Region, bounds: _Bounds, axes: tuple[Axis, ...], loop: ir.For, emit: Emitter
) -> tuple[ir.Var, ir.Var]:
    """Append loops that find where each run of a loop begins; return that, and the total."""
    supply = region.context.supply
    rows, total = ir.Var(supply.fresh("rows"), None), ir.Var(supply.fresh("total"), INT)
    emit.let(rows, ir.Op("empty", tuple(axis.extent for axis in axes), ("int64",)))
    emit.let(total, ir.Const(0, INT))
    known: Known = {}
    around = [lp for axis in axes for lp in axis.loops]
    blocks = [emit]
    for outer in around:
        emit = blocks[-1]
        start, stop = (bounds.value(outer, a, emit, known) for a in (outer.start, outer.stop))
        var = ir.Var(supply.fresh(outer.var.name), INT)
        known[region.facts.defs[outer, outer.var.name]] = var
        block: list[ir.Stmt] = []
        blocks.append(Emitter(supply, block, emit.span))
        bounds.heads[outer] = (var, start, stop)
    emit = blocks[-1]
    emit.store(rows, tuple(bounds.place(axis, emit, known) for axis in axes), total)
    emit.accumulate(total, None, bounds.extent(loop, emit, known), any_order=False)
    for outer, inner, block_of in zip(around[::-1], blocks[:0:-1], blocks[-2::-1], strict=True):
        var, start, stop = bounds.heads[outer]
        body = tuple(inner.out)
        block_of.out.append(ir.For(var, start, stop, outer.step, body, None, emit.span))
    return rows, total


class _Bounds:
    """The bounds of loops, computed before the outermost one.

    `needed` collects the loops whose indices they depend on.
    """

    def __init__(self, region: Region, first: ir.Stmt, loop: ir.For) -> None:
        self.region = region
        self.facts = region.facts
        self.first = first
        self.needed: set[ir.Stmt] = set()
        self.seen: dict[Def, bool] = {}
        self.heads: dict[ir.For, tuple[ir.Var, ir.Atom, ir.Atom]] = {}
        around = self.facts.loops(self.facts.where[loop][0])
        direct = self.facts.places(self.facts.where[loop][0])
        inner = around.index(first) + 1 if first in around else 0
        self.always_run = [p.owner for p in direct[:inner]] == around[:inner]
        raises = any(isinstance(s, ir.Raise | ir.Call) for s in statements((first,)))
        self.may_fail = self.always_run and not raises

    def known(self, stmt: ir.Stmt, atom: ir.Atom) -> bool:
        """Return whether an operand can be computed before the outermost loop."""
        if isinstance(atom, ir.Const):
            return True
        d = self.facts.reads.get((stmt, atom.name))
        if d is None:
            return False
        if d not in self.seen:
            self.seen[d] = self._known(d)
        return self.seen[d]

    def _known(self, d: Def) -> bool:
        if self.is_before(d):
            return True
        if self.first not in self.facts.loops(d.place):
            return False
        if d.kind == "index" and isinstance(d.stmt, ir.For):
            self.needed.add(d.stmt)
            return True
        if d.kind != "let" or not isinstance(d.stmt, ir.Let) or is_float(d.stmt.target.type):
            return False
        match d.stmt.value:
            case ir.Var() | ir.Const() as alias:
                return self.known(d.stmt, alias)
            case ir.Op(prim="floordiv", args=(a, b)) if not (isinstance(b, ir.Const) and b.value):
                return self.known(d.stmt, a) and self.known(d.stmt, b) and self.where_it_is(d)
            case ir.Op(prim=prim, args=args) if prim in PLAIN:
                return all(self.known(d.stmt, a) for a in args)
            case ir.Load(array=array, index=index):
                if not self.known(d.stmt, array) or not self.is_left_alone(array):
                    return False
                known = (not isinstance(p, ir.Slice) and self.known(d.stmt, p) for p in index)
                return all(known) and self.where_it_is(d)
            case _:
                return False

    def where_it_is(self, d: Def) -> bool:
        """Return whether what may fail can be computed in loops like those that it is in.

        It runs there exactly where it runs in the program.
        """
        around = self.facts.loops(d.place)
        self.needed.update(around[: around.index(self.first) + 1])
        return self.may_fail

    def is_before(self, d: Def) -> bool:
        """Return whether a value is there, by its name, before the outermost loop."""
        inside = self.first in self.facts.loops(d.place)
        return not inside and d.name not in self.facts.assigned[self.first]

    def is_left_alone(self, array: ir.Var) -> bool:
        """Return whether nothing writes to an array of integers."""
        context = self.region.context
        return not context.writes(context.classes.of(array.name))

    def value(self, stmt: ir.Stmt, atom: ir.Atom, emit: Emitter, known: Known) -> ir.Atom:
        """Return an operand, computed for the indices in `known`."""
        if isinstance(atom, ir.Const):
            return atom
        d = self.facts.reads[stmt, atom.name]
        if self.is_before(d):
            return atom
        if d not in known:
            assert isinstance(d.stmt, ir.Let)
            known[d] = self._computed(d.stmt, emit, known)
        return known[d]

    def _computed(self, stmt: ir.Let, emit: Emitter, known: Known) -> ir.Atom:
        match stmt.value:
            case ir.Op(prim=prim, args=args, static=static):
                atoms = tuple(self.value(stmt, a, emit, known) for a in args)
                value: ir.Value = ir.Op(prim, atoms, static)
            case ir.Load(array=array, index=index):
                parts = [p for p in index if not isinstance(p, ir.Slice)]
                value = ir.Load(array, tuple(self.value(stmt, p, emit, known) for p in parts))
            case ir.Var() | ir.Const() as alias:
                return self.value(stmt, alias, emit, known)
        return emit.let(ir.Var(emit.supply.temporary(), stmt.target.type), value)

    def extent(self, loop: ir.For, emit: Emitter, known: Known) -> ir.Atom:
        """Return the number of iterations of a counted loop."""
        assert isinstance(loop.step, ir.Const)
        start = self.value(loop, loop.start, emit, known)
        stop = self.value(loop, loop.stop, emit, known)
        match start, stop, loop.step:
            case ir.Const(value=int(a)), ir.Const(value=int(b)), ir.Const(value=int(c)) if c:
                return ir.Const(len(range(a, b, c)))
        if loop.step.value != 1:
            return emit.op("trips", start, stop, loop.step)
        if isinstance(start, ir.Const) and start.value == 0:
            if self.is_size(loop, loop.stop):
                return stop
            return emit.op("max", stop, ir.Const(0))
        return emit.op("max", emit.op("sub", stop, start), ir.Const(0))

    def is_bounded(self, loop: ir.For) -> bool:
        """Return whether a loop makes no more iterations than arrays have elements.

        A loop that may not run has bounds of any size: there is no memory for them.
        """
        assert isinstance(loop.step, ir.Const)
        low, high = (loop.start, loop.stop) if loop.step.value > 0 else (loop.stop, loop.start)
        return isinstance(low, ir.Const) and self.is_moderate(loop, high)

    def is_moderate(self, stmt: ir.Stmt, atom: ir.Atom) -> bool:
        """Return whether a number is at most the size of an array, and a constant."""
        if isinstance(atom, ir.Const):
            return True
        d = self.facts.reads.get((stmt, atom.name))
        if d is None or d.kind != "let" or not isinstance(d.stmt, ir.Let):
            return False
        match d.stmt.value:
            case ir.Var() as alias:
                return self.is_moderate(d.stmt, alias)
            case ir.Op(prim="shape" | "size" | "len"):
                return True
            case ir.Op(prim="min", args=args):
                return any(self.is_moderate(d.stmt, a) for a in args)
            case ir.Op(prim="add" | "max", args=args):
                return all(self.is_moderate(d.stmt, a) for a in args)
            case ir.Op(prim="sub" | "floordiv", args=(a, ir.Const(value=int(n)))) if n > 0:
                return self.is_moderate(d.stmt, a)
            case _:
                return False

    def is_size(self, stmt: ir.Stmt, atom: ir.Atom) -> bool:
        """Return whether a value is the size of an array, hence not negative."""
        while isinstance(atom, ir.Var):
            d = self.facts.reads.get((stmt, atom.name))
            if d is None or not isinstance(d.stmt, ir.Let):
                return False
            stmt = d.stmt
            match stmt.value:
                case ir.Var() as atom:
                    pass
                case ir.Op(prim=prim):
                    return prim in {"shape", "size", "len"}
                case _:
                    return False
        return False

    def place(self, axis: Axis, emit: Emitter, known: Known) -> ir.Atom:
        """Return the index along an axis for the indices in `known`."""
        loop = axis.loops[-1]
        assert isinstance(loop.step, ir.Const)
        index: ir.Atom = known[self.facts.defs[loop, loop.var.name]]
        start = self.value(loop, loop.start, emit, known)
        if not (isinstance(start, ir.Const) and start.value == 0):
            index = emit.op("sub", index, start)
        if loop.step.value != 1:
            index = emit.op("floordiv", index, loop.step)
        if axis.rows is None:
            return index
        where = tuple(self.place(a, emit, known) for a in axis.outer)
        return emit.op("add", emit.temp(ir.Load(axis.rows, where)), index)


def place_before(region: Region, loop: ir.Stmt, made: list[ir.Stmt]) -> None:
    """Insert the making of a slab before its loop, out of loops that are swept once."""
    owner = region.root.owner
    parent = region.parent
    block = tuple(made)
    if parent is not None and owner is not None:
        read = {name for stmt in statements(block) for name in reads(stmt)} - assigned(block)
        if not read & (region.facts.assigned[owner] | region.made):
            place_before(parent, owner, made)
            return
    region.made |= assigned(block)
    region.before.setdefault(loop, []).extend(made)
