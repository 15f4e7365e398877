"""What of a tangent depends on the tangents of its arguments: the linear work."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from srcad.analysis.aliasing import Aliases, aliasing
from srcad.ir import nodes as ir
from srcad.ir.names import NameSupply
from srcad.ir.primitives import EXTENTS, LIKES
from srcad.ir.types import INT, Array, Type
from srcad.ir.walk import (
    blocks,
    map_blocks,
    names,
    param_vars,
    reads,
    statements,
    substitute,
    targets,
)
from srcad.passes.building.emitter import Emitter
from srcad.passes.halves.halves import FRESH
from srcad.passes.kept.tape import trips_of


def linear_classes(body: ir.Block, classes: Aliases, dots: Iterable[ir.Param]) -> set[str]:
    """Return the classes of names that depend on a tangent, on its shape alone included."""
    found = {classes.of(v.name) for v in param_vars(dots)}
    count = 0
    while count < len(found):
        count = len(found)
        _spread(body, found, classes, inside=False)
    return found


def _spread(block: ir.Block, found: set[str], classes: Aliases, *, inside: bool) -> None:
    """Add what statements bind or write that read something linear, or are under its tests."""
    for stmt in block:
        is_linear = inside or any(classes.of(name) in found for name in reads(stmt))
        if is_linear:
            found |= {classes.of(name) for name in bound_or_written(stmt)}
        for part in blocks(stmt):
            _spread(part, found, classes, inside=is_linear)


def written_by(stmt: ir.Stmt) -> str | None:
    """Return the array that a statement writes an element of."""
    match stmt:
        case ir.Store(array=array):
            return array.name
        case ir.Accum(target=target, index=tuple()):
            return target.name
        case _:
            return None


def classes_written(stmt: ir.Stmt, classes: Aliases) -> set[str]:
    """Return the classes of the arrays that a statement writes, nested blocks included."""
    return {classes.of(n) for n in map(written_by, statements((stmt,))) if n is not None}


def made_of(defined: dict[str, ir.Value], classes: Aliases) -> dict[str, set[str]]:
    """Return the names whose definitions read each name, or elements of a class of arrays.

    The class has `[]` after it: those that only ask for a shape do not read elements.
    """
    found: dict[str, set[str]] = {}
    for target, value in defined.items():
        asks = isinstance(value, ir.Op) and value.prim in EXTENTS
        for name in names(value):
            for part in (name,) if asks else (name, f"{classes.of(name)}[]"):
                found.setdefault(part, set()).add(target)
    return found


def bound_or_written(stmt: ir.Stmt) -> frozenset[str]:
    """Return what a statement itself binds, and the array that it writes."""
    written = written_by(stmt)
    found = {target.name for target in targets(stmt)}
    return frozenset(found if written is None else found | {written})


def memory_classes(function: ir.Function) -> Aliases:
    """Return which arrays may share memory; calls of whole arrays return new ones."""
    classes = aliasing(function)
    for stmt in statements(function.body):
        match stmt:
            case ir.Let(target=target, value=ir.Op(prim=prim, args=args)) if prim not in FRESH:
                for arg in args:
                    both = isinstance(target.type, Array), isinstance(arg.type, Array)
                    if all(both) and isinstance(arg, ir.Var):
                        classes.join(arg.name, target.name)
            case _:
                pass
    return classes


def asks_shape(stmt: ir.Stmt, name: str) -> bool:
    """Return whether a statement reads only the shape of an array."""
    match stmt:
        case ir.Let(value=ir.Op(prim=prim, args=(ir.Var(name=asked), *_))):
            return prim in EXTENTS | LIKES and asked == name
        case _:
            return False


def substituted(stmt: ir.Stmt, values: dict[str, ir.Atom]) -> ir.Stmt:
    """Return a statement with other names for values, nested blocks included."""
    stmt = substitute(stmt, values)
    return map_blocks(stmt, lambda block: tuple(substituted(inner, values) for inner in block))


def extents_of(
    array: ir.Var, kind: Array, emit: Emitter, types: dict[str, Type | None]
) -> list[ir.Var]:
    """Return names for the extents of an array, and note their types."""
    found = []
    for axis in range(kind.ndim):
        extent = ir.Var(emit.supply.fresh("extent"), INT)
        types[extent.name] = INT
        found.append(emit.let(extent, ir.Op("shape", (array,), (axis,))))
    return found


# Reading what was saved ---------------------------------------------------------------------


def read(target: ir.Var, stack: ir.Var, top: ir.Var, span: ir.Span | None) -> list[ir.Stmt]:
    """Return what reads the next number of a stack."""
    load = ir.Let(target, ir.Load(stack, (top,)), span)
    return [load, ir.Accum(top, None, ir.Const(1, INT), span)]


def nest(
    loops: list[ir.Var],
    extents: Sequence[ir.Atom],
    body: ir.Block,
    supply: NameSupply,
    tops: set[str],
) -> list[ir.Stmt]:
    """Return loops over all elements of an array, the last axis innermost."""
    found: list[ir.Stmt] = list(body)
    for var, extent in zip(reversed(loops), reversed(extents), strict=True):
        start, step = ir.Const(0, INT), ir.Const(1, INT)
        before: list[ir.Stmt] = []
        loop = ir.For(var, start, extent, step, tuple(found))
        made = with_parts(loop, tops, Emitter(supply, before))
        found = [*before, *made]
    return found


def with_parts(loop: ir.For, tops: set[str], emit: Emitter) -> list[ir.Stmt]:
    """Return a loop that reads what every iteration saved by its own index: that vectorises.

    Before                        After
        for i in range(1, n):         part = kept[top:top + max(n - 1, 0)]
            c = kept[top]             for i in range(1, n):
            top += 1                      c = part[i - 1]
                                      top += max(n - 1, 0)

    tops: the counters of all stacks. What comes before the loop is left to `emit`.
    """
    body = list(loop.body)
    reads = {
        stmt.value.index[0].name: k
        for k, stmt in enumerate(body)
        if isinstance(stmt, ir.Let) and isinstance(stmt.value, ir.Load)
        if isinstance(stmt.value.index[0], ir.Var) and stmt.value.index[0].name in tops
    }
    if not reads or loop.until is not None or loop.step != ir.Const(1, loop.step.type):
        return [loop]
    trips = trips_of(loop, emit)
    at: ir.Atom = loop.var
    made: list[ir.Stmt] = []
    if not isinstance(loop.start, ir.Const) or loop.start.value != 0:
        at = ir.Var(emit.supply.temporary(), INT)
        made.append(ir.Let(at, ir.Op("sub", (loop.var, loop.start)), loop.span))
    after: list[ir.Stmt] = []
    for name, k in reads.items():
        let, top = body[k], ir.Var(name, INT)
        assert isinstance(let, ir.Let)
        assert isinstance(let.value, ir.Load)
        end = emit.op("add", top, trips)
        part = ir.Var(emit.supply.fresh("part"), let.value.array.type)
        emit.let(part, ir.Load(let.value.array, (ir.Slice(top, end),)))
        body[k] = replace(let, value=ir.Load(part, (at,)))
        after.append(ir.Accum(top, None, trips, loop.span))
    counted = {k + 1 for k in reads.values()}  # the counter goes up right after the read
    kept = [stmt for k, stmt in enumerate(body) if k not in counted]
    return [replace(loop, body=(*made, *kept)), *after]
