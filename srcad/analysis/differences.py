"""Can two accesses of one array meet? Indices compared by what the loops around them say.

    for j in range(n):
        for i in range(j + 1, n):
            low[i, j] = f(low[j, j])        # i > j: never the element that is read

A difference of two integers is bounded by following inequalities: those that the bounds
of loops give (`i >= j + 1`), through sums with constants, `min` and `max`, and the order
in time of the two accesses.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from srcad.analysis.values import Def, Values
from srcad.ir import nodes as ir

DEPTH = 8

Node = tuple[Def | None, int]
"""A value in one of two iterations; (None, 0) is zero."""

ZERO: Node = (None, 0)


@dataclass(frozen=True, slots=True)
class Term:
    """`node + offset`."""

    node: Node
    offset: int


@dataclass(slots=True)
class Differences:
    """Inequalities between values at two points in time.

    same: the loops that are in the same iteration at both. later: a loop whose iteration
    at the second point comes after that at the first.
    """

    facts: Values
    same: frozenset[ir.Stmt]
    later: ir.For | None = None
    known: dict[Node, tuple[list[Term], list[Term]]] = field(default_factory=dict)

    def never_equal(
        self, a: ir.Stmt, part: ir.Atom | ir.Slice, b: ir.Stmt, other: ir.Atom | ir.Slice
    ) -> bool:
        """Return whether an index at the first point surely differs from one at the second.

        An index may count from the end where it is negative: neither may be.
        """
        if isinstance(part, ir.Slice) or isinstance(other, ir.Slice):
            return False
        x, y = self.term(a, part, 0), self.term(b, other, 1)
        if not (self.is_below(x, y) or self.is_below(y, x)):
            return False
        return self.at_most(Term(ZERO, 0), x) and self.at_most(Term(ZERO, 0), y)

    def is_below(self, x: Term, y: Term) -> bool:
        """Return whether `x < y`."""
        return self.at_most(Term(x.node, x.offset + 1), y)

    def at_most(self, x: Term, y: Term) -> bool:
        """Return whether `x <= y`."""
        return self._reaches(x, y, DEPTH, frozenset()) or self._lowered(x, y)

    def _reaches(self, x: Term, y: Term, depth: int, seen: frozenset[Node]) -> bool:
        """Follow upper bounds of `x`."""
        if x.node == y.node:
            return x.offset <= y.offset
        if depth == 0 or x.node in seen:
            return False
        return any(
            self._reaches(Term(up.node, up.offset + x.offset), y, depth - 1, seen | {x.node})
            or self._lowered(Term(up.node, up.offset + x.offset), y)
            for up in self.bounds(x.node)[1]
        )

    def _lowered(self, x: Term, y: Term) -> bool:
        """Follow lower bounds of `y`."""
        todo, seen = [y], {y.node}
        while todo:
            y = todo.pop()
            if x.node == y.node and x.offset <= y.offset:
                return True
            for low in self.bounds(y.node)[0]:
                if low.node not in seen:
                    seen.add(low.node)
                    todo.append(Term(low.node, low.offset + y.offset))
        return False

    # What is known of one value --------------------------------------------------------

    def term(self, stmt: ir.Stmt, atom: ir.Atom, time: int) -> Term:
        """Return an operand of a statement as a value plus a constant."""
        offset = 0
        while isinstance(atom, ir.Var):
            d = self.facts.reads.get((stmt, atom.name))
            if d is None:
                d = Def("unknown", atom.name, stmt, self.facts.where[stmt][0], 0)
            if d.kind != "let" or not isinstance(d.stmt, ir.Let):
                return Term(self.node(d, time), offset)
            match d.stmt.value:
                case ir.Var() | ir.Const() as alias:
                    stmt, atom = d.stmt, alias
                case ir.Op(prim="add", args=(rest, ir.Const(value=int() as c))):
                    stmt, atom, offset = d.stmt, rest, offset + c
                case ir.Op(prim="add", args=(ir.Const(value=int() as c), rest)):
                    stmt, atom, offset = d.stmt, rest, offset + c
                case ir.Op(prim="sub", args=(rest, ir.Const(value=int() as c))):
                    stmt, atom, offset = d.stmt, rest, offset - c
                case _:
                    return Term(self.node(d, time), offset)
        return Term(ZERO, offset + int(atom.value))

    def node(self, d: Def, time: int) -> Node:
        """Return a value at a point in time: one where the loops around are the same."""
        around = self.facts.loops(d.place)
        return d, 0 if all(loop in self.same for loop in around) else time

    def bounds(self, node: Node) -> tuple[list[Term], list[Term]]:
        """Return what a value is at least, and what it is at most."""
        if node not in self.known:
            self.known[node] = ([], [])
            d, time = node
            low, high = self.known[node]
            if d is not None and isinstance(d.stmt, ir.For) and d.kind == "index":
                self._of_index(d, d.stmt, time, low, high)
            elif d is not None and isinstance(d.stmt, ir.Let) and d.kind == "let":
                low += self._lower(d.stmt, time)
                high += self._upper(d.stmt, time)
        return self.known[node]

    def _of_index(self, d: Def, loop: ir.For, time: int, low: list[Term], high: list[Term]) -> None:
        """Add the bounds of a loop variable, and its order in time."""
        if not isinstance(loop.step, ir.Const) or loop.step.value == 0:
            return
        up = loop.step.value > 0
        start = self.term(loop, loop.start, time)
        stop = self.term(loop, loop.stop, time)
        if up:
            low.append(start)
            high += [Term(t.node, t.offset - 1) for t in self._stops(loop, stop, time)]
        else:
            high.append(start)
            low.append(Term(stop.node, stop.offset + 1))
        if loop is self.later:
            if up == (time == 0):
                high.append(Term((d, 1 - time), -1))
            else:
                low.append(Term((d, 1 - time), 1))

    def _stops(self, loop: ir.For, stop: Term, time: int) -> Iterator[Term]:
        """Yield what bounds a loop from above: of `max(a, c)`, also `a` if c lets it not run."""
        yield stop
        d = stop.node[0]
        if d is None or not isinstance(d.stmt, ir.Let) or d.kind != "let":
            return
        match d.stmt.value, loop.start:
            case ir.Op(prim="max", args=(arg, ir.Const(value=c))), ir.Const(value=start):
                if c + stop.offset <= start:
                    term = self.term(d.stmt, arg, time)
                    yield Term(term.node, term.offset + stop.offset)

    def _upper(self, let: ir.Let, time: int) -> Iterator[Term]:
        """Yield what `min(a, b)` is at most."""
        match let.value:
            case ir.Op(prim="min", args=args):
                for arg in args:
                    yield self.term(let, arg, time)

    def _lower(self, let: ir.Let, time: int) -> Iterator[Term]:
        """Yield what `max(a, b)` is at least, and what sizes are."""
        match let.value:
            case ir.Op(prim="max", args=args):
                for arg in args:
                    yield self.term(let, arg, time)
            case ir.Op(prim="shape" | "size" | "len"):
                yield Term(ZERO, 0)
