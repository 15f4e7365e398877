"""The IR of the parts of a rule of the user's own: functions of atoms, in rows.

The rule takes and returns tuples; here they are taken apart, and counted.
"""

from __future__ import annotations

from dataclasses import replace
from types import FunctionType
from typing import NoReturn

from srcad.errors import NotDifferentiable, Problem
from srcad.frontend.statements.lower import lower
from srcad.frontend.syntax.source import read, span_of
from srcad.ir import nodes as ir
from srcad.ir.nodes import Atom, Const, Var
from srcad.ir.records import Made
from srcad.ir.types import Static, Tuple, Type
from srcad.ir.walk import param_vars
from srcad.passes.building.custom_calls import (
    Branch,
    CustomCall,
    CustomRule,
    RulePart,
    leaves,
    typed_tree,
)


def lower_part(part: RulePart, types: tuple[Type, ...]) -> ir.Function:
    """Return the IR of a part of a rule.

    Raises NotDifferentiable for a rule that is missing, or that returns something else.
    """
    match part.part:
        case "value":
            call = part.call
            trees = tuple(typed_tree(tree, types) for tree in call.params)
            function = lower(call.rule.func, trees)
            return _row(function, list(param_vars(function.params)), function.returns)
        case "again":
            function = lower_part(RulePart(part.call, "value"), types)
            returns = tuple(function.returns[k] for k in part.flowing)
            return _row(function, list(param_vars(function.params)), returns)
        case "fwd":
            return _forward_half(part.call, types)[0]
        case "bwd":
            return _backward_half(part, types)[0]
        case _:
            return _tangents(part, types)


def kept_by(call: CustomCall, types: tuple[Type, ...]) -> object:
    """Return the tree of what the first half of a rule returns beside the result."""
    return _forward_half(call, types)[1]


def given_by(part: RulePart, types: tuple[Type, ...]) -> tuple[int, ...]:
    """Return the arguments that the second half of a rule gives cotangents: not None."""
    return _backward_half(part, types)[1]


def _row(function: ir.Function, variables: list[Var], returns: tuple[Atom, ...]) -> ir.Function:
    """Return a function of these variables that returns a row of atoms."""
    params = tuple(ir.Param(v.name, v) for v in variables)
    count = len(returns)
    result: object = 0 if count == 1 else tuple(range(count))
    return replace(function, params=params, returns=returns, result=result)


def _given(rule: CustomRule, part: str) -> FunctionType:
    """Return a function of a rule. Raises MissingRule if it has not been given."""
    found: FunctionType | None = getattr(rule, part)
    if found is None:
        line = "defjvp(rule)" if rule.kind == "jvp" else "defvjp(fwd, bwd)"
        message = f"no derivative rule for '{rule.name}', which is to have one of its own"
        place = span_of(read(rule.func).tree, rule.func.__code__)
        problem = Problem("E402", message, f"write {rule.name}.{line}", place)
        raise NotDifferentiable.from_problems([problem])
    return found


def _wrong(function: ir.Function, message: str, hint: str) -> NoReturn:
    raise NotDifferentiable.from_problems([Problem("E403", message, hint, function.span)])


def _positions(structure: object, tree: object = None) -> list[int]:
    """Return the positions in the structure of a result, in the order of a tree like it."""
    structure = structure if tree is None else _in_order(structure, tree)
    if isinstance(structure, tuple):
        return [leaf for item in structure for leaf in _positions(item)]
    return [structure] if isinstance(structure, int) else []


def _in_order(structure: object, tree: object) -> object:
    """Return a structure with the parts of dicts in the order of a tree; None if keys differ."""
    if not isinstance(structure, tuple) or not isinstance(tree, Branch):
        return structure
    items = tuple(structure)
    records = structure.record if isinstance(structure, Made) else None, tree.record
    if all(record is not None and record.kind is dict for record in records):
        keys, wanted = (record.keys for record in records if record is not None)
        if set(keys) != set(wanted):
            return None
        items = tuple(items[keys.index(key)] for key in wanted)
    if len(items) != len(tree.items):
        return structure
    return tuple(map(_in_order, items, tree.items))


def _apart(call: CustomCall) -> list[object]:
    return [call.params[k] for k in call.rule.apart]


def _others(call: CustomCall) -> list[object]:
    return [tree for k, tree in enumerate(call.params) if k not in call.rule.apart]


# Rules of tangents ------------------------------------------------------------------


