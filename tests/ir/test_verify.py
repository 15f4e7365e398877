"""Well-formed IR, and functions that are one step from it."""

from dataclasses import replace

import pytest

from srcad.errors import InternalError
from srcad.ir.nodes import (
    Accum,
    Const,
    For,
    Function,
    If,
    Let,
    Load,
    Op,
    Param,
    Raise,
    Slice,
    Span,
    Store,
    Var,
)
from srcad.ir.types import BOOL, FLOAT, INT, Array
from srcad.ir.verify import check, verify
from tests.ir_text import ir

SOUND = """
def f(x: A1, w: A2, n: int, c: bool):
    s = 0.0
    for i in range(n):
        if c:
            w[i, 0] = x[i] * 2.0
        v = w[i]
        s += v[0]
    return s
"""
ROW, SQUARE = Array("float64", 1), Array("float64", 2)
X, W = Var("x", ROW), Var("w", SQUARE)
I, S, T = Var("i", INT), Var("s", FLOAT), Var("t", FLOAT)  # noqa: E741
ONE, ZERO = Const(1.0, FLOAT), Const(0, INT)


def function(*body, returns=(S,), result=0, params=(X, W, I, S)):
    return Function("f", tuple(Param(v.name, v) for v in params), body, returns, result)


def test_sound():
    assert verify(ir(SOUND)) == []
    assert verify(ir(SOUND), typed=True) == []
    assert check(ir(SOUND), "a pass") is not None


NESTED = Let(S, Op("add", (S, Op("mul", (S, ONE)))))


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (NESTED, "nested value"),
        (Store(X, (Op("add", (I, ZERO)),), ONE), "nested value"),
        (If(Op("lt", (S, ONE)), ()), "nested value"),
        (Let(S, Load(X, (Slice(Op("add", (I, I))),))), "nested value"),
        (Store(X, (Slice(),), ONE), "slice in its index"),
        (Accum(X, (Slice(),), ONE), "slice in its index"),
        (For(I, ZERO, Const(3, INT), Const(1, INT), (Let(I, ZERO),)), "loop variable i"),
        (
            For(I, ZERO, Const(3, INT), Const(1, INT), (If(Const(True), (Let(I, ZERO),)),)),
            "loop variable i",
        ),
        (Let(S, T), "t is read before it is bound"),
        (Let(Var("s", INT), ZERO), "s is float64 and int64"),
        (Let(T, Var("s", INT)), "s is float64 and int64"),
    ],
)
def test_one_step_from_sound(body, problem):
    found = verify(function(Let(S, ONE), body))
    assert any(problem in text for text in found), found


@pytest.mark.parametrize(
    ("stmt", "problem"),
    [
        (Let(T, Load(X, (I, I))), "x has 1 axes but 2 indices"),
        (Let(T, Load(S, (I,))), "s is indexed but is float64"),
        (Store(W, (I,), ONE), "w has 2 axes but 1 indices"),
        (Store(W, (I, I, I), ONE), "w has 2 axes but 3 indices"),
        (Accum(W, (I,), ONE), "w has 2 axes but 1 indices"),
        (Let(Var("t"), ONE), "t has no type"),
    ],
)
def test_types_and_indices(stmt, problem):
    found = verify(function(stmt), typed=True)
    assert any(problem in text for text in found), found
    assert not any(problem in text for text in verify(function(stmt)))


def test_views_may_leave_indices_out():
    assert verify(function(Let(Var("v", ROW), Load(W, (I,)))), typed=True) == []


def test_what_is_allowed_where_statements_are_folded_or_write_wholes():
    assert verify(function(NESTED), flat=False) == []
    assert verify(function(Store(X, (Slice(),), ONE)), wholes=True) == []
    assert verify(function(Store(W, (I,), ONE)), typed=True, wholes=True) == []
    inner = Let(S, Op("add", (S, Load(X, (I, I)))))
    assert verify(function(inner), typed=True, flat=False)


def test_signatures():
    assert verify(function(params=(X, S, S))) == [
        "2 parameters are called s",
        "2 parameters are called s",
    ]
    assert verify(function(result=1)) == ["the result has a leaf 1, but there are 1 values"]
    assert verify(function(result=-1))
    assert verify(function(result=(0, (None, 0)))) == []
    assert verify(function(result="s"))
    both = (Param("p", (X, S)), Param("q", (S,)))
    assert verify(replace(function(), params=both)) == ["2 parameters are called s"]
    assert verify(function(returns=(T,))) == ["t is returned before it is bound (NoneType)"]


def test_types_of_the_test_at_the_end_of_a_loop():
    until = Var("b", FLOAT)
    loop = For(I, ZERO, Const(3, INT), Const(1, INT), (), until)
    found = verify(function(loop, params=(S, Var("b", BOOL))))
    assert found == []  # the types of parameters are not in the body
    body = (Let(Var("b", BOOL), Const(True, BOOL)), loop)
    assert "b is bool and float64" in verify(function(*body, params=(S,)))


def test_errors_name_what_the_user_wrote(tmp_path):
    path = tmp_path / "program.py"
    path.write_text("def f(x):\n    y = x[1:] + x\n")
    span = Span(str(path), 2, 4, 2, 17)

    def problems(text):
        return verify(function(Raise(ValueError, (text,), span)))

    assert problems("'x' has another shape") == []
    assert problems("'x_1' has another shape")
    assert problems("'_t1' has another shape")
    assert problems("'other' has another shape") == []


def test_the_error_names_the_pass():
    with pytest.raises(InternalError, match="some pass"):
        check(function(NESTED), "some pass")
