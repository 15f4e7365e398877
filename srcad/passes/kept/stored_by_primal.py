"""Values that the primal itself keeps: it has put them in an array, where they stay.

    for i in range(n):                      for i in range(n - 1, -1, -1):
        e = math.exp(x[i])          ->          e = y[i]
        y[i] = e                                x_bar[i] += y_bar[i] * e

Nothing has to be stored for them a second time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from srcad.ir import nodes as ir
from srcad.passes.building.emitter import Emitter

if TYPE_CHECKING:
    from srcad.analysis.values import Def
    from srcad.passes.kept.frames import Frame
    from srcad.passes.kept.needed_values import Region


def store_of(region: Region, d: Def) -> ir.Store | None:
    """Return the statement that has put `d` where it stays, if reading it there pays."""
    if d in region.slots or not region.loops(d.place):
        return None
    store = region.context.lasting_store(d, region.root)
    if store is None or not region.has_array(region.facts.reads[store, store.array.name]):
        return None
    match d.kind, d.stmt:
        case "let", ir.Let(value=ir.Op() as op) if region.is_cheap(d, op):
            return store if region.needs_of(d.stmt, op.args, {}) else None
        case "let", ir.Let(value=ir.Var() | ir.Const() | ir.Load()):
            return None
    return store


def read_stored(region: Region, d: Def, frame: Frame) -> ir.Atom | None:
    """Read `d` where the primal has stored it; return its new name, None if it has not."""
    store = store_of(region, d)
    if store is None:
        return None
    emit = Emitter(region.context.supply, frame.out, d.stmt.span if d.stmt else None)
    array = region.use(store, store.array)
    assert isinstance(array, ir.Var)
    region.context.note(region, d, "read")
    return emit.let(region.new_name(d), ir.Load(array, region.use_index(store, store.index)))
