"""Trivial algebra keeps the value of every number: zeros, infinities, nan, ints and bools."""

import itertools
import math
import operator

import pytest

from srcad.ir.nodes import Const, Op, Var
from srcad.ir.types import BOOL, FLOAT, INT
from srcad.passes.cleaning.algebra import simpler

X = Var("x", FLOAT)
N = Var("n", INT)
NUMBERS = (0.0, -0.0, 1.0, -1.5, math.inf, -math.inf, math.nan, 5e-324, 1.7e308)
LITERALS = (0.0, -0.0, 1.0, -1.0, 2.0)
PYTHON = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
    "neg": operator.neg,
    "pos": operator.pos,
}


def same(a, b):
    """Return whether two numbers are one: type, sign of zero, any nan."""
    if type(a) is not type(b):
        return False
    if isinstance(a, float) and math.isnan(a):
        return math.isnan(b)
    return a == b and math.copysign(1.0, a) == math.copysign(1.0, b)


def value_of(value, names):
    """Return the value of an expression."""
    match value:
        case Const(value=number):
            return number
        case Var(name=name):
            return names[name]
        case Op(prim, args):
            return PYTHON[prim](*(value_of(arg, names) for arg in args))


def simplified(value, definitions=None):
    found = definitions or {}
    is_float = lambda atom: atom.type == FLOAT or isinstance(getattr(atom, "value", None), float)
    return simpler(value, lambda atom: found.get(getattr(atom, "name", None)), is_float)


@pytest.mark.parametrize("prim", ["add", "sub", "mul", "div"])
@pytest.mark.parametrize("literal", LITERALS)
def test_literal_operands(prim, literal):
    """`x op literal` and `literal op x` keep every bit."""
    for number, is_left in itertools.product(NUMBERS, (False, True)):
        args = (Const(literal), X) if is_left else (X, Const(literal))
        if prim == "div" and (number if is_left else literal) == 0.0:
            continue
        op = Op(prim, args)
        assert same(value_of(simplified(op), {"x": number}), value_of(op, {"x": number}))


def test_rows_that_apply():
    """The cheap legal cases are taken."""
    assert simplified(Op("mul", (Const(1.0), X))) == X
    assert simplified(Op("div", (X, Const(1.0)))) == X
    assert simplified(Op("mul", (X, Const(-1.0)))) == Op("neg", (X,))
    assert simplified(Op("sub", (X, Const(0.0)))) == X
    assert simplified(Op("neg", (X,)), {"x": Op("neg", (Var("z", FLOAT),))}) == Var("z", FLOAT)


@pytest.mark.parametrize(
    "op",
    [
        Op("sub", (X, Const(-0.0))),
        Op("add", (X, Const(0.0))),
        Op("mul", (X, Const(0.0))),
        Op("mul", (Const(1.0), N)),
        Op("mul", (X, Const(1))),
        Op("sub", (N, Const(0.0))),
        Op("pos", (N,)),
        Op("floordiv", (Const(1), Const(0))),
        Op("pow", (Const(2), Const(65))),
        Op("pow", (Const(2), Const(-1))),
        Op("mul", (Const(2**40), Const(2**40))),
        Op("div", (Const(1.0), Const(0.0))),
        Op("mul", (Const(1e300), Const(1e300))),
    ],
)
def test_one_step_from_legal(op):
    """One step from a row that applies: nothing is changed."""
    assert simplified(op) == op


def test_literals():
    """Operations on two literals are those of Python, with the type that they have there."""
    assert simplified(Op("floordiv", (Const(-7), Const(2)))) == Const(-4)
    assert simplified(Op("mod", (Const(-7), Const(3)))) == Const(2)
    assert simplified(Op("div", (Const(1), Const(2)))) == Const(0.5, FLOAT)
    assert simplified(Op("lt", (Const(1), Const(2)))) == Const(True, BOOL)
    assert simplified(Op("eq", (Const(0.0), Const(-0.0)))) == Const(True, BOOL)
    assert simplified(Op("lt", (Const(math.nan), Const(1.0)))) == Const(False, BOOL)


@pytest.mark.parametrize("base", [3, 3.0, -2.0])
def test_powers_of_literals(base):
    """Those that Python's compiler computes are computed; others may take forever."""
    exponents = (0, 1, 5, 30, 2.0, 64.0)
    for exponent in exponents:
        op = Op("pow", (Const(base), Const(exponent)))
        result = simplified(op)
        assert isinstance(result, Const), exponent
        assert same(result.value, base**exponent)
    for exponent in (65.0, -65.0, 10**9, -(10**9)):
        op = Op("pow", (Const(1.0 if type(exponent) is int else base), Const(exponent)))
        assert simplified(op) is op


def test_powers_that_are_no_numbers():
    """Complex, infinite, or too large for a machine word: the program finds out."""
    for base, exponent in ((-8.0, 0.5), (0.0, -1.0), (1e200, 2.0), (3, 60), (2, -1)):
        op = Op("pow", (Const(base), Const(exponent)))
        assert simplified(op) is op
