"""The partial derivatives of one operation, and their products with a derivative.

Both modes multiply a partial with what flows: `y_dot = f_x * x_dot`, `x_bar += y_bar *
f_x`. The product is built here, once, so that the same care holds in both: a zero that
flows stays zero whatever the partial is (`singular` rules), and a branch of a piecewise
partial that is not taken contributes exactly zero.
"""

from __future__ import annotations

from collections.abc import Sequence

from srcad.ir import quote
from srcad.ir.nodes import Atom, Const, Op
from srcad.ir.quote import Apply, Expr, Lit, Name
from srcad.rules.rows import Rule
from srcad.rules.table import rule_for

FLOW = "flow"
ZERO = Lit(0.0)

IDENTITY = Rule("cast", ("x",), (quote.parse("1"),))
FULL = Rule("full", ("x",), (quote.parse("1"),))
NOTHING = Rule("nothing", (), ())
MAKERS = {"zeros", "ones", "empty", "zeros_like", "ones_like", "empty_like"}
FACTS = {"shape", "size", "ndim", "len", "trips"}


def operation_rule(op: Op) -> Rule | None:
    """Return the rule of an operation; None where the table has none."""
    match op.prim:
        case "cast":
            return IDENTITY if op.static[0] in {"float32", "float64"} else NOTHING
        case "copy":
            return IDENTITY
        case "full":
            return FULL
        case "full_like":
            return Rule("full_like", ("x", "v"), (None, quote.parse("1")))
        case prim if prim in MAKERS or prim in FACTS or prim in {"and", "or"}:
            return NOTHING
        case _:
            return rule_for(op.prim, op.args)


def active_arguments(op: Op) -> tuple[int, ...]:
    """Return the positions of the arguments that the derivative of `op` flows from."""
    rule = operation_rule(op)
    return () if rule is None else rule.active


def times(op: Op, k: int, flow: Atom) -> Expr:
    """Return `flow * d op / d args[k]`, folded; the name `flow` stands for the factor."""
    rule = operation_rule(op)
    assert rule is not None
    partial = rule.partials[k]
    assert partial is not None
    literals = literal_values(rule, op.args)
    if isinstance(flow, Const):
        literals[FLOW] = flow.value
    product = _product(Name(FLOW), quote.fold(partial, literals))
    if rule.singular and product not in (Name(FLOW), ZERO):
        product = Apply("select", (Apply("ne", (Name(FLOW), ZERO)), product, ZERO))
    return quote.fold(product, literals)


def literal_values(rule: Rule, args: Sequence[Atom]) -> dict[str, bool | int | float]:
    """Return the parameters of a rule that stand for literals here."""
    pairs = zip(rule.params, args, strict=False)
    return {name: atom.value for name, atom in pairs if isinstance(atom, Const)}


def _product(flow: Expr, partial: Expr) -> Expr:
    match partial:
        case Lit(value=0):
            return ZERO
        case Lit(value=1):
            return flow
        case Lit(value=-1):
            return Apply("neg", (flow,))
        case Apply("neg", (inner,)):
            return Apply("neg", (_product(flow, inner),))
        case Apply("div", (Apply("neg", (above,)), below)):
            return Apply("neg", (_product(flow, Apply("div", (above, below))),))
        case Apply("select", (test, a, b)):
            return Apply("select", (test, _product(flow, a), _product(flow, b)))
        case _:
            return Apply("mul", (flow, partial))
