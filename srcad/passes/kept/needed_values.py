"""A region: a block that is run forward and then reversed, with what is kept in between.

The whole function is a region, and so is the body of a loop that is swept once. For every
value that the reverse statements need, `recover` takes the first that applies:

    still there   the name still holds it when the region has run forward, or an element
                  of an array that the primal has put it in
    recompute     a cheap operation on values that can be recovered
    store         it is kept going forward: in a scalar outside loops, in an array indexed
                  by the iteration inside counted loops, on a stack otherwise
"""

from __future__ import annotations

from dataclasses import replace

from srcad.analysis.endings import holds_at_end, names_at_ends
from srcad.analysis.overwrites import Access, overwritten_later
from srcad.analysis.values import Def, Place
from srcad.errors import InternalError
from srcad.ir import nodes as ir
from srcad.ir.names import is_temporary
from srcad.ir.primitives import EXTENTS
from srcad.ir.types import INT, Array
from srcad.ir.walk import reads
from srcad.passes.building.emitter import Emitter
from srcad.passes.kept.context import Context
from srcad.passes.kept.counted import counted, counter_value
from srcad.passes.kept.frames import Frame
from srcad.passes.kept.ragged_slabs import Axis
from srcad.passes.kept.slots import Slot, make_slot
from srcad.passes.kept.stored_by_primal import read_stored, store_of
from srcad.rules.table import PRIMS

CHEAP = 3
FACTS = EXTENTS | {"trips", "cast", "select", "and", "or", "not"}


class CannotMerge(Exception):  # noqa: N818  (never leaves the passes)
    """A loop cannot be swept once."""


