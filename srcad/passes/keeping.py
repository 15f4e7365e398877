"""Elements that are overwritten before the reverse sweep reads them: which side is kept?

Either the overwritten elements are (and put back one after the other, going backwards), or
the values that were read. To put them back serves any number of reads; to keep what is
read costs one pass over memory less, where reads are no more than writes:

    for k in range(i):
        for j in range(m):
            t += q[k, j] * q[i, j]      # q[i, j] is kept here
        for j in range(m):
            q[i, j] -= t * q[k, j]      # not here
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from srcad.analysis.values import ROOT
from srcad.ir import nodes as ir
from srcad.ir.types import Array

if TYPE_CHECKING:
    from srcad.passes.context import Context, Reload


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
    """Return whether no more is read than is overwritten, by the depth of the loops."""
    if not all(map(_is_element, loads)):
        return False
    read, written = _by_depth(context, loads), _by_depth(context, writes)
    for depth in sorted(read | written, reverse=True):
        if read[depth] != written[depth]:
            return read[depth] < written[depth]
    return True


def _by_depth(context: Context, found: set[ir.Stmt]) -> Counter[int]:
    facts = context.facts
    return Counter(len(facts.loops(facts.where[stmt][0])) for stmt in found)


def _is_element(stmt: ir.Stmt) -> bool:
    """Return whether a statement reads one element."""
    match stmt:
        case ir.Let(target=target, value=ir.Load()):
            return not isinstance(target.type, Array)
        case _:
            return False
