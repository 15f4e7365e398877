"""Calls that are not inlined: recursion, and derivatives called inside a function.

The callee gets derivative functions of its own. In forward mode the call becomes a call
of its tangent. In reverse mode the call is repeated backward by its adjoint, which runs
the callee again: a checkpoint at every call, so that no tape outlives it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from srcad.errors import NotDifferentiable, Problem
from srcad.ir import nodes as ir

if TYPE_CHECKING:
    from srcad.passes.emitter import Emitter
    from srcad.passes.forward import _Forward
    from srcad.passes.sweep import Sweep


def _refuse(stmt: ir.Call) -> NotDifferentiable:
    message = f"the call of '{stmt.name}' cannot be differentiated yet"
    hint = "write the recursion as a loop"
    return NotDifferentiable.from_problems([Problem("E405", message, hint, stmt.span)])


def tangent_call(stmt: ir.Call, forward: _Forward, emit: Emitter) -> None:
    """Append the call of the callee's tangent."""
    if any(forward.active.holds(t) for t in stmt.targets):
        raise _refuse(stmt)
    emit.out.append(stmt)


def adjoint_call(stmt: ir.Call, sweep: Sweep) -> None:
    """Append the call of the callee's adjoint."""
    if any(sweep.is_active(t) for t in stmt.targets):
        raise _refuse(stmt)
