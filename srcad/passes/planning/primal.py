"""What a plan asks about a function: values, memory, loops, and what they cost.

The facts are those of the analyses; what is added here is grouped so that asking for all reads
and writes of a function takes little more time than there are of them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Hashable

from srcad.analysis.activity import activity
from srcad.analysis.aliasing import aliasing
from srcad.analysis.counters import Counters
from srcad.analysis.extents import Extents
from srcad.analysis.floors import floors_in
from srcad.analysis.limits import limits
from srcad.analysis.overwrites import Access, order, overwritten_later
from srcad.analysis.private import covers, private_arrays
from srcad.analysis.values import ROOT, Def, Place, Values, used_values
from srcad.ir import nodes as ir
from srcad.ir.types import Array, Type, is_float
from srcad.ir.walk import param_vars, statements, targets
from srcad.passes.building.outputs import outputs

Loop = ir.For | ir.While
NEW = {"empty", "zeros", "ones"}


class Primal:
    """A function that is to be reversed, and what is known of it."""

    def __init__(
        self, function: ir.Function, facts: Values, wrt: tuple[int, ...], *, seeded: bool
    ) -> None:
        self.function = function
        self.facts = facts
        self.classes = aliasing(function)
        self.extents = Extents(function, facts)
        self.counters = Counters(function, facts)
        self.floors = floors_in(function)
        self.position = order(function)
        self.used = used_values(facts)
        self.types: dict[str, Type | None] = {v.name: v.type for v in param_vars(function.params)}
        for name, value in function.constants:
            dtype, ndim = getattr(value, "dtype", None), getattr(value, "ndim", 0)
            if dtype is not None and ndim:
                self.types[name] = Array(str(dtype), ndim)
        self.all = statements(function.body)
        for stmt in self.all:
            for var in targets(stmt):
                self.types[var.name] = var.type
        atoms = outputs(function).atoms
        atoms = atoms[:1] if seeded else atoms
        results = [a.name for a in atoms if isinstance(a, ir.Var)]
        inputs = [v.name for k in wrt for v in param_vars((function.params[k],))]
        floats = [name for name in inputs if is_float(self.types[name])]
        self.active = activity(function, floats, results, self.classes)
        cotangents = () if seeded else results
        self.limits = limits(function, self.classes, inputs, cotangents, results)
        self.writes: dict[str, list[Access]] = {}
        self.makers: dict[str, list[ir.Let | ir.Call]] = {}
        self._writing: dict[tuple[Place, str], list[int]] = {}
        self._loops: dict[Place, tuple[Loop, ...]] = {}
        self._private: dict[ir.For, frozenset[str]] = {}
        self._spoils: dict[Hashable, bool] = {}
        self._inside: dict[ir.Stmt, frozenset[ir.Stmt]] = {}
        self.passed_round: set[str] = set()
        self.storing: dict[Def, list[ir.Store]] = {}
        self._index()

    def _index(self) -> None:
        facts, of = self.facts, self.classes.of
        for phis in facts.phis.values():
            for name, phi in phis.items():
                if isinstance(self.types.get(name), Array) and phi in self.used:
                    self.passed_round.add(of(name))
        for stmt in self.all:
            match stmt:
                case (
                    ir.Store(array=array, index=index)
                    | ir.Accum(target=array, index=tuple() as index)
                ):
                    base = facts.reads.get((stmt, array.name))
                    if isinstance(stmt, ir.Store):
                        self._note_store(stmt)
                    self.writes.setdefault(of(array.name), []).append(Access(stmt, base, index))
                    self._record(stmt, of(array.name))
                case ir.Let(target=target, value=ir.Op(prim)) if (
                    isinstance(target.type, Array) and prim != "select"
                ):
                    self.makers.setdefault(of(target.name), []).append(stmt)
                case ir.Call(targets=made):
                    for var in made:
                        if isinstance(var.type, Array):
                            self.makers.setdefault(of(var.name), []).append(stmt)
                case _:
                    pass

    def _note_store(self, stmt: ir.Store) -> None:
        """Note a store of a value that stands behind it in its block."""
        if not isinstance(stmt.value, ir.Var) or any(isinstance(p, ir.Slice) for p in stmt.index):
            return
        d = self.facts.reads.get((stmt, stmt.value.name))
        place, index = self.facts.where[stmt]
        if d is None or d.place != place or d.index >= index:
            return
        if d.kind in {"let", "accum", "out", "join"}:
            self.storing.setdefault(d, []).append(stmt)

    def _record(self, stmt: ir.Stmt, name: str) -> None:
        """Note in each block around a write where it is: writes come in their order."""
        place, index = self.facts.where[stmt]
        while True:
            found = self._writing.setdefault((place, name), [])
            if not found or found[-1] != index:
                found.append(index)
            if place.owner is None:
                return
            place, index = self.facts.where[place.owner]

    # Blocks and loops -----------------------------------------------------------------

    def loops(self, place: Place, root: Place = ROOT) -> tuple[Loop, ...]:
        """Return the loops around a block inside of another, outermost first."""
        if place not in self._loops:
            self._loops[place] = tuple(
                p.owner for p in self.facts.places(place) if isinstance(p.owner, ir.For | ir.While)
            )[::-1]
        around = self._loops[place]
        return around[len(self.loops(root)) :] if root != ROOT else around

    def inside(self, place: Place, root: Place) -> bool:
        """Return whether a block is in another one."""
        return root == ROOT or root in self.facts.places(place)

    def in_block(self, stmt: ir.Stmt, place: Place) -> ir.Stmt:
        """Return the statement of a block that a statement is, or is inside of."""
        while self.facts.where[stmt][0] != place:
            owner = self.facts.where[stmt][0].owner
            assert owner is not None
            stmt = owner
        return stmt

    def within(self, stmt: ir.Stmt) -> frozenset[ir.Stmt]:
        """Return a statement and those inside of it."""
        if stmt not in self._inside:
            self._inside[stmt] = frozenset(statements((stmt,)))
        return self._inside[stmt]

    def is_array(self, name: str) -> bool:
        """Return whether a name is one of arrays."""
        return isinstance(self.types.get(name), Array)

    # Memory ---------------------------------------------------------------------------

    def writes_before(self, name: str, place: Place, index: int) -> int:
        """Return the last statement of a block that writes a class before another, -1 if none."""
        found = self._writing.get((place, name), [])
        at = bisect_left(found, index)
        return found[at - 1] if at else -1

    def epoch(self, stmt: ir.Stmt, name: str) -> Hashable:
        """Return what is equal for statements that see an array class in the same state."""
        if name not in self.writes:
            return None
        place, index = self.facts.where[stmt]
        while True:
            last = self.writes_before(name, place, index)
            owner = place.owner
            if last >= 0 or owner is None:
                return (place, last)
            if isinstance(owner, ir.For | ir.While) and self._is_written_in(owner, name):
                return (place, last)
            if not isinstance(owner, ir.If | ir.For | ir.While):
                return (place, last)
            place, index = self.facts.where[owner]

    def _is_written_in(self, loop: Loop, name: str) -> bool:
        parts = ("body", "cond_body") if isinstance(loop, ir.While) else ("body",)
        return any((Place(loop, part), name) in self._writing for part in parts)

    def spoils(self, read: Access, write: Access, root: Place) -> bool:
        """Return whether a write destroys later, in one run of a block, what was read.

        Reads in one block, of the same index, are one question.
        """
        base = read.array
        if base is not None and base is write.array and not self.loops(base.place):
            pairs = zip(read.index or (), write.index or (), strict=False)
            if any(_differ(a, b) for a, b in pairs):
                return False
        after = self.position[write.stmt] > self.position[read.stmt]
        key = (self._form(read), self._form(write), after, root)
        if key not in self._spoils:
            found = overwritten_later(read, write, self.facts, self.position, root)
            self._spoils[key] = found
        return self._spoils[key]

    def _form(self, access: Access) -> Hashable:
        place = self.facts.where[access.stmt][0]
        if access.index is None:
            return (place, access.array, None)
        if any(isinstance(part, ir.Slice) for part in access.index):
            return access.stmt
        parts = (
            self.facts.reads.get((access.stmt, p.name), p.name) if isinstance(p, ir.Var) else p
            for p in access.index
        )
        return (place, access.array, tuple(parts))

    def private(self, loop: ir.For) -> frozenset[str]:
        """Return the classes that each iteration fills before it reads them, and that die in it."""
        if loop not in self._private:
            self._private[loop] = frozenset(
                private_arrays(loop, self.facts, self.classes, self.extents)
            )
        return self._private[loop]

    def fills(self, stmt: ir.Stmt, name: str) -> bool:
        """Return whether a statement sets every element of a class, whatever it held before."""
        makers = self.makers.get(name, [])
        if len(makers) != 1 or not isinstance(makers[0], ir.Let):
            return False
        made, value = makers[0], makers[0].value
        if not isinstance(value, ir.Op) or value.prim not in NEW or "like" in value.static:
            return False
        return covers(stmt, made, self.facts, self.classes, self.extents)


def _differ(a: ir.Atom | ir.Slice, b: ir.Atom | ir.Slice) -> bool:
    """Return whether two literals are different elements, of either sign both."""
    match a, b:
        case ir.Const(value=int(x)), ir.Const(value=int(y)):
            return x != y and (x < 0) == (y < 0)
        case _:
            return False
