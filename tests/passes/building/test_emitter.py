"""Statements under construction: names for what they compute, places, and loops over elements."""

import numpy as np

from srcad.ir.names import NameSupply
from srcad.ir.nodes import Accum, Const, Function, Let, Op, Param, Span, Store, Var
from srcad.ir.quote import parse
from srcad.ir.types import BOOL, FLOAT, INT, Array, Scalar
from srcad.passes.building.emitter import Emitter, add_elements, zero, zeros_like
from tests.ir_text import run

HERE = Span("file", 1, 0, 1, 5)
A, B = Var("a", FLOAT), Var("b", FLOAT)


def emitter(*taken):
    out = []
    return Emitter(NameSupply(taken), out, HERE), out


def test_operations_have_names_and_places():
    emit, out = emitter("_t0", "a", "b")
    result = emit.op("mul", A, emit.op("shape", B, static=(1,)))
    assert result == Var("_t2")
    assert [(s.target.name, s.value, s.span) for s in out] == [
        ("_t1", Op("shape", (B,), (1,)), HERE),
        ("_t2", Op("mul", (A, Var("_t1"))), HERE),
    ]


def test_names_and_literals_need_no_temporary():
    emit, out = emitter()
    assert emit.temp(A) is A
    assert emit.temp(Const(2.0)) == Const(2.0)
    assert out == []


def test_writes():
    """An addition is ours, and may be made in any order, unless somebody says otherwise."""
    emit, out = emitter()
    x = Var("x", Array("float64", 1))
    emit.store(x, (Const(0),), A)
    emit.accumulate(x, (Const(1),), A)
    emit.accumulate(A, None, B, any_order=False)
    store, ours, users = out
    assert isinstance(store, Store)
    assert isinstance(ours, Accum)
    assert (ours.any_order, users.any_order) == (True, False)
    assert {store.span, ours.span, users.span} == {HERE}


def test_rules_share_what_they_have_in_common():
    """One memo for two expressions: what both need is computed once."""
    emit, out = emitter("a", "b")
    memo = {}
    env = {"x": A, "y": B}
    first = emit.expand(parse("sin(x) * y"), env, memo)
    second = emit.expand(parse("sin(x) + 1"), env, memo)
    assert [s.value.prim for s in out] == ["sin", "mul", "add"]
    assert first != second
    assert emit.expand(parse("x"), env) is A


def test_zeros():
    """Adjoints of floats have their dtype; those of anything else are doubles."""
    assert zero(Scalar("float32")) == Const(0.0, Scalar("float32"))
    assert zero(FLOAT) == Const(0.0, FLOAT)
    for kind in (None, INT, BOOL, Array("float32", 1)):
        assert zero(kind) == Const(0.0)
        assert zero(kind).type == FLOAT or zero(kind).type is None
    x = Var("x", Array("float64", 2))
    assert zeros_like(x.type, x) == Op("zeros_like", (x,), (None,))


def test_elements_are_added_one_by_one():
    """For every number of axes, sizes of zero and one among them."""
    for shape in ((3,), (2, 3), (1, 2, 0), (2, 1, 2)):
        kind = Array("float64", len(shape))
        y, x = Var("y", kind), Var("x", kind)
        emit, out = emitter("x", "y", "i")
        emit.let(y, Op("copy", (x,)))
        add_elements(emit, y, x, len(shape))
        f = Function("f", (Param("x", x),), tuple(out), (y,))
        values = np.random.default_rng(1).normal(size=shape)
        result, (after,) = run(f, values)
        np.testing.assert_array_equal(result, 2.0 * values)
        np.testing.assert_array_equal(after, values)
        assert all(s.span == HERE for s in out if isinstance(s, Let))
