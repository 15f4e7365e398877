"""The adjoints of arrays: one shadow array for each array, the same view for each view."""

from __future__ import annotations

from srcad.analysis.origins import sole_origin
from srcad.analysis.values import ROOT, Def, Place
from srcad.errors import InternalError
from srcad.ir import nodes as ir
from srcad.ir.types import Array, Type
from srcad.ir.walk import targets
from srcad.passes.building.callees import Derived, LoopRun
from srcad.passes.building.emitter import Emitter
from srcad.passes.kept.frames import Frame
from srcad.passes.kept.needed_values import Region
from srcad.passes.loop_arrays.rotation import carried_array, is_chosen, is_passed_on, passed_round
from srcad.passes.modes.kept_arrays import result_zeros


def shadow_of(region: Region, d: Def) -> ir.Var:
    """Return the name of the adjoint of the array that `d` names, at this point.

    Shadows of arrays made in the outermost block of the function are made right after
    them, going forward; others in the reversed block, when they are first needed.
    """
    context = region.context
    if d in context.shadows:
        return context.shadows[d]
    for frame in open_frames(region):
        if d in frame.shadows:
            return frame.shadows[d]
    if d.kind in {"phi", "join", "out"}:
        origin = sole_origin(region.facts, d)
        if origin is not None:
            return shadow_of(region, _still_named(region, d, origin))
    if d.kind in {"phi", "out"}:
        first = carried_array(d)
        if first is None or first.place != ROOT:
            raise context.unsupported_array(d)
        return shadow_of(region, first)
    if d.place == ROOT and d.kind in {"param", "let", "call"} and not is_chosen(region.facts, d):
        return _forward_shadow(region, d)
    home = region
    while not home.inside(d.place) and home.parent is not None:
        home = home.parent
    frame = home.frame_of(d.place)
    name = _make(home, d, frame)
    frame.shadows[d] = name
    return name


def _still_named(region: Region, d: Def, origin: Def) -> Def:
    """Return a value with the memory of `origin` whose adjoint has a name while `d` is there.

    The names of the adjoints that a loop passes round are not always those of the same
    arrays; another name of the array has an adjoint that is a name of its own.
    """
    if d.name == origin.name or origin not in passed_round(region):
        return origin
    first = carried_array(d) if d.kind != "join" else None
    if first is None or first.kind != "let":
        raise region.context.unsupported_array(d)
    return first


def open_frames(region: Region) -> list[Frame]:
    """Return the open frames of a region and of those around it, innermost first."""
    found: list[Frame] = []
    current: Region | None = region
    while current is not None:
        found += reversed(current.frames)
        current = current.parent
    return found


def named(region: Region, d: Def) -> ir.Var:
    """Return a fresh name for the adjoint of `d`, known to be of the class of `d`."""
    context = region.context
    name = context.supply.fresh(f"{d.name}_bar")
    context.shadow_class[name] = f"{context.classes.of(d.name)} bar"
    return ir.Var(name)


def _forward_shadow(region: Region, d: Def) -> ir.Var:
    """Make the shadow in the forward sweep, where the array itself is made."""
    context = region.context
    match d.stmt:
        case ir.Let(value=ir.Var(name=source)) as stmt:
            value: ir.Value = shadow_of(region, region.facts.reads[stmt, source])
        case ir.Let(value=ir.Load(array=array, index=index)) as stmt:
            base = shadow_of(region, region.facts.reads[stmt, array.name])
            value = ir.Load(base, index)
        case stmt:
            value = _zeros(d.name)
    name = context.shadows[d] = named(region, d)
    if stmt is None:
        context.entry.append(ir.Let(name, value, context.function.span))
        return name
    outermost = region
    while outermost.parent is not None:
        outermost = outermost.parent
    outermost.after.setdefault(stmt, []).append(ir.Let(name, value, stmt.span))
    return name


def _zeros(name: str) -> ir.Op:
    return ir.Op("zeros_like", (ir.Var(name),), (None,))


def _make(region: Region, d: Def, frame: Frame) -> ir.Var:
    """Make the shadow in the reversed block where the array itself is made."""
    stmt = d.stmt
    emit = Emitter(region.context.supply, frame.out, stmt.span if stmt else None)
    match d.kind, stmt:
        case "let", ir.Let(value=ir.Var(name=source)):
            return _by_its_name(region, region.facts.reads[stmt, source])
        case "let", ir.Let(value=ir.Load(array=array, index=index)):
            base = _by_its_name(region, region.facts.reads[stmt, array.name])
            view = named(region, d)
            return emit.let(view, ir.Load(base, region.use_index(stmt, index)))
        case "let", ir.Let(value=ir.Op() as op):
            return emit.let(named(region, d), _fresh_zeros(region, stmt, op))
        case "call", ir.Call() if (given := _given(stmt, d.name)) is not None:
            like = _of_same_shape(region, stmt, given)
            return emit.let(named(region, d), ir.Op("zeros_like", (like,), (None,)))
        case "call", ir.Call():
            return emit.let(named(region, d), result_zeros(region, stmt, d, frame))
        case "join", ir.If(test=test):
            return _join(region, d, stmt, test, frame)
        case _:
            raise region.context.unsupported_array(d)


def _by_its_name(region: Region, d: Def) -> ir.Var:
    """Return the adjoint of an array that is read by another name, or as a view of it.

    Raises NotDifferentiable if a loop has passed the adjoint's name on to another array.
    """
    if is_passed_on(region, d):
        raise region.context.unsupported_array(d)
    return shadow_of(region, d)


