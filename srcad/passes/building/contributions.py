"""What the adjoint of one operation adds to those of its arguments, as expressions."""

from __future__ import annotations

from collections.abc import Callable

from srcad.analysis.limits import Limits
from srcad.ir import nodes as ir
from srcad.ir import quote
from srcad.ir.quote import Expr
from srcad.rules.partials import (
    FLOW,
    check_known,
    flows_back,
    operation_rule,
    times,
    times_root,
    times_square,
)


def contributions(
    stmt: ir.Let, op: ir.Op, bar: ir.Var, limits: Limits, is_active: Callable[[object], bool]
) -> dict[str, Expr]:
    """Return what each active argument's name gets, summed where it occurs twice.

    bar: the adjoint of the result. Raises MissingRule where a derivative is not known.
    """
    target = stmt.target
    rule = operation_rule(op)
    assert rule is not None
    found: dict[str, Expr] = {}
    first = op.args[0] if op.args else None
    if op.prim == "mul" and first == op.args[1] and isinstance(first, ir.Var):
        return {first.name: times_square(limits.in_reverse(op, 0, target))}
    offsets = limits.offsets(op)
    if offsets is not None and isinstance(first, ir.Var) and is_active(first):
        return {first.name: times_root(op, len(offsets))}
    for k in rule.active:
        arg = op.args[k]
        if isinstance(arg, ir.Var) and is_active(arg):
            check_known(op, k, stmt.span)
            term = flows_back(op, k) or times(op, k, bar, limits.in_reverse(op, k, target))
            if arg.name in found:
                term = quote.Apply("add", (found[arg.name], term))
            found[arg.name] = term
    return found


def factors(expr: Expr) -> list[Expr]:
    """Return the largest parts of a product with the cotangent that do not contain it."""
    match expr:
        case quote.Lit() | quote.Name(id="flow"):
            return []
        case quote.Apply(args=args) if FLOW in quote.names(expr):
            return [found for arg in args for found in factors(arg)]
        case _:
            return [expr]
