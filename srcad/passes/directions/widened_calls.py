"""Functions of the library that are given lanes: one call for all directions, or one for each.

y_dot = np.dot(a, x_dot)        the product of two matrices: x_dot has a column for each

for d in range(8):              any other function, with the arrays of each direction
part = a_dot[:, :, d].copy()
result = np.dot(part, x)
if d == 0:
y_dot = np.empty((result.shape[0], 8))
for i in range(result.shape[0]):
y_dot[i, d] = result[i]
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from srcad.ir import nodes as ir
from srcad.ir.names import NameSupply
from srcad.ir.types import INT
from srcad.rules.linalg import Whole

AT_ONCE = {"mv_n", "mv_t"}
"""Products of a matrix and a vector that are also those with a matrix."""


def widened_call(
    stmt: ir.Call, wide: Collection[str], supply: NameSupply, width: ir.Const
) -> list[ir.Stmt] | None:
    """Return the statements for all directions, None for a call that cannot be made.

    wide: the names of arrays that have one more axis for these.
    """
    if not isinstance(stmt.function, Whole):
        return None
    is_wide = [isinstance(arg, ir.Var) and arg.name in wide for arg in stmt.args]
    if stmt.function.name in AT_ONCE and is_wide == [False, True]:
        return [replace(stmt, targets=tuple(ir.Var(v.name) for v in stmt.targets))]
    return _one_by_one(stmt, is_wide, supply, width)


def _one_by_one(
    stmt: ir.Call, is_wide: list[bool], supply: NameSupply, width: ir.Const
) -> list[ir.Stmt]:
    """Return a loop of calls."""
    assert isinstance(stmt.function, Whole)
    span = stmt.span
    d = ir.Var(supply.fresh("d"), INT)
    body: list[ir.Stmt] = []
    args: list[object] = []
    for arg, item, has_lanes in zip(stmt.args, stmt.function.params, is_wide, strict=True):
        if has_lanes:
            assert isinstance(arg, ir.Var)
            part = ir.Var(supply.fresh("part"))
            every = (*(ir.Slice() for _ in item.axes), d)
            own = ir.Op("copy", (ir.Load(arg, every),))  # type: ignore[arg-type]
            body.append(ir.Let(part, own, span))
            args.append(part)
        else:
            args.append(arg)
    results = tuple(ir.Var(supply.fresh("result")) for _ in stmt.targets)
    body.append(replace(stmt, targets=results, args=tuple(args)))
    before: list[ir.Stmt] = []
    after: list[ir.Stmt] = []
    for target, result, item in zip(stmt.targets, results, stmt.function.results, strict=True):
        rank = len(item.axes)
        whole = ir.Var(target.name if rank else supply.fresh(f"{target.name}_lanes"))
        extents = [ir.Op("shape", (result,), (axis,)) for axis in range(rank)]
        new = ir.Let(whole, ir.Op("empty", (*extents, width), ("float64",)), span)  # type: ignore[arg-type]
        if rank:
            first = ir.Op("eq", (d, ir.Const(0)))
            body.append(ir.If(first, (new,), (), span))  # type: ignore[arg-type]
        else:
            before.append(new)
            after.append(ir.Let(ir.Var(target.name), ir.Op("lanes_at", (whole,)), span))
        axes = tuple(ir.Var(supply.fresh("i"), INT) for _ in range(rank))
        value = ir.Load(result, axes) if rank else result
        inner: ir.Stmt = ir.Store(whole, (*axes, d), value, span)  # type: ignore[arg-type]
        for axis, extent in zip(reversed(axes), reversed(extents), strict=True):
            inner = _loop(axis, extent, (inner,), span)
        body.append(inner)
    return [*before, _loop(d, width, tuple(body), span), *after]


def _loop(var: ir.Var, stop: ir.Value, body: ir.Block, span: ir.Span | None) -> ir.For:
    one, zero = ir.Const(1), ir.Const(0)
    return ir.For(var, zero, stop, one, body, span=span)  # type: ignore[arg-type]
