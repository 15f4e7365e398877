"""An adjoint in two functions: the way forward once, and the way back as often as wanted.

Before                              After
    def f_adjoint(x, out_bar):          def f_forward(x):
        y = math.sin(x)                     y = math.sin(x)
        out = y * y                         out = y * y
        y_bar = 2.0 * y * out_bar           return out, (x, y)
        x_bar = math.cos(x) * y_bar
        return out, x_bar               def f_backward(x, y, out_bar):
                                            y_bar = 2.0 * y * out_bar
                                            x_bar = math.cos(x) * y_bar
                                            return x_bar

On entry: an adjoint with tapes as arrays, its value first. The cut is before the first
statement that mentions the cotangent. What the second half reads of the first is returned by
the first and passed to the second.

Conditions: the value is finished before the cut, with all elements of its arrays (a loop that
is swept once may compute it on the way back). What crosses is never the caller's: arrays
that may share memory with an argument or with the value are copied when the first half ends.
The second half can run again: an array that it writes or returns is copied when it starts, and
no other name that crosses may share memory with that one. All that crosses is bound on every path.
None where that cannot be had, or where functions are called by name.
"""

from __future__ import annotations

from dataclasses import replace

from srcad.analysis.aliasing import Aliases, aliasing
from srcad.analysis.effects import exposed_reads
from srcad.ir import nodes as ir
from srcad.ir.bound import new_problems
from srcad.ir.names import NameSupply
from srcad.ir.printed import Printed
from srcad.ir.types import Array, Type
from srcad.ir.walk import (
    call_leaves,
    mentioned,
    param_vars,
    rename,
    statements,
    stored,
    targets,
)
from srcad.passes.building.emitter import Emitter
from srcad.passes.building.outputs import shifted
from srcad.rules.linalg import Whole

FRESH = {
    *("zeros", "ones", "empty", "full", "copy"),
    *("zeros_like", "ones_like", "empty_like", "full_like"),
}
"""Primitives whose arrays share memory with no other."""


def halves(function: ir.Function) -> tuple[ir.Function, ir.Function] | None:
    """Return both halves of an adjoint; None where it cannot be cut."""
    assert isinstance(function.result, tuple)
    value, bars = function.result
    count = leaf_count(value)
    outs, found = function.returns[:count], function.returns[count:]
    cotangent = function.params[-1]
    seeds = {v.name for v in param_vars((cotangent,))}
    cut = cut_before(function.body, seeds)
    before, after = function.body[:cut], function.body[cut:]
    if any(calls_by_name(stmt) for stmt in statements(function.body)):
        return None
    types = types_of(function)
    bound = bound_in(before) | {v.name for v in param_vars(function.params)} - seeds
    results = {a.name for a in outs if isinstance(a, ir.Var)}
    if not results <= bound or results & bound_in(after):
        return None
    read = exposed_reads(after) | {a.name for a in found if isinstance(a, ir.Var)}
    crossing = sorted(read & bound)
    classes = memory_classes(function)
    written = {classes.of(name) for name in stored(after)}
    if any(classes.of(name) in written for name in results):
        return None
    written |= {classes.of(a.name) for a in found if isinstance(a, ir.Var)}
    again = [
        name
        for name in crossing
        if classes.of(name) in written and isinstance(types.get(name), Array)
    ]
    if any(_shares(name, crossing, classes) for name in again):
        return None
    supply = NameSupply.of(function)
    first = _first_half(function, before, outs, value, crossing, classes, types, supply)
    # Temporaries get their names later, parameters do not.
    second: list[ir.Stmt] = []
    emit = Emitter(supply, second, function.span)
    spoken = {name: supply.fresh(name) if name == cotangent.name else name for name in crossing}
    spoken |= {name: supply.fresh("kept") for name in crossing if name.startswith("_t")}
    given = {name: ir.Var(spoken[name], types.get(name)) for name in crossing}
    for name in again:
        emit.let(given[name], ir.Op("copy", (given[name],)))
    params = tuple(ir.Param(var.name, var) for var in given.values())
    found = tuple(given.get(a.name, a) if isinstance(a, ir.Var) else a for a in found)
    second_half = replace(
        function,
        name=f"{function.name}_backward",
        params=(*params, cotangent),
        body=(*second, *rename(after, given)),
        returns=found,
        result=shifted(bars, -count),
    )
    if new_problems(first) or new_problems(second_half):
        return None
    return first, second_half


