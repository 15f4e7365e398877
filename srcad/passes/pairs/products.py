"""Products of complex matrices, and systems of equations, by those of their parts.

The matrix A + iB acts on the parts of vectors as the real matrix of twice the size does:

    A  -B      x      u
    B   A      y  =   v

so its inverse, and solutions of equations with it, are parts of real ones. Decompositions are
not: they are functions of the table for both parts of a matrix, one above the other.
"""

from __future__ import annotations

from dataclasses import replace

from srcad.ir import nodes as ir
from srcad.ir.types import COMPLEX, Array, is_complex
from srcad.passes.building.emitter import Emitter
from srcad.passes.pairs.operations import Operations, refused
from srcad.rules.linalg import WHOLES, Whole


def product(stmt: ir.Call, row: Whole, operations: Operations, emit: Emitter) -> None:
    """Append the parts of a function of whole arrays: real arguments have one part only."""
    if row.name in {"solve_v", "solve_m", "inv", "lstsq_v", "lstsq_m"}:
        _solved(stmt, operations, emit)
        return
    if f"complex_{row.name}" in WHOLES:
        _decomposed(stmt, WHOLES[f"complex_{row.name}"], operations, emit)
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
        # All are computed before any is assigned: the result may have the name of an argument.
        straight = [_called(stmt, emit, left[k], right[k]) for k in (0, 1)]
        crossed = [_called(stmt, emit, left[k], right[1 - k]) for k in (0, 1)]
        emit.let(re, ir.Op("sub", tuple(straight)))
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
    parts = [*operations.parts_there(matrix)]
    m, n = (emit.op("shape", parts[0], static=(k,)) for k in (0, 1))
    large = _large(parts, m, n, _dtype(matrix), emit)
    if right:
        assert isinstance(right[0], ir.Var)
        column = operations.pair(right[0], emit)
        found = _called(stmt, emit, large, _stacked(right[0], list(column), emit))
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


def _large(parts: list[ir.Atom], m: ir.Atom, n: ir.Atom, dtype: str, emit: Emitter) -> ir.Var:
    """Return the real matrix of twice the size."""
    large = ir.Var(emit.supply.temporary())
    emit.let(large, ir.Op("empty", (emit.op("add", m, m), emit.op("add", n, n)), (dtype,)))
    upper, lower = ir.Slice(None, m), ir.Slice(m, None)
    left, right = ir.Slice(None, n), ir.Slice(n, None)
    emit.store(large, (upper, left), parts[0])
    emit.store(large, (upper, right), emit.op("neg", parts[1]))
    emit.store(large, (lower, left), parts[1])
    emit.store(large, (lower, right), parts[0])
    return large


def _stacked(like: ir.Var, parts: list[ir.Atom], emit: Emitter) -> ir.Var:
    """Return both parts of a right side, one above the other."""
    assert isinstance(like.type, Array)
    sizes = [emit.op("shape", parts[0], static=(k,)) for k in range(like.type.ndim)]
    rows = emit.op("add", sizes[0], sizes[0])
    column = ir.Var(emit.supply.temporary())
    emit.let(column, ir.Op("empty", (rows, *sizes[1:]), (_dtype(like),)))
    for part, where in zip(
        parts, (ir.Slice(None, sizes[0]), ir.Slice(sizes[0], None)), strict=True
    ):
        emit.store(column, (where, *[ir.Slice()] * (len(sizes) - 1)), part)
    return column


def _decomposed(stmt: ir.Call, row: Whole, operations: Operations, emit: Emitter) -> None:
    """Append a function of both parts of a matrix, and take the parts of its results."""
    (matrix,) = stmt.args
    assert isinstance(matrix, ir.Var)
    parts = operations.pairs[matrix.name]
    sizes = [emit.op("shape", parts.re, static=(k,)) for k in (0, 1)]
    both = ir.Var(emit.supply.temporary())
    emit.let(both, ir.Op("empty", (ir.Const(2), *sizes), (_dtype(matrix),)))
    for k, part in enumerate(parts):
        emit.store(both, (ir.Const(k), ir.Slice(), ir.Slice()), part)
    found = [
        ir.Var(emit.supply.temporary()) if operations.is_complex(target) else target
        for target in stmt.targets
    ]
    emit.out.append(ir.Call(tuple(found), row, row.text, (both,), stmt.span))
    for target, made in zip(stmt.targets, found, strict=True):
        if made is target:
            continue
        for k, part in enumerate(operations.pairs[target.name]):
            assert isinstance(part, ir.Var)
            if isinstance(target.type, Array):
                index: ir.Index = (ir.Const(k), *[ir.Slice() for _ in range(target.type.ndim)])
                emit.let(part, ir.Op("copy", (_view(made, index, emit),)))
            else:
                emit.let(part, ir.Load(made, (ir.Const(k),)))
