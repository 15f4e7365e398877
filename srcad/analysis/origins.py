"""Which arrays may a name mean? The arguments and new arrays behind aliases and views.

Flow-sensitive, by the values of names: in `x = x.copy(); x[0] = 1.0`, the write concerns
the copy only.
"""

from __future__ import annotations

from collections.abc import Iterable

from srcad.analysis.values import Def, Values, values
from srcad.ir import nodes as ir
from srcad.ir.walk import call_leaves, statements
from srcad.rules.linalg import gives_new_memory

MERGES = {"phi", "join", "out"}


def written_params(function: ir.Function) -> frozenset[str]:
    """Return the names of the array arguments that some statement may write."""
    facts = values(function)
    found = meanings(written_arrays_of(function, facts), facts)
    return frozenset(d.name for d in found if d.kind == "param")


def written_arrays_of(function: ir.Function, facts: Values) -> list[Def]:
    """Return the arrays, as they are named, that statements write an element of."""
    found: list[Def] = []
    for stmt in statements(function.body):
        match stmt:
            case ir.Store(array=array) | ir.Accum(target=array, index=tuple()):
                found.append(facts.reads[stmt, array.name])
            case _:
                pass
    return found


def meanings(
    arrays: Iterable[Def | None], facts: Values, beyond: frozenset[Def] = frozenset()
) -> set[Def]:
    """Return all values whose memory `arrays` may be: merges, views, arguments, makers.

    Those that they are by way of `beyond` only do not count, nor does that itself.
    """
    seen: set[Def] = set()
    todo = list(arrays)
    while todo:
        d = todo.pop()
        if d is None or d in seen or d in beyond:
            continue
        seen.add(d)
        todo.extend(behind(d, facts))
    return seen


def behind(d: Def, facts: Values) -> list[Def | None]:
    """Return the values whose memory this one passes on; none if its memory is new."""
    if d.kind in MERGES:
        return d.inputs
    if d.stmt is None:
        return []
    return [facts.reads.get((d.stmt, name)) for name in _sources(d)]


def apart(a: Def | None, b: Def | None, facts: Values) -> bool:
    """Return whether two array values never share memory."""
    return a is not None and b is not None and _made(a, facts).isdisjoint(_made(b, facts))


def _made(d: Def, facts: Values) -> frozenset[Def]:
    """Return the arguments and new arrays that a name may mean."""
    if d not in facts.makers:
        found = meanings([d], facts)
        facts.makers[d] = frozenset(m for m in found if m.kind not in MERGES and not _sources(m))
    return facts.makers[d]


def _sources(d: Def) -> tuple[str, ...]:
    """Return the names whose memory an assignment passes on."""
    match d.stmt:
        case ir.Let(value=ir.Var(name=name) | ir.Load(array=ir.Var(name=name))):
            return (name,)
        case ir.Let(value=ir.Op(prim="select", args=(_, *choices))):
            return tuple(c.name for c in choices if isinstance(c, ir.Var))
        case ir.Call(function=function) if gives_new_memory(function):
            return ()
        case ir.Call(args=args):
            return tuple(a.name for a in call_leaves(args) if isinstance(a, ir.Var))
        case _:
            return ()


def sole_origin(facts: Values, d: Def) -> Def | None:
    """Return the one array that a merge can only be, if there is one.

    Paths on which the name has no value do not count: it is not read there.
    """
    found: set[Def] = set()
    seen: set[Def] = set()
    todo: list[Def | None] = [d]
    while todo:
        item = todo.pop()
        if item is None or item in seen:
            continue
        seen.add(item)
        if item.kind in {"phi", "join", "out"}:
            todo.extend(item.inputs)
            continue
        stmt = item.stmt
        if isinstance(stmt, ir.Let) and isinstance(stmt.value, ir.Var) and item.kind == "let":
            todo.append(facts.reads.get((stmt, stmt.value.name)))
            continue
        found.add(item)
    if len(found) != 1:
        return None
    origin = found.pop()
    around = facts.places(d.place)
    return origin if origin.place in around else None
