"""Axes that meet have equal extents: the text for these, which says so where it is not.

    n_2 = common_extent(n, n_1)               raise_if(n != n_1, "axes of unequal extents ...")
    step = axis_step(n_1)             ->      for i in range(n):
    for i in range(n_2):                          y[i] = x[i] + w[i]
        y[i] = x[i] + w[along(i, step)]

For people who read, and who gave arguments without axes of extent 1: an axis of one element that
meets a longer one is rare, and then every index has to say so. The text raises ValueError where
the extents differ; what is compiled is for both.

Only extents of arrays that are asked for are taken to be equal, not those of slices, which may be
meant to be 1. If the extent of an axis is that of a loop, the index `0 if extent == 1 else i` is
`i`. On entry and on exit: flat IR.
"""

from __future__ import annotations

from dataclasses import replace

from srcad.ir.known import updated
from srcad.ir.names import NameSupply
from srcad.ir.nodes import Atom, Block, Const, For, Function, If, Let, Op, Raise, Stmt, Value, Var
from srcad.ir.types import BOOL, INT
from srcad.ir.walk import bindings, map_blocks, rename, statements

DIFFERENT = "axes of unequal extents: see compiled=True"
SIZES = frozenset({"shape", "len", "size"})
MEETING = frozenset({"common_extent", "wider_extent"})
COMPARED = frozenset({"add", "sub", "lt", "outside", "span_outside", "overflows"})
ONE = Const(1, INT)


def equal_axes(function: Function) -> Function:
    """Return `function` for axes that are equal where they meet."""
    pass_ = _EqualAxes(function)
    pass_.find()
    if not pass_.same:
        return function
    body = pass_.block(function.body, {})
    return updated(function, body=rename(body, pass_.indices))


