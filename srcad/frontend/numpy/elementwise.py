"""Calls of functions of each element that are more than one operation."""

from __future__ import annotations

import ast

from srcad import library
from srcad.frontend.names.meaning import NONE, Meaning, TupleOf
from srcad.frontend.names.scope import as_atom
from srcad.frontend.names.state import State
from srcad.frontend.names.structural import Arguments, Handler, taken
from srcad.frontend.numpy.arguments import as_array, known_rank, library_call
from srcad.frontend.numpy.outputs import into, write
from srcad.ir.nodes import Atom, Const, Var


def _where(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    condition, x, y = taken(state, arguments, node, "condition x y", 1)
    atom = as_array(state, condition, node)
    if x is None and y is None:
        return library_call(state, library.FUNCTIONS["nonzero"], Arguments((atom,), {}), node)
    values = (as_array(state, part, node) for part in (x, y))
    return state.op(node, "select", atom, *values)


def _clip(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    """Return `x` within bounds, either of which may be missing."""
    names = {"min": "a_min", "max": "a_max"}
    named = {names.get(name, name): value for name, value in arguments.named.items()}
    arguments = Arguments(arguments.positional, named)
    source, low, high, out = taken(state, arguments, node, "a a_min a_max out", 1)
    atom = as_array(state, source, node)
    least, most = (None if b in (None, NONE) else as_array(state, b, node) for b in (low, high))
    if least is not None and most is not None:
        return into(state, out, state.op(node, "clip", atom, least, most), node)
    result = atom
    if most is not None:
        result = _bounded(state, "gt", atom, most, node)
    elif least is not None:
        result = _bounded(state, "lt", atom, least, node)
    elif state.rank(atom):
        result = state.op(node, "copy", atom)
    return into(state, out, result, node)


def _bounded(state: State, test: str, atom: Atom, bound: Atom, node: ast.Call) -> Atom:
    """Return `x`, or the bound that it is beyond; a bound that is nan always is."""
    beyond = state.op(node, test, atom, bound)
    if not isinstance(bound, Const):
        state.hold(beyond)
        beyond = state.op(node, "bitor", beyond, state.op(node, "ne", bound, bound))
    return state.op(node, "select", beyond, bound, atom)


def _around(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    source, decimals, out = taken(state, arguments, node, "a decimals out", 1)
    given = () if decimals is None else (as_atom(state, decimals, node, "as a count"),)
    result = state.op(node, "around", as_array(state, source, node), *given)
    return into(state, out, result, node)


def _select(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    conditions, choices, default = taken(state, arguments, node, "condlist choicelist default", 2)
    if not isinstance(conditions, TupleOf) or not isinstance(choices, TupleOf):
        state.fail(node, "E403", "np.select() takes two lists here", "write the lists out")
    if len(conditions.items) != len(choices.items) or not choices.items:
        state.fail(node, "E403", "as many choices as conditions are needed", "make them alike")
    result = as_array(state, Const(0) if default is None else default, node)
    for condition, choice in zip(conditions.items[::-1], choices.items[::-1], strict=True):
        parts = (as_array(state, condition, node), as_array(state, choice, node))
        if not state.is_truth(parts[0]):
            state.fail(node, "E403", "the conditions of np.select() are bools", "compare: x != 0")
        result = state.op(node, "select", *parts, result)
    return result


def _divmod(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    a, b = (as_array(state, part, node) for part in taken(state, arguments, node, "x1 x2", 2))
    return TupleOf((state.op(node, "floordiv", a, b), state.op(node, "mod", a, b)))


def _copyto(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    target, source = taken(state, arguments, node, "dst src", 2)
    if not isinstance(target, Var) or not state.rank(target):
        state.fail(node, "E403", "np.copyto() needs an array to write to", "assign the value")
    write(state, target, as_array(state, source, node), node)
    return NONE


def _item(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    (source,) = taken(state, arguments, node, "a", 1)
    atom = as_array(state, source, node)
    if known_rank(state, atom, node):
        state.fail(node, "E208", "item() of an array is not supported", "index the element")
    return atom


def _same(prim: str) -> Handler:
    """Return the handler of another name of a primitive."""

    def handler(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
        (source,) = taken(state, arguments, node, "x", 1)
        return state.op(node, prim, as_array(state, source, node))

    return handler


ELEMENTWISE: dict[str, tuple[str, Handler]] = {
    "where": ("np.where", _where),
    "clip": ("np.clip", _clip),
    "around": ("np.round", _around),
    "select": ("np.select", _select),
    "divmod": ("np.divmod", _divmod),
    "copyto": ("np.copyto", _copyto),
    "fix": ("np.fix", _same("trunc")),
    "item": ("", _item),
}
"""Handlers of NumPy functions, by name, with their spelling."""
