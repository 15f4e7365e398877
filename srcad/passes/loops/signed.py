"""Loops over unsigned integers count with signed ones; so do the extents of arrays.

Before                              After
    for j in range(n):                  for j_1 in range(np.int64(n)):
        s += x[j]                           j = np.uint64(j_1)
                                            s += x[j]

Numba makes floats of unsigned integers that meet signed ones, and derivatives compute with
the indices and the bounds of loops. Loops over arrays run to their extents.
"""

from __future__ import annotations

from dataclasses import replace

from srcad.ir import nodes as ir
from srcad.ir.names import NameSupply
from srcad.ir.types import INT, Scalar
from srcad.ir.walk import map_blocks, statements
from srcad.passes.building.emitter import Emitter


def signed_loops(function: ir.Function) -> ir.Function:
    """Return the typed `function` with loops and extents of arrays that are signed."""
    if not any(any(map(is_unsigned, _counted(stmt))) for stmt in statements(function.body)):
        return function
    supply = NameSupply.of(function)
    return replace(function, body=_block(function.body, supply))


def _counted(stmt: ir.Stmt) -> tuple[ir.Atom, ...]:
    """Return the numbers that a loop counts, or the extents of a new array."""
    match stmt:
        case ir.For(var=var, start=start, stop=stop, step=step):
            return var, start, stop, step
        case ir.Let(value=ir.Op(prim="zeros" | "ones" | "empty", args=args)):
            return args
        case ir.Let(value=ir.Op(prim="full", args=(_, *extents))):
            return tuple(extents)
        case _:
            return ()


def is_unsigned(atom: ir.Atom) -> bool:
    """Return whether the type of a value is one of the unsigned integers."""
    return isinstance(atom.type, Scalar) and atom.type.dtype.startswith("uint")


def _block(block: ir.Block, supply: NameSupply) -> ir.Block:
    out: list[ir.Stmt] = []
    for stmt in block:
        inside = map_blocks(stmt, lambda b: _block(b, supply))
        if any(map(is_unsigned, _counted(inside))):
            inside = _signed(inside, Emitter(supply, out, stmt.span))
        out.append(inside)
    return tuple(out)


def _signed(stmt: ir.Stmt, emit: Emitter) -> ir.Stmt:
    """Return a statement that counts the same numbers, and append those."""
    if isinstance(stmt, ir.For):
        start, stop, step = (_as_signed(b, emit) for b in (stmt.start, stmt.stop, stmt.step))
        assert isinstance(stmt.var.type, Scalar)
        var = ir.Var(emit.supply.fresh(stmt.var.name), INT)
        first = ir.Let(stmt.var, ir.Op("cast", (var,), (stmt.var.type.dtype,)), stmt.span)
        body = (first, *stmt.body)
        return replace(stmt, var=var, start=start, stop=stop, step=step, body=body)
    assert isinstance(stmt, ir.Let)
    assert isinstance(stmt.value, ir.Op)
    filled = stmt.value.args[:1] if stmt.value.prim == "full" else ()
    extents = tuple(_as_signed(a, emit) for a in stmt.value.args[len(filled) :])
    return replace(stmt, value=replace(stmt.value, args=(*filled, *extents)))


def _as_signed(atom: ir.Atom, emit: Emitter) -> ir.Atom:
    if not is_unsigned(atom):
        return atom
    target = ir.Var(emit.supply.temporary(), INT)
    return emit.let(target, ir.Op("cast", (atom,), (INT.dtype,)))
