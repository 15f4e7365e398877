"""The reverse sweep through branches and loops.

A branch is reversed in the same branch; a loop by a loop over the same iterations in the
opposite order, or in the same order where the iterations commute (which vectorises).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from srcad.analysis.independence import independent
from srcad.analysis.origins import sole_origin
from srcad.analysis.values import Place
from srcad.ir import nodes as ir
from srcad.ir.types import INT, Array, is_float
from srcad.ir.walk import statements, targets
from srcad.passes.building.emitter import Emitter, zero
from srcad.passes.kept.frames import Frame
from srcad.passes.kept.needed_values import Region
from srcad.passes.kept.ranges import is_number, reversed_range
from srcad.passes.loop_arrays.rotation import rotate_back, rotate_forward
from srcad.passes.modes.last_choice import (
    certain_tests,
    choosing,
    chosen_range,
    is_taken_back_alone,
)
from srcad.passes.modes.shadows import shadow_of

if TYPE_CHECKING:
    from srcad.passes.modes.sweep import Sweep


def reverse_branch(sweep: Sweep, stmt: ir.If) -> None:
    """Append the reversed branch that was taken."""
    certain = sweep.context.certain.get(stmt)
    if certain is not None:
        place = Place(stmt, certain)
        sweep.frame.out.extend(sweep.reverse_block(Frame((place,), []), sweep.facts.blocks[place]))
        return
    blocks = []
    for part in ("then", "orelse"):
        place = Place(stmt, part)
        frame = Frame((place,), [])
        blocks.append(sweep.reverse_block(frame, sweep.facts.blocks[place]))
    if blocks[0] or blocks[1]:
        sweep.frame.whole = True
        test = sweep.region.use(stmt, stmt.test)
        sweep.frame.whole = False
        sweep.frame.out.append(ir.If(test, blocks[0], blocks[1], stmt.span))


def reverse_counted_loop(sweep: Sweep, stmt: ir.For) -> None:
    """Append the reversed loop, unless nothing in it has an adjoint."""
    index = sweep.facts.defs[stmt, stmt.var.name]
    var = stmt.var
    place = Place(stmt, "body")
    first = [*names_as_they_were(sweep, stmt), *local_zeros(sweep, stmt)]
    frame = Frame((place,), first, have={index: var})
    empty = zeros_at_start(frame)
    begun = tuple(first)
    chosen = choosing(sweep, stmt)
    with certain_tests(sweep, chosen):
        body = sweep.reverse_block(frame, stmt.body)
    if len(body) == empty:
        return
    if chosen is not None and not is_taken_back_alone(sweep, body):
        chosen, frame = None, Frame((place,), [*begun], have={index: var})
        body = sweep.reverse_block(frame, stmt.body)
    sweep.frame.whole = True
    if chosen is not None:
        emit = sweep.emitter(stmt)
        bounds = chosen_range(sweep, stmt, chosen, emit)
        emit.out.append(ir.For(var, *bounds, body, None, stmt.span))
    else:
        append_loop(sweep, stmt, body)
    sweep.frame.whole = False


def append_loop(sweep: Sweep, stmt: ir.For, body: ir.Block) -> None:
    """Append the loop over the same indices in the opposite order."""
    region, var = sweep.region, stmt.var
    emit = sweep.emitter(stmt)
    if stmt.until is None and any_order(sweep, stmt, body):
        use = region.use
        bounds = use(stmt, stmt.start), use(stmt, stmt.stop), use(stmt, stmt.step)
        loop = ir.For(var, *bounds, body, None, stmt.span, commutes=stmt.commutes)
        emit.out.append(loop)
        return
    if stmt.until is None:
        start, stop, step = reversed_range(region, stmt, emit)
        bounds = start, stop, step
        loop = ir.For(var, *bounds, body, None, stmt.span, commutes=stmt.commutes)
        emit.out.append(loop)
        return
    last = emit.op("sub", region.count(stmt), ir.Const(1))
    counter = var
    plain = is_number(stmt.start, 0) and is_number(stmt.step, 1)
    if not plain:
        counter = ir.Var(sweep.context.supply.fresh("trip"))
        first: list[ir.Stmt] = []
        inner = Emitter(sweep.context.supply, first, stmt.span)
        start, step = region.use(stmt, stmt.start), region.use(stmt, stmt.step)
        inner.let(var, ir.Op("add", (start, inner.op("mul", counter, step))))
        body = (*first, *body)
    emit.out.append(ir.For(counter, last, ir.Const(-1), ir.Const(-1), body, None, stmt.span))


def any_order(sweep: Sweep, stmt: ir.For, body: ir.Block) -> bool:
    """Return whether the reversed iterations may run forward (which vectorises)."""
    stacks = any(isinstance(s, ir.Save | ir.Restore | ir.Call) for s in statements(body))
    lasting = lasting_bars(sweep.region, stmt)
    of, floors = sweep.context.class_of, sweep.context.floors
    return not stacks and independent(body, stmt, floors, of, lasting=lasting)


def reverse_while_loop(sweep: Sweep, stmt: ir.While) -> None:
    """Reverse the iterations; each is the condition, and all but the last the body."""
    region = sweep.region
    head, body = Place(stmt, "cond_body"), Place(stmt, "body")
    active_head = has_effects(sweep, stmt.cond_body)
    if active_head:
        region.heads.add(stmt)
    back = names_as_they_were(sweep, stmt)
    zeros = local_zeros(sweep, stmt)
    frame = Frame((head,), zeros if active_head else [*back, *zeros], len(stmt.cond_body))
    empty = zeros_at_start(frame)
    region.frames.append(frame)
    inner = sweep.reverse_block(Frame((body,), []), stmt.body)
    if active_head:  # the last condition has no body after it, which would pass arrays round
        inner = (*back, *inner)
    trips = ir.Var(sweep.context.supply.temporary(), INT)
    counter = ir.Var(sweep.context.supply.fresh("trip"), INT)
    if active_head and inner:
        test = ir.Var(sweep.context.supply.temporary())
        frame.out.append(ir.Let(test, ir.Op("lt", (counter, trips)), stmt.span))
        frame.out.append(ir.If(test, inner, (), stmt.span))
    else:
        frame.out.extend(inner)
    for index in range(len(stmt.cond_body) - 1, -1, -1):
        frame.index = index
        sweep.reverse(stmt.cond_body[index])
    region.frames.pop()
    if len(frame.out) == empty:
        return
    emit = sweep.emitter(stmt)
    emit.let(trips, region.count(stmt))
    last: ir.Atom = trips
    if not active_head:
        last = emit.op("sub", trips, ir.Const(1))
    minus = ir.Const(-1)
    emit.out.append(ir.For(counter, last, minus, minus, tuple(frame.out), None, stmt.span))


def has_effects(sweep: Sweep, block: ir.Block) -> bool:
    """Return whether the condition of a loop does anything to reverse."""
    return any(
        isinstance(stmt, ir.Store | ir.Save | ir.Restore | ir.Call)
        or any(sweep.is_active(t) for t in targets(stmt))
        or (isinstance(stmt, ir.Accum) and stmt.index is not None)
        for stmt in statements(block)
    )


def zeros_at_start(frame: Frame) -> int:
    """Return the length of an iteration that does nothing, -1 if it passes arrays round."""
    zeros = all(isinstance(s, ir.Let) and isinstance(s.value, ir.Const) for s in frame.out)
    return len(frame.out) if zeros else -1


def names_as_they_were(sweep: Sweep, loop: ir.Stmt) -> list[ir.Stmt]:
    """Return what gives arrays the names that they had before the body passed them round."""
    region, context = sweep.region, sweep.context
    names = [
        name
        for name, phi in sweep.facts.phis[loop].items()
        if isinstance(context.type_of(name), Array) and phi in context.used
        if sole_origin(region.facts, phi) is None
    ]
    out: list[ir.Stmt] = []
    if names:
        shadows = {
            name: shadow_of(region, sweep.facts.phis[loop][name])
            for name in names
            if name in sweep.active
        }
        rotate_forward(region, loop, shadows)
        rotate_back(region, loop, shadows, out)
    return out


def local_zeros(sweep: Sweep, loop: ir.Stmt) -> list[ir.Stmt]:
    """Return `t_bar = 0` for the names that live within one iteration of a loop."""
    return [
        ir.Let(sweep.context.bar(name), zero(sweep.context.type_of(name)), loop.span)
        for name in local_names(sweep.region, loop)
    ]


def lasting_bars(region: Region, loop: ir.Stmt) -> set[str]:
    """Return the adjoints of scalars that do not live within one iteration of a loop."""
    local = set(local_names(region, loop))
    return {bar.name for name, bar in region.context.bars.items() if name not in local}


def local_names(region: Region, loop: ir.Stmt) -> list[str]:
    """Return the active scalars that neither enter an iteration nor leave it."""
    context, facts = region.context, region.facts
    found = []
    for name in sorted(facts.assigned[loop]):
        type_ = context.type_of(name)
        if isinstance(type_, Array) or not is_float(type_) or name not in context.active:
            continue
        phi, out = facts.phis[loop].get(name), facts.outs[loop].get(name)
        if phi not in context.used and out not in context.used:
            found.append(name)
    return found
