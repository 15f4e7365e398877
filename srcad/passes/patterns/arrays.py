"""Arrays of sets: how the pass `sets` makes, reads and writes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from srcad.ir import nodes as ir
from srcad.ir.primitives import LIKES, MAKERS, sizes_of
from srcad.ir.types import BOOL, INT, Array, Scalar, is_float
from srcad.ir.walk import param_vars, parts, statements, targets
from srcad.ir.wording import called
from srcad.passes.building.emitter import Emitter, element_loops
from srcad.passes.halves.linear_work import written_by
from srcad.passes.patterns.spans import YES, integer

if TYPE_CHECKING:
    from srcad.passes.patterns.sets import Sets

EMPTY, ONE = ir.Const(0), ir.Const(1)
KIND = ("int64",)


def number_inputs(sets: Sets, emit: Emitter) -> None:
    """Append the sets of all arguments: each float of interest is one of its own."""
    for name, _ in sets.function.constants:
        if sets.unknown.holds(ir.Var(name)):
            emit.let(sets.constant(name), ir.Op("zeros_like", (ir.Var(name),), KIND))
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
        if sets.classes.of(var.name) in sets.shared:
            emit.let(_is_bound(sets, var), YES)
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
    elif sets.classes.of(target.name) in sets.shared:
        if not isinstance(value, ir.Var):
            _add(sets, stmt, emit)
    elif sets.arms and sets.unknown.escapes(target.name, *sets.arms[-1]):
        rebind(sets, stmt, emit)
    elif target.name in sets.unknown.rebound:
        new = _content(sets, stmt)
        if not isinstance(new, ir.Op):
            new = ir.Op("copy", (emit.let(ir.Var(sets.supply.temporary()), new),))
        emit.let(sets.array(target), new)
        emit.let(_is_bound(sets, target), YES)
    else:
        emit.let(sets.array(target), _content(sets, stmt))


def _content(sets: Sets, stmt: ir.Let) -> ir.Value:
    """Return the sets of what an array is bound to."""
    target = stmt.target
    match stmt.value:
        case ir.Var() as source:
            return sets.array(source)
        case ir.Load(array=array, index=index):
            return ir.Load(sets.array(array), index)
        case ir.Op(prim="copy", args=(ir.Var() as source,)):
            if sets.unknown.holds(source) and is_float(target.type) and is_float(source.type):
                return ir.Op("copy", (sets.array(source),))
            return ir.Op("zeros_like", (_any_array(sets, source),), KIND)
        case ir.Op(prim="select", args=(test, ir.Var() as a, ir.Var() as b)):
            return ir.Op("select", (test, sets.array(a), sets.array(b)))
        case ir.Op(prim=prim, args=args, static=static) if prim in MAKERS:
            fill = sets.set_of(args[0]) if prim == "full" else EMPTY
            return ir.Op("full", (fill, *args[sizes_of(prim, static) :]), KIND)
        case ir.Op(prim=prim, args=(ir.Var() as model, *rest)) if prim in LIKES:
            fill = sets.set_of(rest[0]) if prim == "full_like" else EMPTY
            return ir.Op("full_like", (_any_array(sets, model), fill), KIND)
        case _:
            what = f"{called(target.name, stmt.span, 'an array')} has no pattern here"
            sets.refuse(what, "fill the array element by element", stmt.span)


class NeedsSharing(Exception):  # noqa: N818 - caught in this package
    """A class of arrays is to have one array of sets for all its names."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def rebind(sets: Sets, stmt: ir.Let, emit: Emitter) -> None:
    """Append what stands for binding an array in an uncertain block: its sets are added.

    The name has an array of sets of its own, which has the elements of all that it may be. So
    have names that change places, together.
    """
    if not _may_copy(sets, stmt):
        if _may_share(sets, stmt):
            raise NeedsSharing(sets.classes.of(stmt.target.name))
        what = f"which array {called(stmt.target.name, stmt.span, 'a value')} is"
        hint = "copy the elements into one array: out[:] = ..."
        sets.refuse(f"{what} depends on the inputs", hint, stmt.span)
    _add(sets, stmt, emit)


