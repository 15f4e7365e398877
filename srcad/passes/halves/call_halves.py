"""The adjoint of a function that is called, in two functions with a stack between them.

Before                              After
    def g_adjoint(x, m, out_bar):       def g_forward(x, m, kept):
        y = g(x, m - 1)                     y = g_forward(x, m - 1, kept)
        out = x[m] * y                      out = x[m] * y
        x_bar = np.zeros_like(x)            kept.append(y)
        t = g_pullback(x, m - 1,            return out
                       out_bar * x[m])
        x_bar += t                      def g_backward(x, m, out_bar, x_bar, kept):
        x_bar[m] += out_bar * y             y = kept.pop()
        return out, x_bar                   g_backward(x, m - 1, out_bar * x[m], x_bar, kept)
                                            x_bar[m] += out_bar * y

What the calls inside become is `stacked_calls`' business; here the adjoint is cut before the
first statement that mentions a cotangent. Each run of the first half is followed by one of the
second, in the opposite order, with the arguments as they were.

Conditions: the value is finished before the cut, and nothing after it writes what is returned.
An array that crosses and may share memory with an argument or the value crosses as a copy;
then no other name that crosses, and nothing that is written later, may share memory with it.
The adjoint of an array is added to the one that is given, where additions are all that is done
with it; else it is made as ever, and added at the end. None where the adjoint cannot be cut.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from srcad.analysis.effects import exposed_reads
from srcad.analysis.mentions import mentioned_inside
from srcad.ir import nodes as ir
from srcad.ir.bound import new_problems
from srcad.ir.names import NameSupply
from srcad.ir.primitives import EXTENTS
from srcad.ir.types import FLOATS, INT, Array, Scalar, Type
from srcad.ir.walk import (
    bindings,
    map_block,
    mentioned,
    names,
    param_vars,
    statements,
    stored,
    targets,
)
from srcad.passes.building.emitter import Emitter, add_elements
from srcad.passes.halves.halves import FRESH, bound_in, cut_before, memory_classes, types_of

CHEAP = {"eq", "ne", "lt", "le", "gt", "ge", "add", "sub"}


class Kept:
    """What stands as the function of a call that is an operation on a stack."""


KEPT = Kept()


@dataclass(frozen=True, slots=True)
class CallHalves:
    """Both halves of an adjoint, without the stack between them.

    kept: what the first half leaves for the second. needed: the positions of the arguments
    that the second half takes. flows: its cotangents. shadows: its arrays to be added to, one
    for each adjoint of an array. is_array: which adjoints are arrays.
    """

    forward: ir.Function
    backward: ir.Function
    kept: tuple[ir.Var, ...]
    needed: tuple[int, ...]
    is_array: tuple[bool, ...]


def call_halves(function: ir.Function, flows: int, bars: int) -> CallHalves | None:
    """Return both halves of an adjoint whose last `flows` parameters are cotangents.

    bars: how many of its results, the last ones, are adjoints.
    """
    split = len(function.params) - flows
    own, seeds = function.params[:split], function.params[split:]
    if any(not isinstance(p.value, ir.Var) for p in function.params):
        return None
    outs, found = function.returns[: len(function.returns) - bars], function.returns[-bars:]
    cut = cut_before(function.body, {v.name for v in param_vars(seeds)})
    before, after = list(function.body[:cut]), list(function.body[cut:])
    types = types_of(function)
    supply = NameSupply.of(function)
    is_array = tuple(isinstance(a, ir.Var) and isinstance(types.get(a.name), Array) for a in found)
    shadows: list[ir.Var] = []
    for atom, whole in zip(found, is_array, strict=True):
        if whole:
            assert isinstance(atom, ir.Var)
            shadows.append(_given(function, atom, types, before, after, supply))
    if len({var.name for var in shadows}) < len(shadows):
        return None
    _compute_again(function, own, before, after)
    types |= {v.name: INT for v in _keep_extents(function, before, after, supply)}
    early = bound_in(tuple(before))
    given = {v.name for v in param_vars(own)}
    results = {a.name for a in outs if isinstance(a, ir.Var)}
    if not results <= early | given or results & bound_in(tuple(after)):
        return None
    rest = tuple(a for a, whole in zip(found, is_array, strict=True) if not whole)
    read = exposed_reads((*after, ir.Call((), KEPT, "", rest)))
    crossing = sorted(read & early - {v.name for v in shadows})
    classes = memory_classes(function)
    written = {classes.of(name) for name in stored(tuple(after))}
    if any(classes.of(name) in written for name in results):
        return None
    theirs = {classes.of(name) for name in results | given}
    kept = tuple(ir.Var(name, types.get(name)) for name in crossing)
    if not all(_can_cross(var.type) for var in kept):
        return None
    copied = [v for v in kept if isinstance(v.type, Array) and classes.of(v.name) in theirs]
    for var in copied:
        alike = sum(classes.of(v.name) == classes.of(var.name) for v in kept)
        if alike > 1 or classes.of(var.name) in written:
            return None
    first = _forward(function, own, before, outs, kept, copied, supply)
    needed = tuple(k for k, p in enumerate(own) if _name(p) in read and _name(p) not in early)
    params = [*(own[k] for k in needed), *seeds, *(ir.Param(v.name, v) for v in shadows)]
    second = replace(
        function,
        name=f"{function.name}_backward",
        params=tuple(params),
        body=tuple(after),
        returns=rest,
        result=_row(len(rest)),
    )
    popped = (ir.Call(kept, KEPT, "", ()),) if kept else ()
    checked = replace(second, body=(*popped, *second.body))
    if new_problems(first) or new_problems(checked):
        return None
    return CallHalves(first, second, kept, needed, is_array)


def _compute_again(
    function: ir.Function, own: tuple[ir.Param, ...], before: list[ir.Stmt], after: list[ir.Stmt]
) -> None:
    """Give the second half constants, and what is one cheap step from the numbers it is given."""
    counts = bindings(function)
    known = {_name(p) for p in own if counts[_name(p)] == 1}
    again: list[ir.Stmt] = []
    for stmt in statements(tuple(before)):
        match stmt:
            case ir.Let(target=ir.Var(name=name), value=ir.Const()) if (
                stmt in before and not _rebound(name, before)
            ):
                again.append(stmt)
            case ir.Let(target=ir.Var(name=name), value=ir.Op(prim=prim)) if (
                prim in CHEAP and counts[name] == 1 and names(stmt.value) <= known
            ):
                again.append(stmt)
                known.add(name)
    read = exposed_reads(after) | {a.name for a in function.returns if isinstance(a, ir.Var)}
    after[:0] = [s for s in again if isinstance(s, ir.Let) and s.target.name in read]
    alone = Counter(n for s in before for n in mentioned_inside(s))
    made = [s for s in before if _makes(s, known) and alone[_target(s)] == counts[_target(s)] == 1]
    before[:] = [stmt for stmt in before if stmt not in made]
    after[:0] = made


def _makes(stmt: ir.Stmt, known: set[str]) -> bool:
    """Return whether a statement makes an array of what is known."""
    if not isinstance(stmt, ir.Let) or not isinstance(stmt.value, ir.Op):
        return False
    return stmt.value.prim in FRESH - {"copy"} and names(stmt.value) <= known


def _target(stmt: ir.Stmt) -> str:
    assert isinstance(stmt, ir.Let)
    return stmt.target.name


def _rebound(name: str, block: list[ir.Stmt]) -> bool:
    """Return whether a block binds a name more than once."""
    return sum(t.name == name for s in statements(tuple(block)) for t in targets(s)) > 1


def _keep_extents(
    function: ir.Function, before: list[ir.Stmt], after: list[ir.Stmt], supply: NameSupply
) -> Iterable[ir.Var]:
    """Let extents cross in the place of arrays of which the second half asks no more.

    Return their names.
    """
    body = statements(tuple(after))
    asked = {s for s in body if isinstance(s, ir.Let) and _is_extent(s.value)}
    others = {n for s in body if s not in asked for n in mentioned(s)}
    others |= {a.name for a in function.returns if isinstance(a, ir.Var)}
    made = {t.name for s in before for t in targets(s)}
    end = Emitter(supply, before, function.span)
    found: dict[ir.Value, ir.Var] = {}

    def change(stmt: ir.Stmt) -> ir.Stmt:
        if not isinstance(stmt, ir.Let) or stmt not in asked:
            return stmt
        name = next(iter(names(stmt.value)))
        if name in others or name not in made or name in bound_in(tuple(after)):
            return stmt
        if stmt.value not in found:
            found[stmt.value] = end.let(ir.Var(supply.fresh(f"n_{name}"), INT), stmt.value)
        return replace(stmt, value=found[stmt.value])

    after[:] = map_block(tuple(after), change)
    return found.values()


def _is_extent(value: ir.Value) -> bool:
    return isinstance(value, ir.Op) and value.prim in EXTENTS


def _name(param: ir.Param) -> str:
    assert isinstance(param.value, ir.Var)
    return param.value.name


def _row(count: int) -> object:
    return None if count == 0 else 0 if count == 1 else tuple(range(count))


def _can_cross(type_: Type | None) -> bool:
    """Return whether a stack can have values of a type, of which one is known beforehand."""
    if isinstance(type_, Array):
        return type_.layout == "C" and type_.mutable
    return isinstance(type_, Scalar)


def nothing_of(type_: Type | None) -> ir.Value:
    """Return a value of a type."""
    if isinstance(type_, Array):
        return ir.Op("empty", (ir.Const(0),) * type_.ndim, (type_.dtype,))
    assert isinstance(type_, Scalar)
    number = False if type_.dtype == "bool" else 0.0 if type_.dtype in FLOATS else 0
    return ir.Const(number, type_)


def _forward(
    function: ir.Function,
    own: tuple[ir.Param, ...],
    before: list[ir.Stmt],
    outs: tuple[ir.Atom, ...],
    kept: tuple[ir.Var, ...],
    copied: list[ir.Var],
    supply: NameSupply,
) -> ir.Function:
    """Return the way forward, where all that is kept is bound on every path."""
    surely = {v.name for v in param_vars(own)} | {
        t.name for s in before if not isinstance(s, ir.For | ir.While | ir.If) for t in targets(s)
    }
    body: list[ir.Stmt] = []
    start = Emitter(supply, body, function.span)
    for var in kept:
        if var.name not in surely:
            start.let(var, nothing_of(var.type))
    body += before
    end = Emitter(supply, body, function.span)
    for var in copied:
        end.let(var, ir.Op("copy", (var,)))
    return replace(
        function,
        name=f"{function.name}_forward",
        params=own,
        body=tuple(body),
        returns=outs,
        result=_row(len(outs)),
    )


def _given(
    function: ir.Function,
    bar: ir.Var,
    types: dict[str, Type | None],
    before: list[ir.Stmt],
    after: list[ir.Stmt],
    supply: NameSupply,
) -> ir.Var:
    """Return the array that an adjoint is added to; the adjoint itself, where that can be."""
    var = ir.Var(bar.name, types.get(bar.name))
    maker = _maker(function, bar.name)
    if maker is not None and _only_added_to(function, bar.name, maker):
        for part in (before, after):
            part[:] = [stmt for stmt in part if stmt is not maker]
        return var
    given = ir.Var(supply.fresh(f"{bar.name}_given"), var.type)
    assert isinstance(var.type, Array)
    add_elements(Emitter(supply, after, function.span), given, var, var.type.ndim)
    return given


def _maker(function: ir.Function, name: str) -> ir.Let | None:
    """Return the statement that makes an array of zeros once, at the top of the function."""
    if bindings(function)[name] != 1:
        return None
    for stmt in function.body:
        match stmt:
            case ir.Let(target=target, value=ir.Op(prim=prim)) if target.name == name:
                return stmt if prim in {"zeros", "zeros_like"} else None
    return None


def _only_added_to(function: ir.Function, name: str, made: ir.Let) -> bool:
    """Return whether additions of ours to its elements are all that is done with an array.

    Its extents may be asked for: those of the array that is given are the same.
    """
    if sum(isinstance(a, ir.Var) and a.name == name for a in function.returns) != 1:
        return False
    for stmt in statements(function.body):
        match stmt:
            case ir.Accum(target=target, index=tuple() as index, value=value, any_order=True) if (
                target.name == name
            ):
                if name in names(value) | {n for part in index for n in names(part)}:
                    return False
            case ir.Let(value=ir.Op(prim=prim)) if prim in EXTENTS:
                pass
            case _ if stmt is not made and name in mentioned(stmt):
                return False
    return True
