"""Calls of functions with a rule of the user's own: they stay calls."""

from __future__ import annotations

import ast
from dataclasses import replace

from numba.core import errors as nb_errors
from numba.core import types as nb
from numba.core.registry import cpu_target

from srcad.frontend.names.inline import Callee, bound_arguments, inline
from srcad.frontend.names.meaning import Known, Meaning, RecordOf, ShapeOf, TupleOf, noun
from srcad.frontend.names.scope import as_atom, settled, shape_tuple
from srcad.frontend.names.state import State, Unsupported
from srcad.frontend.names.structural import Arguments
from srcad.frontend.syntax.source import read
from srcad.frontend.types.numba_types import from_numba, to_numba
from srcad.ir import nodes as ir
from srcad.ir.nodes import Atom, Const, Var
from srcad.ir.types import Array, Scalar, Static, Type
from srcad.ir.walk import assigned, statements
from srcad.passes.building.custom_calls import Branch, CustomCall, CustomRule, is_checkpoint

RISKS = (ir.Call, ir.Raise, ir.While)
"""What may raise an exception, or never end."""


def custom_call(state: State, rule: CustomRule, arguments: Arguments, node: ast.Call) -> Meaning:
    """Return the results of a call of a function with a rule."""
    if rule.func not in state.sources:
        state.sources[rule.func] = read(rule.func)
    source = state.sources[rule.func]
    defaults: dict[str, Meaning] = {name: Known(value) for name, value in source.defaults.items()}
    callee = Callee(rule.name, source.tree, source, defaults, None)
    bound = bound_arguments(state, callee, arguments, node)
    atoms: list[Atom] = []
    params = tuple(_taken(state, meaning, atoms, node) for meaning in bound.values())
    if source.tree in state.probed or (is_checkpoint(rule) and source.tree in state.stack):
        what = "is a checkpoint" if is_checkpoint(rule) else "has a rule of its own"
        message = f"'{rule.name}' {what} and calls itself"
        state.fail(node, "E405", message, "write the recursion as a loop")
    result, harmless = _probed(state, rule, callee, arguments, node)
    is_opaque = result is None
    if result is None:
        result = _returned(state, rule, params, atoms, node)
    targets: list[Var] = []
    meaning, tree = _given_back(state, result, targets, node)
    function = CustomCall(rule, params, tree, is_opaque, harmless)
    stmt = ir.Call(tuple(targets), function, rule.name, tuple(atoms), state.span(node))
    state.emit(stmt, node)
    return _copied(state, meaning, node) if is_opaque else meaning


def _copied(state: State, meaning: Meaning, node: ast.Call) -> Meaning:
    """Return copies of results: nobody knows whether they are arguments."""
    match meaning:
        case TupleOf(items=items):
            return replace(meaning, items=tuple(_copied(state, item, node) for item in items))
        case Var() if state.rank(meaning):
            return state.op(node, "copy", meaning)
        case _:
            return meaning


def _taken(state: State, meaning: Meaning, atoms: list[Atom], node: ast.Call) -> object:
    """Return an argument as a tree of positions in `atoms`, which get its leaves."""
    meaning = settled(state, meaning, node)
    match meaning:
        case TupleOf(items=items, kind=record) | RecordOf(items=items, kind=record):
            return Branch(tuple(_taken(state, item, atoms, node) for item in items), record)
        case ShapeOf():
            return _taken(state, shape_tuple(state, meaning, node), atoms, node)
        case Known(value=bool() | int() | float() as value):
            atoms.append(Const(value))
        case Known(value=value):
            return Static(value)
        case _:
            atoms.append(as_atom(state, meaning, node, "as an argument of a function with a rule"))
    return len(atoms) - 1


