"""Loops and indices as one would write them, before expressions are folded.

    for i in range(n):                  for i in range(n):
        _t0 = i + 1                         y[i + 1] = x[i + 1]
        _t1 = x[_t0]              ->    for i in range(m):
        y[_t0] = _t1                        z[i] = w[i]
    for i_1 in range(m):
        _t2 = w[i_1]
        z[i_1] = _t2

Loops that follow each other may share the name of their index, and an index that is a name
plus a literal is written out wherever it is used. On entry: flat IR.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import cast

from srcad.ir.known import updated
from srcad.ir.names import RESERVED
from srcad.ir.nodes import (
    Accum,
    Block,
    Const,
    For,
    Function,
    Index,
    Let,
    Load,
    Op,
    Stmt,
    Store,
    Value,
    Var,
)
from srcad.ir.walk import (
    all_names,
    bindings,
    blocks,
    map_atoms,
    map_block,
    map_blocks,
    map_operands,
    map_targets,
    param_vars,
    reads,
    statements,
    targets,
)
from srcad.passes.building.temporaries import is_made_up

_NUMBERED = re.compile(r"(.*[^_\d])_\d+")


def spell(function: Function) -> Function:
    """Return `function` with shared names of loops, and indices written out."""
    return _indices(_loop_names(function))


# Names of loops ---------------------------------------------------------------------


def _loop_names(function: Function) -> Function:
    """Return `function` with numbered names of loops replaced by those without."""
    loops = [stmt for stmt in statements(function.body) if isinstance(stmt, For)]
    if not any(_NUMBERED.fullmatch(loop.var.name) for loop in loops):
        return function
    own = _only_of_loops(function)
    if not any(_NUMBERED.fullmatch(name) for name in own):
        return function
    renamer = _Renamer(own, all_names(function) - own)
    return updated(function, body=renamer.block(function.body, {}))


def _only_of_loops(function: Function) -> set[str]:
    """Return the names that only loops bind, and that are only read in those loops."""
    loops = [stmt for stmt in statements(function.body) if isinstance(stmt, For)]
    found = {stmt.var.name for stmt in loops}
    for stmt in statements(function.body):
        if not isinstance(stmt, For):
            found -= {var.name for var in targets(stmt)}
    found -= {var.name for var in param_vars(function.params)}
    found -= {atom.name for atom in function.returns if isinstance(atom, Var)}

    def check(block: Block, around: frozenset[str]) -> None:
        for stmt in block:
            found.difference_update(reads(stmt) - around)
            within = around | {stmt.var.name} if isinstance(stmt, For) else around
            for inner in blocks(stmt):
                check(inner, within)

    check(function.body, frozenset())
    return found


class _Renamer:
    """Gives every loop the first name that no loop around it has."""

    def __init__(self, own: set[str], others: frozenset[str]) -> None:
        self.own = own
        self.others = others

    def block(self, block: Block, names: dict[str, Var]) -> Block:
        """Return a block, where `names` are the new names of the loops around it."""
        return tuple(self.statement(stmt, names) for stmt in block)

    def statement(self, stmt: Stmt, names: dict[str, Var]) -> Stmt:
        """Return a statement with its names replaced."""

        def change(atom: Var | Const) -> Var | Const:
            return names.get(atom.name, atom) if isinstance(atom, Var) else atom

        stmt = map_operands(stmt, lambda part: map_atoms(part, change))
        if isinstance(stmt, For):
            var = self.name(stmt.var, {new.name for new in names.values()})
            inner = {**names, stmt.var.name: var}
            stmt = map_targets(stmt, lambda var: inner.get(var.name, var))
            return map_blocks(stmt, lambda body: self.block(body, inner))
        stmt = map_targets(stmt, lambda var: names.get(var.name, var))
        return map_blocks(stmt, lambda body: self.block(body, names))

    def name(self, var: Var, taken: set[str]) -> Var:
        """Return the name of a loop within loops of other names."""
        if var.name not in self.own:
            return var
        numbered = _NUMBERED.fullmatch(var.name)
        base, number = numbered[1] if numbered else var.name, 0
        while True:
            name = f"{base}_{number}" if number else base
            if name not in taken and name not in self.others and name not in RESERVED:
                return Var(name, var.type)
            number += 1


# Indices ----------------------------------------------------------------------------


def _indices(function: Function) -> Function:
    """Return `function` with sums of a name and a literal written out in indices."""
    if not any(_is_sum(stmt) for stmt in statements(function.body)):
        return function
    found = _Sums(function)
    if not found.gone:
        return function

    def change(stmt: Stmt) -> Stmt | Block:
        if isinstance(stmt, Let) and stmt.target.name in found.gone:
            return ()
        index = tuple(found.gone.get(getattr(part, "name", ""), part) for part in _index(stmt))
        return _with_index(stmt, cast("Index", index))

    return updated(function, body=map_block(function.body, change))


class _Sums:
    """Finds temporaries that are a sum and are used as an index only: `gone`."""

    def __init__(self, function: Function) -> None:
        body = tuple(statements(function.body))
        self.bound = bindings(function)
        self.steady = {name for name, count in self.bound.items() if count == 1}
        self.steady |= _only_of_loops(function)
        self.read = Counter(name for stmt in body for name in reads(stmt))
        self.read.update(atom.name for atom in function.returns if isinstance(atom, Var))
        self.as_index: Counter[str] = Counter()
        self.sums: dict[str, Op] = {}
        self.block(function.body, set())
        self.gone = {n: op for n, op in self.sums.items() if 0 < self.read[n] == self.as_index[n]}

    def block(self, block: Block, known: set[str]) -> None:
        """Count the indices in a block, where it is known what these names are."""
        known = set(known)
        for stmt in block:
            for name in _index_names(stmt) & known if known else ():
                self.as_index[name] += 1
            for inner in blocks(stmt):
                self.block(inner, known)
            if isinstance(stmt, Let) and self.is_sum(stmt):
                assert isinstance(stmt.value, Op)
                self.sums[stmt.target.name] = stmt.value
                known.add(stmt.target.name)

    def is_sum(self, let: Let) -> bool:
        """Return whether a temporary is a number that does not change, plus a literal."""
        if not _is_sum(let) or self.bound[let.target.name] != 1:
            return False
        name = _first_name(let.value)
        return name in self.steady and name not in self.sums


def _is_sum(stmt: Stmt) -> bool:
    """Return whether a statement binds a temporary to a name plus a literal."""
    match stmt:
        case Let(target, Op("add" | "sub", (Var(), Const(value=int())))):
            return is_made_up(target.name)
    return False


def _first_name(value: Value) -> str:
    first = value.args[0] if isinstance(value, Op) else None
    return first.name if isinstance(first, Var) else ""


def _index(stmt: Stmt) -> Index:
    """Return the index of what a statement reads or writes."""
    match stmt:
        case Let(value=Load(index=index)) | Store(index=index) | Accum(index=tuple() as index):
            return index
    return ()


def _index_names(stmt: Stmt) -> set[str]:
    """Return the names that a statement needs as an index and for nothing else."""
    value = getattr(stmt, "value", None)
    return {p.name for p in _index(stmt) if isinstance(p, Var) and p != value}


def _with_index(stmt: Stmt, index: Index) -> Stmt:
    """Return a statement with another index."""
    match stmt:
        case Let(value=Load(index=old) as load) if old != index:
            return replace(stmt, value=replace(load, index=index))
        case Store(index=old) | Accum(index=tuple() as old) if old != index:
            return replace(stmt, index=index)
    return stmt
