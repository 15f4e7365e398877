"""Steps that put the rules of the user's own in the place of calls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from srcad.analysis.activity import derivative_edges, reachable
from srcad.analysis.aliasing import aliasing
from srcad.analysis.dependence import influenced
from srcad.derivation import Derivation
from srcad.errors import NotDifferentiable, Problem
from srcad.frontend.statements.custom_parts import given_by, kept_by
from srcad.frontend.types.typing import argument_types
from srcad.ir import nodes as ir
from srcad.ir.names import NameSupply
from srcad.ir.types import Type, is_float
from srcad.ir.walk import map_block, param_vars, statements
from srcad.passes.building.custom_calls import CustomCall, CustomRule, RuleCall, RulePart, leaves
from srcad.passes.modes.custom import TANGENT_RANK, check_alike, check_writes_nothing
from srcad.passes.modes.inline import inline
from srcad.spec import REVERSE, Kind


def has_rules(run: Derivation) -> bool:
    """Return whether a rule is called whose statements are to take the place of the call."""
    return any(
        isinstance(s, ir.Call) and isinstance(s.function, RuleCall)
        for s in statements(run.function.body)
    )


def has_halves(rule: CustomRule, kind: Kind) -> bool:
    """Return whether a rule for reverse mode is used: one beside that for tangents, there alone."""
    return rule.kind == "vjp" or (rule.bwd is not None and kind in REVERSE)


def with_forward_halves(function: ir.Function, run: Derivation) -> ir.Function:
    """Return the program with the first halves of rules for reverse mode in place of calls.

    y = f(x)        ->      y, _t0 = f_fwd(x)
    """
    supply = NameSupply.of(function)

    def change(stmt: ir.Stmt) -> ir.Stmt:
        if not isinstance(stmt, ir.Call) or not isinstance(stmt.function, CustomCall):
            return stmt
        call, types = stmt.function, argument_types(stmt.args)
        floats = [k for k, type_ in enumerate(types) if is_float(type_) and k not in call.apart]
        if not floats or not has_halves(call.rule, run.spec.kind):
            return stmt
        return _halved(stmt, call, types, run, supply)

    return replace(function, body=map_block(function.body, change))


def _halved(
    stmt: ir.Call,
    call: CustomCall,
    types: tuple[Type, ...],
    run: Derivation,
    supply: NameSupply,
) -> ir.Call:
    tree = kept_by(call, types)
    part = RulePart(call, "fwd", kept=tree)
    count = len(list(leaves(call.result)))
    found = run.derived_types(RuleCall(part), types)
    check_writes_nothing(stmt, part, count + len(list(leaves(tree))), found)
    outs, kept = found[:count], found[count:]
    results = [t.type for t in stmt.targets]
    check_alike(stmt, call, results, outs, "fwd returns another result")
    _check_numbers(stmt, call, results, outs, "fwd")
    targets = tuple(ir.Var(supply.temporary(), type_) for type_ in kept)
    flowing = tuple(k for k, type_ in enumerate(outs) if is_float(type_))
    apart = tuple(types[k] for k in call.apart)
    given = (*apart, *kept, *(outs[k] for k in flowing))
    back = RulePart(call, "bwd", flowing=flowing, kept=tree)
    moving = tuple(k for k in given_by(back, given) if is_float(types[k]))
    back = replace(back, moving=moving)
    bars = run.derived_types(RuleCall(back), given)
    check_writes_nothing(stmt, back, len(moving), bars)
    what = "bwd returns a cotangent of another rank than its argument"
    check_alike(stmt, call, [types[k] for k in moving], bars, what)
    new = RuleCall(part, back=RuleCall(back))
    return ir.Call((*stmt.targets, *targets), new, f"{stmt.name}_fwd", stmt.args, stmt.span)


def with_rules(function: ir.Function, run: Derivation) -> ir.Function:
    """Return the derivative with the statements of rules in place of their calls."""

    def resolve(stmt: ir.Call) -> ir.Function | None:
        if not isinstance(stmt.function, RuleCall):
            return None
        part, types = stmt.function.part, argument_types(stmt.args)
        if part.part in {"jvp", "linear"}:
            _check_tangents(stmt, part, types, run)
        made = run.derivative(stmt.function, types)
        if stmt.function.__srcad_derivative__.kind == "pullback" and part.part != "again":
            _check_linear(stmt, part, made, types, run)
        return made

    return inline(function, resolve)


def _check_tangents(
    stmt: ir.Call, part: RulePart, types: tuple[Type, ...], run: Derivation
) -> None:
    """Raise NotDifferentiable where a rule returns other values or tangents than it should."""
    call = part.call
    given = types[: len(types) - len(part.flowing)]
    own = run.program.result_types(call, given[: len(given) - len(part.moving)], stmt)
    whole = replace(part, part="jvp", flowing=())
    found = run.derived_types(RuleCall(whole), given)
    half = len(list(leaves(call.result)))
    check_writes_nothing(stmt, whole, 2 * half, found)
    assert own is not None
    check_alike(stmt, call, own, found[:half], "it returns another result")
    _check_numbers(stmt, call, own, found[:half], "it")
    check_alike(stmt, call, found[:half], found[half:], TANGENT_RANK)


def _check_linear(
    stmt: ir.Call, part: RulePart, transpose: ir.Function, types: tuple[Type, ...], run: Derivation
) -> None:
    """Raise NotDifferentiable where a rule, or half of one, is not linear in what flows.

    Then its transpose depends on what it is linear in, or what it returns does so through
    functions whose derivative is zero, such as the sign.
    """
    count = len(part.moving if part.part == "linear" else part.flowing)
    flows = len(part.flowing if part.part == "linear" else part.moving)
    params = [v.name for v in param_vars(transpose.params)]
    given = params[len(params) - flows - count : len(params) - flows]
    rule = run.derivative(RuleCall(part), types[: len(types) - flows])
    own = [v.name for v in param_vars(rule.params)][-count or len(rule.params) :]
    if _depends(transpose, given) or _has_steps(rule, own):
        name = part.call.rule.name
        if part.part == "linear":
            message = f"the rule of '{name}' is not linear in the tangents"
            hint = "multiply each tangent by something that depends on the primals alone"
        else:
            message = f"'{name}' has a rule for reverse mode only: its bwd is not linear"
            hint = "use reverse mode, or give it a rule by srcad.custom_jvp, which serves both"
        raise NotDifferentiable.from_problems([Problem("E406", message, hint, stmt.span)])


def _depends(function: ir.Function, given: list[str]) -> bool:
    """Return whether what a function returns depends on these parameters."""
    classes = aliasing(function)
    found = influenced(function, given, classes, guards=False)
    return any(isinstance(a, ir.Var) and classes.of(a.name) in found for a in function.returns)


def _has_steps(function: ir.Function, given: list[str]) -> bool:
    """Return whether results depend on these parameters through what has no derivative."""
    classes = aliasing(function)
    edges: dict[str, set[str]] = {}
    for source, target in derivative_edges(function, classes):
        edges.setdefault(source, set()).add(target)
    varied = reachable({classes.of(name) for name in given}, edges)
    values = influenced(function, given, classes, by_tests="none", guards=False)
    steps = set(values) - varied
    found = influenced(function, steps, classes, by_tests="none", guards=False)
    return any(isinstance(a, ir.Var) and classes.of(a.name) in found for a in function.returns)


def _check_numbers(
    stmt: ir.Call,
    call: CustomCall,
    wanted: Sequence[Type | None],
    found: tuple[Type, ...],
    part: str,
) -> None:
    """Raise NotDifferentiable where an integer stands for a float: it would have no derivative."""
    for one, other in zip(wanted, found, strict=False):
        if is_float(one) and not is_float(other):
            message = f"the rule of '{call.rule.name}': {part} returns another result"
            hint = f"'{call.rule.name}' returns {one}, the rule {other}: return a float"
            raise NotDifferentiable.from_problems([Problem("E403", message, hint, stmt.span)])
