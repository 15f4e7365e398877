"""Products of complex matrices, and systems of equations, by those of their parts."""

from __future__ import annotations

from dataclasses import replace

from srcad.ir import nodes as ir
from srcad.ir.types import is_complex
from srcad.passes.building.emitter import Emitter
from srcad.passes.pairs.operations import Operations, refused
from srcad.rules.linalg import Whole


def product(stmt: ir.Call, row: Whole, operations: Operations, emit: Emitter) -> None:
    """Append the parts of a product: real arguments have one part only."""
    if not row.products:
        hint = "write the system of equations of the real and the imaginary parts"
        raise refused(f"'{stmt.name}'", hint, emit.span)

    def times(a: ir.Atom, b: ir.Atom) -> ir.Var:
        target = ir.Var(emit.supply.temporary())
        emit.out.append(replace(stmt, targets=(target,), args=(a, b)))
        return target

    a, b = stmt.args
    assert isinstance(a, ir.Var)
    assert isinstance(b, ir.Var)
    re, im = operations.pairs[stmt.targets[0].name]
    assert isinstance(re, ir.Var)
    assert isinstance(im, ir.Var)
    left, right = operations.parts_there(a), operations.parts_there(b)
    if is_complex(a.type) and is_complex(b.type):
        emit.let(re, ir.Op("sub", (times(left[0], right[0]), times(left[1], right[1]))))
        emit.let(im, ir.Op("add", (times(left[0], right[1]), times(left[1], right[0]))))
        return
    emit.let(re, times(left[0], right[0]))
    emit.let(im, times(left[-1], right[-1]))
