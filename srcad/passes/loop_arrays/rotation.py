"""Loops that pass arrays round by name: `u, un = un, u`.

Going forward, the names of the adjoints are passed round with the names of the arrays.
Going in reverse, every iteration starts by passing both back, so that in its statements
the names mean what they meant when the iteration began:

    for t in range(n):              for t in range(n - 1, -1, -1):
        ...                             u, un = un, u
        u, un = un, u                   u_bar, un_bar = un_bar, u_bar
        u_bar, un_bar = un_bar, u_bar   ...
"""

from __future__ import annotations

from srcad.analysis.origins import MERGES, sole_origin
from srcad.analysis.values import ROOT, Def, Env, Place, Values
from srcad.ir import nodes as ir
from srcad.ir.types import Array
from srcad.passes.building.emitter import Emitter
from srcad.passes.kept.needed_values import Region


def rotation(region: Region, loop: ir.Stmt) -> dict[str, str]:
    """Return, for each array name that a loop carries, whose array it has next.

    Raises NotDifferentiable where that is not one of the names that it carries.
    """
    found, problem = following(region.facts, _carried(region, loop))
    if problem is not None:
        raise region.context.unsupported_array(problem)
    return {name: source for name, source in found.items() if name != source}


def _carried(region: Region, loop: ir.Stmt) -> Env:
    """Return what a loop carries under array names that are not one array only."""
    context = region.context
    return {
        name: phi
        for name, phi in region.facts.phis[loop].items()
        if isinstance(context.type_of(name), Array) and phi in context.used
        if sole_origin(region.facts, phi) is None
    }


def passed_round(region: Region) -> frozenset[Def]:
    """Return the arrays that names start with which a loop passes round."""
    context = region.context
    if context.passed_round is None:
        first: set[Def | None] = set()
        for loop in region.facts.phis:
            phis = _carried(region, loop)
            found, _ = following(region.facts, phis)
            first |= {carried_array(phis[a]) for a, b in found.items() if a != b}
        context.passed_round = frozenset(d for d in first if d is not None)
    return context.passed_round


def is_passed_on(region: Region, d: Def) -> bool:
    """Return whether the name of the adjoint of `d` now is that of another array's adjoint.

    It is after a loop that passes `d` round, until that is reversed. The array may have other
    names there: `w = u`, or what a branch chose.
    """
    meant = _meant(region.facts, d)
    return any(
        _meant(region.facts, start) is meant and _is_ahead(region, loop)
        for start, loop in _rotations(region)
    )


def _rotations(region: Region) -> list[tuple[Def, ir.Stmt]]:
    """Return what names mean when a loop begins that passes them round, with the loop."""
    context = region.context
    if context.rotations is None:
        context.rotations = []
        for loop in region.facts.phis:
            phis = _carried(region, loop)
            found, _ = following(region.facts, phis)
            starts = (phis[a].inputs[0] for a, b in found.items() if a != b)
            context.rotations += [(start, loop) for start in starts if start is not None]
    return context.rotations


def _meant(facts: Values, d: Def) -> Def:
    """Return the value whose adjoint is named where that of `d` is asked for.

    Other names of an array have adjoints of their own in the outermost block.
    """
    while d.kind == "let" and isinstance(stmt := d.stmt, ir.Let) and isinstance(stmt.value, ir.Var):
        if d.place == ROOT:
            return d
        d = facts.reads[stmt, stmt.value.name]
    return (sole_origin(facts, d) if d.kind in MERGES else None) or d


def _is_ahead(region: Region, loop: ir.Stmt) -> bool:
    """Return whether a loop is still to be reversed, or is being reversed."""
    at: dict[Place, int] = {}
    current: Region | None = region
    while current is not None:
        for frame in current.frames:
            at |= dict.fromkeys(frame.places, frame.index)
        current = current.parent
    place, index = region.facts.where[loop]
    while place not in at:
        if place.owner is None:
            return False
        place, index = region.facts.where[place.owner]
    return index <= at[place]


