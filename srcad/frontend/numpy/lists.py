"""Built-in functions that make lists and dicts: `list`, `sorted`, `dict`."""

from __future__ import annotations

import ast

from srcad import library
from srcad.frontend.names.meaning import NONE, ListOf, Meaning, RangeOf, RecordOf, TupleOf, noun
from srcad.frontend.names.records import dict_made, in_order, keys_of
from srcad.frontend.names.state import State
from srcad.frontend.names.structural import Arguments, Handler, taken
from srcad.frontend.numpy.arguments import as_array, library_call
from srcad.frontend.numpy.sharing import mark_items
from srcad.ir.nodes import Var


def _list(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    (source,) = taken(state, arguments, node, "iterable", 1)
    match source:
        case TupleOf(items=items):
            return TupleOf(items, is_list=True)
        case RecordOf(record=record) if record.kind is dict:
            return TupleOf(keys_of(source).items, is_list=True)
        case ListOf(array=array) | (Var() as array) if state.rank(array):
            copied = state.op(node, "copy", array)
            state.hold(copied)
            mark_items(state, copied, array, node)
            return ListOf(copied)
        case RangeOf(start=start, stop=stop, step=step):
            given = Arguments((start, stop, step), {})
            found = library_call(state, library.FUNCTIONS["arange"], given, node)
            return ListOf(found) if isinstance(found, Var) else NONE
    hint = "use np.array or np.arange"
    state.fail(node, "E202", f"a list of {noun(source or NONE)} is not supported", hint)


def _sorted(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    (source,) = taken(state, arguments, node, "iterable", 1)
    if isinstance(source, RecordOf) and source.record.kind is dict:
        source = keys_of(source)
    known = in_order(source.items) if isinstance(source, TupleOf) and source.items else None
    if known is not None:
        return TupleOf(known, is_list=True)
    given = Arguments((as_array(state, source, node),), {})
    found = library_call(state, library.FUNCTIONS["sort"], given, node)
    return ListOf(found) if isinstance(found, Var) else NONE


LISTS: dict[str, Handler] = {
    "builtin list": _list,
    "builtin sorted": _sorted,
    "builtin dict": dict_made,
}
