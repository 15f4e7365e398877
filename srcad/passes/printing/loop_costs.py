"""What an iteration of a loop costs, told before the loop runs: in additions in vectors.

    for i in range(n):                  1 + 4 + len(range((0 + n) // 2 + 1, n)) * 6
        t = x[i] * 2
        for j in range(i + 1, n):
            s += x[j] * t

Bounds that the iteration makes are made of what is known before it; where one depends on the
loop's index, the one in the middle is taken. Elements count by what they take from memory.
"""

from __future__ import annotations

from srcad.ir import nodes as ir
from srcad.ir.walk import assigned, statements, targets
from srcad.passes.building.emitter import Emitter
from srcad.rules.table import PRIMS, cost_of

GUESS = 8
"""How often a loop runs of which nothing is known before."""

ELEMENT = 4
"""What it costs to read or write an element."""

SAFE = frozenset({"add", "sub", "mul", "neg", "max", "min", "abs", "shape", "size", "len"})
"""Operations on bounds that may be done where the loop may not be reached: they never fail."""

DEPTH = 8
"""How many operations a bound is made of at most."""


class Costs:
    """What the iterations of one loop cost. emit: where that is written."""

    def __init__(self, loop: ir.For, emit: Emitter) -> None:
        self.loop = loop
        self.emit = emit
        self.changed = assigned((loop,))
        self.bindings: dict[str, list[ir.Stmt]] = {}
        for stmt in statements((loop,)):
            for target in targets(stmt):
                self.bindings.setdefault(target.name, []).append(stmt)
        self.found: dict[str, ir.Atom | None] = {}

    def of(self, block: ir.Block) -> ir.Atom:
        """Return about what a block costs."""
        fixed, more = 0, []
        for stmt in block:
            match stmt:
                case ir.Let(value=ir.Op() as op):
                    fixed += cost_of(op) if op.prim in PRIMS else 1
                case ir.Let(value=ir.Load()) | ir.Store():
                    fixed += ELEMENT
                case ir.Accum(index=tuple()):
                    fixed += 2 * ELEMENT
                case ir.For():
                    inner = self.of(stmt.body)
                    more.append(self.emit.op("mul", self.trips(stmt), inner))
                case ir.While():
                    inner = self.of((*stmt.cond_body, *stmt.body))
                    more.append(self.emit.op("mul", ir.Const(GUESS), inner))
                case ir.If():
                    more.append(self.of((*stmt.then, *stmt.orelse)))
                case _:
                    fixed += 1
        total: ir.Atom = ir.Const(
            fixed + sum(int(a.value) for a in more if isinstance(a, ir.Const))
        )
        for other in more:
            if isinstance(other, ir.Var):
                total = self.emit.op("add", total, other)
        return total

    def trips(self, loop: ir.For) -> ir.Atom:
        """Return about how often a loop inside runs."""
        if not isinstance(loop.step, ir.Const) or not loop.step.value:
            return ir.Const(GUESS)  # it may be zero where the loop is not reached
        start, stop = (self.before(atom) for atom in (loop.start, loop.stop))
        if start is None or stop is None:
            return ir.Const(GUESS)
        return self.emit.op("trips", start, stop, loop.step)

    def before(self, atom: ir.Atom, depth: int = DEPTH) -> ir.Atom | None:
        """Return a bound as it can be told before the loop; None: it cannot."""
        if isinstance(atom, ir.Const) or atom.name not in self.changed:
            return atom
        if atom.name not in self.found:
            self.found[atom.name] = None
            self.found[atom.name] = self._made(atom.name, depth)
        return self.found[atom.name]

    def _made(self, name: str, depth: int) -> ir.Atom | None:
        match self.bindings.get(name, []):
            case [ir.For() as loop] if depth:
                start, stop = (self.before(a, depth - 1) for a in (loop.start, loop.stop))
                if start is None or stop is None:
                    return None
                return self.emit.op("floordiv", self.emit.op("add", start, stop), ir.Const(2))
            case [ir.Let(value=ir.Var() as other)] if depth:
                return self.before(other, depth - 1)
            case [ir.Let(value=ir.Op(prim=prim, args=args, static=static))] if (
                depth and prim in SAFE
            ):
                given = [self.before(a, depth - 1) for a in args]
                known = [a for a in given if a is not None]
                return (
                    self.emit.op(prim, *known, static=static) if len(known) == len(given) else None
                )
            case _:
                return None