def _first_half(
    function: ir.Function,
    before: ir.Block,
    outs: tuple[ir.Atom, ...],
    value: object,
    crossing: list[str],
    classes: Aliases,
    types: dict[str, Type | None],
    supply: NameSupply,
) -> ir.Function:
    """Return the way forward: the value, and all that crosses, apart from the caller's memory."""
    body = list(before)
    emit = Emitter(supply, body, function.span)
    own = function.params[:-1]
    theirs = {classes.of(v.name) for v in param_vars(own)}
    theirs |= {classes.of(a.name) for a in outs if isinstance(a, ir.Var)}
    kept: list[ir.Atom] = []
    for name in crossing:
        var = ir.Var(name, types.get(name))
        if isinstance(var.type, Array) and classes.of(name) in theirs:
            var = emit.let(ir.Var(supply.fresh(f"{name}_kept"), var.type), ir.Op("copy", (var,)))
        kept.append(var)
    result = (value, tuple(range(len(outs), len(outs) + len(kept))))
    name = f"{function.name}_forward"
    returns = (*outs, *kept)
    return replace(
        function, name=name, params=own, body=tuple(body), returns=returns, result=result
    )


def cut_before(body: ir.Block, seeds: set[str]) -> int:
    """Return how many statements come before the first that mentions a cotangent."""
    for k, stmt in enumerate(body):
        if any(not seeds.isdisjoint(mentioned(inner)) for inner in statements((stmt,))):
            return k
    return len(body)


def bound_in(block: ir.Block) -> set[str]:
    """Return the names that a block binds, indices of loops included."""
    return {target.name for stmt in statements(block) for target in targets(stmt)}


def types_of(function: ir.Function) -> dict[str, Type | None]:
    """Return the type of each name."""
    found: dict[str, Type | None] = {v.name: v.type for v in param_vars(function.params)}
    for stmt in statements(function.body):
        for target in targets(stmt):
            if target.type is not None or target.name not in found:
                found[target.name] = target.type
    return found


def memory_classes(function: ir.Function) -> Aliases:
    """Return which arrays may share memory; what is not known to be new may be its operand."""
    classes = aliasing(function)
    for stmt in statements(function.body):
        match stmt:
            case ir.Let(target=target, value=ir.Op(prim=prim, args=args)) if prim not in FRESH:
                sources = [a for a in args if isinstance(a, ir.Var) and isinstance(a.type, Array)]
                if isinstance(target.type, Array):
                    for source in sources:
                        classes.join(source.name, target.name)
            case ir.Call() if calls_by_name(stmt):
                pass  # in derivatives, what functions of the user's return is a copy
            case ir.Call(targets=results, args=args):
                arrays = [a for a in call_leaves(args) if isinstance(a, ir.Var)]
                for target in results:
                    for source in arrays:
                        if isinstance(target.type, Array) and isinstance(source.type, Array):
                            classes.join(source.name, target.name)
            case _:
                pass
    return classes


def _shares(name: str, crossing: list[str], classes: Aliases) -> bool:
    """Return whether another name that crosses may share memory with this one."""
    return any(other != name and classes.of(other) == classes.of(name) for other in crossing)


def calls_by_name(stmt: ir.Stmt) -> bool:
    """Return whether a statement calls a function of the user's, which may write its arguments."""
    if not isinstance(stmt, ir.Call) or isinstance(stmt.function, Whole | Printed):
        return False
    return not str(getattr(stmt.function, "__module__", "")).startswith("srcad.library.")


def leaf_count(structure: object) -> int:
    """Return how many numbers and arrays a result has."""
    if isinstance(structure, tuple):
        return sum(map(leaf_count, structure))
    return int(structure is not None)
