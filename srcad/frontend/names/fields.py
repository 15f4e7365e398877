"""Fields of instances of jitclasses that are assigned.

An instance is its fields, and each is a variable: all names of the instance, and the methods,
have the same ones. A number is cast to the type of its field, as Numba does.
"""

from __future__ import annotations

import ast

from srcad.frontend.names.meaning import Meaning, RecordOf
from srcad.frontend.names.scope import as_atom
from srcad.frontend.names.state import Node, State
from srcad.ir.instances import dtype_of
from srcad.ir.nodes import Var


def instance_of(state: State, target: ast.Attribute) -> RecordOf | None:
    """Return the instance that a field is assigned of, None if it is something else."""
    owner = state.expr(state, target.value)
    return owner if isinstance(owner, RecordOf) and owner.record.is_instance else None


def field_of(state: State, owner: RecordOf, target: ast.Attribute) -> Var:
    """Return the variable of a field that is assigned, or changed in place."""
    if target.attr not in owner.record.keys:
        message = f"'{target.attr}' of {owner.record} is no field"
        state.fail(target, "E204", message, "assign to a field")
    found = owner.items[owner.record.keys.index(target.attr)]
    if not isinstance(found, Var) or found.name not in state.fields:
        hint = "do that in the function that has the instance as an argument"
        state.fail(target, "E204", "this field cannot be assigned here", hint)
    if state.instances.count(owner.record.kind) > 1:
        hint = "pass the fields of the others apart"
        message = f"two arguments may be the same instance of '{owner.record.kind.__name__}'"
        state.fail(target, "E204", message, hint)
    return found


def is_float64(owner: RecordOf, target: ast.Attribute) -> bool:
    """Return whether a field is a number of type float64."""
    return dtype_of(owner.record.kind, target.attr) == "float64"


def set_field(
    state: State, owner: RecordOf, target: ast.Attribute, meaning: Meaning, node: Node
) -> None:
    """Write `owner.field = value`. Fields that are arrays keep theirs."""
    field = field_of(state, owner, target)
    dtype = dtype_of(owner.record.kind, target.attr)
    if dtype is None or state.rank(field):
        hint = f"write its elements: {ast.unparse(target)}[:] = ..."
        state.fail(target, "E204", "a field that is an array cannot be assigned", hint)
    atom = as_atom(state, meaning, node, "as a field")
    if state.rank(atom):
        state.fail(target, "E204", "an array cannot be assigned to a number", "use one element")
    state.name(field, state.op(node, "cast", atom, static=(dtype,)), node)
