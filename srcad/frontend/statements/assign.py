"""Assignments: names, elements, tuples, `+=`, and sums that are really `+=`."""

from __future__ import annotations

import ast
from dataclasses import replace

from srcad import library
from srcad.frontend.calls.list_methods import extended
from srcad.frontend.names.fields import field_of, instance_of, is_float64, set_field
from srcad.frontend.names.growing import growing, item_at, put
from srcad.frontend.names.meaning import GrowingOf, ListOf, Meaning, RecordOf, TupleOf, noun
from srcad.frontend.names.scope import (
    as_atom,
    bind,
    check_not,
    frozen,
    lookup,
    opposite,
    settled,
    unpacked,
)
from srcad.frontend.names.state import Node, State
from srcad.frontend.names.structural import Arguments
from srcad.frontend.numpy.arguments import known_rank, library_call
from srcad.frontend.numpy.linalg import matmul
from srcad.frontend.numpy.outputs import check_writable
from srcad.frontend.numpy.sharing import mark_items
from srcad.frontend.numpy.subscripts import (
    Place,
    accumulate,
    check_number,
    element,
    list_place,
    store,
)
from srcad.frontend.statements.comparisons import operation
from srcad.frontend.statements.expressions import BINARY, check_alike
from srcad.frontend.syntax.survey import stored_names
from srcad.ir.nodes import Accum, Atom, Call, Const, For, If, Load, Slice, Stmt, Store, Var, While


def assign(state: State, targets: list[ast.expr], value: ast.expr, node: ast.stmt) -> None:
    """Lower `target = ... = value`."""
    if len(targets) == 1 and _is_sum(state, targets[0], value, node):
        return
    meaning = state.expr(state, value)
    for target in targets:
        meaning = _changeable(state, target, meaning, value, node)
    for target in targets:
        meaning = assign_to(state, target, meaning, node)


def _changeable(
    state: State, target: ast.expr, meaning: Meaning, value: ast.expr, node: Node
) -> Meaning:
    """Return what is assigned, with lists that can be changed where a target is changed."""
    match target, meaning, value:
        case ast.Name(id=name), _, _ if name in state.frame.survey.growing:
            return growing(state, meaning, node) if _makes_list(value) else meaning
        case ast.Tuple(elts=names), TupleOf(items=items), ast.Tuple(elts=values) if (
            len(names) == len(items) == len(values)
        ):
            parts = zip(names, items, values, strict=True)
            return replace(meaning, items=tuple(_changeable(state, *part, node) for part in parts))
        case _:
            return meaning


def _makes_list(value: ast.expr) -> bool:
    """Return whether an expression makes a new list, if it is one."""
    return isinstance(value, ast.List | ast.ListComp | ast.BinOp | ast.Call)


def assign_to(state: State, target: ast.expr, meaning: Meaning, node: Node) -> Meaning:
    """Assign to one target; return what the value is called from now on."""
    match target:
        case ast.Name(id=name):
            return bind(state, name, meaning, node)
        case ast.Attribute() if (owner := instance_of(state, target)) is not None:
            set_field(state, owner, target, meaning, node)
            return meaning
        case ast.Subscript() | ast.Attribute():
            store(state, target, meaning, node)
            return meaning
        case ast.Tuple(elts=elts) | ast.List(elts=elts):
            items = _distributed(state, elts, meaning, node)
            for item in items:
                state.hold(item)
            kept = _kept(state, elts, items, node)
            parts = [assign_to(state, t, m, node) for t, m in zip(elts, kept, strict=True)]
            return TupleOf(tuple(parts))
        case ast.Starred(value=inner):
            return assign_to(state, inner, meaning, node)
        case _:
            state.fail(target, "E204", "this cannot be assigned to", "assign to a name")


def _distributed(
    state: State, targets: list[ast.expr], meaning: Meaning, node: Node
) -> tuple[Meaning, ...]:
    """Return what each of several targets is given; a starred one takes a list of the rest."""
    starred = [at for at, item in enumerate(targets) if isinstance(item, ast.Starred)]
    if not starred:
        return unpacked(state, meaning, node, len(targets))
    (at,) = starred
    after = len(targets) - at - 1
    meaning = settled(state, meaning, node)
    array = meaning.array if isinstance(meaning, ListOf) else meaning
    if isinstance(array, Var) and state.ranks.get(array.name) != 0:
        return _distributed_array(state, array, at, after, node)
    items = unpacked(state, meaning, node)
    if len(items) < at + after:
        message = f"cannot unpack {len(items)} values into {at + after} names and the rest"
        state.fail(node, "E503", message, "name fewer items")
    end = len(items) - after
    return (*items[:at], TupleOf(items[at:end], is_list=True), *items[end:])


