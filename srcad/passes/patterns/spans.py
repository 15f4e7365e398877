"""Bounds of integers that are not known, and whether tests must or may be true.

`k_least` and `k_most` stand for an integer `k`, `t_must` and `t_may` for a test `t`. What is
known has equal ones. The pass `sets` asks here what an operation makes of those of its
arguments.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from srcad.ir import nodes as ir
from srcad.ir.primitives import COMPARISONS
from srcad.ir.types import BOOL, INT, Scalar, Type
from srcad.passes.building.emitter import Emitter
from srcad.rules.sets import ADD, FAR, FLOORDIV, MOD, MUL, SUB

Span = tuple[ir.Atom, ir.Atom]
NO, YES = ir.Const(value=False), ir.Const(value=True)
ANY_INT: Span = (ir.Const(-FAR), ir.Const(FAR))
ANY_BOOL: Span = (NO, YES)
NO_INT: Span = (ir.Const(FAR), ir.Const(-FAR))
NO_BOOL: Span = (YES, NO)

ARITHMETIC = {"add": ADD, "sub": SUB, "mul": MUL, "floordiv": FLOORDIV, "mod": MOD}
LOGIC = {"and", "or", "bitand", "bitor"}


def is_bool(type_: Type | None) -> bool:
    """Return whether values of this type are tests."""
    return isinstance(type_, Scalar) and type_.dtype == "bool"


def is_integer(type_: Type | None) -> bool:
    """Return whether values of this type are integers."""
    return isinstance(type_, Scalar) and type_.dtype.startswith(("int", "uint"))


def anything(type_: Type | None) -> Span:
    """Return what is known of a value of this type: nothing."""
    return ANY_BOOL if is_bool(type_) else ANY_INT


def nothing(type_: Type | None) -> Span:
    """Return the bounds of no value at all."""
    return NO_BOOL if is_bool(type_) else NO_INT


def both(emit: Emitter, a: ir.Atom, b: ir.Atom) -> ir.Atom:
    """Return `a and b`."""
    if a in {YES, NO}:
        return b if a == YES else NO
    if b in {YES, NO}:
        return a if b == YES else NO
    return a if a == b else emit.let(ir.Var(emit.supply.temporary(), BOOL), ir.Op("and", (a, b)))


def either(emit: Emitter, a: ir.Atom, b: ir.Atom) -> ir.Atom:
    """Return `a or b`."""
    if a in {YES, NO}:
        return b if a == NO else YES
    if b in {YES, NO}:
        return a if b == NO else YES
    return a if a == b else emit.let(ir.Var(emit.supply.temporary(), BOOL), ir.Op("or", (a, b)))


def negated(emit: Emitter, a: ir.Atom) -> ir.Atom:
    """Return `not a`."""
    if a in {YES, NO}:
        return NO if a == YES else YES
    return emit.let(ir.Var(emit.supply.temporary(), BOOL), ir.Op("not", (a,)))


def chosen(emit: Emitter, test: ir.Atom, a: ir.Atom, b: ir.Atom, type_: Type) -> ir.Atom:
    """Return `a if test else b`."""
    if test in {YES, NO}:
        return a if test == YES else b
    if a == b:
        return a
    return emit.let(ir.Var(emit.supply.temporary(), type_), ir.Op("select", (test, a, b)))


def joined(emit: Emitter, a: Span, b: Span, type_: Type | None) -> Span:
    """Return the bounds of what lies between either bounds."""
    if is_bool(type_):
        return both(emit, a[0], b[0]), either(emit, a[1], b[1])
    return integer(emit, "min", a[0], b[0]), integer(emit, "max", a[1], b[1])


def integer(emit: Emitter, prim: str, *args: ir.Atom) -> ir.Atom:
    """Return a new integer."""
    if prim in {"min", "max"} and args[0] == args[1]:
        return args[0]
    return emit.let(ir.Var(emit.supply.temporary(), INT), ir.Op(prim, args))


def test(emit: Emitter, prim: str, *args: ir.Atom) -> ir.Atom:
    """Return a new test."""
    return emit.let(ir.Var(emit.supply.temporary(), BOOL), ir.Op(prim, args))


def span_of(emit: Emitter, op: ir.Op, type_: Type | None, span: Callable[[ir.Atom], Span]) -> Span:
    """Return the bounds of the result of an operation; `span` gives those of its arguments."""
    kinds = [atom.type for atom in op.args]
    match op:
        case ir.Op("select", (c, a, b)):
            must, may = span(c)
            return _selected(emit, must, may, (span(a), span(b)), type_)
        case ir.Op("not", (a,)) if is_bool(type_):
            must, may = _truth(emit, a, span)
            return negated(emit, may), negated(emit, must)
        case ir.Op(prim, (a, b)) if prim in LOGIC and all(map(is_bool, kinds)):
            (must_a, may_a), (must_b, may_b) = span(a), span(b)
            join = both if prim in {"and", "bitand"} else either
            return join(emit, must_a, must_b), join(emit, may_a, may_b)
    if not all(is_integer(kind) or is_bool(kind) for kind in kinds):
        return anything(type_)
    if op.prim in COMPARISONS and all(map(is_integer, kinds)):
        return _compared(emit, op.prim, *map(span, op.args))
    if op.prim == "cast" and is_integer(type_) and is_bool(kinds[0]):
        must, may = span(op.args[0])
        zero, one = ir.Const(0), ir.Const(1)
        return chosen(emit, must, one, zero, INT), chosen(emit, may, one, zero, INT)
    if type_ != INT or not all(map(is_integer, kinds)):  # others may wrap around
        return anything(type_)
    return _computed(emit, op.prim, [span(atom) for atom in op.args])


def _truth(emit: Emitter, atom: ir.Atom, span: Callable[[ir.Atom], Span]) -> Span:
    del emit
    return span(atom) if is_bool(atom.type) else ANY_BOOL


def _selected(
    emit: Emitter, must: ir.Atom, may: ir.Atom, spans: tuple[Span, Span], type_: Type | None
) -> Span:
    kind = BOOL if is_bool(type_) else INT
    first, second = spans
    union = joined(emit, first, second, type_)
    found = []
    for a, b, c in zip(first, second, union, strict=True):
        inner = chosen(emit, may, c, b, kind)
        found.append(chosen(emit, must, a, inner, kind))
    return found[0], found[1]


def _compared(emit: Emitter, prim: str, a: Span, b: Span) -> Span:
    """Return whether a comparison of integers must and may be true."""
    match prim:
        case "gt" | "ge":
            return _compared(emit, {"gt": "lt", "ge": "le"}[prim], b, a)
        case "lt":
            must = test(emit, "surely_less", a[1], b[0])
            return must, negated(emit, test(emit, "surely_at_most", b[1], a[0]))
        case "le":
            must = test(emit, "surely_at_most", a[1], b[0])
            return must, negated(emit, test(emit, "surely_less", b[1], a[0]))
        case _:
            less = test(emit, "surely_less", a[1], b[0])
            apart = either(emit, less, test(emit, "surely_less", b[1], a[0]))
            one = test(emit, "surely_at_most", a[1], b[0])
            same = both(emit, one, test(emit, "surely_at_most", b[1], a[0]))
            if prim == "eq":
                return same, negated(emit, apart)
            return apart, negated(emit, same)


def _computed(emit: Emitter, prim: str, spans: Sequence[Span]) -> Span:
    """Return the bounds of what an operation makes of integers."""
    match prim, spans:
        case (("add" | "sub" | "mul" | "floordiv" | "mod"), [a, b]):
            args = (ir.Const(ARITHMETIC[prim]), *a, *b)
            return integer(emit, "least", *args), integer(emit, "most", *args)
        case "neg", [(low, high)]:
            zero = ir.Const(0)
            args = (ir.Const(SUB), zero, zero, low, high)
            return integer(emit, "least", *args), integer(emit, "most", *args)
        case (("min" | "max"), [a, b]):
            return integer(emit, prim, a[0], b[0]), integer(emit, prim, a[1], b[1])
        case (("pos" | "cast"), [a]):
            return a
        case (("abs" | "absolute"), [(low, high)]):
            zero = ir.Const(0)
            args = (ir.Const(SUB), zero, zero, low, high)
            below, above = integer(emit, "least", *args), integer(emit, "most", *args)
            least = integer(emit, "max", integer(emit, "max", low, below), zero)
            return least, integer(emit, "max", high, above)
        case _:
            return ANY_INT
