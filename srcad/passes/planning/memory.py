"""When memory that is read again is as it was: what is undone too late, and what stays put.

Going backwards, elements are put back one write at a time. A read can be repeated when all
writes that destroy what it has read have been undone:

    k[i] = math.sin(y[i])       for every i, then
    y[i] += k[i] * x[i]         for every i: reversed from the last, `y[0]` is put back last

Whoever runs a scope again needs all of it back first, or a copy from before.
"""

from __future__ import annotations

from dataclasses import dataclass

from srcad.analysis.overwrites import Access
from srcad.analysis.values import Place
from srcad.ir import nodes as ir
from srcad.ir.types import Array, Scalar
from srcad.ir.walk import targets
from srcad.passes.planning.graph import Region
from srcad.passes.planning.nodes import Need, Node, Spoiling


@dataclass(frozen=True, slots=True)
class Way:
    """How a node is computed again: what that costs and reads, or where it has been put."""

    again: float | None
    reads: tuple[Node, ...]
    store: ir.Store | None = None


class Memory:
    """What can be read again in one region.

    copied: array classes of which copies are kept, not the elements that writes destroy.
    undone: stores that are undone, so that nothing is read there.
    offered: the classes of which copies would do.
    """

    def __init__(self, region: Region, copied: frozenset[str], undone: frozenset[ir.Stmt]) -> None:
        self.region = region
        self.primal = region.primal
        self.copied = copied
        self.undone = undone
        self._offered: dict[str, None] = {}
        self._uses: dict[Node, int] = {}
        self._users: dict[ir.Stmt, int] = {}
        self._ways: dict[Node, Way] = {}

    @property
    def offered(self) -> tuple[str, ...]:
        """Return the classes that copies may be kept of."""
        return tuple(name for name in self._offered if name not in self.copied)

    # Who asks -------------------------------------------------------------------------

    def note_uses(self, needs: tuple[Need, ...]) -> None:
        """Note for each node the statements whose reversal may ask for it."""
        self._ways.clear()
        todo = [(need.node, self._user(need.stmt)) for need in needs]
        while todo:
            node, users = todo.pop()
            known = self._uses.get(node, 0)
            if known | users == known:
                continue
            self._uses[node] = known | users
            if self.region.is_there(node):
                continue
            ways = self.region.ways(node)
            todo += [(m, users) for m in ways.reads]
            if node.kind == "old" and node.stmt is not None:
                todo += [(m, self._user(node.stmt)) for m in ways.indices]
            store = self.lasting(node)
            if store is not None:
                todo += [(m, users) for m in self._indices(store)]

    def _user(self, stmt: ir.Stmt) -> int:
        return 1 << self._users.setdefault(stmt, len(self._users))

    def users(self, node: Node) -> list[ir.Stmt]:
        """Return the statements that may ask for a node."""
        uses = self._uses.get(node, 0)
        return [stmt for stmt, k in self._users.items() if uses >> k & 1]

    def is_too_late(self, node: Node) -> bool:
        """Return whether something that a node reads is put back after it is asked for."""
        ways = self.region.ways(node)
        if not ways.spoilt:
            return False
        users = self.users(node)
        return any(self._comes_late(found, use) for found in ways.spoilt for use in users)

    def _comes_late(self, found: Spoiling, use: ir.Stmt) -> bool:
        """Return whether a write is still to be undone when a use is reversed."""
        primal, position = self.primal, self.primal.position
        around = set(primal.loops(found.place))
        where = primal.facts.where
        writing = set(primal.loops(where[found.write][0])) - around
        if found.write in primal.within(use):  # asked for before any part of it is undone
            return True
        if writing & set(primal.loops(where[use][0])):
            return True
        return position[found.read] < position[found.write] < position[use]

    # How a node is had ----------------------------------------------------------------

    def way(self, node: Node) -> Way:
        """Return how a node is computed again as memory is then."""
        if node not in self._ways:
            self._ways[node] = self._way(node)
        return self._ways[node]

    def _way(self, node: Node) -> Way:
        ways = self.region.ways(node)
        again, reads = ways.again, ways.reads
        if again is not None and ways.spoilt:
            late = self.is_too_late(node)
            classes = {self._class(found) for found in ways.spoilt}
            if late or classes <= self.copied:
                copies = [self.copy(found) for found in ways.spoilt]
                made = [c for c in copies if c is not None]
                self._offered |= dict.fromkeys(
                    str(c.number[1]) for c in made if isinstance(c.number, tuple)
                )
                if len(made) == len(copies):
                    kept = (m for m in reads if m.kind != "old")
                    reads = tuple(dict.fromkeys((*kept, *made)))
                elif late:
                    again = None
        store = self.lasting(node)
        if store is not None and (again is None or again > 1):
            return Way(1.0, self._indices(store), store)
        return Way(again, reads)

    def _class(self, found: Spoiling) -> str:
        write = found.write
        array = write.array if isinstance(write, ir.Store) else getattr(write, "target", None)
        assert isinstance(array, ir.Var)
        return self.primal.classes.of(array.name)

    def copy(self, found: Spoiling) -> Node | None:
        """Return a copy of the array that a statement reads, from before it reads it.

        None where the array is another one at times, or is written by what reads it.
        """
        primal, facts = self.primal, self.primal.facts
        name = self._class(found)
        makers = primal.makers.get(name, [])
        if len(makers) != 1 or name in primal.passed_round or not isinstance(makers[0], ir.Let):
            return None
        reading = facts.where[found.read][0]
        writing = set(primal.loops(facts.where[found.write][0]))
        common = [x for x in primal.loops(reading, self.region.root) if x in writing]
        place = Place(common[-1], "body") if common else self.region.root
        if common and not isinstance(common[-1], ir.For):
            return None
        if primal.inside(facts.where[makers[0]][0], place) and place != self.region.root:
            return None
        top = primal.in_block(found.read, place)
        inside = {
            primal.in_block(w.stmt, place)
            for w in primal.writes.get(name, ())
            if primal.inside(facts.where[w.stmt][0], place)
        }
        made_here = facts.where[makers[0]][0] == place
        if top in inside:
            return None
        before = [s for s in facts.blocks[place] if s in inside]
        before = [s for s in before if facts.where[s][1] < facts.where[top][1]]
        target = next(t for t in targets(makers[0]))
        key = ("copy", name, len(before))
        node = self.region.numbers.new("copy", key, place, target.name, found.read.span)
        node.stmt = before[-1] if before else (makers[0] if made_here else None)
        node.width = self.region.numbers.width(target.type)
        ndim = target.type.ndim if isinstance(target.type, Array) else 0
        base = facts.defs[makers[0], target.name]
        node.cells, node.extent = self.region.prices.cells(base, ndim)
        return node

    # What stays put -------------------------------------------------------------------

    def lasting(self, node: Node) -> ir.Store | None:
        """Return a store of a value into an element that then keeps it, to the end."""
        if node.kind != "value":
            return None
        stores = (s for d in node.defs if d.place == node.place for s in self.region.stores_of(d))
        return next((s for s in stores if s not in self.undone and self._lasts(s)), None)

    def _lasts(self, stmt: ir.Store) -> bool:
        region, primal = self.region, self.primal
        array, kind = stmt.array, stmt.value.type
        if not isinstance(array.type, Array) or kind != Scalar(array.type.dtype):
            return False
        base = primal.facts.reads.get((stmt, array.name))
        name = primal.classes.of(array.name)
        here = Access(stmt, base, stmt.index)
        if base is None or not region.exists(base) or region.content(name, stmt, here):
            return False
        return not any(
            primal.spoils(here, write, region.root)
            for write in primal.writes[name]
            if region.inside(primal.facts.where[write.stmt][0])
        )

    def _indices(self, store: ir.Store) -> tuple[Node, ...]:
        numbers = self.region.numbers
        parts = [numbers.read(store, part) for part in store.index]
        base = self.primal.facts.reads.get((store, store.array.name))
        found = (*parts, *self.region.rows(base))
        return tuple(dict.fromkeys(n for n in found if n is not None))