def _distributed_array(
    state: State, array: Var, before: int, after: int, node: Node
) -> tuple[Meaning, ...]:
    """Return the first items of an array, a list of those between, and the last ones."""
    length = state.op(node, "len", array)
    message = f"an array of fewer than {before + after} items is unpacked"
    check_not(state, "lt", length, before + after, message, node)
    first = [state.temporary(Load(array, (Const(k),)), node) for k in range(before)]
    inner = (state.rank(array) or 1) - 1
    ends = Slice(Const(before) if before else None, Const(-after) if after else None)
    rest = state.temporary(Load(array, (ends, *(Slice() for _ in range(inner)))), node)
    last = [state.temporary(Load(array, (Const(k),)), node) for k in range(-after, 0)]
    copied = state.op(node, "copy", rest)
    state.hold(copied)
    mark_items(state, copied, array, node)
    return (*first, ListOf(copied), *last)


def _kept(
    state: State, targets: list[ast.expr], items: tuple[Meaning, ...], node: Node
) -> list[Meaning]:
    """Return `items`, with copies of those that an earlier target overwrites."""
    written: set[str] = set()
    kept: list[Meaning] = []
    for target, item in zip(targets, items, strict=True):
        kept.append(frozen(state, item, node, written))
        written |= state.variables(stored_names([target]))
    return kept


# Accumulation -----------------------------------------------------------------------


def _is_sum(state: State, target: ast.expr, value: ast.expr, node: ast.stmt) -> bool:
    """Lower `s = s + v`, `s = v + s`, `s = s - v` and `a[i] = a[i] + v` as `+=`."""
    match value:
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub(), right=right):
            pass
        case _:
            return False
    if not isinstance(target, ast.Name | ast.Subscript):
        return False
    if isinstance(target, ast.Subscript) and _may_move(target, value):
        return False
    if _same(target, left):
        return _summed(state, target, right, value.op, node)
    if isinstance(value.op, ast.Add) and _same(target, right) and _is_plain(left):
        return _summed(state, target, left, value.op, node)
    return False


def _same(target: ast.expr, other: ast.expr) -> bool:
    """Return whether two places are the same name, or the same element by plain indices."""
    match target, other:
        case ast.Name(id=a), ast.Name(id=b):
            return a == b
        case ast.Subscript(), ast.Subscript():
            plain = _is_plain(target.slice) and _is_plain(target.value)
            same = ast.dump(target.slice) == ast.dump(other.slice)
            return plain and same and ast.dump(target.value) == ast.dump(other.value)
        case _:
            return False


def _may_move(target: ast.Subscript, value: ast.expr) -> bool:
    """Return whether `value` may change which element `target` is, which is asked after it."""
    found = list(ast.walk(value))
    calls = any(isinstance(n, ast.Call) for n in found)
    reads = any(isinstance(n, ast.Subscript) for n in ast.walk(target.slice))
    return (calls and reads) or any(isinstance(n, ast.NamedExpr) for n in found)


def _is_plain(node: ast.expr) -> bool:
    """Return whether an expression has no calls and assigns nothing."""
    return not any(isinstance(n, ast.Call | ast.NamedExpr | ast.Slice) for n in ast.walk(node))


def _summed(
    state: State, target: ast.expr, value: ast.expr, op: ast.operator, node: ast.stmt
) -> bool:
    """Lower `target += value` if the target is a number (or an element)."""
    if isinstance(target, ast.Name):
        place = state.frame.env.get(target.id)
        if not isinstance(place, Var) or state.ranks.get(place.name) != 0:
            return False
        if any(isinstance(n, ast.Name) and n.id == target.id for n in [value]):
            return False
    augmented(state, target, op, value, node)
    return True


def augmented(
    state: State, target: ast.expr, op: ast.operator, value: ast.expr, node: ast.stmt
) -> None:
    """Lower `target op= value`."""
    match target:
        case ast.Name(id=name):
            _augmented_name(state, name, op, value, node)
        case ast.Attribute() if (owner := instance_of(state, target)) is not None:
            _augmented_field(state, owner, target, op, value, node)
        case ast.Subscript() | ast.Attribute():
            _augmented_element(state, target, op, value, node)
        case _:
            hint = "use a local variable or an array element"
            state.fail(target, "E204", "this cannot be assigned to", hint)


def _augmented_name(
    state: State, name: str, op: ast.operator, value: ast.expr, node: ast.stmt
) -> None:
    old = lookup(state, name, node)
    change = state.expr(state, value)
    if isinstance(old, Var) and state.ranks.get(old.name):
        _augmented_array(state, old, op, as_atom(state, change, value, "with an operator"), node)
        return
    if isinstance(old, GrowingOf) and isinstance(op, ast.Add):
        extended(state, old, change, node)
        return
    if isinstance(old, TupleOf) and isinstance(change, TupleOf) and isinstance(op, ast.Add):
        if old.is_list:
            hint = "make a new list: a = a + [...]"
            state.fail(node, "E202", "a list cannot be changed in place", hint)
        check_alike(state, old, change, node)
        bind(state, name, TupleOf(old.items + change.items), node)
        return
    if not isinstance(old, Var | Const):
        hint = "use numbers in computations"
        state.fail(node, "E202", f"{noun(old)} cannot be changed by an operator", hint)
    atom = as_atom(state, change, value, "with an operator")
    target = state.variable(name)
    is_sum = isinstance(op, ast.Add | ast.Sub) and old == target
    if is_sum and state.rank(atom) == 0 and atom != target and not state.is_truth(old):
        signed = _signed(state, op, atom, node)
        state.emit(Accum(target, None, signed, state.span(node)), node)
        state.ranks.setdefault(target.name, 0)
        return
    bind(state, name, _result(state, old, op, atom, node), node)


