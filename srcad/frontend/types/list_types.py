"""The dtypes of the buffers of lists: wide enough for all that is stored in them.

Before: `items = np.empty(room, <not known>)`. After: the dtype that NumPy finds for all stored
values together, as far as these are known without the buffer itself: the search starts from the
narrowest (`STARTS`), and a buffer that turns out to be wider makes the values that come from it
wider.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from srcad.errors import NotDifferentiable
from srcad.ir import nodes as ir
from srcad.ir.types import Array, Scalar, Type
from srcad.ir.walk import map_blocks, statements

OPEN = "list"
"""Marks the dtype of a buffer that is not known yet."""
STARTS = ("int64", "float32", "complex128", "float64")
"""The dtypes from which the search starts, each if there is a conflict with the one before."""
MOST_ROUNDS = 8


def with_list_dtypes(
    function: ir.Function, types_of: Callable[[ir.Function], dict[str, Type]]
) -> ir.Function:
    """Return `function` with a dtype for each buffer. types_of: what the names are then."""
    names = [s.target.name for s in statements(function.body) if is_open(s)]  # type: ignore[union-attr]
    if not names:
        return function
    dtypes, types = _start(function, names, types_of)
    for attempt in range(MOST_ROUNDS):
        if attempt:
            types = types_of(_with(function, dtypes))
        found = _stored(function, types, dtypes, keeps=attempt > 0)
        if found == dtypes:
            break
        dtypes = found
    return _with(function, dtypes)


def _start(
    function: ir.Function, names: list[str], types_of: Callable[[ir.Function], dict[str, Type]]
) -> tuple[dict[str, str], dict[str, Type]]:
    """Return the dtypes to start from, and the types of names then.

    Arrays that are items have no common dtype with others while theirs is not known.
    """
    for start in STARTS:
        dtypes = dict.fromkeys(names, start)
        try:
            return dtypes, types_of(_with(function, dtypes))
        except NotDifferentiable as error:
            if error.code != "E301" or start == STARTS[-1]:
                raise
    raise AssertionError


def is_open(stmt: ir.Stmt) -> bool:
    """Return whether a statement makes a buffer whose dtype is not known."""
    return (
        isinstance(stmt, ir.Let)
        and isinstance(stmt.value, ir.Op)
        and stmt.value.static[1:] == (OPEN,)
    )


def _with(function: ir.Function, dtypes: dict[str, str]) -> ir.Function:
    def block(stmts: ir.Block) -> ir.Block:
        return tuple(one(map_blocks(stmt, block)) for stmt in stmts)

    def one(stmt: ir.Stmt) -> ir.Stmt:
        if not is_open(stmt):
            return stmt
        assert isinstance(stmt, ir.Let)
        assert isinstance(stmt.value, ir.Op)
        return replace(stmt, value=replace(stmt.value, static=(dtypes[stmt.target.name],)))

    return replace(function, body=block(function.body))


def _stored(
    function: ir.Function, types: dict[str, Type], dtypes: dict[str, str], *, keeps: bool
) -> dict[str, str]:
    """Return the dtype of all that is stored in each buffer (and of what it is, if `keeps`)."""
    kinds: dict[str, list[np.dtype]] = {name: [] for name in dtypes}
    for stmt in statements(function.body):
        if isinstance(stmt, ir.Store) and stmt.array.name in kinds:
            kind = _kind(stmt.value, types)
            if kind is not None:
                kinds[stmt.array.name].append(np.dtype(kind))
    return {
        name: str(np.result_type(*found, *([np.dtype(dtypes[name])] if keeps else [])))
        if found
        else dtypes[name]
        for name, found in kinds.items()
    }


def _kind(value: ir.Atom, types: dict[str, Type]) -> str | None:
    if isinstance(value, ir.Const):
        kind = value.value
        if isinstance(kind, complex):
            return "complex128"
        return "bool" if isinstance(kind, bool) else "int64" if isinstance(kind, int) else "float64"
    found = types.get(value.name)
    return found.dtype if isinstance(found, Scalar | Array) else None
