"""Random numbers: draws are calls that stay calls, one for each draw, in the user's order."""

from __future__ import annotations

import ast

from srcad import library
from srcad.frontend.names.meaning import NONE, Known, Meaning, TupleOf
from srcad.frontend.names.scope import as_atom
from srcad.frontend.names.state import State
from srcad.frontend.names.structural import Arguments, Handler
from srcad.frontend.numpy.arguments import library_call
from srcad.ir.nodes import Call, Var
from srcad.ir.printed import Drawn

INTEGERS = frozenset(
    {"binomial", "geometric", "negative_binomial", "poisson", "logseries", "zipf", "randint"}
)
"""Distributions of integers."""


def draw(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    """Write a draw of one number, or the seed of the generator."""
    name, *parameters = arguments.positional
    assert isinstance(name, Known)
    atoms = tuple(as_atom(state, value, node) for value in parameters if value != NONE)
    text = f"np.random.{name.value}({', '.join(['{}'] * len(atoms))})"
    if name.value == "seed":
        state.emit(Call((), Drawn(text), "np.random.seed", atoms, state.span(node)), node)
        return NONE
    target = Var(state.names.temporary())
    drawn = Drawn(text, "int64" if name.value in INTEGERS else "float64")
    state.ranks[target.name] = 0
    state.emit(Call((target,), drawn, f"np.random.{name.value}", atoms, state.span(node)), node)
    return target


def of_extents(name: str) -> Handler:
    """Return the handler of a function that takes the extents of its result one by one."""

    def handler(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
        extents = arguments.positional
        given = Arguments((TupleOf(extents),) if extents else (), arguments.named)
        return library_call(state, library.FUNCTIONS[name], given, node)

    return handler


def draw_array(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    """Write a draw of an array of integers."""
    name, value = arguments.positional
    assert isinstance(name, Known)
    target = Var(state.names.temporary())
    state.ranks[target.name] = 1
    drawn = Drawn(f"np.random.{name.value}({{}})", "int64", 1)
    atoms = (as_atom(state, value, node),)
    state.emit(Call((target,), drawn, f"np.random.{name.value}", atoms, state.span(node)), node)
    return target
