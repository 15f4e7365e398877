"""Arrays of calls that the reverse sweep needs and that are lost by then: kept in copies.

Before (in a loop)          After
    c = np.dot(a, b)            c = np.dot(a, b)
                                for i in range(n):
                                    for j in range(m):
                                        c_saved[t, i, j] = c[i, j]
                            ...
                                c_then = c_saved[t]

The array of all iterations needs extents that are known before the loop. Where they are
not, the elements go to a stack, and the extents wait beside it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from srcad.analysis.values import Def
from srcad.ir import nodes as ir
from srcad.ir.types import INT, Array, Scalar
from srcad.passes.building.emitter import Emitter, element_loops
from srcad.passes.kept.frames import Frame
from srcad.passes.kept.needed_values import CannotMerge, Region
from srcad.passes.kept.ragged_slabs import axes_of, place_before, position
from srcad.passes.kept.slots import Slot, make_slot
from srcad.rules.linalg import Whole

if TYPE_CHECKING:
    from srcad.passes.modes.sweep import Sweep

LETTERS = "ijklmnopq"


def kept(sweep: Sweep, stmt: ir.Call, var: ir.Var, d: Def) -> ir.Var:
    """Keep an array as it is at a call, and return what it is called in reverse.

    The copy serves all calls of the block for which nothing has changed.
    """
    region, frame = sweep.region, sweep.frame
    if region.parent is not None:
        raise CannotMerge
    place, at = sweep.facts.where[stmt]
    if d in frame.copies:
        copy, later = frame.copies[d]
        name = sweep.context.classes.of(var.name)
        if not sweep.context.written_between(name, place, at, later):
            return copy
    array = _in_slab(sweep, stmt, var, d) or _on_stack(sweep, stmt, var, d)
    frame.copies[d] = array, at
    return array


def _going_forward(sweep: Sweep, stmt: ir.Call, d: Def) -> Emitter:
    """Return what writes statements right before a call, or after it for a result."""
    region = sweep.region
    side = region.after if d.stmt is stmt else region.before
    return Emitter(sweep.context.supply, side.setdefault(stmt, []), stmt.span)


def _in_slab(sweep: Sweep, stmt: ir.Call, var: ir.Var, d: Def) -> ir.Var | None:
    """Keep an array in one for all iterations, None where the extents are not known."""
    region = sweep.region
    place, _ = sweep.facts.where[stmt]
    loops = region.loops(place)
    assert isinstance(var.type, Array)
    found = [_known(region, d, axis) for axis in range(var.type.ndim)]
    axes = axes_of(region, loops) if loops and all(found) else None
    if axes is None:
        return None
    supply = sweep.context.supply
    start = Emitter(supply, [], loops[0].span)
    trips = [axis.extent for axis in axes]
    extents = [start.temp(value) for value in found if value is not None]
    slab = ir.Var(supply.fresh(f"{var.name}_saved"))
    start.let(slab, ir.Op("empty", (*trips, *extents), (var.type.dtype,)))
    place_before(region, loops[0], start.out)
    sweep.context.slabs.add(slab.name)
    sweep.context.note(region, d, "slab")

    forward = _going_forward(sweep, stmt, d)
    index = tuple(ir.Var(supply.fresh(letter), INT) for letter in LETTERS[: var.type.ndim])
    now = tuple(position(region, axis, forward, forward=True) for axis in axes)
    value = ir.Var(supply.temporary(), Scalar(var.type.dtype))
    block: tuple[ir.Stmt, ...] = (
        ir.Let(value, ir.Load(var, index), stmt.span),
        ir.Store(slab, (*now, *index), value, stmt.span),
    )
    one, nil = ir.Const(1), ir.Const(0)
    for letter, extent in reversed(list(zip(index, extents, strict=True))):
        block = (ir.For(letter, nil, extent, one, block, None, stmt.span),)
    forward.out.extend(block)

    back = sweep.emitter(stmt)
    then = tuple(position(region, axis, back, forward=False) for axis in axes)
    return back.let(ir.Var(supply.fresh(f"{var.name}_then")), ir.Load(slab, then))


def _on_stack(sweep: Sweep, stmt: ir.Call, var: ir.Var, d: Def) -> ir.Var:
    """Keep the elements of an array on a stack, and take them back into a new array."""
    region, frame = sweep.region, sweep.frame
    assert isinstance(var.type, Array)
    supply = sweep.context.supply
    forward = _going_forward(sweep, stmt, d)
    emit = sweep.emitter(stmt)
    extents = _extents(region, frame, stmt, var, d, forward)
    stack = ir.Var(supply.fresh(f"{var.name}_saved"), Scalar(var.type.dtype))
    value = ir.Var(supply.temporary(), Scalar(var.type.dtype))
    index = tuple(ir.Var(supply.fresh(letter), INT) for letter in LETTERS[: var.type.ndim])
    save: list[ir.Stmt] = [
        ir.Let(value, ir.Load(var, index), stmt.span),
        ir.Save(stack, value, stmt.span),
    ]
    element_loops(forward, var, var.type.ndim, save, index)
    sweep.context.note(region, d, "stack")
    array = emit.let(
        ir.Var(supply.fresh(f"{var.name}_then")), ir.Op("empty", extents, (var.type.dtype,))
    )
    back = ir.Var(supply.temporary(), Scalar(var.type.dtype))
    index = tuple(ir.Var(supply.fresh(letter), INT) for letter in LETTERS[: var.type.ndim])
    block: tuple[ir.Stmt, ...] = (
        ir.Restore(stack, back, stmt.span),
        ir.Store(array, index, back, stmt.span),
    )
    minus = ir.Const(-1)
    lasts = [emit.op("sub", extent, ir.Const(1)) for extent in extents]
    for var_, last in reversed(list(zip(index, lasts, strict=True))):
        block = (ir.For(var_, last, minus, minus, block, None, stmt.span),)
    emit.out.extend(block)
    return array


def _extents(
    region: Region, frame: Frame, stmt: ir.Call, var: ir.Var, d: Def, forward: Emitter
) -> tuple[ir.Atom, ...]:
    """Return the extents of an array, going in reverse; those not known wait on the tape."""
    if d in frame.extents:
        return frame.extents[d]
    assert isinstance(var.type, Array)
    supply = region.context.supply
    emit = Emitter(supply, frame.out, stmt.span)
    place, index = region.facts.where[stmt]
    found: list[ir.Atom] = []
    for axis in range(var.type.ndim):
        known = _known(region, d, axis)
        if known is not None:
            found.append(emit.temp(known))
            continue
        at = Def("extent", var.name, stmt, place, index)
        slot: Slot = make_slot(region, at, INT, f"{var.name}_extent")
        now = forward.op("shape", var, static=(axis,))
        slot.save(region, forward, now)
        extent = ir.Var(supply.temporary(), INT)
        slot.restore(region, emit, extent)
        found.append(extent)
    frame.extents[d] = tuple(found)
    return tuple(found)


def result_zeros(region: Region, stmt: ir.Call, d: Def, frame: Frame) -> ir.Op:
    """Return zeros of the shape of a result of a call inside a loop."""
    target = next(t for t in stmt.targets if t.name == d.name)
    if region.available(d):
        return ir.Op("zeros_like", (target,), (None,))
    if region.parent is not None:
        raise CannotMerge
    assert isinstance(target.type, Array)
    extents = _extents_of_arguments(region, stmt, target, frame)
    if extents is None:
        after = region.after.setdefault(stmt, [])
        forward = Emitter(region.context.supply, after, stmt.span)
        extents = _extents(region, frame, stmt, target, d, forward)
    return ir.Op("zeros", extents, (target.type.dtype,))


def _extents_of_arguments(
    region: Region, stmt: ir.Call, target: ir.Var, frame: Frame
) -> tuple[ir.Atom, ...] | None:
    """Return the extents of a result as those of arguments that are there, if they are."""
    row = stmt.function
    if not isinstance(row, Whole):
        return None
    item = row.results[[t.name for t in stmt.targets].index(target.name)]
    atoms = tuple(arg for arg in stmt.args if isinstance(arg, ir.Var))
    pairs = list(zip(row.params, atoms, strict=True))
    sources: list[tuple[ir.Var, int]] = []
    for letter in item.axes:
        found = [(atom, p.axes.index(letter)) for p, atom in pairs if letter in p.axes]
        there = [f for f in found if region.has_array(region.facts.reads[stmt, f[0].name])]
        sources += there[:1]
    if len(sources) < len(item.axes):
        return None
    emit = Emitter(region.context.supply, frame.out, stmt.span)
    return tuple(emit.op("shape", region.use(stmt, atom), static=(axis,)) for atom, axis in sources)


def _known(region: Region, d: Def, axis: int) -> ir.Value | None:
    """Return an extent of an array by what is there before all loops, and at the end."""

    def is_there(found: Def) -> bool:
        return not region.loops(found.place) and region.still_there(found)

    context = region.context
    match context.extents.size(d, axis):
        case bool():
            return None
        case int(number):
            return ir.Const(number, INT)
        case Def() as number if is_there(number):
            return ir.Var(number.name, INT)
        case ("shape", Def() as array, int(at)) if is_there(array):
            return ir.Op("shape", (ir.Var(array.name, context.type_of(array.name)),), (at,))
        case _:
            return None
