"""Products of partials with what flows: which zeros win, and what is left out."""

import math

import numpy as np

from srcad.ir import quote
from srcad.ir.nodes import Const, Op, Var
from srcad.ir.types import FLOAT, INT
from srcad.rules.partials import (
    NO_GUARD,
    NOTHING,
    Guard,
    active_arguments,
    gates,
    operation_rule,
    times,
    times_root,
    times_square,
)
from tests.rule_reference import calculate

INF, NAN = math.inf, math.nan
A, B, X, FLOW = (Var(name, FLOAT) for name in ("a", "b", "x", "flow"))
BOTH = Guard(flow=True, partial=True)


def product(op, k=0, guard=NO_GUARD, **values):
    """Return what flows to an argument, for values of arguments, `y` and `flow`."""
    flow = values.setdefault("flow", 1.0)
    expr = times(op, k, FLOW if "flow" in values else Const(flow, FLOAT), guard)
    with np.errstate(all="ignore"):
        return float(calculate(expr, {name: np.float64(v) for name, v in values.items()}))


def unary(prim):
    return Op(prim, (X,))


def test_a_zero_that_flows_wins_over_singular_partials():
    for prim, x, y in (("log", 0.0, -INF), ("sqrt", 0.0, 0.0), ("reciprocal", 0.0, INF),
                       ("exp", 1e3, INF), ("cbrt", 0.0, 0.0), ("arctanh", 1.0, INF)):  # fmt: skip
        assert product(unary(prim), x=x, y=y, flow=0.0) == 0.0, prim
        assert math.isinf(product(unary(prim), x=x, y=y, flow=1.0)), prim


def test_other_partials_are_multiplied_as_they_are():
    """The limits of a program say where they need a guard."""
    assert math.isnan(product(Op("mul", (A, B)), a=1.0, b=INF, y=INF, flow=0.0))
    flow, partial = Guard(flow=True, partial=False), Guard(flow=False, partial=True)
    assert product(Op("mul", (A, B)), guard=flow, a=1.0, b=INF, flow=0.0) == 0.0
    assert math.isnan(product(Op("mul", (A, B)), guard=flow, a=1.0, b=0.0, flow=INF))
    assert product(Op("mul", (A, B)), guard=partial, a=1.0, b=0.0, flow=INF) == 0.0
    assert math.isnan(product(Op("mul", (A, B)), guard=partial, a=1.0, b=INF, flow=0.0))
    assert product(Op("mul", (A, B)), guard=BOTH, a=1.0, b=3.0, flow=2.0) == 6.0


def test_zeros_beside_finite_numbers_are_products():
    """So they have derivatives; and nan is handed on."""
    for guard in (NO_GUARD, BOTH):
        assert math.copysign(1.0, product(Op("mul", (A, B)), guard=guard, b=-3.0, flow=0.0)) == -1.0
        assert math.isnan(product(Op("mul", (A, B)), guard=guard, b=NAN, flow=1.0))
        assert math.isnan(product(Op("mul", (A, B)), guard=guard, b=2.0, flow=NAN))


def test_a_zero_partial_of_a_power_wins_over_what_flows():
    """Where the derivative by one argument is infinite, that by the other may be zero."""
    power = Op("pow", (A, B))
    assert product(power, 1, x=0.0, p=0.5, y=0.0, flow=INF) == 0.0
    assert product(power, 0, x=0.0, p=2.0, y=0.0, flow=INF) == 0.0
    assert product(power, 0, x=0.0, p=0.5, y=0.0, flow=0.0) == 0.0
    root = Op("pow", (A, Const(0.5, FLOAT)))
    assert product(root, 0, x=0.0, p=0.5, y=0.0, flow=1.0) == INF


