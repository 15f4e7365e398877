"""Elements that are overwritten before the reverse sweep reads them: which side is kept?

Either the overwritten elements are (and put back one after the other, going backwards), or
the values that were read. To put them back serves any number of reads; to keep what is
read costs one pass over memory less, and no more memory where for each read there is a
write in loops of the same lengths:

    for k in range(i):
        for j in range(m):
            t += q[k, j] * q[i, j]      # q[i, j] is kept here
        for j in range(m):
            q[i, j] -= t * q[k, j]      # not here
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from srcad.analysis.values import ROOT
from srcad.ir import nodes as ir
from srcad.ir.types import Array

if TYPE_CHECKING:
    from srcad.passes.kept.context import Context, Reload


def loads_to_keep(
    context: Context, reloads: Iterable[Reload], keeping: dict[str, bool]
) -> frozenset[ir.Stmt]:
    """Return the loads whose values are to be kept rather than loaded again.

    keeping: the decision for each class of arrays, which stays when more reads are found.
    """
    reads: dict[str, set[ir.Stmt]] = {}
    writes: dict[str, set[ir.Stmt]] = {}
    for read, array, root in reloads:
        if root != ROOT:
            continue
        name = context.classes.of(array)
        spoiling = [w.stmt for w in context.writes(name) if context.spoils(w, read, array)]
        if spoiling:
            reads.setdefault(name, set()).add(read)
            writes.setdefault(name, set()).update(spoiling)
    found: set[ir.Stmt] = set()
    for name, loads in reads.items():
        if name not in keeping:
            keeping[name] = _is_cheaper(context, loads, writes[name])
        if keeping[name] and all(map(_is_element, loads)):
            found |= loads
    return frozenset(found)


def _is_cheaper(context: Context, loads: set[ir.Stmt], writes: set[ir.Stmt]) -> bool:
    """Return whether no more is read than is overwritten: a write for each of the reads."""
    free = sorted(writes, key=context.position.__getitem__)
    for load in sorted(loads, key=context.position.__getitem__):
        found = next((write for write in free if _runs_as_often(context, load, write)), None)
        if found is None:
            return False
        free.remove(found)
    return True


def _runs_as_often(context: Context, load: ir.Stmt, write: ir.Stmt) -> bool:
    """Return whether a write surely runs as often as a load: in loops of the same bounds."""
    facts = context.facts
    reading = facts.loops(facts.where[load][0])[::-1]
    places = facts.places(facts.where[write][0])[::-1]
    writing = [p.owner for p in places if isinstance(p.owner, ir.For | ir.While)]
    if len(reading) > len(writing):
        return False
    known = {p.owner for p in facts.places(facts.where[load][0])}
    if any(isinstance(p.owner, ir.If) and p.owner not in known for p in places):
        return False
    return all(
        a is b or _same_bounds(context, a, b) for a, b in zip(reading, writing, strict=False)
    )


def _same_bounds(context: Context, a: ir.Stmt, b: ir.Stmt | None) -> bool:
    if not isinstance(a, ir.For) or not isinstance(b, ir.For) or b.until is not None:
        return False
    return all(
        _value(context, a, x) == _value(context, b, y)
        for x, y in ((a.start, b.start), (a.stop, b.stop), (a.step, b.step))
    )


def _value(context: Context, loop: ir.For, atom: ir.Atom) -> object:
    """Return what a bound of a loop is: a number, or where the name got its value."""
    if isinstance(atom, ir.Const):
        return atom.value
    return context.facts.reads.get((loop, atom.name), atom)


def _is_element(stmt: ir.Stmt) -> bool:
    """Return whether a statement reads one element."""
    match stmt:
        case ir.Let(target=target, value=ir.Load()):
            return not isinstance(target.type, Array)
        case _:
            return False
