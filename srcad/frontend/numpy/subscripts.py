"""Subscripts and attributes: elements, views, tuple items, shapes, fields, modules."""

from __future__ import annotations

import ast
from dataclasses import replace

import numpy as np

from srcad.frontend.names import growing
from srcad.frontend.names.choices import item_at
from srcad.frontend.names.meaning import (
    DtypeOf,
    ElementOf,
    GridOf,
    GrowingOf,
    Known,
    ListOf,
    Lost,
    Meaning,
    RecordOf,
    ShapeOf,
    SliceOf,
    TupleOf,
    noun,
)
from srcad.frontend.names.records import by_key
from srcad.frontend.names.scope import as_atom, meaning_of, shape_tuple
from srcad.frontend.names.state import Frame, Node, State
from srcad.frontend.numpy import fields
from srcad.frontend.numpy.arrays import array_of
from srcad.frontend.numpy.displays import as_value, display
from srcad.frontend.numpy.flat import flat_place
from srcad.frontend.numpy.index_parts import ELLIPSIS, NEWAXIS, Part, parts_of
from srcad.frontend.numpy.outputs import check_writable
from srcad.frontend.numpy.refusals import instead_of
from srcad.frontend.numpy.sharing import mark_items
from srcad.ir.nodes import Accum, Atom, Const, Index, Load, Slice, Store, Var

Place = ast.Subscript | ast.Attribute
"""What can be assigned to beside names: elements of arrays, and fields of structured ones."""

LOOP_HINT = "write the loop over the elements"


def subscript(state: State, node: ast.Subscript) -> Meaning:
    """Return the meaning of `value[index]`."""
    base = _base(state, node)
    match base:
        case ListOf(array=array):
            index = parts_of(state, node.slice)
            if len(index) == 1 and isinstance(index[0], Slice):
                return _part_of_list(state, array, index, node)
            return viewed(state, array, index, node)
        case ShapeOf() | TupleOf():
            return _item(state, base, node)
        case RecordOf() | ElementOf():
            return _of_record(state, base, node)
        case GrowingOf():
            return _list_item(state, base, node)
        case GridOf():
            return load(state, *flat_place(state, base, node), node)
        case Var() as array, tuple() as before:
            return viewed(state, *_joined(state, array, before, node), node)
        case Known(value=value) if value is np.r_ or value is np.c_:
            return display(state, node, in_columns=value is np.c_)
        case Known(value=value) if value is np.s_ or value is np.index_exp:
            parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            items = tuple(as_value(state, part) for part in parts)
            is_one = value is np.s_ and not isinstance(node.slice, ast.Tuple)
            return items[0] if is_one else TupleOf(items)
        case Known(value=value) if (instead := instead_of(value)) is not None:
            name = ast.unparse(node.value)
            state.fail(node, "E208", f"'{name}' is not supported", instead)
        case Known() as known:
            state.fail(node, "E405", f"{noun(known)} cannot be indexed", "use a tuple or an array")
        case _:
            return base if isinstance(base, DtypeOf) else _no_index(state, node)


def _of_record(state: State, base: RecordOf | ElementOf, node: ast.Subscript) -> Meaning:
    """Return `p["k"]`, or what else a structured array is subscripted by."""
    if isinstance(base, ElementOf) or base.record.is_structured:
        return fields.subscripted(state, base, node, viewed)
    return by_key(state, base, node)


def _part_of_list(state: State, array: Var, parts: tuple[Part, ...], node: Node) -> ListOf:
    """Return a new list of some of the items that stand in an array."""
    copied = state.op(node, "copy", viewed(state, array, parts, node))
    state.hold(copied)
    mark_items(state, copied, array, node)
    return ListOf(copied)


def _no_index(state: State, node: Node) -> Meaning:
    state.fail(node, "E504", "this cannot be indexed", "index an array or a tuple")


def load(state: State, array: Var, index: Index, node: Node) -> Var:
    """Return `array[index]`: an element or a view."""
    _check_rank(state, array, index, node)
    return state.temporary(Load(array, index), node)


