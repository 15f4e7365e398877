"""Functions of numbers that a rule was given for, called with whole arrays.

Such a call is done element by element. A Python function may do something else with an array
(a cumulative sum, say): it would be computed otherwise than it is written.
"""

from __future__ import annotations

import ast

from numba.core import errors as nb_errors
from numba.core.dispatcher import Dispatcher
from numba.core.registry import cpu_target

from srcad.errors import NotDifferentiable
from srcad.frontend.names.inline import Callee, inline
from srcad.frontend.names.meaning import Known, Meaning
from srcad.frontend.names.state import State, Unsupported
from srcad.frontend.names.structural import Arguments
from srcad.frontend.syntax.source import read
from srcad.frontend.types.numba_types import to_numba
from srcad.ir import nodes as ir
from srcad.ir.types import Array, Scalar, Type
from srcad.ir.walk import statements
from srcad.rules.table import RULES
from srcad.rules.wholes import REDUCTIONS, VIEWS


def check_by_element(
    state: State, function: object, args: list[ir.Atom], spelled: str, node: ast.Call
) -> None:
    """Report a function that takes arrays, but not element by element.

    What takes no arrays at all (`@vectorize` functions look at numbers, too) is called for
    each element.
    """
    if not isinstance(function, Dispatcher) or not any(map(state.rank, args)):
        return
    types = tuple(_type(state, arg) for arg in args)
    if not _is_by_element(state, function, args, node) and _takes(function, types):
        message = f"'{spelled}' has a rule for numbers, and does not work element by element"
        hint = "call it in a loop, or give it a rule by srcad.custom_jvp"
        state.fail(node, "E403", message, hint)


def _is_by_element(state: State, function: Dispatcher, args: list[ir.Atom], node: ast.Call) -> bool:
    """Return whether a function surely works element by element."""
    try:
        source = read(function.py_func)
    except NotDifferentiable:
        return False
    before = state.out, state.failures, state.count
    problems = len(state.problems)
    state.out = []
    defaults: dict[str, Meaning] = {name: Known(value) for name, value in source.defaults.items()}
    callee = Callee(function.py_func.__name__, source.tree, source, defaults, None)
    try:
        result = inline(state, callee, Arguments(tuple(args), {}), node, at=state.span(node))
        return result not in args and all(map(_is_elementwise, statements(tuple(state.out))))
    except Unsupported:
        return False
    finally:
        state.out, state.failures, state.count = before
        del state.problems[problems:]


def _is_elementwise(stmt: ir.Stmt) -> bool:
    match stmt:
        case ir.Let(value=ir.Op(prim=prim)):
            return (prim in RULES and prim not in {*REDUCTIONS, *VIEWS}) or prim == "cast"
        case ir.Let(value=ir.Var() | ir.Const()):
            return True
        case _:
            return False


def _takes(function: Dispatcher, types: tuple[Type, ...]) -> bool:
    """Return whether Numba compiles a function for these types."""
    context = cpu_target.typing_context
    context.refresh()
    try:
        callee = context.resolve_value_type(function)
        return context.resolve_function_type(callee, tuple(map(to_numba, types)), {}) is not None
    except nb_errors.NumbaError:
        return False


def _type(state: State, arg: ir.Atom) -> Type:
    rank = state.rank(arg)
    return Array("float64", rank) if rank else Scalar("float64")
