"""The parts of an index, as they are written between brackets."""

from __future__ import annotations

import ast
import builtins

from srcad.frontend.names.meaning import (
    Known,
    ListOf,
    Meaning,
    SliceOf,
    TupleOf,
)
from srcad.frontend.names.scope import as_atom
from srcad.frontend.names.state import State
from srcad.frontend.numpy.arrays import array_of
from srcad.ir.nodes import Atom, Const, Slice

NEWAXIS = Known(None)
ELLIPSIS = Known(...)
Part = Atom | Slice | Known


def parts_of(state: State, node: ast.expr) -> tuple[Part, ...]:
    """Return the parts of an index, in order."""
    parts = node.elts if isinstance(node, ast.Tuple) else [node]
    found: list[Part] = []
    for part in parts:
        if isinstance(part, ast.Slice):
            ends = (part.lower, part.upper, part.step)
            found.append(Slice(*(None if e is None else bound(state, e) for e in ends)))
            continue
        meaning = state.expr(state, part)
        if isinstance(meaning, TupleOf) and part is node and not meaning.is_list:
            found += [part_of(state, item, part) for item in meaning.items]
        elif isinstance(meaning, TupleOf):
            found.append(array_of(state, meaning, part))
        else:
            found.append(part_of(state, meaning, part))
    return tuple(found)


def part_of(state: State, item: Meaning, node: ast.expr) -> Part:
    """Return a part of an index that is given as a tuple."""
    match item:
        case Known(value=None | builtins.Ellipsis):
            return item
        case Known(value=slice() as fixed):
            ends = (fixed.start, fixed.stop, fixed.step)
            if all(end is None or isinstance(end, int) for end in ends):
                return Slice(*(None if end is None else Const(int(end)) for end in ends))
            return position(state, item, node)
        case SliceOf(start=start, stop=stop, step=step):
            return Slice(start, stop, step)
        case ListOf(array=array):
            return array
        case TupleOf():
            return array_of(state, item, node)
        case _:
            return position(state, item, node)


def bound(state: State, node: ast.expr) -> Atom | None:
    """Return one end of a slice; None for the end of the axis."""
    meaning = state.expr(state, node)
    return None if meaning == Known(None) else position(state, meaning, node)


def position(state: State, meaning: Meaning, node: ast.expr) -> Atom:
    """Return one integer of an index."""
    atom = as_atom(state, meaning, node, "as an index")
    if isinstance(atom, Const) and type(atom.value) is not int:
        state.fail(node, "E504", "an index must be an integer", "use int(...) or //")
    return atom
