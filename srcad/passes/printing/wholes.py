"""Nests that do one thing to whole arrays, as one statement about these arrays.

    n = a.shape[1]
    for i in range(a.shape[0]):
        for j in range(n):
            _t0 = a[i, j]                    b_bar += a
            b_bar[i, j] += _t0        ->
    for i in range(n):
        _t1 = w[i]                           work = w * c
        _t2 = _t1 * c
        work[i] = _t2

For people who read, not for the compiler. A nest is one statement if

- its loops go over all of the array that it writes, each element once,
- each array that it reads is as large, or has the last axes alone, and is read at the same
  place: then it does not matter whether it is the array that is written; any other one that
  is read may not share its memory,
- it does sums, products, quotients and changes of sign of float64 alone, which are the same
  for elements and for arrays, or none at all.

On entry: flat IR. On exit: values of whole arrays are nested.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass
from typing import cast

from srcad.analysis.extents import Extents, extents_in
from srcad.analysis.overlap import Overlap, overlap_in
from srcad.analysis.ranks import EMPTY, LIKE
from srcad.ir.known import updated
from srcad.ir.nodes import (
    Accum,
    Atom,
    Block,
    Const,
    For,
    Function,
    Let,
    Load,
    Op,
    Slice,
    Stmt,
    Store,
    Value,
    Var,
)
from srcad.ir.show import first_line
from srcad.ir.types import Array, Scalar
from srcad.ir.walk import bindings, map_blocks, mentioned, reads, statements

ARITHMETIC = frozenset({"add", "sub", "mul", "div", "neg"})
ZEROS = frozenset({"zeros", "zeros_like"})
LONGEST = 84


def whole_statements(function: Function) -> Function:
    """Return `function` with nests over whole arrays as statements about arrays."""
    pass_ = _Wholes(function)
    body = pass_.block(function.body, 4)
    return updated(function, body=body) if pass_.found else function


@dataclass(frozen=True, slots=True)
class _Nest:
    """Perfect loops over 0, ..., n - 1 with their extents, and what is in the innermost."""

    loops: tuple[For, ...]
    extents: tuple[Hashable, ...]
    body: Block

    @property
    def indices(self) -> tuple[str, ...]:
        """Return the names of the loops."""
        return tuple(loop.var.name for loop in self.loops)


class _Wholes:
    """Goes through the blocks; what is known of the function is known of all of it."""

    def __init__(self, function: Function) -> None:
        self.extents: Extents = extents_in(function)
        self.overlap: Overlap = overlap_in(function)
        self.bound = bindings(function)
        self.reads: Counter[str] = Counter()
        for stmt in statements(function.body):
            self.reads.update(reads(stmt))
        self.found = 0

    def block(self, block: Block, indent: int) -> Block:
        """Return a block with its nests replaced, where arrays are made if they are there."""
        out: list[Stmt] = []
        for stmt in block:
            new = self.whole(stmt, indent) if isinstance(stmt, For) else None
            if new is None:
                out.append(map_blocks(stmt, lambda inner: self.block(inner, indent + 4)))
                continue
            self.found += 1
            out.append(self.made(new, out, is_ours=_adds_for_us(stmt)))
        return tuple(out)

    def whole(self, stmt: For, indent: int) -> Store | Accum | None:
        """Return the statement that a nest is, or None."""
        nest = self.nest(stmt)
        if nest is None or not nest.body:
            return None
        *lets, last = nest.body
        match last:
            case Store(array=target, index=index, value=value):
                pass
            case Accum(target=target, index=tuple() as index, value=value):
                pass
            case _:
                return None
        if not self.is_all_of(last, target, index, nest):
            return None
        values: dict[str, Value] = {}
        copies = not lets or (len(lets) == 1 and isinstance(lets[0], Let))
        for let in lets:
            if not isinstance(let, Let) or self.reads[let.target.name] != 1:
                return None
            found = self.value(let, nest, target, values)
            if found is None or self.bound[let.target.name] != 1:
                return None
            values[let.target.name] = found
            copies = copies and isinstance(let.value, Load)
        result = self.atom(last, value, nest, values)
        if result is None or not self.is_of_kind(result, target, is_copy=copies):
            return None
        if isinstance(last, Accum) and isinstance(result, Const) and not self.is_float(target):
            return None
        new: Store | Accum = Accum(target, None, cast("Atom", result), stmt.span)
        if isinstance(last, Store):
            change = _change(result, target)
            if change is None:
                new = Store(target, (Slice(),) * len(index), cast("Atom", result), stmt.span)
            else:
                new = Accum(target, None, cast("Atom", change), stmt.span)
        return new if indent + len(first_line(new)) <= LONGEST else None

    def nest(self, stmt: For) -> _Nest | None:
        """Return the nest that a loop is the outermost of."""
        loops: list[For] = []
        found: list[Hashable] = []
        while True:
            extent = self.extents.full_range(stmt)
            if extent is None or not isinstance(stmt.step, Const) or stmt.step.value != 1:
                return None
            loops.append(stmt)
            found.append(extent)
            match stmt.body:
                case (For() as stmt,):
                    pass
                case _:
                    return _Nest(tuple(loops), tuple(found), stmt.body)

    def is_all_of(self, stmt: Stmt, array: Var, index: tuple[object, ...], nest: _Nest) -> bool:
        """Return whether a nest goes over all elements of an array in the order of its axes."""
        if not isinstance(array.type, Array) or array.type.ndim != len(index):
            return False
        return self.is_at(index, nest.indices) and self.fits(stmt, array, nest.extents)

    def is_at(self, index: tuple[object, ...], wanted: tuple[str, ...]) -> bool:
        """Return whether an index is the names of loops."""
        return tuple(part.name if isinstance(part, Var) else None for part in index) == wanted

    def fits(self, stmt: Stmt, array: Var, wanted: tuple[Hashable, ...]) -> bool:
        """Return whether an array surely has these extents."""
        d = self.extents.values.reads.get((stmt, array.name))
        return d is not None and all(
            self.extents.size(d, axis) == extent for axis, extent in enumerate(wanted)
        )

    # Values -----------------------------------------------------------------------------

    def value(self, let: Let, nest: _Nest, target: Var, values: dict[str, Value]) -> Value | None:
        """Return the value of a whole array that a value of its elements is."""
        match let.value:
            case Load(array=array, index=index) if isinstance(array.type, Array):
                count = len(index)
                if array.type.ndim != count or not 0 < count <= len(nest.loops):
                    return None
                at, sizes = nest.indices[-count:], nest.extents[-count:]
                if not (self.is_at(index, at) and self.fits(let, array, sizes)):
                    return None
                is_same = array.name == target.name and count == len(nest.loops)
                if not is_same and self.overlap.may_overlap(array.name, target.name):
                    return None
                return array
            case Op(prim, args, ()) if prim in ARITHMETIC:
                parts = [self.atom(let, arg, nest, values) for arg in args]
                if any(part is None for part in parts):
                    return None
                if not any(isinstance(arg, Var) and self.is_float(arg) for arg in args):
                    return None
                return Op(prim, cast("tuple[Atom, ...]", tuple(parts)))
            case _:
                return None

    def atom(self, stmt: Stmt, atom: Atom, nest: _Nest, values: dict[str, Value]) -> Value | None:
        """Return what stands for an operand: an array, or a number that does not change."""
        if isinstance(atom, Const):
            return atom
        if atom.name in values:
            return values[atom.name]
        d = self.extents.values.reads.get((stmt, atom.name))
        if d is None or atom.name in nest.indices:
            return None
        return atom if isinstance(atom.type, Scalar) else None

    def is_of_kind(self, value: Value, target: Var, *, is_copy: bool) -> bool:
        """Return whether elements of a value become those of an array as they are."""
        if is_copy:
            return not isinstance(value, Var) or _dtype(value) == _dtype(target)
        arrays = [leaf for leaf in _leaves(value) if isinstance(getattr(leaf, "type", 0), Array)]
        return all(map(self.is_float, (target, *cast("list[Var]", arrays))))

    def is_float(self, var: Var) -> bool:
        """Return whether a name is a float64 or an array of these."""
        return _dtype(var) == "float64"

    # Arrays that are made ---------------------------------------------------------------

    def made(self, new: Store | Accum, before: list[Stmt], *, is_ours: bool) -> Stmt:
        """Return the statement that makes the array, if all that was done with it is that.

        is_ours: whether an addition is one of ours, for which zeros need not be there.
        """
        match new:
            case Accum(target=array):
                adds = True
            case Store(array=array):
                adds = False
        if self.bound[array.name] != 1 or (adds and not is_ours):
            return new
        source = self.covering(new.value, array)
        if source is None:
            return new
        makers = ZEROS if adds else EMPTY | LIKE
        for at in range(len(before) - 1, -1, -1):
            stmt = before[at]
            match stmt:
                case Let(target=target, value=Op(prim=prim)) if target.name == array.name:
                    if prim not in makers:
                        return new
                    del before[at]
                    value = (
                        source
                        if isinstance(source, Op)
                        else Op("copy", cast("tuple[Atom]", (source,)))
                    )
                    return Let(array, value, new.span)
                case _ if array.name in _names_in(stmt):
                    return new
        return new

    def covering(self, value: Value, array: Var) -> Value | None:
        """Return a value if it is an array as large as the one that is made, and of its kind."""
        wanted = array.type
        assert isinstance(wanted, Array)
        found = [leaf.type for leaf in _leaves(value) if isinstance(leaf, Var)]
        arrays = [type_ for type_ in found if isinstance(type_, Array)]
        is_full = any(type_.ndim == wanted.ndim for type_ in arrays)
        return value if is_full and all(t.dtype == wanted.dtype for t in arrays) else None


def _change(value: Value, array: Var) -> Value | None:
    """Return what a value adds to an array, if it starts with that."""
    match value:
        case Op("add", (first, change)) if first == array:
            return change
        case Op("sub", (first, change)) if first == array:
            return Op("neg", (change,))
        case _:
            return None


def _adds_for_us(stmt: Stmt) -> bool:
    """Return whether all additions in a nest are ours, which may be taken in any order."""
    return all(s.any_order for s in statements((stmt,)) if isinstance(s, Accum))


def _dtype(var: Var) -> str:
    """Return the dtype of a number or an array."""
    return var.type.dtype if isinstance(var.type, Array | Scalar) else ""


def _leaves(value: Value) -> list[Value]:
    """Return the names and literals that a value is made of."""
    if isinstance(value, Op):
        return [leaf for arg in value.args for leaf in _leaves(arg)]
    return [value]


def _names_in(stmt: Stmt) -> set[str]:
    """Return all names that a statement and its blocks mention."""
    return {name for inner in statements((stmt,)) for name in mentioned(inner)}
