"""Loops that choose: only the iterations from the one chosen last are reversed.

    for j in range(n):                      for j in range(n):
        t = (x[j] - p) ** 2                     t = (x[j] - p) ** 2
        closest = min(closest, t)               j_last = j_last if closest < t else j
                                                j_first = j if t < closest else j_first
                                                closest = min(closest, t)
                                            for j in range(j_last, j_first - 1, -1):
                                                ...

What flows back into the loop belongs to the last iteration that has set `closest`, and to those
that have tied with it since: before, the cotangent is exactly zero, and what is linear in a
cotangent of zero gives nothing. Mostly one iteration is left.

Legal where the chosen number is all that the loop hands on that has a cotangent, it is read
for nothing else, no array is written, and what the reversed iterations take back is not on a
stack. Where one assignment sets the number, the tests around it are known in the one iteration
that is reversed: nothing is kept for them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from srcad.analysis.values import Def
from srcad.ir import nodes as ir
from srcad.ir.types import INT, Array, is_float
from srcad.ir.walk import assigned, reads, statements, targets
from srcad.passes.building.emitter import Emitter

if TYPE_CHECKING:
    from srcad.passes.modes.sweep import Sweep

CHOOSING = {"min", "max", "minimum", "maximum", "fmin", "fmax"}


@dataclass(frozen=True, slots=True)
class Choosing:
    """A loop that chooses a number.

    settings: the statements that set it. tests: those around the only one, if that is one which
    does not look at what there was: where it has run last, the tests are known.
    """

    name: str
    settings: tuple[ir.Let, ...]
    tests: tuple[ir.If, ...]


def choosing(sweep: Sweep, loop: ir.For) -> Choosing | None:
    """Return what a loop chooses, None if it does more."""
    if loop.until is not None or not isinstance(loop.step, ir.Const) or not loop.step.value:
        return None
    if loop.var.name in assigned(loop.body) or not all(map(_is_plain, statements(loop.body))):
        return None
    name = _handed_on(sweep, loop)
    if name is None:
        return None
    found = list(_reached(loop.body, ()))
    settings = [(stmt, tests) for stmt, tests in found if name in {t.name for t in targets(stmt)}]
    everywhere = [s for s in statements(loop.body) if name in {t.name for t in targets(s)}]
    if len([s for s, _ in settings if isinstance(s, ir.Let)]) != len(everywhere):
        return None
    if any(not _is_setting(stmt, name) for stmt, _ in settings):
        return None
    lets = tuple(stmt for stmt, _ in settings if isinstance(stmt, ir.Let))
    for stmt in statements(loop.body):
        if name in reads(stmt) and stmt not in lets and not _is_inactive(sweep, stmt):
            return None
    certain = settings[0][1] if len(lets) == 1 and name not in reads(lets[0]) else ()
    return Choosing(name, lets, certain)


def _is_plain(stmt: ir.Stmt) -> bool:
    """Return whether a statement writes no array and keeps nothing on a stack."""
    match stmt:
        case ir.Let(target=target, value=value):
            return not isinstance(target.type, Array) or not isinstance(value, ir.Op)
        case ir.Accum(index=index):
            return index is None
        case ir.For(until=until):
            return until is None
        case ir.If():
            return True
        case _:
            return False


def _handed_on(sweep: Sweep, loop: ir.For) -> str | None:
    """Return the only number with a cotangent that a loop hands on, to itself at least."""
    context, facts = sweep.context, sweep.facts
    found = []
    for name in sorted(facts.assigned[loop]):
        phi, out = facts.phis[loop].get(name), facts.outs[loop].get(name)
        if isinstance(context.type_of(name), Array):
            if phi in context.used:
                return None
            continue
        if not is_float(context.type_of(name)) or name not in context.active:
            continue
        if phi in context.used or out in context.used:
            found.append(name)
    if len(found) != 1 or facts.phis[loop].get(found[0]) not in context.used:
        return None
    return found[0]


def _reached(
    block: ir.Block, tests: tuple[ir.If, ...]
) -> Iterator[tuple[ir.Stmt, tuple[ir.If, ...]]]:
    """Yield the statements of a block and of its branches, with the branches around."""
    for stmt in block:
        if isinstance(stmt, ir.If):
            yield from _reached(stmt.then, (*tests, stmt))
            yield from _reached(stmt.orelse, (*tests, stmt))
        elif not isinstance(stmt, ir.For):
            yield stmt, tests


def _is_setting(stmt: ir.Stmt, name: str) -> bool:
    """Return whether a statement sets a number, to a new one or to the smaller or larger."""
    match stmt:
        case ir.Let(value=value) if name not in reads(stmt):
            return isinstance(value, ir.Var | ir.Const | ir.Op | ir.Load)
        case ir.Let(value=ir.Op(prim=prim, args=(one, other))) if prim in CHOOSING:
            return _is_name(one, name) is not _is_name(other, name)
        case _:
            return False


def _is_inactive(sweep: Sweep, stmt: ir.Stmt) -> bool:
    """Return whether a statement only compares."""
    return isinstance(stmt, ir.Let) and not sweep.is_active(stmt.target)


def _is_name(atom: ir.Value, name: str) -> bool:
    return isinstance(atom, ir.Var) and atom.name == name


# The change ------------------------------------------------------------------------------


@contextmanager
def certain_tests(sweep: Sweep, found: Choosing | None) -> Iterator[None]:
    """Take the tests as known that the iteration chosen last has passed."""
    certain = sweep.context.certain
    tests = found.tests if found is not None else ()
    for test in tests:
        assert found is not None
        is_then = found.settings[0] in statements(test.then)
        certain[test] = "then" if is_then else "orelse"
    try:
        yield
    finally:
        for test in tests:
            del certain[test]


def is_taken_back_alone(sweep: Sweep, body: ir.Block) -> bool:
    """Return whether reversed iterations only add to adjoints, and need no other iteration."""
    primal = sweep.context.types
    for stmt in statements(body):
        if isinstance(stmt, ir.Store | ir.Save | ir.Restore | ir.Call | ir.While):
            return False
        if not isinstance(stmt, ir.For) and any(t.name in primal for t in targets(stmt)):
            return False
    return True


def chosen_range(
    sweep: Sweep, loop: ir.For, found: Choosing, emit: Emitter
) -> tuple[ir.Atom, ir.Atom, ir.Atom]:
    """Return the range of a reversed loop: from what was chosen last; note it going forward."""
    region, context = sweep.region, sweep.context
    context.note_choice(loop, found.name)
    assert isinstance(loop.step, ir.Const)
    step = int(loop.step.value)
    first, last = (
        ir.Var(context.supply.fresh(f"{loop.var.name}_{word}"), INT) for word in ("first", "last")
    )
    before = Emitter(context.supply, region.before.setdefault(loop, []), loop.span)
    before.let(first, loop.start)
    before.let(last, before.op("sub", loop.start, ir.Const(step)))
    for stmt in found.settings:
        note = Emitter(context.supply, region.before.setdefault(stmt, []), stmt.span)
        _note(note, stmt, found.name, loop.var, first, last)
    place, index = sweep.facts.where[loop]
    ends = []
    for var in (first, last):
        context.types[var.name] = INT
        ends.append(region.recover(Def("count", var.name, loop, place, index)))
    return ends[1], emit.op("sub", ends[0], ir.Const(step)), ir.Const(-step)


def _note(
    emit: Emitter, stmt: ir.Let, name: str, index: ir.Var, first: ir.Var, last: ir.Var
) -> None:
    """Append what notes the iteration: of the last that has set the number, of the last tie."""
    if name not in reads(stmt):
        emit.let(first, index)
        emit.let(last, index)
        return
    assert isinstance(stmt.value, ir.Op)
    one, other = stmt.value.args
    held, new = (one, other) if _is_name(one, name) else (other, one)
    lower, upper = (held, new) if "min" in stmt.value.prim else (new, held)
    lasts = emit.op("lt", lower, upper)
    gone = emit.op("lt", upper, lower)
    emit.let(last, ir.Op("select", (lasts, last, index)))
    emit.let(first, ir.Op("select", (gone, index, first)))
