"""Conditions of calls that stay calls although they could be inlined.

A call does what the text of the function would do in its place, but for these: a tuple among the
arguments, or a result that is no number, is not followed into it, and what it writes comes
back as a copy, which nobody can tell if nothing else that it is given may be the same memory. A
program with a call for which one of these does not hold is inlined as a whole; so is one with
calls of other kinds, and one with loops that keep few checkpoints.
"""

from __future__ import annotations

from types import FunctionType

from srcad.analysis.aliasing import aliasing
from srcad.errors import NotDifferentiable, Problem
from srcad.ir import nodes as ir
from srcad.ir.types import Array, Scalar
from srcad.ir.walk import statements
from srcad.passes.building.callees import Derived
from srcad.passes.modes.functional import Positions
from srcad.rules.linalg import Whole


def check_kept_calls(
    function: ir.Function, kept: frozenset[FunctionType], written: Positions
) -> None:
    """Raise NotDifferentiable unless all calls of a program can stay calls.

    written: the positions of the arguments that a call writes.
    """
    classes = aliasing(function)
    for stmt in statements(function.body):
        if isinstance(stmt, ir.For) and stmt.slots:
            raise _refused(stmt, "a loop keeps few checkpoints")
        if not isinstance(stmt, ir.Call) or isinstance(stmt.function, Whole):
            continue
        if _is_value(stmt.function, kept):
            continue  # looked at where it was written
        if stmt.function not in kept:
            raise _refused(stmt, "another kind of call")
        if not all(isinstance(t.type, Scalar) for t in stmt.targets):
            raise _refused(stmt, "a result is no number")
        if not all(isinstance(a, ir.Var | ir.Const) for a in stmt.args):
            raise _refused(stmt, "an argument is neither a number nor an array")
        arrays = {
            k: classes.of(a.name)
            for k, a in enumerate(stmt.args)
            if isinstance(a, ir.Var) and isinstance(a.type, Array)
        }
        for k in written(stmt):
            if any(arrays[k] == other for j, other in arrays.items() if j != k):
                raise _refused(stmt, "what is written may be given twice")


def _is_value(function: object, kept: frozenset[FunctionType]) -> bool:
    """Return whether this is a function that returns copies of what it would have written."""
    if not isinstance(function, Derived):
        return False
    spec = function.__srcad_derivative__
    return spec.kind == "primal" and spec.func in kept


def _refused(stmt: ir.Stmt, why: str) -> NotDifferentiable:
    problem = Problem("E403", f"the call cannot stay a call: {why}", "", stmt.span)
    return NotDifferentiable.from_problems([problem])
