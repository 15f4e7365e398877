"""Results of several directions go into larger arrays eight numbers at a time.

Before                                      After
    for d in range(8):                          put_lanes(hessian, lanes_at(result, j), j, start)
        hessian[j, start + d] = result[j, d]

On entry: nested values, as `refold` makes them, of a function that calls sweeps along several
directions. On exit: the same, for `show` alone. What is read is a result of such a sweep,
and the array that is written was made here, by `np.empty` or `np.zeros`: the rows of both lie
side by side, and they share no memory. The compiler does not know that, and copies one number
after the other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from typing import Any

from srcad.ir import nodes as ir
from srcad.ir.walk import bindings, map_blocks, names, statements
from srcad.spec import Sweep


def copied_as_lanes(function: ir.Function, width: int) -> ir.Function:
    """Return a function that copies lanes at once, where they are copied one by one."""
    counts = bindings(function)
    made, results = _made_here(function, counts), _results(function, counts)

    def block(stmts: ir.Block) -> ir.Block:
        return tuple(
            _copied(stmt, width, made, results) or map_blocks(stmt, block) for stmt in stmts
        )

    return replace(function, body=block(function.body))


def _made_here(function: ir.Function, counts: Counter[str]) -> set[str]:
    """Return the new arrays of float64 that have one name for good."""
    found = set()
    for stmt in statements(function.body):
        match stmt:
            case ir.Let(target=target, value=ir.Op(prim="empty" | "zeros", static=static)) if (
                counts[target.name] == 1 and static in {(), (None,), ("float64",)}
            ):
                found.add(target.name)
    return found


def _results(function: ir.Function, counts: Counter[str]) -> set[str]:
    """Return the names of results that sweeps along several directions have given."""
    found: set[str] = set()
    for stmt in statements(function.body):
        match stmt:
            case ir.Call(targets=targets, function=Sweep() as sweep) if (
                sweep.__srcad_derivative__.width > 1
            ):
                found |= {v.name for v in targets if counts[v.name] == 1}
            case ir.Let(target=target, value=ir.Var(name=name)) if (
                name in found and counts[target.name] == 1
            ):
                found.add(target.name)
    return found


def _copied(
    stmt: ir.Stmt, width: int, made: Collection[str], results: Collection[str]
) -> ir.Stmt | None:
    """Return the copy of all lanes in place of a loop over them, None for any other statement."""
    match stmt:
        case ir.For(ir.Var(d), ir.Const(0), ir.Const(stop), ir.Const(1), (inner,), None) if (
            stop == width
        ):
            store: Any = inner  # with nested values
        case _:
            return None
    match store:
        case ir.Store(
            array,
            (*before, ir.Op("add", (first, ir.Var(last)))),
            ir.Load(source, (*place, ir.Var(lane))),
        ):
            fits = array.name in made and source.name in results and last == lane == d
            if not fits or any(d in names(part) for part in (*before, first, *place)):
                return None
            value: Any = ir.Op("lanes_at", (source, *place))
            return ir.Call((), None, "put_lanes", (array, value, *before, first), stmt.span)
    return None