def test_squares():
    expr = times_square(NO_GUARD)
    assert calculate(expr, {"a": 3.0, "flow": 5.0}) == 30.0
    assert math.isnan(calculate(expr, {"a": INF, "flow": 0.0}))
    assert calculate(times_square(BOTH), {"a": INF, "flow": 0.0}) == 0.0
    assert calculate(times_square(BOTH), {"a": 0.0, "flow": INF}) == 0.0


def root_of(y, flow, **offsets):
    values = {"y": np.float64(y), "flow": np.float64(flow), "x": np.float64(y * y), **offsets}
    with np.errstate(all="ignore"):
        return float(calculate(times_root(unary("sqrt"), len(offsets)), values))


def test_roots_of_sums_of_squares():
    assert root_of(2.0, 1.0) == 0.25
    assert root_of(0.0, 1.0) == 0.0
    assert root_of(0.0, 0.0) == 0.0
    assert root_of(0.0, 1.0, offset0=0.0) == 0.0
    assert root_of(0.0, 1.0, offset0=-1.0) == INF  # the squares are one, not zero
    assert root_of(0.0, 1.0, offset0=0.0, offset1=-1.0) == INF
    assert root_of(0.0, 0.0, offset0=-1.0) == 0.0


def test_casts():
    assert active_arguments(Op("cast", (X,), ("float64",))) == (0,)
    assert active_arguments(Op("cast", (X,), ("float32",))) == (0,)
    for dtype in ("int64", "int32", "uint8", "bool"):
        assert operation_rule(Op("cast", (X,), (dtype,))) is NOTHING
        assert active_arguments(Op("cast", (X,), (dtype,))) == ()


def test_makers_and_facts():
    for prim in ("zeros", "ones", "empty", "zeros_like", "shape", "size", "len", "trips", "and"):
        assert active_arguments(Op(prim, (X,))) == ()
    assert active_arguments(Op("full", (X, Var("n", INT)))) == (0,)
    assert active_arguments(Op("full_like", (A, X))) == (1,)
    assert active_arguments(Op("copy", (X,))) == (0,)
    assert operation_rule(Op("nothing like it", (X,))) is None
    assert active_arguments(Op("nothing like it", (X,))) == ()


def test_arguments_without_a_derivative():
    assert active_arguments(Op("ldexp", (X, Var("n", INT)))) == (0,)
    assert active_arguments(Op("floor", (X,))) == ()
    assert active_arguments(Op("select", (Var("c"), A, B))) == (1, 2)
    assert active_arguments(Op("pow", (X, Const(2, INT)))) == (0,)
    assert active_arguments(Op("pow", (Const(2.0, FLOAT), X))) == (1,)


def test_gates():
    """A partial that is an exact zero somewhere drops what is computed from the argument."""
    choice = Op("select", (Var("c"), A, B))
    assert gates(choice, 1)
    assert gates(choice, 2)
    assert not gates(choice, 0)
    assert gates(Op("max", (A, B)), 0)
    assert gates(Op("clip", (X, A, B)), 0)
    assert gates(Op("hypot", (A, B)), 0)
    assert not gates(Op("mul", (A, B)), 0)
    assert not gates(Op("abs", (X,)), 0)
    assert not gates(Op("floor", (X,)), 0)


def test_signs_and_ones_are_not_multiplied():
    assert times(Op("add", (A, B)), 0, FLOW) == quote.Name("flow")
    assert times(Op("neg", (X,)), 0, FLOW) == quote.Apply("neg", (quote.Name("flow"),))
    assert times(Op("pow", (X, Const(0, INT))), 0, FLOW) == quote.Lit(0.0)
    assert times(Op("sub", (A, B)), 1, FLOW, BOTH) == quote.Apply("neg", (quote.Name("flow"),))


def test_a_branch_that_is_not_taken_gives_exactly_zero():
    choice = Op("select", (Var("c"), A, B))
    for flow in (INF, NAN):
        assert product(choice, 1, c=0.0, a=1.0, b=2.0, flow=flow) == 0.0
        assert product(choice, 2, c=1.0, a=1.0, b=2.0, flow=flow) == 0.0
