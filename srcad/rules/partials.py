"""The partial derivatives of one operation, and their products with a derivative.

Both modes multiply a partial with what flows: `y_dot = f_x * x_dot`, `x_bar += y_bar *
f_x`. The product is built here, once, so that the same care holds in both: a zero that
flows stays zero whatever the partial is (`singular` rules), and a branch of a piecewise
partial that is not taken contributes exactly zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from srcad.errors import NotDifferentiable, Problem
from srcad.ir import quote
from srcad.ir.nodes import Atom, Const, Op, Span
from srcad.ir.quote import Apply, Expr, Lit, Name
from srcad.rules.rows import Rule
from srcad.rules.table import PRIMS, rule_for

FLOW = "flow"
ZERO = Lit(0.0)

IDENTITY = Rule("cast", ("x",), (quote.parse("1"),))
FULL = Rule("full", ("x",), (quote.parse("1"),))
FULL_LIKE = Rule("full_like", ("x", "v"), (None, quote.parse("1")))
NOTHING = Rule("nothing", (), ())
MAKERS = {"zeros", "ones", "empty", "zeros_like", "ones_like", "empty_like"}
FACTS = {"shape", "size", "ndim", "len", "trips"}


MOST = 4000
"""Products that are remembered."""

_found: dict[tuple[object, ...], tuple[Rule, Expr]] = {}  # with the rule, whose id is in the key


@dataclass(frozen=True, slots=True)
class Guard:
    """Which factor of a product, when it is zero, makes it zero whatever the other is."""

    flow: bool
    partial: bool


NO_GUARD = Guard(flow=False, partial=False)


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
            return FULL_LIKE
        case prim if prim in MAKERS or prim in FACTS or prim in {"and", "or"}:
            return NOTHING
        case _:
            return rule_for(op.prim, op.args)


def active_arguments(op: Op) -> tuple[int, ...]:
    """Return the positions of the arguments that the derivative of `op` flows from."""
    rule = operation_rule(op)
    return () if rule is None else rule.active


def times(op: Op, k: int, flow: Atom, guard: Guard = NO_GUARD) -> Expr:
    """Return `flow * d op / d args[k]`, folded; the name `flow` stands for the factor."""
    rule = operation_rule(op)
    assert rule is not None
    literals = literal_values(rule, op.args)
    if isinstance(flow, Const):
        literals[FLOW] = flow.value
    spelt = tuple([(name, type(value), repr(value)) for name, value in literals.items()])
    key = (id(rule), k, guard.flow, guard.partial, spelt)
    if key not in _found:
        partial = _folded_partial(op, k)
        product = _product(Name(FLOW), partial)
        is_power = rule.steep and len(rule.active) == 2  # one partial is 0 where the other is inf
        strong = Guard(rule.singular or guard.flow, guard.partial or is_power)
        if len(_found) >= MOST:
            _found.clear()
        _found[key] = rule, quote.fold(_guarded(product, partial, strong), literals)
    return _found[key][1]


def check_known(op: Op, k: int, span: Span | None) -> None:
    """Raise MissingRule where the derivative by an argument is not known."""
    rule = operation_rule(op)
    if rule is None or k not in rule.refused:
        return
    param, name = rule.params[k], rule.prim
    signature = f"{name}({', '.join(rule.params)})"
    hint = f'write d{param}="..." in srcad.rule("{signature}", ...), or "0" for no influence'
    if PRIMS[name].function is None:
        hint = f"hold '{param}' fixed: srcad.stop_gradient({param})"
    message = f"no derivative rule for '{PRIMS[name].spelling}' by its argument '{param}'"
    raise NotDifferentiable.from_problems([Problem("E402", message, hint, span)])


def flows_back(op: Op, k: int) -> Expr | None:
    """Return what flows back where a rule says that it is no product, else None."""
    rule = operation_rule(op)
    return rule.back if rule is not None and k == 0 else None


def times_square(guard: Guard) -> Expr:
    """Return `flow * 2 * a`: what flows back to `a` from `a * a`."""
    partial = Name("a")
    product = Apply("mul", (Apply("mul", (Lit(2.0), Name(FLOW))), partial))
    return _guarded(product, partial, guard)


def times_root(op: Op, offsets: int) -> Expr:
    """Return what flows back from the root of a sum of squares: zero where that is zero.

    Offsets (the names `offset0`, ...) that are negative let the squares be something there.
    """
    product = _product(Name(FLOW), _folded_partial(op, 0))
    test = Apply("ne", (Name("y"), ZERO))
    for k in range(offsets):
        below = Apply("lt", (Name(f"offset{k}"), ZERO))
        test = Apply("or", (test, Apply("and", (below, Apply("ne", (Name(FLOW), ZERO))))))
    return Apply("select", (test, product, ZERO))


def _guarded(product: Expr, partial: Expr, guard: Guard) -> Expr:
    """Return a product that is zero when a factor is, as `guard` says."""
    if not _multiplies(product) or guard == NO_GUARD:
        return product
    tests = []
    if guard.flow:
        tests.append(_nonzero_or_beside_finite(Name(FLOW), partial))
    if guard.partial:
        tests.append(_nonzero_or_beside_finite(partial, Name(FLOW)))
    test = tests[0] if len(tests) == 1 else Apply("and", tuple(tests))
    return Apply("select", (test, product, ZERO))


def _nonzero_or_beside_finite(factor: Expr, other: Expr) -> Expr:
    """Return the test that a product is to be taken as it is.

    A zero beside a finite factor is left alone: the derivative of the product is not zero.
    """
    while isinstance(other, Apply) and other.prim == "neg":
        other = other.args[0]
    return Apply("or", (Apply("ne", (factor, ZERO)), Apply("isfinite", (other,))))


def gates(op: Op, k: int) -> bool:
    """Return whether a partial is an exact zero for some arguments: what `where` drops."""
    rule = operation_rule(op)
    if rule is None or k not in rule.active:
        return False
    match _folded_partial(op, k):
        case Apply("select", (_, a, b)):
            return _is_zero(a) or _is_zero(b)
        case _:
            return False


def _folded_partial(op: Op, k: int) -> Expr:
    """Return the partial to argument `k`, simplified for literal arguments."""
    rule = operation_rule(op)
    assert rule is not None
    partial = rule.partials[k]
    assert partial is not None
    literals = literal_values(rule, op.args)
    folded = quote.fold(partial, literals)
    if isinstance(folded, Name) and folded.id in literals:
        return Lit(literals[folded.id])
    return folded


def _is_zero(expr: Expr) -> bool:
    match expr:
        case Lit(value=0):
            return True
        case Apply("select", (_, a, b)):
            return _is_zero(a) or _is_zero(b)
        case _:
            return False


def _multiplies(product: Expr) -> bool:
    """Return whether a product is more than zero or its flow, with whatever sign."""
    match product:
        case Lit() | Name():
            return False
        case Apply("neg", (inner,)):
            return _multiplies(inner)
        case Apply("select", (_, a, b)):
            return _multiplies(a) or _multiplies(b)
        case Apply("mul", (_, Lit())):
            return False
        case _:
            return True


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
