"""Integer divisions fail as they do in Python.

Generated code is compiled with NumPy's rules for division, by which floats give inf and nan.
By the same rules `3 // 0` of integers is 0, a number that the primal does not have:

    k = i // n      ->      if n == 0:
                                raise ZeroDivisionError('integer division by zero')
                            k = i // n
"""

from __future__ import annotations

from dataclasses import replace

from srcad.errors import NotDifferentiable, Problem
from srcad.ir import nodes as ir
from srcad.ir.names import NameSupply
from srcad.ir.types import Scalar, is_float
from srcad.ir.walk import assigned, map_blocks
from srcad.passes.emitter import Emitter

MESSAGE = "integer division by zero"


def checked_divisors(function: ir.Function) -> ir.Function:
    """Return the typed `function` with a check before each division by an unknown integer.

    Raises NotDifferentiable for a division by a literal zero.
    """
    supply = NameSupply.of(function)
    return replace(function, body=_block(function.body, supply))


def _block(block: ir.Block, supply: NameSupply) -> ir.Block:
    out: list[ir.Stmt] = []
    checked: set[str] = set()
    for stmt in block:
        divisor = _divisor(stmt)
        if isinstance(divisor, ir.Const):
            problem = Problem("E202", MESSAGE, "divide by another number", stmt.span)
            raise NotDifferentiable.from_problems([problem])
        if divisor is not None and divisor.name not in checked:
            error = ir.Raise(ZeroDivisionError, (MESSAGE,), stmt.span)
            checked.add(divisor.name)
            emit = Emitter(supply, out, stmt.span)
            out.append(ir.If(emit.op("eq", divisor, ir.Const(0)), (error,), (), stmt.span))
        out.append(map_blocks(stmt, lambda inner: _block(inner, supply)))
        checked -= assigned((stmt,))
    return tuple(out)


def _divisor(stmt: ir.Stmt) -> ir.Atom | None:
    """Return what an integer is divided by, if that may be zero."""
    match stmt:
        case ir.Let(value=ir.Op("floordiv" | "mod", (a, ir.Const(value=int(number)) as b))):
            is_whole = isinstance(a.type, Scalar | None) and not is_float(a.type)
            return b if number == 0 and is_whole else None
        case ir.Let(value=ir.Op("floordiv" | "mod", (a, ir.Var() as b))):
            numbers = isinstance(b.type, Scalar) and isinstance(a.type, Scalar | None)
            return None if not numbers or is_float(a.type) or is_float(b.type) else b
        case _:
            return None
