"""Results that are written into an array that is there already: `out=`."""

from __future__ import annotations

import ast
import inspect

import numpy as np

from srcad.frontend.names.meaning import NONE, Meaning, TupleOf
from srcad.frontend.names.scope import as_atom
from srcad.frontend.names.state import Node, State
from srcad.frontend.names.structural import Arguments
from srcad.ir.nodes import Atom, Const, Slice, Store, Var

UFUNC_WORDS = ("where", "casting", "order", "dtype", "subok", "signature")


def check_writable(state: State, array: Var, node: Node) -> None:
    """Report a write to an array that the function captures."""
    captured = {name for name, _ in state.constants.values()}
    if array.name in captured or array in state.hidden.values():
        message = f"'{array.name}' is a captured array, which is read-only"
        state.fail(node, "E205", message, "pass it as an argument, or write to a copy")


def into(state: State, out: Meaning | None, result: Meaning, node: Node) -> Atom:
    """Return a result, written into `out` if that is given."""
    atom = as_atom(state, result, node, "as a result with 'out'")
    if isinstance(out, TupleOf) and len(out.items) == 1:
        out = out.items[0]
    if out is None or out == NONE:
        return atom
    if not isinstance(out, Var) or not state.rank(out):
        state.fail(node, "E403", "'out' must be an array", "pass an array, or assign the result")
    write(state, out, atom, node)
    return out


def write(state: State, array: Var, value: Atom, node: Node) -> None:
    """Write a result into `array[...]`, which must be of its kind."""
    check_writable(state, array, node)
    index = tuple(Slice() for _ in range(state.rank(array) or 0))
    state.emit(Store(array, index, value, state.span(node), same_kind=True), node)


def without_out(
    state: State, func: object, arguments: Arguments, node: ast.Call
) -> tuple[Arguments, Meaning | None]:
    """Return the arguments of a call without `out`, and that."""
    positional, named = arguments.positional, dict(arguments.named)
    out: Meaning | None = None
    if isinstance(func, np.ufunc):
        positional, rest = positional[: func.nin], positional[func.nin :]
        if len(rest) == 1 and func.nout == 1:
            out = rest[0]
        elif rest:
            positional += rest
        for word in UFUNC_WORDS:
            if named.pop(word, None) not in (None, Const(value=True), NONE):
                hint = (
                    "write np.where(mask, ..., ...)" if word == "where" else "convert with astype()"
                )
                message = f"'{word}' of '{ast.unparse(node.func)}' is not supported"
                state.fail(node, "E403", message, hint)
    if "out" in named and _has_out(func):
        out = named.pop("out")
    return Arguments(positional, named), out


def _has_out(func: object) -> bool:
    """Return whether a function of NumPy takes `out`."""
    if isinstance(func, np.ufunc):
        return True
    if not str(getattr(func, "__module__", "")).startswith("numpy"):
        return False
    try:
        return "out" in inspect.signature(func).parameters  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return False