class _EqualAxes:
    """lets: what names hold that are bound once. same: the first of equal extents, by name.

    steps: those along axes that are as long as their loops. indices: the loops' names for indices.
    there: what has been bound where the text has come to.
    """

    def __init__(self, function: Function) -> None:
        self.supply = NameSupply.of(function)
        bound = bindings(function)
        self.body = function.body
        self.lets: dict[str, Value] = {
            s.target.name: s.value
            for s in statements(function.body)
            if isinstance(s, Let) and bound[s.target.name] == 1
        }
        self.same: dict[str, Var] = {}
        self.steps: set[str] = set()
        self.indices: dict[str, Var] = {}
        self.there: set[str] = set()

    # What is equal ----------------------------------------------------------------------

    def find(self) -> None:
        """Find the extents that meet, and the steps along their axes that are 1."""
        for name, value in self.lets.items():
            match value:
                case Op(prim, (Var() as a, Var() as b)) if prim in MEETING | {"extents_clash"}:
                    if self.join(a, b) and prim in MEETING:
                        self.same[name] = self.first(a)
                case Op("and", (Var() as a, Var() as b)) if found := self.into(a, b):
                    self.join(*found)
        self.steps = {
            name
            for name, value in self.lets.items()
            if isinstance(value, Op) and value.prim == "axis_step" and self.is_met(value.args[0])
        }
        self.keep_steps(self.body, {})

    def join(self, a: Var, b: Var) -> bool:
        """Note that two extents are equal, if they are those of arrays."""
        if not (self.is_extent(a) and self.is_extent(b)):
            return False
        first, second = self.first(a), self.first(b)
        if first.name != second.name:
            self.same[second.name] = first
        self.same.setdefault(first.name, first)
        return True

    def is_extent(self, var: Var) -> bool:
        """Return whether an integer is the extent of an array, or was found to be equal to one."""
        value = self.lets.get(var.name)
        return var.name in self.same or (isinstance(value, Op) and value.prim in SIZES)

    def into(self, a: Var, b: Var) -> tuple[Var, Var] | None:
        """Return the extents n and m of the test `n != m and n != 1`."""
        match self.lets.get(a.name), self.lets.get(b.name):
            case Op("ne", (Var() as n, Var() as m)), Op("ne", (Var() as one, Const(value=1))):
                return (n, m) if one.name in (n.name, m.name) else None
        return None

    def first(self, atom: Var) -> Var:
        """Return the first of the extents that are equal to one."""
        while atom.name in self.same and self.same[atom.name].name != atom.name:
            atom = self.same[atom.name]
        return atom

    def is_met(self, atom: Atom) -> bool:
        """Return whether an extent is among those that are equal to others."""
        return isinstance(atom, Var) and atom.name in self.same

    def are_equal(self, a: Atom, b: Atom) -> bool:
        """Return whether two extents are surely equal."""
        if isinstance(a, Var) and isinstance(b, Var):
            return self.first(a).name == self.first(b).name
        return a == b

    # Loops ------------------------------------------------------------------------------

    def extent(self, loop: For) -> Atom | None:
        """Return n for a loop over all of 0, ..., n - 1, in either direction."""
        match loop:
            case For(start=Const(value=0), step=Const(value=1), stop=stop):
                return stop
            case For(start=Var(name=last), stop=Const(value=-1), step=Const(value=-1)):
                return self.one_more(last)
        return None

    def one_more(self, name: str) -> Atom | None:
        """Return n for a name of n - 1."""
        match self.lets.get(name):
            case Op("sub", (count, Const(value=1))) | Op("add", (count, Const(value=-1))):
                return count
        return None

    def is_within(self, at: Atom, extent: Atom, loops: dict[str, Atom]) -> bool:
        """Return whether an index goes along an axis of an extent, or is its last one."""
        if not isinstance(at, Var) or not self.is_met(extent):
            return False
        if at.name in loops:
            return self.are_equal(loops[at.name], extent)
        count = self.one_more(at.name)
        return count is not None and self.are_equal(count, extent)

    def keep_steps(self, block: Block, loops: dict[str, Atom]) -> None:
        """Take those steps away that are used along other axes than theirs."""
        for stmt in block:
            match stmt:
                case Let(value=Op("along", (i, Var(name=step), *_))) if step in self.steps:
                    value = self.lets[step]
                    assert isinstance(value, Op)
                    if not self.is_within(i, value.args[0], loops):
                        self.steps.discard(step)
            self.inside(stmt, loops, self.keep_steps)

    def inside(self, stmt: Stmt, loops: dict[str, Atom], do: object) -> Stmt:
        """Do something with the blocks of a statement, and what is known of the loops there."""
        extent = self.extent(stmt) if isinstance(stmt, For) else None
        if isinstance(stmt, For):
            loops = {name: e for name, e in loops.items() if name != stmt.var.name}
            loops |= {} if extent is None else {stmt.var.name: extent}

        def inner(block: Block) -> Block:
            new: Block | None = do(block, loops)  # type: ignore[operator]
            return block if new is None else new

        return map_blocks(stmt, inner)

    # The text for equal axes ------------------------------------------------------------

    def block(self, block: Block, loops: dict[str, Atom]) -> Block:
        """Return a block for axes that are equal where they meet."""
        out: list[Stmt] = []
        outside = set(self.there)
        for stmt in block:
            if isinstance(stmt, Let) and isinstance(stmt.value, Op):
                out += self.let(stmt, stmt.value, loops)
            else:
                out.append(self.inside(stmt, loops, self.block))
            if isinstance(stmt, Let):
                self.there.add(stmt.target.name)
        self.there = outside
        return tuple(out)

    def named(self, atom: Atom) -> Atom:
        """Return the first of the extents that are equal to one, if it has been found by now."""
        if not isinstance(atom, Var) or not self.is_met(atom):
            return atom
        first = self.first(atom)
        return first if first.name in self.there else atom

    def let(self, let: Let, op: Op, loops: dict[str, Atom]) -> list[Stmt]:
        """Return what stands for a binding."""
        match op:
            case Op(prim, (Var() as a, Var() as b)) if (
                prim in MEETING and let.target.name in self.same
            ):
                alias = Let(let.target, self.named(a), let.span)
                return [*self.tested(a, b, let), alias] if prim == "common_extent" else [alias]
            case Op("extents_clash", (Var() as a, Var() as b)) if self.is_met(a) and self.is_met(b):
                return [replace(let, value=Op("ne", (a, b)))]
            case Op("and", (Var() as a, Var() as b)) if (found := self.into(a, b)) and all(
                map(self.is_met, found)
            ):
                return [replace(let, value=Op("ne", found))]
            case Op("axis_step") if let.target.name in self.steps:
                return [replace(let, value=ONE)]
            case Op("along", (i, Var(name=step), *start)) if step in self.steps:
                if not start and isinstance(i, Var) and let.target.name in self.lets:
                    self.indices[let.target.name] = i
                    return []
                return [replace(let, value=Op("add", (start[0], i)) if start else i)]
            case Op("select", (Var(name=test), Const(value=0), at)):
                match self.lets.get(test):
                    case Op("eq", (extent, Const(value=1))) if self.is_within(at, extent, loops):
                        if (
                            isinstance(at, Var)
                            and at.name in loops
                            and let.target.name in self.lets
                        ):
                            self.indices[let.target.name] = at
                            return []
                        return [replace(let, value=at)]
            case Op(prim, args) if prim in COMPARED:
                firsts = tuple(map(self.named, args))
                return [replace(let, value=replace(op, args=firsts))]
        return [let]

    def tested(self, a: Var, b: Var, let: Let) -> list[Stmt]:
        """Return the test that two extents are equal."""
        if a.name == b.name:
            return []
        wrong = Var(self.supply.temporary(), BOOL)
        problem = Raise(ValueError, (DIFFERENT,), let.span)
        return [Let(wrong, Op("ne", (a, b)), let.span), If(wrong, (problem,), (), let.span)]
