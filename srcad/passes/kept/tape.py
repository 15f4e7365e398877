"""Stacks become arrays that double, with a counter: the last pass of a derivative.

Before                      After
    save(x_saved, x)            x_saved = grown(x_saved, n_x_saved)
                                x_saved[n_x_saved] = x
                                n_x_saved += 1
    restore(x_saved, x_1)       n_x_saved -= 1
                                x_1 = x_saved[n_x_saved]

A counted loop that saves once in every iteration reserves what it needs, and writes a part
of the stack by its own index, which vectorises:

    for i in range(n):          trips = max(n, 0)
        save(x_saved, x[i])     top = n_x_saved + trips
                                x_saved = grown(x_saved, top)
                                part = x_saved[n_x_saved:top]
                                for i in range(n):
                                    part[i] = x[i]
                                n_x_saved += trips

Where the way back runs `for i in range(trips - 1, -1, -1)` over what was counted on the way
there, `trips` is the number, and no test of its sign is needed.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from srcad.ir import nodes as ir
from srcad.ir.known import updated
from srcad.ir.names import NameSupply
from srcad.ir.types import INT, Array, Scalar
from srcad.ir.walk import assigned, map_blocks, statements, targets
from srcad.passes.building.emitter import Emitter

FIRST_EXTENT = 64


def tape(function: ir.Function) -> ir.Function:
    """Return `function` without `Save` and `Restore`."""
    slots: dict[str, ir.Var] = {}
    for stmt in statements(function.body):
        if isinstance(stmt, ir.Save | ir.Restore):
            slots.setdefault(stmt.slot.name, stmt.slot)
    if not slots:
        return function
    supply = NameSupply.of(function)
    tops = {name: ir.Var(supply.fresh(f"n_{name}"), INT) for name in slots}
    stacks: dict[str, ir.Var] = {}
    start: list[ir.Stmt] = []
    for name, slot in slots.items():
        dtype = slot.type.dtype if isinstance(slot.type, Scalar) else "float64"
        empty = ir.Op("empty", (ir.Const(FIRST_EXTENT, INT),), (dtype,))
        stacks[name] = ir.Var(name, Array(dtype, 1))
        start.append(ir.Let(stacks[name], empty, function.span))
        start.append(ir.Let(tops[name], ir.Const(0, INT), function.span))

    body = _Tape(supply, stacks, tops, _counters(function)).block(function.body)
    return updated(function, body=(*start, *body))


class _Tape:
    """Lowers blocks, from the outside to the inside."""

    def __init__(
        self,
        supply: NameSupply,
        stacks: dict[str, ir.Var],
        tops: dict[str, ir.Var],
        counters: set[str],
    ) -> None:
        self.supply = supply
        self.stacks = stacks
        self.tops = tops
        self.counters = counters

    def block(self, block: ir.Block) -> ir.Block:
        """Return a block without stack operations."""
        out: list[ir.Stmt] = []
        for stmt in block:
            match stmt:
                case ir.Save(slot=slot, value=value):
                    stack, top = self.stacks[slot.name], self.tops[slot.name]
                    out.append(ir.Let(stack, ir.Op("grown", (stack, top)), stmt.span))
                    out.append(ir.Store(stack, (top,), value, stmt.span))
                    out.append(ir.Accum(top, None, ir.Const(1, INT), stmt.span))
                case ir.Restore(slot=slot, target=target):
                    stack, top = self.stacks[slot.name], self.tops[slot.name]
                    out.append(ir.Accum(top, None, ir.Const(-1, INT), stmt.span))
                    out.append(ir.Let(target, ir.Load(stack, (top,)), stmt.span))
                case ir.For():
                    self.loop(stmt, out)
                case _:
                    out.append(map_blocks(stmt, self.block))
        return tuple(out)

    def loop(self, loop: ir.For, out: list[ir.Stmt]) -> None:
        """Append a loop; the stacks that every iteration uses once are reserved before it."""
        regular = _regular(loop)
        if not regular:
            out.append(map_blocks(loop, self.block))
            return
        emit = Emitter(self.supply, out, loop.span)
        trips = _counted(loop, out, self.counters)
        loop = self.with_kept_bounds(loop, emit)
        if trips is None:
            trips = trips_of(loop, emit)
        parts: dict[str, ir.Var] = {}
        after: list[ir.Stmt] = []
        for stmt in regular:
            name = stmt.slot.name
            stack, top = self.stacks[name], self.tops[name]
            if isinstance(stmt, ir.Restore):
                emit.accumulate(top, None, emit.op("neg", trips))
            end = emit.op("add", top, trips)
            if isinstance(stmt, ir.Save):
                emit.let(stack, ir.Op("grown", (stack, end)))
                after.append(ir.Accum(top, None, trips, stmt.span))
            part = ir.Var(self.supply.fresh("part"), stack.type)
            parts[name] = emit.let(part, ir.Load(stack, (ir.Slice(top, end),)))
        out.append(replace(loop, body=self.regular_body(loop, regular, parts)))
        out.extend(after)

    def with_kept_bounds(self, loop: ir.For, emit: Emitter) -> ir.For:
        """Return a loop with bounds that its body can ask for: names that it does not assign."""
        changed = assigned(loop.body)

        def kept(bound: ir.Atom) -> ir.Atom:
            if not isinstance(bound, ir.Var) or bound.name not in changed:
                return bound
            return emit.let(ir.Var(self.supply.fresh(f"{bound.name}_first"), INT), bound)

        return replace(loop, start=kept(loop.start), stop=kept(loop.stop))

    def regular_body(
        self, loop: ir.For, regular: list[ir.Save | ir.Restore], parts: dict[str, ir.Var]
    ) -> ir.Block:
        """Return the body of a loop with its own parts of the stacks."""
        out: list[ir.Stmt] = []
        emit = Emitter(self.supply, out, loop.span)
        for stmt in loop.body:
            if stmt not in regular:
                out.extend(self.block((stmt,)))
                continue
            assert isinstance(stmt, ir.Save | ir.Restore)
            index = (_position(loop, emit, popped=isinstance(stmt, ir.Restore)),)
            part = parts[stmt.slot.name]
            if isinstance(stmt, ir.Save):
                out.append(ir.Store(part, index, stmt.value, stmt.span))
            else:
                out.append(ir.Let(stmt.target, ir.Load(part, index), stmt.span))
        return tuple(out)


def _regular(loop: ir.For) -> list[ir.Save | ir.Restore]:
    """Return the stack operations that every iteration does once, in a loop that counts."""
    if loop.until is not None or not isinstance(loop.step, ir.Const):
        return []
    if loop.step.value not in (1, -1):
        return []
    operations = [s for s in statements(loop.body) if isinstance(s, ir.Save | ir.Restore)]
    uses = Counter(s.slot.name for s in operations)
    return [s for s in operations if s in loop.body and uses[s.slot.name] == 1]


def trips_of(loop: ir.For, emit: Emitter) -> ir.Atom:
    """Return how often a loop runs."""
    first, last = loop.start, loop.stop
    if getattr(loop.step, "value", 1) == -1:
        first, last = last, first
    return emit.op("max", _difference(last, first, emit), ir.Const(0, INT))


def _counters(function: ir.Function) -> set[str]:
    """Return the names that start at numbers that are not negative, and only grow."""
    names: set[str] = set()
    others = {param.name for param in function.params}
    for stmt in statements(function.body):
        match stmt:
            case ir.Let(ir.Var(name=name), ir.Const(value=int(value))) if value >= 0:
                names.add(name)
            case ir.Accum(ir.Var(name=name), None, ir.Const(value=int(value))) if value >= 0:
                names.add(name)
            case _:
                others.update(var.name for var in targets(stmt))
    return names - others


def _counted(loop: ir.For, before: list[ir.Stmt], counters: set[str]) -> ir.Atom | None:
    """Return the counter `n` of `range(n - 1, -1, -1)`, if that is what the loop runs over.

    before: the statements in front of the loop, the last of which give `n - 1` a name.
    """
    if not (_is(loop.stop, -1) and _is(loop.step, -1) and isinstance(loop.start, ir.Var)):
        return None
    changed = assigned(loop.body)
    for stmt in reversed(before):
        match stmt:
            case ir.Let(var, ir.Op("sub", (ir.Var() as n, one))) if var == loop.start:
                known = _is(one, 1) and n.name in counters - changed
                return n if known else None
            case ir.Let(ir.Var(type=Scalar())):
                changed = changed | assigned((stmt,))
            case _:
                return None
    return None


def _is(atom: ir.Atom, number: int) -> bool:
    return isinstance(atom, ir.Const) and atom.value == number


def _position(loop: ir.For, emit: Emitter, *, popped: bool) -> ir.Atom:
    """Return where the value of this iteration stands among those of the loop.

    What is pushed last is popped first.
    """
    if getattr(loop.step, "value", 1) == 1:
        if not popped:
            return _difference(loop.var, loop.start, emit)
        return _difference(_difference(loop.stop, ir.Const(1, INT), emit), loop.var, emit)
    if not popped:
        return _difference(loop.start, loop.var, emit)
    low = _difference(loop.stop, ir.Const(-1, INT), emit)
    return _difference(loop.var, low, emit)


def _difference(a: ir.Atom, b: ir.Atom, emit: Emitter) -> ir.Atom:
    """Return `a - b`."""
    match a, b:
        case ir.Const(value=int(x)), ir.Const(value=int(y)):
            return ir.Const(x - y, INT)
        case _, ir.Const(value=0):
            return a
        case _, ir.Const(value=int(y)) if y < 0:
            return emit.op("add", a, ir.Const(-y, INT))
        case _:
            return emit.op("sub", a, b)
