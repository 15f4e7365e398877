"""Expressions: each operation becomes one statement, in Python's order of evaluation."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace

from srcad.frontend.calls.calls import call
from srcad.frontend.calls.texts import joined_text
from srcad.frontend.names.choices import chosen, ending_in
from srcad.frontend.names.meaning import (
    Known,
    ListOf,
    LocalFunction,
    Meaning,
    RecordOf,
    ShapeOf,
    TupleOf,
)
from srcad.frontend.names.optional import asked
from srcad.frontend.names.records import dict_comprehension, dict_of, joined
from srcad.frontend.names.scope import (
    as_atom,
    as_truth,
    bind,
    frozen,
    integer,
    kept,
    lookup,
    opposite,
    shape_tuple,
    unpacked,
)
from srcad.frontend.names.state import Node, State, is_free_of_risk
from srcad.frontend.numpy.arguments import fixed_int
from srcad.frontend.numpy.arrays import matmul
from srcad.frontend.numpy.attributes import attribute
from srcad.frontend.numpy.subscripts import subscript
from srcad.frontend.statements.comparisons import beside_array, both, compare, negation, operation
from srcad.ir.nodes import Const, If, Var

BINARY: dict[type[ast.operator], str] = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.Div: "div",
    ast.FloorDiv: "floordiv",
    ast.Mod: "mod",
    ast.Pow: "pow",
    ast.BitAnd: "bitand",
    ast.BitOr: "bitor",
    ast.BitXor: "bitxor",
    ast.LShift: "lshift",
    ast.RShift: "rshift",
}
UNARY: dict[type[ast.unaryop], str] = {ast.USub: "neg", ast.UAdd: "pos", ast.Invert: "invert"}

REFUSED: dict[type[ast.expr], tuple[str, str]] = {
    ast.Dict: ("dicts", "use arrays indexed by integers"),
    ast.Set: ("sets", "use arrays"),
    ast.SetComp: ("set comprehensions", "fill an array in a loop"),
    ast.Yield: ("generators", "loop over it in the function, or fill an array and return it"),
    ast.YieldFrom: ("generators", "loop over it in the function, or fill an array and return it"),
    ast.Await: ("async functions", "write a plain function"),
    ast.Starred: ("starred expressions", "write the items out"),
}


def expression(state: State, node: ast.expr) -> Meaning:
    """Return what `node` means here; write the statements that compute it."""
    match node:
        case ast.Constant(value=value):
            return _constant(state, value, node)
        case ast.Name(id=name):
            return lookup(state, name, node)
        case ast.BinOp():
            return _operators(state, node)
        case ast.UnaryOp(op=op, operand=operand):
            return _unary(state, op, operand, node)
        case ast.BoolOp():
            return _bool_op(state, node)
        case ast.Compare():
            return _comparison(state, node)
        case ast.IfExp():
            return _conditional(state, node)
        case ast.Call():
            return call(state, node)
        case ast.Attribute():
            return attribute(state, node)
        case ast.Subscript():
            return subscript(state, node)
        case ast.Tuple(elts=elts) | ast.List(elts=elts):
            return TupleOf(_items(state, elts), is_list=isinstance(node, ast.List))
        case ast.Dict():
            return dict_of(state, node)
        case ast.DictComp():
            return dict_comprehension(state, node)
        case ast.ListComp() | ast.GeneratorExp():
            return state.comprehension(state, node)
        case ast.JoinedStr():
            return joined_text(state, node)
        case ast.NamedExpr(target=ast.Name(id=name), value=value):
            found = bind(state, name, expression(state, value), node)
            is_bound_again = state.frame.survey.stores[name] > 1
            written = state.variables([name] if is_bound_again else [])
            return frozen(state, found, node, written)
        case ast.Lambda(args=args):
            return LocalFunction(node, state.frame, defaults_of(state, args))
    what, hint = REFUSED.get(type(node), ("such expressions", "write it with plain operations"))
    state.fail(node, "E202", f"{what} are not supported", hint)


def _items(state: State, elts: list[ast.expr]) -> tuple[Meaning, ...]:
    """Return the items of a tuple or a list as it is written."""
    found: list[Meaning] = []
    for item in elts:
        if isinstance(item, ast.Starred):
            found += unpacked(state, expression(state, item.value), item)
        else:
            found.append(expression(state, item))
    return tuple(found)


def defaults_of(state: State, args: ast.arguments) -> dict[str, Meaning]:
    """Return the default values of a nested function, computed now."""
    positional = [*args.posonlyargs, *args.args]
    named = positional[len(positional) - len(args.defaults) :]
    pairs = [*zip(named, args.defaults, strict=True)]
    pairs += [(a, d) for a, d in zip(args.kwonlyargs, args.kw_defaults, strict=True) if d]
    return {arg.arg: kept(state, expression(state, default), default) for arg, default in pairs}


def _constant(state: State, value: object, node: ast.Constant) -> Meaning:
    match value:
        case bool():
            return Const(value)
        case int():
            return integer(state, value, node)
        case float():
            return Const(value)
        case complex():
            return state.op(node, "complex", Const(value.real), Const(value.imag))
        case _:
            return Known(value)


# Operators --------------------------------------------------------------------------


def _operators(state: State, node: ast.BinOp) -> Meaning:
    """Lower a chain of operators from its leftmost operand on."""
    chain = [node]
    while isinstance(chain[-1].left, ast.BinOp):
        chain.append(chain[-1].left)
    left = expression(state, chain[-1].left)
    for link in reversed(chain):
        left = _binary(state, link, left, expression(state, link.right))
    return left


def _binary(state: State, node: ast.BinOp, left: Meaning, right: Meaning) -> Meaning:
    sequences = isinstance(left, TupleOf | ShapeOf) and isinstance(right, TupleOf | ShapeOf)
    if sequences and isinstance(node.op, ast.Add):
        left, right = (
            shape_tuple(state, side, node) if isinstance(side, ShapeOf) else side
            for side in (left, right)
        )
    if isinstance(left, TupleOf) and isinstance(right, TupleOf) and isinstance(node.op, ast.Add):
        check_alike(state, left, right, node)
        return replace(left, items=left.items + right.items, fields=(), record=None)
    match left, node.op, right:
        case Known(str() as first), ast.Add(), Known(str() as second):
            return Known(first + second)
    if isinstance(left, RecordOf) and isinstance(node.op, ast.BitOr):
        return joined(state, left, right, node)
    if isinstance(node.op, ast.Mult):
        for items, count in ((left, right), (right, left)):
            if (
                isinstance(items, TupleOf)
                and items.is_list
                and len(items.items) == 1
                and isinstance(count, Var)
                and state.rank(count) == 0
            ):
                size = state.op(node, "max", count, Const(0))
                item = as_atom(state, items.items[0], node, "in a repeated list")
                return ListOf(state.op(node, "full", item, size, static=(None,)))
            if isinstance(items, TupleOf) and isinstance(count, Const):
                number = fixed_int(state, count, node, "how often a tuple is repeated")
                return replace(items, items=items.items * number, fields=(), record=None)
    left, right = beside_array(state, left, right, node), beside_array(state, right, left, node)
    a = as_atom(state, left, node.left, "with an operator")
    b = as_atom(state, right, node.right, "with an operator")
    prim = BINARY.get(type(node.op))
    return matmul(state, a, b, node) if prim is None else operation(state, node, prim, a, b)


def check_alike(state: State, left: TupleOf, right: TupleOf, node: Node) -> None:
    """Report a list that is joined with a tuple."""
    if left.is_list != right.is_list:
        state.fail(node, "E202", "a list and a tuple cannot be added", "write two of a kind")


def _unary(state: State, op: ast.unaryop, operand: ast.expr, node: ast.expr) -> Meaning:
    if isinstance(op, ast.Not):
        return negation(state, as_truth(state, expression(state, operand), operand), node)
    value = as_atom(state, expression(state, operand), operand, "with an operator")
    if isinstance(value, Const) and not isinstance(value.value, bool):
        if isinstance(op, ast.USub):
            return opposite(state, value, node)
        if isinstance(op, ast.UAdd):
            return value
    return state.op(node, UNARY[type(op)], value)


# Tests ------------------------------------------------------------------------------


def _comparison(state: State, node: ast.Compare) -> Meaning:
    """Lower `a < b < c`: each operand once, and `c` only if `a < b`."""
    optional = asked(state, node)
    if optional is not None:
        _, found, is_none = optional
        return negation(state, found.is_given, node) if is_none else found.is_given
    left = expression(state, node.left)

    def link(at: int, left: Meaning) -> Meaning:
        right = expression(state, node.comparators[at])
        first = compare(state, node.ops[at], left, right, node)
        if at + 1 == len(node.ops):
            return first
        return _short_circuit(state, first, lambda: link(at + 1, right), node, is_and=True)

    return link(0, left)


def _bool_op(state: State, node: ast.BoolOp) -> Meaning:
    is_and = isinstance(node.op, ast.And)

    def rest(at: int) -> Meaning:
        value = expression(state, node.values[at])
        if at + 1 == len(node.values):
            return value
        return _short_circuit(state, value, lambda: rest(at + 1), node, is_and=is_and)

    return rest(0)


def _short_circuit(
    state: State, left: Meaning, right: Callable[[], Meaning], node: ast.expr, *, is_and: bool
) -> Meaning:
    """Return `left and right`, where calling `right` lowers the right operand."""
    if not isinstance(left, Var):
        goes_on = bool(as_known_truth(state, left, node)) == is_and
        return right() if goes_on else left
    with state.block() as block:
        second = as_atom(state, right(), node, "with 'and' and 'or'")
    both_bool = state.is_truth(left) and state.is_truth(second)
    if both_bool and is_free_of_risk(block):
        state.out += block
        return both(state, left, second, node, prim="and" if is_and else "or")
    result = state.temporary(left, node)
    block = ending_in(state, block, result, second, node)
    then, orelse = (tuple(block), ()) if is_and else ((), tuple(block))
    state.emit(If(result, then, orelse, state.span(node)), node)
    if both_bool:
        state.truths.add(result.name)
    return result


def as_known_truth(state: State, meaning: Meaning, node: ast.expr) -> bool:
    """Return the truth of something that is not a run-time number."""
    truth = as_truth(state, meaning, node)
    if not isinstance(truth, Const):
        message = "a list that changes beside 'and' or 'or'"
        state.fail(node, "E203", message, "compare its length: len(items) > 0")
    return bool(truth.value)


# Conditional expressions ------------------------------------------------------------


def _conditional(state: State, node: ast.IfExp) -> Meaning:
    test = as_truth(state, expression(state, node.test), node.test)
    if isinstance(test, Const):
        return expression(state, node.body if test.value else node.orelse)
    with state.block() as then:
        first = expression(state, node.body)
    with state.block() as orelse:
        second = expression(state, node.orelse)
    if isinstance(first, ShapeOf) or isinstance(second, ShapeOf):
        state.fail(node, "E202", "a shape cannot be chosen here", "choose the array first")
    return chosen(state, node, test, (first, then), (second, orelse))
