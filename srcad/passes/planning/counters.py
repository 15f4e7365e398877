"""Integers that only count: what they start from, and what their steps depend on.

    idx = d
    for a in range(d):
        for b in range(a + 1, d):       idx == d + a * (2 * d - a - 1) // 2 + b - a - 1
            ... l[idx] ...
            idx += 1

Such a number follows from the indices of the loops, and is never kept: it only gains literals,
the same number of times whenever an iteration runs. In a loop with a branch around the step, or
one that may end early, it does not.
"""

from __future__ import annotations

from collections.abc import Iterator

from srcad.analysis.values import Def
from srcad.ir import nodes as ir
from srcad.ir.types import Scalar
from srcad.ir.walk import statements
from srcad.passes.planning.nodes import Node
from srcad.passes.planning.numbers import Numbers
from srcad.passes.planning.primal import Primal


def counted_from(phi: Def, primal: Primal, numbers: Numbers) -> tuple[Node, ...] | None:
    """Return what a counter is computed from beside the indices of loops; None for no counter.

    phi: what the name holds when an iteration begins.
    """
    first: Def | None = phi
    loop: ir.For | None = None
    while isinstance(first, Def) and _counts(first, primal):
        assert isinstance(first.stmt, ir.For)
        loop, first = first.stmt, first.inputs[0]
        first = _before_steps(first)
    if loop is None or first is None:
        return None
    symbols = [s for inner in _counting(loop, phi.name, primal) for s in _bounds(inner, primal)]
    reads = [numbers.value(first)]
    inside = primal.within(loop)
    for symbol in symbols:
        match symbol:
            case Def(kind="index", stmt=stmt) if stmt in inside:
                continue
            case Def(stmt=stmt) if stmt not in inside and not primal.is_array(symbol.name):
                reads.append(numbers.value(symbol))
            case ("shape", Def(stmt=stmt), _) if stmt not in inside:
                continue
            case _:
                return None
    return tuple(dict.fromkeys(reads))


def _counts(phi: Def, primal: Primal) -> bool:
    """Return whether each iteration of a loop adds as much as the bounds in it say."""
    kind, loop = primal.types.get(phi.name), phi.stmt
    if phi.kind != "phi" or not isinstance(kind, Scalar) or "int" not in kind.dtype:
        return False
    return isinstance(loop, ir.For) and _is_regular(loop, phi.name, primal)


def _is_regular(loop: ir.For, name: str, primal: Primal) -> bool:
    if loop.until is not None or not isinstance(loop.step, ir.Const):
        return False
    for stmt in loop.body:
        if name not in primal.facts.assigned.get(stmt, ()):
            continue
        match stmt:
            case ir.Accum(index=None, value=ir.Const()):
                continue
            case ir.For() if _is_regular(stmt, name, primal):
                continue
            case _:
                return False
    return True


def _before_steps(first: Def | None) -> Def | None:
    """Return a value without the literals that have been added to it."""
    while first is not None and first.kind == "accum" and isinstance(first.stmt, ir.Accum):
        if not isinstance(first.stmt.value, ir.Const):
            return first
        first = first.inputs[0]
    return first


def _counting(loop: ir.For, name: str, primal: Primal) -> Iterator[ir.For]:
    for stmt in statements((loop,)):
        if isinstance(stmt, ir.For) and name in primal.facts.assigned.get(stmt, ()):
            yield stmt


def _bounds(loop: ir.For, primal: Primal) -> list[object]:
    """Return what the bounds of a loop are sums of."""
    forms = (primal.sums.form(loop, atom) for atom in (loop.start, loop.stop))
    return [symbol for form in forms for term in form for symbol in term]
