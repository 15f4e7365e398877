"""One of several meanings, by a test or by a number: their numbers and arrays are chosen."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from srcad.frontend.names.meaning import Meaning, RecordOf, TupleOf
from srcad.frontend.names.state import State, is_free_of_risk
from srcad.ir.nodes import Atom, Const, If, Raise, Stmt, Var


def ending_in(
    state: State, block: list[Stmt], target: Var, value: Atom, node: ast.expr
) -> list[Stmt]:
    """Return `block` with `target = value` at its end."""
    outer, state.out = state.out, block
    state.name(target, value, node)
    state.out = outer
    return block


def chosen(
    state: State,
    node: ast.expr,
    test: Atom,
    first: tuple[Meaning, list[Stmt]],
    second: tuple[Meaning, list[Stmt]],
) -> Meaning:
    """Return one of two meanings, each of which was computed in its own block."""
    (a, then), (b, orelse) = first, second
    if a == b and not then and not orelse:
        return a
    leaves: list[tuple[Atom, Atom]] = []
    shape = paired(state, node, a, b, leaves)
    numbers = all(state.rank(x) == 0 and state.rank(y) == 0 for x, y in leaves)
    if numbers and is_free_of_risk(then) and is_free_of_risk(orelse):
        state.out += then + orelse
        results = [state.op(node, "select", test, x, y) for x, y in leaves]
        return rebuilt(shape, iter(results))
    results = [Var(state.names.temporary()) for _ in leaves]
    places = (node.body, node.orelse) if isinstance(node, ast.IfExp) else (node, node)
    for target, (x, y) in zip(results, leaves, strict=True):
        then = ending_in(state, then, target, x, places[0])
        orelse = ending_in(state, orelse, target, y, places[1])
    state.emit(If(test, tuple(then), tuple(orelse), state.span(node)), node)
    return rebuilt(shape, iter(results))


def paired(
    state: State, node: ast.expr, a: Meaning, b: Meaning, leaves: list[tuple[Atom, Atom]]
) -> Meaning:
    """Collect the leaves of two meanings of the same structure; return the structure."""
    match a, b:
        case TupleOf(items=xs), TupleOf(items=ys) if len(xs) == len(ys):
            parts = (paired(state, node, x, y, leaves) for x, y in zip(xs, ys, strict=True))
            return replace(a, items=tuple(parts))
        case RecordOf(items=xs), RecordOf(items=ys) if a.record == b.record:
            parts = (paired(state, node, x, y, leaves) for x, y in zip(xs, ys, strict=True))
            return replace(a, items=tuple(parts))
        case ((Var() | Const()), (Var() | Const())):
            leaves.append((a, b))
            return a
        case _ if a == b:
            return a
    hint = "use an if statement, and the value in its branches"
    if isinstance(node, ast.Subscript):
        hint = "index the tuple by a literal, or loop over it"
    state.fail(node, "E501", "the two values are different kinds of things", hint)


def rebuilt(shape: Meaning, results: Iterator[Var]) -> Meaning:
    """Return `shape` with its leaves replaced by `results`, in order."""
    match shape:
        case TupleOf(items=items) | RecordOf(items=items):
            return replace(shape, items=tuple(rebuilt(item, results) for item in items))
        case Var() | Const():
            return next(results)
        case _:
            return shape


def item_at(state: State, whole: TupleOf, at: Var, node: ast.expr) -> Meaning:
    """Return the item of a tuple at a run-time index; write the test that there is one."""
    first, *others = whole.items
    count = Const(len(whole.items))
    is_negative = state.op(node, "lt", at, Const(0))
    place = state.op(node, "select", is_negative, state.op(node, "add", at, count), at)
    state.hold(place)
    low, high = state.op(node, "lt", place, Const(0)), state.op(node, "ge", place, count)
    failure = Raise(IndexError, ("tuple index out of range",), state.span(node))
    wrong = state.op(node, "or", low, high)
    state.emit(If(wrong, (failure,), (), state.span(node)), node)
    for k, other in enumerate(others, 1):
        test = state.op(node, "eq", place, Const(k))
        first = chosen(state, node, test, (other, []), (first, []))
    return first
