"""Calls of reductions: `np.sum` and the like, their methods, and Python's own."""

from __future__ import annotations

import ast

import numpy as np

from srcad import library
from srcad.frontend.names.meaning import NONE, Known, ListOf, Meaning, TupleOf
from srcad.frontend.names.scope import as_atom
from srcad.frontend.names.state import Node, State
from srcad.frontend.names.structural import HANDLERS as STRUCTURAL
from srcad.frontend.names.structural import Arguments, Handler, taken
from srcad.frontend.numpy.arguments import (
    as_array,
    axes_of,
    converted,
    known_rank,
    library_call,
)
from srcad.frontend.numpy.joins import flattened, joined
from srcad.frontend.numpy.outputs import into
from srcad.frontend.numpy.views import expanded
from srcad.ir.nodes import Atom, Const, Var

ORDER = {
    "sum": "a axis dtype out keepdims initial where",
    "prod": "a axis dtype out keepdims initial where",
    "mean": "a axis dtype out keepdims where",
    "amax": "a axis out keepdims initial where",
    "amin": "a axis out keepdims initial where",
    "any": "a axis out keepdims where",
    "all": "a axis out keepdims where",
}
"""The arguments of each reduction, as NumPy orders them."""

UFUNC_ORDER = "a axis dtype out keepdims initial where"
"""The arguments of `np.add.reduce`."""

FIRST = "first"
"""Marks the reductions that compare each element with what was found before, as Python does."""

JOINED = {"sum": "add", "prod": "mul", "amax": "maximum", "amin": "minimum"}
"""What joins a reduction with its initial value."""

NEUTRAL: dict[str, Meaning] = {
    "sum": Const(0),
    "prod": Const(1),
    "any": Const(value=False),
    "all": Const(value=True),
}
"""What stands where a mask is false, for the reductions that need no initial value."""


WIDE = (NONE, Known(float), Known(np.float64), Known(np.float32))
"""No dtype, or dtypes that sums keep: those of narrow integers are wider."""


