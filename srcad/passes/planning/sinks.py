"""What the reversed statements of a region ask for: factors of partials, tests, indices, bounds."""

from __future__ import annotations

from srcad.analysis.overwrites import Access
from srcad.ir import nodes as ir
from srcad.ir.types import Array
from srcad.ir.walk import call_leaves
from srcad.passes.building.contributions import contributions, factors
from srcad.passes.planning.graph import Region
from srcad.passes.planning.nodes import Need, Node
from srcad.rules.partials import operation_rule
from srcad.rules.table import environment

BAR = ir.Var("bar")


class Sinks:
    """The needs of one region, without those of some loops.

    skip: loops that are swept once, which are regions of their own.
    """

    def __init__(self, region: Region, skip: frozenset[ir.Stmt]) -> None:
        self.region = region
        self.numbers = region.numbers
        self.active = region.primal.active
        self.skip = skip
        self.found: dict[tuple[Node, ir.Stmt], None] = {}
        self.reversed: list[ir.For | ir.While] = []
        self.walk(region.facts.blocks[region.root])

    def needs(self) -> tuple[Need, ...]:
        """Return them, in the order of the program."""
        return tuple(Need(node, stmt) for node, stmt in self.found)

    def need(self, stmt: ir.Stmt, node: Node | None) -> None:
        """Note that the reversal of a statement asks for a node."""
        if node is not None:
            self.found[node, stmt] = None

    def index(self, stmt: ir.Stmt, array: ir.Var, index: ir.Index) -> None:
        """Note the indices of an element, and those of the views that it is reached through."""
        for part in index:
            ends = (part.lo, part.hi, part.step) if isinstance(part, ir.Slice) else (part,)
            for atom in ends:
                self.need(stmt, self.numbers.read(stmt, atom))
        for node in self.region.rows(self.region.facts.reads.get((stmt, array.name))):
            self.need(stmt, node)

    def walk(self, block: ir.Block) -> bool:
        """Return whether a block has anything to reverse."""
        found = [self.statement(stmt) for stmt in block]
        return any(found)

    def statement(self, stmt: ir.Stmt) -> bool:
        """Return whether a statement has an adjoint, and note what it asks for."""
        if stmt in self.skip:
            return True
        match stmt:
            case ir.Let(target=target, value=value):
                return self.active.holds(target) and self.let(stmt, value)
            case ir.Store(array=array, index=index):
                if not self.active.holds(array):
                    return False
                self.index(stmt, array, index)
                return True
            case ir.Accum(target=target, index=index, value=value):
                if not (self.active.holds(target) and self.active.holds(value)):
                    return False
                if index is not None:
                    self.index(stmt, target, index)
                return True
            case ir.If(test=test, then=then, orelse=orelse):
                found = [self.walk(then), self.walk(orelse)]
                if any(found):
                    self.need(stmt, self.numbers.read(stmt, test))
                return any(found)
            case ir.For() | ir.While():
                return self.loop(stmt)
            case ir.Call():
                return self.call(stmt)
            case ir.Save(slot=var) | ir.Restore(slot=var):
                return self.active.holds(var)
            case _:
                return False

    def let(self, stmt: ir.Let, value: ir.Value) -> bool:
        """Note what the adjoint of an assignment asks for."""
        if isinstance(stmt.target.type, Array):
            return True
        match value:
            case ir.Load(array=array, index=index) if self.active.holds(array):
                self.index(stmt, array, index)
            case ir.Op() as op:
                rule = operation_rule(op)
                if rule is None or len(rule.params) != len(op.args):
                    return True
                given = contributions(stmt, op, BAR, self.region.primal.limits, self.active.holds)
                stands_for = environment(rule, op.args, stmt.target)
                for expr in given.values():
                    for part in factors(expr):
                        self.need(stmt, self.numbers.partial(stmt, part, stands_for))
            case _:
                pass
        return True

    def loop(self, stmt: ir.For | ir.While) -> bool:
        """Note what the reversal of a loop asks for: its bounds, or its count."""
        blocks = [stmt.body] if isinstance(stmt, ir.For) else [stmt.cond_body, stmt.body]
        found = [self.walk(block) for block in blocks]
        if not any(found):
            return False
        self.reversed.append(stmt)
        if isinstance(stmt, ir.For):
            for atom in (stmt.start, stmt.stop, stmt.step):
                self.need(stmt, self.numbers.read(stmt, atom))
        if isinstance(stmt, ir.While) or stmt.until is not None:
            self.need(stmt, self.region.count(stmt))
        return True

    def call(self, stmt: ir.Call) -> bool:
        """Note what the pullback of a call asks for: the arguments, and what is returned."""
        if not any(self.active.holds(target) for target in stmt.targets):
            return False
        region, facts = self.region, self.region.facts
        for atom in call_leaves(stmt.args):
            if not isinstance(atom, ir.Var):
                continue
            if region.primal.is_array(atom.name):
                access = Access(stmt, facts.reads.get((stmt, atom.name)), None)
                self.need(stmt, region.argument(stmt, atom, access))
            else:
                self.need(stmt, self.numbers.read(stmt, atom))
        return True
