"""Refusing programs where a copy would not do for what is a view in NumPy.

Reshaped arrays are copies here, and so are transposed or flipped ones that cannot be read
through the original. It makes no difference unless one of the two is written and the
other is read then: such programs are refused. So are writes to what NumPy makes read-only.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import product

from srcad.analysis.aliasing import Aliases
from srcad.analysis.values import Def, Values, values
from srcad.errors import NotDifferentiable, Problem
from srcad.ir import nodes as ir
from srcad.ir.primitives import EXTENTS, LIKES
from srcad.ir.types import Array
from srcad.ir.walk import call_leaves, operands, reads, statements, stored
from srcad.passes.arrays.plan import is_gather, is_looked_at
from srcad.rules.linalg import gives_new_memory
from srcad.rules.wholes import VIEWS

Loops = frozenset[ir.Stmt]
ITEMS = ("item", "piece")
"""Marks of an array that is appended to a list, and of one that is read from it."""


@dataclass(frozen=True, slots=True)
class Access:
    """One place where elements of an array are read or written.

    made: the arguments and new arrays that it may be, each with the loops over which it
    may come from an earlier iteration. first: the loops in whose first iteration only it is that,
    or behind which it is that only if they have not run. bodies: the loops in whose body it is.
    value: what the name means, behind other names and views.
    """

    index: int
    value: Def | None
    loops: Loops
    bodies: Loops
    made: dict[Def, Loops]
    first: dict[Def, Loops]


def check_views(function: ir.Function, deferred: set[str]) -> None:
    """Raise NotDifferentiable for a view that would have to share its memory."""
    sites = [
        (stmt, *site) for stmt in statements(function.body) if (site := _copy_of(stmt, deferred))
    ]
    marks = {what: [s for s in statements(function.body) if _says(s, what)] for what in ITEMS}
    if not sites and not any(marks.values()):
        return
    memory = _Memory(function, deferred)
    for stmt in marks["item"]:
        if memory.is_changed(stmt, _marked(stmt)[1]):
            hint = "append a copy: values.append(v.copy())"
            message = "an array that is an item of a list is written afterwards"
            raise NotDifferentiable.from_problems([Problem("E208", message, hint, stmt.span)])
    for stmt in marks["piece"]:
        if memory.is_changed(stmt, _marked(stmt)[0]):
            hint = "write to a copy: values[k].copy(), or assign the item again: values[k] = ..."
            message = "an array that is an item of a list is written"
            raise NotDifferentiable.from_problems([Problem("E208", message, hint, stmt.span)])
    for stmt, copy, source in sites:
        if _says(stmt, "items") and memory.is_written(stmt, copy):
            hint = "make the items new arrays: [v.copy() for v in ...]"
            message = "items of a list that may be the same array are written"
            raise NotDifferentiable.from_problems([Problem("E208", message, hint, stmt.span)])
        if _says(stmt, "read-only") and memory.is_written(stmt, copy):
            hint = "write to a copy: np.diagonal(x).copy()"
            message = "NumPy makes this array read-only, and it is written"
            raise NotDifferentiable.from_problems([Problem("E205", message, hint, stmt.span)])
        if memory.is_shared(stmt, copy, source):
            hint = "write to a copy: x.reshape(...).copy(), x.T.copy()"
            message = "a reshaped or transposed view of an array that is written"
            raise NotDifferentiable.from_problems([Problem("E208", message, hint, stmt.span)])


def _copy_of(stmt: ir.Stmt, deferred: set[str]) -> tuple[str, str] | None:
    """Return the names of a copy that stands for a view, and of its source."""
    if _says(stmt, "item") or _says(stmt, "piece"):
        return None
    match stmt:
        case ir.Let(value=ir.Op(prim="same_memory")):
            return _marked(stmt)
        case ir.Let(target=target, value=ir.Op(prim=prim, args=(ir.Var(name=source), *_))):
            if prim in VIEWS and is_looked_at(stmt) and target.name not in deferred:
                return target.name, source
    return None


def _marked(stmt: ir.Stmt) -> tuple[str, str]:
    """Return the two names of a mark."""
    match stmt:
        case ir.Let(value=ir.Op("same_memory", (ir.Var(name=copy), ir.Var(name=source)))):
            return copy, source
        case _:
            raise TypeError(stmt)


def _says(stmt: ir.Stmt, what: str) -> bool:
    """Return whether a mark says that nobody may write to the copy, and why."""
    return isinstance(stmt, ir.Let) and getattr(stmt.value, "static", ()) == (what,)


class _Memory:
    """Who reads and writes which memory, and in which order."""

    def __init__(self, function: ir.Function, deferred: set[str]) -> None:
        self.deferred = deferred
        self.facts: Values = values(function)
        self.order = {stmt: k for k, stmt in enumerate(statements(function.body))}
        self.groups = Aliases()
        self.number: dict[Def, str] = {}
        self.made = cache(self._made)
        self.reads: list[Access] = []
        self.writes: list[Access] = []
        self.copies: dict[Def, Access] = {}
        for stmt in self.order:
            self.reads += [self.read_by(stmt, name) for name in sorted(_read(stmt))]
            if not isinstance(stmt, ir.For | ir.While | ir.If) and not _is_pure(stmt):
                self.writes += [self.read_by(stmt, name) for name in sorted(stored((stmt,)))]
            site = _copy_of(stmt, deferred)
            if site is not None:
                copy, source = self.access(stmt, site[0]), self.read_by(stmt, site[1])
                self.copies.update(dict.fromkeys(copy.made, copy))
                for d in (*copy.made, *source.made):
                    self.groups.join(self.key(next(iter(source.made))), self.key(d))
        facts = self.facts
        for d in (*facts.arguments.values(), *facts.returned.values()):
            self.reads.append(
                Access(len(self.order), self.seen(d), frozenset(), frozenset(), *self.made(d))
            )

    def access(self, stmt: ir.Stmt, name: str) -> Access:
        """Return the access to a name by a statement, or to what it binds."""
        d = self.facts.defs.get((stmt, name))
        return self.read_by(stmt, name) if d is None else self.access_to(stmt, d)

    def read_by(self, stmt: ir.Stmt, name: str) -> Access:
        """Return the access to what a name means before a statement, which may bind it anew."""
        facts = self.facts
        return self.access_to(stmt, facts.reads.get((stmt, name)) or facts.defs.get((stmt, name)))

    def access_to(self, stmt: ir.Stmt, d: Def | None) -> Access:
        """Return the access of a statement to a value."""
        facts = self.facts
        places = facts.places(facts.where[stmt][0])
        loops = frozenset(facts.loops(places[0]))
        bodies = loops & {place.owner for place in places if place.part == "body"}
        return Access(
            self.order[stmt],
            self.seen(d),
            loops,
            bodies,
            *(({}, {}) if d is None else self.made(d)),
        )

    def seen(self, d: Def | None) -> Def | None:
        """Return the value that other names, and views, show."""
        while d is not None and d.kind == "let" and len(behind := self._behind(d)) == 1:
            (d,) = behind
        return d

    def key(self, d: Def) -> str:
        """Return a name for one value."""
        return self.number.setdefault(d, str(len(self.number)))

    def _made(self, d: Def) -> tuple[dict[Def, Loops], dict[Def, Loops]]:
        """Return the arguments and new arrays that a value may be, with loops: see `Access`."""
        found: dict[Def, Loops] = {}
        firsts: dict[Def, Loops] = {}
        todo: list[tuple[Def | None, Loops, Loops]] = [(d, frozenset(), frozenset())]
        seen: set[tuple[Def, Loops, Loops]] = set()
        while todo:
            item, over, first = todo.pop()
            if item is None or (item, over, first) in seen:
                continue
            seen.add((item, over, first))
            behind = self._behind(item)
            if not behind:
                found[item] = found.get(item, frozenset()) | over
                firsts[item] = firsts.get(item, first) & first
            if item.kind == "phi" and item.stmt is not None:
                start, *others = behind
                todo.append((start, over, first | ({item.stmt} - over)))
                todo += [(source, over | {item.stmt}, first - {item.stmt}) for source in others]
            else:
                todo += [(source, over, first) for source in behind]
        return found, firsts

    def _behind(self, d: Def) -> list[Def | None]:
        """Return the values whose memory this one passes on."""
        if d.kind in {"phi", "join", "out", "accum"}:
            return d.inputs
        stmt = d.stmt
        sources: tuple[object, ...] = ()
        match stmt:
            case None:
                return []
            case ir.Let(value=ir.Var() as source):
                sources = (source,)
            case ir.Let(target=target, value=ir.Load(array=source) as load):
                if isinstance(target.type, Array) and not is_gather(load):
                    sources = (source,)
            case ir.Let(value=ir.Op(prim="select", args=(_, *choices))):
                sources = tuple(choices)
            case ir.Let(value=ir.Op(prim=prim, args=args)) if (
                prim in VIEWS and prim != "broadcast_to"
            ):
                sources = args[:1] if _copy_of(stmt, self.deferred) is None else ()
            case ir.Call(function=callee, args=args) if not gives_new_memory(callee):
                sources = tuple(a for a in call_leaves(args) if isinstance(a, ir.Var))
        return [self.facts.reads.get((stmt, v.name)) for v in sources if isinstance(v, ir.Var)]

    def is_written(self, stmt: ir.Stmt, copy: str) -> bool:
        """Return whether a copy is written after it was made."""
        made = self.access(stmt, copy).made
        return any(d in made for w in self.writes if not self.is_copying(w) for d in w.made)

    def is_changed(self, stmt: ir.Stmt, name: str) -> bool:
        """Return whether an array, or what has its memory, may be written after a mark."""
        at = self.access(stmt, name)
        groups = {self.groups.of(self.key(d)) for d in at.made}
        return any(
            _follows(write, at, self.older(write, d))
            for write in self.writes
            if not self.is_copying(write)
            for d in write.made
            if self.groups.of(self.key(d)) in groups
        )

    def is_shared(self, stmt: ir.Stmt, copy: str, source: str) -> bool:
        """Return whether a view, or its source, is read after the other one is written."""
        at = self.access(stmt, copy)
        group = self.groups.of(self.key(next(iter(self.read_by(stmt, source).made))))
        writes = [w for w in self.writes if not self.is_copying(w)]
        for own in at.made:
            for write, read in product(writes, self.reads):
                for d in write.made if own in read.made else ():
                    is_other = d is not own and self.groups.of(self.key(d)) == group
                    if is_other and self.is_stale(at, write, read, own, d):
                        return True
                for d in read.made if own in write.made else ():
                    is_other = d not in self.copies and self.groups.of(self.key(d)) == group
                    if is_other and self.is_later(read, write, d):
                        return True
        return False

    def is_later(self, read: Access, write: Access, d: Def) -> bool:
        """Return whether an array `d` may be read after another one was written.

        What is one value is one array until it is another one in the next iteration. Behind a
        loop that has not run, nothing was written that its body writes.
        """
        passed = {
            loop
            for loop in read.first[d] - read.loops
            if read.loops.issuperset(self.facts.loops(self.facts.where[loop][0]))
        }
        again = read.loops & write.loops & self.older(read, d)
        is_apart = read.value is not write.value and passed.isdisjoint(write.bodies)
        return bool(again) or (read.index > write.index and is_apart)

    def is_copying(self, write: Access) -> bool:
        """Return whether a write fills the copy that stands for a view."""
        return any(
            d in write.made and not write.made[d] and write.index < at.index
            for d, at in self.copies.items()
        )

    def is_stale(self, at: Access, write: Access, read: Access, own: Def, d: Def) -> bool:
        """Return whether `read` may see the copy `own` of `d` as it was before `write`."""
        if read.made[own] & at.loops:
            after = _follows(write, at, self.older(write, d))
            return after and _follows(read, write, read.loops)
        again = read.loops & write.loops - at.loops
        is_after = read.index > write.index and read.value is not write.value
        return write.index > at.index and (bool(again) or is_after)

    def older(self, access: Access, d: Def) -> Loops:
        """Return the loops over which the array `d` may come from an earlier iteration."""
        home = frozenset(self.facts.loops(d.place))
        return access.made[d] | (access.loops - home - access.first[d])


def _follows(then: Access, first: Access, over: Loops) -> bool:
    """Return whether one access may come after another one: later, or an iteration later."""
    return then.index > first.index or bool(then.loops & first.loops & over)


def _is_pure(stmt: ir.Stmt) -> bool:
    """Return whether a statement calls something that writes none of its arguments."""
    return isinstance(stmt, ir.Call) and gives_new_memory(stmt.function)


def _read(stmt: ir.Stmt) -> frozenset[str]:
    """Return the arrays of which a statement may read elements."""
    match stmt:
        case ir.Let(value=ir.Op(prim=prim, static=static)) if (
            prim == "same_memory" or prim in EXTENTS or prim in LIKES or static == ("like",)
        ):
            return frozenset()
        case ir.Let(value=ir.Var()):
            return frozenset()
        case ir.Let(target=target, value=ir.Load() as load) if isinstance(
            target.type, Array
        ) and not is_gather(load):
            return frozenset()
        case ir.Store(index=index, value=value) | ir.Accum(index=tuple() as index, value=value):
            parts = (*index, value)
            return frozenset(part.name for part in parts if isinstance(part, ir.Var))
        case ir.Let() | ir.Call() | ir.If() | ir.While() | ir.For():
            return reads(stmt).union(p.name for p in operands(stmt) if isinstance(p, ir.Var))
        case _:
            return reads(stmt)
