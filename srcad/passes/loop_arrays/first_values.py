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

A loop then carries the array from one iteration to the next like any other. What the head
of a `while` loop has made when it ends is not carried at all: it is copied each time.

    while True:                         new_left = np.zeros(n)
        new = np.empty(n)               while True:
        ...                                 new = np.empty(n)
        if done:                            ...
            break                           new_left[:] = new
        ...                                 if done:
    return new[0]                               break
                                            ...
                                        new = new_left
                                        return new[0]

The shape must be known before the loop; where it is not, the loop stays as it is. An
iteration that never comes leaves zeros, as Numba does for numbers.

On entry and on exit: flat IR; new names have no types yet.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from srcad.analysis.origins import MERGES, meanings, sole_origin
from srcad.analysis.values import Def, Place, Values, used_values, values
from srcad.ir import nodes as ir
from srcad.ir.names import NameSupply
from srcad.ir.primitives import TRUTHS
from srcad.ir.types import Array, Type
from srcad.ir.walk import bindings, param_vars, statements, targets
from srcad.passes.building.emitter import Emitter
from srcad.passes.loop_arrays.replaced_arrays import check_shape, copy_elements, replaced
from srcad.rules.linalg import Whole

MAX_ARRAYS = 64
SHAPED_LIKE = {"copy", "zeros_like", "empty_like"}
MADE = {"empty", "zeros", "ones"}
WHOLE = ir.Slice()
SIZES = {"add", "sub", "mul", "max", "min", "wider_extent", "select", "cast"}


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
                body = replaced(function.body, loop, (*before, loop))
                function = replace(function, body=body)
                break
        else:
            break
    return _left_by_heads(function, types)


def _left_by_heads(function: ir.Function, types: Mapping[str, Type | None]) -> ir.Function:
    """Return `function` with copies of the arrays that heads of loops leave behind."""
    for _ in range(MAX_ARRAYS):
        facts = values(function)
        used = used_values(facts)
        for loop, outs in facts.outs.items():
            if not isinstance(loop, ir.While):
                continue
            for name, out in outs.items():
                type_ = types.get(name)
                if out not in used or not isinstance(type_, Array):
                    continue
                if not _is_left(loop, out, function, facts):
                    continue
                new = _with_copy(function, facts, loop, out, type_)
                if new is not None:
                    function = replace(function, body=replaced(function.body, loop, new))
                    break
            else:
                continue
            break
        else:
            break
    return function


def _is_left(loop: ir.While, out: Def, function: ir.Function, facts: Values) -> bool:
    """Return whether the head of a loop leaves a new array behind, which then only is read."""
    last = out.inputs[0]
    if (
        last is None
        or loop not in facts.loops(last.place)
        or last is facts.phis[loop].get(out.name)
    ):
        return False
    made = {d for d in meanings([last], facts) if d.kind not in MERGES}
    if any(loop not in facts.loops(d.place) for d in made):
        return False
    for stmt in statements(function.body):
        match stmt:
            case ir.Store(array=array) | ir.Accum(target=array, index=tuple()):
                written = meanings([facts.reads[stmt, array.name]], facts)
                is_inside = loop in facts.loops(facts.where[stmt][0])
                if out in written or (not is_inside and written & made):
                    return False
    return True


def _with_copy(
    function: ir.Function, facts: Values, loop: ir.While, out: Def, type_: Array
) -> ir.Block | None:
    """Return a loop with a copy of what its head leaves; None if the shape is not known."""
    supply = NameSupply.of(function)
    before: list[ir.Stmt] = []
    end: list[ir.Stmt] = []
    sizes = _Sizes(function, Emitter(supply, before, loop.span), facts, loop)
    extents = sizes.shape(out.inputs[0])
    if extents is None or len(extents) != type_.ndim:
        return None
    left = ir.Var(supply.fresh(f"{out.name}_left"), type_)
    array = ir.Var(out.name, type_)
    before.append(ir.Let(left, ir.Op("zeros", extents, (type_.dtype,)), loop.span))
    emit = Emitter(supply, end, loop.span)
    check_shape(emit, left, array)
    copy_elements(emit, left, array)
    new = replace(loop, cond_body=(*loop.cond_body, *end))
    return (*before, new, ir.Let(array, left, loop.span))


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
        self.bindings = bindings(function)
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
            return self.bindings[d.name] == 1
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
                return self.lengths(stmt, extents)
            case ir.Let(value=ir.Op(prim="full", args=(_, *extents))) as stmt:
                return self.lengths(stmt, extents)
            case ir.Let(value=ir.Op("transpose", (ir.Var(name=name),), (tuple() as axes,))) as stmt:
                shape = self.shape(self.facts.reads.get((stmt, name)))
                return None if shape is None else tuple(shape[k] for k in axes)
            case ir.Call(function=Whole() as row) as stmt:
                return self.of_call(stmt, row, d.name)
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

    def of_call(self, stmt: ir.Call, row: Whole, name: str) -> tuple[ir.Atom, ...] | None:
        """Return the extents of a result of a function of whole arrays."""
        names = [target.name for target in stmt.targets]
        extents: dict[str, ir.Atom] = {}
        for item, arg in zip(row.params, stmt.args, strict=False):
            shape = None
            if item.axes and isinstance(arg, ir.Var):
                shape = self.shape(self.facts.reads.get((stmt, arg.name)))
            extents |= zip(item.axes, shape or (), strict=False)
        letters = row.results[names.index(name)].axes
        return tuple(extents[k] for k in letters) if extents.keys() >= {*letters} else None

    def lengths(self, stmt: ir.Stmt, extents: Sequence[ir.Atom]) -> tuple[ir.Atom, ...] | None:
        """Return the extents of an array that is made; zero for a negative one.

        That is an error of the statement that makes the array, if the loop ever comes to it.
        """
        found = self.all_numbers(stmt, extents)
        if found is None:
            return None
        pairs = zip(extents, found, strict=True)
        return tuple(
            atom if self.is_length(stmt, extent) else self.emit.op("max", atom, ir.Const(0))
            for extent, atom in pairs
        )

    def is_length(self, stmt: ir.Stmt, atom: ir.Atom) -> bool:
        """Return whether an operand surely is not negative: a literal, or an extent."""
        if isinstance(atom, ir.Const):
            return atom.value >= 0
        d = self.facts.reads.get((stmt, atom.name))
        match d.stmt if d is not None else None:
            case ir.Let(value=ir.Op(prim="shape" | "size" | "len" | "wider_extent")):
                return True
            case ir.Let(value=ir.Op(prim="common_extent", args=args)) as made:
                return all(self.is_length(made, arg) for arg in args)
            case ir.Let(value=ir.Var() as other) as made:
                return self.is_length(made, other)
        return False

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
                found = self.all_numbers(at, args) if prim in SIZES | TRUTHS else None
                return None if found is None else self.emit.op(prim, *found, static=op.static)
            case ir.Let(value=ir.Var() as other) as at:
                return self.number(at, other)
        return None
