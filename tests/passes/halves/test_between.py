"""What stands between a call and the nest that takes its result: neither sees the array before."""

import pytest

from srcad.ir import nodes as ir
from srcad.ir.nodes import Const, Var
from srcad.ir.types import FLOAT, INT, Array
from srcad.passes.building.callees import Derived
from srcad.passes.halves.in_place import in_place
from srcad.passes.halves.stacked_calls import with_stacks

ARRAY = Array("float64", 1, layout="C")
W, T, OLD, BAR = (Var(name, ARRAY) for name in ("w", "t", "old", "w_bar"))
SITE = object()
K, N, V, S = Var("i", INT), Var("n", INT), Var("v", FLOAT), Var("s", FLOAT)


def g(w):
    w[0] += 1.0
    return w[0]


def over(like, *body):
    size = ir.Let(N, ir.Op("shape", (like,), (0,)))
    return size, ir.For(K, Const(0), N, Const(1), body, whole=True)


def copied(source, target):
    return over(target, ir.Let(V, ir.Load(source, (K,))), ir.Store(target, (K,), V))


def function(name, params, body, *returns):
    result = 0 if len(returns) == 1 else tuple(range(len(returns)))
    return ir.Function(name, tuple(ir.Param(v.name, v) for v in params), body, returns, result)


def value():
    """A function that writes a copy of its argument, and returns it."""
    own = Var("own", ARRAY)
    body = (
        ir.Let(own, ir.Op("copy", (W,))),
        ir.Store(own, (Const(0),), Const(1.0, FLOAT)),
        ir.Let(S, ir.Load(own, (Const(0),))),
    )
    return function("g_value", (W,), body, S, own)


def caller(*between):
    call = ir.Call((S, T), Derived(g, "primal", (), (0,)), "g_value", (W,))
    made = ir.Let(OLD, ir.Op("zeros_like", (W,), (None,)))
    return function("f", (W,), (made, call, *between, *copied(T, W)), S, OLD)


@pytest.mark.parametrize(
    ("between", "is_by_reference"),
    [((), True), (copied(W, OLD), False), (copied(OLD, W), False)],
)
def test_by_reference(between, is_by_reference):
    """A nest before the copy that reads or writes the argument finds it as it was."""
    found = in_place([caller(*between), value()])
    names = [s.name for s in found[0].body if isinstance(s, ir.Call)]
    assert names == ["g_in_place" if is_by_reference else "g_value"]


def test_by_reference_beside_other_arrays():
    """A nest over other arrays is no matter."""
    other = over(OLD, ir.Store(OLD, (K,), Const(2.0, FLOAT)))
    found = in_place([caller(*other), value()])
    assert [s.name for s in found[0].body if isinstance(s, ir.Call)] == ["g_in_place"]


def h(w):
    return w[0] * w[0]


def adjoint():
    """The value and the adjoint of a square of the first element."""
    own, flow, first = Var("own_bar", ARRAY), Var("flow", FLOAT), (Const(0),)
    body = (
        ir.Let(V, ir.Load(W, first)),
        ir.Let(S, ir.Op("mul", (V, V))),
        ir.Let(own, ir.Op("zeros_like", (W,), (None,))),
        ir.Let(Var("u", FLOAT), ir.Op("mul", (flow, V))),
        ir.Accum(own, first, Var("u", FLOAT), any_order=True),
    )
    return function("h_pullback_adjoint", (W, flow), body, S, own)


def added(target):
    return over(target, ir.Let(V, ir.Load(T, (K,))), ir.Accum(target, (K,), V, any_order=True))


@pytest.mark.parametrize(
    ("between", "is_given"),
    [((), True), (copied(OLD, W), True), (copied(BAR, OLD), False), (copied(OLD, BAR), False)],
)
def test_given_to_be_added_to(between, is_given):
    """The array that an adjoint is added to later is no other before that."""
    back = Derived(h, "pullback", (0,), cotangents=1)
    body = (
        ir.Let(OLD, ir.Op("zeros_like", (W,), (None,))),
        ir.Call((S,), h, "h", (W,), None, SITE),
        ir.Let(BAR, ir.Op("zeros_like", (W,), (None,))),
        ir.Call((T,), back, "h_pullback", (W, S), None, SITE),
        *between,
        *added(BAR),
    )
    functions = [function("f", (W,), body, BAR, OLD), adjoint()]
    found = with_stacks(functions, lambda _: functions[1])
    calls = [s for s in found[0].body if isinstance(s, ir.Call) and s.name == "h_backward"]
    assert [BAR in call.args for call in calls] == [is_given]