def _add(sets: Sets, stmt: ir.Let, emit: Emitter) -> None:
    """Append what adds the sets of an array to those that a name may already have."""
    target = stmt.target
    assert isinstance(target.type, Array)
    new = emit.let(ir.Var(sets.supply.fresh(f"{target.name}_new")), _content(sets, stmt))
    own, is_bound = sets.array(target), _is_bound(sets, target)
    axes = range(target.type.ndim)
    extents = [emit.op("shape", new, static=(axis,)) for axis in axes]
    first = ir.Let(own, ir.Op("full", (EMPTY, *extents), KIND), emit.span)
    emit.out.append(ir.If(is_bound, (), (first, ir.Let(is_bound, YES)), emit.span))
    what = f"the shape of {called(target.name, stmt.span, 'a value')} depends on the inputs"
    for axis, extent in zip(axes, extents, strict=True):
        differs = emit.op("ne", emit.op("shape", own, static=(axis,)), extent)
        problem = ir.Raise(ValueError, (what,), emit.span)
        emit.out.append(ir.If(differs, (problem,), (), emit.span))
    index = tuple(ir.Var(sets.supply.fresh(n), INT) for n in "ijklmnopq"[: target.type.ndim])
    body: list[ir.Stmt] = []
    inner = Emitter(sets.supply, body, emit.span)
    old, more = (
        inner.let(ir.Var(sets.supply.temporary(), INT), ir.Load(array, index))
        for array in (own, new)
    )
    inner.store(own, index, sets.grown(old, more, target, inner))
    element_loops(emit, new, target.type.ndim, body, index)


def _may_share(sets: Sets, stmt: ir.Let) -> bool:
    """Return whether one array of sets can stand for all names of the same memory.

    There are no views, and at most one argument, whose memory is not written.
    """
    names = sets.alike[sets.classes.of(stmt.target.name)]
    given = names.intersection([v.name for v in param_vars(sets.function.params)])
    kept = {name for name, _ in sets.function.constants} | {v.name for v in sets.out.mutated}
    every = statements(sets.function.body)
    binds = [s for s in every if not names.isdisjoint([v.name for v in targets(s)])]
    makers = {*MAKERS, *LIKES, "copy"}
    return (
        len(given) <= 1
        and names.isdisjoint(kept)
        and all(
            isinstance(s, ir.Let)
            and (
                isinstance(s.value, ir.Var)
                or (isinstance(s.value, ir.Op) and s.value.prim in makers)
            )
            for s in binds
        )
    )


def _is_bound(sets: Sets, var: ir.Var) -> ir.Var:
    """Return the name that tells whether any path has bound an array yet."""
    name = sets.own(var)
    if name not in sets.bound:
        assert isinstance(var.type, Array)
        sets.bound[name] = ir.Var(sets.supply.fresh(f"{var.name}_is_bound"), BOOL)
        sets.start(sets.bound[name], ir.Const(value=False))
        nothing = ir.Op("full", (EMPTY, *(EMPTY for _ in range(var.type.ndim))), KIND)
        sets.starts.append(ir.Let(sets.array(var), nothing, sets.function.span))
    return sets.bound[name]


def _may_copy(sets: Sets, stmt: ir.Let) -> bool:
    """Return whether an array of its own stands for what a name is bound to.

    So it is where no name of the same memory is ever written; where it is new, and has no
    other name; or has one that ends with the block, which writes it no more.
    """
    target = stmt.target.name
    names = sets.alike[sets.classes.of(target)]
    if target in {v.name for v in param_vars(sets.function.params)}:
        return False
    every = statements(sets.function.body)
    writes = [s for s in every if written_by(s) in names]
    if not writes:
        return True
    if isinstance(stmt.value, ir.Op):
        return stmt.value.prim != "select" and names == {target}
    if not isinstance(stmt.value, ir.Var) or names != {target, stmt.value.name}:
        return False
    ties = [s for s in every if isinstance(s, ir.Let) and s.target.name in names]
    ties = [s for s in ties if isinstance(s.value, ir.Var | ir.Load)]
    arm = next((arm for arm in sets.arms[-1] if stmt in arm), None)
    if arm is None or ties != [stmt] or sets.unknown.escapes(stmt.value.name, arm):
        return False
    made = [s for s in arm if stmt.value.name in {v.name for v in targets(s)}]
    later = statements(arm[arm.index(stmt) :])
    return len(made) == 1 and not any(written_by(s) in names for s in later)


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
    is_own = not sets.arms and sets.classes.of(var.name) not in sets.shared
    if is_own and not any(map(sets.unknown.holds, index)):
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
