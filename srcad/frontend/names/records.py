"""Dicts and dataclasses in a function: their parts, what makes them, and their methods."""

from __future__ import annotations

import ast
import dataclasses
from typing import TYPE_CHECKING

from srcad.frontend.names.meaning import (
    BoundTo,
    GridOf,
    Known,
    ListOf,
    Meaning,
    RangeOf,
    RecordOf,
    TupleOf,
)
from srcad.frontend.names.scope import meaning_of, settled
from srcad.frontend.names.structural import Arguments
from srcad.ir.instances import method_of
from srcad.ir.nodes import Var
from srcad.ir.records import Record, record_of_class

if TYPE_CHECKING:
    from srcad.frontend.names.state import State

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
    if record.is_instance:
        return _of_instance(state, base, node)
    if record.kind is dict and not record.is_object:
        if name in VIEWS:
            return BoundTo(base, name)
        hint = "dicts have p[key], get(), keys(), values() and items() here"
        state.fail(node, "E404", f"the attribute '{name}' of {record} is not supported", hint)
    if name in record.keys:
        return base.items[record.keys.index(name)]
    message = f"the attribute '{name}' of {record} is not supported"
    state.fail(node, "E404", message, "use its fields, and write a method as a function")


def _of_instance(state: State, base: RecordOf, node: ast.Attribute) -> Meaning:
    """Return a field of an instance of a jitclass as it is now, or a method."""
    name = node.attr
    if name in base.record.keys:
        found = base.items[base.record.keys.index(name)]
        return state.temporary(found, node) if isinstance(found, Var) else found
    if method_of(base.record.kind, name) is not None:
        return BoundTo(base, name)
    message = f"the attribute '{name}' of {base.record} is not supported"
    state.fail(node, "E404", message, "use its fields, methods and properties")


def is_property(method: BoundTo) -> bool:
    """Return whether this is a property of an instance: its value is read without a call."""
    record = method.owner.record
    found = method_of(record.kind, method.name) if record.is_instance else None
    return found is not None and found[1] == "property"


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


def dict_comprehension(state: State, node: ast.DictComp) -> Meaning:
    """Return a dict that is made of what is known item by item: tuples and other dicts."""
    pair = ast.copy_location(ast.Tuple([node.key, node.value], ast.Load()), node)
    tree = ast.copy_location(ast.ListComp(pair, node.generators), node)
    source = state.expr(state, node.generators[0].iter)
    if isinstance(source, Var | ListOf | RangeOf | GridOf):
        hint = "store the values in an array indexed by integers"
        state.fail(node, "E202", "dict comprehensions are not supported", hint)
    pairs = state.comprehension(state, tree, source)
    return dict_made(state, Arguments((pairs,), {}), node)


def dict_made(state: State, arguments: Arguments, node: ast.expr) -> Meaning:
    """Return `dict(...)` of a dict, or of pairs, and of named parts."""
    found: dict[str, Meaning] = {}
    match arguments.positional:
        case ():
            pass
        case (RecordOf(items=items, record=record),) if record.kind is dict:
            found |= zip(record.keys, items, strict=True)
        case (TupleOf(items=pairs),) if (keys := _keys(pairs)) is not None and _are_pairs(pairs):
            found |= {key: _second(pair) for key, pair in zip(keys, pairs, strict=True)}
        case _:
            hint = "give it a dict, or pairs of a string that is known and a value"
            state.fail(node, "E202", "a dict of this is not supported", hint)
    found |= arguments.named
    return RecordOf(tuple(found.values()), Record(dict, tuple(found)))


def _keys(items: tuple[Meaning, ...]) -> list[str] | None:
    """Return the strings that are known, or that pairs start with; None for anything else."""
    found: list[str] = []
    for item in items:
        match item:
            case Known(value=str() as text) | TupleOf(items=(Known(value=str() as text), _)):
                found.append(text)
            case _:
                return None
    return found


def _are_pairs(items: tuple[Meaning, ...]) -> bool:
    return all(isinstance(item, TupleOf) for item in items)


def _second(pair: Meaning) -> Meaning:
    assert isinstance(pair, TupleOf)
    return pair.items[1]


def joined(state: State, left: RecordOf, right: Meaning, node: ast.BinOp) -> Meaning:
    """Return `p | q` of two dicts."""
    kinds = (left.record.kind, right.record.kind if isinstance(right, RecordOf) else None)
    if kinds != (dict, dict) or not isinstance(right, RecordOf):
        state.fail(node, "E202", "'|' of something that is no dict", "join two dicts")
    found = dict(zip(left.record.keys, left.items, strict=True))
    found |= zip(right.record.keys, right.items, strict=True)
    return RecordOf(tuple(found.values()), Record(dict, tuple(found)))


def keys_of(whole: RecordOf) -> TupleOf:
    """Return what a loop over a dict runs over."""
    return TupleOf(tuple(map(Known, whole.record.keys)))


def in_order(items: tuple[Meaning, ...]) -> tuple[Meaning, ...] | None:
    """Return strings that are known, or pairs that start with different ones, in their order."""
    keys = _keys(items)
    if keys is None or len(set(keys)) < len(keys):
        return None
    return tuple(items[k] for k in sorted(range(len(keys)), key=keys.__getitem__))


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


def replaced(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    """Return a named tuple, or a dataclass, with other values for some of its fields."""
    owner = arguments.positional[0] if len(arguments.positional) == 1 else None
    is_tuple = isinstance(owner, TupleOf) and owner.record is not None
    is_record = isinstance(owner, RecordOf) and dataclasses.is_dataclass(owner.record.kind)
    if not isinstance(owner, TupleOf | RecordOf) or not (is_tuple or is_record):
        hint = "give it a named tuple or a dataclass, and fields by name"
        state.fail(node, "E403", "fields of something else cannot be replaced", hint)
    keys = owner.record.keys if owner.record is not None else ()
    unknown = [name for name in arguments.named if name not in keys]
    if unknown:
        message = f"{owner.record} has no field '{unknown[0]}'"
        state.fail(node, "E403", message, f"it has the fields {', '.join(keys)}")
    items = zip(keys, owner.items, strict=True)
    return dataclasses.replace(
        owner, items=tuple(arguments.named.get(name, item) for name, item in items)
    )


def as_tuples(meaning: Meaning) -> Meaning:
    """Return a meaning with tuples in place of dicts and dataclasses."""
    match meaning:
        case RecordOf(items=items) | TupleOf(items=items):
            return TupleOf(tuple(map(as_tuples, items)))
        case _:
            return meaning
