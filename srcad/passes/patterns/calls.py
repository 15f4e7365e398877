"""Calls that stay calls: what the pass `sets` knows of their results."""

from __future__ import annotations

from typing import TYPE_CHECKING

from srcad.ir import nodes as ir
from srcad.ir.types import INT, Array, is_float
from srcad.ir.walk import call_leaves
from srcad.passes.building.emitter import Emitter
from srcad.passes.patterns import arrays as set_arrays
from srcad.passes.patterns.spans import anything, integer
from srcad.rules.linalg import Item, Whole

if TYPE_CHECKING:
    from srcad.passes.patterns.sets import Sets


def call(sets: Sets, stmt: ir.Call, emit: Emitter) -> None:
    """Append a call of what is known, or the sets of the results of another one."""
    unknown = any(map(sets.unknown.holds, (*call_leaves(stmt.args), *stmt.targets)))
    for target in stmt.targets if sets.arms else ():
        is_array = isinstance(target.type, Array)
        if is_array and sets.unknown.escapes(target.name, *sets.arms[-1]):
            what = f"which array the result of '{stmt.name}' becomes depends on the inputs"
            hint = "copy the elements into one array: out[:] = ..."
            sets.refuse(what, hint, stmt.span)
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
    if row.products:
        _product(sets, stmt, row, extents, emit)
        return
    found = _everything(sets, stmt, emit, linear=_is_linear(sets, args))
    for item, target in zip(row.results, stmt.targets, strict=True):
        if isinstance(target.type, Array):
            shape = tuple(extents[letter] for letter in item.axes)
            emit.let(sets.array(target), ir.Op("full", (found, *shape), ("int64",)))
        else:
            sets.assign(target, (found,), emit)


def _product(
    sets: Sets, stmt: ir.Call, row: Whole, extents: dict[str, ir.Atom], emit: Emitter
) -> None:
    """Append the sets of a product: a row of the one argument, and a column of the other."""
    (item,), (target,) = row.results, stmt.targets
    pairs = [
        (arg, param)
        for arg, param in zip(stmt.args, row.params, strict=True)
        if isinstance(arg, ir.Var) and sets.unknown.holds(arg) and is_float(arg.type)
    ]
    shape = tuple(extents[letter] for letter in item.axes)
    out = emit.let(sets.array(target), ir.Op("full", (ir.Const(0), *shape), ("int64",)))
    kept = {letter: ir.Var(sets.supply.fresh(letter), INT) for letter in extents}
    parts = [
        (letters, _unions(sets, arg, param, letters, extents, emit))
        for arg, param in pairs
        for letters in ["".join(n for n in param.axes if n in item.axes)]
    ]
    body: list[ir.Stmt] = []
    inner = Emitter(sets.supply, body, emit.span)
    found: ir.Atom = ir.Const(0)
    for letters, part in parts:
        found = sets.union(found, _element(sets, part, letters, kept, inner), inner)
    inner.store(out, tuple(kept[letter] for letter in item.axes), found)
    _loops([(kept[n], extents[n]) for n in item.axes], body, emit)
    if sets.second and len(pairs) == 2 and sets.active.holds(target):
        (inside,) = set(extents) - set(item.axes)
        both = [_unions(sets, arg, param, inside, extents, emit) for arg, param in pairs]
        body = []
        inner = Emitter(sets.supply, body, emit.span)
        one, other = (_element(sets, part, inside, kept, inner) for part in both)
        sets.meet(one, other, inner)
        _loops([(kept[inside], extents[inside])], body, emit)


def _unions(
    sets: Sets,
    arg: ir.Var,
    param: Item,
    letters: str,
    extents: dict[str, ir.Atom],
    emit: Emitter,
) -> ir.Var:
    """Return the unions along the axes of an array that are not among `letters`, one or none."""
    size = extents[letters] if letters else ir.Const(1)
    found = ir.Var(sets.supply.fresh(f"{arg.name.lstrip('_')}_unions"))
    emit.let(found, ir.Op("full", (ir.Const(0), size), ("int64",)))
    at = {letter: ir.Var(sets.supply.fresh(letter), INT) for letter in param.axes}
    body: list[ir.Stmt] = []
    inner = Emitter(sets.supply, body, emit.span)
    load = ir.Load(sets.array(arg), tuple(at[letter] for letter in param.axes))
    one = inner.let(ir.Var(sets.supply.temporary(), INT), load)
    old = _element(sets, found, letters, at, inner)
    place = at[letters] if letters else ir.Const(0)
    inner.store(found, (place,), sets.union(old, one, inner))
    _loops([(at[letter], extents[letter]) for letter in param.axes], body, emit)
    return found


def _element(
    sets: Sets, part: ir.Var, letters: str, at: dict[str, ir.Var], emit: Emitter
) -> ir.Var:
    place = at[letters] if letters else ir.Const(0)
    return emit.let(ir.Var(sets.supply.temporary(), INT), ir.Load(part, (place,)))


def _loops(ranges: list[tuple[ir.Var, ir.Atom]], body: list[ir.Stmt], emit: Emitter) -> None:
    """Append nested loops, the first one outermost."""
    block = tuple(body)
    for var, extent in reversed(ranges):
        block = (ir.For(var, ir.Const(0), extent, ir.Const(1), block, None, emit.span),)
    emit.out.extend(block)


def _is_linear(sets: Sets, args: list[ir.Var]) -> bool:
    """Return whether the solution of a system is linear in what is unknown: the right side."""
    unknown = [k for k, arg in enumerate(args) if sets.unknown.holds(arg)]
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
