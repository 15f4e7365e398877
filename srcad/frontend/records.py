"""Dicts and dataclasses in a function: their parts, what makes them, and their methods."""

from __future__ import annotations

import ast
import dataclasses
from typing import TYPE_CHECKING

from srcad.frontend.meaning import BoundTo, Known, Meaning, RecordOf, TupleOf
from srcad.frontend.scope import meaning_of, settled
from srcad.ir.records import Record, record_of_class

if TYPE_CHECKING:
    from srcad.frontend.state import State
    from srcad.frontend.structural import Arguments

VIEWS = {"keys", "values", "items", "get"}


def by_key(state: State, base: RecordOf, node: ast.Subscript) -> Meaning:
    """Return `p["w"]`; the key must be known while compiling."""
    if base.record.kind is not dict:
        state.fail(node, "E503", f"{base.record} has no items", "write the name of a field")
    key = state.expr(state, node.slice)
    if not isinstance(key, Known) or not isinstance(key.value, str):
        hint = "write the key as a string, or loop over p.items()"
        state.fail(node, "E503", "the key of a dict must be known", hint)
    if key.value not in base.record.keys:
        message = f"there is no key {key.value!r} in {base.record}"
        state.fail(node, "E503", message, "check the spelling, or pass it")
    return base.items[base.record.keys.index(key.value)]


def part_or_method(state: State, base: RecordOf, node: ast.Attribute) -> Meaning:
    """Return `p.w` of a dataclass, or a method of a dict.

    Methods of dataclasses belong to a class that only the argument knows: what they capture
    is not part of what derivatives are kept by.
    """
    record, name = base.record, node.attr
    if record.kind is dict and not record.is_object:
        if name in VIEWS:
            return BoundTo(base, name)
        hint = "dicts have p[key], get(), keys(), values() and items() here"
        state.fail(node, "E404", f"the attribute '{name}' of {record} is not supported", hint)
    if name in record.keys:
        return base.items[record.keys.index(name)]
    message = f"the attribute '{name}' of {record} is not supported"
    state.fail(node, "E404", message, "use its fields, and write a method as a function")


def dict_of(state: State, node: ast.Dict) -> Meaning:
    """Return a dict as it is written; its keys are strings that are known."""
    found: dict[str, Meaning] = {}
    for key, value in zip(node.keys, node.values, strict=True):
        if key is None:
            whole = settled(state, state.expr(state, value), value)
            if not isinstance(whole, RecordOf) or whole.record.kind is not dict:
                state.fail(value, "E203", "** of something that is no dict", "pass a dict")
            found |= dict(zip(whole.record.keys, whole.items, strict=True))
            continue
        name = state.expr(state, key)
        if not isinstance(name, Known) or not isinstance(name.value, str):
            hint = "write the keys as strings, or use an array"
            state.fail(key, "E202", "the keys of dicts must be strings that are known", hint)
        found[name.value] = state.expr(state, value)
    return RecordOf(tuple(found.values()), Record(dict, tuple(found)))


def dict_method(
    state: State, owner: RecordOf, name: str, arguments: Arguments, node: ast.Call
) -> Meaning:
    """Return what a method of a dict returns."""
    keys = tuple(map(Known, owner.record.keys))
    match name, arguments.positional:
        case _ if arguments.named:
            pass
        case "keys", ():
            return TupleOf(keys)
        case "values", ():
            return TupleOf(owner.items)
        case "items", ():
            return TupleOf(tuple(map(TupleOf, zip(keys, owner.items, strict=True))))
        case "get", (Known(value=str() as key), *rest) if len(rest) < 2:
            if key in owner.record.keys:
                return owner.items[owner.record.keys.index(key)]
            return rest[0] if rest else Known(None)
    state.fail(node, "E403", f"'{name}' of a dict is not called so here", "use p[key]")


def dataclass_of(state: State, kind: type, arguments: Arguments, node: ast.Call) -> Meaning:
    """Return an instance of a dataclass, made of its fields."""
    try:
        record = record_of_class(kind)
    except TypeError as error:
        state.fail(node, "E403", str(error), "use a dataclass without __post_init__")
    assert record is not None
    fields = dataclasses.fields(kind)
    order = [field.name for field in fields if not field.kw_only]
    given = dict(zip(order, arguments.positional, strict=False))
    is_wrong = len(arguments.positional) > len(order) or bool(given.keys() & arguments.named.keys())
    given |= arguments.named
    for field in fields:
        if field.name not in given and field.default is not dataclasses.MISSING:
            given[field.name] = meaning_of(state, field.default, field.name, node)
    if is_wrong or set(given) != set(record.keys):
        message = f"'{kind.__name__}' has the fields {', '.join(record.keys)}"
        state.fail(node, "E403", message, "give each of them once")
    return RecordOf(tuple(given[name] for name in record.keys), record)


def as_tuples(meaning: Meaning) -> Meaning:
    """Return a meaning with tuples in place of dicts and dataclasses."""
    match meaning:
        case RecordOf(items=items) | TupleOf(items=items):
            return TupleOf(tuple(map(as_tuples, items)))
        case _:
            return meaning
