"""What computing each node again reads, in one region: the function, or a loop's iteration.

A value is had again by its operation, once the operands are there; a merge by its test and
both sides; what a loop leaves by running the loop. Memory is read again where no later write
destroys it, or where each of those writes is undone first (`old`); the content of an array
that lives in one iteration by running what has written it (`content`). Floats that a loop
carries, and what calls return, are not computed again.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable

from srcad.analysis.counters import Counted
from srcad.analysis.endings import holds_at_end
from srcad.analysis.overwrites import Access
from srcad.analysis.values import Def, Place
from srcad.ir import nodes as ir
from srcad.ir.primitives import EXTENTS
from srcad.ir.types import Array, Scalar
from srcad.ir.walk import call_leaves, reads, statements, targets
from srcad.passes.planning.nodes import Node, Spoiling, Ways
from srcad.passes.planning.numbers import Numbers
from srcad.passes.planning.primal import Primal

COUNTER = 3.0
"""What it takes to compute a counter from the indices of its loops."""


class Region:
    """The nodes of a region, filled in as they are met."""

    def __init__(self, numbers: Numbers, root: Place) -> None:
        self.numbers = numbers
        self.primal: Primal = numbers.primal
        self.facts = numbers.facts
        self.prices = numbers.prices
        self.root = root
        self._ways: dict[Node, Ways] = {}

    def inside(self, place: Place) -> bool:
        """Return whether a block belongs to the region."""
        return self.primal.inside(place, self.root)

    def is_there(self, node: Node) -> bool:
        """Return whether a node is at hand when the region has run, for nothing."""
        if not self.inside(node.place):
            return True
        return node.kind == "value" and any(
            d.place == node.place and holds_at_end(d, self.root, self.facts) for d in node.defs
        )

    # How a node is had again --------------------------------------------------------------

    def ways(self, node: Node) -> Ways:
        """Return what computing a node again costs and reads."""
        if node not in self._ways:
            ways = self._ways[node] = Ways()
            if node.kind == "value":
                self._value(node, ways, node.defs[0])
            elif node in self.numbers.factors:
                ways.again, ways.reads = self.numbers.factors[node]
        return self._ways[node]

    def _value(self, node: Node, ways: Ways, d: Def) -> None:
        match d.kind, d.stmt:
            case (("param" | "index"), _):
                ways.again = 0.0
            case "let", ir.Let() as stmt:
                self._let(node, ways, stmt)
            case "accum", ir.Accum(value=added) as stmt if d.inputs[0] is not None:
                ways.again = 1.0
                ways.reads = _some(self.numbers.value(d.inputs[0]), self.numbers.read(stmt, added))
            case "phi", _:
                self._counter(ways, d)
            case "join", ir.If(test=test) as stmt:
                ways.again = 1.0
                sides = [self.numbers.value(x) for x in d.inputs if x is not None]
                ways.reads = _some(self.numbers.read(stmt, test), *sides)
            case "out", ir.For() | ir.While() as stmt:
                self._counter(ways, d)
                calls = any(isinstance(s, ir.Call) for s in self.primal.within(stmt))
                if ways.again is None and not calls and self.primal.loops(d.place, self.root):
                    ways.again = self.prices.statement(stmt)
                    ways.reads = self.borders((stmt,), node, ways)
            case _:
                pass

    def _let(self, node: Node, ways: Ways, stmt: ir.Let) -> None:
        if isinstance(node.number, tuple) and node.number[0] in {"extent", *EXTENTS}:
            self._size(node.number, ways)
            return
        operands = [self.numbers.read(stmt, ir.Var(name)) for name in sorted(reads(stmt))]
        ways.reads = _some(*operands)
        match stmt.value:
            case ir.Const() | ir.Var():
                ways.again = 0.0
            case ir.Load(array=array, index=index):
                ways.again = 1.0
                view = self.facts.reads.get((stmt, array.name))
                ways.reads = _some(*ways.reads, *self.rows(view))
                self._memory(node, ways, stmt, Access(stmt, view, index))
            case ir.Op(args=args) as op:
                ways.again = self.prices.operation(stmt, op)
                for name in sorted(a.name for a in args if isinstance(a, ir.Var)):
                    if self.primal.is_array(name):
                        base = self.facts.reads.get((stmt, name))
                        self._memory(node, ways, stmt, Access(stmt, base, None))

    def _size(self, key: tuple[Hashable, ...], ways: Ways) -> None:
        """A size is asked of an array that is there, or it is the number that made one."""
        found = [part for part in key[1:] if part != ()]
        parts = found if key[0] == "extent" else [*found[-1]]  # type: ignore[misc]
        ways.again = 0.0
        for part in parts:
            match part:
                case ("value", int(serial)):
                    ways.reads = _some(*ways.reads, self.numbers.nodes[serial])
                case ("shape", Def(place=place), int()) if not self.primal.loops(
                    place, self.root
                ) or not self.inside(place):
                    continue
                case int():
                    continue
                case _:
                    if not isinstance(part, Scalar):
                        ways.again = None

    def counted(self, d: Def | None) -> Counted | None:
        """Return what a value is that only counts in loops of the region, None for others."""
        found = None if d is None else self.primal.counters.of(d)
        return found if found is not None and self.inside(found.start.place) else None

    def _counter(self, ways: Ways, d: Def | None) -> None:
        found = self.counted(d)
        if found is None:
            return
        symbols = self.primal.counters.symbols(found.added)
        ways.again = COUNTER
        ways.reads = _some(*map(self.numbers.value, (found.start, *symbols)))

    def stores_of(self, d: Def) -> list[ir.Store]:
        """Return the stores of a value that stand behind it in its block."""
        return self.primal.storing.get(d, [])

    def rows(self, base: Def | None) -> list[Node]:
        """Return the indices of the views that an element is read through."""
        found: list[Node] = []
        while base is not None and base.kind == "let" and isinstance(base.stmt, ir.Let):
            match base.stmt.value:
                case ir.Var(name=name) as source:
                    pass
                case ir.Load(array=ir.Var(name=name) as source):
                    names = sorted(reads(base.stmt))
                    found += _some(*(self.numbers.read(base.stmt, ir.Var(n)) for n in names))
                case _:
                    break
            del source
            base = self.facts.reads.get((base.stmt, name))
        return found

    # Memory -----------------------------------------------------------------------------

    def _memory(
        self,
        node: Node | None,
        ways: Ways,
        stmt: ir.Stmt,
        access: Access,
        own: frozenset[ir.Stmt] = frozenset(),
    ) -> None:
        """Note what must be so that memory can be read again as a statement has read it.

        own: statements that are run again together with it.
        """
        base = access.array
        if base is None:
            ways.again = None
            return
        name = self.primal.classes.of(base.name)
        content = self.content(name, stmt, access)
        if content is not None:
            ways.reads = _some(*ways.reads, content)
            return
        if not self.exists(base):
            ways.again = None
            return
        place = self.facts.where[stmt][0]
        for write in self.primal.writes.get(name, ()):
            if write.stmt in own or not self.inside(self.facts.where[write.stmt][0]):
                continue
            if self.primal.spoils(access, write, self.root):
                if not self.may_undo(name) or write.array is None or not self.exists(write.array):
                    ways.again = None
                    continue
                old = self.old(write, name)
                ways.reads = _some(*ways.reads, old)
                ways.spoilt.append(Spoiling(place, stmt, write.stmt))
                if node is not None and self._is_what_is_destroyed(stmt, access, write):
                    ways.again = None
                    put_back = self.ways(old)
                    put_back.is_read = True  # it is kept as the value that was read before
                    put_back.indices = _some(*put_back.indices, node)

    def may_undo(self, name: str) -> bool:
        """Return whether nobody misses what writes of the region have left in a class.

        After an iteration that is swept once, the next one goes on with its arrays.
        """
        loop = self.root.owner
        if loop is None:
            return True
        makers = self.primal.makers.get(name, [])
        if makers and all(m in self.primal.within(loop) for m in makers):
            return True
        return isinstance(loop, ir.For) and name in self.primal.private(loop)

    def exists(self, base: Def) -> bool:
        """Return whether a name still leads to an array when the region has run.

        A view leads to its array; a name that is bound anew, also in a branch, does not.
        """
        if self.primal.classes.of(base.name) in self.primal.passed_round:
            return False
        if not self.inside(base.place) or holds_at_end(base, self.root, self.facts):
            return True
        match base.kind, base.stmt:
            case "let", ir.Let(value=ir.Var(name=name) | ir.Load(array=ir.Var(name=name))) as stmt:
                return self.exists(self.facts.reads[stmt, name])
            case "join", _:
                return all(d is None or self.exists(d) for d in base.inputs)
            case _:
                return False

    def _is_what_is_destroyed(self, stmt: ir.Stmt, access: Access, write: Access) -> bool:
        """Return whether a write destroys the very element that a read of its block has read."""
        here, index = self.facts.where[stmt]
        then, later = self.facts.where[write.stmt]
        if here != then or index >= later or access.index is None or write.index is None:
            return False
        if access.array is not write.array or len(access.index) != len(write.index):
            return False
        name = self.primal.classes.of(write.array.name) if write.array else ""
        if self.primal.epoch(stmt, name) != self.primal.epoch(write.stmt, name):
            return False
        pairs = zip(access.index, write.index, strict=True)
        return all(self._same(stmt, a, write.stmt, b) for a, b in pairs)

    def _same(
        self, stmt: ir.Stmt, a: ir.Atom | ir.Slice, other: ir.Stmt, b: ir.Atom | ir.Slice
    ) -> bool:
        one, two = self.numbers.read(stmt, a), self.numbers.read(other, b)
        if one is None or two is None:
            return isinstance(a, ir.Const) and isinstance(b, ir.Const) and a.value == b.value
        return one is two

    def old(self, write: Access, name: str) -> Node:
        """Return the element that a write destroys."""
        stmt = write.stmt
        place = self.facts.where[stmt][0]
        node = self.numbers.new("old", ("old", stmt), place, name, stmt.span)
        if node not in self._ways:
            ways = self._ways[node] = Ways()
            node.stmt = stmt
            array = stmt.array if isinstance(stmt, ir.Store) else getattr(stmt, "target", None)
            node.name = getattr(array, "name", name)
            node.width = self.numbers.width(self.primal.types.get(node.name))
            parts = [self.numbers.read(stmt, part) for part in write.index or ()]
            ways.indices = _some(*parts, *self.rows(write.array))
        return node

    def count(self, loop: ir.For | ir.While) -> Node:
        """Return how often a loop has run that may end early."""
        place = self.facts.where[loop][0]
        node = self.numbers.new("count", ("count", loop), place, "trips", loop.span)
        node.stmt = loop
        return node

    def argument(self, stmt: ir.Call, atom: ir.Var, access: Access) -> Node:
        """Return an array as a call has got it."""
        place = self.facts.where[stmt][0]
        node = self.numbers.new("copy", ("argument", stmt, atom.name), place, atom.name, stmt.span)
        if node not in self._ways:
            node.stmt = stmt
            node.width = self.numbers.width(atom.type)
            ndim = atom.type.ndim if isinstance(atom.type, Array) else 0
            node.cells, node.extent = self.prices.cells(access.array, ndim)
            ways = self._ways[node] = Ways(again=0.0)
            self._memory(None, ways, stmt, access)
        return node

    # Contents ---------------------------------------------------------------------------

    def content(self, name: str, stmt: ir.Stmt, access: Access) -> Node | None:
        """Return what an array of one iteration holds when a statement reads it."""
        if name in self.primal.passed_round or len(self.primal.makers.get(name, ())) != 1:
            return None
        maker = self.primal.makers[name][0]
        for place in self.facts.places(self.facts.where[stmt][0]):
            loop = place.owner
            if place == self.root:
                return None
            if not isinstance(loop, ir.For) or place.part != "body":
                continue
            made = self.facts.where[maker][0] == place
            if not made and name not in self.primal.private(loop):
                continue
            return self._written(name, place, stmt, access, maker if made else None)
        return None

    def _written(
        self,
        name: str,
        place: Place,
        stmt: ir.Stmt,
        access: Access,
        maker: ir.Let | ir.Call | None,
    ) -> Node | None:
        loop = place.owner
        assert isinstance(loop, ir.For)
        writes = self.primal.writes.get(name, [])
        top = self.primal.in_block(stmt, place)
        inside = {self.primal.in_block(w.stmt, place) for w in writes if self._is_in(w, place)}
        writers = [s for s in loop.body if s is maker or s in inside]
        at = self.facts.where[top][1]
        before = [s for s in writers if self.facts.where[s][1] < at]
        if top in inside:  # it is read while it is being written
            mine = (w for w in writes if w.stmt in self.primal.within(top))
            if any(self.primal.spoils(access, w, place) for w in mine):
                return None
            before.append(top)
        if not before:
            return None
        return self._content(name, place, before, maker)

    def _is_in(self, write: Access, place: Place) -> bool:
        return self.primal.inside(self.facts.where[write.stmt][0], place)

    def _content(
        self, name: str, place: Place, before: list[ir.Stmt], maker: ir.Let | ir.Call | None
    ) -> Node:
        last = before[-1]
        node = self.numbers.new("content", ("content", name, len(before)), place, name, last.span)
        if node in self._ways:
            return node
        ways = self._ways[node] = Ways()
        made = maker or self.primal.makers[name][0]
        target = next(t for t in targets(made) if self.primal.classes.of(t.name) == name)
        node.name, node.stmt = target.name, last
        node.width = self.numbers.width(target.type)
        ndim = target.type.ndim if isinstance(target.type, Array) else 0
        node.cells, node.extent = self.prices.cells(self.facts.defs[made, target.name], ndim)
        full = last is not maker and self.primal.fills(last, name)
        ways.writers = (last,) if full else tuple(before)
        if any(isinstance(s, ir.Call) for w in ways.writers for s in self.primal.within(w)):
            return node  # it is not called again
        ways.again = sum(map(self.prices.statement, ways.writers))
        ways.reads = tuple(n for n in self.borders(ways.writers, node, ways) if n is not node)
        return node

    def borders(self, block: tuple[ir.Stmt, ...], node: Node, ways: Ways) -> tuple[Node, ...]:
        """Return what statements that are run again read, made before them or in memory."""
        own = frozenset[ir.Stmt]().union(*map(self.primal.within, block))
        found: list[Node] = []
        for top in block:
            for stmt in statements((top,)):
                for name in sorted(reads(stmt)):
                    d = self.facts.reads.get((stmt, name))
                    if d is not None and d.stmt not in own:
                        found += [] if self.primal.is_array(name) else [self.numbers.value(d)]
                for phi in self.facts.phis.get(stmt, {}).values():
                    first = phi.inputs[0] if phi in self.primal.used else None
                    if first is not None and first.stmt not in own:
                        found += (
                            [] if self.primal.is_array(phi.name) else [self.numbers.value(first)]
                        )
                for access in self._accesses(stmt):
                    found += self._border(stmt, access, own, node, ways)
        return _some(*found)

    def _accesses(self, stmt: ir.Stmt) -> Iterable[Access]:
        """Return what a statement reads of arrays."""
        read = self.facts.reads
        match stmt:
            case ir.Let(target=target, value=ir.Load(array=array, index=index)):
                if not isinstance(target.type, Array):
                    yield Access(stmt, read.get((stmt, array.name)), index)
            case ir.Let(value=ir.Op(args=args)) | ir.Call(args=args):
                for atom in call_leaves(args):
                    if isinstance(atom, ir.Var) and self.primal.is_array(atom.name):
                        yield Access(stmt, read.get((stmt, atom.name)), None)
            case _:
                pass

    def _border(
        self,
        stmt: ir.Stmt,
        access: Access,
        own: frozenset[ir.Stmt],
        node: Node,
        ways: Ways,
    ) -> tuple[Node, ...]:
        if access.array is None:
            return ()
        name = self.primal.classes.of(access.array.name)
        makers = self.primal.makers.get(name, [])
        if makers and all(m in own for m in makers):
            return ()
        if node.kind == "content" and isinstance(node.number, tuple) and name == node.number[1]:
            return ()
        probe = Ways(again=0.0)
        self._memory(None, probe, stmt, access, own)
        if probe.again is not None:
            ways.spoilt += [Spoiling(node.place, s.read, s.write) for s in probe.spoilt]
            return probe.reads
        if not isinstance(stmt, ir.Let) or self.facts.where[stmt][0] != node.place:
            ways.again = None
        found = self.facts.defs.get((stmt, stmt.target.name)) if isinstance(stmt, ir.Let) else None
        return () if found is None else (self.numbers.value(found),)


def _some(*nodes: Node | None) -> tuple[Node, ...]:
    """Return the nodes that are there, each once."""
    return tuple(dict.fromkeys(n for n in nodes if n is not None))
