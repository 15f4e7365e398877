"""What it costs to keep a number, and to compute one: in multiplications with an addition.

A number that is put away and fetched again costs the more, the farther its memory is; one that
a stack keeps, half as much again. Extents that are not written in the program are taken as
1,000: ratios, not times, decide.
"""

from __future__ import annotations

from typing import assert_never

from srcad.analysis.formulas import Formula, applied, number, summed, symbol
from srcad.analysis.values import Def, Place
from srcad.ir import nodes as ir
from srcad.ir.primitives import EXTENTS
from srcad.ir.types import Array
from srcad.passes.planning.nodes import Node
from srcad.passes.planning.primal import Loop, Primal
from srcad.rules.partials import FACTS
from srcad.rules.table import PRIMS, cost_of

NOMINAL = 1000
"""The extent of what is known only at run time."""

CACHE = 1 << 20
"""Bytes that a slab may have to stay near the processor."""

NEAR, FAR = 4.0, 27.0
"""What eight bytes cost, put away and fetched, in the cache and in fresh pages of memory."""

STACK = 1.5
DEAR, IN_VECTORS = 20.0, 8.0
"""An elementary function, and one of a loop that may run in vectors."""

CALL = 1e6
LITTLE = 0.1
"""A name of its own, outside loops."""

TIE = 1.001
"""Of two choices at the same price, the one that keeps less is taken."""


