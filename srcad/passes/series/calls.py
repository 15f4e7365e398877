"""Power series of calls: parts written by hand, functions of whole arrays, and calls by name."""

from __future__ import annotations

from dataclasses import dataclass
from types import FunctionType
from typing import TYPE_CHECKING

from srcad.errors import NotDifferentiable, Problem
from srcad.ir import nodes as ir
from srcad.ir.records import is_complex_record, records_in
from srcad.ir.types import Array, Scalar, is_float
from srcad.ir.walk import statements
from srcad.passes.building.callees import Derived
from srcad.passes.building.custom_calls import CustomCall, is_checkpoint
from srcad.passes.building.emitter import Emitter
from srcad.rules.linalg import Whole
from srcad.rules.series_text import Recurrence

if TYPE_CHECKING:
    from srcad.passes.series.series import Walk

WHOLES = {
    *("dot_nn", "dot_nt", "dot_tn", "dot_tt", "mv_n", "mv_t", "solve_v", "solve_m"),
    *("lower", "lower_t", "inv", "det", "slogdet", "cholesky", "fourier", "fourier_back"),
}
"""Functions of whole arrays whose series are known."""


@dataclass(frozen=True, slots=True)
class SeriesCall:
    """What computes a series, as the `function` of a call: a part written by hand, or a text."""

    name: str
    made: Recurrence | None = None


def check_followed(function: ir.Function) -> None:
    """Raise NotDifferentiable for what has no power series.

    That are calls of functions that have a rule of the user's own, and complex results.
    """
    if any(map(is_complex_record, records_in(function.result))):
        message = "the power series of complex results is not known"
        hint = "return the real and the imaginary part: z.real, z.imag"
        raise NotDifferentiable.from_problems([Problem("E407", message, hint, function.span)])
    for stmt in statements(function.body):
        called = stmt.function if isinstance(stmt, ir.Call) else None
        if isinstance(called, CustomCall) and not is_checkpoint(called.rule):
            name = called.rule.name
            raise unknown(f"'{name}'", "its rule is for first derivatives", stmt.span)


def series_at_call(stmt: ir.Call, walk: Walk, emit: Emitter) -> None:
    """Append a call and the series of its results."""
    if not any(map(walk.active.holds, stmt.targets)):
        emit.out.append(stmt)
        return
    if not isinstance(stmt.function, Whole):
        _called_by_name(stmt, walk, emit)
        return
    row = stmt.function
    if row.name not in WHOLES:
        raise unknown(f"'{row.rule or row.name}'", "no recurrence is written", stmt.span)
    emit.out.append(stmt)
    args: list[object] = []
    for arg in stmt.args:
        assert isinstance(arg, ir.Var)
        args += [arg, walk.of(arg) if walk.active.holds(arg) else None]
    for target in stmt.targets:
        if not walk.active.holds(target):
            continue
        own = walk.of(target)
        if isinstance(target.type, Array):
            walk.call(f"{row.name}_series", (own,), emit)(target, *args, walk.order)
        elif row.name == "slogdet" and target is stmt.targets[0]:
            walk.call("constant_series", (), emit)(own, target)
        else:
            walk.call(f"{row.name}_series", (), emit)(own, target, *args)


def _called_by_name(stmt: ir.Call, walk: Walk, emit: Emitter) -> None:
    """Append the call of a function that is not part of this one, with series."""
    atoms = [arg for arg in stmt.args if isinstance(arg, ir.Var | ir.Const)]
    is_known = isinstance(stmt.function, FunctionType | Derived | CustomCall)
    if not is_known or len(atoms) < len(stmt.args):
        raise unknown(f"this call of '{stmt.name}'", "it stays a call", stmt.span)
    wrt = tuple(k for k, atom in enumerate(atoms) if walk.active.holds(atom))
    given = [walk.of(a) for k, a in enumerate(atoms) if k in wrt and isinstance(a, ir.Var)]
    found: list[ir.Var] = []
    for target in stmt.targets:
        if walk.active.holds(target) and isinstance(target.type, Array):
            found.append(walk.of(target))
        else:
            name = walk.supply.fresh(f"{stmt.name}_series")
            found.append(ir.Var(name, series_type(target.type)))
    function = Derived(stmt.function, "taylor", wrt)
    args = (*atoms, *given, walk.order)
    targets = (*stmt.targets, *found)
    emit.out.append(ir.Call(targets, function, f"{stmt.name}_taylor", args, stmt.span))
    for target, made in zip(stmt.targets, found, strict=True):
        if walk.active.holds(target) and not isinstance(target.type, Array):
            walk.call("copy_series", (), emit)(walk.of(target), made)


def series_type(type_: object) -> Array:
    """Return the type of the series of a number or an array."""
    rank = type_.ndim if isinstance(type_, Array) else 0
    return Array(float_of(type_), rank + 1)


def float_of(type_: object) -> str:
    """Return the dtype of the coefficients of a result."""
    if isinstance(type_, Scalar | Array) and is_float(type_):
        return type_.dtype
    return "float64"


def unknown(what: str, why: str, span: ir.Span | None) -> NotDifferentiable:
    """Return the error for what has no series."""
    message = f"taylor does not know power series of {what}: {why}"
    hint = "nest srcad.jvp for derivatives of low order"
    return NotDifferentiable.from_problems([Problem("E407", message, hint, span)])
