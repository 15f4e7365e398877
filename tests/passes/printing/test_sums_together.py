"""`r = a` and then `r += b` is `r = a + b`, if nothing is between."""

import math

import numpy as np
import pytest

import srcad
from srcad.ir.nodes import Call, Op, Var
from srcad.ir.show import first_line, show
from srcad.ir.text import expression
from srcad.ir.types import Array
from srcad.passes.printing.for_readers import for_readers
from srcad.passes.printing.sums_together import sums_together
from tests.ir_text import call, ir, same

MATRIX = Array("float64", 2)

PROGRAMS = [
    ("r = a\n    r += b", "r = a + b"),
    ("r = a * b\n    r += b", "r = a * b + b"),
    ("r = a\n    r += b\n    r += a", "r = a + b + a"),
    ("r = a\n    _t9 = b * b\n    r += _t9", "r = a + b * b"),
    ("r = 0.0\n    r += b", "r += b"),
    ("r = a\n    _t9 = r * b\n    r += _t9", "r += r * b"),
    ("r = a\n    a = b\n    r += b", "r += b"),
    ("r = a\n    if b > 0.0:\n        r += b", "r += b"),
    ("r = a\n    for i in range(2):\n        r += b", "r += b"),
    ("r = x[0]\n    x[0] = b\n    r += b", "r += b"),
]


@pytest.mark.parametrize(("body", "expected"), PROGRAMS)
def test_sums(body, expected):
    """Literal zeros stay: -0.0 added to 0.0 is 0.0."""
    flat = ir(f"def f(x: A1, a, b):\n    {body}\n    return r + x[0]\n")
    text = show(for_readers(flat), comments=False)[0]
    assert f"    {expected}\n" in text, text
    for b in (0.1, -0.0, math.inf, math.nan):
        args = np.array([0.3, 1.0]), -0.7, b
        assert same(call(text, "f", *args), call(show(flat)[0], "f", *args))


def test_a_summand_that_changes():
    """A temporary has another value when the second summand is added."""
    body = "_t9 = a * 2.0\n    r = _t9\n    _t9 = b * 3.0\n    r += _t9"
    flat = ir(f"def f(a, b):\n    {body}\n    return r\n")
    text = show(sums_together(flat), comments=False)[0]
    assert same(call(text, "f", 0.7, 0.2), call(show(flat)[0], "f", 0.7, 0.2))


def quadratic(a, b):
    return np.sum((a @ b) ** 2) + np.sum(a)


def test_products_are_operands():
    """A product of matrices that is read once stands where it is read."""
    args = np.ones((2, 3)), np.ones((3, 2))
    text = srcad.differentiate(quadratic).inspect_adjoint(*args, argnums=(0, 1))
    assert "a_bar += np.dot(" in text, text
    a, b, c = (Var(name, MATRIX) for name in "abc")
    call_ = Call((c,), None, "np.dot({0}.T, {1})", (Op("add", (a, b)), Op("add", (a, b))))
    assert first_line(call_) == "c = np.dot((a + b).T, a + b)"
    value = Op("written", (Op("add", (a, b)), c), ("np.dot({0}.T, {1})",))
    assert expression(value) == "np.dot((a + b).T, c)"
