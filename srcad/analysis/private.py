"""Which work arrays does every iteration of a loop fill before it reads them?

    for i in range(n):                  `term` carries nothing from one iteration to the
        for c in range(k):              next: the first thing that happens to it is that a
            term[c] = ...               loop (or a nest of loops) over its whole extent
        ... reads of term ...           assigns every element.

Such an array, and its adjoint, may be treated as if each iteration had its own. Told which
integers are equal, one sees more of them: an array under several names, a nest over an extent
under another name, an array that only a loop in the loop uses.
"""

from __future__ import annotations

from typing import TypeGuard

from srcad.analysis.aliasing import Aliases
from srcad.analysis.extents import Extents, extents_in
from srcad.analysis.values import Place, Values, values
from srcad.ir import nodes as ir
from srcad.ir.primitives import EXTENTS, LIKES
from srcad.ir.types import Array
from srcad.ir.walk import atoms, mentioned, operands, statements, targets


def private_arrays(
    loop: ir.For,
    facts: Values,
    classes: Aliases,
    extents: Extents | None = None,
    *,
    shapes: bool = False,
) -> set[str]:
    """Return the alias classes that no iteration of `loop` hands to another.

    extents: which integers are equal, for those that are found only if that is known.
    shapes: whether those count, too, that are asked for their shape outside the loop.
    """
    found = set()
    for name in sorted(_stored(loop.body, classes)):
        made = _making(name, loop, facts, classes, aliases=extents is not None)
        if made is None or _lives_on(name, loop, made, facts, classes, shapes=shapes):
            continue
        first = next(s for s in loop.body if _touches(s, name, classes))
        if covers(first, made, facts, classes, extents) or (
            extents is not None and _is_private_inside(first, name, loop, facts, classes, extents)
        ):
            found.add(name)
    return found


def _is_private_inside(
    stmt: ir.Stmt, name: str, loop: ir.For, facts: Values, classes: Aliases, extents: Extents
) -> bool:
    """Return whether a loop within `stmt`, and nothing else of `loop`, uses a class so."""
    inner = [s for s in statements((stmt,)) if isinstance(s, ir.For)]
    for found in inner:
        if found is not loop and name in _stored(found.body, classes):
            return name in private_arrays(found, facts, classes, extents)
    return False


def _stored(body: ir.Block, classes: Aliases) -> set[str]:
    return {classes.of(s.array.name) for s in statements(body) if isinstance(s, ir.Store)}


def _touches(stmt: ir.Stmt, name: str, classes: Aliases) -> bool:
    """Return whether a statement, or one inside it, mentions an alias class."""
    for inner in statements((stmt,)):
        if isinstance(inner, ir.Store) and classes.of(inner.array.name) == name:
            return True
        if isinstance(inner, ir.Accum) and classes.of(inner.target.name) == name:
            return True
        for part in operands(inner):
            if any(isinstance(a, ir.Var) and classes.of(a.name) == name for a in atoms(part)):
                return True
        if any(classes.of(t.name) == name for t in targets(inner)):
            return True
    return False


def _making(
    name: str, loop: ir.For, facts: Values, classes: Aliases, *, aliases: bool
) -> ir.Let | None:
    """Return the statement that makes the only array of a class, if that is all there is.

    aliases: whether it may have more names, given in its block before the loop begins.
    """
    made: ir.Let | None = None
    around = {p.owner: p for p in facts.places(Place(loop, "body"))}
    for stmt in facts.where:
        if not isinstance(stmt, ir.Let) or classes.of(stmt.target.name) != name:
            continue
        if aliases and made is not None and isinstance(stmt.value, ir.Var):
            place, index = facts.where[stmt]
            first = next((s for s in around if s and facts.where[s][0] == place), None)
            if place == facts.where[made][0] and first and index < facts.where[first][1]:
                continue
        if made is not None or not isinstance(stmt.value, ir.Op):
            return None
        if stmt.value.prim not in {"empty", "zeros", "ones"} or "like" in stmt.value.static:
            return None
        made = stmt
    return made if made is not None and not _inside(made, loop, facts) else None


def _inside(stmt: ir.Stmt, loop: ir.Stmt, facts: Values) -> bool:
    return loop in facts.loops(facts.where[stmt][0])


def _lives_on(
    name: str, loop: ir.For, made: ir.Let, facts: Values, classes: Aliases, *, shapes: bool
) -> bool:
    """Return whether anything but its making touches the class outside the loop."""
    if any(classes.of(n) == name for n in facts.returned):
        return True
    around = {p.owner for p in facts.places(Place(loop, "body"))}
    for stmt, (place, _) in facts.where.items():
        if stmt is made or stmt in around or stmt is loop:
            continue
        if loop in {p.owner for p in facts.places(place)}:
            continue
        if isinstance(stmt, ir.For | ir.While | ir.If) or _is_alias(stmt):
            continue
        if shapes and is_shape(stmt):
            continue
        if _touches(stmt, name, classes):
            return True
    return False


def is_shape(stmt: ir.Stmt) -> bool:
    """Return whether a statement asks for no more of an array than its shape."""
    match stmt:
        case ir.Let(value=ir.Op(prim=prim)):
            return prim in EXTENTS or prim in LIKES
        case _:
            return False


def _is_alias(stmt: ir.Stmt) -> bool:
    """Return whether a statement gives an array one more name: `_making` has seen those."""
    return isinstance(stmt, ir.Let) and isinstance(stmt.value, ir.Var)


