"""NumPy functions and methods of whole arrays: reductions, products, and the library.

What is not an operation of the IR is inlined from `srcad.library`, where it is written in
the language that is accepted here.
"""

from __future__ import annotations

import ast

import numpy as np

from srcad import library
from srcad.frontend.array_arguments import (
    array_of,
    as_array,
    axes_of,
    known_rank,
    library_call,
)
from srcad.frontend.array_views import VIEWS, reversed_axes
from srcad.frontend.linalg import FUNCTIONS as LINALG
from srcad.frontend.linalg import OWN, matmul
from srcad.frontend.meaning import NONE, DtypeOf, Known, Meaning, ShapeOf, TupleOf
from srcad.frontend.resolve import dtype_name
from srcad.frontend.scope import as_atom
from srcad.frontend.state import Node, State
from srcad.frontend.structural import HANDLERS as STRUCTURAL
from srcad.frontend.structural import Arguments, Handler, taken
from srcad.ir.nodes import Atom, Const, Slice, Store, Var

__all__ = [
    "HANDLERS",
    "METHODS",
    "array_of",
    "functions",
    "library_call",
    "matmul",
    "reversed_axes",
]


def _flag(state: State, meaning: Meaning | None, node: Node) -> bool:
    if meaning is None:
        return False
    if isinstance(meaning, Const):
        return bool(meaning.value)
    state.fail(node, "E403", "keepdims must be a literal", "write keepdims=True")


def reduction(prim: str) -> Handler:
    """Return the handler of `np.sum` and the like."""

    def handler(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
        source, axis, keepdims = taken(state, arguments, node, "a axis keepdims", 1)
        atom = as_array(state, source, node)
        rank = known_rank(state, atom, node)
        if rank == 0:
            return atom
        axes = axes_of(state, axis, rank, node)
        return state.op(node, prim, atom, static=(axes, _flag(state, keepdims, node)))

    return handler


def _array(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    source, dtype = taken(state, arguments, node, "object dtype", 1)
    if isinstance(source, TupleOf | ShapeOf):
        return array_of(state, source, node, _dtype(state, dtype, node))
    atom = as_atom(state, source or NONE, node, "as an array")
    if dtype is not None and dtype != NONE:
        return _converted(state, atom, dtype, node)
    return state.op(node, "copy", atom) if state.rank(atom) else atom


def _asarray(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    source, dtype = taken(state, arguments, node, "a dtype", 1)
    no_dtype = dtype is None or dtype == NONE
    if isinstance(source, Var) and state.ranks.get(source.name) and no_dtype:
        return source
    return _array(state, arguments, node)


def _dtype(state: State, meaning: Meaning | None, node: Node) -> str | DtypeOf | None:
    if meaning is None or meaning == NONE or isinstance(meaning, DtypeOf):
        return None if meaning == NONE else meaning  # type: ignore[return-value]
    name = dtype_name(meaning.value) if isinstance(meaning, Known) else None
    if name is None:
        hint = "use np.float64, np.float32, an integer type, np.bool_ or x.dtype"
        state.fail(node, "E505", "this dtype is not supported", hint)
    return name


def _converted(state: State, atom: Atom, dtype: Meaning, node: Node) -> Var:
    found = _dtype(state, dtype, node)
    if isinstance(found, DtypeOf):
        return state.op(node, "cast_like", atom, found.array)
    return state.op(node, "cast", atom, static=(found,))


def _astype(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    source, dtype = taken(state, arguments, node, "a dtype", 2)
    return _converted(state, as_array(state, source, node), dtype or NONE, node)


def _result_type(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    atoms = [as_array(state, item, node) for item in arguments.positional]
    return DtypeOf(state.op(node, "promoted", *atoms))


def from_library(name: str) -> Handler:
    """Return the handler of a function that the library has under this name."""

    def handler(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
        return library_call(state, library.FUNCTIONS[name], arguments, node)

    return handler


def _fill(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    source, value = taken(state, arguments, node, "a value", 2)
    assert isinstance(source, Var)
    atom = as_atom(state, value or NONE, node, "as a fill value")
    rank = known_rank(state, source, node)
    index = tuple(Slice() for _ in range(rank))
    state.emit(Store(source, index, atom, state.span(node)), node)
    return NONE


def _builtin(prim: str, name: str) -> Handler:
    """Return the handler of `sum(x)`, `max(x)` and `min(x)` of Python."""

    def handler(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
        items = arguments.positional
        if len(items) == 1 and isinstance(items[0], Var) and state.rank(items[0]) == 1:
            return reduction(prim)(state, arguments, node)
        return STRUCTURAL[name](state, arguments, node)

    return handler


FUNCTIONS: dict[str, tuple[str, Handler]] = (
    VIEWS
    | LINALG
    | {
        "sum": ("np.sum", reduction("sum")),
        "prod": ("np.prod", reduction("prod")),
        "mean": ("np.mean", reduction("mean")),
        "amax": ("np.max", reduction("amax")),
        "amin": ("np.min", reduction("amin")),
        "any": ("np.any", reduction("any")),
        "all": ("np.all", reduction("all")),
        "array": ("np.array", _array),
        "asarray": ("np.asarray", _asarray),
        "ascontiguousarray": ("np.ascontiguousarray", _asarray),
        "result_type": ("np.result_type", _result_type),
        **{name: (f"np.{name}", from_library(name)) for name in library.NUMPY},
        "linalg_pinv": ("np.linalg.pinv", from_library("pinv")),
    }
)

ALIASES = {"np.amax": "amax", "np.amin": "amin", "np.permute_dims": "transpose"}

HANDLERS: dict[str, Handler] = {
    **{f"array {name}": handler for name, (_, handler) in (FUNCTIONS | OWN).items()},
    "sum": _builtin("sum", "sum"),
    "max": _builtin("amax", "max"),
    "min": _builtin("amin", "min"),
}

METHODS: dict[str, Handler] = {
    **{name: FUNCTIONS[name][1] for name in library.METHODS},
    **{name: FUNCTIONS[name][1] for name in ("sum", "prod", "mean", "any", "all", "dot")},
    **{
        name: FUNCTIONS[name][1]
        for name in ("transpose", "swapaxes", "squeeze", "reshape", "ravel")
    },
    "max": reduction("amax"),
    "min": reduction("amin"),
    "copy": STRUCTURAL["copy"],
    "flatten": from_library("ravel"),
    "astype": _astype,
    "fill": _fill,
}


def functions() -> dict[int, str]:
    """Return the name of the handler of each NumPy function, by identity."""
    found = {id(function): f"array {name}" for name, (function, _) in OWN.items()}
    names = {spelling: name for name, (spelling, _) in FUNCTIONS.items()} | ALIASES
    for spelling, name in names.items():
        parts = spelling.split(".")
        obj: object = np
        for part in parts[1:]:
            obj = getattr(obj, part, None)
        if obj is not None:
            found[id(obj)] = f"array {name}"
    return found
