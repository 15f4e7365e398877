"""What every part of the reverse pass knows: the facts, and the names it has given."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING

from srcad.analysis.activity import Activity
from srcad.analysis.aliasing import Aliases
from srcad.analysis.counters import Counters
from srcad.analysis.effects import Effects
from srcad.analysis.extents import Extents
from srcad.analysis.floors import floors_in
from srcad.analysis.limits import Limits
from srcad.analysis.overwrites import Access, order, overwritten_later
from srcad.analysis.values import ROOT, Def, Place, Values, used_values
from srcad.errors import NotDifferentiable, Problem
from srcad.ir import nodes as ir
from srcad.ir.names import NameSupply
from srcad.ir.types import FLOATS, Array, Scalar, Type
from srcad.ir.walk import call_leaves, param_vars, statements, targets
from srcad.ir.wording import written_name

if TYPE_CHECKING:
    from srcad.passes.kept.needed_values import Region


Reload = tuple[ir.Stmt, str, Place]
"""A load (or a call) that the reverse sweep of a region (its root) repeats."""


@dataclass(frozen=True, slots=True)
class Note:
    """One line of the diagnostics: what happens to a value, and for which line.

    loop: the innermost loop that makes the value. reader: what reads it in reverse.
    """

    loop: ir.Span | None
    name: str
    treatment: str
    reader: ir.Span | None


class Context:
    """The facts about one function, and the adjoint names made so far."""

    def __init__(
        self,
        function: ir.Function,
        facts: Values,
        classes: Aliases,
        active: Activity,
        reloads: frozenset[Reload],
        limits: Limits,
        kept: frozenset[ir.Stmt] = frozenset(),
    ) -> None:
        self.function = function
        self.facts = facts
        self.classes = classes
        self.active = active
        self.limits = limits
        self.supply = NameSupply.of(function)
        self.types = _types(function)
        self.primal = frozenset(map(classes.of, self.types))
        self.position = order(function)
        self.bars: dict[str, ir.Var] = {}
        self.shadow_class: dict[str, str] = {}
        self.reloaded = reloads
        self.reloads: set[Reload] = set()
        self.kept = kept
        self.merges = True
        self.certain: dict[ir.Stmt, str] = {}
        self.notes: list[Note] = []
        self.shadows: dict[Def, ir.Var] = {}
        self.slot_bars: dict[str, ir.Var] = {}
        self.effects: dict[ir.Stmt, Effects] = {}
        self.entry: list[ir.Stmt] = []
        self.slabs: set[str] = set()
        self.defined: set[str] = set()
        self.used = used_values(facts)
        self.extents = Extents(function, facts)
        self._counters: Counters | None = None
        self.asked: frozenset[Def] | None = None
        self.floors = floors_in(function)
        self._writes: dict[str, list[Access]] = {}
        self._spoilt: dict[tuple[ir.Stmt, ir.Stmt, str], bool] = {}
        self._stores: dict[tuple[Place, str], list[int]] = {}
        self._index_writes()
        self._storing = _storing(facts)
        self._restored: frozenset[str] | None = None
        self.passed_round: frozenset[Def] | None = None
        self.rotations: list[tuple[Def, ir.Stmt]] | None = None

    @property
    def counters(self) -> Counters:
        """Return the integers that only count; found out when the first is asked for."""
        if self._counters is None:
            self._counters = Counters(self.function, self.facts)
        return self._counters

    def type_of(self, name: str) -> Type | None:
        """Return the type of a name of the primal."""
        return self.types.get(name)

    def bar(self, name: str) -> ir.Var:
        """Return the adjoint of a scalar name."""
        if name not in self.bars:
            type_ = self.types.get(name)
            kind = type_ if isinstance(type_, Scalar) else None
            self.bars[name] = ir.Var(self.supply.fresh(f"{name}_bar"), kind)
        return self.bars[name]

    def slot_bar(self, slot: ir.Var) -> ir.Var:
        """Return the stack of the adjoints of what is saved on a stack."""
        if slot.name not in self.slot_bars:
            name = self.supply.fresh(f"{slot.name}_bar")
            self.slot_bars[slot.name] = ir.Var(name, slot.type)
        return self.slot_bars[slot.name]

    def define_at_entry(self, var: ir.Var) -> None:
        """Give a name a value that nobody uses, so that saving it is not an error."""
        if var.name not in self.defined:
            self.defined.add(var.name)
            dtype = var.type.dtype if isinstance(var.type, Scalar) else "float64"
            nothing = False if dtype == "bool" else 0.0 if dtype in FLOATS else 0
            self.entry.append(ir.Let(var, ir.Const(nothing, var.type), self.function.span))

    def class_of(self, name: str) -> str:
        """Return what two names of the same memory have in common; scalars stand alone."""
        return self.shadow_class.get(name) or self.classes.of(name)

    # Writes to arrays ------------------------------------------------------------------

    def _index_writes(self) -> None:
        for stmt in statements(self.function.body):
            for array, index in _written(stmt):
                base = self.facts.reads.get((stmt, array.name))
                name = self.classes.of(array.name)
                self._writes.setdefault(name, []).append(Access(stmt, base, index))
                for place in self.facts.places(self.facts.where[stmt][0]):
                    self._record(stmt, place, name)

    def _record(self, stmt: ir.Stmt, place: Place, name: str) -> None:
        """Note that a statement inside `place` writes to the class `name`."""
        where, index = self.facts.where[stmt]
        while where != place:
            assert where.owner is not None
            where, index = self.facts.where[where.owner]
        positions = self._stores.setdefault((place, name), [])
        if not positions or positions[-1] != index:
            positions.append(index)

    def writes(self, name: str) -> list[Access]:
        """Return all writes to an alias class."""
        return self._writes.get(name, [])

    def written_between(self, name: str, place: Place, first: int, last: int) -> bool:
        """Return whether the statements first..last-1 of a block write to a class."""
        positions = self._stores.get((place, name), [])
        at = bisect_left(positions, first)
        return at < len(positions) and positions[at] < last

    def must_undo(self, stmt: ir.Store | ir.Accum, array: ir.Var) -> bool:
        """Return whether the reverse sweep reads again what `stmt` overwrites.

        A loop that is swept once reads again only what its iteration leaves alone.
        """
        write = Access(stmt, self.facts.reads.get((stmt, array.name)), stmt.index)
        return self._must_undo(write, self.classes.of(array.name))

    def _must_undo(self, write: Access, name: str) -> bool:
        return any(
            root == ROOT and self.classes.of(array) == name and self.spoils(write, read, array)
            for read, array, root in self.reloaded
        )

    def spoils(self, write: Access, read: ir.Stmt, array: str) -> bool:
        """Return whether a write overwrites later what a statement reads of an array."""
        key = write.stmt, read, array
        if key not in self._spoilt:
            self._spoilt[key] = any(
                overwritten_later(
                    Access(read, self.facts.reads.get((read, array)), where),
                    write,
                    self.facts,
                    self.position,
                )
                for source, where in read_elements(read)
                if source.name == array
            )
        return self._spoilt[key]

    def lasting_store(self, d: Def, root: Place) -> ir.Store | None:
        """Return a store of `d`, in its block, into an element that then keeps the value.

        root: the block of the region; what happens after one run of it does not count.
        """
        return next((s for s in self._storing.get(d, ()) if self._lasts(s, root)), None)

    def _lasts(self, stmt: ir.Store, root: Place) -> bool:
        """Return whether nothing changes what a store has stored, forward or in reverse."""
        array, kind = stmt.array, stmt.value.type
        if not isinstance(array.type, Array) or kind != Scalar(array.type.dtype):
            return False
        name = self.classes.of(array.name)
        if self._restored is None:
            self._restored = self.changed_in_reverse()
        if name in self._restored or any(isinstance(part, ir.Slice) for part in stmt.index):
            return False
        stored = Access(stmt, self.facts.reads.get((stmt, array.name)), stmt.index)
        return not any(
            overwritten_later(stored, write, self.facts, self.position, root)
            for write in self.writes(name)
        )

    def changed_in_reverse(self) -> frozenset[str]:
        """Return the classes of arrays that the reverse sweep restores or passes round."""
        found = {
            self.classes.of(name)
            for phis in self.facts.phis.values()
            for name in phis
            if isinstance(self.type_of(name), Array)
        }
        for name, writes in self._writes.items():
            if name not in found and any(self._must_undo(write, name) for write in writes):
                found.add(name)
        return frozenset(found)

    # Diagnostics and errors ------------------------------------------------------------

    def note(self, region: Region, d: Def, treatment: str) -> None:
        """Record how a value is recovered."""
        loops = region.loops(d.place)
        loop = loops[-1].span if loops else None
        self.notes.append(Note(loop, d.name, treatment, region.reader()))

    def note_merged(self, loop: ir.Stmt) -> None:
        """Record that a loop is swept once."""
        self.notes.append(Note(loop.span, "", "swept once", loop.span))

    def note_choice(self, loop: ir.Stmt, name: str) -> None:
        """Record that a loop is reversed from where it has chosen a number last."""
        self.notes.append(Note(loop.span, name, "chosen", None))

    def unsupported_array(self, d: Def) -> NotDifferentiable:
        """Return the error for an array that the reverse sweep cannot find again."""
        span = d.stmt.span if d.stmt else self.function.span
        name = written_name(d.name, span)
        array = f"the array '{name}'" if name else "an array"
        message = f"{array} is another one in each iteration"
        hint = "fill one array in place, or swap the names of two arrays"
        return NotDifferentiable.from_problems([Problem("E206", message, hint, span)])


def _storing(facts: Values) -> dict[Def, list[ir.Store]]:
    """Return the stores of each value that stand behind it in its block."""
    found: dict[Def, list[ir.Store]] = {}
    for (stmt, name), d in facts.reads.items():
        if (
            isinstance(stmt, ir.Store)
            and isinstance(stmt.value, ir.Var)
            and stmt.value.name == name
        ):
            place, index = facts.where[stmt]
            if place == d.place and index > d.index and d.kind in {"let", "accum", "out", "join"}:
                found.setdefault(d, []).append(stmt)
    return found


def _written(stmt: ir.Stmt) -> list[tuple[ir.Var, ir.Index | None]]:
    match stmt:
        case ir.Store(array=array, index=index):
            return [(array, index)]
        case ir.Accum(target=target, index=index) if index is not None:
            return [(target, index)]
        case _:
            return []


def read_elements(stmt: ir.Stmt) -> list[tuple[ir.Var, ir.Index | None]]:
    """Return the arrays that a repeated statement reads, and where (None: anywhere)."""
    match stmt:
        case ir.Let(value=ir.Load(array=array, index=index)):
            return [(array, index)]
        case ir.Call(args=args):
            names = [a for a in call_leaves(args) if isinstance(a, ir.Var)]
            return [(a, None) for a in names if isinstance(a.type, Array)]
        case _:
            return []


def _types(function: ir.Function) -> dict[str, Type | None]:
    types = {v.name: v.type for v in param_vars(function.params)}
    for stmt in statements(function.body):
        for var in targets(stmt):
            types[var.name] = var.type
    return types
