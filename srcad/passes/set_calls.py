"""Calls that stay calls: what the pass `sets` knows of their results."""

from __future__ import annotations

from typing import TYPE_CHECKING

from srcad.ir import nodes as ir
from srcad.ir.types import INT, Array, is_float
from srcad.ir.walk import call_leaves
from srcad.passes import set_arrays
from srcad.passes.emitter import Emitter
from srcad.passes.spans import anything, integer
from srcad.rules.linalg import Whole

if TYPE_CHECKING:
    from srcad.passes.sets import Sets


def call(sets: Sets, stmt: ir.Call, emit: Emitter) -> None:
    """Append a call of what is known, or the sets of the results of another one."""
    unknown = any(map(sets.unknown.holds, (*call_leaves(stmt.args), *stmt.targets)))
    if not unknown:
        emit.out.append(stmt)
    elif isinstance(stmt.function, Whole):
        _whole(sets, stmt, stmt.function, emit)
    else:
        _any(sets, stmt, emit)


def _whole(sets: Sets, stmt: ir.Call, row: Whole, emit: Emitter) -> None:
    """Append the sets of a function of whole arrays: all results depend on all arguments."""
    args = [arg for arg in stmt.args if isinstance(arg, ir.Var)]
    extents: dict[str, ir.Atom] = {}
    for item, arg in zip(row.params, args, strict=True):
        array = sets.array(arg) if sets.unknown.holds(arg) else arg
        for axis, letter in enumerate(item.axes):
            if letter not in extents:
                name = ir.Var(sets.supply.temporary(), INT)
                extents[letter] = emit.let(name, ir.Op("shape", (array,), (axis,)))
    if "k" not in extents and {"m", "n"} <= extents.keys():
        extents["k"] = integer(emit, "min", extents["m"], extents["n"])
    found = _everything(sets, stmt, emit, linear=_is_linear(sets, row, args))
    for item, target in zip(row.results, stmt.targets, strict=True):
        if isinstance(target.type, Array):
            shape = tuple(extents[letter] for letter in item.axes)
            emit.let(sets.array(target), ir.Op("full", (found, *shape), ("int64",)))
        else:
            sets.assign(target, (found,), emit)


def _is_linear(sets: Sets, row: Whole, args: list[ir.Var]) -> bool:
    """Return whether a function is linear in the arguments that are unknown."""
    unknown = [k for k, arg in enumerate(args) if sets.unknown.holds(arg)]
    if row.products:
        return len(unknown) == 1
    return len(args) == 2 and unknown == [1]


def _any(sets: Sets, stmt: ir.Call, emit: Emitter) -> None:
    """Append the sets of a call that returns numbers: all depend on all arguments."""
    if any(isinstance(target.type, Array) for target in stmt.targets):
        what = f"the call of '{stmt.name}' returns an array, whose pattern is not known"
        hint = "leave out its rule or its recursion, or return single numbers"
        sets.refuse(what, hint, stmt.span)
    found = _everything(sets, stmt, emit, linear=False)
    for target in stmt.targets:
        values = (found,) if is_float(target.type) else anything(target.type)
        sets.assign(target, values, emit)


def _everything(sets: Sets, stmt: ir.Call, emit: Emitter, *, linear: bool) -> ir.Atom:
    """Return the union of the sets of all arguments; they all meet unless it is linear."""
    found: ir.Atom = ir.Const(0)
    for arg in call_leaves(stmt.args):
        if isinstance(arg, ir.Var) and is_float(arg.type) and sets.unknown.holds(arg):
            is_array = isinstance(arg.type, Array)
            one = set_arrays.all_of(sets, arg, emit) if is_array else sets.set_of(arg)
            found = sets.union(found, one, emit)
    if sets.second and not linear and any(map(sets.active.holds, stmt.targets)):
        sets.meet(found, found, emit)
    return found
