"""Branches and loops that depend on the inputs: how the pass `sets` takes all their paths.

Both sides of a branch start from what was there before, and the result is the union (or, of
bounds, what lies between the farther ones). A loop goes round as long as any run may; what is
there at its end is the union of what was there wherever a run may leave it. Counters that are
known in every round remain so. Where a loop may go round without an end, what it passes on
only grows, and it ends when nothing does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from srcad.ir import nodes as ir
from srcad.ir.types import BOOL, INT, Array
from srcad.ir.walk import assigned, statements, targets
from srcad.passes.building.emitter import Emitter
from srcad.passes.patterns.spans import (
    ANY_BOOL,
    NO,
    YES,
    Span,
    both,
    chosen,
    either,
    is_bool,
    joined,
    negated,
    test,
)
from srcad.rules.sets import FAR

if TYPE_CHECKING:
    from srcad.passes.patterns.sets import Sets

ZERO, ONE = ir.Const(0), ir.Const(1)
MOST_ROUNDS = ir.Const(1_000_000)
"""After as many rounds, counters of a loop that may go on are no longer followed."""

Values = tuple[ir.Atom, ...]


@contextmanager
def _within(sets: Sets, *arms: ir.Block) -> Iterator[None]:
    """Let what is emitted be in uncertain blocks."""
    sets.arms.append(arms)
    yield
    sets.arms.pop()


def _carried(sets: Sets, *arms: ir.Block) -> list[ir.Var]:
    """Return the scalars that uncertain blocks assign and that are read elsewhere, or later."""
    found: dict[str, ir.Var] = {}
    for stmt in statements(tuple(s for arm in arms for s in arm)):
        for target in targets(stmt):
            if not isinstance(target.type, Array) and not isinstance(stmt, ir.For):
                found.setdefault(target.name, target)
    return [
        var
        for var in found.values()
        if sets.unknown.holds(var)
        and any(var.name in assigned(a) and sets.unknown.escapes(var.name, a) for a in arms)
    ]


def _values(sets: Sets, var: ir.Var) -> Values:
    return sets.of(var)


def _copied(sets: Sets, values: Sequence[ir.Atom], emit: Emitter) -> Values:
    """Return the same values under names that stay as they are."""
    return tuple(
        emit.let(ir.Var(sets.supply.temporary(), v.type), v) if isinstance(v, ir.Var) else v
        for v in values
    )


def _where(sets: Sets, condition: ir.Atom, var: ir.Var, values: Values, emit: Emitter) -> Values:
    """Return the values, or those of no path at all where a condition does not hold."""
    kind = BOOL if is_bool(var.type) else INT
    pairs = zip(values, sets.nothing(var), strict=True)
    return tuple(chosen(emit, condition, value, none, kind) for value, none in pairs)


def _union(sets: Sets, var: ir.Var, a: Values, b: Values, emit: Emitter) -> Values:
    """Return what stands for a name that is the one or the other."""
    if len(a) == 1:
        return (sets.union(a[0], b[0], emit),)
    return joined(emit, (a[0], a[1]), (b[0], b[1]), var.type)


def _guarded(condition: ir.Atom, block: list[ir.Stmt], emit: Emitter) -> None:
    """Append a block that is done if a condition holds."""
    if condition == YES:
        emit.out.extend(block)
    elif condition != NO and block:
        emit.out.append(ir.If(condition, tuple(block), (), emit.span))


# Branches --------------------------------------------------------------------------------


def same_tests(test_: ir.Atom, before: ir.Block) -> list[ir.Var]:
    """Return the names that hold the test of a branch, which comes after these statements.

    `a and b` is `t = a; if a: t = b`: where `a` is false, so is `t`.
    """
    if not isinstance(test_, ir.Var):
        return []
    found, seen = [test_], {test_.name}
    for stmt in reversed(before):
        if not isinstance(stmt, ir.Let) or stmt.target == test_:
            break
        if stmt.value == test_ and stmt.target.name not in seen:
            found.append(stmt.target)
        seen.add(stmt.target.name)
    return found


def branch(sets: Sets, stmt: ir.If, same: Sequence[ir.Var], emit: Emitter) -> None:
    """Append both sides of a branch; same: the names that hold its test."""
    known = [v for v in same if is_bool(v.type) and sets.unknown.holds(v)]
    must, may = sets.span(stmt.test) if is_bool(stmt.test.type) else ANY_BOOL

    def side(block: ir.Block, value: ir.Const) -> Callable[[Emitter], None]:
        def write(inner: Emitter) -> None:
            for var in known:
                sets.assign(var, (value, value), inner)
            with _within(sets, block):
                inner.out.extend(sets.block(block))

        return write

    names = _carried(sets, stmt.then, stmt.orelse)
    names += [v for v in known if v not in names]
    sides = side(stmt.then, YES), side(stmt.orelse, NO)
    two_sides(sets, (must, may), sides, names, emit)


def two_sides(
    sets: Sets,
    condition: Span,
    sides: tuple[Callable[[Emitter], None], Callable[[Emitter], None]],
    names: Sequence[ir.Var],
    emit: Emitter,
) -> None:
    """Append two blocks of which a run takes one, and the union of what they assign."""
    must, may = _copied(sets, condition, emit)
    for var in names:
        for shadow, value in zip(sets.of(var), sets.nothing(var), strict=True):
            sets.start(shadow, value)
    before = [_copied(sets, _values(sets, var), emit) for var in names]
    first: list[ir.Stmt] = []
    sides[0](Emitter(sets.supply, first, emit.span))
    _guarded(may, first, emit)
    after = [_copied(sets, _values(sets, var), emit) for var in names]
    for var, values in zip(names, before, strict=True):
        sets.assign(var, values, emit)
    second: list[ir.Stmt] = []
    sides[1](Emitter(sets.supply, second, emit.span))
    may_not = negated(emit, must)
    _guarded(may_not, second, emit)
    for var, values in zip(names, after, strict=True):
        one = _where(sets, may, var, values, emit)
        other = _where(sets, may_not, var, _values(sets, var), emit)
        sets.assign(var, _union(sets, var, one, other, emit), emit)


# Loops -----------------------------------------------------------------------------------


@contextmanager
def _growing(sets: Sets, body: ir.Block, emit: Emitter) -> Iterator[ir.Var]:
    """Let writes of arrays that a loop passes on to its next round count what has grown."""
    growth = emit.let(ir.Var(sets.supply.fresh("grown_sets"), INT), ZERO)
    sets.growth.append((growth, body))
    yield growth
    sets.growth.pop()


def while_loop(sets: Sets, stmt: ir.While, emit: Emitter) -> None:
    """Append the rounds of a `while` loop."""
    whole = sets.unknown.body_of(stmt)
    names = _carried(sets, whole)
    for var in names:
        for shadow, value in zip(sets.of(var), sets.nothing(var), strict=True):
            sets.start(shadow, value)
    ends = [_fresh(sets, var, "end") for var in names]
    for var, end in zip(names, ends, strict=True):
        _assign(end, sets.nothing(var), emit)
        if len(end) == 2 and not is_bool(var.type) and var.name not in sets.structural:
            sets.assign(var, (ir.Const(-FAR), ir.Const(FAR)), emit)
    may_have_ended = emit.let(ir.Var(sets.supply.fresh("may_have_ended"), BOOL), NO)
    rounds = emit.let(ir.Var(sets.supply.fresh("rounds"), INT), ZERO)
    with _growing(sets, whole, emit) as growth, _within(sets, whole):
        body: list[ir.Stmt] = []
        inner = Emitter(sets.supply, body, stmt.span)
        before = [_copied(sets, _values(sets, var), inner) for var in names]
        grown = inner.let(ir.Var(sets.supply.temporary(), INT), growth)
        inner.out.extend(sets.block(stmt.cond_body))
        must, may = _copied(sets, sets.span(stmt.cond), inner)
        leaves = negated(inner, must)
        for var, end in zip(names, ends, strict=True):
            left = _where(sets, leaves, var, _values(sets, var), inner)
            _assign(end, _union(sets, var, end, left, inner), inner)
        inner.let(may_have_ended, either(inner, may_have_ended, leaves))
        _guarded(may, list(sets.block(stmt.body)), inner)
        inner.let(rounds, ir.Op("add", (rounds, ONE)))
        moved = test(inner, "ne", growth, grown)
        for var, old in zip(names, before, strict=True):
            moved = either(inner, moved, _settled(sets, var, old, may_have_ended, rounds, inner))
        goes_on = both(inner, may, either(inner, moved, negated(inner, may_have_ended)))
        cond = inner.let(ir.Var(sets.supply.temporary(), BOOL), goes_on)
    emit.out.append(ir.While(tuple(body), cond, (), stmt.span))
    for var, end in zip(names, ends, strict=True):
        sets.assign(var, end, emit)


def _settled(
    sets: Sets,
    var: ir.Var,
    old: Values,
    may_have_ended: ir.Atom,
    rounds: ir.Atom,
    emit: Emitter,
) -> ir.Atom:
    """Let what a loop passes on only grow if it may go on; return whether it has changed."""
    new = _values(sets, var)
    if len(new) == 1:
        more: list[ir.Stmt] = []
        inner = Emitter(sets.supply, more, emit.span)
        inner.let(sets.of(var)[0], ir.Op("grow", (sets.store, old[0], new[0])))
        _guarded(may_have_ended, more, emit)
        return test(emit, "ne", new[0], old[0])
    if is_bool(var.type):
        wider = joined(emit, (old[0], old[1]), (new[0], new[1]), var.type)
        pairs = zip(wider, new, strict=True)
        kept = tuple(chosen(emit, may_have_ended, w, n, BOOL) for w, n in pairs)
        sets.assign(var, kept, emit)
        return either(emit, test(emit, "ne", new[0], old[0]), test(emit, "ne", new[1], old[1]))
    inexact = test(emit, "ne", new[0], new[1])
    late = test(emit, "gt", rounds, MOST_ROUNDS)
    widens = both(emit, may_have_ended, either(emit, inexact, late))
    less = both(emit, widens, test(emit, "ne", new[0], old[0]))
    more_ = both(emit, widens, test(emit, "ne", new[1], old[1]))
    least = chosen(emit, less, ir.Const(-FAR), new[0], INT)
    most = chosen(emit, more_, ir.Const(FAR), new[1], INT)
    sets.assign(var, (least, most), emit)
    return either(emit, test(emit, "ne", new[0], old[0]), test(emit, "ne", new[1], old[1]))


def _fresh(sets: Sets, var: ir.Var, suffix: str) -> tuple[ir.Var, ...]:
    """Return other names for what stands for a name."""
    return tuple(ir.Var(sets.supply.fresh(f"{s.name}_{suffix}"), s.type) for s in sets.of(var))


def _assign(names: Sequence[ir.Var], values: Sequence[ir.Atom], emit: Emitter) -> None:
    for name, value in zip(names, values, strict=True):
        emit.let(name, value)


def counted_loop(sets: Sets, stmt: ir.For, emit: Emitter) -> None:
    """Append the iterations of a `for` loop that a run may leave, or whose bounds are unknown."""
    known = not any(map(sets.unknown.holds, (stmt.start, stmt.stop, stmt.step)))
    has_ended = tuple(ir.Var(sets.supply.fresh(n), BOOL) for n in ("has_ended", "may_have_ended"))
    names = _carried(sets, stmt.body)

    def iteration(must_run: ir.Atom, inner: Emitter) -> None:
        """Append the body, for the runs that are still in the loop."""
        must = both(inner, must_run, negated(inner, has_ended[1]))
        may = negated(inner, has_ended[0])
        ends = tuple(ir.Var(sets.supply.fresh(v.name), BOOL) for v in has_ended)
        _assign(ends, (NO, NO), inner)

        def side(deep: Emitter) -> None:
            with _within(sets, stmt.body):
                deep.out.extend(sets.block(stmt.body))
                if stmt.until is not None:
                    _assign(ends, sets.span(stmt.until), deep)

        two_sides(sets, (must, may), (side, lambda _: None), names, inner)
        if stmt.until is not None:
            all_ = either(inner, has_ended[0], both(inner, ends[0], must_run))
            _assign(has_ended, (all_, either(inner, has_ended[1], ends[1])), inner)

    body: list[ir.Stmt] = []
    if known:
        _assign(has_ended, (NO, NO), emit)
        body.extend(sets.numbered(stmt))
        iteration(YES, Emitter(sets.supply, body, stmt.span))
        until = has_ended[0] if stmt.until is not None else None
        emit.out.append(replace(stmt, body=tuple(body), until=until))
        return
    _assign(has_ended, (NO, NO), emit)
    _unknown_range(sets, stmt, iteration, has_ended, emit)


def _unknown_range(
    sets: Sets,
    stmt: ir.For,
    iteration: Callable[[ir.Atom, Emitter], None],
    has_ended: tuple[ir.Var, ...],
    emit: Emitter,
) -> None:
    """Append the iterations that any run may do, one after the other if they are bounded.

    If not, the loop variable is any number between its bounds, and the iteration is done
    until no set grows.
    """
    start, stop = (_copied(sets, sets.span(atom), emit) for atom in (stmt.start, stmt.stop))
    far, near = ir.Const(FAR), ir.Const(-FAR)
    step = stmt.step.value if isinstance(stmt.step, ir.Const) else 0
    ups = step >= 0
    first: ir.Atom = start[0] if ups else start[1]
    last: ir.Atom = stop[1] if ups else stop[0]
    if step == 0:
        first, last = near, far
    bounded: ir.Atom = NO
    if step in {1, -1}:
        is_low, is_high = ("gt", "lt") if ups else ("lt", "gt")
        ends = (near, far) if ups else (far, near)
        bounded = both(emit, test(emit, is_low, first, ends[0]), test(emit, is_high, last, ends[1]))
    at = emit.let(ir.Var(sets.supply.fresh(stmt.var.name), INT), first)
    names = _carried(sets, stmt.body)
    with _growing(sets, stmt.body, emit) as growth:
        body: list[ir.Stmt] = []
        inner = Emitter(sets.supply, body, stmt.span)
        before = [_copied(sets, _values(sets, var), inner) for var in names]
        grown = inner.let(ir.Var(sets.supply.temporary(), INT), growth)
        low, high = (first, last) if ups else (last, first)
        sets.assign(
            stmt.var,
            (
                chosen(inner, bounded, at, low, INT),
                chosen(inner, bounded, at, high, INT),
            ),
            inner,
        )
        is_in = test(inner, "lt" if ups else "gt", at, last)
        runs: list[ir.Stmt] = []
        iteration(NO, Emitter(sets.supply, runs, stmt.span))
        _guarded(either(inner, is_in, negated(inner, bounded)), runs, inner)
        inner.let(at, ir.Op("add", (at, ir.Const(1 if ups else -1))))
        moved = test(inner, "ne", growth, grown)
        for var, old in zip(names, before, strict=True):
            moved = either(inner, moved, _settled(sets, var, old, YES, ZERO, inner))
        left = test(inner, "lt" if ups else "gt", at, last)
        goes_on = chosen(inner, bounded, left, moved, BOOL)
        goes_on = both(inner, goes_on, negated(inner, has_ended[0]))
        cond = inner.let(ir.Var(sets.supply.temporary(), BOOL), goes_on)
    emit.out.append(ir.While(tuple(body), cond, (), stmt.span))