def _tangents(part: RulePart, types: tuple[Type, ...]) -> ir.Function:
    """Return a rule `rule(primals, tangents)` as a function of the atoms and their tangents."""
    call, name = part.call, part.call.rule.name
    count = len(types) - len(part.moving)
    dots = dict(zip(part.moving, types[count:], strict=True))
    primals = Tuple(tuple(typed_tree(tree, types) for tree in _others(call)))
    tangents = Tuple(tuple(_tangent_tree(tree, dots) for tree in _others(call)))
    apart = tuple(typed_tree(tree, types) for tree in _apart(call))
    function = lower(_given(call.rule, "jvp"), (*apart, primals, tangents))
    if not isinstance(function.result, tuple) or len(function.result) != 2:
        _wrong(function, f"the rule of '{name}' must return (out, out_dot)", "return both")
    out, out_dot = (_positions(half, call.result) for half in function.result)
    wanted = len(list(leaves(call.result)))
    if len(out) != wanted or len(out_dot) != wanted:
        message = f"the rule of '{name}' returns {len(out)} values and {len(out_dot)} tangents"
        hint = f"'{name}' returns {wanted}: return as many of both, in the same structure"
        _wrong(function, message, hint)
    found = list(param_vars(function.params))
    order = [leaf for tree in (*_apart(call), *_others(call)) for leaf in leaves(tree)]
    by_atom = dict(zip(order, found, strict=False))
    variables = [*(by_atom[k] for k in range(count)), *found[count:]]
    chosen = [out_dot[k] for k in part.flowing] if part.part == "linear" else out + out_dot
    return _row(function, variables, tuple(_as_float(function.returns[k]) for k in chosen))


def _as_float(atom: Atom) -> Atom:
    """Return a tangent that is written as an integer as a float."""
    is_int = isinstance(atom, Const) and type(atom.value) is int and atom.type is None
    return Const(float(atom.value)) if is_int else atom  # type: ignore[union-attr]


def _tangent_tree(tree: object, dots: dict[int, Type]) -> Type:
    """Return the type of the tangent of an argument: 0.0 for what does not move."""
    match tree:
        case int():
            return dots.get(tree, Static(0.0))
        case Branch(items=items, fields=fields, record=record):
            return Tuple(tuple(_tangent_tree(item, dots) for item in items), fields, record)
        case _:
            return Static(None)


# Rules of cotangents ----------------------------------------------------------------


def _forward_half(call: CustomCall, types: tuple[Type, ...]) -> tuple[ir.Function, object]:
    """Return `fwd(*args) -> (out, kept)` as a function of the atoms, and what is kept."""
    name = call.rule.name
    function = lower(
        _given(call.rule, "fwd"), tuple(typed_tree(tree, types) for tree in call.params)
    )
    if not isinstance(function.result, tuple) or len(function.result) != 2:
        hint = "return the result of the function, and what bwd needs (None for nothing)"
        _wrong(function, f"the rule of '{name}': fwd must return (out, kept)", hint)
    out, kept = function.result
    positions, wanted = _positions(out, call.result), len(list(leaves(call.result)))
    if len(positions) != wanted:
        message = f"the rule of '{name}': fwd returns {len(positions)} values as the result"
        _wrong(function, message, f"'{name}' returns {wanted}: return the same")
    returns = tuple(function.returns[k] for k in (*positions, *_positions(kept)))
    made = _row(function, list(param_vars(function.params)), returns)
    return made, _counted(kept, iter(range(len(function.returns))))


def _counted(structure: object, numbers: object) -> object:
    """Return a structure as a tree of positions from 0."""
    if isinstance(structure, tuple):
        record = structure.record if isinstance(structure, Made) else None
        return Branch(tuple(_counted(item, numbers) for item in structure), record)
    return next(numbers) if isinstance(structure, int) else None  # type: ignore[call-overload]


def _backward_half(part: RulePart, types: tuple[Type, ...]) -> tuple[ir.Function, tuple[int, ...]]:
    """Return `bwd(kept, out_bar) -> bars` as a function of atoms, and what has a cotangent."""
    call, name = part.call, part.call.rule.name
    first, last = len(call.apart), len(types) - len(part.flowing)
    by_atom = dict(zip(call.apart, types, strict=False))
    count = max(by_atom, default=-1) + 1
    row = tuple(by_atom.get(k, Static(None)) for k in range(count))
    apart = tuple(typed_tree(tree, row) for tree in _apart(call))
    kept = typed_tree(part.kept, types[first:last])
    flows = dict(zip(part.flowing, types[last:], strict=True))
    out_bar = _tangent_tree(call.result, flows)
    function = lower(_given(call.rule, "bwd"), (*apart, kept, out_bar))
    others = _others(call)
    given = function.result
    if not isinstance(given, tuple) or len(given) != len(others):
        count = len(given) if isinstance(given, tuple) else 0
        returned = f"a tuple of {count}" if count else "no tuple"
        message = f"the rule of '{name}': bwd returns {returned}"
        hint = f"return a tuple of {len(others)} cotangents, one for each argument"
        _wrong(function, message, hint)
    bars: dict[int, Atom] = {}
    for tree, item in zip(others, given, strict=True):
        if item is None:
            continue
        positions, wanted = _positions(item, tree), list(leaves(tree))
        if len(positions) != len(wanted):
            message = f"the rule of '{name}': a cotangent has another structure than its argument"
            _wrong(function, message, "return one number or array for each of the argument")
        bars |= {
            leaf: _as_float(function.returns[k]) for leaf, k in zip(wanted, positions, strict=True)
        }
    moving = part.moving or tuple(sorted(bars))
    variables = list(param_vars(function.params))
    return _row(function, variables, tuple(bars[k] for k in moving)), tuple(sorted(bars))