def is_cleared(loop: ir.For, name: str, function: ir.Function, classes: Aliases) -> bool:
    """Return whether an array is full of zeros whenever an iteration begins, and ends.

    It is made so, nothing but the loop touches it, and what touches it last in an iteration is a
    nest of loops over all of it that writes a zero to each element when that is done with.
    """
    facts, extents = values(function), extents_in(function)
    if any(classes.of(n) == classes.of(name) for n in facts.returned):
        return False
    made: ir.Let | None = None
    inside = set(statements((loop,)))
    for stmt in facts.where:
        is_new = isinstance(stmt, ir.Let) and stmt.target.name == name
        if stmt in inside or (is_shape(stmt) and not is_new):
            continue
        if not any(classes.of(n) == classes.of(name) for n in mentioned(stmt)):
            continue
        match stmt:
            case ir.Let(value=ir.Op(prim="zeros" | "zeros_like")) if made is None:
                made = stmt
            case _:
                return False
    if made is None or not isinstance(made.target.type, Array) or made.target.name != name:
        return False
    wanted = extents.extents(made, made.target.type.ndim)
    axes: list[str] = []
    last = _last(loop.body, name, classes)
    for extent in wanted:
        if not isinstance(last, ir.For) or extents.full_range(last) != extent:
            return False
        axes.append(last.var.name)
        touching = [s for s in last.body if _touches(s, classes.of(name), classes)]
        if not _keep_to(touching, frozenset((name,)), axes):
            return False
        last = touching[-1] if touching else None
    return (
        isinstance(last, ir.Store)
        and [p.name if isinstance(p, ir.Var) else None for p in last.index] == axes
        and isinstance(last.value, ir.Const)
        and last.value.value == 0
    )


def _last(block: ir.Block, name: str, classes: Aliases) -> ir.Stmt | None:
    """Return the last statement of a block that touches an alias class."""
    return next((s for s in reversed(block) if _touches(s, classes.of(name), classes)), None)


def covers(
    stmt: ir.Stmt,
    made: ir.Let,
    facts: Values,
    classes: Aliases,
    extents: Extents | None = None,
) -> bool:
    """Return whether `stmt` assigns every element of an array before it reads that."""
    assert isinstance(made.value, ir.Op)
    name = made.target.name
    names = frozenset((name,))
    if extents is not None:
        known = {n for s in facts.where for n in mentioned(s)}
        names |= {n for n in known if classes.of(n) == classes.of(name)}
    indices: list[str] = []
    for extent in made.value.args:
        if not isinstance(stmt, ir.For) or stmt.until is not None:
            return False
        if not _counts(stmt, extent, made, facts) and not (
            extents is not None and extents.full_range(stmt) == extents.number(made, extent)
        ):
            return False
        indices.append(stmt.var.name)
        touching = [s for s in stmt.body if _mentions(s, names)]
        if not touching or not _keep_to(touching[1:], names, indices):
            return False
        stmt = touching[0]
    return (
        isinstance(stmt, ir.Store)
        and stmt.array.name in names
        and names.isdisjoint(a.name for part in operands(stmt) for a in atoms(part) if _is_name(a))
        and [p.name if isinstance(p, ir.Var) else None for p in stmt.index] == indices
    )


def _keep_to(block: list[ir.Stmt], arrays: frozenset[str], indices: list[str]) -> bool:
    """Return whether all accesses to an array are to what these indices have filled by now."""
    for stmt in statements(tuple(block)):
        if not _names(stmt, arrays):
            continue
        match stmt:
            case ir.Let(value=ir.Op(prim=prim)) if prim in EXTENTS:
                continue
            case ir.Let(value=ir.Load(index=where)) if stmt.target.name not in arrays:
                pass
            case ir.Store(array=ir.Var(name=name), index=where) if name in arrays:
                pass
            case ir.Accum(target=ir.Var(name=name), index=tuple() as where) if name in arrays:
                pass
            case _:
                return False
        first = [p.name if isinstance(p, ir.Var) else None for p in where[: len(indices)]]
        if first != indices:
            return False
    return True


def _is_name(atom: ir.Atom) -> TypeGuard[ir.Var]:
    return isinstance(atom, ir.Var)


def _mentions(stmt: ir.Stmt, arrays: frozenset[str]) -> bool:
    """Return whether a statement, or one inside it, names an array."""
    return any(_names(inner, arrays) for inner in statements((stmt,)))


def _names(stmt: ir.Stmt, arrays: frozenset[str]) -> bool:
    """Return whether a statement itself names an array."""
    return not arrays.isdisjoint(mentioned(stmt))


def _counts(loop: ir.For, extent: ir.Atom, made: ir.Let, facts: Values) -> bool:
    """Return whether a loop runs over 0, 1, ..., extent - 1."""
    plain = _literal(loop.start, 0) and _literal(loop.step, 1)
    if isinstance(extent, ir.Const):
        return plain and _literal(loop.stop, int(extent.value))
    if not isinstance(loop.stop, ir.Var):
        return False
    here = facts.reads.get((loop, loop.stop.name))
    return plain and here is not None and here is facts.reads.get((made, extent.name))


def _literal(atom: ir.Atom, number: int) -> bool:
    return isinstance(atom, ir.Const) and atom.value == number