class Region:
    """See the module docstring. `parent` is the region around a loop swept once."""

    def __init__(self, context: Context, root: Place, parent: Region | None = None) -> None:
        self.context = context
        self.facts = context.facts
        self.root = root
        self.parent = parent
        self.roots = {root}
        if isinstance(root.owner, ir.While):
            self.roots.add(Place(root.owner, "cond_body"))
        self.frames: list[Frame] = []
        self.before: dict[ir.Stmt, list[ir.Stmt]] = {}
        self.after: dict[ir.Stmt, list[ir.Stmt]] = {}
        self.at_start: dict[Place, list[ir.Stmt]] = {}
        self.at_finish: dict[Place, list[ir.Stmt]] = {}
        self.slots: dict[object, Slot] = {}
        self.heads: set[ir.Stmt] = set()
        self.counts: dict[ir.Stmt, Def] = {}
        self.axes: dict[ir.Stmt, tuple[Axis, ...] | None] = {}
        self.rows: dict[ir.Stmt, Def] = {}
        self.made: set[str] = set()

    # Where things are ------------------------------------------------------------------

    def inside(self, place: Place) -> bool:
        """Return whether a block belongs to this region."""
        return any(p in self.roots for p in self.facts.places(place))

    def loops(self, place: Place) -> list[ir.Stmt]:
        """Return the loops of the region around a block, outermost first."""
        found: list[ir.Stmt] = []
        for p in self.facts.places(place):
            if p in self.roots:
                break
            if isinstance(p.owner, ir.For | ir.While):
                found.append(p.owner)
        return found[::-1]

    def still_there(self, d: Def) -> bool:
        """Return whether the name of `d` holds it when the region has run forward."""
        if d.kind == "count":
            return not self.loops(d.place)
        if not self.inside(d.place):
            return True
        return holds_at_end(d, self.root, self.facts)

    def frame_of(self, place: Place) -> Frame:
        """Return the innermost open frame of a block."""
        for frame in reversed(self.frames):
            if place in frame.places:
                return frame
        raise InternalError("reverse", f"a value of {place} is needed outside its block")

    def reader(self) -> ir.Span | None:
        """Return the place of the statement that is being reversed."""
        frame = self.frames[-1]
        block = self.facts.blocks[frame.places[0]]
        return block[frame.index].span if frame.index < len(block) else None

    # Recovering values -----------------------------------------------------------------

    def use(self, stmt: ir.Stmt, atom: ir.Atom) -> ir.Atom:
        """Return the value that `atom` had when `stmt` ran forward."""
        if isinstance(atom, ir.Const):
            return atom
        d = self.facts.reads.get((stmt, atom.name))
        return atom if d is None else self.recover(d)

    def use_index(self, stmt: ir.Stmt, index: ir.Index) -> ir.Index:
        """Return the index that `stmt` used, slices included."""

        def part(p: ir.Atom | ir.Slice) -> ir.Atom | ir.Slice:
            if isinstance(p, ir.Slice):
                ends = [None if e is None else self.use(stmt, e) for e in (p.lo, p.hi, p.step)]
                return ir.Slice(*ends)
            return self.use(stmt, p)

        return tuple(map(part, index))

    def recover(self, d: Def) -> ir.Atom:
        """Return an atom that holds the value `d` at the current point of the reversal."""
        for frame in reversed(self.frames):
            if d in frame.have:
                return frame.have[d]
        if self.still_there(d):
            return ir.Var(d.name, self.context.type_of(d.name))
        if d.kind in {"phi", "out"} and isinstance(self.context.type_of(d.name), Array):
            if not self.keeps_name(d):
                raise self.context.unsupported_array(d)
            return ir.Var(d.name, self.context.type_of(d.name))
        frame = self.frame_of(d.place)
        atom = read_stored(self, d, frame) or counter_value(self, d, frame)
        if atom is None:
            atom = self.recompute(d, frame) if self.can_recompute(d) else self.stored(d, frame)
        frame.have[d] = atom
        return atom

    def available(self, d: Def) -> bool:
        """Return whether `d` can be had without storing or computing anything."""
        return any(d in frame.have for frame in self.frames) or self.still_there(d)

    def can_recompute(self, d: Def) -> bool:
        """Return whether `d` is cheap to compute again, from what is there."""
        if d in self.slots:
            return False
        if store_of(self, d) or counted(self, d):
            return True
        match d.kind, d.stmt:
            case "accum", ir.Accum():
                return False
            case "let", ir.Let(value=ir.Var() | ir.Const()):
                return True
            case "let", ir.Let(value=ir.Op() as op):
                return self.is_cheap(d, op) and self.costs_one_slot(d.stmt, op.args)
            case "let", ir.Let(value=ir.Load(array=array, index=index)):
                if isinstance(self.context.type_of(d.name), Array):
                    return self.has_array(d)
                return self.can_reload(d, array, index)
            case "join", ir.If():
                return all(i is None or self.cheap_branch(i) for i in d.inputs)
            case _:
                return False

    def cheap_branch(self, d: Def) -> bool:
        """Return whether one input of a merge can be computed inside a new `if`.

        Nothing of the branch may be stored for it: a stack gives each value back once,
        and the branch itself will ask for it.
        """
        around = self.facts.places(d.place)
        if any(d in frame.have for frame in self.frames) or self.still_there(d):
            return True
        if d.kind != "let" or not isinstance(d.stmt, ir.Let) or not self.can_recompute(d):
            return False
        for name in reads(d.stmt):
            source = self.facts.reads.get((d.stmt, name))
            if source is not None and source.place == around[0] and not self.cheap_branch(source):
                return False
        return True

    def costs_one_slot(self, stmt: ir.Stmt, args: tuple[ir.Atom, ...]) -> bool:
        """Return whether recomputing stores no more than keeping the result would."""
        return len(self.needs_of(stmt, args, {})) <= 1

    def needs_of(
        self, stmt: ir.Stmt, args: tuple[ir.Atom, ...], known: dict[Def, frozenset[Def]]
    ) -> frozenset[Def]:
        """Return what has to be stored for the operands of a statement."""
        found: frozenset[Def] = frozenset()
        for atom in args:
            d = self.facts.reads.get((stmt, atom.name)) if isinstance(atom, ir.Var) else None
            if d is not None:
                if d not in known:
                    known[d] = self.needs(d, known)
                found |= known[d]
        return found

    def needs(self, d: Def, known: dict[Def, frozenset[Def]]) -> frozenset[Def]:
        """Return what has to be stored to have `d`: nothing, one value behind it, or itself."""
        if d.kind == "phi" or d in self.slots or self.available(d) or store_of(self, d):
            return frozenset()
        if self.parent is None and d.stmt in self.context.kept:
            return frozenset()  # it is stored in any case
        if d.kind == "let" and isinstance(stmt := d.stmt, ir.Let):
            match stmt.value:
                case ir.Var() as alias:
                    return self.needs_of(stmt, (alias,), known)
                case ir.Op(args=args) as op if self.is_cheap(d, op):
                    found = self.needs_of(stmt, args, known)
                    return found if len(found) <= 1 else frozenset({d})
        return frozenset(() if self.can_recompute(d) else (d,))

    def is_cheap(self, d: Def, op: ir.Op) -> bool:
        """Return whether an operation may be repeated, if its operands are there."""
        assert d.stmt is not None
        if isinstance(self.context.type_of(d.name), Array):
            return False
        if any(isinstance(a.type, Array) and not self.has_argument(d, a) for a in op.args):
            return False
        return op.prim in FACTS or PRIMS[op.prim].cost <= CHEAP

    def can_reload(self, d: Def, array: ir.Var, index: ir.Index) -> bool:
        """Return whether the element read by `d` can be read again at this point."""
        stmt = d.stmt
        assert stmt is not None
        base = self.facts.reads.get((stmt, array.name))
        if base is None or not self.has_array(base):
            return False
        name = self.context.classes.of(array.name)
        if self.parent is not None:
            return not self.is_overwritten(Access(stmt, base, index), name)
        return stmt not in self.context.kept and not self.written_since(d, name)

    def is_overwritten(self, read: Access, name: str) -> bool:
        """Return whether the rest of a run of the region may change what was read of a class."""
        return any(
            overwritten_later(read, write, self.facts, self.context.position, self.root)
            for write in self.context.writes(name)
            if self.inside(self.facts.where[write.stmt][0])
        )

    def written_since(self, d: Def, name: str) -> bool:
        """Return whether a class is written between `d` and the current point, going forward."""
        place, index = d.place, d.index
        written_between = self.context.written_between
        while True:
            frame = next((f for f in self.frames[::-1] if place in f.places), None)
            if frame is not None:
                innermost = frame is self.frames[-1] and not frame.whole
                last = frame.index + (0 if innermost else 1)
                body = Place(place.owner, "body")
                if place.part == "cond_body" and written_between(name, body, 0, 1 << 60):
                    return True
                return written_between(name, place, index + 1, last)
            if written_between(name, place, index + 1, 1 << 60):
                return True
            if not isinstance(place.owner, ir.If):
                return True
            place, index = self.facts.where[place.owner]

    def has_argument(self, d: Def, atom: ir.Atom) -> bool:
        """Return whether the array that the operation behind `d` reads exists here."""
        assert d.stmt is not None
        source = self.facts.reads.get((d.stmt, atom.name)) if isinstance(atom, ir.Var) else None
        return source is None or self.has_array(source)

    def has_array(self, d: Def) -> bool:
        """Return whether the array that `d` names exists, under any name, at this point."""
        if self.available(d):
            return True
        match d.kind, d.stmt:
            case "let", ir.Let(value=ir.Var(name=name) | ir.Load(array=ir.Var(name=name))):
                return self.has_array(self.facts.reads[d.stmt, name])
            case "join", _:
                return all(i is None or self.has_array(i) for i in d.inputs)
            case "phi" | "out", _:
                return self.keeps_name(d)
            case _:
                return False

    def keeps_name(self, d: Def) -> bool:
        """Return whether the array that a loop carries has its name here, going backwards."""
        if not self.inside(d.place):
            return True
        return names_at_ends(d, self.root, self.facts)

    def recompute(self, d: Def, frame: Frame) -> ir.Atom:
        """Compute `d` again in its block; return its new name."""
        stmt = d.stmt
        emit = Emitter(self.context.supply, frame.out, stmt.span if stmt else None)
        match stmt:
            case ir.Let(value=ir.Var() | ir.Const() as atom):
                return self.use(stmt, atom)
            case ir.Let(value=ir.Op(prim=prim, args=args, static=static)):
                atoms = tuple(self.use(stmt, a) for a in args)
                self.context.note(self, d, "recomputed")
                return emit.let(self.new_name(d), ir.Op(prim, atoms, static))
            case ir.Let(value=ir.Load(array=array, index=index)):
                source = self.use(stmt, array)
                assert isinstance(source, ir.Var)
                where = self.use_index(stmt, index)
                if not isinstance(self.context.type_of(d.name), Array):
                    self.context.reloads.add((stmt, array.name, self.root))
                return emit.let(self.new_name(d), ir.Load(source, where))
            case ir.If(test=test):
                return self.recompute_join(d, stmt, test, emit)
            case _:
                raise InternalError("reverse", f"cannot recompute {d}")

    def recompute_join(self, d: Def, stmt: ir.If, test: ir.Atom, emit: Emitter) -> ir.Atom:
        """Compute a merge again, in an `if` like the one that made it."""
        target = self.new_name(d)
        condition = self.use(stmt, test)
        branches: list[ir.Block] = []
        for part, source in zip(("then", "orelse"), d.inputs, strict=True):
            if source is None:
                branches.append(())
                continue
            place = Place(stmt, part)
            block = self.facts.blocks[place]
            inner = Frame((place,), [], len(block))
            self.frames.append(inner)
            atom = self.recover(source)
            self.frames.pop()
            Emitter(self.context.supply, inner.out, stmt.span).let(target, atom)
            branches.append(tuple(inner.out))
        emit.out.append(ir.If(condition, branches[0], branches[1], stmt.span))
        return target

    def new_name(self, d: Def) -> ir.Var:
        """Return a fresh name for a value in the reverse statements."""
        supply = self.context.supply
        name = supply.temporary() if is_temporary(d.name) else supply.fresh(d.name)
        type_ = self.context.type_of(d.name)
        return ir.Var(name, None if isinstance(type_, Array) else type_)

    def stored(self, d: Def, frame: Frame) -> ir.Atom:
        """Keep `d` going forward, and take it back in its block; return its new name."""
        slot = self.slots.get(d)
        if slot is None:
            if isinstance(self.context.type_of(d.name), Array):
                raise self.context.unsupported_array(d)
            slot = self.slots[d] = make_slot(self, d, self.context.type_of(d.name), d.name)
            self.save_after(d, slot)
            self.context.note(self, d, slot.kind)
        if slot.kind == "scalar":
            return slot.var
        emit = Emitter(self.context.supply, frame.out, d.stmt.span if d.stmt else None)
        target = self.new_name(d)
        slot.restore(self, emit, target)
        return target

    def save_after(self, d: Def, slot: Slot) -> None:
        """Insert the saving of `d`, going forward: where it is made, or where the body starts."""
        value = ir.Var(d.name, self.context.type_of(d.name))
        if d.may_be_unassigned():
            self.context.define_at_entry(value)
        target = self.right_after(d)
        start = self.start_of(d.place)
        if start != d.place and d.kind != "param":
            if self.facts.at_end[d.place].get(d.name) is not d:
                held = self.new_name(d)
                target.append(ir.Let(held, value, d.stmt.span if d.stmt else None))
                value = held
            target = self.at_start.setdefault(start, [])
        span = d.stmt.span if d.stmt else None
        slot.save(self, Emitter(self.context.supply, target, span), value)

    def right_after(self, d: Def) -> list[ir.Stmt]:
        """Return what is inserted where a name has just got the value `d`, going forward."""
        if d.kind in {"phi", "param"}:
            return self.at_start.setdefault(d.place if d.kind == "phi" else self.root, [])
        assert d.stmt is not None
        return self.after.setdefault(d.stmt, [])

    def start_of(self, place: Place) -> Place:
        """Return where values of a block are saved, if not where they are made.

        The condition of a loop runs once more than its body. Unless it has something to
        reverse itself (`heads`), what it makes is needed as often as the body runs: it is
        saved there, from another name if the condition itself assigns its name again.
        """
        if place.part == "cond_body" and place.owner not in self.heads:
            return Place(place.owner, "body")
        return place

    # Iterations ------------------------------------------------------------------------

    def count(self, loop: ir.Stmt) -> ir.Atom:
        """Return how many iterations a loop made; count them going forward."""
        d = self.counts.get(loop)
        if d is None:
            place, index = self.facts.where[loop]
            name = self.context.supply.fresh("trips")
            d = self.counts[loop] = Def("count", name, loop, place, index)
            var = ir.Var(name, INT)
            self.context.types[name] = INT
            self.before.setdefault(loop, []).append(ir.Let(var, ir.Const(0), loop.span))
            add = ir.Accum(var, None, ir.Const(1), loop.span)
            self.at_start.setdefault(Place(loop, "body"), []).append(add)
        return self.recover(d)

    def iteration(self, loop: ir.Stmt, emit: Emitter, *, forward: bool) -> ir.Atom:
        """Return the number of the current iteration of a counted loop, from 0."""
        assert isinstance(loop, ir.For)
        index: ir.Atom = loop.var
        start = loop.start
        if not forward:
            index = self.recover(self.facts.defs[loop, loop.var.name])
            start = self.use(loop, loop.start)
        elif isinstance(start, ir.Var) and start.name in self.facts.assigned[loop]:
            kept = ir.Var(self.context.supply.fresh(f"{start.name}_first"), INT)
            self.before.setdefault(loop, []).append(ir.Let(kept, start, loop.span))
            start = kept
        assert isinstance(loop.step, ir.Const)
        if not (isinstance(start, ir.Const) and start.value == 0):
            index = emit.op("sub", index, start)
        if loop.step.value == -1:
            return emit.op("neg", index)
        return index if loop.step.value == 1 else emit.op("floordiv", index, loop.step)

    # The forward sweep -----------------------------------------------------------------

    def forward(self, stmt: ir.Stmt) -> list[ir.Stmt]:
        """Return `stmt` with all that was inserted around and inside it."""
        return [*self.before.get(stmt, ()), self._instrumented(stmt), *self.after.get(stmt, ())]

    def forward_block(self, place: Place) -> ir.Block:
        """Return a block with everything that was inserted into it."""
        out = list(self.at_start.get(place, ()))
        for stmt in self.facts.blocks[place]:
            out.extend(self.forward(stmt))
        return (*out, *self.at_finish.get(place, ()))

    def _instrumented(self, stmt: ir.Stmt) -> ir.Stmt:
        match stmt:
            case ir.For():
                body = self.forward_block(Place(stmt, "body"))
                return replace(stmt, body=body, slots=0)
            case ir.While():
                head = self.forward_block(Place(stmt, "cond_body"))
                return ir.While(head, stmt.cond, self.forward_block(Place(stmt, "body")), stmt.span)
            case ir.If():
                then = self.forward_block(Place(stmt, "then"))
                return ir.If(stmt.test, then, self.forward_block(Place(stmt, "orelse")), stmt.span)
            case _:
                return stmt
