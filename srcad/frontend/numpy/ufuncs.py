"""Methods of universal functions: `np.add.outer`, `.reduce`, `.accumulate`, `.at`."""

from __future__ import annotations

import ast

import numpy as np

from srcad import library
from srcad.frontend.names.meaning import Meaning, TupleOf
from srcad.frontend.names.state import State
from srcad.frontend.names.structural import Arguments, taken
from srcad.frontend.numpy.arguments import as_array, known_rank, library_call
from srcad.frontend.numpy.reduced import UFUNC_ORDER, reduction
from srcad.frontend.numpy.views import expanded
from srcad.frontend.syntax.resolve import Primitive
from srcad.ir.nodes import Const

REDUCED = {
    np.add: "sum",
    np.multiply: "prod",
    np.maximum: "amax",
    np.minimum: "amin",
    np.logical_and: "all",
    np.logical_or: "any",
}
RUNNING = {
    np.add: "cumsum",
    np.multiply: "cumprod",
    np.maximum: "running_max",
    np.minimum: "running_min",
}
SIGNS = {np.add: 1, np.subtract: -1}


def method(
    state: State, ufunc: np.ufunc, name: str, arguments: Arguments, node: ast.Call
) -> Meaning:
    """Return what a method of a universal function gives."""
    if name == "outer":
        return _outer(state, ufunc, arguments, node)
    if name == "reduce" and ufunc in REDUCED:
        return reduction(REDUCED[ufunc], UFUNC_ORDER)(state, arguments, node)
    if name == "accumulate" and ufunc in RUNNING:
        source, axis = taken(state, arguments, node, "array axis", 1)
        given = Arguments((as_array(state, source, node), axis or Const(0)), {})
        return library_call(state, library.FUNCTIONS[RUNNING[ufunc]], given, node)
    if name == "at" and ufunc in SIGNS:
        target, index, change = taken(state, arguments, node, "a indices b", 3)
        items = index.items if isinstance(index, TupleOf) and not index.is_list else (index,)
        arrays = tuple(as_array(state, item, node) for item in items)
        func = library.FUNCTIONS[f"add_at_{len(arrays)}"] if len(arrays) < 3 else None
        if func is not None and target is not None:
            value = as_array(state, change, node)
            given = Arguments((target, *arrays, value, Const(SIGNS[ufunc])), {})
            return library_call(state, func, given, node)
    message = f"'np.{ufunc.__name__}.{name}' is not supported"
    state.fail(node, "E208", message, "write the loop over the elements")


def _outer(state: State, ufunc: np.ufunc, arguments: Arguments, node: ast.Call) -> Meaning:
    """Return a function of all pairs of elements."""
    callee = state.resolver.callee(ufunc)
    a, b = (as_array(state, part, node) for part in taken(state, arguments, node, "A B", 2))
    if not isinstance(callee, Primitive):
        message = f"'np.{ufunc.__name__}' is not supported"
        state.fail(node, "E208", message, "write the loop over the elements")
    before, behind = known_rank(state, a, node), known_rank(state, b, node)
    if before and behind:
        a = expanded(state, a, tuple(range(before, before + behind)), node)
    return state.op(node, callee.name, a, b)