class Prices:
    """Costs of one function, whose iterations are counted from the block `root` on."""

    def __init__(self, primal: Primal, nominal: int = NOMINAL) -> None:
        self.primal = primal
        self.nominal = nominal
        self._trips: dict[Loop, tuple[float, Formula | None]] = {}

    # Iterations -----------------------------------------------------------------------

    def trips(self, loop: Loop) -> float:
        """Return how often a loop is taken to run, each time that it is met."""
        return self._of_loop(loop)[0]

    def runs(self, place: Place, root: Place) -> float:
        """Return how often a block runs in one run of the block `root`."""
        count = 1.0
        for loop in self.primal.loops(place, root):
            count *= self.trips(loop)
        return count

    def _of_loop(self, loop: Loop) -> tuple[float, Formula | None]:
        if loop not in self._trips:
            self._trips[loop] = self._counted(loop)
        return self._trips[loop]

    def _counted(self, loop: Loop) -> tuple[float, Formula | None]:
        if isinstance(loop, ir.While) or not isinstance(loop.step, ir.Const):
            return float(self.nominal), None
        start, stop = (self.formula(loop, atom) for atom in (loop.start, loop.stop))
        if start is None or stop is None:
            return float(self.nominal), None
        if start.number is not None and stop.number is not None:
            step = int(loop.step.value)
            return float(len(range(start.number, stop.number, step)) if step else 0), None
        triangular = any(
            "[" in name or name in self._indices(loop)
            for name in (*start.symbols(), *stop.symbols())
            if ".shape" not in name
        )
        return self.nominal / (2.0 if triangular else 1.0), None

    def _indices(self, loop: Loop) -> set[str]:
        place = self.primal.facts.where[loop][0]
        return {
            around.var.name for around in self.primal.loops(place) if isinstance(around, ir.For)
        }

    # Formulas -------------------------------------------------------------------------

    def formula(self, stmt: ir.Stmt, atom: ir.Atom) -> Formula | None:
        """Return an integer as a formula of what the function is given, and of loop indices."""
        found = self.primal.extents.number(stmt, atom)
        return self._formula(found, 12)

    def _formula(self, found: object, depth: int) -> Formula | None:
        match found:
            case bool() | float():
                return None
            case int(value):
                return number(value)
            case ("shape", Def(name=name), int(axis)):
                return symbol(f"{name}.shape[{axis}]")
            case Def(kind="param" | "index", name=name):
                return symbol(name)
            case Def(kind="let", stmt=ir.Let(value=ir.Op(prim, args)) as stmt) if depth:
                return self._operation(stmt, prim, args, depth - 1)
            case Def(name=name):
                return symbol(name)
            case _:
                return None

    def _operation(
        self, stmt: ir.Let, prim: str, args: tuple[ir.Atom, ...], depth: int
    ) -> Formula | None:
        if prim in {"size", "len"}:
            return self._size(stmt, args, prim)
        if prim not in {"add", "sub", "mul", "min", "max", "floordiv"} or len(args) != 2:
            return symbol(stmt.target.name)
        numbers = [self.primal.extents.number(stmt, a) for a in args]
        parts = [self._formula(n, depth) for n in numbers]
        one, other = parts
        if one is None or other is None:
            return None
        match prim:
            case "add":
                return one + other
            case "sub":
                return one + other * number(-1)
            case "mul":
                return one * other
            case "floordiv":
                return applied("//", one, other)
            case _:
                return applied(prim, one, other)

    def _size(self, stmt: ir.Let, args: tuple[ir.Atom, ...], prim: str) -> Formula | None:
        array = args[0]
        kind = array.type if isinstance(array, ir.Var) else None
        if not isinstance(kind, Array):
            return symbol(stmt.target.name)
        base = self.primal.extents.definition(stmt, array)
        return self.cells(base, 1 if prim == "len" else kind.ndim)[1]

    def cells(self, base: Def | None, ndim: int) -> tuple[float, Formula | None]:
        """Return how many elements an array has: taken as a number, and as a formula."""
        count, text = 1.0, number(1)
        known = True
        for axis in range(ndim):
            part = self._formula(self.primal.extents.size(base, axis), 12)
            if part is None or part.number is None:
                count *= self.nominal
            else:
                count *= part.number
            known = known and part is not None
            text = text * part if part is not None else text
        return count, text if known else None

    def size(self, node: Node, root: Place) -> Formula | None:
        """Return the bytes of all that a node stands for in one run of `root`, as a formula."""
        text = number(node.width)
        if node.extent is not None:
            text = text * node.extent
        elif node.kind in {"content", "copy"}:
            return None
        for loop in reversed(self.primal.loops(node.place, root)):
            if isinstance(loop, ir.While) or not isinstance(loop.step, ir.Const):
                text = text * symbol(
                    f"trips({loop.var.name})" if isinstance(loop, ir.For) else "rounds"
                )
                continue
            start, stop = (self.formula(loop, atom) for atom in (loop.start, loop.stop))
            if start is None or stop is None or not loop.step.value:
                return None
            text = summed(text, loop.var.name, start, stop, int(loop.step.value))
        return text

    # Prices ---------------------------------------------------------------------------

    def bytes(self, node: Node, root: Place) -> float:
        """Return how many bytes are kept for a node that is stored."""
        return node.width * node.cells * self.runs(node.place, root)

    def storing(self, node: Node, root: Place, work: float = 0.0) -> float:
        """Return what it costs to keep a node, and to fetch it again.

        work: what it costs to make it, where the program does not make it anyway.
        """
        loops = self.primal.loops(node.place, root)
        runs = self.runs(node.place, root)
        if not loops and node.kind not in {"content", "copy"}:
            return LITTLE + work
        size = self.bytes(node, root)
        price = (FAR if size > CACHE else NEAR) / 8
        if any(isinstance(loop, ir.While) for loop in loops):
            price *= STACK
        return size * price * TIE + work * runs

    def operation(self, stmt: ir.Stmt, op: ir.Op) -> float:
        """Return what an operation costs where a statement is."""
        if op.prim in FACTS or op.prim in EXTENTS:
            return 0.2
        if op.prim not in PRIMS:
            return 1.0
        return self._at(stmt, float(cost_of(op)))

    def factor(self, stmt: ir.Stmt, prim: str) -> float:
        """Return what an operation of a partial costs where a statement is."""
        return self._at(stmt, float(PRIMS[prim].cost) if prim in PRIMS else 1.0)

    def _at(self, stmt: ir.Stmt, cost: float) -> float:
        around = self.primal.loops(self.primal.facts.where[stmt][0])
        if cost < DEAR or not around:
            return cost
        inner = any(isinstance(s, ir.For | ir.While) for s in around[-1].body)
        return cost if inner else IN_VECTORS

    def statement(self, stmt: ir.Stmt) -> float:
        """Return what one run of a statement costs, with all that is inside of it."""
        match stmt:
            case ir.Let(value=ir.Op() as op):
                if isinstance(stmt.target.type, Array):
                    return 1.0
                return self.operation(stmt, op)
            case ir.Let(value=ir.Load()) | ir.Store() | ir.Accum() | ir.Save() | ir.Restore():
                return 1.0
            case ir.Let() | ir.Raise():
                return 0.0
            case ir.For(body=body):
                return self.trips(stmt) * sum(map(self.statement, body))
            case ir.While(cond_body=head, body=body):
                return self.trips(stmt) * sum(map(self.statement, (*head, *body)))
            case ir.If(then=then, orelse=orelse):
                return 1.0 + sum(map(self.statement, (*then, *orelse)))
            case ir.Call():
                return CALL
            case _:
                assert_never(stmt)
