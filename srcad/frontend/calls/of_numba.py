"""Functions that Numba makes of Python functions: what runs is what is differentiated.

@vectorize     the function for each element: [f(v, w) for v, w in zip(x, y)]
@overload      the implementation that stands for the function in compiled code, never the
Python function itself, where Numba chooses it whatever the numbers are
cfunc          the Python function
"""

from __future__ import annotations

import ast
from types import FunctionType
from typing import Any

from numba.core import types
from numba.core.typing.templates import builtin_registry
from numba.np.ufunc.dufunc import DUFunc

from srcad.backend.numba_kernels import is_for_given_types, python_part
from srcad.frontend.names.meaning import Known, ListOf, Meaning, ShapeOf, TupleOf, ZipOf
from srcad.frontend.names.scope import as_atom
from srcad.frontend.names.state import Frame, State
from srcad.frontend.names.structural import Arguments
from srcad.frontend.numpy.arguments import as_array
from srcad.frontend.numpy.views import VIEWS
from srcad.ir.nodes import Atom, Const, Var

FUNCTION = "function()"
"""What the function is called in the frame of its call: no name of the user's."""


def vectorized(state: State, func: DUFunc, arguments: Arguments, node: ast.Call) -> Meaning:
    """Return the meaning of a call of a `@vectorize` function."""
    plain = python_part(func)
    name = ast.unparse(node.func)
    if arguments.named or len(arguments.positional) != func.nin:
        message = f"'{name}' takes {func.nin} arguments by position here"
        state.fail(node, "E403", message, "pass each of them once")
    atoms = [as_array(state, arg, node) for arg in arguments.positional]
    if is_for_given_types(func):  # which arguments are converted to
        atoms = _converted(state, func, atoms, node)
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


def _converted(state: State, func: DUFunc, atoms: list[Atom], node: ast.Call) -> list[Atom]:
    """Return arguments of the dtypes that a function was compiled for."""
    if len(func.types) != 1 or not set(func.types[0]) <= set("d->"):
        hint = "write @vectorize without signatures"
        name = ast.unparse(node.func)
        message = f"'{name}' is compiled for other types than float64 alone"
        state.fail(node, "E402", message, hint)
    return [
        atom if isinstance(atom, Const) else state.op(node, "cast", atom, static=("float64",))
        for atom in atoms
    ]


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


def overloaded(
    state: State, func: FunctionType, arguments: Arguments, node: ast.Call
) -> FunctionType | None:
    """Return what runs in compiled code in place of a Python function, None if it is itself."""
    makers = [
        maker
        for known, type_ in builtin_registry.globals
        if known is func
        for template in getattr(type_, "templates", ())
        if (maker := getattr(template, "_overload_func", None)) is not None
        and not maker.__qualname__.startswith("register_jitable.")
    ]
    if not makers:
        return None
    found = {_implementation(makers[-1], state, arguments, kind) for kind in KINDS}
    chosen = found.pop() if len(makers) == 1 and len(found) == 1 else None
    if chosen is None:
        message = f"which implementation of '{ast.unparse(node.func)}' Numba chooses is not known"
        hint = "call the implementation itself, or give the function a rule"
        state.fail(node, "E402", message, hint)
    return chosen[0]


KINDS = (types.float64, types.int64, types.float32)
"""What the numbers of an argument may be."""


class _Chosen(tuple[FunctionType]):
    """An implementation; equal for equal code."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Chosen) and self[0].__code__ is other[0].__code__

    def __hash__(self) -> int:
        return hash(self[0].__code__)


def _implementation(
    maker: Any, state: State, arguments: Arguments, kind: types.Type
) -> _Chosen | None:
    """Return the implementation for arguments of one kind of numbers, None if there is none."""

    def type_of(meaning: Meaning) -> types.Type:
        if not isinstance(meaning, Var | Const):
            raise TypeError
        rank = state.rank(meaning)
        if rank is None:
            raise TypeError
        return types.Array(kind, rank, "A") if rank else kind

    try:
        positional = tuple(map(type_of, arguments.positional))
        found = maker(*positional, **{k: type_of(v) for k, v in arguments.named.items()})
    except Exception:  # noqa: BLE001 - of the user's, for types that do not occur
        return None
    return _Chosen((found,)) if isinstance(found, FunctionType) and not found.__closure__ else None