def _base(state: State, node: ast.Subscript) -> Meaning | tuple[Var, Index]:
    """Return what is indexed: an array with the indices before these, or another meaning.

    `A[i][j]` reads `A[i, j]`, without a view in between.
    """
    meaning: Meaning | tuple[Var, Index]
    if isinstance(node.value, ast.Subscript):
        meaning = _base(state, node.value)
        if isinstance(meaning, ListOf) and not isinstance(node.value.slice, ast.Slice):
            meaning = meaning.array, ()
        if isinstance(meaning, tuple):
            array, parts = _joined(state, *meaning, node.value)
            rank = state.ranks.get(array.name)
            index = tuple(p for p in parts if not isinstance(p, Slice | Known))
            plain = len(index) == len(parts) and not any(map(state.rank, index))
            if plain and rank is not None and len(index) < rank:
                return array, index
            return viewed(state, array, parts, node.value), ()
        if isinstance(meaning, ShapeOf | TupleOf):
            meaning = _item(state, meaning, node.value)
        elif isinstance(meaning, RecordOf | ElementOf):
            meaning = _of_record(state, meaning, node.value)
        elif isinstance(meaning, GrowingOf):
            meaning = _list_item(state, meaning, node.value)
        elif isinstance(meaning, ListOf):
            meaning = _part_of_list(state, meaning.array, parts_of(state, node.value.slice), node)
    else:
        meaning = state.expr(state, node.value)
    match meaning:
        case Var():
            return meaning, ()
        case ListOf() | TupleOf() | RecordOf() | ElementOf() | ShapeOf() | Known() | GrowingOf():
            return meaning
        case GridOf(gives_index=False):
            return meaning
        case _:
            _no_index(state, node)
            return meaning


def _joined(
    state: State, array: Var, before: Index, node: ast.Subscript
) -> tuple[Var, tuple[Part, ...]]:
    """Return an array and the parts of its index that `array[before][node.slice]` is.

    One index, unless numbers before a slice would move the axes of arrays behind it to the
    front: `A[i][:, k]` is not `A[i, :, k]`.
    """
    parts = parts_of(state, node.slice)
    is_cut = bool(parts) and isinstance(parts[0], Slice | Known)
    if before and is_cut and _has_arrays(state, parts):
        return load(state, array, before, node), parts
    return array, (*before, *parts)


def _check_rank(state: State, array: Var, index: Index, node: Node) -> None:
    rank = state.ranks.get(array.name)
    if rank == 0 and index:
        state.fail(node, "E504", "a number cannot be indexed", "index an array")
    if rank is not None and len(index) > rank:
        message = f"{len(index)} indices for an array of {rank} dimensions"
        state.fail(node, "E504", message, f"use at most {rank} indices")


def viewed(state: State, array: Var, parts: tuple[Part, ...], node: Node) -> Var:
    """Return `array[parts]`, with the new axes that it has."""
    if _has_arrays(state, parts):
        array, parts = _with_new_axes(state, array, parts, node)
    index, new = _plain_index(state, array, parts, node)
    if new and index and state.rank(Load(array, index)) == 0:
        index, new = _sliced(state, index, node), new[1:]
    found = load(state, array, index, node)
    if not new:
        return found
    return state.op(node, "expand_dims", found, static=(new,))


def _sliced(state: State, index: Index, node: Node) -> Index:
    """Return the index of one element as that of a view of one element."""
    for k, part in enumerate(index):
        if isinstance(part, Const):
            after = None if part.value == -1 else Const(int(part.value) + 1)
            return (*index[:k], Slice(part, after), *index[k + 1 :])
    state.fail(node, "E504", "None in the index of one element", "write np.array([x[i]])")


def _plain_index(
    state: State, array: Var, parts: tuple[Part, ...], node: Node
) -> tuple[Index, tuple[int, ...]]:
    """Return the index without None and `...`, and where new axes go in the result."""
    rank = state.ranks.get(array.name)
    taken = sum(_taken(state, part) for part in parts)
    if rank is None and any(isinstance(part, Known) for part in parts):
        hint = "index every dimension by an integer or a slice"
        state.fail(node, "E504", "None and ... need an array of known dimensions", hint)
    if parts.count(ELLIPSIS) > 1:
        state.fail(node, "E504", "an index can have one ... only", "write the slices out")
    index: list[Atom | Slice] = []
    new: list[int] = []
    at = 0
    for part in parts:
        if part == ELLIPSIS:
            missing = max((rank or 0) - taken, 0)
            index += [Slice()] * missing
            at += missing
        elif isinstance(part, Known):
            new.append(at)
            at += 1
        else:
            index.append(part)
            at += isinstance(part, Slice)
    if not index and rank:
        index.append(Slice())
    return tuple(index), tuple(new)


