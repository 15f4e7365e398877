"""Arrays of sets: how the pass `sets` makes, reads and writes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from srcad.ir import nodes as ir
from srcad.ir.types import BOOL, INT, Array, Scalar, is_float
from srcad.ir.walk import param_vars, parts
from srcad.ir.wording import called
from srcad.passes.emitter import Emitter, element_loops
from srcad.passes.spans import integer

if TYPE_CHECKING:
    from srcad.passes.sets import Sets

EMPTY, ONE = ir.Const(0), ir.Const(1)
KIND = ("int64",)
MAKERS = {"zeros", "ones", "empty", "full"}
LIKES = {"zeros_like", "ones_like", "empty_like", "full_like"}


def number_inputs(sets: Sets, emit: Emitter) -> None:
    """Append the sets of all arguments: each float of interest is one of its own."""
    inputs = {v.name for v in sets.inputs}
    following = ir.Var(sets.supply.fresh("following"), INT)
    emit.let(following, ONE)
    ordered = [*sets.inputs]
    ordered += [v for v in param_vars(sets.function.params) if v.name not in inputs]
    for var in ordered:
        if not sets.unknown.holds(var):
            continue
        if not isinstance(var.type, Array):
            if var.name in inputs:
                emit.let(sets.of(var)[0], following)
                emit.let(following, ir.Op("add", (following, ONE)))
            elif is_float(var.type):
                emit.let(sets.of(var)[0], EMPTY)
            else:
                for shadow in sets.of(var):
                    emit.let(shadow, var)
            continue
        array = emit.let(sets.array(var), ir.Op("zeros_like", (var,), KIND))
        if var.name in inputs:
            index = tuple(ir.Var(sets.supply.fresh(n), INT) for n in "ijklmnopq"[: var.type.ndim])
            body: list[ir.Stmt] = []
            inner = Emitter(sets.supply, body, emit.span)
            inner.store(array, index, following)
            inner.let(following, ir.Op("add", (following, ONE)))
            element_loops(emit, array, var.type.ndim, body, index)


def result(sets: Sets, atom: ir.Atom, emit: Emitter) -> ir.Atom:
    """Return the sets of an output."""
    if not isinstance(atom, ir.Var) or not isinstance(atom.type, Array):
        return sets.set_of(atom)
    if sets.unknown.holds(atom):
        return sets.array(atom)
    name = ir.Var(sets.supply.fresh(f"{atom.name}_sets"))
    return emit.let(name, ir.Op("zeros_like", (atom,), KIND))


# Names of arrays, and new ones -----------------------------------------------------------


def bind(sets: Sets, stmt: ir.Let, emit: Emitter) -> None:
    """Append `target = value` for an array."""
    target, value = stmt.target, stmt.value
    for part in parts(value):
        _check_known(sets, part, stmt)
    if not sets.unknown.holds(target):
        emit.out.append(stmt)
        return
    if sets.arms and sets.unknown.escapes(target.name, *sets.arms[-1]):
        what = f"which array {called(target.name, stmt.span, 'a value')} is depends on the inputs"
        sets.refuse(what, "copy the elements into one array: out[:] = ...", stmt.span)
    new = sets.array(target)
    match value:
        case ir.Var():
            emit.let(new, sets.array(value))
        case ir.Load(array=array, index=index):
            emit.let(new, ir.Load(sets.array(array), index))
        case ir.Op(prim="copy", args=(ir.Var() as source,)):
            if sets.unknown.holds(source) and is_float(target.type) and is_float(source.type):
                emit.let(new, ir.Op("copy", (sets.array(source),)))
            else:
                emit.let(new, ir.Op("zeros_like", (_any_array(sets, source),), KIND))
        case ir.Op(prim="select", args=(test, ir.Var() as a, ir.Var() as b)):
            emit.let(new, ir.Op("select", (test, sets.array(a), sets.array(b))))
        case ir.Op(prim=prim, args=args) if prim in MAKERS:
            fill = sets.set_of(args[0]) if prim == "full" else EMPTY
            extents = args[1:] if prim == "full" else args
            extents = extents[1:] if value.static[:1] == ("like",) else extents
            emit.let(new, ir.Op("full", (fill, *extents), KIND))
        case ir.Op(prim=prim, args=(ir.Var() as model, *rest)) if prim in LIKES:
            fill = sets.set_of(rest[0]) if prim == "full_like" else EMPTY
            emit.let(new, ir.Op("full_like", (_any_array(sets, model), fill), KIND))
        case _:
            what = f"{called(target.name, stmt.span, 'an array')} has no pattern here"
            sets.refuse(what, "fill the array element by element", stmt.span)


def _any_array(sets: Sets, var: ir.Var) -> ir.Var:
    """Return an array of the shape of another one: of its sets if it is unknown."""
    return sets.array(var) if sets.unknown.holds(var) else var


def _check_known(sets: Sets, part: object, stmt: ir.Let) -> None:
    """Raise NotDifferentiable for sizes, bounds of views and choices of arrays that are unknown."""
    if isinstance(part, ir.Slice):
        for bound in parts(part):
            _check_known(sets, bound, stmt)
        return
    if not isinstance(part, ir.Var) or isinstance(part.type, Array):
        return
    if not is_float(part.type) and sets.unknown.holds(part):
        name = called(stmt.target.name, stmt.span, "an array")
        what = f"which elements {name} has, or how many, depends on the inputs"
        sets.refuse(what, "index single elements, or pass the size as an argument", stmt.span)


# Elements --------------------------------------------------------------------------------


def read(sets: Sets, load: ir.Load, emit: Emitter) -> ir.Atom:
    """Return the set of an element, or the union of those that an index may mean."""
    array = sets.array(load.array)
    if not sets.arms and not any(map(sets.unknown.holds, load.index)):
        return emit.let(ir.Var(sets.supply.temporary(), INT), ir.Load(array, load.index))
    found = emit.let(ir.Var(sets.supply.temporary(), INT), EMPTY)

    def visit(index: ir.Index, inner: Emitter) -> None:
        one = inner.let(ir.Var(sets.supply.temporary(), INT), ir.Load(array, index))
        inner.let(found, sets.union(found, one, inner))

    _places(sets, array, load.index, visit, emit)
    return found


def read_known(sets: Sets, target: ir.Var, load: ir.Load, emit: Emitter) -> None:
    """Append `target = array[index]` in an uncertain block, where the index may be outside."""
    kind = target.type
    assert isinstance(kind, Scalar)
    start: bool | float = 0.0 if is_float(kind) else 0
    emit.let(target, ir.Const(value=False) if kind == BOOL else ir.Const(start, kind))

    def visit(index: ir.Index, inner: Emitter) -> None:
        inner.let(target, ir.Load(load.array, index))

    _places(sets, load.array, load.index, visit, emit)


def write(sets: Sets, stmt: ir.Store | ir.Accum, emit: Emitter) -> None:
    """Append the write of an element; where it is not known whether or which, sets grow."""
    var = stmt.array if isinstance(stmt, ir.Store) else stmt.target
    if not is_float(var.type):
        return
    array, index, given = sets.array(var), stmt.index or (), sets.set_of(stmt.value)
    adds = isinstance(stmt, ir.Accum)
    if not sets.arms and not any(map(sets.unknown.holds, index)):
        if adds and given != EMPTY:
            old = emit.let(ir.Var(sets.supply.temporary(), INT), ir.Load(array, index))
            emit.store(array, index, sets.union(old, given, emit))
        elif not adds:
            emit.store(array, index, given)
        return
    if given == EMPTY:
        return

    def visit(place: ir.Index, inner: Emitter) -> None:
        old = inner.let(ir.Var(sets.supply.temporary(), INT), ir.Load(array, place))
        inner.store(array, place, sets.grown(old, given, var, inner))

    _places(sets, array, index, visit, emit)


def all_of(sets: Sets, var: ir.Var, emit: Emitter) -> ir.Atom:
    """Return the union of all sets of an array."""
    assert isinstance(var.type, Array)
    array = sets.array(var)
    found = emit.let(ir.Var(sets.supply.temporary(), INT), EMPTY)
    index = tuple(ir.Var(sets.supply.fresh(n), INT) for n in "ijklmnopq"[: var.type.ndim])
    body: list[ir.Stmt] = []
    inner = Emitter(sets.supply, body, emit.span)
    one = inner.let(ir.Var(sets.supply.temporary(), INT), ir.Load(array, index))
    inner.let(found, sets.union(found, one, inner))
    element_loops(emit, array, var.type.ndim, body, index)
    return found


Visit = Callable[[ir.Index, Emitter], None]


def _places(sets: Sets, array: ir.Var, index: ir.Index, visit: Visit, emit: Emitter) -> None:
    """Append loops over all elements that an index may mean: none if it is outside."""
    names: list[ir.Var] = []
    bounds: list[tuple[ir.Atom, ir.Atom]] = []
    for axis, part in enumerate(index):
        assert not isinstance(part, ir.Slice)
        extent = emit.let(ir.Var(sets.supply.temporary(), INT), ir.Op("shape", (array,), (axis,)))
        least, most = sets.span(part)
        first = integer(emit, "span_first", least, most, extent)
        bounds.append((first, integer(emit, "span_stop", least, most, extent)))
        names.append(ir.Var(sets.supply.fresh("place"), INT))
    body: list[ir.Stmt] = []
    visit(tuple(names), Emitter(sets.supply, body, emit.span))
    block = tuple(body)
    for name, (first, stop) in reversed(list(zip(names, bounds, strict=True))):
        block = (ir.For(name, first, stop, ONE, block, None, emit.span),)
    emit.out.extend(block)
