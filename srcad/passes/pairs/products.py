"""Products of complex matrices, and systems of equations, by those of their parts.

The matrix A + iB acts on the parts of vectors as the real matrix of twice the size does:

    A  -B      x      u
    B   A      y  =   v

so its inverse, and solutions of equations with it, are parts of real ones.
"""

from __future__ import annotations

from dataclasses import replace

from srcad.ir import nodes as ir
from srcad.ir.types import COMPLEX, Array, is_complex
from srcad.passes.building.emitter import Emitter
from srcad.passes.pairs.operations import Operations, refused
from srcad.rules.linalg import Whole


def product(stmt: ir.Call, row: Whole, operations: Operations, emit: Emitter) -> None:
    """Append the parts of a function of whole arrays: real arguments have one part only."""
    if row.name in {"solve_v", "solve_m", "inv"}:
        _solved(stmt, operations, emit)
        return
    if not row.products:
        hint = "write it with the real and the imaginary parts: A.real, A.imag"
        raise refused(f"'{row.text.partition('(')[0]}'", hint, emit.span)
    a, b = stmt.args
    assert isinstance(a, ir.Var)
    assert isinstance(b, ir.Var)
    re, im = _targets(stmt, operations)
    left, right = operations.parts_there(a), operations.parts_there(b)
    if is_complex(a.type) and is_complex(b.type):
        straight = [_called(stmt, emit, left[k], right[k]) for k in (0, 1)]
        emit.let(re, ir.Op("sub", tuple(straight)))
        crossed = [_called(stmt, emit, left[k], right[1 - k]) for k in (0, 1)]
        emit.let(im, ir.Op("add", tuple(crossed)))
        return
    emit.let(re, _called(stmt, emit, left[0], right[0]))
    emit.let(im, _called(stmt, emit, left[-1], right[-1]))


def _targets(stmt: ir.Call, operations: Operations) -> tuple[ir.Var, ir.Var]:
    re, im = operations.pairs[stmt.targets[0].name]
    assert isinstance(re, ir.Var)
    assert isinstance(im, ir.Var)
    return re, im


def _called(stmt: ir.Call, emit: Emitter, *args: ir.Atom) -> ir.Var:
    """Return the result of the call for real arguments."""
    target = ir.Var(emit.supply.temporary())
    emit.out.append(replace(stmt, targets=(target,), args=args))
    return target


def _solved(stmt: ir.Call, operations: Operations, emit: Emitter) -> None:
    """Append the solution of a system of equations, or the inverse of a matrix."""
    matrix, *right = stmt.args
    assert isinstance(matrix, ir.Var)
    re, im = _targets(stmt, operations)
    if not is_complex(matrix.type):
        assert isinstance(right[0], ir.Var)
        for target, part in zip((re, im), operations.parts_there(right[0]), strict=True):
            emit.let(target, _called(stmt, emit, matrix, part))
        return
    n = emit.op("shape", operations.pairs[matrix.name].re, static=(0,))
    parts = [*operations.parts_there(matrix)]
    large = _large(parts, n, _dtype(matrix), emit)
    if right:
        assert isinstance(right[0], ir.Var)
        column = operations.pair(right[0], emit)
        found = _called(stmt, emit, large, _stacked(right[0], list(column), n, emit))
    else:
        found = _called(stmt, emit, large)
    upper, lower = ir.Slice(None, n), ir.Slice(n, None)
    rest = (ir.Slice(None, n),) if not right else ()
    for target, rows in ((re, upper), (im, lower)):
        emit.let(target, ir.Op("copy", (_view(found, (rows, *rest), emit),)))


def _view(array: ir.Var, index: ir.Index, emit: Emitter) -> ir.Var:
    return emit.let(ir.Var(emit.supply.temporary()), ir.Load(array, index))


def _dtype(array: ir.Var) -> str:
    assert isinstance(array.type, Array)
    return COMPLEX.get(array.type.dtype, "float64")


def _large(parts: list[ir.Atom], n: ir.Atom, dtype: str, emit: Emitter) -> ir.Var:
    """Return the real matrix of twice the size."""
    twice = emit.op("add", n, n)
    large = ir.Var(emit.supply.temporary())
    emit.let(large, ir.Op("empty", (twice, twice), (dtype,)))
    first, last = ir.Slice(None, n), ir.Slice(n, None)
    emit.store(large, (first, first), parts[0])
    emit.store(large, (first, last), emit.op("neg", parts[1]))
    emit.store(large, (last, first), parts[1])
    emit.store(large, (last, last), parts[0])
    return large


def _stacked(like: ir.Var, parts: list[ir.Atom], n: ir.Atom, emit: Emitter) -> ir.Var:
    """Return both parts of a right side, one above the other."""
    assert isinstance(like.type, Array)
    sizes = [emit.op("shape", parts[0], static=(k,)) for k in range(like.type.ndim)]
    rows = emit.op("add", sizes[0], sizes[0])
    column = ir.Var(emit.supply.temporary())
    emit.let(column, ir.Op("empty", (rows, *sizes[1:]), (_dtype(like),)))
    for part, where in zip(parts, (ir.Slice(None, n), ir.Slice(n, None)), strict=True):
        emit.store(column, (where, *[ir.Slice()] * (len(sizes) - 1)), part)
    return column