def _signed(state: State, op: ast.operator, value: Atom, node: ast.stmt) -> Atom:
    """Return what `+=` must add: `value`, or its negative."""
    if isinstance(op, ast.Add):
        return value
    if isinstance(value, Const) and not isinstance(value.value, bool):
        return opposite(state, value, node)
    if state.rank(value) and state.is_truth(value):
        value = state.op(node, "cast", value, static=("int64",))
    return state.op(node, "neg", value)


def _result(state: State, old: Atom, op: ast.operator, value: Atom, node: ast.stmt) -> Atom:
    """Return `old op value`; a product of matrices must have the shape of `old`."""
    prim = BINARY.get(type(op))
    if prim is not None:
        return operation(state, node, prim, old, value)
    if known_rank(state, old, node) == 0 or known_rank(state, value, node) < 2:
        hint = "pass a matrix, or write x = x @ y"
        state.fail(node, "E503", "'@=' takes an array and a matrix", hint)
    last = [
        state.op(node, "shape", atom, static=((state.rank(atom) or 0) - 1,))
        for atom in (old, value)
    ]
    library_call(state, library.FUNCTIONS["check_inner"], Arguments(tuple(last), {}), node)
    return as_atom(state, matmul(state, old, value, node), node)


def _augmented_element(
    state: State, target: Place, op: ast.operator, value: ast.expr, node: ast.stmt
) -> None:
    place = list_place(state, target)
    if place is not None:
        before = item_at(state, *place, node)
        if isinstance(node, ast.AugAssign) and isinstance(before, Var) and state.rank(before):
            hint = f"assign a new array: {ast.unparse(target)} = {ast.unparse(target)} ..."
            message = "an array that is an item of a list is written"
            state.fail(node, "E208", message, hint)
        change = as_atom(state, state.expr(state, value), value, "with an operator")
        old_item = as_atom(state, before, node, "with an operator")
        put(state, *place, _result(state, old_item, op, change, node), node)
        return
    array, index = element(state, target)
    with state.block() as block:
        atom = as_atom(state, state.expr(state, value), value, "with an operator")
    if isinstance(op, ast.Add | ast.Sub) and not writes_arrays(block):
        state.out += block
        accumulate(state, (array, index), _signed(state, op, atom, node), node)
        return
    old = state.temporary(Load(array, index), node)
    state.out += block
    new = _result(state, old, op, atom, node)
    check_number(state, array, index, new, node)
    state.emit(Store(array, index, new, state.span(node), same_kind=True), node)


def _augmented_field(
    state: State,
    owner: RecordOf,
    target: ast.Attribute,
    op: ast.operator,
    value: ast.expr,
    node: ast.stmt,
) -> None:
    """Lower `owner.field op= value`."""
    field = field_of(state, owner, target)
    old = state.temporary(field, node)
    with state.block() as block:
        change = as_atom(state, state.expr(state, value), value, "with an operator")
    state.out += block
    if state.rank(old):
        _augmented_array(state, old, op, change, node)
    elif is_float64(owner, target) and isinstance(op, ast.Add | ast.Sub) and not block:
        state.emit(Accum(field, None, _signed(state, op, change, node), state.span(node)), node)
    else:
        set_field(state, owner, target, _result(state, old, op, change, node), node)


def _augmented_array(
    state: State, array: Var, op: ast.operator, value: Atom, node: ast.stmt
) -> None:
    """Lower `x op= value` of a whole array, which is changed in place."""
    check_writable(state, array, node)
    index = tuple(Slice() for _ in range(state.ranks[array.name] or 0))
    if isinstance(op, ast.Add | ast.Sub):
        accumulate(state, (array, index), _signed(state, op, value, node), node)
        return
    new = _result(state, array, op, value, node)
    state.emit(Store(array, index, new, state.span(node), same_kind=True), node)


def writes_arrays(block: list[Stmt] | tuple[Stmt, ...]) -> bool:
    """Return whether a block may change an array."""
    for stmt in block:
        match stmt:
            case Store() | Call():
                return True
            case Accum(index=index) if index is not None:
                return True
            case For(body=body) if writes_arrays(body):
                return True
            case While(cond_body=head, body=body) if writes_arrays(head + body):
                return True
            case If(then=then, orelse=orelse) if writes_arrays(then + orelse):
                return True
    return False
