"""Small expressions as text: the language in which derivative rules are written.

    parse("1 - y*y")           an expression tree, checked once
    names(tree)                the free names, {"y"}
    expand(tree, env, emit)    flat operations of the IR, and the atom of the result

The text is a Python expression over names, numbers, the operators, comparisons, `and`,
`or`, `not`, `a if c else b`, and calls of primitives by name: `sin(x)`, `where(c, a, b)`.
`pi` is a number. Literal arguments are folded away before anything is emitted, so that
`p * x**(p - 1)` becomes `2*x` where `p` is the constant 2. A fold changes no number: each
line of `_identity` holds for -0.0, inf and nan as well, unless it says otherwise.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import assert_never

from srcad.ir.nodes import Atom, Const, Op, Value

Number = bool | int | float


@dataclass(frozen=True, slots=True)
class Name:
    """A name that the user of the expression binds."""

    id: str


@dataclass(frozen=True, slots=True)
class Lit:
    """A number. Two literals are equal when they print alike (1 is not 1.0)."""

    value: Number = field(compare=False)
    text: str = field(init=False)

    def __post_init__(self) -> None:
        """Derive the text by which literals compare."""
        object.__setattr__(self, "text", repr(self.value))


@dataclass(frozen=True, slots=True)
class Apply:
    """A primitive applied to expressions."""

    prim: str
    args: tuple[Expr, ...]


Expr = Name | Lit | Apply

CONSTANTS = {"pi": math.pi}
SYNTAX = {"where": "select"}

BINARY: dict[type[ast.operator], str] = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.Div: "div",
    ast.FloorDiv: "floordiv",
    ast.Mod: "mod",
    ast.Pow: "pow",
}
UNARY: dict[type[ast.unaryop], str] = {ast.USub: "neg", ast.UAdd: "pos", ast.Not: "not"}
COMPARE: dict[type[ast.cmpop], str] = {
    ast.Lt: "lt",
    ast.LtE: "le",
    ast.Gt: "gt",
    ast.GtE: "ge",
    ast.Eq: "eq",
    ast.NotEq: "ne",
}

# Parsing ----------------------------------------------------------------------------


def parse(text: str) -> Expr:
    """Return the tree of an expression; ValueError says what is not allowed in it."""
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except SyntaxError as problem:
        message = f"{text!r} is not an expression: {problem.msg}"
        raise ValueError(message) from None
    return _tree(tree, text)


def _tree(tree: ast.expr, text: str) -> Expr:
    match tree:
        case ast.Name(id=name):
            return Lit(CONSTANTS[name]) if name in CONSTANTS else Name(name)
        case ast.Constant(value=bool() | int() | float() as value):
            return Lit(value)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in BINARY:
            return Apply(BINARY[type(op)], (_tree(left, text), _tree(right, text)))
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
            return Lit(-value)
        case ast.UnaryOp(op=op, operand=operand) if type(op) in UNARY:
            return Apply(UNARY[type(op)], (_tree(operand, text),))
        case ast.BoolOp(op=op, values=values):
            prim = "and" if isinstance(op, ast.And) else "or"
            return _chain(prim, [_tree(value, text) for value in values])
        case ast.Compare(left=left, ops=ops, comparators=rights):
            return _comparison([_tree(term, text) for term in (left, *rights)], ops, text)
        case ast.IfExp(test=test, body=body, orelse=orelse):
            args = (_tree(test, text), _tree(body, text), _tree(orelse, text))
            return Apply("select", args)
        case ast.Call(func=ast.Name(id=prim), args=args, keywords=[]):
            return Apply(SYNTAX.get(prim, prim), tuple(_tree(arg, text) for arg in args))
        case _:
            message = f"{ast.unparse(tree)!r} is not allowed in the expression {text!r}"
            raise ValueError(message)


def _chain(prim: str, terms: list[Expr]) -> Expr:
    result = terms[0]
    for term in terms[1:]:
        result = Apply(prim, (result, term))
    return result


def _comparison(terms: list[Expr], ops: list[ast.cmpop], text: str) -> Expr:
    if any(type(op) not in COMPARE for op in ops):
        message = f"only < <= > >= == != compare in the expression {text!r}"
        raise ValueError(message)
    pairs = zip(terms, ops, terms[1:], strict=False)
    return _chain("and", [Apply(COMPARE[type(op)], (a, b)) for a, op, b in pairs])


# Facts ------------------------------------------------------------------------------


def names(expr: Expr) -> frozenset[str]:
    """Return the free names of an expression."""
    match expr:
        case Name(id=name):
            return frozenset((name,))
        case Lit():
            return frozenset()
        case Apply(args=args):
            return frozenset().union(*map(names, args))
        case _:
            assert_never(expr)


def applied(expr: Expr) -> frozenset[tuple[str, int]]:
    """Return the primitives in an expression, each with its number of arguments."""
    match expr:
        case Name() | Lit():
            return frozenset()
        case Apply(prim=prim, args=args):
            return frozenset(((prim, len(args)),)).union(*map(applied, args))
        case _:
            assert_never(expr)


def substitute(expr: Expr, values: Mapping[str, Expr]) -> Expr:
    """Return the expression with names replaced by expressions."""
    match expr:
        case Name(id=name):
            return values.get(name, expr)
        case Lit():
            return expr
        case Apply(prim=prim, args=args):
            return Apply(prim, tuple(substitute(arg, values) for arg in args))
        case _:
            assert_never(expr)


def renamed(expr: Expr, old: str, new: str) -> Expr:
    """Return the expression with another name for one of its functions."""
    if not isinstance(expr, Apply):
        return expr
    args = tuple(renamed(arg, old, new) for arg in expr.args)
    return Apply(new if expr.prim == old else expr.prim, args)


# Folding ----------------------------------------------------------------------------

EXACT: dict[str, Callable[..., Number]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
    "neg": operator.neg,
    "pos": operator.pos,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
    "eq": operator.eq,
    "ne": operator.ne,
    "not": operator.not_,
    "and": lambda a, b: a and b,
    "or": lambda a, b: a or b,
    "abs": abs,
    "trunc": lambda x: float(math.trunc(x)),
    "copysign": math.copysign,
}


LARGEST_PRODUCT = 64
"""Up to here, x**3.0 is as good as x**3, which Numba multiplies out."""


def fold(expr: Expr, literals: Mapping[str, Number]) -> Expr:
    """Return the expression, simplified where names stand for known numbers."""
    match expr:
        case Name() | Lit():
            return expr
        case Apply(prim=prim, args=args):
            folded = tuple(fold(arg, literals) for arg in args)
            values = tuple(_number(arg, literals) for arg in folded)
            return _literal(prim, values) or _identity(Apply(prim, folded), values)
        case _:
            assert_never(expr)


def known(expr: Expr, literals: Mapping[str, Number]) -> Number | None:
    """Return the number that an expression amounts to, or None if that is unknown."""
    return _number(fold(expr, literals), literals)


def _number(expr: Expr, literals: Mapping[str, Number]) -> Number | None:
    match expr:
        case Lit(value=value):
            return value
        case Name(id=name):
            return literals.get(name)
        case Apply():
            return None
        case _:
            assert_never(expr)


def _literal(prim: str, values: tuple[Number | None, ...]) -> Lit | None:
    """Return the value of a primitive of numbers, when it is finite and fits."""
    if prim not in EXACT or any(value is None for value in values):
        return None
    try:
        value = EXACT[prim](*values)
    except (ZeroDivisionError, OverflowError, ValueError):
        return None
    fits = math.isfinite(value) and (isinstance(value, float) or abs(value) < 2**62)
    return Lit(value) if fits else None


def _identity(expr: Apply, values: tuple[Number | None, ...]) -> Expr:
    """Return a simpler expression of the same value, for a literal argument."""
    args = expr.args
    match expr.prim, values:
        case ("mul", (1, _)) | ("and", (True, _)) | ("or", (False, _)):
            return args[1]
        case ("mul" | "div" | "pow", (_, 1)) | ("and", (_, True)) | ("or", (_, False)):
            return args[0]
        case ("mul", (-1, _)):
            return _identity(Apply("neg", args[1:]), values[1:])
        case ("sub", (_, 0 as zero)) if math.copysign(1, zero) > 0:
            return args[0]
        case ("and", (False, _) | (_, False)):
            return Lit(value=False)
        case ("or", (True, _) | (_, True)):
            return Lit(value=True)
        case ("select", (bool() as test, _, _)):
            return args[1] if test else args[2]
        case ("neg", (None,)) if isinstance(args[0], Apply) and args[0].prim == "neg":
            return args[0].args[0]
        case ("pow", (_, power)) if power is not None:
            return _power(args[0], power) or expr
        case _:
            return expr


def _power(base: Expr, power: Number) -> Expr | None:
    """Return products and roots for a small power (which differ for -inf and -0.0)."""
    match power:
        case 0:
            return Lit(1.0)
        case 2:
            return Apply("mul", (base, base))
        case 0.5:
            return Apply("sqrt", (base,))
        case 1.5:
            return Apply("mul", (base, Apply("sqrt", (base,))))
        case -0.5:
            return Apply("div", (Lit(1.0), Apply("sqrt", (base,))))
        case -1:
            return Apply("div", (Lit(1.0), base))
        case float() if power.is_integer() and abs(power) <= LARGEST_PRODUCT:
            return Apply("pow", (base, Lit(int(power))))
        case _:
            return None


# Expanding --------------------------------------------------------------------------


def expand(
    expr: Expr,
    env: Mapping[str, Atom],
    emit: Callable[[Value], Atom],
    memo: dict[Expr, Atom] | None = None,
) -> Atom:
    """Return the atom of an expression, after `emit` has named each operation in it.

    env: what the free names stand for; literals (`Const`) are folded.
    emit: called with one flat `Op` at a time, innermost first.
    memo: what has been emitted. Pass the same dictionary (with the same env, in the same
    block) for several expressions, and what they share is emitted once.
    """
    literals = {name: atom.value for name, atom in env.items() if isinstance(atom, Const)}
    return _emit(fold(expr, literals), env, emit, {} if memo is None else memo)


def _emit(
    expr: Expr,
    env: Mapping[str, Atom],
    emit: Callable[[Value], Atom],
    memo: dict[Expr, Atom],
) -> Atom:
    match expr:
        case Name(id=name):
            return env[name]
        case Lit(value=value):
            return Const(value)
        case Apply(prim=prim, args=args):
            if expr not in memo:
                atoms = tuple(_emit(arg, env, emit, memo) for arg in args)
                memo[expr] = emit(Op(prim, atoms))
            return memo[expr]
        case _:
            assert_never(expr)
