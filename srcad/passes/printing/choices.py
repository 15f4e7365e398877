"""Branches that only choose a value, as expressions.

    if c:                                   _t0 = x > 0
        _t0 = a                             if _t0:
    else:               ->  a if c else b       _t0 = y < x        ->  x > 0 and y < x
        _t0 = b

The branches must bind one temporary and do nothing else. The result is nested: what was a
branch is an operand that is evaluated only where the branch was.
"""

from __future__ import annotations

from typing import cast

from srcad.ir.nodes import Atom, Block, Const, If, Let, Op, Stmt, Value, Var
from srcad.ir.types import BOOL
from srcad.ir.walk import nested_op
from srcad.passes.building.temporaries import is_made_up


def as_choice(stmt: If) -> Let | None:
    """Return `target = then if test else orelse` for an `if` that only binds a temporary."""
    then, orelse = _only_binding(stmt.then), _only_binding(stmt.orelse)
    if then is None or orelse is None or then.target.name != orelse.target.name:
        return None
    value = _choice(stmt.test, then.value, orelse.value)
    return Let(then.target, value, stmt.span)


def as_connective(before: Stmt, stmt: If) -> Let | None:
    """Return `target = a and b` for `target = a; if target: target = b`; likewise `or`."""
    if not isinstance(before, Let) or not is_made_up(before.target.name):
        return None
    prim, block = ("and", stmt.then) if stmt.then else ("or", stmt.orelse)
    binding = _only_binding(block)
    if binding is None or (stmt.then and stmt.orelse):
        return None
    name = before.target.name
    if not _is(stmt.test, name) or binding.target.name != name:
        return None
    return Let(before.target, nested_op(prim, before.value, binding.value), before.span)


def _is(atom: Atom, name: str) -> bool:
    return isinstance(atom, Var) and atom.name == name


def _only_binding(block: Block) -> Let | None:
    match block:
        case (Let(target=target) as let,) if is_made_up(target.name):
            return let
        case _:
            return None


def _choice(test: Atom, then: Value, orelse: Value) -> Value:
    """Return the expression for a choice; `and` and `or` where one side is literal.

    A test that is a number is no result: `n and x < y` is 0 for `n = 0`, not False.
    """
    match then, orelse:
        case _ if not _is_truth(test):
            return Op("select", cast("tuple[Atom, ...]", (test, then, orelse)))
        case _, Const(value=bool(other)) if not other and _is_truth(then):
            return nested_op("and", test, then)
        case Const(value=bool(one)), _ if one and _is_truth(orelse):
            return nested_op("or", test, orelse)
        case _:
            return Op("select", cast("tuple[Atom, ...]", (test, then, orelse)))


def _is_truth(value: Value) -> bool:
    """Return whether `value` surely is a bool."""
    match value:
        case Const(value=bool()):
            return True
        case Op(prim=prim):
            return prim in {"lt", "le", "gt", "ge", "eq", "ne", "not"}
        case Var(type=type_):
            return type_ == BOOL
        case _:
            return False