def _probed(
    state: State, rule: CustomRule, callee: Callee, arguments: Arguments, node: ast.Call
) -> tuple[Meaning | None, bool]:
    """Return what the function itself would return, None if it cannot be looked into.

    And whether it surely comes to its end, without an exception.

    Nothing of what it does is written: only what its result is made of, and of which ranks.
    What a checkpoint does is differentiated, and must be accepted.
    """
    before = state.out, state.failures, state.count
    problems = len(state.problems)
    state.out, writes_fields = [], False
    state.probed.append(callee.tree)
    try:
        place = None if is_checkpoint(rule) else state.span(node)
        result = inline(state, callee, arguments, node, at=place)
        writes_fields = not state.fields.isdisjoint(assigned(tuple(state.out)))
        return result, not any(isinstance(s, RISKS) for s in statements(tuple(state.out)))
    except Unsupported:
        if is_checkpoint(rule):
            raise
        return None, False
    finally:
        state.probed.pop()
        state.out, state.failures, state.count = before
        if not is_checkpoint(rule):
            del state.problems[problems:]
        if writes_fields:
            hint = "call the function itself, or return what changes"
            message = f"'{rule.name}' assigns fields of an instance"
            state.fail(node, "E405", message, hint)


def _given_back(
    state: State, meaning: Meaning, targets: list[Var], node: ast.Call
) -> tuple[Meaning, object]:
    """Return a result like this one, and the tree of its positions in `targets`."""
    match meaning:
        case Known(value=None):
            return meaning, None
        case ShapeOf():
            return _given_back(state, shape_tuple(state, meaning, node), targets, node)
        case (TupleOf(items=items, kind=record) | RecordOf(items=items, kind=record)) as whole:
            pairs = [_given_back(state, item, targets, node) for item in items]
            tree = Branch(tuple(tree for _, tree in pairs), record)
            return replace(whole, items=tuple(item for item, _ in pairs)), tree
        case Var() | Const():
            target = Var(state.names.temporary())
            state.ranks[target.name] = state.rank(meaning)
            if state.is_truth(meaning):
                state.truths.add(target.name)
            targets.append(target)
            return target, len(targets) - 1
        case _:
            hint = "return numbers, arrays and tuples of them"
            state.fail(node, "E405", f"{noun(meaning)} cannot be returned", hint)


# Functions that cannot be looked into -------------------------------------------------


def _returned(
    state: State, rule: CustomRule, params: tuple[object, ...], atoms: list[Atom], node: ast.Call
) -> Meaning:
    """Return what Numba says that a function returns, for float64 where nothing else is known."""
    if not all(isinstance(tree, int) for tree in params):
        hint = "pass numbers and arrays to it, or write it in what srcad accepts"
        state.fail(node, "E405", f"'{rule.name}' cannot be looked into, and takes tuples", hint)
    try:
        found = opaque_types(rule, tuple(_guess(state, atom) for atom in atoms))
    except TypeError as error:
        state.fail(node, "E405", str(error), "write it in what srcad, or Numba, accepts")
    made: list[Meaning] = []
    for type_ in found:
        var = Var(state.names.temporary())
        state.ranks[var.name] = type_.ndim if isinstance(type_, Array) else 0
        made.append(var)
    return made[0] if len(made) == 1 else TupleOf(tuple(made))


def _guess(state: State, atom: Atom) -> Type:
    """Return the type of an argument, as far as it is known before types are."""
    if isinstance(atom, Const):
        return Scalar({bool: "bool", int: "int64"}.get(type(atom.value), "float64"))
    rank = state.rank(atom)
    return Array("float64", rank) if rank else Scalar("bool" if state.is_truth(atom) else "float64")


def opaque_types(rule: CustomRule, types: tuple[Type, ...]) -> tuple[Type, ...]:
    """Return the types of the results of a function as Numba compiles it.

    Raises TypeError if Numba does not compile it, or if it returns something else.
    """
    context = cpu_target.typing_context
    context.refresh()
    try:
        callee = context.resolve_value_type(rule.compiled)
        signature = context.resolve_function_type(callee, tuple(map(to_numba, types)), {})
    except nb_errors.NumbaError as error:
        message = f"neither srcad nor Numba can compile '{rule.name}'"
        raise TypeError(message) from error
    if signature is None:
        kinds = ", ".join(map(str, types))
        message = f"'{rule.name}' does not take ({kinds})"
        raise TypeError(message)
    returned = signature.return_type
    items = tuple(returned) if isinstance(returned, nb.BaseTuple) else (returned,)
    return tuple(from_numba(item, f"the result of '{rule.name}'") for item in items)
