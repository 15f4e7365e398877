"""Calls that are not inlined: recursion, and functions of whole arrays (`whole_calls`).

The callee gets derivative functions of its own, and a call of one is an ordinary `Call` of
`Derived`, so that it can be differentiated again. In forward mode the call becomes a call
of the callee's tangent. In reverse mode the adjoint of the call is a call of the callee's
pullback, which runs the callee again: a checkpoint at every call. So derivatives of derivatives
see it; where no derivative follows, `halves.stacked_calls` lets the first call keep what the
second needs, or else a linear recursion of depth n would cost n**2 / 2 steps.

No call writes its arguments: `functional` sees to that, and `halves.in_place` undoes it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from srcad.errors import NotDifferentiable, Problem
from srcad.ir import nodes as ir
from srcad.ir.types import Array, is_float
from srcad.passes.building.callees import Derived
from srcad.passes.building.custom_calls import CustomCall, RuleCall
from srcad.passes.building.emitter import Emitter, add_elements, zero
from srcad.passes.modes.custom import custom_adjoint, custom_tangent, transposed_tangent
from srcad.passes.modes.whole_calls import value_at_call, whole_adjoint, whole_tangent
from srcad.rules.linalg import Whole

if TYPE_CHECKING:
    from srcad.passes.modes.forward import Forward
    from srcad.passes.modes.sweep import Sweep


def _atoms(stmt: ir.Call) -> list[ir.Atom]:
    """Return the arguments of a call. Raises NotDifferentiable for tuples."""
    atoms = [arg for arg in stmt.args if isinstance(arg, ir.Var | ir.Const)]
    if len(atoms) != len(stmt.args):
        message = f"the recursive call of '{stmt.name}' passes a tuple or a default"
        hint = "pass numbers and arrays"
        raise NotDifferentiable.from_problems([Problem("E403", message, hint, stmt.span)])
    return atoms


def tangent_call(stmt: ir.Call, forward: Forward, emit: Emitter) -> None:
    """Append the call of the callee's tangent."""
    if isinstance(stmt.function, Whole):
        whole_tangent(stmt, stmt.function, forward, emit)
        return
    if isinstance(stmt.function, CustomCall):
        custom_tangent(stmt, stmt.function, forward, emit)
        return
    if isinstance(stmt.function, RuleCall):
        transposed_tangent(stmt, stmt.function, forward, emit)
        return
    active = forward.active
    if not any(active.holds(t) for t in stmt.targets):
        emit.out.append(stmt)
        return
    atoms = _atoms(stmt)
    wrt = tuple(k for k, atom in enumerate(atoms) if active.holds(atom))
    dots = tuple(forward.dot(a) for k, a in enumerate(atoms) if k in wrt and isinstance(a, ir.Var))
    target_dots = tuple(
        forward.dot(t) if active.holds(t) else ir.Var(emit.supply.temporary(), t.type)
        for t in stmt.targets
    )
    function = Derived(stmt.function, "tangent", wrt)
    targets = (*stmt.targets, *target_dots)
    name, args = f"{stmt.name}_tangent", (*atoms, *dots)
    emit.out.append(ir.Call(targets, function, name, args, stmt.span, stmt.site))


def adjoint_call(stmt: ir.Call, sweep: Sweep) -> None:
    """Append the call of the callee's pullback, and add what it returns."""
    if isinstance(stmt.function, Whole):
        whole_adjoint(stmt, stmt.function, sweep)
        return
    if isinstance(stmt.function, CustomCall | RuleCall):
        custom_adjoint(stmt, sweep)
        return
    if not any(sweep.is_active(t) for t in stmt.targets):
        return
    atoms = _atoms(stmt)
    emit = sweep.emitter(stmt)
    wrt = tuple(k for k, atom in enumerate(atoms) if sweep.is_active(atom))
    given = tuple(
        value_at_call(sweep, stmt, atom) if isinstance(atom, ir.Var) else atom for atom in atoms
    )
    flows: list[ir.Atom] = []
    for target in stmt.targets:
        if not is_float(target.type):
            continue
        if isinstance(target.type, Array):
            flows.append(sweep.made_shadow(stmt, target))
        elif sweep.is_active(target):
            flows.append(sweep.bar(target))
        else:
            flows.append(zero(target.type))
    results = tuple(ir.Var(emit.supply.temporary()) for _ in wrt)
    function = Derived(stmt.function, "pullback", wrt, cotangents=len(flows))
    args = (*given, *flows)
    name = f"{stmt.name}_pullback"
    emit.out.append(ir.Call(results, function, name, args, stmt.span, stmt.site))
    for target in stmt.targets:
        if sweep.is_active(target) and not isinstance(target.type, Array):
            emit.let(sweep.bar(target), zero(target.type))
    for k, bar in zip(wrt, results, strict=True):
        atom = atoms[k]
        assert isinstance(atom, ir.Var)
        if isinstance(atom.type, Array):
            add_elements(emit, sweep.shadow(stmt, atom), bar, atom.type.ndim, whole=True)
        else:
            emit.accumulate(sweep.bar(atom), None, bar)
