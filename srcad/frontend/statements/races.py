"""Iterations of a `prange` that surely meet: an error with the line where they do.

    for i in prange(1, n):
        y[0] = x[i]             # every iteration writes y[0]
        y[i] = y[i - 1] + x[i]  # iterations read what others write
        v = 0.5 * v + x[i]      # a value goes from one iteration to the next

Only what happens in every iteration counts. Where they may meet and need not, Numba defines no
result if they do, and a derivative takes them in their order.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from srcad.analysis.effects import exposed_reads
from srcad.frontend.names.growing import made_in
from srcad.frontend.names.state import Node, State
from srcad.ir import nodes as ir
from srcad.ir.walk import assigned

REDUCTIONS = frozenset({"add", "sub", "mul", "div", "max", "min", "maximum", "minimum"})
"""What Numba makes a reduction of, if it is applied to the name that it is bound to."""


def refuse_races(state: State, loop: ir.For, node: Node) -> None:
    """Report the first place where iterations of a `prange` surely meet."""
    where = race_in(loop, made_in(state, loop.body))
    if where is not None:
        what, hint = where
        state.fail(node, "E206", f"a prange() loop in which {what}", hint)


def race_in(loop: ir.For, lists: AbstractSet[str] = frozenset()) -> tuple[str, str] | None:
    """Return in which way iterations surely meet, and what to write instead.

    lists: buffers of lists that are made in the iteration, although nothing says so yet.
    """
    if _trips(loop) < 2:  # one iteration meets no other
        return None
    bound = assigned(loop.body) | {loop.var.name} | lists
    offsets = _offsets(loop)
    stores = [s for s in loop.body if isinstance(s, ir.Store) and s.array.name not in bound]
    for store in stores:
        name = store.array.name
        if all(isinstance(p, ir.Const) or _is_fixed(p, bound) for p in store.index):
            return f"every iteration writes the same element of '{name}'", "write range(...)"
        for stmt in loop.body:
            match stmt:
                case ir.Let(value=ir.Load(array=ir.Var(name=read), index=index)) if read == name:
                    if _is_next(loop, store.index, index, offsets):
                        what = f"iterations read elements of '{name}' that others write"
                        return what, "write range(...), or read from a copy of the array"
                case _:
                    pass
    carried = exposed_reads(loop.body) & bound - {loop.var.name}
    for stmt in loop.body:
        if not isinstance(stmt, ir.Let) or stmt.target.name not in carried:
            continue
        if not _is_reduction(stmt, loop.body):
            return f"'{stmt.target.name}' goes from one iteration to the next", "write range(...)"
    return None


def _is_reduction(stmt: ir.Let, body: ir.Block) -> bool:
    """Return whether a name is bound to an operation on what it holds that Numba reduces.

    The operation may have got a name of its own before: `t = s + x[i]`, `s = t`.
    """
    value = stmt.value
    before = {s.target.name: s.value for s in reversed(body) if isinstance(s, ir.Let)}
    for _ in body:
        if not isinstance(value, ir.Var) or value.name not in before:
            break
        value = before[value.name]
    match value:
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


def _is_next(loop: ir.For, written: ir.Index, read: ir.Index, offsets: dict[str, int]) -> bool:
    """Return whether an element that is read is one that another iteration writes.

    All indices that are the loop's say by how much the two iterations differ. Where nothing is
    known of the bounds, there are two iterations, and maybe no more.
    """
    if len(written) != len(read) or not isinstance(loop.step, ir.Const) or not loop.step.value:
        return False
    differences = set()
    for one, other in zip(written, read, strict=True):
        if isinstance(one, ir.Const) and one == other:
            continue
        if _name(one) not in offsets or _name(other) not in offsets:
            return False
        differences.add(offsets[_name(one)] - offsets[_name(other)])
    if len(differences) != 1:
        return False
    trips, left = divmod(abs(differences.pop()), abs(int(loop.step.value)))
    return not left and 0 < trips < _trips(loop)


def _trips(loop: ir.For) -> int:
    """Return how often a loop surely runs, and 2 where nothing is known."""
    match loop:
        case ir.For(
            start=ir.Const(value=int(start)),
            stop=ir.Const(value=int(stop)),
            step=ir.Const(value=int(step)),
        ) if step:
            return len(range(start, stop, step))
        case _:
            return 2


def _name(part: object) -> str:
    return part.name if isinstance(part, ir.Var) else ""
