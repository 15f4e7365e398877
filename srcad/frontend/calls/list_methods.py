"""Methods of lists that are changed, and what other functions are given of such lists."""

from __future__ import annotations

import ast

import numpy as np

from srcad.frontend.names import growing
from srcad.frontend.names.meaning import (
    NONE,
    GrowingOf,
    ListOf,
    Meaning,
    PiecesOf,
    ShapeOf,
    TupleOf,
    noun,
)
from srcad.frontend.names.scope import as_atom, settled, shape_tuple
from srcad.frontend.names.state import Node, State
from srcad.frontend.names.structural import Arguments, Handler, taken
from srcad.ir.nodes import Accum, Atom, Const, For, Load, Store, Var


def as_lists(state: State, arguments: Arguments, obj: object, node: ast.Call) -> Arguments:
    """Return the arguments of a function that changes no list, with arrays for the items."""

    def listed(meaning: Meaning) -> Meaning:
        if not isinstance(meaning, GrowingOf) or obj is len:
            return meaning
        if len(arguments.positional) == 1 and not arguments.named:
            one = _joined(state, meaning, obj, node)
            if one is not None:
                return TupleOf((one,))
        if getattr(obj, "__module__", "") == "builtins":
            return growing.as_list(state, meaning, node)
        return ListOf(growing.as_array(state, meaning, node))

    positional = tuple(map(listed, arguments.positional))
    return Arguments(positional, {k: listed(v) for k, v in arguments.named.items()})


def _joined(state: State, owner: GrowingOf, obj: object, node: ast.Call) -> Var | None:
    """Return the rows of all items, where a function of a list of arrays puts them so."""
    ranks = {np.concatenate: range(1, 9), np.hstack: (1,), np.vstack: range(2, 9)}
    items = owner.cell.items
    joins = next((found for function, found in ranks.items() if function is obj), ())
    if not isinstance(items, PiecesOf) or len(items.places.items) - 1 not in joins:
        return None
    return growing.as_one(state, owner, node)


def list_method(
    state: State, owner: GrowingOf, name: str, arguments: Arguments, node: ast.Call
) -> Meaning:
    """Return the meaning of a call of a method of a list."""
    match name:
        case "append":
            (item,) = taken(state, arguments, node, "object", 1)
            growing.append(state, owner, item or NONE, node)
            return NONE
        case "extend":
            (source,) = taken(state, arguments, node, "iterable", 1)
            extended(state, owner, source or NONE, node)
            return NONE
        case "pop":
            (index,) = taken(state, arguments, node, "index", 0)
            return _pop(state, owner, index, node)
        case "insert":
            index, item = taken(state, arguments, node, "index object", 2)
            _insert(state, owner, as_atom(state, index or NONE, node), item or NONE, node)
            return NONE
        case "clear":
            taken(state, arguments, node, "", 0)
            size = growing.length(state, owner, node)
            change = state.op(node, "neg", size)
            owner.cell.changes += 1
            state.emit(Accum(owner.cell.count, None, change, state.span(node)), node)
            return NONE
        case "copy":
            taken(state, arguments, node, "", 0)
            return growing.as_list(state, owner, node)
        case _:
            hint = "use append(), extend(), insert(), pop() and clear(), or an array"
            state.fail(node, "E404", f"the list method '{name}' is not supported", hint)


def extended(state: State, owner: GrowingOf, source: Meaning, node: Node) -> None:
    """Write what appends all items of something."""
    source = settled(state, source, node)
    if isinstance(source, GrowingOf):
        source = ListOf(growing.as_array(state, source, node))
    source = shape_tuple(state, source, node) if isinstance(source, ShapeOf) else source
    array = source.array if isinstance(source, ListOf) else source
    match array:
        case TupleOf(items=items):
            for item in items:
                growing.append(state, owner, item, node)
        case Var() if state.rank(array) == 1:
            size = state.op(node, "len", array)
            state.hold(size)
            growing.extend(state, owner, array, size, node)
        case _:
            hint = "append its items in a loop"
            state.fail(node, "E202", f"a list cannot be extended by {noun(source)} here", hint)


def _pop(state: State, owner: GrowingOf, index: Meaning | None, node: ast.Call) -> Meaning:
    count = owner.cell.count
    growing.known_items(state, owner, node)
    empty = state.op(node, "le", count, Const(0))
    growing.check(state, empty, "pop from empty list", node)
    if index is None or index == Const(-1):
        growing.resize(state, owner, -1, node)
        return growing.item_at(state, owner, count, node)
    at = growing.place(state, owner, as_atom(state, index, node), node, "pop index")
    found = growing.item_at(state, owner, at, node)
    growing.resize(state, owner, -1, node)
    _moved(state, owner, (at, count, Const(1)), 1, node)
    return found


def _insert(state: State, owner: GrowingOf, index: Atom, item: Meaning, node: ast.Call) -> None:
    """Write what inserts an item; places outside are the ends."""
    count = owner.cell.count
    state.hold(item)
    is_negative = state.op(node, "lt", index, Const(0))
    from_end = state.op(node, "add", index, count)
    at = state.op(node, "select", is_negative, from_end, index)
    at = state.op(node, "min", state.op(node, "max", at, Const(0)), count)
    state.hold(at)
    growing.described(state, owner, item, node)
    start = growing.length(state, owner, node)
    _moved(state, owner, (start, at, Const(-1)), -1, node)
    growing.put(state, owner, at, item, node)
    growing.resize(state, owner, 1, node)


def _moved(
    state: State, owner: GrowingOf, places: tuple[Atom, Atom, Atom], by: int, node: ast.Call
) -> None:
    """Write what moves to each of these places the item that is `by` places behind it."""
    counter = Var(state.names.fresh("i"))
    state.ranks[counter.name] = 0
    buffers = [growing.known_items(state, owner, node)]
    with state.block() as block:
        source = state.op(node, "add", counter, Const(by))
        while buffers:
            part = buffers.pop()
            part = part.places if isinstance(part, PiecesOf) else part
            if isinstance(part, TupleOf):
                buffers += part.items
                continue
            assert isinstance(part, Var)
            value = state.temporary(Load(part, (source,)), node)
            state.emit(Store(part, (counter,), value, state.span(node)), node)
    start, stop, step = places
    state.emit(For(counter, start, stop, step, tuple(block), None, state.span(node)), node)


def _typed_list(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    """Return what `numba.typed.List()` is: a list like any other."""
    (source,) = taken(state, arguments, node, "iterable", 0)
    found = growing.new_list(state, node)
    if source is not None:
        extended(state, found, source, node)
    return found


LISTS: dict[str, Handler] = {"typed_list": _typed_list}
