"""Tests that only raise, as one call each.

    if n != m:
        raise ValueError("the extents differ")     ->    raise_if(n != m, "the extents differ")
    if outside(k, n):
        raise IndexError("index out of ...")       ->    out_of_bounds_if(outside(k, n), "f.py:4")
    if outside(j, m):
        raise IndexError("index out of ...")

For people who read. Tests of the user's own stay as they are written. Tests that follow each
other and raise the same are one, if what is computed between them cannot fail.

On entry and on exit: flat IR.
"""

from __future__ import annotations

from srcad.ir.known import updated
from srcad.ir.names import NameSupply
from srcad.ir.nodes import Block, Call, Function, If, Let, Op, Raise, Stmt, Var
from srcad.ir.show import users_text
from srcad.ir.types import BOOL
from srcad.ir.walk import map_blocks
from srcad.ir.wording import OUT_OF_BOUNDS
from srcad.passes.building.temporaries import is_made_up

RAISE_IF = "raise_if"
OUT_OF_BOUNDS_IF = "out_of_bounds_if"
SURE = frozenset(
    {
        *("lt", "le", "gt", "ge", "eq", "ne", "and", "or", "not", "add", "sub", "mul", "neg"),
        *("outside", "span_outside", "overflows", "extents_clash", "wider_extent", "select"),
        *("shape", "len", "size", "min", "max"),
    }
)
"""What is computed of integers and cannot raise."""


def tests_as_calls(function: Function) -> Function:
    """Return `function` with calls in place of branches that only raise errors of ours."""
    supply = NameSupply.of(function)
    return updated(function, body=_block(function.body, supply))


def _block(block: Block, supply: NameSupply) -> Block:
    out: list[Stmt] = []
    last: int | None = None  # where a test is that more may be added to
    for stmt in block:
        call = _as_call(stmt)
        if call is None:
            out.append(map_blocks(stmt, lambda inner: _block(inner, supply)))
            if not _is_sure(stmt):
                last = None
            continue
        before = out[last] if last is not None else None
        if last is not None and isinstance(before, Call) and _raises_alike(before, call):
            both = Var(supply.temporary(), BOOL)
            del out[last]
            either = Op("or", (before.args[0], call.args[0]))  # type: ignore[arg-type]
            out.append(Let(both, either, stmt.span))
            call = updated(call, args=(both, *call.args[1:]))
        out.append(call)
        last = len(out) - 1
    return tuple(out)


def _raises_alike(a: Call, b: Call) -> bool:
    return a.name == b.name and a.args[1:] == b.args[1:]


def _is_sure(stmt: Stmt) -> bool:
    """Return whether a statement does nothing but name a number, and cannot fail."""
    match stmt:
        case Let(target=target, value=Op(prim=prim)):
            return is_made_up(target.name) and prim in SURE
        case _:
            return False


def _as_call(stmt: Stmt) -> Call | None:
    """Return the call that stands for a test that raises an error of ours."""
    match stmt:
        case If(test=test, then=(Raise(kind=kind, args=(str(message),), span=span),), orelse=()):
            if span is not None and _is_of_the_user(users_text(span)):
                return None
            if kind is ValueError:
                return Call((), None, RAISE_IF, (test, message), stmt.span)
            if kind is IndexError and message.startswith(OUT_OF_BOUNDS):
                place = message.removeprefix(OUT_OF_BOUNDS)
                return Call((), None, OUT_OF_BOUNDS_IF, (test, place), stmt.span)
    return None


def _is_of_the_user(text: str) -> bool:
    """Return whether a line raises an exception by its own words."""
    return "raise " in text or "assert " in text