def reduction(prim: str, order: str | None = None) -> Handler:
    """Return the handler of `np.sum` and the like."""
    names = order or ORDER[prim]

    def handler(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
        found = dict(zip(names.split(), taken(state, arguments, node, names, 1), strict=True))
        if order is not None and found["axis"] is None:
            found["axis"] = Const(0)
        mask = found["where"]
        if mask in (None, Const(value=True)):
            result: Meaning = _reduced(state, prim, found, node)
        elif prim == "mean":
            result = _mean_of_chosen(state, found, node)
        else:
            found["a"] = _chosen(state, prim, found, node)
            result = _reduced(state, prim, found, node)
        return into(state, found["out"], result, node)

    return handler


def _chosen(state: State, prim: str, found: dict[str, Meaning | None], node: ast.Call) -> Meaning:
    """Return the array with what changes no result where the mask is false."""
    neutral: Meaning | None = NEUTRAL.get(prim, found.get("initial"))
    if neutral is None or neutral == NONE:
        hint = "pass initial=, or write np.max(x[mask])"
        state.fail(node, "E403", "'where' of a maximum or minimum needs 'initial'", hint)
    given = Arguments((_whole(state, found, node), found["where"] or NONE, neutral), {})
    return library_call(state, library.FUNCTIONS["chosen"], given, node)


def _mean_of_chosen(state: State, found: dict[str, Meaning | None], node: ast.Call) -> Meaning:
    """Return the mean of the elements where the mask is true."""
    flag = Const(_flag(state, found["keepdims"], node))
    given = (_whole(state, found, node), found["where"] or NONE, found["axis"] or NONE, flag)
    return library_call(state, library.FUNCTIONS["mean_of_chosen"], Arguments(given, {}), node)


def _whole(state: State, found: dict[str, Meaning | None], node: ast.Call) -> Atom:
    """Return the array of a reduction with a mask, as the dtype that is asked for."""
    atom = as_array(state, found["a"], node)
    if (dtype := found.pop("dtype", None) or NONE) != NONE:
        atom = converted(state, atom, dtype, node)
    if not known_rank(state, atom, node):
        state.fail(node, "E403", "'where' of the reduction of a number", "write an if")
    return atom


def _reduced(state: State, prim: str, found: dict[str, Meaning | None], node: ast.Call) -> Atom:
    atom = as_array(state, found["a"], node)
    dtype = found.get("dtype") or NONE
    if dtype != NONE:
        atom = converted(state, atom, dtype, node)
    rank = known_rank(state, atom, node)
    if rank == 0:
        atom = _number(state, prim, atom, found["axis"], node)
    given = found.get("initial") or NONE
    initial = None if given == NONE else as_atom(state, given, node, "as a start")
    if prim in {"amax", "amin"} and initial is not None and rank and found["axis"] in (None, NONE):
        start = state.op(node, "cast_like", initial, atom)
        row = expanded(state, start, (0,), node)
        atom = joined(state, [flattened(state, atom, node), row], 0, node, stack=False)
        initial, rank = None, 1
    if rank == 0:
        result = state.op(node, "ne", atom, Const(0)) if prim in {"any", "all"} else atom
    else:
        axes = axes_of(state, found["axis"], rank, node)
        static = (axes, _flag(state, found["keepdims"], node))
        result = state.op(node, prim, atom, static=static)
        if prim in {"sum", "prod"} and dtype not in WIDE:
            result = converted(state, result, dtype, node)
    if initial is None:
        return result
    state.hold(result)
    start = state.op(node, "cast_like", initial, result)
    if prim in {"sum", "prod"}:
        return state.op(node, JOINED[prim], start, result)
    return state.op(node, JOINED[prim], result, start)


def _number(state: State, prim: str, atom: Atom, axis: Meaning | None, node: ast.Call) -> Atom:
    """Return a number as it is reduced: NumPy takes some axes of numbers too."""
    if axis not in (None, NONE) and (prim == "mean" or axis not in (Const(0), Const(-1))):
        state.fail(node, "E503", "a number has no axes", "leave out the axis")
    if prim in {"sum", "prod"} and state.is_truth(atom):
        return state.op(node, "cast", atom, static=("int64",))
    return state.op(node, "div", atom, Const(1)) if prim == "mean" else atom


def _flag(state: State, meaning: Meaning | None, node: Node) -> bool:
    if meaning is None:
        return False
    if isinstance(meaning, Const):
        return bool(meaning.value)
    state.fail(node, "E403", "keepdims must be a literal", "write keepdims=True")


# Python's own -----------------------------------------------------------------------


def _elements(state: State, arguments: Arguments) -> Var | None:
    """Return the one-dimensional array that is the only argument, or None."""
    if not arguments.positional or arguments.named:
        return None
    first = arguments.positional[0]
    array = first.array if isinstance(first, ListOf) else first
    return array if isinstance(array, Var) and state.rank(array) == 1 else None


def _extremum(prim: str, name: str) -> Handler:
    """Return the handler of `max` or `min`: a NaN is found if it comes first, else passed over."""

    def handler(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
        array = _elements(state, arguments)
        if array is None or len(arguments.positional) > 1:
            return STRUCTURAL[name](state, arguments, node)
        return state.op(node, prim, array, static=((0,), False, FIRST))

    return handler


def _sum(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    array, start = _elements(state, arguments), arguments.positional[1:]
    if array is None or len(start) > 1:
        return STRUCTURAL["sum"](state, arguments, node)
    total = state.op(node, "sum", array, static=((0,), False))
    return state.op(node, "add", as_atom(state, start[0], node), total) if start else total


def _truth(prim: str) -> Handler:
    """Return the handler of `any` and `all`."""

    def handler(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
        (source,) = taken(state, arguments, node, "iterable", 1)
        if isinstance(source, ListOf):
            source = source.array
        atom = as_array(state, source, node)
        if known_rank(state, atom, node) != 1 or (source == TupleOf(())):
            hint = f"write np.{prim}(...)"
            state.fail(node, "E208", f"{prim}() of this is not supported", hint)
        return state.op(node, prim, atom, static=((0,), False))

    return handler


BUILTINS: dict[str, Handler] = {
    "sum": _sum,
    "max": _extremum("amax", "max"),
    "min": _extremum("amin", "min"),
    "builtin any": _truth("any"),
    "builtin all": _truth("all"),
}

REDUCTIONS: dict[str, tuple[str, Handler]] = {
    name: (f"np.{ {'amax': 'max', 'amin': 'min'}.get(name, name) }", reduction(name))
    for name in ORDER
}
"""Handlers of NumPy functions, by name, with their spelling."""
