"""Derivatives that are called inside a function become part of it."""

import numpy as np
import pytest

import srcad
from srcad.ir.nodes import Call, Const, Function, Let, Param, Var
from srcad.ir.types import FLOAT
from srcad.ir.walk import statements
from srcad.passes.modes.inline import inline
from tests.harness import as_plain_python
from tests.ir_text import ir, run

X, Y, Z = (Var(name, FLOAT) for name in "xyz")


def caller(*calls, returns):
    """Return a function of `x` and `y` that only calls."""
    params = (Param("x", X), Param("y", Y))
    return Function("f", params, calls, returns, tuple(range(len(returns))))


def call(targets, *args):
    """Return a call of something that is known as `"callee"`."""
    return Call(targets, "callee", "callee", args)


def test_names_are_fresh():
    """The callee's names, temporaries too, mean nothing in the caller."""
    callee = ir("def g(a, x):\n    y = a * x\n    y = y + (a + 1.0) * 2.0\n    return y")
    made = inline(caller(call((Z,), Y, X), returns=(Z, X, Y)), lambda _: callee)
    assert not any(isinstance(stmt, Call) for stmt in statements(made.body))
    assert run(made, 3.0, 5.0)[0] == (5.0 * 3.0 + 12.0, 3.0, 5.0)


def test_temporaries_are_fresh():
    """What the caller holds in a temporary is there after the call."""
    source = "def f(x, y):\n    _t0 = x + 1.0\n    z = callee(y, x)\n    w = _t0 * z\n    return w"
    callee = ir("def g(a, x):\n    y = (a + 1.0) * (x + 2.0)\n    return y")
    assert run(inline(ir(source), lambda _: callee), 3.0, 5.0)[0] == 4.0 * 6.0 * 5.0


def test_calls_one_after_the_other():
    """Two calls have names of their own, and the second may use what the first gives."""
    callee = ir("def g(a):\n    b = a * a\n    return b")
    made = inline(caller(call((Z,), X), call((X,), Z), returns=(X, Z)), lambda _: callee)
    assert run(made, 3.0, 5.0)[0] == (81.0, 9.0)


def test_a_target_that_is_an_argument():
    """Results are assigned when all of them are known."""
    callee = ir("def g(a, b):\n    c = a + b\n    return c, a")
    made = inline(caller(call((X, Y), X, Y), returns=(X, Y)), lambda _: callee)
    assert run(made, 3.0, 5.0)[0] == (8.0, 3.0)


def test_an_argument_that_the_callee_binds_again():
    """The caller's own name keeps its value."""
    callee = ir("def g(a):\n    a = a * 2.0\n    a += 1.0\n    return a")
    made = inline(caller(call((Z,), X), returns=(Z, X)), lambda _: callee)
    assert run(made, 3.0, 5.0)[0] == (7.0, 3.0)


def test_constant_arguments_and_results():
    """A number stands for itself, on the way in and on the way out."""
    callee = ir("def g(a):\n    b = a * 2.0\n    return b, 4.0")
    made = inline(caller(call((Z, Y), Const(1.5, FLOAT)), returns=(Z, Y)), lambda _: callee)
    assert run(made, 3.0, 5.0)[0] == (3.0, 4.0)


def test_tuples():
    """The parts of a tuple are passed one by one, nested as they are."""
    inner = ir("def g(a, b, c):\n    d = a - b * c\n    return d")
    a, b, c = (param.value for param in inner.params)
    callee = Function("g", (Param("t", (a, (b, c))),), inner.body, inner.returns, 0)
    made = inline(caller(call((Z,), (X, (Y, Const(2.0, FLOAT)))), returns=(Z,)), lambda _: callee)
    assert run(made, 3.0, 5.0)[0] == (-7.0,)


def test_captured_arrays_keep_their_names():
    """The callee's constants become the caller's."""
    table = np.array([2.0, 3.0])
    callee = ir("def g(a, table: A1):\n    b = a * table[1]\n    return b")
    constants = (("table", table),)
    callee = Function("g", callee.params[:1], callee.body, callee.returns, 0, constants=constants)
    made = inline(caller(call((Z,), X), returns=(Z,)), lambda _: callee)
    assert made.constants == constants
    assert any(isinstance(s, Let) and "table" in str(s.value) for s in statements(made.body))


def test_what_is_not_known_stays():
    """A call that nothing is known of stays a call, inside loops as well."""
    function = caller(call((Z,), X), returns=(Z,))
    assert inline(function, lambda _: None).body == function.body


def cube(x):
    return x * x * x


SLOPE = srcad.grad(cube)
VALUE_AND_SLOPE = srcad.value_and_grad(cube)


def slope_and_name(x, y):
    g = SLOPE(x)
    x = g * y
    h = SLOPE(x)
    return h * g


def slope_in_a_loop(x, y):
    s = 0.0
    for _ in range(3):
        v, g = VALUE_AND_SLOPE(x + s)
        s += 0.01 * v * g * y
    return s


def test_in_a_program():
    """The derivative of a derivative that is called, against differences of the formula."""

    def plain(x, y):
        return 3 * (3 * x * x * y) ** 2 * 3 * x * x

    x, y, h = 0.7, 0.4, 1e-6
    with as_plain_python():
        value, (dx, dy) = srcad.value_and_grad(slope_and_name, argnums=(0, 1))(x, y)
    assert value == pytest.approx(plain(x, y))
    assert dx == pytest.approx((plain(x + h, y) - plain(x - h, y)) / (2 * h), rel=1e-7)
    assert dy == pytest.approx((plain(x, y + h) - plain(x, y - h)) / (2 * h), rel=1e-7)


def test_in_a_loop():
    """Each iteration has the derivative where it is."""

    def plain(x, y):
        s = 0.0
        for _ in range(3):
            s += 0.01 * (x + s) ** 3 * 3 * (x + s) ** 2 * y
        return s

    h = 1e-6
    with as_plain_python():
        value, dx = srcad.value_and_grad(slope_in_a_loop)(0.7, 0.4)
    assert value == pytest.approx(plain(0.7, 0.4))
    assert dx == pytest.approx((plain(0.7 + h, 0.4) - plain(0.7 - h, 0.4)) / (2 * h), rel=1e-7)
