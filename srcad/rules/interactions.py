"""Which arguments of an operation meet in its second derivatives."""

from __future__ import annotations

from srcad.ir.nodes import Op, Var
from srcad.ir.quote import Apply, Expr, Lit, Name
from srcad.rules.partials import FLOW, operation_rule, times
from srcad.rules.table import rule_for


def linear_arguments(op: Op) -> tuple[int, ...]:
    """Return the positions of the arguments that the result depends on differentiably.

    An operation without a rule depends on all.
    """
    rule = operation_rule(op)
    if rule is None:
        return tuple(range(len(op.args)))
    return tuple(k for k in rule.active if not _is_zero(times(op, k, Var(FLOW))))


def interactions(op: Op) -> set[tuple[int, int]]:
    """Return the pairs of arguments by which the second derivative may be other than zero."""
    rule = operation_rule(op)
    active = linear_arguments(op)
    if rule is None:
        return {(k, j) for k in active for j in active if k <= j}
    found: set[tuple[int, int]] = set()
    for k in active:
        names = _influences(times(op, k, Var(FLOW)))
        if "y" in names:
            names |= {rule.params[j] for j in active}
        for j, param in enumerate(rule.params):
            if param in names:
                found.add((min(k, j), max(k, j)))
    return found


def _is_zero(expr: Expr) -> bool:
    return isinstance(expr, Lit) and expr.value == 0


def _influences(expr: Expr) -> set[str]:
    """Return the names that an expression depends on differentiably."""
    match expr:
        case Lit():
            return set()
        case Name(id=name):
            return {name}
        case Apply("select", (_, a, b)):
            return _influences(a) | _influences(b)
        case Apply(prim, args):
            rule = rule_for(prim)
            active = range(len(args)) if rule is None else rule.active
            return set().union(*(_influences(args[k]) for k in active))
