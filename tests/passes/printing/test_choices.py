"""Branches that choose a value become expressions of that value, and of its type."""

import numpy as np
import pytest

import srcad
from srcad.ir.nodes import Const, If, Let, Op, Store, Var
from srcad.ir.types import BOOL, FLOAT, INT
from srcad.ir.walk import nested_op
from srcad.passes.printing.choices import as_choice, as_connective
from tests.array_checks import check, parametrized, programs

program = programs()
X = np.array([2.0, 0.5])

T, U = Var("_t0", BOOL), Var("_t1", FLOAT)
TEST, NUMBER, A, B = Var("c", BOOL), Var("n", INT), Var("a", FLOAT), Var("b", FLOAT)
LESS = Op("lt", (A, B))
YES, NO = Const(value=True), Const(value=False)


def choice(test, then, orelse, target=U):
    """Return what becomes of an `if` that binds one temporary."""
    found = as_choice(If(test, (Let(target, then),), (Let(target, orelse),)))
    return found and found.value


def test_choices():
    """Two values, or a test and a value that is a bool."""
    assert choice(TEST, A, B) == Op("select", (TEST, A, B))
    assert choice(TEST, LESS, NO, T) == nested_op("and", TEST, LESS)
    assert choice(TEST, YES, LESS, T) == nested_op("or", TEST, LESS)


def test_one_step_from_a_connective():
    """A test that is a number, a value that is none of the truth values, the other literal."""
    assert choice(NUMBER, LESS, NO, T) == Op("select", (NUMBER, LESS, NO))
    assert choice(TEST, A, NO) == Op("select", (TEST, A, NO))
    assert choice(TEST, LESS, YES, T) == Op("select", (TEST, LESS, YES))
    assert choice(TEST, NO, LESS, T) == Op("select", (TEST, NO, LESS))


def test_one_step_from_a_choice():
    """Names of the user's, other statements, and two names are left alone."""
    bind = Let(U, A)
    assert as_choice(If(TEST, (Let(B, A),), (Let(B, A),))) is None
    assert as_choice(If(TEST, (bind,), (Let(T, A),))) is None
    assert as_choice(If(TEST, (bind,), ())) is None
    assert as_choice(If(TEST, (bind, Store(Var("x"), (Const(0),), A)), (bind,))) is None


def test_connectives():
    """`t = a` and then `if t: t = b` is `t = a and b`."""
    before = Let(T, LESS)
    then = If(T, (Let(T, TEST),), ())
    orelse = If(T, (), (Let(T, TEST),))
    assert as_connective(before, then).value == nested_op("and", LESS, TEST)
    assert as_connective(before, orelse).value == nested_op("or", LESS, TEST)
    assert as_connective(Let(A, LESS), then) is None
    assert as_connective(before, If(TEST, (Let(T, TEST),), ())) is None
    assert as_connective(before, If(T, (Let(T, TEST),), (Let(T, TEST),))) is None
    assert as_connective(before, If(T, (Let(U, TEST),), ())) is None


@program((X, 1.5), (X, 3))
def numbers_as_tests(x, k):
    t = (1.0 / x[0] < 1.0) if k else False
    u = True if k else (1.0 / x[1] < 1.0)
    return x[0] * (t & (x[1] > 0.0)) + x[1] * (u | t)


@program((X, 1.5), (-X, 1.5))
def lazy_operands(x, k):
    a = x[0] > 0.0 and np.log(x[0]) < k
    b = x[0] < 0.0 or np.sqrt(x[0]) > k
    c = np.log(x[0]) if x[0] > 0.0 else x[1] * k
    return c * x[1] + a * x[0] + b * x[1]


@program((X, 1.5), (-X, 1.5))
def chosen_in_loops(x, k):
    s = 0.0
    for i in range(2):
        t = x[i] / k if x[i] > 0.0 else s * x[1 - i]
        s += t * (1.0 if t > 0.1 and t / k < 9.0 else 0.5)
    return s


@parametrized(program)
def test_programs(func, args, mutates):
    """The value and both derivatives are those of Python."""
    check(func, args, mutates)


@pytest.mark.compiled
def test_results_are_bools():
    """A choice of bools by a number is a bool, also where it is the result."""

    def f(x, k):
        return x * k, (1.0 / x < 1.0) if k else False

    for k in (0, 2):
        (_, flag), _ = srcad.jvp(f, (2.0, k), (1.0, None))
        assert type(flag) is bool
