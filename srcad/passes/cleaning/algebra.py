"""Trivial algebra on one operation. Every row holds for 0, -0.0, inf and nan.

The sign and payload of a nan are not looked at: no operation of the language shows them.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from srcad.ir.nodes import Atom, Const, Op, Value
from srcad.ir.primitives import COMPARISONS
from srcad.ir.types import BOOL, FLOAT, INT
from srcad.rules.python import OPERATORS

_SMALL = 2**31
_LARGEST_EXPONENT = 64
_SIGNS = {"pos", "neg"}
_ARITHMETIC = {"add", "sub", "mul", "div", "floordiv", "mod", "pow"}


def simpler(
    value: Value, definition: Callable[[Atom], Value | None], is_float: Callable[[Atom], bool]
) -> Value:
    """Return a simpler value that equals `value`, or `value` itself.

    definition: the operation that an atom holds, if that is known here.
    is_float: whether an atom surely is a float64. The rows that drop a factor need it:
    1.0 * n is a float even where n is an int.
    """
    if type(value) is not Op or (Const not in map(type, value.args) and value.prim not in _SIGNS):
        return value  # nearly all
    match value:
        case Op("mul", (Const(value=float(one)), x)) if one == 1.0 and is_float(x):
            return x
        case Op("mul" | "div", (x, Const(value=float(one)))) if one == 1.0 and is_float(x):
            return x
        case Op("mul", (Const(value=float(one)), x)) if one == -1.0 and is_float(x):
            return _negative(x, definition)
        case Op("mul" | "div", (x, Const(value=float(one)))) if one == -1.0 and is_float(x):
            return _negative(x, definition)
        case Op("sub", (x, Const(value=float(zero)))) if repr(zero) == "0.0" and is_float(x):
            return x
        case Op("pos", (x,)) if is_float(x):
            return x
        case Op("neg", (x,)):
            return _negative(x, definition)
        case Op("select", (Const(value=bool(test)), then, orelse)):
            return then if test else orelse
        case Op("and" | "or" as prim, (Const(value=bool(test)), other)):
            return other if test == (prim == "and") else Const(test, BOOL)
        case Op("and" | "or" as prim, (other, Const(value=bool(test)))):
            return other if test == (prim == "and") else Const(test, BOOL)
        case Op("isfinite", (Const(value=number),)):
            return Const(math.isfinite(number), BOOL)
        case Op(prim, (Const(), Const())) if prim in _ARITHMETIC:
            return _folded(value)
        case Op(prim, (Const(value=a), Const(value=b))) if prim in COMPARISONS:
            return Const(OPERATORS[prim](a, b), BOOL)
        case _:
            return value


def _negative(x: Atom, definition: Callable[[Atom], Value | None]) -> Value:
    """Return -x: for x = -z that is z."""
    if isinstance(x, Const) and isinstance(x.value, float):
        return Const(-x.value, x.type)
    match definition(x):
        case Op("neg", (z,)):
            return z
        case _:
            return Op("neg", (x,))


def _folded(op: Op) -> Value:
    """Return the result of an operation on two literal numbers, as Python's compiler does.

    Numba drops the branches that it then sees are never taken, and only some of them.
    """
    match op:
        case Op(prim, (Const(value=a, type=type_), Const(value=b, type=other))):
            if not all(_is_plain(*part) for part in ((a, type_), (b, other))):
                return op
            if prim == "pow" and abs(b) > _LARGEST_EXPONENT:
                return op
            try:
                result = OPERATORS[prim](a, b)
            except ArithmeticError:
                return op
            if isinstance(result, int) and abs(result) < _SMALL**2:
                return Const(result, type_)
            is_float = prim == "div" or float in (type(a), type(b))
            if is_float and isinstance(result, float) and math.isfinite(result):
                return Const(result, FLOAT)
    return op


def _is_plain(value: object, type_: object) -> bool:
    """Return whether a literal is a small int or a float in double precision."""
    if type(value) is int:
        return abs(value) < _SMALL and type_ in (None, INT)
    return type(value) is float and type_ in (None, FLOAT)
