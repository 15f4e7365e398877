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

from dataclasses import replace
from typing import cast

from srcad.ir.known import updated
from srcad.ir.names import NameSupply
from srcad.ir.nodes import Atom, Block, Call, Function, If, Let, Op, Raise, Stmt, Value, Var
from srcad.ir.quotes import users_text
from srcad.ir.types import BOOL, Array
from srcad.ir.walk import bindings, map_block, map_blocks, statements
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
    bound = bindings(function)
    lets = {
        stmt.target.name: stmt.value
        for stmt in statements(function.body)
        if isinstance(stmt, Let) and bound[stmt.target.name] == 1
    }

    def whole(stmt: Stmt) -> Stmt:
        """Return a test with two shapes compared as such."""
        if not isinstance(stmt, If) or not isinstance(stmt.test, Var):
            return stmt
        shapes = _compared_shapes(lets.get(stmt.test.name), lets)
        if shapes is None or any(bound[array.name] != 1 for array in shapes):
            return stmt
        return replace(stmt, test=cast("Atom", Op("written", shapes, ("{0}.shape != {1}.shape",))))

    body = tuple(map_block(function.body, whole))
    return updated(function, body=_block(body, supply))


def _compared_shapes(value: Value | None, lets: dict[str, Value]) -> tuple[Var, Var] | None:
    """Return the two arrays of which a test compares all extents."""
    terms = [value]
    found: list[tuple[Var, Var, object]] = []
    while terms:
        match terms.pop():
            case Op("or", (Var(name=a), Var(name=b))):
                terms += [lets.get(a), lets.get(b)]
            case Op("ne", (Var(name=a), Var(name=b))):
                match lets.get(a), lets.get(b):
                    case Op("shape", (Var() as x,), (j,)), Op("shape", (Var() as y,), (k,)) if (
                        j == k
                    ):
                        found.append((x, y, j))
                    case _:
                        return None
            case _:
                return None
    x, y, _ = found[0]
    ndim, other = (a.type.ndim if isinstance(a.type, Array) else 0 for a in (x, y))
    if ndim != other:
        return None
    is_all = {axis for _, _, axis in found} == set(range(ndim)) and len(found) == ndim
    return (x, y) if is_all and all(row[:2] == (x, y) for row in found) else None


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
