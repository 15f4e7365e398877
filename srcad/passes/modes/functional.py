"""Recursive calls that write their arguments become calls that return them.

Before                              After
    sort(x, 0, n)                       _t0 = sort_value(x, 0, n)
                                        for i in range(x.shape[0]):
                                            x[i] = _t0[i]

The callee's `evaluation` works on copies and returns their final contents. From here on
no call writes anything, so that the passes need to know nothing about callees.

What a call returns is a copy, too, where the function itself returns its argument or a view
of it. The two may be told apart only by a write to one of them that the other then shows:
such programs are refused.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from srcad.analysis.origins import meanings
from srcad.analysis.values import Values, values
from srcad.errors import NotDifferentiable, Problem
from srcad.ir import nodes as ir
from srcad.ir.names import NameSupply
from srcad.ir.types import INT, Array, Scalar
from srcad.ir.walk import call_leaves, map_block, statements
from srcad.passes.building.callees import Derived
from srcad.passes.building.custom_calls import CustomCall, is_checkpoint
from srcad.passes.building.emitter import Emitter, element_loops

Positions = Callable[[ir.Call], tuple[int, ...]]


def functional(function: ir.Function, written: Positions, shared: Positions) -> ir.Function:
    """Return `function` with no call that writes.

    written: the positions of the arguments that a call writes. shared: those of the results
    that may be its arguments' memory. Raises NotDifferentiable where a copy would differ.
    """
    check_results_apart(function, written, shared)
    supply = NameSupply.of(function)

    def one(stmt: ir.Stmt) -> ir.Stmt | ir.Block:
        if not isinstance(stmt, ir.Call):
            return stmt
        if any(map(_has_function, stmt.args)):
            raise _refused(stmt, "passes a function", "name the function where it is called")
        positions = written(stmt)
        if not positions:
            return stmt
        return _returning(stmt, positions, supply)

    return replace(function, body=map_block(function.body, one))


def _returning(stmt: ir.Call, positions: tuple[int, ...], supply: NameSupply) -> ir.Block:
    arrays = [a for k in positions if isinstance(a := stmt.args[k], ir.Var)]
    if len(arrays) < len(positions):
        raise _refused(stmt, "writes an array of a tuple", "pass the array by itself")
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
        element_loops(emit, array, kind.ndim, body, index, whole=True)
    return tuple(out)


def _has_function(arg: object) -> bool:
    return any(map(_has_function, arg)) if isinstance(arg, tuple) else callable(arg)


def _refused(stmt: ir.Call, what: str, hint: str) -> NotDifferentiable:
    message = f"the recursive call of '{stmt.name}' {what}"
    return NotDifferentiable.from_problems([Problem("E403", message, hint, stmt.span)])


def check_results_apart(function: ir.Function, written: Positions, shared: Positions) -> None:
    """Raise NotDifferentiable where a write shows that a result is an argument's memory.

    written, shared: as in `functional`. The functions of calls that share are those that return
    copies in derivatives: recursive ones, and those with a rule of the user's own.
    """
    calls = [s for s in statements(function.body) if isinstance(s, ir.Call) and shared(s)]
    if not calls:
        return
    facts = values(function)
    order = {stmt: k for k, stmt in enumerate(statements(function.body))}
    uses = [
        (stmt, d, name in _written_names(stmt, written))
        for (stmt, name), d in facts.reads.items()
        if not isinstance(stmt, ir.For | ir.While | ir.If)
    ]
    for call in calls:
        results = {facts.defs[call, call.targets[k].name] for k in shared(call)}
        leaves = [a for a in call_leaves(call.args) if isinstance(a, ir.Var)]
        arrays = [a for a in leaves if isinstance(a.type, Array)]
        given = meanings([facts.reads[call, a.name] for a in arrays], facts)
        sides: list[list[bool]] = [[], []]
        returned = [(None, d, False) for d in facts.returned.values()]
        for stmt, d, writes in (*uses, *returned):
            found = meanings([d], facts)
            if found & results:
                sides[0].append(writes)
            elif stmt is not call and found & given and _may_follow(stmt, call, facts, order):
                sides[1].append(writes)
        if len(results) > 1 or any(d.kind == "param" for d in given):
            sides[1].append(False)  # a result beside another; the caller's own array
        if all(sides) and any(any(side) for side in sides):
            message = (
                f"'{call.name}' {_kind(call)} and returns an argument, a view of one, or an array "
                "twice, which is written under one of its names and read under another"
            )
            hint = "return a copy, or go on with the result alone"
            raise NotDifferentiable.from_problems([Problem("E405", message, hint, call.span)])


def _kind(call: ir.Call) -> str:
    if not isinstance(call.function, CustomCall):
        return "calls itself"
    return "is a checkpoint" if is_checkpoint(call.function.rule) else "has a rule of its own"


def _may_follow(
    stmt: ir.Stmt | None, call: ir.Call, facts: Values, order: dict[ir.Stmt, int]
) -> bool:
    """Return whether a statement (None: the return) may come after a call."""
    if stmt is None or order[stmt] > order[call]:
        return True
    around = set(facts.loops(facts.where[call][0]))
    return not around.isdisjoint(facts.loops(facts.where[stmt][0]))


def _written_names(stmt: ir.Stmt, written: Positions) -> set[str]:
    """Return the names of the arrays that a statement writes an element of."""
    match stmt:
        case ir.Store(array=array) | ir.Accum(target=array, index=tuple()):
            return {array.name}
        case ir.Call(args=args):
            given = call_leaves(args[k] for k in written(stmt))
            return {a.name for a in given if isinstance(a, ir.Var)}
        case _:
            return set()
