"""Arrays and indices that NumPy writes in brackets: `np.r_`, `np.c_`, `np.s_`."""

from __future__ import annotations

import ast

from srcad import library
from srcad.frontend.names.meaning import (
    Known,
    Meaning,
    SliceOf,
    noun,
)
from srcad.frontend.names.state import Node, State
from srcad.frontend.names.structural import Arguments
from srcad.frontend.numpy.arguments import as_array
from srcad.frontend.numpy.arrays import library_call
from srcad.frontend.numpy.index_parts import bound
from srcad.frontend.numpy.joins import joined as joined_arrays
from srcad.frontend.numpy.views import expanded
from srcad.ir.nodes import Atom, Const, Var


def as_value(state: State, part: ast.expr) -> Meaning:
    """Return a part of an index as a value."""
    if not isinstance(part, ast.Slice):
        return state.expr(state, part)
    ends = (part.lower, part.upper, part.step)
    return SliceOf(*(None if e is None else bound(state, e) for e in ends))


def display(state: State, node: ast.Subscript, *, in_columns: bool) -> Meaning:
    """Return `np.r_[...]` or `np.c_[...]`: the parts as one array."""
    parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    atoms: list[Atom] = []
    for part in parts:
        value = as_value(state, part)
        if isinstance(value, SliceOf):
            ends = tuple(e for e in (value.start or Const(0), value.stop, value.step) if e)
            if value.stop is None:
                state.fail(part, "E504", "a range needs an end here", "write a:b")
            func = library.FUNCTIONS["arange"]
            value = library_call(state, func, Arguments(ends, {}), node)
        if isinstance(value, Known):
            hint = "use np.concatenate or np.stack"
            state.fail(part, "E208", f"{noun(value)} in such a display is not supported", hint)
        atoms.append(as_array(state, value, part))
    arrays = [atom for atom in atoms if state.rank(atom)]
    model = state.op(node, "promoted", *(arrays or atoms), *atoms)
    rows = [_row(state, atom, model, node) for atom in atoms]
    if in_columns:
        rows = [expanded(state, r, (1,), node) if state.rank(r) == 1 else r for r in rows]
    return joined_arrays(state, rows, -1, node, stack=False)


def _row(state: State, atom: Atom, model: Var, node: Node) -> Atom:
    """Return a number as an array of one element."""
    if state.rank(atom):
        return atom
    return state.op(node, "full", atom, model, Const(1), static=("like",))
