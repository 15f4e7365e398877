"""Which arrays may a name mean? The arguments and new arrays behind aliases and views.

Flow-sensitive, by the values of names: in `x = x.copy(); x[0] = 1.0`, the write concerns
the copy only.
"""

from __future__ import annotations

from srcad.analysis.values import Def, Values, values
from srcad.ir import nodes as ir
from srcad.ir.walk import statements


def written_params(function: ir.Function) -> frozenset[str]:
    """Return the names of the array arguments that some statement may write."""
    facts = values(function)
    todo: list[Def | None] = []
    for stmt in statements(function.body):
        match stmt:
            case ir.Store(array=array) | ir.Accum(target=array, index=tuple()):
                todo.append(facts.reads.get((stmt, array.name)))
            case _:
                pass
    return frozenset(d.name for d in _origins(todo, facts) if d.kind == "param")


def _origins(todo: list[Def | None], facts: Values) -> set[Def]:
    """Return the values that make or bring the arrays that `todo` may mean."""
    found: set[Def] = set()
    seen: set[Def] = set()
    while todo:
        d = todo.pop()
        if d is None or d in seen:
            continue
        seen.add(d)
        if d.kind in {"phi", "join", "out"}:
            todo.extend(d.inputs)
            continue
        sources = _sources(d)
        todo.extend(facts.reads.get((d.stmt, name)) for name in sources if d.stmt is not None)
        if not sources:
            found.add(d)
    return found


def _sources(d: Def) -> tuple[str, ...]:
    """Return the names whose memory an assignment passes on."""
    match d.stmt:
        case ir.Let(value=ir.Var(name=name) | ir.Load(array=ir.Var(name=name))):
            return (name,)
        case ir.Let(value=ir.Op(prim="select", args=(_, *choices))):
            return tuple(c.name for c in choices if isinstance(c, ir.Var))
        case _:
            return ()
