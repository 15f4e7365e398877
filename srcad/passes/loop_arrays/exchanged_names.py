"""Do names that a loop carries only change places, whichever way an iteration takes?

    for t in range(n):
        ...
        if t % 2 == 0:
            u, un = un, u

Two of the names then never are one array: what is written through one of them is read
through that name only, until they change places. Each way through the branches is looked
at: after it, every name has another of the arrays, or a new one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, islice

from srcad.analysis.origins import apart, meanings
from srcad.analysis.values import Def, Values
from srcad.ir import nodes as ir
from srcad.ir.walk import statements

MAX_WAYS = 64
Ends = tuple[Def, ...]


def change_places(
    loop: ir.Stmt, names: Sequence[str], function: ir.Function, facts: Values
) -> bool:
    """Return whether the arrays behind `names` are apart before the loop, and stay so."""
    phis = [facts.phis[loop][name] for name in names]
    first = [phi.inputs[0] for phi in phis]
    if not all(apart(a, b, facts) for a, b in combinations(first, 2)):
        return False
    ends = [phi.inputs[1] for phi in phis]
    if any(end is None for end in ends):
        return False
    order = {stmt: k for k, stmt in enumerate(statements(function.body))}
    ways = list(islice(_ways(tuple(e for e in ends if e is not None), order, facts), MAX_WAYS + 1))
    return len(ways) <= MAX_WAYS and all(_are_apart(w, loop, set(phis), facts) for w in ways)


def _ways(ends: Ends, order: dict[ir.Stmt, int], facts: Values) -> Iterator[Ends]:
    """Yield what these values are, for each way through the branches that they depend on."""
    ends = tuple(_named(d, facts) for d in ends)
    joins = [d.stmt for d in ends if d.kind == "join" and d.stmt is not None]
    if not joins:
        yield ends
        return
    last = max(joins, key=order.__getitem__)
    for branch in range(2):
        taken = [d.inputs[branch] if d.kind == "join" and d.stmt is last else d for d in ends]
        yield from _ways(tuple(d for d in taken if d is not None), order, facts)


def _named(d: Def, facts: Values) -> Def:
    """Return the value behind other names of an array."""
    while d.kind == "let" and isinstance(stmt := d.stmt, ir.Let) and isinstance(stmt.value, ir.Var):
        d = facts.reads[stmt, stmt.value.name]
    return d


def _are_apart(way: Ends, loop: ir.Stmt, phis: set[Def], facts: Values) -> bool:
    """Return whether values are different ones of `phis`, or arrays that are made in the loop."""
    if len(way) != len(phis):
        return False
    old = [d for d in way if d in phis]
    new = [d for d in way if d not in phis]
    if len(set(old)) != len(old):
        return False
    for d in new:
        behind = meanings([d], facts)
        if (
            d.kind != "let"
            or behind & phis
            or any(loop not in facts.loops(m.place) for m in behind)
        ):
            return False
    return all(apart(a, b, facts) for a, b in combinations(new, 2))
