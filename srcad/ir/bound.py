"""Is every name bound before it is read? In the order of execution, on every path.

    if c:                       y is bound where c holds, and read only there: sound.
        y = x * x
    if c:                       for i in range(n):
        s += y                      t = x[i]
                                s += t                  unsound: n may be 0

Two branches agree where their tests are the same value: tests that are computed again, or
that waited under another name, are recognised by what they are computed from. Values are
told apart generously (an element that is read again counts as unchanged), since the
question is whether the program is consistent, not what it computes.

Numba gives a name that was never bound zeros, so users may write programs that this
calls unsound: `new_problems` compares what a pass makes with what it was given.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from srcad.ir.known import once
from srcad.ir.needs import is_surely_bound
from srcad.ir.nodes import (
    Accum,
    Call,
    Const,
    For,
    If,
    Let,
    Load,
    Op,
    Raise,
    Restore,
    Slice,
    Var,
    While,
)
from srcad.ir.walk import all_names, assigned, param_vars, reads, targets

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from srcad.ir.nodes import Atom, Block, Function, Stmt
    from srcad.ir.walk import Part

Guard = tuple[int, bool]
"""The number of a test, and which way it went."""


@dataclass(slots=True)
class Unbound:
    """The names that are read too early, in the order in which they are found.

    never: no path binds them before that. sometimes: some path does not.
    """

    never: dict[str, Stmt | None] = field(default_factory=dict)
    sometimes: dict[str, Stmt | None] = field(default_factory=dict)


@once
def unbound(function: Function) -> Unbound:
    """Return the names that `function` may read before it binds them."""
    if is_surely_bound(function):
        return Unbound()
    paths = _Paths()
    for name in (*(v.name for v in param_vars(function.params)), *dict(function.constants)):
        paths.bind(name)
    ends = paths.block(function.body)
    for atom in function.returns:
        if isinstance(atom, Var) and ends:
            paths.read(atom.name, None)
    return paths.found


def new_problems(after: Function, before: Function | None = None) -> list[str]:
    """Return what is read too early in `after` and was not in `before`.

    Where `before` itself reads a name that some path has not bound, names that are made
    from that one share its fate: only those that no path binds are reported.
    """
    found = unbound(after)
    given = Unbound() if before is None or not (found.never or found.sometimes) else unbound(before)
    known = given.never.keys() | given.sometimes.keys()
    problems = [
        f"{name} is read before anything binds it{_place(stmt)}"
        for name, stmt in found.never.items()
        if name not in known
    ]
    old = all_names(before) if known and before is not None else set()
    problems += [
        f"{name} is read where not every path has bound it{_place(stmt)}"
        for name, stmt in found.sometimes.items()
        if name not in known and name not in found.never and (not known or name in old)
    ]
    return problems


def _place(stmt: Stmt | None) -> str:
    if stmt is None:
        return " (by the return)"
    line = f", line {stmt.span.line}" if stmt.span is not None else ""
    return f" ({type(stmt).__name__}{line})"


@dataclass(slots=True)
class _Paths:
    """What is bound at the current statement.

    bound: on every path. ever: on some path. guarded: where all guards of one of the sets
    hold. guards: those that hold here (`unreachable`: they contradict each other).
    passed: guards, and what holds where they hold, since the block there raises otherwise.
    numbers: what each name holds.
    """

    found: Unbound = field(default_factory=Unbound)
    bound: set[str] = field(default_factory=set)
    ever: set[str] = field(default_factory=set)
    guarded: dict[str, list[frozenset[Guard]]] = field(default_factory=dict)
    guards: set[Guard] = field(default_factory=set)
    passed: list[tuple[set[Guard], set[Guard]]] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)
    known: dict[object, int] = field(default_factory=dict)
    merges: dict[int, tuple[int, int, int]] = field(default_factory=dict)
    negated: dict[int, int] = field(default_factory=dict)
    parts: dict[int, tuple[bool, tuple[int, ...]]] = field(default_factory=dict)
    added: list[str] = field(default_factory=list)
    changed: list[tuple[str, int | None]] = field(default_factory=list)
    unreachable: bool = False
    count: int = 0

    # Names ---------------------------------------------------------------------------

    def read(self, name: str, stmt: Stmt | None) -> None:
        """Note whether a name is read too early."""
        if name in self.bound or self.unreachable:
            return
        if name not in self.ever:
            self.found.never.setdefault(name, stmt)
        elif not self.is_bound_by(self.guarded.get(name, ())):
            self.found.sometimes.setdefault(name, stmt)

    def is_bound_by(self, ways: Sequence[frozenset[Guard]]) -> bool:
        """Return whether what holds here is enough for one of `ways`, or contradicts itself."""
        if any(conditions <= self.guards for conditions in ways):
            return True
        found, size = set(self.guards), -1
        while len(found) > size:
            size = len(found)
            for given, more in self.passed:
                found |= more if given <= found else set()
        is_contradiction = any((number, not way) in found for number, way in found)
        return is_contradiction or any(conditions <= found for conditions in ways)

    def bind(self, name: str, number: int | None = None) -> None:
        """Note that a name is bound here, to the value of this number."""
        if name not in self.bound:
            self.bound.add(name)
            self.ever.add(name)
            self.added.append(name)
        self.changed.append((name, self.numbers.get(name)))
        self.numbers[name] = self.fresh() if number is None else number

    # Statements ----------------------------------------------------------------------

    def block(self, block: Block) -> bool:
        """Go through a block; return whether its end is reached."""
        for stmt in block:
            if not isinstance(stmt, For | While):
                for name in reads(stmt):
                    self.read(name, stmt)
            match stmt:
                case Let(target=target, value=value):
                    self.bind(target.name, self.number(value))
                case Accum(target=target, index=None):
                    self.read(target.name, stmt)
                    self.bind(target.name)
                case Restore() | Call():
                    for target in targets(stmt):
                        self.bind(target.name)
                case If():
                    if not self.branch(stmt):
                        return False
                case For():
                    self.counted(stmt)
                case While():
                    self.conditional(stmt)
                case Raise():
                    return False
        return True

    def branch(self, stmt: If) -> bool:
        """Go through both branches; return whether the end of one of them is reached."""
        test = self.number(stmt.test)
        ends: list[bool] = []
        names: list[list[str]] = []
        values: list[dict[str, int | None]] = []
        outer, old = self.added, self.changed
        guards, unreachable = self.guards, self.unreachable
        for block, way in ((stmt.then, True), (stmt.orelse, False)):
            self.added, self.changed = [], []
            self.suppose(test, way=way)
            before = self.guards
            ends.append(self.block(block))
            if ends[-1] and self.guards != before:
                self.passed.append((before, self.guards - before))
            self.guards, self.unreachable = guards, unreachable
            self.bound.difference_update(self.added)
            names.append(self.added)
            values.append({name: self.numbers[name] for name, _ in self.changed})
            self.back()
        self.added, self.changed = outer, old
        if not any(ends):
            return False
        if not all(ends):
            self.suppose(test, way=ends[0])
        both = set(names[0]) & set(names[1]) if all(ends) else set(names[ends.index(True)])
        for way, found in zip((True, False), names, strict=True):
            for name in found:
                if name not in both:
                    self.add_guarded(name, frozenset(self.guards | {self.plain((test, way))}))
        for name in sorted(both | values[0].keys() | values[1].keys()):
            there = [v.get(name, self.numbers.get(name)) for v in values]
            number = self.merged(test, there) if all(ends) else there[ends.index(True)]
            if name in both:
                self.bind(name, number)
            else:
                self.changed.append((name, self.numbers.get(name)))
                self.numbers[name] = self.fresh() if number is None else number
        return True

    def suppose(self, test: int, *, way: bool) -> None:
        """Note that from here on, to the end of the block, a test has gone one way."""
        new = self.conditions(test, way=way) - self.guards
        self.guards = self.guards | new
        self.unreachable |= any((number, not way) in self.guards for number, way in new)

    def add_guarded(self, name: str, conditions: frozenset[Guard]) -> None:
        """Note that a name is bound where these hold; two opposite ones are none."""
        have = self.guarded.setdefault(name, [])
        for number, way in conditions - self.guards:
            rest = conditions - {(number, way)}
            if rest | {(number, not way)} in have:
                if rest <= self.guards:
                    self.bind(name, self.numbers.get(name))
                else:
                    self.add_guarded(name, rest)
                return
        if conditions not in have:
            have.append(conditions)

    def counted(self, stmt: For) -> None:
        """Go through a counted loop, whose body may not run."""
        for name in reads(stmt):
            if stmt.until is None or name != stmt.until.name:
                self.read(name, stmt)
        bounds = (stmt.start, stmt.stop, stmt.step)
        runs = all(isinstance(b, Const) for b in bounds) and len(_literal_range(bounds)) > 0
        self.loop(((stmt.body, False),), (stmt.var.name,), runs=runs, until=stmt)

    def conditional(self, stmt: While) -> None:
        """Go through a loop whose condition runs once at least."""
        self.loop(((stmt.cond_body, True), (stmt.body, False)), (), runs=False, until=stmt)

    def loop(
        self,
        blocks: Iterable[tuple[Block, bool]],
        index: tuple[str, ...],
        *,
        runs: bool,
        until: For | While,
    ) -> None:
        """Go through the blocks of a loop; what is marked runs once at least."""
        blocks = tuple(blocks)
        names = {name for block, _ in blocks for name in assigned(block)} | set(index)
        for name in sorted(names):
            self.changed.append((name, self.numbers.get(name)))
            self.numbers[name] = self.fresh()
        outer = self.added
        first = set(self.ever)
        guards, unreachable, passed = self.guards, self.unreachable, len(self.passed)
        for block, surely in blocks:
            self.added = [] if not surely else outer
            if not surely:
                for name in index:
                    self.bind(name)
            self.iteration(block, names)
            match until:
                case While(cond=Var(name=name)) if surely:
                    self.read(name, until)
                case For(until=Var(name=name)):
                    self.read(name, until)
            if not surely and not runs:
                self.bound.difference_update(self.added)
                for name in self.added:
                    self.guarded.setdefault(name, [])
            elif not surely:
                outer.extend(self.added)
        self.added = outer
        self.guards, self.unreachable = guards, unreachable
        del self.passed[passed:]
        self.ever = first | names
        for name in sorted(names):
            self.numbers[name] = self.fresh()

    def iteration(self, block: Block, names: set[str]) -> None:
        """Go through one block of a loop.

        What an iteration reads on some paths only, earlier iterations may have bound.
        """
        for stmt in block:
            if isinstance(stmt, If | For | While):
                earlier = names - self.ever
                self.ever |= earlier
                self.block((stmt,))
                self.ever -= earlier - assigned((stmt,))
            elif not self.block((stmt,)):
                return

    # Values --------------------------------------------------------------------------

    def fresh(self) -> int:
        """Return the number of a value like no other."""
        self.count += 1
        return self.count

    def number(self, value: Part) -> int:
        """Return the number of a value; equal ones have the same."""
        match value:
            case Var(name=name):
                if name not in self.numbers:
                    self.numbers[name] = self.fresh()
                return self.chosen(self.numbers[name])
            case Const(value=literal):
                return self.numbered(("literal", type(literal), repr(literal)))
            case Op(prim=prim, args=args, static=static):
                parts = tuple(map(self.number, args))
                found = self.numbered((prim, parts, repr(static)))
                if prim == "not":
                    self.negated[found] = parts[0]
                elif prim in {"and", "or"}:
                    self.parts[found] = prim == "and", parts
                return found
            case Load(array=array, index=index):
                where = tuple(self.numbered_part(part) for part in index)
                return self.numbered(("load", self.number(array), where))
            case _:
                return self.fresh()

    def numbered_part(self, part: Atom | Slice) -> object:
        if isinstance(part, Slice):
            ends = (part.lo, part.hi, part.step)
            return tuple(None if end is None else self.number(end) for end in ends)
        return self.number(part)

    def numbered(self, key: object) -> int:
        """Return the number of what `key` describes."""
        if key not in self.known:
            self.known[key] = self.fresh()
        return self.known[key]

    def merged(self, test: int, there: list[int | None]) -> int | None:
        """Return the number of what a branch has chosen; None stands for a name unbound."""
        first, second = there
        if first is None or second is None or first == second:
            return second if first is None else first
        true, false = (self.numbered(("literal", bool, repr(b))) for b in (True, False))
        if (first, second) == (true, false):
            return test
        found = self.numbered(("merge", test, first, second))
        self.merges[found] = test, first, second
        if (first, second) == (false, true):
            self.negated[found] = test
        elif first == true:
            self.parts[found] = False, (test, second)
        elif second == false:
            self.parts[found] = True, (test, first)
        return found

    def chosen(self, number: int) -> int:
        """Return the number of a value, given the way that tests have gone."""
        while number in self.merges:
            test, first, second = self.merges[number]
            test, way = self.plain((test, True))
            if (test, way) in self.guards:
                number = first
            elif (test, not way) in self.guards:
                number = second
            else:
                break
        return number

    def plain(self, guard: Guard) -> Guard:
        """Return a guard whose test is no negation."""
        number, way = guard
        while number in self.negated:
            number, way = self.negated[number], not way
        return number, way

    def conditions(self, number: int, *, way: bool) -> set[Guard]:
        """Return all that holds where a test has gone one way."""
        number, way = self.plain((number, way))
        found = {(number, way)}
        if number in self.parts and self.parts[number][0] == way:
            for part in self.parts[number][1]:
                found |= self.conditions(part, way=way)
        return found

    def back(self) -> None:
        """Give the names their values from before the branch."""
        for name, number in reversed(self.changed):
            if number is None:
                self.numbers.pop(name, None)
            else:
                self.numbers[name] = number


def _literal_range(bounds: tuple[Atom, ...]) -> range:
    start, stop, step = (int(b.value) for b in bounds if isinstance(b, Const))
    return range(start, stop, step or 1)