def _with_new_axes(
    state: State, array: Var, parts: tuple[Part, ...], node: Node
) -> tuple[Var, tuple[Part, ...]]:
    """Return an array that has the new axes already, and slices instead of None."""
    index, _ = _plain_index(state, array, parts, node)
    left = len(index) - sum(part not in (NEWAXIS, ELLIPSIS) for part in parts)
    found: list[Part] = []
    new: list[int] = []
    at = 0
    for part in parts:
        if part == ELLIPSIS:
            found += [Slice()] * left
            at += left
            continue
        found.append(Slice() if part == NEWAXIS else part)
        if part == NEWAXIS:
            new.append(at)
        at += 1 if part == NEWAXIS else _taken(state, part)
    if not new:
        return array, parts
    return state.op(node, "expand_dims", array, static=(tuple(new),)), tuple(found)


def _has_arrays(state: State, parts: tuple[Part, ...]) -> bool:
    return any(isinstance(part, Var) and state.rank(part) for part in parts)


def _taken(state: State, part: Part) -> int:
    """Return how many dimensions a part of an index is for."""
    if isinstance(part, Known):
        return 0
    if isinstance(part, Slice) or not state.is_truth(part):
        return 1
    return state.rank(part) or 1


def _list_item(state: State, base: GrowingOf, node: ast.Subscript) -> Meaning:
    """Return an item of a list that changes, or a new list of some of them."""
    index = parts_of(state, node.slice)
    if len(index) == 1 and isinstance(index[0], Slice):
        return ListOf(viewed(state, growing.as_list(state, base, node).array, index, node))
    if len(index) != 1 or isinstance(index[0], Slice | Known) or state.rank(index[0]):
        _no_index(state, node)
    at = growing.place(state, base, index[0], node)  # type: ignore[arg-type]
    return growing.item_at(state, base, at, node)


def _of_name(state: State, node: ast.expr) -> Meaning | None:
    """Return what a name means, None where it means nothing or is no name."""
    if not isinstance(node, ast.Name):
        return None
    frame: Frame | None = state.frame
    while frame is not None and node.id not in frame.env:
        frame = frame.parent
    return None if frame is None else frame.env[node.id]


def list_place(state: State, target: Place) -> tuple[GrowingOf, Atom] | None:
    """Return the list and the place that a subscript is, None if it is no list that changes."""
    if isinstance(target, ast.Attribute):
        return None
    base = _of_name(state, target.value)
    if not isinstance(base, GrowingOf):
        return None
    index = parts_of(state, target.slice)
    if len(index) != 1 or isinstance(index[0], Slice | Known):
        state.fail(target, "E204", "several items of a list cannot be assigned", "use an array")
    return base, growing.place(state, base, index[0], target)


# Tuples -----------------------------------------------------------------------------


def _item(state: State, base: ShapeOf | TupleOf, node: ast.Subscript) -> Meaning:
    """Return an item or a slice of a tuple; the index must be known while compiling."""
    if isinstance(node.slice, ast.Slice):
        whole = _tuple_of(state, base, node)
        bounds = (
            None if e is None else _fixed(state, e, node)
            for e in (node.slice.lower, node.slice.upper, node.slice.step)
        )
        return replace(whole, items=whole.items[slice(*bounds)], fields=(), record=None)
    if isinstance(base, ShapeOf):
        return _extent(state, base, _fixed(state, node.slice, node), node)
    at = state.expr(state, node.slice)
    if isinstance(at, SliceOf):
        ends = [
            e if e is None else _fixed_value(state, e, node) for e in (at.start, at.stop, at.step)
        ]
        return replace(base, items=base.items[slice(*ends)], fields=(), record=None)
    if isinstance(at, Var) and base.items:
        return _looked_up(state, base, at, node)
    k = _fixed_value(state, at, node)
    if not -len(base.items) <= k < len(base.items):
        message = f"index {k} of a tuple of {len(base.items)}"
        state.fail(node, "E503", message, "count from 0")
    found = base.items[k]
    if isinstance(found, Lost) and found.problem:
        state.fail(node, "E403", found.problem, "take another item of the result")
    return found


def _tuple_of(state: State, base: ShapeOf | TupleOf, node: Node) -> TupleOf:
    return shape_tuple(state, base, node) if isinstance(base, ShapeOf) else base


def _extent(state: State, base: ShapeOf, axis: int, node: Node) -> Var:
    """Return `array.shape[axis]`."""
    rank = state.ranks.get(base.array.name)
    if rank is not None and not -rank <= axis < rank:
        message = f"axis {axis} of an array of {rank} dimensions"
        state.fail(node, "E503", message, "count the axes from 0")
    if rank is not None and axis < 0:
        axis += rank
    return state.op(node, "shape", base.array, static=(axis,))


def _looked_up(state: State, base: TupleOf, at: Var, node: ast.Subscript) -> Meaning:
    """Return an item of a tuple by a run-time index; literals are put into an array."""
    values = [item.value for item in base.items if isinstance(item, Const)]
    if len(values) < len(base.items):
        return item_at(state, base, at, node)
    array = meaning_of(state, np.array(values), "table", node)
    assert isinstance(array, Var)
    return load(state, array, (at,), node)


