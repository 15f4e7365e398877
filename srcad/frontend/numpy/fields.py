"""Structured arrays: `a['k']`, `a.k`, `a[i].k`, `a['k'][i]`, read and written.

The fields are arrays of their own, or numbers where the whole is one record. What is said of
all fields at once (`a[1:3]`, `a.copy()`, `a[i] = a[j]`) is said of each of them.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from srcad.frontend.names.meaning import (
    BoundTo,
    ElementOf,
    Known,
    Meaning,
    RecordOf,
    ShapeOf,
    TupleOf,
    noun,
)
from srcad.frontend.names.scope import as_atom
from srcad.frontend.names.state import Node, State
from srcad.frontend.names.structured import deepened, frame_of
from srcad.frontend.numpy.index_parts import ELLIPSIS, NEWAXIS, Part, parts_of
from srcad.frontend.numpy.outputs import check_writable
from srcad.ir.nodes import Atom, Const, Index, Slice, Store, Var
from srcad.ir.structured import element_kind

FACTS = ("shape", "size", "ndim")
COPIES = ("copy",)
Loaded = Callable[[State, Var, tuple[Part, ...], Node], Var]


def is_structured(meaning: object) -> bool:
    """Return whether this is a structured array, a record, or an element of one."""
    if isinstance(meaning, ElementOf):
        return True
    return isinstance(meaning, RecordOf) and meaning.record.is_structured


# Reading ------------------------------------------------------------------------------


def subscripted(
    state: State, base: RecordOf | ElementOf, node: ast.Subscript, viewed: Loaded
) -> Meaning:
    """Return `base[...]`: a field, an element, or a part with all fields.

    viewed: returns part of one array.
    """
    key = key_of(state, node.slice)
    if isinstance(key, str):
        return field(state, base, key, node, viewed)
    if isinstance(key, tuple):
        whole = record_of_element(state, base, node, viewed)
        items = tuple(field(state, whole, name, node, viewed) for name in key)
        return RecordOf(items, replace(whole.record, keys=key))
    if isinstance(base, ElementOf) or not base.record.axes:
        hint = "write the name of a field"
        state.fail(node, "E503", "an element of a structured array has no elements", hint)
    return part(state, base, parts_of(state, node.slice), node, viewed)


def key_of(state: State, node: ast.expr) -> str | tuple[str, ...] | None:
    """Return the name of a field, or those of several, None for anything else."""
    if not isinstance(node, ast.Constant | ast.Name | ast.List | ast.JoinedStr | ast.BinOp):
        return None
    if isinstance(node, ast.Constant) and not isinstance(node.value, str):
        return None
    if isinstance(node, ast.List):
        found = [key_of(state, item) for item in node.elts]
        keys = tuple(key for key in found if isinstance(key, str))
        return keys if keys and len(keys) == len(found) else None
    if isinstance(node, ast.BinOp) and not isinstance(node.left, ast.Constant):
        return None
    meaning = state.expr(state, node)
    return meaning.value if isinstance(meaning, Known) and isinstance(meaning.value, str) else None


def part(
    state: State, base: RecordOf, parts: tuple[Part, ...], node: Node, viewed: Loaded
) -> RecordOf | ElementOf:
    """Return `base[parts]`: an element, or an array with all fields."""
    axes = base.record.axes
    numbers = [p for p in parts if isinstance(p, Var | Const) and not state.rank(p)]
    if len(numbers) == len(parts) == axes and not any(map(state.is_truth, numbers)):
        return ElementOf(base, tuple(numbers))
    parts = _without_dots(state, parts, axes, node)
    if len(parts) - parts.count(NEWAXIS) > axes and not _has_masks(state, parts):
        message = f"{len(parts)} indices for a structured array of {axes} dimensions"
        state.fail(node, "E504", message, f"use at most {axes} indices")
    items: list[Meaning] = []
    now = axes
    for item in base.items:
        if isinstance(item, RecordOf):
            inner = part(state, deepened(item, axes), parts, node, viewed)
            assert isinstance(inner, RecordOf)
            now = inner.record.axes
            items.append(_restored(item, inner, axes))
            continue
        array = as_atom(state, item, node)
        assert isinstance(array, Var)
        found = viewed(state, array, parts, node)
        now = axes + (state.rank(found) or 0) - (state.rank(array) or 0)
        items.append(found)
    return RecordOf(tuple(items), replace(base.record, axes=now))


def _restored(item: RecordOf, inner: RecordOf, axes: int) -> RecordOf:
    """Return part of a field with fields, with the dimensions that are its own."""
    own = item.record.axes - axes
    return replace(inner, record=replace(inner.record, axes=inner.record.axes + own))


def _has_masks(state: State, parts: tuple[Part, ...]) -> bool:
    return any(isinstance(p, Var) and (state.rank(p) or 0) > 1 for p in parts)


def _without_dots(state: State, parts: tuple[Part, ...], axes: int, node: Node) -> tuple[Part, ...]:
    """Return the index with slices in the place of `...`."""
    if ELLIPSIS not in parts:
        return parts
    at = parts.index(ELLIPSIS)
    rest = parts[:at] + parts[at + 1 :]
    if ELLIPSIS in rest or any(isinstance(p, Var) and state.rank(p) for p in rest):
        hint = "write the slices out"
        state.fail(node, "E504", "this index of a structured array is not supported", hint)
    missing = axes - len(rest) + rest.count(NEWAXIS)
    return parts[:at] + (Slice(),) * max(missing, 0) + parts[at + 1 :]


def field(
    state: State, base: RecordOf | ElementOf, key: str, node: Node, viewed: Loaded
) -> Meaning:
    """Return a field of a structured array, a record, or an element."""
    whole = base.whole if isinstance(base, ElementOf) else base
    if key not in whole.record.keys:
        message = f"there is no field {key!r} in {whole.record}"
        state.fail(node, "E503", message, "check the spelling")
    found = whole.items[whole.record.keys.index(key)]
    if not isinstance(base, ElementOf):
        return found
    if isinstance(found, RecordOf):
        if found.record.axes == len(base.index):
            return ElementOf(found, base.index)
        return part(state, found, base.index, node, viewed)
    return viewed(state, as_array(state, found, node), base.index, node)


def as_array(state: State, item: Meaning, node: Node) -> Var:
    """Return a field that is an array."""
    atom = as_atom(state, item, node)
    assert isinstance(atom, Var)
    return atom


def record_of_element(
    state: State, base: RecordOf | ElementOf, node: Node, viewed: Loaded
) -> RecordOf:
    """Return an element with the fields that it has now."""
    if isinstance(base, RecordOf):
        return base
    record = base.whole.record
    items = []
    for key in record.keys:
        found = field(state, base, key, node, viewed)
        items.append(
            record_of_element(state, found, node, viewed) if isinstance(found, ElementOf) else found
        )
    kind = element_kind(record.kind)
    return RecordOf(tuple(items), replace(record, kind=kind, axes=0))


def fact_or_field(
    state: State, base: RecordOf | ElementOf, node: ast.Attribute, viewed: Loaded
) -> Meaning:
    """Return `base.k`, the shape, the size or a method of a structured array."""
    whole = base.whole if isinstance(base, ElementOf) else base
    name = node.attr
    is_fact = isinstance(base, RecordOf) and name in FACTS and bool(base.record.axes)
    if name in whole.record.keys and not is_fact:
        _check_name(state, node)
        return field(state, base, name, node, viewed)
    if isinstance(base, RecordOf) and name in FACTS and base.record.axes:
        frame = frame_of(state, base, node)
        if name == "size":
            return state.op(node, "size", frame)
        return ShapeOf(frame) if name == "shape" else Const(base.record.axes)
    if isinstance(base, RecordOf) and name in COPIES:
        return BoundTo(base, name)
    message = f"the attribute '{name}' of {noun(base)} is not supported"
    state.fail(node, "E404", message, "use its fields, .shape, .size, .ndim and .copy()")


def _check_name(state: State, node: ast.Attribute) -> None:
    """Refuse a field that is asked for as an attribute that NumPy's own classes have, too.

    NumPy gives the attribute then; of an element, Numba gives the field.
    """
    name = node.attr
    if hasattr(np.ndarray, name) or hasattr(np.void, name):
        message = f"'.{name}' is an attribute of NumPy's arrays and records, too"
        state.fail(node, "E503", message, f"write [{name!r}] for the field")


# Writing ------------------------------------------------------------------------------


def place(
    state: State, base: RecordOf | ElementOf, target: ast.Subscript | ast.Attribute, viewed: Loaded
) -> tuple[Var, Index]:
    """Return the array and the index of a field that is assigned to."""
    if isinstance(target, ast.Attribute):
        _check_name(state, target)
    key = target.attr if isinstance(target, ast.Attribute) else key_of(state, target.slice)
    if not isinstance(key, str):
        hint = "assign its fields, one after the other"
        state.fail(target, "E204", "several fields cannot be changed at once", hint)
    whole = base.whole if isinstance(base, ElementOf) else base
    found = field(state, whole, key, target, viewed)
    if isinstance(found, RecordOf):
        hint = "assign its fields, one after the other"
        state.fail(target, "E204", "a field with fields cannot be assigned", hint)
    array = as_array(state, found, target)
    rank = state.rank(array) or 0
    if not rank:
        hint = "pass a structured array of one element, and write a[0]['k'] = ..."
        state.fail(target, "E204", "the fields of a record cannot be assigned", hint)
    check_writable(state, array, target)
    if isinstance(base, ElementOf):
        return array, base.index
    return array, (Slice(),) * rank


def store_whole(
    state: State, base: RecordOf, target: ast.Subscript, value: Meaning, node: Node, viewed: Loaded
) -> None:
    """Write `base[index] = value` with all fields: of an element, a structured array, a tuple."""
    parts = _without_dots(state, parts_of(state, target.slice), base.record.axes, node)
    places = list(_places(state, base))
    values = list(_values(state, base, value, node, viewed))
    for array, atom in zip(places, values, strict=True):
        check_writable(state, array, target)
        index = tuple(p for p in parts if not isinstance(p, Known))
        if len(index) < len(parts):
            state.fail(target, "E504", "None in an index that is assigned to", "use slices")
        state.emit(Store(array, index, atom, state.span(node)), node)


def _places(state: State, base: RecordOf) -> list[Var]:
    found: list[Var] = []
    for item in base.items:
        if isinstance(item, RecordOf):
            found += _places(state, item)
        else:
            assert isinstance(item, Var)
            found.append(item)
    return found


def _values(state: State, base: RecordOf, value: Meaning, node: Node, viewed: Loaded) -> list[Atom]:
    """Return what is assigned to each field, in order."""
    hint = "assign an element, or a tuple of as many values as there are fields"
    if isinstance(value, ElementOf):
        value = record_of_element(state, value, node, viewed)
    if not isinstance(value, RecordOf | TupleOf) or len(value.items) != len(base.items):
        state.fail(node, "E204", "this cannot be assigned to all fields", hint)
    if isinstance(value, RecordOf) and not value.record.is_structured:
        state.fail(node, "E204", "this cannot be assigned to all fields", hint)
    found: list[Atom] = []
    for item, given in zip(base.items, value.items, strict=True):
        if isinstance(item, RecordOf):
            found += _values(state, item, given, node, viewed)
        else:
            found.append(as_atom(state, given, node, "as a field"))
    return found
