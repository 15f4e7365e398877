"""Iterations of a `prange` that surely meet: an error with the line where they do.

    for i in prange(1, n):
        y[0] = x[i]             # every iteration writes y[0]
        y[i] = y[i - 1] + x[i]  # iterations read what others write
        v = 0.5 * v + x[i]      # a value goes from one iteration to the next

Only what happens in every iteration counts. Where they may meet and need not, Numba defines no
result if they do, and a derivative takes them in their order.
"""

from __future__ import annotations

from srcad.analysis.effects import exposed_reads
from srcad.frontend.names.state import Node, State
from srcad.ir import nodes as ir
from srcad.ir.walk import assigned

REDUCTIONS = frozenset({"add", "sub", "mul", "div", "max", "min", "maximum", "minimum"})
"""What Numba makes a reduction of, if it is applied to the name that it is bound to."""


def refuse_races(state: State, loop: ir.For, node: Node) -> None:
    """Report the first place where iterations of a `prange` surely meet."""
    where = race_in(loop)
    if where is not None:
        what, hint = where
        state.fail(node, "E206", f"a prange() loop in which {what}", hint)


def race_in(loop: ir.For) -> tuple[str, str] | None:
    """Return in which way iterations surely meet, and what to write instead."""
    bound = assigned(loop.body) | {loop.var.name}
    offsets = _offsets(loop)
    stores = [s for s in loop.body if isinstance(s, ir.Store) and s.array.name not in bound]
    for store in stores:
        name = store.array.name
        if all(isinstance(p, ir.Const) or _is_fixed(p, bound) for p in store.index):
            return f"every iteration writes the same element of '{name}'", "write range(...)"
        for stmt in loop.body:
            match stmt:
                case ir.Let(value=ir.Load(array=ir.Var(name=read), index=index)) if read == name:
                    if _is_next(store.index, index, offsets):
                        what = f"iterations read elements of '{name}' that others write"
                        return what, "write range(...), or read from a copy of the array"
                case _:
                    pass
    carried = exposed_reads(loop.body) & bound - {loop.var.name}
    for stmt in loop.body:
        if not isinstance(stmt, ir.Let) or stmt.target.name not in carried:
            continue
        if not _is_reduction(stmt):
            return f"'{stmt.target.name}' goes from one iteration to the next", "write range(...)"
    return None


def _is_reduction(stmt: ir.Let) -> bool:
    """Return whether a name is bound to an operation on what it holds that Numba reduces."""
    match stmt.value:
        case ir.Op(prim=prim, args=args) if prim in REDUCTIONS:
            return any(isinstance(a, ir.Var) and a.name == stmt.target.name for a in args)
        case _:
            return False


def _is_fixed(part: object, bound: set[str]) -> bool:
    """Return whether a part of an index is a number that no iteration changes."""
    return isinstance(part, ir.Var) and part.name not in bound


def _offsets(loop: ir.For) -> dict[str, int]:
    """Return the names that hold the index plus a literal, in each iteration."""
    found = {loop.var.name: 0}
    for stmt in loop.body:
        match stmt:
            case ir.Let(
                target=target,
                value=ir.Op("add" | "sub" as prim, (ir.Var(name=base), ir.Const(value=int(far)))),
            ) if base == loop.var.name:
                found[target.name] = int(far) if prim == "add" else -int(far)
            case _:
                pass
    return found


def _is_next(written: ir.Index, read: ir.Index, offsets: dict[str, int]) -> bool:
    """Return whether an element that is read is one that another iteration writes."""
    if len(written) != len(read):
        return False
    far = 0
    for one, other in zip(written, read, strict=True):
        if one == other and (isinstance(one, ir.Const) or _name(one) in offsets):
            continue
        if _name(one) not in offsets or _name(other) not in offsets:
            return False
        far += offsets[_name(one)] != offsets[_name(other)]
    return far == 1


def _name(part: object) -> str:
    return part.name if isinstance(part, ir.Var) else ""
