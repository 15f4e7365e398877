"""Structured arrays as a whole: their shape, copies of them, and new ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from srcad.frontend.names.meaning import Meaning, RecordOf
from srcad.frontend.names.state import Node, State
from srcad.frontend.syntax.resolve import dtype_name
from srcad.ir.nodes import Atom, Const, Load, Slice, Var
from srcad.ir.records import Record


def deepened(item: RecordOf, axes: int) -> RecordOf:
    """Return a field with fields of its own as an array of as many dimensions as the whole."""
    return replace(item, record=replace(item.record, axes=axes))


def frame_of(state: State, whole: RecordOf, node: Node) -> Var:
    """Return an array of the shape of a structured array."""
    axes = whole.record.axes
    arrays = [item for item in whole.items if isinstance(item, Var)]
    for array in arrays:
        if state.rank(array) == axes:
            return array
    if not arrays:
        inner = whole.items[0]
        assert isinstance(inner, RecordOf)
        return frame_of(state, deepened(inner, axes), node)
    first = arrays[0]
    rest = (Const(0),) * ((state.rank(first) or 0) - axes)
    return state.temporary(Load(first, (*(Slice(),) * axes, *rest)), node)


def each(base: RecordOf, make: Callable[[Var | Const], Meaning]) -> RecordOf:
    """Return a structured array with other fields, each made of one."""
    items: list[Meaning] = []
    for item in base.items:
        if isinstance(item, RecordOf):
            items.append(each(item, make))
        else:
            assert isinstance(item, Var | Const)
            items.append(make(item))
    return replace(base, items=tuple(items))


def copied(state: State, base: RecordOf, node: Node) -> RecordOf:
    """Return `base.copy()`."""
    return each(base, lambda item: state.op(node, "copy", item) if state.rank(item) else item)


def new(
    state: State,
    dtype: np.dtype[np.void],
    shape: tuple[Atom, ...],
    make: Callable[[str, tuple[Atom, ...]], Meaning],
    node: Node,
) -> RecordOf:
    """Return a structured array of a dtype; `make` makes a field of the name of its dtype."""
    items: list[Meaning] = []
    names = dtype.names or ()
    for name in names:
        part = dtype[name]
        extents = (*shape, *map(Const, part.shape))
        if part.base.names is not None:
            items.append(new(state, part.base, extents, make, node))
            continue
        found = dtype_name(part.base.type)
        if found is None or part.base.byteorder == ">":
            message = f"the field {name!r} is of {part.base}"
            state.fail(node, "E505", message, "use fields of floats, ints or bools")
        items.append(make(found, extents))
    return RecordOf(tuple(items), Record(np.ndarray, names, axes=len(shape)))