def _fixed(state: State, index: ast.expr, node: Node) -> int:
    return _fixed_value(state, state.expr(state, index), node)


def _fixed_value(state: State, meaning: Meaning, node: Node) -> int:
    if isinstance(meaning, Const) and type(meaning.value) is int:
        return meaning.value
    hint = "index a tuple by a literal, or loop over it, or use an array"
    state.fail(node, "E503", "a tuple cannot be indexed by a variable", hint)


# Assignment -------------------------------------------------------------------------


def store(state: State, target: Place, value: Meaning, node: Node) -> None:
    """Write `target = value`, for one element or many."""
    place = list_place(state, target)
    if place is not None:
        growing.put(state, *place, value, node)
        return
    if isinstance(target, ast.Subscript) and _is_whole_store(state, target):
        base = _base(state, target)
        assert isinstance(base, RecordOf)
        fields.store_whole(state, base, target, value, node, viewed)
        return
    array, index = element(state, target, replaces=True)
    if isinstance(value, TupleOf):
        value = array_of(state, value, node)
    atom = as_atom(state, value, node, "as an element")
    check_number(state, array, index, atom, target)
    state.emit(Store(array, index, atom, state.span(node)), node)


def _is_whole_store(state: State, target: ast.Subscript) -> bool:
    """Return whether all fields of a structured array are assigned: `a[i] = ...`."""
    base = _of_name(state, target.value)
    if not isinstance(base, RecordOf) or not base.record.is_structured:
        return False
    return bool(base.record.axes) and fields.key_of(state, target.slice) is None


def _check_items(state: State, base: ListOf, target: ast.Subscript, *, replaces: bool) -> None:
    """Report arrays that are assigned to items of a list, and items assigned several at a time.

    The items are parts of one array: an item would be a copy, and change what others hold.
    """
    if replaces and state.rank(base.array) != 1:
        hint = "fill an array, or write to the elements: v[k][:] = ..."
        state.fail(target, "E204", "an array cannot be assigned to an item of a list", hint)
    if isinstance(target.slice, ast.Slice):
        state.fail(target, "E204", "several items of a list cannot be assigned", "use an array")


def accumulate(state: State, place: tuple[Var, Index], value: Atom, node: Node) -> None:
    """Write `array[index] += value`, for one element or many."""
    check_number(state, place[0], place[1], value, node)
    state.emit(Accum(place[0], place[1], value, state.span(node)), node)


def check_number(state: State, array: Var, index: Index, atom: Atom, node: Node) -> None:
    """Report an array that is assigned to one element."""
    if state.rank(atom) and state.rank(Load(array, index)) == 0:
        state.fail(node, "E208", "an array cannot be assigned to an element", LOOP_HINT)


def element(state: State, target: Place, *, replaces: bool = False) -> tuple[Var, Index]:
    """Return the array and the full index of a subscript, or of a field, that is assigned to."""
    base: Meaning | tuple[Var, Index]
    if isinstance(target, ast.Attribute):
        base = state.expr(state, target.value)
        if not fields.is_structured(base):
            hint = "use a local variable or an array element"
            state.fail(target, "E204", "attributes cannot be assigned", hint)
    else:
        base = _base(state, target)
    if isinstance(base, RecordOf | ElementOf) and fields.is_structured(base):
        return fields.place(state, base, target, viewed)
    assert isinstance(target, ast.Subscript)
    if isinstance(base, GridOf):
        check_writable(state, (found := flat_place(state, base, target))[0], target)
        return found
    if isinstance(base, ListOf):
        _check_items(state, base, target, replaces=replaces)
        base = base.array, ()
    match base:
        case Var() as array, tuple() as before:
            array, parts = _joined(state, array, before, target)
            if _has_arrays(state, parts):
                array, parts = _with_new_axes(state, array, parts, target)
            index, new = _plain_index(state, array, parts, target.slice)
            if new:
                array, index = viewed(state, array, parts, target), (Slice(),)
        case TupleOf() | ShapeOf():
            state.fail(target, "E204", "the items of a tuple cannot be assigned", "use an array")
        case RecordOf(record=record):
            hint = "make a new one, or assign elements of arrays"
            state.fail(target, "E204", f"the parts of {record} cannot be assigned", hint)
        case _:
            state.fail(target, "E204", "this cannot be assigned to", "assign to array elements")
    check_writable(state, array, target)
    _check_rank(state, array, index, target)
    return array, index
