"""Slots: where a value waits between the forward and the reverse sweep.

- a scalar, outside loops: a second name;
- a slab, in counted loops: an array, indexed by the iterations of the loops;
- a stack, elsewhere: `Save` and `Restore`, which `passes.tape` turns into an array that
  doubles. A stack is popped in the reverse order of its pushes by construction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from srcad.analysis.values import Def
from srcad.ir import nodes as ir
from srcad.ir.names import is_temporary
from srcad.ir.types import Scalar, Type
from srcad.passes.emitter import Emitter

if TYPE_CHECKING:
    from srcad.passes.region import Region

NOT_NEGATIVE = {"shape", "size", "ndim", "len"}


@dataclass(slots=True)
class Slot:
    """One value's place on the tape. `loops` are the counted loops that index a slab."""

    kind: str
    var: ir.Var
    loops: tuple[ir.Stmt, ...] = ()

    def save(self, region: Region, emit: Emitter, value: ir.Atom) -> None:
        """Append the saving of `value`, going forward."""
        if self.kind == "scalar":
            emit.let(self.var, value)
        elif self.kind == "slab":
            index = tuple(region.iteration(loop, emit, forward=True) for loop in self.loops)
            emit.store(self.var, index, value)
        else:
            emit.out.append(ir.Save(self.var, value, emit.span))

    def restore(self, region: Region, emit: Emitter, target: ir.Var) -> None:
        """Append taking the value back, going in reverse."""
        if self.kind == "scalar":
            emit.let(target, self.var)
        elif self.kind == "slab":
            index = tuple(region.iteration(loop, emit, forward=False) for loop in self.loops)
            emit.let(target, ir.Load(self.var, index))
        else:
            emit.out.append(ir.Restore(self.var, target, emit.span))


def make_slot(region: Region, where: Def, type_: Type | None, base: str) -> Slot:
    """Return a new slot for a value that is made at `where`, `base` its readable name."""
    assert isinstance(type_, Scalar)
    supply = region.context.supply
    name = "saved" if is_temporary(base) else f"{base}_saved"
    loops = region.loops(where.place)
    if not loops:
        return Slot("scalar", ir.Var(supply.fresh(name), type_))
    if all(is_counted(loop, loops[0], region) for loop in loops):
        var = ir.Var(supply.fresh(name))
        region.context.slabs.add(var.name)
        statements: list[ir.Stmt] = []
        emit = Emitter(supply, statements, loops[0].span)
        extents = [iterations(loop, region, emit) for loop in loops]
        emit.let(var, ir.Op("empty", tuple(extents), (type_.dtype,)))
        _place(region, loops[0], statements)
        return Slot("slab", var, tuple(loops))
    return Slot("stack", ir.Var(supply.fresh(name), type_))


def _place(region: Region, loop: ir.Stmt, statements: list[ir.Stmt]) -> None:
    """Insert the making of a slab before its loop, out of loops that are swept once."""
    owner = region.root.owner
    parent = region.parent
    if parent is not None and owner is not None:
        assigned = region.facts.assigned[owner]
        bounds = [b for s in statements if isinstance(s, ir.Let) for b in _names(s.value)]
        if not any(name in assigned for name in bounds):
            _place(parent, owner, statements)
            return
    region.before.setdefault(loop, []).extend(statements)


def _names(value: ir.Value) -> list[str]:
    args = value.args if isinstance(value, ir.Op) else ()
    return [a.name for a in args if isinstance(a, ir.Var)]


def is_counted(loop: ir.Stmt, outermost: ir.Stmt, region: Region) -> bool:
    """Return whether the number of iterations is known before the outermost loop."""
    if not isinstance(loop, ir.For) or loop.until is not None:
        return False
    if not isinstance(loop.step, ir.Const):
        return False
    for bound in (loop.start, loop.stop):
        if isinstance(bound, ir.Var):
            d = region.facts.reads.get((loop, bound.name))
            if d is None or outermost in region.facts.loops(d.place):
                return False
            if bound.name in region.facts.assigned[outermost]:
                return False
    return True


def _is_size(d: Def | None, region: Region) -> bool:
    """Return whether a value is the size of an array, hence not negative."""
    while d is not None and isinstance(d.stmt, ir.Let):
        value = d.stmt.value
        if not isinstance(value, ir.Var):
            return isinstance(value, ir.Op) and value.prim in NOT_NEGATIVE
        d = region.facts.reads.get((d.stmt, value.name))
    return False


def iterations(loop: ir.Stmt, region: Region, emit: Emitter) -> ir.Atom:
    """Return the number of iterations of a counted loop."""
    assert isinstance(loop, ir.For)
    assert isinstance(loop.step, ir.Const)
    start, stop, step = loop.start, loop.stop, loop.step
    if isinstance(start, ir.Const) and start.value == 0 and step.value == 1:
        if isinstance(stop, ir.Const):
            return ir.Const(max(0, int(stop.value)))
        if _is_size(region.facts.reads.get((loop, stop.name)), region):
            return stop
        return emit.op("max", stop, ir.Const(0))
    if step.value == 1:
        return emit.op("max", emit.op("sub", stop, start), ir.Const(0))
    return emit.op("trips", start, stop, step)
