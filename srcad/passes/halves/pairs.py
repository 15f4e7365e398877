"""Calls on the way forward, and the calls on the way back for them.

    y = g(x, n)                     g(x, n), g_pullback(x, n, y_bar): a pair
    s_bar = ...
    t = g_pullback(x, n, y_bar)

What the first keeps on a stack, the second may take from it, if there is one of these for each
of those, in the opposite order. Reverse mode makes them so, but passes treat calls as values:
one may be moved out of a loop, or two that are equal become one. So that is looked at.

Conditions: each call of a pair stands once in the function (`Call.site`), and the loops and
branches around the second are those around the first, mirrored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import FunctionType
from typing import Any

from srcad.ir import nodes as ir
from srcad.ir.types import Array
from srcad.ir.walk import statements
from srcad.passes.building.callees import Derived


@dataclass(frozen=True, slots=True)
class Pair:
    """A call on the way forward, and the one on the way back for it."""

    ahead: ir.Call
    back: ir.Call


def pairs_in(function: ir.Function) -> dict[object, Pair]:
    """Return the pairs of a function, by what both calls have in common."""
    calls: dict[object, list[ir.Call]] = {}
    for stmt in statements(function.body):
        if isinstance(stmt, ir.Call) and stmt.site is not None:
            calls.setdefault(stmt.site, []).append(stmt)
    found = {site: Pair(*two) for site, two in calls.items() if len(two) == 2 and _belong(*two)}
    if not found:
        return {}
    left = _unmatched(function.body, {call for p in found.values() for call in (p.ahead, p.back)})
    return {} if left is None or left else found


def _belong(ahead: ir.Call, back: ir.Call) -> bool:
    """Return whether a call is the pullback of another one, which is a function's."""
    if not isinstance(back.function, Derived) or not _is_function(ahead.function):
        return False
    spec = back.function.__srcad_derivative__
    if spec.kind != "pullback" or spec.func != ahead.function:
        return False
    given = back.args[: len(ahead.args)]
    return all(map(_alike, ahead.args, given))


def is_back(call: ir.Call) -> bool:
    """Return whether a call of a pair is the one on the way back."""
    return not _is_function(call.function)


def _is_function(function: object) -> bool:
    """Return whether this is a function of the user's, or its evaluation on copies."""
    if not isinstance(function, Derived):
        return isinstance(function, FunctionType) and not hasattr(function, "__srcad_derivative__")
    spec = function.__srcad_derivative__
    return spec.kind == "primal" and _is_function(spec.func)


def _alike(one: object, other: object) -> bool:
    """Return whether two arguments are of one type."""
    if not isinstance(one, ir.Var | ir.Const) or not isinstance(other, ir.Var | ir.Const):
        return False
    if isinstance(one.type, Array) or isinstance(other.type, Array):
        return one.type == other.type
    return True


# The order --------------------------------------------------------------------------

Event = tuple[Any, ...]
"""("call", site, is on the way back), ("loop", *events) or ("if", events, events)."""


def _unmatched(block: ir.Block, calls: set[ir.Call]) -> list[Event] | None:
    """Return the events of a block that no later event undoes; None if that cannot be told."""
    left: list[Event] = []
    for stmt in block:
        event = _event(stmt, calls)
        if event is None:
            return None
        if not event:
            continue
        if left and _undoes(event, left[-1]):
            left.pop()
        else:
            left.append(event)
    return left


def _event(stmt: ir.Stmt, calls: set[ir.Call]) -> Event | None:
    """Return what a statement does to stacks: () if nothing, None if that cannot be told."""
    match stmt:
        case ir.Call():
            if stmt not in calls:
                return ()
            return ("call", stmt.site, is_back(stmt))
        case ir.For(body=body):
            inner = _unmatched(body, calls)
            return None if inner is None else ("loop", *inner) if inner else ()
        case ir.While(cond_body=head, body=body):
            inner = _unmatched((*head, *body), calls)
            if inner is None or (inner and any(stmt in calls for stmt in statements(head))):
                return None
            return ("loop", *inner) if inner else ()
        case ir.If(then=then, orelse=orelse):
            sides = _unmatched(then, calls), _unmatched(orelse, calls)
            if sides[0] is None or sides[1] is None:
                return None
            return ("if", tuple(sides[0]), tuple(sides[1])) if any(sides) else ()
        case _:
            return ()


def _undoes(event: Event, first: Event) -> bool:
    """Return whether an event is another one in the opposite direction."""
    match first, event:
        case ("call", site, False), ("call", other, True):
            return site is other
        case ("loop", *inner), ("loop", *later):
            return _all_undone(inner, later)
        case ("if", one, two), ("if", three, four):
            straight = _all_undone(one, three) and _all_undone(two, four)
            return straight or (_all_undone(one, four) and _all_undone(two, three))
    return False


def _all_undone(events: Sequence[Event], later: Sequence[Event]) -> bool:
    return len(events) == len(later) and all(
        _undoes(event, first) for first, event in zip(events, reversed(later), strict=True)
    )
