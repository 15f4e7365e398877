"""Loops over unsigned integers count with signed ones.

Before                              After
    for j in range(n):                  for j_1 in range(np.int64(n)):
        s += x[j]                           j = np.uint64(j_1)
                                            s += x[j]

Numba makes floats of unsigned integers that meet signed ones, and derivatives compute with
the indices and the bounds of loops.
"""

from __future__ import annotations

from dataclasses import replace

from srcad.ir import nodes as ir
from srcad.ir.names import NameSupply
from srcad.ir.types import INT, Scalar
from srcad.ir.walk import map_blocks, statements
from srcad.passes.emitter import Emitter


def signed_loops(function: ir.Function) -> ir.Function:
    """Return the typed `function` with loops whose bounds and indices are signed."""
    loops = (s for s in statements(function.body) if isinstance(s, ir.For))
    if not any(_is_unsigned(loop) for loop in loops):
        return function
    supply = NameSupply.of(function)
    return replace(function, body=_block(function.body, supply))


def _is_unsigned(loop: ir.For) -> bool:
    return any(map(is_unsigned, (loop.var, loop.start, loop.stop, loop.step)))


def is_unsigned(atom: ir.Atom) -> bool:
    """Return whether the type of a value is one of the unsigned integers."""
    return isinstance(atom.type, Scalar) and atom.type.dtype.startswith("uint")


def _block(block: ir.Block, supply: NameSupply) -> ir.Block:
    out: list[ir.Stmt] = []
    for stmt in block:
        inside = map_blocks(stmt, lambda b: _block(b, supply))
        if isinstance(inside, ir.For) and _is_unsigned(inside):
            inside = _signed(inside, Emitter(supply, out, stmt.span))
        out.append(inside)
    return tuple(out)


def _signed(loop: ir.For, emit: Emitter) -> ir.For:
    """Return a loop over the same numbers, and append its bounds."""
    start, stop, step = (_as_signed(b, emit) for b in (loop.start, loop.stop, loop.step))
    assert isinstance(loop.var.type, Scalar)
    var = ir.Var(emit.supply.fresh(loop.var.name), INT)
    first = ir.Let(loop.var, ir.Op("cast", (var,), (loop.var.type.dtype,)), loop.span)
    return ir.For(var, start, stop, step, (first, *loop.body), loop.until, loop.span)


def _as_signed(atom: ir.Atom, emit: Emitter) -> ir.Atom:
    if not is_unsigned(atom):
        return atom
    target = ir.Var(emit.supply.temporary(), INT)
    return emit.let(target, ir.Op("cast", (atom,), (INT.dtype,)))
