"""Comparisons of any two meanings, and operations on what they give."""

from __future__ import annotations

import ast
from enum import Enum

from srcad.frontend.names.meaning import (
    NONE,
    DtypeOf,
    Known,
    Meaning,
    RecordOf,
    ShapeOf,
    TupleOf,
)
from srcad.frontend.names.scope import (
    as_atom,
    fold,
    shape_tuple,
)
from srcad.frontend.names.state import State
from srcad.frontend.numpy.arguments import array_of
from srcad.frontend.syntax.resolve import dtype_name
from srcad.ir.nodes import Atom, Const, Var

COMPARE: dict[type[ast.cmpop], str] = {
    ast.Lt: "lt",
    ast.LtE: "le",
    ast.Gt: "gt",
    ast.GtE: "ge",
    ast.Eq: "eq",
    ast.NotEq: "ne",
}


def compare(state: State, op: ast.cmpop, left: Meaning, right: Meaning, node: ast.expr) -> Meaning:
    """Return `left op right` for any two meanings."""
    left, right = (
        shape_tuple(state, side, node) if isinstance(side, ShapeOf) else side
        for side in (left, right)
    )
    match op, left, right:
        case ((ast.Is() | ast.IsNot()), _, _):
            return _identity(state, left, right, node, is_same=isinstance(op, ast.Is))
        case ((ast.In() | ast.NotIn()), Known(str() as part), Known(str() as text)):
            return Const((part in text) == isinstance(op, ast.In))
        case ((ast.In() | ast.NotIn()), (Var() | Const() | Known()), TupleOf(items=items)):
            return _membership(state, left, items, node, is_in=isinstance(op, ast.In))
        case ((ast.In() | ast.NotIn()), Known(str() as key), RecordOf(record=record)):
            is_there = record.kind is dict and key in record.keys
            return Const(is_there == isinstance(op, ast.In))
        case ((ast.Eq() | ast.NotEq()), TupleOf(), TupleOf()):
            return _tuples_equal(state, left, right, node, is_equal=isinstance(op, ast.Eq))
        case (ast.Eq(), Known(str()), (Var() | Const())) | (
            ast.Eq(),
            (Var() | Const()),
            Known(str()),
        ):
            return Const(value=False)
        case ((ast.Eq() | ast.NotEq()), (Known() | DtypeOf()), (Known() | DtypeOf())):
            return _objects_equal(state, left, right, node, is_equal=isinstance(op, ast.Eq))
    prim = COMPARE.get(type(op))
    if prim is None:
        state.fail(node, "E202", "'in' is supported for tuples only", "write the loop")
    left, right = beside_array(state, left, right, node), beside_array(state, right, left, node)
    a = as_atom(state, left, node, "in a comparison")
    b = as_atom(state, right, node, "in a comparison")
    return operation(state, node, prim, a, b)


def _identity(
    state: State, left: Meaning, right: Meaning, node: ast.expr, *, is_same: bool
) -> Meaning:
    known = isinstance(left, Known) and isinstance(right, Known)
    if known and all(isinstance(side.value, Enum | type) for side in (left, right)):  # type: ignore[union-attr]
        return Const((left == right) == is_same)
    if NONE not in (left, right):
        state.fail(node, "E202", "'is' is supported for None only", "compare with ==")
    return Const((left == right) == is_same)


def _objects_equal(
    state: State, left: Meaning, right: Meaning, node: ast.expr, *, is_equal: bool
) -> Meaning:
    if isinstance(left, DtypeOf) or isinstance(right, DtypeOf):
        one, other = (_name_of_dtype(state, side, node) for side in (left, right))
        return Const((one == other) == is_equal)
    assert isinstance(left, Known)
    assert isinstance(right, Known)
    return Const(bool(left.value == right.value) == is_equal)


def _name_of_dtype(state: State, meaning: Meaning, node: ast.expr) -> str:
    """Return the name of a dtype that is known while compiling."""
    match meaning:
        case Known(value=value):
            name = dtype_name(value)
        case DtypeOf(array=array):
            name = state.dtypes.get(array.name)
        case _:
            name = None
    if name is None:
        hint = "compare that of an argument which is assigned nowhere, with np.float64 and the like"
        state.fail(node, "E202", "this dtype is not known while compiling", hint)
    return name


def _tuples_equal(
    state: State, left: TupleOf, right: TupleOf, node: ast.expr, *, is_equal: bool
) -> Meaning:
    alike = left.is_list == right.is_list and len(left.items) == len(right.items)
    result: Atom = Const(value=alike)
    if result == Const(value=True):
        for a, b in zip(left.items, right.items, strict=True):
            same = as_atom(state, compare(state, ast.Eq(), a, b, node), node)
            result = both(state, result, same, node, prim="and")
    return result if is_equal else negation(state, result, node)


def _membership(
    state: State, left: Atom | Known, items: tuple[Meaning, ...], node: ast.expr, *, is_in: bool
) -> Meaning:
    result: Atom = Const(value=False)
    for item in items:
        same = as_atom(state, compare(state, ast.Eq(), left, item, node), node)
        result = both(state, result, same, node, prim="or")
    return result if is_in else negation(state, result, node)


def both(state: State, a: Atom, b: Atom, node: ast.expr, *, prim: str) -> Atom:
    """Return `a and b`, or `a or b`, of two bools that are there already."""
    for one, other in ((a, b), (b, a)):
        if isinstance(one, Const):
            return other if bool(one.value) == (prim == "and") else one
    return state.op(node, prim, a, b)


def operation(state: State, node: ast.expr | ast.stmt, prim: str, a: Atom, b: Atom) -> Atom:
    """Return `a op b`; operations on integer literals are done now."""
    if isinstance(a, Const) and isinstance(b, Const):
        done = fold(prim, a, b)
        if done is not None:
            return done
    return state.op(node, prim, a, b)


def negation(state: State, value: Atom, node: ast.expr | ast.stmt) -> Atom:
    """Return `not value`."""
    return Const(not value.value) if isinstance(value, Const) else state.op(node, "not", value)


def beside_array(state: State, meaning: Meaning, other: Meaning, node: ast.expr) -> Meaning:
    """Return a list next to an array as the array that NumPy makes of it."""
    if isinstance(meaning, TupleOf) and isinstance(other, Var) and state.rank(other):
        return array_of(state, meaning, node)
    return meaning
