"""Recursive calls that write their arguments become calls that return them.

Before                              After
    sort(x, 0, n)                       _t0 = sort_value(x, 0, n)
                                        for i in range(x.shape[0]):
                                            x[i] = _t0[i]

The callee's `evaluation` works on copies and returns their final contents. From here on
no call writes anything, so that the passes need to know nothing about callees.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from srcad.ir import nodes as ir
from srcad.ir.names import NameSupply
from srcad.ir.types import INT, Array, Scalar
from srcad.ir.walk import map_block
from srcad.passes.calls import Derived
from srcad.passes.emitter import Emitter, element_loops

Written = Callable[[ir.Call], tuple[int, ...]]


def functional(function: ir.Function, written: Written) -> ir.Function:
    """Return `function` with no call that writes; `written` gives argument positions."""
    supply = NameSupply.of(function)

    def one(stmt: ir.Stmt) -> ir.Stmt | ir.Block:
        positions = written(stmt) if isinstance(stmt, ir.Call) else ()
        if not positions:
            return stmt
        assert isinstance(stmt, ir.Call)
        return _returning(stmt, positions, supply)

    return replace(function, body=map_block(function.body, one))


def _returning(stmt: ir.Call, positions: tuple[int, ...], supply: NameSupply) -> ir.Block:
    arrays = [a for k in positions if isinstance(a := stmt.args[k], ir.Var)]
    kinds = [Array(a.type.dtype, a.type.ndim) for a in arrays if isinstance(a.type, Array)]
    results = [ir.Var(supply.temporary(), kind) for kind in kinds]
    callee = Derived(stmt.function, "primal", (), positions)
    out: list[ir.Stmt] = [
        ir.Call((*stmt.targets, *results), callee, f"{stmt.name}_value", stmt.args, stmt.span)
    ]
    emit = Emitter(supply, out, stmt.span)
    for array, result, kind in zip(arrays, results, kinds, strict=True):
        index = tuple(ir.Var(supply.fresh(name), INT) for name in "ijklmnopq"[: kind.ndim])
        value = ir.Var(supply.temporary(), Scalar(kind.dtype))
        body: list[ir.Stmt] = [
            ir.Let(value, ir.Load(result, index), stmt.span),
            ir.Store(array, index, value, stmt.span),
        ]
        element_loops(emit, array, kind.ndim, body, index)
    return tuple(out)
