"""Sums that are written one after the other, as one.

    r_bar = a                          r_bar = a + b
    r_bar += b                 ->      y = np.dot(x, w) ...
    _t0 = np.dot(x, w)
    y = f(_t0)

For people who read. `r = a` and then `r += b` is `r = a + b`, bit for bit, if nothing looks at `r`
and nothing changes what `a` is in between. Products of matrices become operations that may stand
in an expression. On entry: flat IR. On exit: the first of two summands may be nested.
"""

from __future__ import annotations

from typing import cast

from srcad.ir.known import updated
from srcad.ir.nodes import Accum, Atom, Block, Call, Const, Function, Let, Op, Stmt, Var
from srcad.ir.types import Array, Scalar
from srcad.ir.walk import map_block, map_blocks, names, reads
from srcad.passes.building.temporaries import is_made_up
from srcad.rules.linalg import Whole, gives_new_memory


def sums_together(function: Function) -> Function:
    """Return `function` with additions to what was just bound as part of that."""
    body = map_block(_block(function.body), _as_operation)
    return updated(function, body=tuple(body))


def _block(block: Block) -> Block:
    out: list[Stmt] = []
    for stmt in block:
        stmt = map_blocks(stmt, _block)  # noqa: PLW2901 - a block is what it was
        at = _first_summand(stmt, out) if isinstance(stmt, Accum) else None
        if at is None:
            out.append(stmt)
            continue
        assert isinstance(stmt, Accum)
        first = out.pop(at)
        assert isinstance(first, Let)
        whole = Op("add", cast("tuple[Atom, Atom]", (first.value, stmt.value)))
        out.append(Let(first.target, whole, stmt.span))
    return tuple(out)


def _first_summand(stmt: Accum, before: list[Stmt]) -> int | None:
    """Return where the name is bound that a statement adds to, if the two can be one."""
    name = stmt.target.name
    if stmt.index is not None or not isinstance(stmt.target.type, Scalar):
        return None
    bound: set[str] = set()
    for at in range(len(before) - 1, -1, -1):
        match before[at]:
            case Let(target=target, value=value) if target.name == name:
                is_plain = isinstance(value, Var) or _is_arithmetic(value)
                return at if is_plain and not names(value) & bound else None
            case Let(target=target, value=value) as let if is_made_up(target.name):
                if name in reads(let) or not isinstance(target.type, Scalar):
                    return None
                bound.add(target.name)
            case _:
                return None
    return None


def _is_arithmetic(value: object) -> bool:
    """Return whether a value is of numbers alone, and no literal: a sum may begin with it."""
    match value:
        case Op(prim, args):
            kinds = (Scalar, type(None))
            numbers = all(isinstance(a, Const | Op) or isinstance(a.type, kinds) for a in args)
            return prim in {"add", "sub", "mul", "div", "neg"} and numbers
        case _:
            return False


def _as_operation(stmt: Stmt) -> Stmt:
    """Return a call of a function of whole arrays as a value, if it gives one array."""
    match stmt:
        case Call(targets=(target,), function=Whole() as row, name=name, args=args) if (
            is_made_up(target.name)
            and isinstance(target.type, Array)
            and gives_new_memory(row)
            and name.endswith(")")
            and "{" in name
            and all(isinstance(arg, Var) for arg in args)
        ):
            return Let(target, Op("written", cast("tuple[Atom, ...]", args), (name,)), stmt.span)
    return stmt
