"""What is an integer at least? And does a loop's index stay on one side of zero?

    for i in range(k, n):       # k = max(j - 1, 0): i is never negative
        b[i] = ...              # every iteration writes another element

A negative index counts from the end: iterations that go from -1 to 0 may meet in one
element, although their indices differ. Indices that all are negative, or all are not, differ
only where the elements differ.

A name is at least what each of its assignments gives it; nothing is known of arguments.
Integers have 64 bits: of a sum or a product that may be too large nothing is known. What is
counted is not too large, since nobody counts so far, and nor is the product of two extents,
since no memory is so large.
"""

from __future__ import annotations

from collections.abc import Callable

from srcad.analysis.kinds import kinds
from srcad.ir import nodes as ir
from srcad.ir.known import once
from srcad.ir.primitives import EXTENTS
from srcad.ir.types import FLOATS, Scalar
from srcad.ir.walk import param_vars, statements, targets

COUNTS = EXTENTS | {"trips", "common_extent", "wider_extent"}
"""Operations whose result is never negative."""
LARGEST = 2**63 - 1
EXTENT = 2**31
COUNTED = 2**60


class Floors:
    """Lower bounds of the integers of one function."""

    def __init__(self, function: ir.Function) -> None:
        self.function = function
        self.bindings: dict[str, list[ir.Stmt | None]] | None = None
        self.known: dict[str, int | None] = {}
        self.most: dict[str, int | None] = {}
        self.type_of = kinds(function)

    def one_sided(self, loop: ir.For, offset: int = 0) -> bool:
        """Return whether the index of a loop plus a literal surely never changes its sign."""
        lowest = self.lowest(loop)
        if lowest is not None and lowest + offset >= 0:
            return True
        highest = _highest(loop)
        return highest is not None and highest + offset < 0

    def lowest(self, loop: ir.For) -> int | None:
        """Return what the index of a loop is at least; None: unknown."""
        if self.is_at_least(loop.step, 1):
            return self.at_least(loop.start)
        last = self.at_least(loop.stop)
        if last is None:
            return None
        if isinstance(loop.step, ir.Const):
            return last + 1
        start = self.at_least(loop.start)
        return None if start is None else min(start, last + 1)

    def is_at_least(self, atom: ir.Atom, number: int) -> bool:
        """Return whether an integer surely is at least a number."""
        least = self.at_least(atom)
        return least is not None and least >= number

    def at_least(self, atom: ir.Atom) -> int | None:
        """Return what an integer is at least; None: unknown."""
        if isinstance(atom, ir.Const):
            return int(atom.value) if isinstance(atom.value, int) else None
        if atom.name not in self.known:
            self.known[atom.name] = None  # what a name is at least does not follow from itself
            self.known[atom.name] = self._of_name(atom.name)
        return self.known[atom.name]

    def _of_name(self, name: str) -> int | None:
        found: list[int] = []
        for stmt in self.of_name(name):
            if isinstance(stmt, ir.Accum) and self.is_step(stmt.value):
                continue  # it only grows
            least = self._of_binding(stmt, name)
            if least is None:
                return None
            found.append(least)
        return min(found, default=None)

    def _of_binding(self, stmt: ir.Stmt | None, name: str) -> int | None:
        match stmt:
            case ir.Let(value=ir.Var() | ir.Const() as value):
                return self.at_least(value)
            case ir.Let(value=ir.Op() as op):
                return self._of_operation(op)
            case ir.For(var=var) if var.name == name:
                return self.lowest(stmt)
            case _:
                return None

    def _of_operation(self, op: ir.Op) -> int | None:
        if op.prim in COUNTS:
            return 0
        match op:
            case ir.Op("sub", (a, ir.Const(value=int(number)))):
                least = self.at_least(a)
                return None if least is None or not self._fits(a, -number) else least - number
            case ir.Op("add", (a, b)):
                return (
                    self._both(a, b, lambda x, y: x + y) if self.most_of(op) is not None else None
                )
            case ir.Op("max", (a, b)):
                of = [x for x in (self.at_least(a), self.at_least(b)) if x is not None]
                return max(of, default=None)
            case ir.Op("min" | "select", (*_, a, b)):
                return self._both(a, b, min)
            case ir.Op("cast", (a,), ("int64",)) if self.is_whole(a):
                return self.at_least(a)
            case ir.Op("ceil" | "floor", (a,)) if self.is_whole(a):
                return self.at_least(a)
            case ir.Op("mod", (_, b)) if self.is_at_least(b, 1):
                return 0
            case ir.Op("mul", _) if self.most_of(op) is None:
                return None
            case ir.Op("mul" | "floordiv", (a, b)):
                return self._both(a, b, lambda x, y: 0 if x >= 0 and y >= 0 else None)
            case _:
                return None

    def is_whole(self, atom: ir.Atom) -> bool:
        """Return whether a number surely is whole: an integer, or one as a float."""
        if isinstance(atom, ir.Const):
            return isinstance(atom.value, int)
        kind = self.type_of.get(atom.name)
        if not isinstance(kind, Scalar):
            return False
        if kind.dtype not in FLOATS:
            return True
        match self.of_name(atom.name):
            case [ir.Let(value=ir.Op("ceil" | "floor", (a,)))]:
                return self.is_whole(a)
        return False

    def of_name(self, name: str) -> list[ir.Stmt | None]:
        """Return the statements that bind a name; None for an argument."""
        if self.bindings is None:
            self.bindings = _bindings(self.function)
        return self.bindings.get(name, [None])

    def _both(self, a: ir.Atom, b: ir.Atom, join: Callable[[int, int], int | None]) -> int | None:
        x, y = self.at_least(a), self.at_least(b)
        return None if x is None or y is None else join(x, y)

    # What is not too large ------------------------------------------------------------

    def _fits(self, atom: ir.Atom, more: int) -> bool:
        """Return whether an integer and a number make a sum that is not too large."""
        most = self.at_most(atom)
        return more <= 0 or (most is not None and most + more <= LARGEST)

    def is_step(self, atom: ir.Atom) -> bool:
        """Return whether what a number is added to, again and again, only grows."""
        most = self.at_most(atom)
        return self.is_at_least(atom, 0) and most is not None and most <= EXTENT

    def at_most(self, atom: ir.Atom) -> int | None:
        """Return what an integer is at most; None: unknown."""
        if isinstance(atom, ir.Const):
            return int(atom.value) if isinstance(atom.value, int) else None
        if atom.name not in self.most:
            self.most[atom.name] = None
            found = [self._most_of(stmt, atom.name) for stmt in self.of_name(atom.name)]
            known = [most for most in found if most is not None]
            if len(known) == len(found):
                self.most[atom.name] = max(known, default=None)
        return self.most[atom.name]

    def _most_of(self, stmt: ir.Stmt | None, name: str) -> int | None:
        match stmt:
            case ir.Let(value=ir.Var() | ir.Const() as value):
                return self.at_most(value)
            case ir.Let(value=ir.Op() as op):
                return self.most_of(op)
            case ir.Accum(value=value) if self.is_step(value):
                return COUNTED
            case ir.For(var=var, start=start, stop=stop, step=step) if var.name == name:
                first, last = self.at_most(start), self.at_most(stop)
                if isinstance(step, ir.Const) and step.value < 0:
                    return first
                if isinstance(step, ir.Const) and step.value > 0 and last is None:
                    return None if first is None else first + COUNTED
                if isinstance(step, ir.Const):
                    return last
                return None if first is None or last is None else max(first, last)
            case _:
                return None

    def most_of(self, op: ir.Op) -> int | None:
        """Return what the result of an operation is at most; None: unknown, or too large."""
        if op.prim in COUNTS:
            return COUNTED if op.prim == "trips" else EXTENT
        match op:
            case ir.Op("sub", (a, ir.Const(value=int(number)))):
                most = self.at_most(a)
                found = None if most is None else most - number
            case ir.Op("mod", (_, b)) if self.is_at_least(b, 1):
                found = self.at_most(b)
            case ir.Op("floordiv", (a, b)) if self.is_at_least(b, 1):
                most = self.at_most(a)
                found = None if most is None else max(most, 0)
            case ir.Op("min", (a, b)):
                of = [x for x in (self.at_most(a), self.at_most(b)) if x is not None]
                found = min(of, default=None)
            case ir.Op("add" | "mul" | "max" | "select", (*_, a, b)):
                x, y = self.at_most(a), self.at_most(b)
                if x is None or y is None:
                    return None
                if op.prim == "mul" and not (self.is_at_least(a, 0) and self.is_at_least(b, 0)):
                    return None
                found = {"add": x + y, "mul": x * y}.get(op.prim, max(x, y))
            case _:
                return None
        return found if found is None or found <= LARGEST else None


@once
def floors_in(function: ir.Function) -> Floors:
    """Return the lower bounds of the integers of a function; found once."""
    return Floors(function)


def _highest(loop: ir.For) -> int | None:
    """Return what the index of a loop is at most, where literals say it."""
    match loop:
        case ir.For(stop=ir.Const(value=int(stop)), step=ir.Const(value=step)) if step > 0:
            return stop - 1
        case ir.For(start=ir.Const(value=int(start)), step=ir.Const(value=step)) if step < 0:
            return start
        case _:
            return None


def _bindings(function: ir.Function) -> dict[str, list[ir.Stmt | None]]:
    """Return the statements that bind each name; None for an argument."""
    found: dict[str, list[ir.Stmt | None]] = {v.name: [None] for v in param_vars(function.params)}
    for stmt in statements(function.body):
        for var in (stmt.target,) if type(stmt) is ir.Let else targets(stmt):
            found.setdefault(var.name, []).append(stmt)
    return found
