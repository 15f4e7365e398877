"""The plan of what is kept for the way back: a minimum cut for each region.

    S -> n.in       what computing n again costs, in all iterations; infinite: it cannot be
    n.in -> n.out   what keeping it costs
    m.out -> n.in   infinite, for all m that computing n again reads
    i.out -> n.out  infinite, for what an old element needs to be put back
    n.out -> T      infinite, for what reversed statements ask for

A node whose two halves are both on the side of T is computed again, one that is cut is stored.
With a capacity of bytes and no work this is the vertex cut of Enzyme (Moses & Churavy 2020)
and of PyTorch's partitioner; both are prices here, and the nodes are contents of arrays and
elements that writes destroy as well as values.

Whether copies are kept of an array, or what its writes destroy, and whether a loop is swept
once, are tried from outside the cut: they change what is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from srcad.analysis.values import ROOT, Place, Values
from srcad.ir import nodes as ir
from srcad.passes.planning.cut import INFINITE, Graph
from srcad.passes.planning.graph import Region
from srcad.passes.planning.memory import Memory
from srcad.passes.planning.nodes import Choice, How, Need, Node
from srcad.passes.planning.numbers import Numbers
from srcad.passes.planning.prices import NOMINAL, Prices
from srcad.passes.planning.primal import Primal
from srcad.passes.planning.single import may_be_swept_once
from srcad.passes.planning.sinks import Sinks

NOTHING: frozenset[ir.Stmt] = frozenset()


@dataclass(frozen=True, eq=False, slots=True)
class RegionPlan:
    """The plan of the function, or of one iteration of a loop that is swept once.

    region, memory: how its nodes can be had. needs: what the statements ask for. choices: how
    each node is had; those that nobody keeps or computes are left out. restored: the writes
    that are undone. once: the plans of the loops that are swept once.
    """

    region: Region
    memory: Memory
    needs: tuple[Need, ...]
    choices: dict[Node, Choice]
    restored: frozenset[ir.Stmt]
    once: dict[ir.For, RegionPlan]
    cost: float

    @property
    def root(self) -> Place:
        """Return the block of the region."""
        return self.region.root


def plan(
    function: ir.Function,
    facts: Values,
    wrt: tuple[int, ...],
    *,
    seeded: bool = True,
    nominal: int = NOMINAL,
) -> RegionPlan:
    """Return how the way back has what it needs, for a program that reverse mode takes.

    wrt: positions of the parameters that get an adjoint. seeded: whether the adjoint of the
    first result alone is given. nominal: what extents are taken as that are not literals.
    """
    return Plans(function, facts, wrt, seeded=seeded, nominal=nominal).region(ROOT)


class Plans:
    """The plans of the regions of one function; see `plan` for what it is given."""

    def __init__(
        self,
        function: ir.Function,
        facts: Values,
        wrt: tuple[int, ...],
        *,
        seeded: bool,
        nominal: int = NOMINAL,
    ) -> None:
        self.primal = Primal(function, facts, wrt, seeded=seeded)
        self.prices = Prices(self.primal, nominal)
        self.numbers = Numbers(self.primal, self.prices)

    def region(self, root: Place) -> RegionPlan:
        """Return the best plan of a region."""
        region = Region(self.numbers, root)
        copied: frozenset[str] = frozenset()
        best, offered = self.settled(region, NOTHING, copied)
        for name in offered:
            trial, _ = self.settled(region, NOTHING, copied | {name})
            if trial.cost < best.cost:
                best, copied = trial, copied | {name}
        skip = NOTHING
        once: dict[ir.For, RegionPlan] = {}
        inner = 0.0
        for loop in self.primal.facts.blocks[root]:
            if not isinstance(loop, ir.For) or not may_be_swept_once(self.primal, loop):
                continue
            trial, _ = self.settled(region, skip | {loop}, copied)
            if not self.is_asked(region, loop):
                continue
            within = self.region(Place(loop, "body"))
            cost = inner + within.cost * self.prices.trips(loop)
            if trial.cost + cost <= best.cost:
                inner, skip = cost, skip | {loop}
                once[loop] = within
                best = _with(trial, once, trial.cost + inner)
        return best

    def is_asked(self, region: Region, loop: ir.For) -> bool:
        """Return whether a loop has anything to reverse."""
        return loop in Sinks(region, NOTHING).reversed

    def settled(
        self, region: Region, skip: frozenset[ir.Stmt], copied: frozenset[str]
    ) -> tuple[RegionPlan, tuple[str, ...]]:
        """Return the plan without some loops, and the arrays of which copies may be kept.

        What is read where the primal has put it must stay there: stores that are undone are
        left out, and the plan is made again.
        """
        undone = NOTHING
        while True:
            memory = Memory(region, copied, undone)
            found = self.cut(region, skip, memory)
            reads = {c.store for c in found.choices.values() if c.store is not None}
            if reads.isdisjoint(found.restored):
                return found, memory.offered
            undone |= reads & found.restored

    def cut(self, region: Region, skip: frozenset[ir.Stmt], memory: Memory) -> RegionPlan:
        """Return the cheapest plan, given what is swept once and what is copied."""
        sinks = Sinks(region, skip)
        needs = sinks.needs()
        memory.note_uses(needs)
        graph = Graph()
        halves: dict[Node, tuple[int, int]] = {}
        todo = [need.node for need in reversed(needs)]

        def half(node: Node) -> tuple[int, int]:
            if node not in halves:
                halves[node] = (graph.node(), graph.node())
                todo.append(node)
            return halves[node]

        for node in dict.fromkeys(need.node for need in needs):
            if not region.is_there(node):
                graph.edge(half(node)[1], 1, INFINITE)
        done: set[Node] = set()
        while todo:
            node = todo.pop()
            if node in done or region.is_there(node):
                continue
            done.add(node)
            enters, leaves = half(node)
            way = memory.way(node)
            runs = self.prices.runs(node.place, region.root)
            graph.edge(enters, leaves, self.storing(region, node))
            work = INFINITE if way.again is None else way.again * runs
            graph.edge(0, enters, work)
            for needed in way.reads:
                if needed is not node and not region.is_there(needed):
                    graph.edge(half(needed)[1], enters, INFINITE)
            for needed in region.ways(node).indices:
                if not region.is_there(needed):
                    graph.edge(half(needed)[1], leaves, INFINITE)
        cost, at_end = graph.cut()
        cost += sum(self.prices.runs(Place(s, "body"), region.root) for s in sinks.reversed)
        choices: dict[Node, Choice] = {}
        for node, (enters, leaves) in halves.items():
            if at_end[leaves]:
                choices[node] = self.choice(region, memory, node, is_again=at_end[enters])
        for need in needs:
            if region.is_there(need.node):
                choices[need.node] = Choice(need.node, "there")
        restored = frozenset(n.stmt for n in choices if n.kind == "old" and n.stmt is not None)
        return RegionPlan(region, memory, needs, choices, restored, {}, cost)

    def storing(self, region: Region, node: Node) -> float:
        """Return what keeping a node costs in a region."""
        ways = region.ways(node)
        if ways.is_read:
            return 0.0
        work = ways.again if node.kind == "partial" and ways.again is not None else 0.0
        return self.prices.storing(node, region.root, work)

    def choice(self, region: Region, memory: Memory, node: Node, *, is_again: bool) -> Choice:
        """Return what is done for a node."""
        way = memory.way(node)
        runs = self.prices.runs(node.place, region.root)
        again = INFINITE if way.again is None else way.again * runs
        storing = self.storing(region, node)
        how: How = "stored"
        if is_again:
            how = "read" if way.store is not None else "again"
        kept = 0.0 if region.ways(node).is_read else self.prices.bytes(node, region.root)
        return Choice(
            node,
            how,
            reads=way.reads if is_again else region.ways(node).indices,
            store=way.store if is_again else None,
            size=self.prices.size(node, region.root),
            bytes=kept,
            cost=again if is_again else storing,
            otherwise=storing if is_again else again,
        )


def _with(trial: RegionPlan, once: dict[ir.For, RegionPlan], cost: float) -> RegionPlan:
    return replace(trial, once=dict(once), cost=cost)
