"""Elements of rows are elements of the array: no name for the row.

Before                              After
    r = c[j]                            t = c[j, 0]
    t = r[0]                            n = c.shape[1]
    n = r.shape[0]                      for k in range(n):
    for k in range(n):                      t += c[j, k] * x[k]
        t += r[k] * x[k]

What comes after sees which elements are touched: the iterations of a loop over `j` keep to
elements of their own, and nothing is made for a row on the way back. Legal where all that is
done with the row is to read, set and add to its elements and to ask for its size, where the
array and the indices are under their names what they were when the row was taken, and where the
row surely is inside the array, or an element of it surely is asked for: a row outside is an
error also where nothing is asked of it. On entry and on exit: flat IR with types.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from srcad.analysis.extents import extents_in
from srcad.analysis.values import Def, Place, Values, values
from srcad.ir import nodes as ir
from srcad.ir.known import updated
from srcad.ir.primitives import EXTENTS
from srcad.ir.types import Array
from srcad.ir.walk import assigned, bindings, map_block, names, operands, statements


def elements_of_rows(function: ir.Function) -> ir.Function:
    """Return `function` without rows of which only elements and sizes are asked for."""
    rows = _Rows(function)
    if not rows.found:
        return function
    return updated(function, body=map_block(function.body, rows.changed))


class _Rows:
    """The rows of a function that need no name: of which array, and where."""

    def __init__(self, function: ir.Function) -> None:
        self.facts: Values = values(function)
        self.counts: Counter[str] = bindings(function)
        self.found: dict[str, tuple[ir.Var, tuple[ir.Atom, ...]]] = {}
        self.extents = extents_in(function)
        self.blocks: dict[Place, list[ir.Stmt]] = {}
        body = statements(function.body)
        made: dict[str, ir.Let] = {}
        for stmt in body:
            if isinstance(stmt, ir.Let) and (self._is_row(stmt) or self._is_alias(stmt, made)):
                made[stmt.target.name] = stmt
        if not made:
            return
        kept = {a.name for a in function.returns if isinstance(a, ir.Var)}
        for stmt in body:
            kept |= self._asked_whole(stmt, made)
        for stmt in body:
            self.blocks.setdefault(self.facts.where[stmt][0], []).append(stmt)
        for name, stmt in made.items():
            if name not in kept and (self._is_inside(stmt) or self._is_asked(stmt, made)):
                self._note(name, stmt)

    def _note(self, name: str, stmt: ir.Let) -> None:
        array, index = _source(stmt)
        before: tuple[ir.Atom, ...] = ()
        if array.name in self.found:
            array, before = self.found[array.name]
        where = tuple(part for part in index if not isinstance(part, ir.Slice))
        self.found[name] = array, (*before, *where)

    def _is_row(self, stmt: ir.Let) -> bool:
        """Return whether a statement takes a row whose array and indices keep their names."""
        match stmt:
            case ir.Let(
                target=ir.Var(name=name, type=Array(ndim=ndim)),
                value=ir.Load(array=ir.Var(type=Array(ndim=whole)) as array, index=index),
            ):
                if self.counts[name] != 1 or whole - len(index) != ndim:
                    return False
                return self._lasts(stmt, array) and all(
                    not isinstance(part, ir.Slice)
                    and not isinstance(part.type, Array)
                    and (isinstance(part, ir.Const) or self._lasts(stmt, part))
                    for part in index
                )
            case _:
                return False

    def _is_inside(self, stmt: ir.Let) -> bool:
        """Return whether a row is one of the rows that a loop goes through."""
        array, index = _source(stmt)
        whole = self.extents.definition(stmt, array)
        loops = [self.facts.reads.get((stmt, p.name)) for p in index if isinstance(p, ir.Var)]
        return len(loops) == len(index) and all(
            d is not None
            and isinstance(d.stmt, ir.For)
            and d.kind == "index"
            and self.extents.full_range(d.stmt) == self.extents.size(whole, axis)
            for axis, d in enumerate(loops)
        )

    def _is_asked(self, row: ir.Let, made: dict[str, ir.Let]) -> bool:
        """Return whether an element of a row is asked for right behind, whatever happens."""
        block = self.blocks[self.facts.where[row][0]]
        for stmt in block[block.index(row) + 1 :]:
            match stmt:
                case ir.Let(target=target) if made.get(target.name) is stmt:
                    if _source(stmt)[0].name == row.target.name and self._is_asked(stmt, made):
                        return True
                case ir.Let(value=ir.Load(array=array)) | ir.Store(array=array):
                    if array.name == row.target.name:
                        return True
                case ir.Accum(target=array):
                    if array.name == row.target.name:
                        return True
                case ir.Let():
                    pass
                case _:
                    return False
        return False

    def _is_alias(self, stmt: ir.Let, made: dict[str, ir.Let]) -> bool:
        """Return whether a statement gives a row one more name."""
        match stmt:
            case ir.Let(target=ir.Var(name=name), value=ir.Var(name=source) as row):
                once = source in made and self.counts[name] == 1
                return (
                    once and self._lasts(stmt, row) and self._is_taken(stmt, source, made[source])
                )
            case _:
                return False

    def _lasts(self, stmt: ir.Stmt, var: ir.Var) -> bool:
        """Return whether a name holds, wherever a row is there, what it held when it was taken."""
        d = self.facts.reads.get((stmt, var.name))
        if d is None or d.kind not in {"param", "let", "index", "out"}:
            return False
        if self.counts[var.name] <= 1:
            return True
        return d.kind == "index" and _stays(d)

    def _asked_whole(self, stmt: ir.Stmt, made: dict[str, ir.Let]) -> set[str]:
        """Return the rows of which a statement asks for more than elements and sizes."""
        found: set[str] = set()
        for part in operands(stmt):
            found |= {name for name in names(part) if name in made}
        match stmt:
            case ir.Let(target=target) if target.name in made:
                used = {_source(stmt)[0].name}
            case (
                ir.Let(value=ir.Load(array=array, index=index)) | ir.Store(array=array, index=index)
            ):
                used = {array.name} if self._is_element(stmt, array, index, made) else set()
            case ir.Accum(target=array, index=tuple() as index):
                used = {array.name} if self._is_element(stmt, array, index, made) else set()
            case ir.Let(value=ir.Op(prim=prim, args=(ir.Var() as array,), static=static)) if (
                prim in EXTENTS
            ):
                used = {array.name} if _axis(array, prim, static) is not None else set()
            case _:
                used = set()
        if isinstance(stmt, ir.Store) and stmt.array.name in made:
            found.add(stmt.array.name)
        if isinstance(stmt, ir.Accum) and stmt.target.name in made:
            found.add(stmt.target.name)
        used = {n for n in used if n in made and self._is_taken(stmt, n, made[n])}
        return found - used

    def _is_taken(self, stmt: ir.Stmt, name: str, row: ir.Let) -> bool:
        return self.facts.reads.get((stmt, name)) is self.facts.defs[row, name]

    def _is_element(
        self, stmt: ir.Stmt, array: ir.Var, index: ir.Index, made: dict[str, ir.Let]
    ) -> bool:
        """Return whether an access is to one element of an array, which is not asked for beside."""
        row = made.get(array.name)
        if row is None or not isinstance(row.target.type, Array):
            return False
        plain = all(
            not isinstance(part, ir.Slice) and not isinstance(part.type, Array) for part in index
        )
        beside = isinstance(stmt, ir.Store | ir.Accum) and stmt.value == array
        return plain and not beside and len(index) == row.target.type.ndim

    # The change -----------------------------------------------------------------------

    def changed(self, stmt: ir.Stmt) -> ir.Stmt | ir.Block:
        """Return a statement that asks the array, nothing for one that takes a row."""
        match stmt:
            case ir.Let(target=target) if target.name in self.found:
                return ()
            case ir.Let(value=ir.Load(array=array, index=index)) if array.name in self.found:
                whole, before = self.found[array.name]
                return replace(stmt, value=ir.Load(whole, (*before, *index)))
            case ir.Store(array=array, index=index) if array.name in self.found:
                whole, before = self.found[array.name]
                return replace(stmt, array=whole, index=(*before, *index))
            case ir.Accum(target=array, index=tuple() as index) if array.name in self.found:
                whole, before = self.found[array.name]
                return replace(stmt, target=whole, index=(*before, *index))
            case ir.Let(value=ir.Op(prim=prim, args=(ir.Var() as array,), static=static)) if (
                prim in EXTENTS and array.name in self.found
            ):
                whole, before = self.found[array.name]
                axis = _axis(array, prim, static)
                assert axis is not None
                return replace(stmt, value=ir.Op("shape", (whole,), (len(before) + axis,)))
            case _:
                return stmt


def _source(stmt: ir.Let) -> tuple[ir.Var, ir.Index]:
    """Return the array that a row is taken of, and where; a further name is all of a row."""
    if isinstance(stmt.value, ir.Var):
        return stmt.value, ()
    assert isinstance(stmt.value, ir.Load)
    return stmt.value.array, stmt.value.index


def _stays(index: Def) -> bool:
    """Return whether the body of a loop leaves its index alone."""
    return isinstance(index.stmt, ir.For) and index.name not in assigned(index.stmt.body)


def _axis(array: ir.Var, prim: str, static: tuple[object, ...]) -> int | None:
    """Return the axis whose extent is asked for, None if it is more than one."""
    ndim = array.type.ndim if isinstance(array.type, Array) else 0
    match prim, static:
        case "shape", (int(axis),) if not isinstance(axis, bool) and 0 <= axis < ndim:
            return axis
        case "len", () if ndim:
            return 0
        case "size", () if ndim == 1:
            return 0
        case _:
            return None
