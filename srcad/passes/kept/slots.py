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
from srcad.passes.building.emitter import Emitter
from srcad.passes.kept.ragged_slabs import Axis, axes_of, place_before, position

if TYPE_CHECKING:
    from srcad.passes.kept.needed_values import Region


@dataclass(slots=True)
class Slot:
    """One value's place on the tape. `axes` are what indexes a slab."""

    kind: str
    var: ir.Var
    axes: tuple[Axis, ...] = ()

    def save(self, region: Region, emit: Emitter, value: ir.Atom) -> None:
        """Append the saving of `value`, going forward."""
        if self.kind == "scalar":
            emit.let(self.var, value)
        elif self.kind == "slab":
            index = tuple(position(region, a, emit, forward=True) for a in self.axes)
            emit.store(self.var, index, value)
        else:
            emit.out.append(ir.Save(self.var, value, emit.span))

    def restore(self, region: Region, emit: Emitter, target: ir.Var) -> None:
        """Append taking the value back, going in reverse."""
        if self.kind == "scalar":
            emit.let(target, self.var)
        elif self.kind == "slab":
            index = tuple(position(region, a, emit, forward=False) for a in self.axes)
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
    axes = axes_of(region, loops)
    if axes is not None:
        var = ir.Var(supply.fresh(name))
        region.context.slabs.add(var.name)
        empty = ir.Op("empty", tuple(axis.extent for axis in axes), (type_.dtype,))
        place_before(region, loops[0], [ir.Let(var, empty, loops[0].span)])
        return Slot("slab", var, axes)
    return Slot("stack", ir.Var(supply.fresh(name), type_))
