"""Perfect nests of counted loops around straight-line code, as single assignments.

    for i in range(1, n):           loops: i, j     lets: _t0 = i + 1, _t1 = v_bar[i, j], ...
        for j in range(m):          accums: u_bar[_t0, j] += _t1
            ...

`nest_of` gives nothing for a loop that is not of this form: bounds that depend on an outer
index, steps other than 1, branches, calls, stacks, views.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from srcad.ir import nodes as ir
from srcad.ir.names import NameSupply
from srcad.ir.walk import assigned, atoms, map_atoms, operands


@dataclass(frozen=True, slots=True)
class Access:
    """An access to an element, in terms of the nest's own names, and when it happens."""

    stmt: ir.Store | ir.Accum | ir.Let
    array: ir.Var
    index: ir.Index
    time: int


@dataclass(slots=True)
class Nest:
    """See the module docstring. `unknown` are names whose values other iterations leave."""

    loops: tuple[ir.For, ...]
    lets: dict[str, ir.Value] = field(default_factory=dict)
    loads: dict[str, Access] = field(default_factory=dict)
    stores: list[Access] = field(default_factory=list)
    accums: list[Access] = field(default_factory=list)
    values: dict[ir.Stmt, ir.Atom] = field(default_factory=dict)
    made_by: dict[str, ir.Let | ir.Accum] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)

    def affine(self, atom: ir.Atom | ir.Slice) -> tuple[int, int] | None:
        """Return (d, c) for an atom that is the index of loop d plus the literal c."""
        offset = 0
        while isinstance(atom, ir.Var):
            for d, loop in enumerate(self.loops):
                if loop.var.name == atom.name:
                    return d, offset
            match self.lets.get(atom.name):
                case ir.Op("add", (other, ir.Const(value=int(number)))):
                    atom, offset = other, offset + number
                case ir.Op("add", (ir.Const(value=int(number)), other)):
                    atom, offset = other, offset + number
                case ir.Op("sub", (other, ir.Const(value=int(number)))):
                    atom, offset = other, offset - number
                case ir.Var() as other:
                    atom = other
                case _:
                    return None
        return None

    def varies(self, atom: ir.Atom | ir.Slice) -> bool:
        """Return whether an atom may differ from one iteration to the next."""
        if not isinstance(atom, ir.Var):
            return isinstance(atom, ir.Slice)
        indices = {loop.var.name for loop in self.loops}
        return atom.name in self.lets or atom.name in self.unknown or atom.name in indices

    def needed(self, names: set[str], known: frozenset[str] = frozenset()) -> set[str]:
        """Return the names of `lets` that the names are computed from, and themselves.

        known: names whose values need not be computed.
        """
        found: set[str] = set()
        todo = sorted(names)
        while todo:
            name = todo.pop()
            if name not in found:
                found.add(name)
                if name in self.lets and name not in known:
                    parts = atoms(self.lets[name])
                    todo += sorted(a.name for a in parts if isinstance(a, ir.Var))
        return found & (self.lets.keys() | self.unknown)


def nest_of(loop: ir.For, supply: NameSupply, is_number: Callable[[str], bool]) -> Nest | None:
    """Return the nest that starts with `loop`, if it is one."""
    loops: list[ir.For] = []
    before: list[list[ir.Let]] = []
    body: ir.Block = (loop,)
    while body and isinstance(last := body[-1], ir.For):
        lets = [s for s in body[:-1] if isinstance(s, ir.Let)]
        if len(lets) != len(body) - 1 or not _is_plain(last):
            return None
        before.append(lets)
        loops.append(last)
        body = last.body
    changed = assigned((loop,))
    if any(isinstance(x.stop, ir.Var) and x.stop.name in changed for x in loops):
        return None
    nest = Nest(tuple(loops))
    indices = {x.var.name for x in loops}
    walk = _Walk(nest, supply, changed - indices)
    for inner, block in zip((*loops, None), (*before, body), strict=True):
        for stmt in block:
            if isinstance(stmt, ir.Let) and not is_number(stmt.target.name):
                return None
            if not walk.statement(stmt):
                return None
        if inner is not None:
            walk.enter(inner)
    return nest


def _is_plain(loop: ir.For) -> bool:
    return (
        loop.until is None
        and isinstance(loop.step, ir.Const)
        and loop.step.value == 1
        and isinstance(loop.start, ir.Const)
        and int(loop.start.value) >= 0
    )


@dataclass(slots=True)
class _Walk:
    """Turns statements into single assignments, in the order in which they run."""

    nest: Nest
    supply: NameSupply
    changed: set[str]
    current: dict[str, ir.Atom] = field(default_factory=dict)
    time: int = 0

    def enter(self, loop: ir.For) -> None:
        """Forget what an iteration of a loop may have changed before the next one begins."""
        for name in assigned(loop.body):
            self.current.pop(name, None)

    def statement(self, stmt: ir.Stmt) -> bool:
        """Take in one statement; return whether it is of the kind that a nest may have."""
        nest = self.nest
        self.time += 1
        match stmt:
            case ir.Let(target=target, value=value):
                self.define(target, self.now(value), stmt)
            case ir.Accum(target=target, index=None, value=value):
                old, added = self.now(target), self.now(value)
                assert isinstance(old, ir.Var | ir.Const)
                assert isinstance(added, ir.Var | ir.Const)
                self.define(target, ir.Op("add", (old, added)), stmt)
            case ir.Accum(target=array, index=index, value=value) if index is not None:
                nest.accums.append(Access(stmt, array, self.place(index), self.time))
                nest.values[stmt] = self.atom(value)
            case ir.Store(array=array, index=index, value=value):
                nest.stores.append(Access(stmt, array, self.place(index), self.time))
                nest.values[stmt] = self.atom(value)
            case _:
                return False
        return not any(isinstance(p, ir.Slice) for part in operands(stmt) for p in _parts(part))

    def define(self, target: ir.Var, value: ir.Value, stmt: ir.Let | ir.Accum) -> None:
        name = self.supply.temporary()
        self.nest.lets[name] = value
        self.nest.made_by[name] = stmt
        self.current[target.name] = ir.Var(name)
        if isinstance(value, ir.Load) and isinstance(stmt, ir.Let):
            self.nest.loads[name] = Access(stmt, value.array, value.index, self.time)

    def atom(self, atom: ir.Atom) -> ir.Atom:
        """Return the name of the value that `atom` holds now."""
        if not isinstance(atom, ir.Var):
            return atom
        if atom.name in self.current:
            return self.current[atom.name]
        if atom.name in self.changed:
            self.nest.unknown.add(atom.name)
        return atom

    def now(self, value: ir.Value) -> ir.Value:
        return map_atoms(value, self.atom)

    def place(self, index: ir.Index) -> ir.Index:
        return tuple(p if isinstance(p, ir.Slice) else self.atom(p) for p in index)


def _parts(part: object) -> Iterator[object]:
    yield part
    if isinstance(part, ir.Load):
        yield from part.index
