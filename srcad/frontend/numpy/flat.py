"""`x.flat[k]`: one element of an array, counted row by row, read and written."""

from __future__ import annotations

import ast

from srcad.frontend.names.meaning import GridOf, Known
from srcad.frontend.names.state import State
from srcad.frontend.numpy.index_parts import parts_of
from srcad.ir.nodes import Atom, Const, If, Index, Raise, Slice, Var


def flat_place(state: State, grid: GridOf, node: ast.Subscript) -> tuple[Var, Index]:
    """Return the array and the index that `x.flat[k]` is."""
    parts = parts_of(state, node.slice)
    (at, *more) = parts
    if more or isinstance(at, Slice | Known) or state.rank(at) or state.is_truth(at):
        hint = "write the loop over the elements, or index the array itself"
        state.fail(node, "E504", "an index of .flat must be one integer", hint)
    assert grid.array is not None
    if len(grid.shape) == 1:
        return grid.array, (at,)
    at = _inside(state, grid, at, node)
    index: list[Atom] = []
    for extent in grid.shape[:0:-1]:
        index.insert(0, state.op(node, "mod", at, extent))
        at = state.op(node, "floordiv", at, extent)
    index.insert(0, at)
    for part in index:
        state.hold(part)
    return grid.array, tuple(index)


def _inside(state: State, grid: GridOf, at: Atom, node: ast.Subscript) -> Atom:
    """Return the place from the first element on; write the test that there is one."""
    size: Atom = Const(1)
    for extent in grid.shape:
        size = state.op(node, "mul", size, extent)
    if not isinstance(at, Const) or at.value < 0:
        is_negative = state.op(node, "lt", at, Const(0))
        at = state.op(node, "select", is_negative, state.op(node, "add", at, size), at)
    for test in (state.op(node, "lt", at, Const(0)), state.op(node, "ge", at, size)):
        failure = Raise(
            IndexError, ("an index of .flat is outside of the array",), state.span(node)
        )
        state.emit(If(test, (failure,), (), state.span(node)), node)
    return at
