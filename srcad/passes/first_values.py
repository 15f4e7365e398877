"""Arrays that only a loop makes, and that are read behind it.

Before                              After
    n = b.shape[0]                      n = b.shape[0]
    for k in range(m):                  new = np.zeros(n)
        new = np.empty(n)               for k in range(m):
        ...                                 new = np.empty(n)
        if done:                            ...
            break                           if done:
    return new[0]                               break
                                        return new[0]

A loop then carries the array from one iteration to the next like any other. Its shape must
be known before the loop; where it is not, the loop stays as it is. An iteration that never
comes leaves zeros, as Numba does for numbers.

On entry and on exit: flat IR; new names have no types yet.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from srcad.analysis.values import Def, Place, Values, used_values, values
from srcad.ir import nodes as ir
from srcad.ir.names import NameSupply
from srcad.ir.types import Array
from srcad.ir.walk import map_blocks, param_vars, statements, targets
from srcad.passes.emitter import Emitter
from srcad.passes.rotation import sole_origin

MAX_ARRAYS = 64
SHAPED_LIKE = {"copy", "zeros_like", "empty_like"}
MADE = {"empty", "zeros", "ones"}
WHOLE = ir.Slice()
SIZES = {"add", "sub", "mul", "max", "min", "wider_extent", "select", "cast"}
TESTS = {"eq", "ne", "lt", "le", "gt", "ge", "and", "or", "not"}


def first_values(function: ir.Function) -> ir.Function:
    """Return `function` with zeros before a loop for arrays that it makes for those behind."""
    types = {t.name: t.type for s in statements(function.body) for t in targets(s)}
    for _ in range(MAX_ARRAYS):
        facts = values(function)
        used = used_values(facts)
        for loop, phi in _without_first_value(facts, used):
            type_ = types.get(phi.name)
            if not isinstance(type_, Array):
                continue
            before = _zeros(function, facts, loop, phi, type_)
            if before is not None:
                body = _inserted(function.body, loop, before)
                function = replace(function, body=body)
                break
        else:
            break
    return function


def _without_first_value(facts: Values, used: set[Def]) -> list[tuple[ir.Stmt, Def]]:
    """Return what loops carry and nothing before them has set; outer loops first."""
    found = [
        (loop, phi)
        for loop, phis in facts.phis.items()
        for name, phi in phis.items()
        if phi in used and phi.inputs[0] is None
        if sole_origin(facts, facts.outs[loop][name]) is None
    ]
    return sorted(found, key=lambda item: len(facts.places(facts.where[item[0]][0])))


def _zeros(
    function: ir.Function, facts: Values, loop: ir.Stmt, phi: Def, type_: Array
) -> list[ir.Stmt] | None:
    """Return the statements that give a carried array zeros to start with."""
    out: list[ir.Stmt] = []
    sizes = _Sizes(function, Emitter(NameSupply.of(function), out, loop.span), facts, loop)
    extents = sizes.shape(phi)
    if extents is None or len(extents) != type_.ndim:
        return None
    out.append(ir.Let(ir.Var(phi.name, type_), ir.Op("zeros", extents, (type_.dtype,)), loop.span))
    return out


class _Sizes:
    """Writes, before a loop, the sizes of what is made in it."""

    def __init__(self, function: ir.Function, emit: Emitter, facts: Values, loop: ir.Stmt) -> None:
        self.emit = emit
        self.facts = facts
        self.bindings = Counter(t.name for s in statements(function.body) for t in targets(s))
        self.types = {t.name: t.type for s in statements(function.body) for t in targets(s)}
        self.types |= {v.name: v.type for v in param_vars(function.params)}
        self.before: dict[Place, int] = {}
        place, index = facts.where[loop]
        self.before[place] = index
        while place.owner is not None:
            place, index = facts.where[place.owner]
            self.before[place] = index
        self.asked: set[Def] = set()

    def is_before(self, d: Def) -> bool:
        """Return whether a name surely holds this value, and no other, where the loop begins."""
        if d.kind == "param":
            return self.bindings[d.name] == 0
        is_made = d.kind in {"let", "call"} and self.bindings[d.name] == 1
        return is_made and d.index < self.before.get(d.place, -1)

    def shape(self, d: Def | None) -> tuple[ir.Atom, ...] | None:
        """Return the extents of an array; None where they are not known before the loop."""
        if d is None or d in self.asked:
            return None
        type_ = self.types.get(d.name)
        if self.is_before(d) and isinstance(type_, Array):
            array = ir.Var(d.name, type_)
            return tuple(self.emit.op("shape", array, static=(k,)) for k in range(type_.ndim))
        self.asked.add(d)
        if d.kind in {"phi", "join", "out"}:
            return next((s for s in map(self.shape, d.inputs) if s is not None), None)
        match d.stmt:
            case ir.Let(value=ir.Var(name=name)) as stmt:
                return self.shape(self.facts.reads.get((stmt, name)))
            case ir.Let(value=ir.Op(prim=prim, args=(ir.Var(name=name), *_))) as stmt if (
                prim in SHAPED_LIKE
            ):
                return self.shape(self.facts.reads.get((stmt, name)))
            case ir.Let(value=ir.Op(prim=prim, args=extents)) as stmt if prim in MADE:
                return self.all_numbers(stmt, extents)
            case ir.Let(value=ir.Op(prim="full", args=(_, *extents))) as stmt:
                return self.all_numbers(stmt, extents)
            case ir.Let(value=ir.Load(array=array, index=index)) as stmt:
                return self.of_view(self.facts.reads.get((stmt, array.name)), index)
        return None

    def of_view(self, source: Def | None, index: ir.Index) -> tuple[ir.Atom, ...] | None:
        """Return the extents of a row or a column; None for other parts."""
        shape = self.shape(source)
        if shape is None or any(isinstance(part, ir.Slice) and part != WHOLE for part in index):
            return None
        rest = shape[len(index) :]
        picked = zip(shape, index, strict=False)
        return (*(e for e, part in picked if isinstance(part, ir.Slice)), *rest)

    def all_numbers(self, stmt: ir.Stmt, atoms: Sequence[ir.Atom]) -> tuple[ir.Atom, ...] | None:
        """Return what these operands of a statement are, computed before the loop."""
        found = [self.number(stmt, atom) for atom in atoms]
        return None if any(atom is None for atom in found) else tuple(a for a in found if a)

    def number(self, stmt: ir.Stmt, atom: ir.Atom) -> ir.Atom | None:
        """Return what one operand of a statement is, computed before the loop."""
        if isinstance(atom, ir.Const):
            return atom
        d = self.facts.reads.get((stmt, atom.name))
        if d is None:
            return None
        if self.is_before(d):
            return atom
        match d.stmt:
            case ir.Let(value=ir.Op(prim="shape", args=(ir.Var(name=name),), static=(axis,))) as at:
                shape = self.shape(self.facts.reads.get((at, name)))
                return None if shape is None else shape[int(str(axis))]
            case ir.Let(value=ir.Op(prim=prim, args=args) as op) as at:
                prim = "wider_extent" if prim == "common_extent" else prim
                found = self.all_numbers(at, args) if prim in SIZES | TESTS else None
                return None if found is None else self.emit.op(prim, *found, static=op.static)
            case ir.Let(value=ir.Var() as other) as at:
                return self.number(at, other)
        return None


def _inserted(block: ir.Block, loop: ir.Stmt, before: list[ir.Stmt]) -> ir.Block:
    """Return `block` with statements before a loop, wherever that stands."""
    out: list[ir.Stmt] = []
    for stmt in block:
        if stmt is loop:
            out.extend([*before, stmt])
        else:
            out.append(map_blocks(stmt, lambda inner: _inserted(inner, loop, before)))
    return tuple(out)
