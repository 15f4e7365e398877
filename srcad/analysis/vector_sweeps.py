"""Does a sweep along one direction run in vectors already?

The innermost loops decide, where all of their iterations are alike and none needs what another
has computed. A compiler makes vectors of these for one direction; several directions side by
side save what does not depend on them, and no more. So this is a question of time alone: the
numbers are the same. It is answered by the number of iterations, which the arguments tell.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from srcad.analysis.vectors import has_elementary
from srcad.ir import nodes as ir
from srcad.ir.types import Array, Scalar
from srcad.ir.walk import Part, atoms, bindings, blocks, names, operands, parts, statements, targets

COUNTING = {"size", "shape", "len", "add", "sub", "min", "max"}
"""What the number of iterations may consist of, beside arguments."""


@dataclass(frozen=True, slots=True)
class VectorLoops:
    """The innermost loops of a sweep that runs in vectors.

    lengths: how often they are run through, in terms of the arguments.
    has_elementary: whether elementary functions are in them, which directions would share.
    """

    lengths: tuple[ir.Value, ...]
    has_elementary: bool


def vector_loops(function: ir.Function, called: Sequence[str]) -> VectorLoops | None:
    """Return the innermost loops of a sweep, nested values allowed; None unless it is as above.

    called: how arguments are called in the lengths.
    """
    innermost = _innermost(function.body)
    loops = [loop for loop in innermost if isinstance(loop, ir.For) and _is_vector(loop)]
    if not loops or len(loops) < len(innermost):
        return None
    counts = bindings(function)
    lets = {s.target.name: s.value for s in statements(function.body) if isinstance(s, ir.Let)}
    known = {
        p.value.name: replace(p.value, name=name)
        for p, name in zip(function.params, called, strict=False)
        if isinstance(p.value, ir.Var) and isinstance(p.value.type, Scalar | Array)
    }
    lengths = []
    for loop in loops:
        length = _length(loop.stop, counts, lets, known)
        if length is None or isinstance(length, ir.Const):
            return None
        lengths.append(length)
    return VectorLoops(tuple(lengths), any(map(has_elementary, loops)))


def _innermost(block: ir.Block) -> Sequence[ir.For | ir.While]:
    """Return the loops that have most others around them: these are what takes time."""
    depths = list(_depths(block, 1))
    deepest = max((depth for depth, _ in depths), default=0)
    return [loop for depth, loop in depths if depth == deepest]


def _depths(block: ir.Block, depth: int) -> Iterator[tuple[int, ir.For | ir.While]]:
    for stmt in block:
        if isinstance(stmt, ir.For | ir.While):
            yield depth, stmt
        inside = depth + isinstance(stmt, ir.For | ir.While)
        for inner in blocks(stmt):
            yield from _depths(inner, inside)


def _is_vector(loop: ir.For) -> bool:
    """Return whether the iterations of a loop are alike, and need nothing of each other."""
    body = list(loop.body)
    if loop.until is not None or not all(isinstance(s, ir.Let | ir.Store | ir.Accum) for s in body):
        return False
    bound = {var.name for stmt in body for var in targets(stmt)}
    sums = {s.target.name for s in body if isinstance(s, ir.Accum) and s.index is None}
    if sums and not has_elementary(loop):
        return False
    done: set[str] = set()
    written = {s.array.name: s.index for s in body if isinstance(s, ir.Store)}
    written |= {s.target.name: s.index for s in body if isinstance(s, ir.Accum) and s.index}
    if any(loop.var.name not in names(part) for part in map(_last, written.values())):
        return False
    for stmt in body:
        read = {a.name for p in operands(stmt) for a in atoms(p) if isinstance(a, ir.Var)}
        if any(name in bound and name not in done for name in read):
            return False
        done |= {var.name for var in targets(stmt)} - sums
    loads = [part for stmt in body for part in _loads(operands(stmt))]
    return all(
        _is_straight(load.index) and written.get(load.array.name, load.index) == load.index
        for load in loads
    ) and all(map(_is_straight, written.values()))


def _last(index: ir.Index) -> Part:
    return index[-1] if index else ir.Const(0)


def _is_straight(index: ir.Index) -> bool:
    """Return whether elements of an index like this follow each other in memory."""
    return all(
        isinstance(part, ir.Var | ir.Const)
        or (
            isinstance(part, ir.Op)
            and part.prim in {"add", "sub"}
            and all(isinstance(a, ir.Var | ir.Const) for a in part.args)
        )
        for part in index
    )


def _loads(found: Iterator[Part] | Sequence[Part]) -> Iterator[ir.Load]:
    for part in found:
        if isinstance(part, ir.Load):
            yield part
        yield from _loads(list(parts(part)))


def _length(
    value: ir.Value, counts: Counter[str], lets: dict[str, ir.Value], known: dict[str, ir.Var]
) -> ir.Value | None:
    """Return a number of iterations in terms of the arguments, None where they do not tell."""
    match value:
        case ir.Const():
            return value
        case ir.Var(name=name) if counts[name] != 1:
            return None
        case ir.Var(name=name) if name in known:
            return known[name] if isinstance(known[name].type, Scalar) else None
        case ir.Var(name=name):
            return _length(lets[name], counts, lets, known) if name in lets else None
        case ir.Op(prim="size" | "shape" | "len", args=(ir.Var(name=name),)) if counts[name] == 1:
            return replace(value, args=(known[name],)) if name in known else None
        case ir.Op(prim=prim, args=args, static=static) if prim in COUNTING:
            inner = [_length(a, counts, lets, known) for a in args]
            if any(part is None for part in inner):
                return None
            return ir.Op(prim, tuple(inner), static)  # type: ignore[arg-type]
        case _:
            return None
