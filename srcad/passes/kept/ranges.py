"""Counted loops backwards: `range(a, b)` becomes `range(b - 1, a - 1, -1)`."""

from __future__ import annotations

from srcad.ir import nodes as ir
from srcad.passes.building.emitter import Emitter
from srcad.passes.kept.needed_values import Region


def reversed_range(region: Region, stmt: ir.For, emit: Emitter) -> tuple[ir.Atom, ir.Atom, ir.Atom]:
    """Return the bounds that visit the indices of `stmt` in the opposite order."""
    use = region.use
    start, stop, step = use(stmt, stmt.start), use(stmt, stmt.stop), use(stmt, stmt.step)
    one = ir.Const(1)
    if is_number(step, 1):
        return _minus(emit, stop, one), _minus(emit, start, one), ir.Const(-1)
    if is_number(step, -1):
        return emit.op("add", stop, one), emit.op("add", start, one), one
    trips = emit.op("trips", start, stop, step)
    distance = emit.op("mul", emit.op("sub", trips, one), step)
    back = ir.Const(-step.value) if isinstance(step, ir.Const) else emit.op("neg", step)
    return emit.op("add", start, distance), emit.op("sub", start, step), back


def is_number(atom: ir.Atom, number: int) -> bool:
    """Return whether an operand is this literal."""
    return isinstance(atom, ir.Const) and atom.value == number


def _minus(emit: Emitter, atom: ir.Atom, one: ir.Const) -> ir.Atom:
    if isinstance(atom, ir.Const):
        return ir.Const(int(atom.value) - 1)
    return emit.op("sub", atom, one)
