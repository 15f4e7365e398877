"""Functions with a rule of the user's own: their calls, and what the modes make of them.

    y = f(x)        y, y_dot = f_jvp((x,), (x_dot,))                  custom_jvp, forward
                    x_bar = (the transpose of y_dot, by x_dot)        custom_jvp, reverse
                    y, kept = f_fwd(x); x_bar, = f_bwd(kept, y_bar)   custom_vjp, reverse
                    y, y_dot = f_tangent(x, x_dot)                    checkpoint, forward
                    y = f(x); x_bar, = f_pullback(x, y_bar)           checkpoint, reverse

The rules are functions in the language that srcad accepts. What stands for their calls in a
derivative is made of their source (`RuleCall`, until the statements take its place), so that
it can be differentiated again.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from srcad.errors import NotDifferentiable, Problem
from srcad.ir import nodes as ir
from srcad.ir.types import Array, Type, is_float
from srcad.passes.building.custom_calls import (
    CustomCall,
    RuleCall,
    RulePart,
    is_checkpoint,
    leaves,
)
from srcad.passes.building.emitter import Emitter, add_elements, zero, zeros_like
from srcad.passes.building.entry import shape_checks
from srcad.passes.modes.whole_calls import value_at_call
from srcad.spec import DerivativeSpec

if TYPE_CHECKING:
    from srcad.passes.modes.forward import Forward
    from srcad.passes.modes.sweep import Sweep


def _atoms(stmt: ir.Call) -> list[ir.Atom]:
    atoms = [arg for arg in stmt.args if isinstance(arg, ir.Var | ir.Const)]
    assert len(atoms) == len(stmt.args)
    return atoms


def _check_apart(stmt: ir.Call, call: CustomCall, active: set[int]) -> None:
    """Raise NotDifferentiable where an argument without a derivative needs one."""
    if active & set(call.apart):
        message = f"an argument of '{call.rule.name}' that its rule does not differentiate by"
        hint = "take it out of nondiff_argnums, or wrap it in srcad.stop_gradient"
        problem = Problem("E406", f"{message} depends on what is differentiated by", hint)
        raise NotDifferentiable.from_problems([_at(problem, stmt)])


def _at(problem: Problem, stmt: ir.Stmt) -> Problem:
    return Problem(problem.code, problem.message, problem.hint, stmt.span)


TANGENT_RANK = "a tangent has another rank than its value"


def check_writes_nothing(
    stmt: ir.Call, part: RulePart, wanted: int, found: tuple[Type, ...]
) -> None:
    """Raise NotDifferentiable where a rule returns more than it says: what it has written."""
    if len(found) > wanted:
        what = part.part if part.part in {"fwd", "bwd"} else "the rule"
        message = f"the rule of '{part.call.rule.name}': {what} writes what it is given"
        hint = "work on a copy: what a rule is given belongs to others"
        raise NotDifferentiable.from_problems([Problem("E405", message, hint, stmt.span)])


def check_alike(stmt: ir.Call, call: CustomCall, wanted: object, given: object, what: str) -> None:
    """Raise NotDifferentiable unless numbers stand for numbers, and arrays for arrays."""
    for one, other in zip(wanted, given, strict=True):  # type: ignore[call-overload]
        ranks = [t.ndim if isinstance(t, Array) else 0 for t in (one, other)]
        if ranks[0] != ranks[1]:
            message = f"the rule of '{call.rule.name}': {what}"
            hint = f"expected {one}, got {other}"
            raise NotDifferentiable.from_problems([Problem("E403", message, hint, stmt.span)])


# Forward ----------------------------------------------------------------------------


def custom_tangent(stmt: ir.Call, call: CustomCall, forward: Forward, emit: Emitter) -> None:
    """Append the call of a rule, which gives the results and their tangents."""
    active = forward.active
    if not any(active.holds(t) for t in stmt.targets):
        emit.out.append(stmt)
        return
    name = call.rule.name
    atoms = _atoms(stmt)
    moved = {k for k, atom in enumerate(atoms) if active.holds(atom)}
    _check_apart(stmt, call, moved)
    again = is_checkpoint(call.rule)
    moving = tuple(sorted(moved)) if again else _moving(call, atoms, moved)
    dots = tuple(_dot(atoms[k], forward, emit) for k in moving)
    target_dots = tuple(
        forward.dot(t) if active.holds(t) else ir.Var(emit.supply.temporary()) for t in stmt.targets
    )
    if again:
        part = RulePart(call, "value")
        function = RuleCall(part, DerivativeSpec(part, "tangent", moving))
    else:
        function = RuleCall(RulePart(call, "jvp", moving))
    targets = (*stmt.targets, *target_dots)
    emit.out.append(ir.Call(targets, function, f"{name}_jvp", (*atoms, *dots), stmt.span))
    pairs = zip(stmt.targets, target_dots, strict=True)
    arrays = [(t, dot) for t, dot in pairs if isinstance(t.type, Array) and is_float(t.type)]
    shape_checks(emit, arrays, "tangent")


def transposed_tangent(stmt: ir.Call, function: RuleCall, forward: Forward, emit: Emitter) -> None:
    """Append a rule for reverse mode and the tangents: the transpose of its second half.

    y, kept = f_fwd(x);  y_dot = (the transpose of x_bar by y_bar)(kept, x_dot)
    """
    emit.out.append(stmt)
    active, call, back = forward.active, function.part.call, function.back
    assert back is not None
    outs = stmt.targets[: len(list(leaves(call.result)))]
    if not any(active.holds(t) for t in outs):
        return
    atoms = _atoms(stmt)
    moved = {k for k, atom in enumerate(atoms) if active.holds(atom)}
    _check_apart(stmt, call, moved)
    part = replace(back.part, moving=tuple(k for k in back.part.moving if k in moved))
    if not part.moving:
        for target in filter(active.holds, outs):
            emit.let(forward.dot(target), _no_flow(target, emit))
        return
    apart = tuple(atoms[k] for k in call.apart)
    kept = stmt.targets[len(outs) :]
    flows = tuple(_some_flow(outs[k], outs[k].type, emit) for k in part.flowing)
    dots = tuple(_dot(atoms[k], forward, emit) for k in part.moving)
    first = len(apart) + len(kept)
    wrt = tuple(range(first, first + len(flows)))
    spec = DerivativeSpec(part, "pullback", wrt, cotangents=len(dots))
    found = {k: ir.Var(emit.supply.temporary(), None) for k in part.flowing}
    args = (*apart, *kept, *flows, *dots)
    name = f"{call.rule.name}_jvp"
    emit.out.append(ir.Call(tuple(found.values()), RuleCall(part, spec), name, args, stmt.span))
    for k, dot in found.items():
        if active.holds(outs[k]):
            emit.let(forward.dot(outs[k]), dot)


def _moving(call: CustomCall, atoms: list[ir.Atom], active: set[int]) -> tuple[int, ...]:
    """Return the atoms whose tangents a rule is given: zero for others, arrays of them too."""
    return tuple(
        k
        for k, atom in enumerate(atoms)
        if k not in call.apart
        if k in active or (is_float(atom.type) and isinstance(atom.type, Array))
    )


def _dot(atom: ir.Atom, forward: Forward, emit: Emitter) -> ir.Atom:
    """Return the tangent of an argument, zeros for an array that has none."""
    assert isinstance(atom, ir.Var)
    if forward.active.holds(atom):
        return forward.dot(atom)
    return emit.temp(zeros_like(atom.type, atom))


# Reverse ----------------------------------------------------------------------------


def custom_adjoint(stmt: ir.Call, sweep: Sweep) -> None:
    """Append what a rule adds to the adjoints of the arguments."""
    if not any(sweep.is_active(t) for t in stmt.targets):
        return
    function = stmt.function
    call = function.part.call if isinstance(function, RuleCall) else function
    assert isinstance(call, CustomCall)
    atoms = _atoms(stmt)
    active = {k for k, atom in enumerate(atoms) if sweep.is_active(atom)}
    _check_apart(stmt, call, active)
    back = function.back if isinstance(function, RuleCall) else None
    emit = sweep.emitter(stmt)
    outs = stmt.targets if back is None else stmt.targets[: len(list(leaves(call.result)))]
    flowing = tuple(k for k, target in enumerate(outs) if is_float(target.type))
    flows = tuple(_flow(sweep, stmt, outs[k]) for k in flowing)
    if back is None and is_checkpoint(call.rule):
        wanted = tuple(sorted(active))
        part = RulePart(call, "again", flowing=flowing)
        spec = DerivativeSpec(part, "pullback", wanted, cotangents=len(flowing))
        given = tuple(_value(sweep, stmt, atom) for atom in atoms)
        back, args = RuleCall(part, spec), (*given, *flows)
    elif back is None:
        moving = _moving(call, atoms, active)
        given = tuple(_value(sweep, stmt, atom) for atom in atoms)
        dots = tuple(_some_flow(given[k], atoms[k].type, emit) for k in moving)
        wanted = tuple(k for k in moving if k in active)
        wrt = tuple(len(atoms) + moving.index(k) for k in wanted)
        part = RulePart(call, "linear", moving, flowing)
        spec = DerivativeSpec(part, "pullback", wrt, cotangents=len(flowing))
        back, args = RuleCall(part, spec), (*given, *dots, *flows)
    else:
        wanted = back.part.moving
        apart = tuple(_value(sweep, stmt, atoms[k]) for k in call.apart)
        later = stmt.targets[len(outs) :]
        kept = tuple(value_at_call(sweep, stmt, var, is_result=True) for var in later)
        args = (*apart, *kept, *flows)
    bars = tuple(ir.Var(emit.supply.temporary()) for _ in wanted)
    emit.out.append(ir.Call(bars, back, f"{call.rule.name}_vjp", args, stmt.span))
    for target in outs:
        if sweep.is_active(target) and not isinstance(target.type, Array):
            emit.let(sweep.bar(target), zero(target.type))
    for k, bar in zip(wanted, bars, strict=True):
        atom = atoms[k]
        if k not in active or not isinstance(atom, ir.Var):
            continue
        if isinstance(atom.type, Array):
            shadow = sweep.shadow(stmt, atom)
            if back.part.part == "bwd":
                _check_shape(emit, atom, shadow, bar)
            add_elements(emit, shadow, bar, atom.type.ndim)
        else:
            emit.accumulate(sweep.bar(atom), None, bar)


def _value(sweep: Sweep, stmt: ir.Call, atom: ir.Atom) -> ir.Atom:
    return value_at_call(sweep, stmt, atom) if isinstance(atom, ir.Var) else atom


def _flow(sweep: Sweep, stmt: ir.Call, target: ir.Var) -> ir.Atom:
    """Return the adjoint of a result."""
    if isinstance(target.type, Array):
        return sweep.made_shadow(stmt, target)
    return sweep.bar(target) if sweep.is_active(target) else zero(target.type)


def _some_flow(value: ir.Atom, type_: Type | None, emit: Emitter) -> ir.Atom:
    """Return a flow at which what is linear in it is transposed: one, which no guard leaves out.

    type_: of the value, which does not say so itself where it is a captured array.
    """
    if isinstance(value, ir.Var) and isinstance(type_, Array):
        return emit.temp(ir.Op("ones_like", (value,), (None,)))
    return ir.Const(1.0, zero(type_).type)


def _no_flow(value: ir.Var, emit: Emitter) -> ir.Atom:
    """Return a flow of zero."""
    if isinstance(value.type, Array):
        return emit.temp(zeros_like(value.type, value))
    return zero(value.type)


def _check_shape(emit: Emitter, atom: ir.Var, shadow: ir.Var, bar: ir.Var) -> None:
    """Append a check that a cotangent has the shape of its argument."""
    pair = (ir.Var(shadow.name, atom.type), bar)
    shape_checks(emit, [pair], "cotangent")
