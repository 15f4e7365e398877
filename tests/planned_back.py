"""The way back of one region of a plan, without adjoints: can all values be had as it says?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from srcad.analysis.counters import Polynomial, Symbol, Trips
from srcad.analysis.endings import holds_at_end
from srcad.analysis.overwrites import Access
from srcad.analysis.values import Def
from srcad.ir import nodes as ir
from srcad.ir.walk import reads, statements
from srcad.passes.planning.choose import RegionPlan
from srcad.passes.planning.nodes import Choice, Node
from tests.harness import poisoned

if TYPE_CHECKING:
    from tests.planned import Run


class WayBack:
    """The way back of one region."""

    def __init__(self, run: Run, plan: RegionPlan) -> None:
        self.run = run
        self.plan = plan
        self.primal, self.facts = run.primal, run.facts
        self.region, self.memory = plan.region, plan.memory
        self.is_open = False
        self.trace: list[tuple[ir.Stmt, dict[ir.Stmt, int]]] = []
        self.olds: dict[Any, Any] = {}
        self.copies: dict[tuple[Node, tuple[int, ...]], Any] = {}
        self.final: dict[str, Any] = {}
        self.asked: dict[ir.Stmt, list[Node]] = {}
        for need in plan.needs:
            self.asked.setdefault(need.stmt, []).append(need.node)
        self.puts_back = {c.node.stmt: c for c in plan.choices.values() if c.node.kind == "old"}
        stored = [c.node for c in plan.choices.values() if c.how == "stored"]
        self.contents = [n for n in stored if n.kind in {"content", "copy"}]

    def begin(self) -> None:
        """Start to remember."""
        self.is_open = True
        self.trace, self.olds = [], {}
        for node in self.contents:
            if node.stmt is None and node.place == self.plan.root:
                self.keep(node)

    def entered(self, loop: ir.Stmt) -> None:
        """Keep copies from before an iteration."""
        for node in self.contents:
            if node.stmt is None and node.place.owner is loop:
                self.keep(node)

    def ran(self, stmt: ir.Stmt) -> None:
        """Note that a statement has run."""
        self.trace.append((stmt, dict(self.run.at)))
        for node in self.contents:
            if node.stmt is stmt and node.number[0] != "argument":
                self.keep(node)

    def keep(self, node: Node) -> None:
        """Keep a copy of an array."""
        name = node.number[1]
        arrays = [
            self.run.env[n]
            for n in self.primal.types
            if self.primal.classes.of(n) == name and isinstance(self.run.env.get(n), np.ndarray)
        ]
        whole = max(arrays, key=np.size)
        self.copies[node, self.run.iteration(node.place)] = whole.copy()

    def go(self) -> None:
        """Walk the trace backwards."""
        run = self.run
        self.is_open = False
        self.final, hold = dict(run.env), dict(run.at)
        run.checked.regions += 1
        left = [(array, where, array[where]) for array, where, _ in self.olds.values()]
        for stmt, at in reversed(self.trace):
            run.at = at
            for node in self.asked.get(stmt, ()):
                run.checked.values += 1
                self.ask(node, stmt)
            choice = self.puts_back.get(stmt)
            if choice is not None:
                self.put_back(stmt, choice)
        for array, where, value in reversed(left):
            array[where] = value
        run.at, run.env = hold, self.final

    def put_back(self, stmt: ir.Stmt, choice: Choice) -> None:
        """Put an element back, and look at what says where it is."""
        array, where, old = self.olds[stmt, self.run.iteration(self.facts.where[stmt][0])]
        ways = self.region.ways(choice.node)
        for node in ways.indices:
            self.ask(node, stmt)
        if ways.is_read:
            read = ways.indices[-1]
            got = self.run.truth[read.defs[0], self.run.iteration(read.place)]
            if not same(got, old):
                self.wrong(choice.node, stmt, f"{got} instead of {old} is put back")
        array[where] = old

    def wrong(self, node: Node, stmt: ir.Stmt, what: str) -> None:
        """Note a difference."""
        line = stmt.span.line if stmt.span else 0
        self.run.checked.wrong.append(f"{node.kind} {node.name} asked for at line {line}: {what}")

    def ask(self, node: Node, stmt: ir.Stmt) -> None:
        """Look whether a node can be had now."""
        try:
            self.get(node)
        except AssertionError as error:
            self.wrong(node, stmt, str(error))

    # Having values ------------------------------------------------------------------------

    def get(self, node: Node) -> Any:
        """Return a value as the plan has it, compared with what it was."""
        if node.kind == "count":
            assert self.plan.choices[node].how == "stored", "nobody has counted"
            return None
        if node.kind in {"content", "copy"}:
            return self.array(node)
        if node.kind == "old":
            assert node.stmt in self.plan.restored, "nobody puts it back"
            return None
        if node.kind == "partial":
            return self.partial(node)
        right = self.run.truth[node.defs[0], self.run.iteration(node.place)]
        if not self.region.inside(node.place):
            return right
        choice = self.plan.choices.get(node)
        if self.region.is_there(node):
            here = (d for d in node.defs if d.place == node.place)
            held = (d for d in here if holds_at_end(d, self.plan.root, self.facts))
            got = self.final[next(held).name]
        else:
            assert choice is not None, "is neither kept nor computed"
            got = right if choice.how == "stored" else self.computed(node, choice)
        assert same(got, right), f"{got} instead of {right} for {node.name}"
        return right

    def partial(self, node: Node) -> Any:
        """Look whether the operands of a factor can be had."""
        choice = self.plan.choices.get(node)
        if not self.region.inside(node.place):
            return
        assert choice is not None, "a factor is neither kept nor computed"
        if choice.how == "again":
            for operand in choice.reads:
                self.get(operand)

    def operand(self, stmt: ir.Stmt, atom: Any) -> Any:
        """Return an operand of a statement that is run again."""
        if not isinstance(atom, ir.Var):
            return self.run.value(atom)
        if self.primal.is_array(atom.name):
            return self.lasting(self.facts.reads[stmt, atom.name])
        return self.get(self.plans_value(stmt, atom.name))

    def plans_value(self, stmt: ir.Stmt, name: str) -> Node:
        """Return the node of an operand."""
        return self.run.plans.numbers.value(self.facts.reads[stmt, name])

    def of(self, d: Def | None) -> Any:
        """Return a value by its definition."""
        assert d is not None
        return self.get(self.run.plans.numbers.value(d))

    def computed(self, node: Node, choice: Choice) -> Any:
        """Return a value that is computed again, or read where it has been put."""
        d, run = node.defs[0], self.run
        if choice.store is not None:
            array = self.operand(choice.store, choice.store.array)
            where = tuple(self.operand(choice.store, p) for p in choice.store.index)
            return array[where]
        for needed in choice.reads if d.kind != "join" else ():  # of a merge, one side has run
            self.get(needed)
        match d.kind, d.stmt:
            case "accum", ir.Accum(value=added) as stmt:
                before = self.of(d.inputs[0])
                return type(before)(before + self.operand(stmt, added))
            case "join", ir.If(test=test) as stmt:
                return self.of(d.inputs[0 if self.operand(stmt, test) else 1])
            case "out", stmt if self.region.counted(d) is None:
                return self.again((stmt,), None, node)[d.name]
            case "let", ir.Let(value=ir.Load(array=array, index=index)) as stmt:
                where = tuple(self.operand(stmt, p) for p in index)
                access = Access(stmt, self.facts.reads[stmt, array.name], index)
                held = self.array_read(stmt, access, choice.reads)
                return held[where]
            case "let", ir.Let(target=target, value=ir.Op(args=args) as op) as stmt:
                if node.number[0] in {"extent", "shape", "size", "len"}:
                    return run.truth[d, run.iteration(d.place)]
                outer = run.env
                run.env = {a.name: self.operand(stmt, a) for a in args if isinstance(a, ir.Var)}
                got = run.value(op)
                run.env = outer
                return np.dtype(target.type.dtype).type(got)
            case "let", ir.Let(target=target, value=value):
                return np.dtype(target.type.dtype).type(run.value(value))
        if d.kind in {"phi", "out"}:
            return self.counter(d)
        return run.truth[d, run.iteration(d.place)]

    def counter(self, d: Def) -> Any:
        """Return a number that only counts, from its start and its polynomial."""
        found = self.primal.counters.of(d)
        assert found is not None
        return self.of(found.start) + self.polynomial(found.added)

    def polynomial(self, sums: Polynomial) -> int:
        """Return the value of a polynomial."""
        total = 0
        for term, count in sums.terms.items():
            for symbol in term:
                count *= self.symbol(symbol)
            total += count
        assert total % sums.below == 0
        return total // sums.below

    def symbol(self, symbol: Symbol) -> int:
        """Return the value of what a polynomial is made of."""
        if not isinstance(symbol, Trips):
            return int(self.of(symbol))
        loop, counters = symbol.loop, self.primal.counters
        ends = (counters.number(loop, a, counters.outermost(loop)) for a in (loop.start, loop.stop))
        start, stop = (self.polynomial(end) for end in ends if end is not None)
        return len(range(start, stop, int(loop.step.value)))

    # Arrays -----------------------------------------------------------------------------

    def array_read(self, stmt: ir.Stmt, access: Access, given: tuple[Node, ...]) -> Any:
        """Return the memory that a statement reads when it is run again."""
        assert access.array is not None
        name = self.primal.classes.of(access.array.name)
        content = self.region.content(name, stmt, access)
        if content is not None:
            return self.viewed(access.array, self.array(content))
        copies = [n for n in given if n.kind == "copy" and n.number[1] == name]
        if copies:
            return self.viewed(access.array, self.array(copies[0]))
        return self.lasting(access.array)

    def lasting(self, d: Def) -> Any:
        """Return an array that is still there when the region has run, by some name."""
        array = self.run.truth[d, self.run.iteration(d.place)]
        names = (held for held in self.final.values() if isinstance(held, np.ndarray))
        is_there = array.size == 0 or any(np.may_share_memory(held, array) for held in names)
        assert is_there, f"the array {d.name} is there no more"
        return array

    def viewed(self, d: Def, whole: Any) -> Any:
        """Return an array, or the view of it that a name is."""
        match d.stmt:
            case ir.Let(value=ir.Load(array=array, index=index)) as stmt if d.kind == "let":
                base = self.viewed(self.facts.reads[stmt, array.name], whole)
                outer = self.run.env
                names = [n for n in reads(stmt) if not self.primal.is_array(n)]
                self.run.env = {n: self.operand(stmt, ir.Var(n)) for n in names}
                where = self.run.index(index)
                self.run.env = outer
                return base[where]
            case ir.Let(value=ir.Var(name=name)) as stmt if d.kind == "let":
                return self.viewed(self.facts.reads[stmt, name], whole)
        return whole

    def array(self, node: Node) -> Any:
        """Return the content of an array: kept, or written again."""
        choice = self.plan.choices.get(node)
        assert choice is not None, f"the content of {node.name} is neither kept nor written"
        if node.number[0] == "argument":
            return None
        if choice.how == "stored":
            return self.copies[node, self.run.iteration(node.place)]
        name = str(node.number[1])
        return self.again(self.region.ways(node).writers, name, node)[""]

    def again(self, writers: tuple[Any, ...], name: str | None, node: Node) -> dict[str, Any]:
        """Return the names that statements leave that run again, with names of their own.

        name: the array that they write, into memory that holds nothing.
        """
        run = self.run
        own = frozenset(s for w in writers for s in self.primal.within(w))
        whole = None if name is None else poisoned(np.empty_like(self.like(name)))
        env: dict[str, Any] = {}
        given = self.memory.way(node).reads
        for stmt in (s for w in writers for s in statements((w,))):
            self.first_values(stmt, own, env)
            for used in sorted(reads(stmt) | _stored(stmt)):
                d = self.facts.reads.get((stmt, used))
                if d is None or d.stmt in own:
                    continue
                if not self.primal.is_array(used):
                    env[used] = self.of(d)
                elif self.primal.classes.of(used) == name:
                    env[used] = self.viewed(d, whole)
                else:
                    value = stmt.value if isinstance(stmt, ir.Let) else None
                    index = value.index if isinstance(value, ir.Load) else None
                    env[used] = self.array_read(stmt, Access(stmt, d, index), given)
        outer, hold = run.env, dict(run.at)
        run.env, run.is_again = env, True
        for writer in writers:
            run.statement(writer)
            if isinstance(writer, ir.Let) and name is not None:
                whole = env[writer.target.name]
                same = (n for n in self.primal.types if self.primal.classes.of(n) == name)
                env |= dict.fromkeys(same, whole)
        run.env, run.at, run.is_again = outer, hold, False
        return env if name is None else {"": whole}

    def like(self, name: str) -> Any:
        """Return an array of the extents of a class."""
        found = (
            value
            for (d, _), value in reversed(self.run.truth.items())
            if isinstance(value, np.ndarray) and self.primal.classes.of(d.name) == name
        )
        return next(found)

    def first_values(self, stmt: ir.Stmt, own: frozenset[ir.Stmt], env: dict[str, Any]) -> None:
        """Give the numbers that a loop hands on what they are before it."""
        for name, phi in self.facts.phis.get(stmt, {}).items():
            first = phi.inputs[0]
            if first is None or phi not in self.primal.used or first.stmt in own:
                continue
            if not self.primal.is_array(name):
                env[name] = self.of(first)


def _stored(stmt: ir.Stmt) -> frozenset[str]:
    return frozenset((stmt.array.name,)) if isinstance(stmt, ir.Store) else frozenset()


def same(a: Any, b: Any) -> bool:
    """Return whether two numbers are the same, or both no number."""
    return bool(a == b) or (a != a and b != b)  # noqa: PLR0124 - NaN