def following(facts: Values, phis: Env) -> tuple[dict[str, str], Def | None]:
    """Return, for each of the names, whose array it has next, and one that has another."""
    found: dict[str, str] = {}
    for name, phi in phis.items():
        source = _origin(facts, phi.inputs[1])
        if source is None or source.name not in phis or source.name in found.values():
            return found, phi
        if source.kind == "out" and source.name != name:
            return found, phi
        if _start(facts, source) is not phis[source.name]:
            return found, phi  # an array from before the loop, or one that the iteration chose
        found[name] = source.name
    for name, source_name in found.items():
        if name != source_name and is_chosen(facts, phis[name].inputs[0]):
            return found, phis[name]
    return found, None


def _origin(facts: Values, d: Def | None) -> Def | None:
    """Return the loop's own value behind other names of an array."""
    while d is not None and d.kind == "let":
        stmt = d.stmt
        if not isinstance(stmt, ir.Let) or not isinstance(stmt.value, ir.Var):
            return None
        d = facts.reads.get((stmt, stmt.value.name))
    return d if d is not None and d.kind in {"phi", "out"} else None


def _start(facts: Values, d: Def | None) -> Def | None:
    """Return what the names of inner loops start with that pass an array round."""
    while d is not None and d.kind == "out":
        d = _origin(facts, d.inputs[0])
    return d


def carried_array(d: Def) -> Def | None:
    """Return the array that a loop's names start with, for a phi or what comes out."""
    while d.kind in {"phi", "out"}:
        source = d.inputs[0]
        if source is None:
            return None
        d = source
    return d


def is_chosen(facts: Values, d: Def | None) -> bool:
    """Return whether `d` is, or is a view of, one of the arrays between which a branch chose.

    Its adjoint is chosen going backwards: forward, there is nothing yet to take a view of.
    """
    while d is not None and d.kind == "let" and isinstance(d.stmt, ir.Let):
        match d.stmt.value:
            case ir.Var(name=name) | ir.Load(array=ir.Var(name=name)):
                d = facts.reads[d.stmt, name]
            case _:
                return False
    if d is not None and d.kind in {"phi", "out"} and sole_origin(facts, d) is None:
        return is_chosen(facts, carried_array(d))
    return d is not None and d.kind == "join" and sole_origin(facts, d) is None


def pass_round(emit: Emitter, pairs: dict[ir.Var, ir.Var]) -> None:
    """Append `a, b, ... = pairs[a], pairs[b], ...` as plain assignments of arrays."""
    held: dict[ir.Var, ir.Var] = {}
    for target in list(pairs)[:-1]:
        if any(source == target for source in list(pairs.values())):
            held[target] = ir.Var(emit.supply.temporary())
            emit.let(held[target], target)
    for target, source in pairs.items():
        emit.let(target, held.get(source, source))


def rotate_forward(region: Region, loop: ir.Stmt, shadows: dict[str, ir.Var]) -> None:
    """Pass the adjoints round at the end of every iteration, going forward."""
    following = rotation(region, loop)
    names = {shadows[a]: shadows[b] for a, b in following.items() if a in shadows}
    place = Place(loop, "body")
    if names and place not in region.at_finish:
        statements = region.at_finish.setdefault(place, [])
        pass_round(Emitter(region.context.supply, statements, loop.span), names)


def rotate_back(
    region: Region, loop: ir.Stmt, shadows: dict[str, ir.Var], out: list[ir.Stmt]
) -> None:
    """Append what undoes the passing round, of the arrays and of their adjoints."""
    following = rotation(region, loop)
    emit = Emitter(region.context.supply, out, loop.span)
    types = region.context.type_of
    arrays = {ir.Var(b, types(b)): ir.Var(a, types(a)) for a, b in following.items()}
    pass_round(emit, arrays)
    pass_round(emit, {shadows[b]: shadows[a] for a, b in following.items() if a in shadows})
