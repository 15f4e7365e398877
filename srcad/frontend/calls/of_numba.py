"""Functions that Numba makes of Python functions: what runs is what is differentiated.

@vectorize     the function for each element: [f(v, w) for v, w in zip(x, y)]
cfunc          the Python function
"""

from __future__ import annotations

import ast
from types import FunctionType

import numpy as np
from numba.np.ufunc.dufunc import DUFunc

from srcad.backend.numba_kernels import is_for_given_types, python_part
from srcad.frontend.calls.kernels import converted
from srcad.frontend.names.meaning import Known, ListOf, Meaning, ShapeOf, TupleOf, ZipOf
from srcad.frontend.names.scope import as_atom
from srcad.frontend.names.state import Frame, State
from srcad.frontend.names.structural import Arguments
from srcad.frontend.numpy.arguments import as_array
from srcad.frontend.numpy.outputs import into
from srcad.frontend.numpy.views import VIEWS
from srcad.ir.nodes import Atom, Var

FUNCTION = "function()"
"""What the function is called in the frame of its call: no name of the user's."""


def vectorized(state: State, func: DUFunc, arguments: Arguments, node: ast.Call) -> Meaning:
    """Return the meaning of a call of a `@vectorize` function."""
    plain = python_part(func)
    name = ast.unparse(node.func)
    positional, out = arguments.positional, arguments.named.get("out")
    if len(positional) == func.nin + 1 and out is None:
        positional, out = positional[:-1], positional[-1]
    if set(arguments.named) - {"out"} or len(positional) != func.nin:
        message = f"'{name}' takes {func.nin} arguments by position here"
        state.fail(node, "E403", message, "pass each of them once")
    atoms = [as_array(state, arg, node) for arg in positional]
    if not is_for_given_types(func):
        return into(state, out, _by_element(state, plain, atoms, node), node)
    rows = [[np.dtype(char).name for char in kind.replace("->", "")] for kind in func.types]
    atoms, model, (dtype,) = converted(state, name, rows, atoms, node)
    for atom in atoms:
        state.hold(atom)
    found = as_array(state, _by_element(state, plain, atoms, node), node)
    if dtype is None:
        assert model is not None
        found = state.op(node, "cast_like", found, model)
    else:
        found = state.op(node, "cast", found, static=(dtype,))
    return into(state, out, found, node)


def _by_element(
    state: State, plain: FunctionType | None, atoms: list[Atom], node: ast.Call
) -> Meaning:
    """Return what a function gives for each element of arrays that are broadcast."""
    arrays = [atom for atom in atoms if state.rank(atom)]
    if not arrays:
        return state.call(state, Known(plain), Arguments(tuple(atoms), {}), node)
    whole = tuple(arrays)
    if len(whole) > 1:
        given = VIEWS["broadcast_arrays"][1](state, Arguments(whole, {}), node)
        assert isinstance(given, TupleOf)
        whole = tuple(as_atom(state, item, node) for item in given.items)
    for atom in whole:
        state.hold(atom)
    flat = tuple(VIEWS["ravel"][1](state, Arguments((atom,), {}), node) for atom in whole)
    result = _comprehended(state, Known(plain), atoms, flat, node)
    first = whole[0]
    assert isinstance(first, Var)
    if state.rank(first) == 1:
        return result
    return VIEWS["reshape"][1](state, Arguments((result, ShapeOf(first)), {}), node)


def _comprehended(
    state: State, function: Meaning, atoms: list[Atom], flat: tuple[Meaning, ...], node: ast.Call
) -> Var:
    """Return the array of what the function gives for each element."""
    outer = state.frame
    home = Frame(outer.name, outer.source, outer.plan, outer.survey, outer, at=outer.at)
    home.env[FUNCTION] = function
    given: list[ast.expr] = []
    targets: list[ast.expr] = []
    for k, atom in enumerate(atoms):
        if state.rank(atom):
            given.append(ast.Name(f"item@{k}", ast.Load()))
            targets.append(ast.Name(f"item@{k}", ast.Store()))
        else:
            home.env[f"number{k}()"] = atom
            state.hold(atom)
            given.append(ast.Name(f"number{k}()", ast.Load()))
    element = ast.Call(ast.Name(FUNCTION, ast.Load()), given, [])
    target = targets[0] if len(targets) == 1 else ast.Tuple(targets, ast.Store())
    tree = ast.ListComp(element, [ast.comprehension(target, element, [], 0)])
    for part in ast.walk(tree):
        if isinstance(part, ast.expr):
            ast.copy_location(part, node)
    source = flat[0] if len(flat) == 1 else ZipOf(flat)
    with state.inside(home):
        found = state.comprehension(state, tree, source)
    assert isinstance(found, ListOf)
    return found.array