def _given(stmt: ir.Call, name: str) -> ir.Var | None:
    """Return the argument that has the shape of the result `name` of a call."""
    if isinstance(stmt.function, LoopRun):
        positions = stmt.function.shapes
    elif isinstance(stmt.function, Derived):
        positions = stmt.function.shaped_like(len(stmt.targets))
    else:
        return None
    for target, position in zip(stmt.targets, positions, strict=True):
        given = None if position is None else stmt.args[position]
        if target.name == name and isinstance(given, ir.Var):
            return given
    return None


def _of_same_shape(region: Region, stmt: ir.Stmt, atom: ir.Atom) -> ir.Atom:
    """Return an array with the shape and dtype of `atom`: itself, or its adjoint."""
    if isinstance(atom, ir.Var) and region.context.active.holds(atom):
        d = region.facts.reads[stmt, atom.name]
        if not region.has_array(d):
            return shadow_of(region, d)
    return region.use(stmt, atom)


MAKES_NEW = {
    *("zeros", "ones", "empty", "full", "copy"),
    *("zeros_like", "ones_like", "empty_like", "full_like"),
}
"""What makes a new array, of extents or like another one."""


def _made_here(region: Region, stmt: ir.Let, op: ir.Op) -> tuple[ir.Let, ir.Op] | None:
    """Return what makes the array that `op` is like, if this is nowhere in reverse.

    Only its extents are wanted, and these are numbers, which can be kept.
    """
    like = op.args[0]
    if not isinstance(like, ir.Var) or region.context.active.holds(like):
        return None
    d = region.facts.reads[stmt, like.name]
    while d.kind == "let" and isinstance(d.stmt, ir.Let) and isinstance(d.stmt.value, ir.Var):
        d = region.facts.reads[d.stmt, d.stmt.value.name]
    if d.kind != "let" or region.has_array(d) or not isinstance(d.stmt, ir.Let):
        return None
    made = d.stmt.value
    return (d.stmt, made) if isinstance(made, ir.Op) and made.prim in MAKES_NEW else None


def _fresh_zeros(region: Region, stmt: ir.Let, op: ir.Op) -> ir.Op:
    """Return zeros of the shape of a new array."""
    match op.prim:
        case "zeros" | "ones" | "empty":
            return ir.Op("zeros", tuple(region.use(stmt, a) for a in op.args), op.static)
        case "full":
            extents, dtype = tuple(region.use(stmt, a) for a in op.args[1:]), op.static[0]
            if dtype is None:
                kind = region.context.type_of(stmt.target.name)
                return ir.Op("zeros", extents, (getattr(kind, "dtype", None),))
            return ir.Op("zeros", extents, op.static)
        case "zeros_like" | "ones_like" | "empty_like" | "full_like" | "copy" if (
            made := _made_here(region, stmt, op)
        ) is not None:
            zeros = _fresh_zeros(region, *made)
            dtype = op.static[0] if op.static else None
            return zeros if dtype is None else ir.Op(zeros.prim, zeros.args, (dtype,))
        case "zeros_like" | "ones_like" | "empty_like" | "full_like":
            return ir.Op("zeros_like", (_of_same_shape(region, stmt, op.args[0]),), op.static)
        case "copy":
            return ir.Op("zeros_like", (_of_same_shape(region, stmt, op.args[0]),), (None,))
        case _:
            raise InternalError("reverse", f"no shadow for the result of {op.prim}")


def _stand_in(region: Region, d: Def, chosen: Def, target: ir.Var) -> ir.Value:
    """Return what a name for the shadow of `d` has where another array was chosen."""
    own, other = (region.context.type_of(found.name) for found in (d, chosen))
    assert isinstance(own, Array)
    assert isinstance(other, Array)
    if (own.ndim, own.dtype) == (other.ndim, other.dtype):
        return target
    return _nothing(own)


def _nothing(kind: Type | None) -> ir.Op:
    """Return an array of a type that has no elements."""
    assert isinstance(kind, Array)
    return ir.Op("empty", (ir.Const(0),) * kind.ndim, (kind.dtype,))


def _join(region: Region, d: Def, stmt: ir.If, test: ir.Atom, frame: Frame) -> ir.Var:
    """Choose the shadow of an array as the branch chose the array.

    Both branches name all shadows that one of them makes: a later use of one, under the
    same test, is not one of an earlier iteration's. What stands for the shadow of another
    kind of array (of a matrix, of which the branch chose a column), or of one that the branch
    does not make, is empty.
    """
    target = named(region, d)
    condition = region.use(stmt, test)
    branches: list[list[ir.Stmt]] = [[], []]
    made: list[dict[str, Def]] = [{}, {}]
    for k, (part, source) in enumerate(zip(("then", "orelse"), d.inputs, strict=True)):
        if source is None:
            nothing = _nothing(region.context.type_of(d.name))
            Emitter(region.context.supply, branches[k], stmt.span).let(target, nothing)
            continue
        place = Place(stmt, part)
        inner = Frame((place,), branches[k], len(region.facts.blocks[place]))
        region.frames.append(inner)
        shadow = _by_its_name(region, source)
        region.frames.pop()
        frame.shadows |= inner.shadows
        frame.have |= inner.have
        bound = {t.name for s in inner.out for t in targets(s)}
        made[k] = {var.name: d for d, var in inner.shadows.items() if var.name in bound}
        Emitter(region.context.supply, inner.out, stmt.span).let(target, shadow)
    for block, names in zip(branches, reversed(made), strict=True):
        for name in sorted(names) if block else ():
            value = _stand_in(region, names[name], d, target)
            Emitter(region.context.supply, block, stmt.span).let(ir.Var(name), value)
    frame.out.append(ir.If(condition, tuple(branches[0]), tuple(branches[1]), stmt.span))
    return target
