"""Tangents, cotangents and vectors that a derivative is given inside a function.

They have the parts of what they belong to: those of dicts are found by their keys, and None
stands for zero.
"""

from __future__ import annotations

import ast
from dataclasses import replace

from srcad.frontend.names.meaning import NONE, Known, Meaning, RecordOf, TupleOf
from srcad.frontend.names.scope import describe
from srcad.frontend.names.state import State
from srcad.ir.nodes import Const, Var
from srcad.spec import DerivativeSpec, vector_positions


def fitted(
    state: State,
    spec: DerivativeSpec,
    given: tuple[Meaning, ...],
    value: Meaning | None,
    node: ast.Call,
) -> tuple[Meaning, ...]:
    """Return all arguments of a derivative, with those that belong to others like these.

    value: is like the value of the function, to which a cotangent belongs.
    """
    found = list(given)
    match spec.kind:
        case "tangent":
            first = len(given) - len(spec.wrt)
            likes = {first + k: given[position] for k, position in enumerate(spec.wrt)}
        case "adjoint":
            likes = {} if value is None else {len(given) - 1: value}
        case _:
            places = dict(vector_positions(spec))
            likes = {at: given[at - 1] for at in places}
    word = {"tangent": "tangent", "adjoint": "cotangent"}.get(spec.kind, "vector")
    for at, like in likes.items():
        found[at] = _fitted(state, found[at], like, word, node)
    return tuple(found)


def _fitted(state: State, given: Meaning, like: Meaning, name: str, node: ast.Call) -> Meaning:
    """Return what is given, part by part as `like` is. `name` is what to call it."""
    match like, given:
        case ((Var() | Const()), Known(None)):
            rank = state.rank(like)
            return state.op(node, "zeros_like", like, static=(None,)) if rank else Const(0.0)
        case ((Var() | Const()), (Var() | Const())):
            ranks = state.rank(like), state.rank(given)
            if None in ranks or ranks[0] == ranks[1]:
                return given
        case ((Var() | Const()), (TupleOf() | RecordOf())):
            pass
        case (TupleOf(), TupleOf()) if len(like.items) == len(given.items):
            return _by_parts(state, given.items, like, name, node)
        case (RecordOf(), RecordOf()) if set(like.record.keys) == set(given.record.keys):
            if like.record.kind is given.record.kind:
                order = map(given.record.keys.index, like.record.keys)
                return _by_parts(state, tuple(given.items[k] for k in order), like, name, node)
        case ((TupleOf() | RecordOf()), _):
            pass
        case _:
            return given
    message = f"{name} is {_described(state, given)}, and belongs to {_described(state, like)}"
    state.fail(node, "E403", message, "give it the same structure")


def _by_parts(
    state: State,
    parts: tuple[Meaning, ...],
    like: TupleOf | RecordOf,
    name: str,
    node: ast.Call,
) -> Meaning:
    """Return parts in the structure of `like`."""
    labels = [f"[{k}]" for k in range(len(parts))]
    if isinstance(like, RecordOf):
        labels = [like.record.part("", k) for k in range(len(parts))]
    rows = zip(parts, like.items, labels, strict=True)
    items = tuple(_fitted(state, p, part, name + label, node) for p, part, label in rows)
    return replace(like, items=items)


def _described(state: State, meaning: Meaning) -> str:
    match meaning:
        case TupleOf(items=items, kind=record):
            return f"a tuple of {len(items)}" if record is None else str(record)
        case RecordOf(record=record):
            return str(record)
        case _:
            return "None" if meaning == NONE else describe(state, meaning)
