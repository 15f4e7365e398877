"""Folding gives back what a person would have written, and computes the same."""

import itertools

import numpy as np
import pytest

from srcad.ir.nodes import Accum, Const, Function, If, Let, Load, Op, Param, Var
from srcad.ir.show import show
from srcad.ir.types import BOOL, FLOAT, Array
from srcad.ir.verify import verify
from srcad.passes.printing.refold import LINE, refold
from srcad.passes.printing.webs import split_webs
from tests.ir_text import call, ir, run, same

X = np.array([0.5, -1.25, 2.0, 3.5])
W = np.array([2.0, 0.25, -1.0, 1.5])

# Programs that come back as they are.
KEPT = [
    ("sums", "a, b", "return a - (b - a) + b, a - b - a"),
    ("products", "a, b", "return a * (b * a) / (a / b), -a * b, -(a + b)"),
    ("powers", "a, b", "return (-a) ** 2 - a**2, (a + b) ** 3"),
    ("calls", "a, b", "return math.sin(a * b) + math.exp(-a)"),
    ("updates", "a, b", "a += b * 2.0\n    a -= b\n    a *= b + 1.0\n    a /= 2.0\n    return a"),
    ("elements", "x: A1, w: A1", ("x[0] += x[1] * w[2]\n    x[1] *= 2.0\n    w[-1] = x[0]\n"
     "    return x[0] + w[3]")),
    ("slices", "x: A1, w: A1", "v = x[1:3]\n    v[0] = w[2]\n    return x[1] + v[1]"),
    ("loop", "x: A1, w: A1", ("s = 0.0\n    for i in range(1, len(x) - 1):\n"
     "        s += x[i - 1] * w[i + 1]\n    return s")),
    ("loop bounds", "x: A1, w: A1", ("s = 0.0\n    for i in range(len(x) - 1, -1, -1):\n"
     "        s = s * 0.5 + x[i]\n    return s")),
    ("while", "a, b", "while a * a < 50.0 and not b > a:\n        a = a * 2.0 + 1.0\n    return a"),
    ("branches", "a, b", ("if a + b > 0.0:\n        a = a * b - 1.0\n    elif b > 0.0:\n"
     "        a -= 1.0\n    else:\n        b = a / 2.0\n    return a + b")),
    ("choice", "a, b", "y = a * a if a > b else math.sin(b)\n    return y"),
    ("casts", "a, b", "n = int(a * 2.0)\n    return float(n) * b"),
    ("swap", "x: A1, w: A1", "t = x[0]\n    x[0] = x[1]\n    x[1] = t\n    return x[0]"),
]  # fmt: skip

# Programs whose temporaries have to stay, or to change places with nothing.
STAYS = [
    ("read twice", "a, b", "_t90 = a * b\n    return _t90 + _t90, _t90",
     "a_times_b = a * b\n    return a_times_b + a_times_b, a_times_b"),
    ("name changes", "a, b", "_t90 = a * b\n    a = 2.0\n    return _t90 + a",
     "a_times_b = a * b\n    a = 2.0\n    return a_times_b + a"),
    ("element changes", "x: A1, w: A1", "_t90 = x[0]\n    x[1] = 3.0\n    return _t90",
     "x_0 = x[0]\n    x[1] = 3.0\n    return x_0"),
    ("element may change", "x: A1, w: A1", "_t90 = x[0]\n    w[0] = 3.0\n    return _t90",
     "x_0 = x[0]\n    w[0] = 3.0\n    return x_0"),
    ("new array changes", "x: A1, w: A1", ("z = np.zeros(2)\n    _t90 = x[0]\n    z[0] = 3.0\n"
     "    return _t90 + z[0]"),
     "z = np.zeros(2)\n    z[0] = 3.0\n    return x[0] + z[0]"),
    ("not into a loop", "a, b", ("s = 0.0\n    _t90 = math.sin(a)\n    for i in range(3):\n"
     "        s += _t90\n    return s"),
     "s = 0.0\n    sin_a = math.sin(a)\n    for i in range(3):\n        s += sin_a\n    return s"),
    ("not into a while test", "a, b", ("_t90 = a * 9.0\n    while b < _t90:\n        b = b + 1.0\n"
     "    return b"),
     "scaled_a = a * 9.0\n    while b < scaled_a:\n        b += 1.0\n    return b"),
    ("across a loop", "a, b", ("_t90 = b * 2.0\n    for i in range(3):\n        a += 1.0\n"
     "    return a * _t90"),
     "for i in range(3):\n        a += 1.0\n    return a * (b * 2.0)"),
    ("not across a loop that changes it", "a, b",
     "_t90 = a * 2.0\n    for i in range(3):\n        a += 1.0\n    return a * _t90",
     "twice_a = a * 2.0\n    for i in range(3):\n        a += 1.0\n    return a * twice_a"),
    ("bound again", "x: A1, w: A1",
     ("_t90 = x[0]\n    s = _t90 * 2.0\n    _t90 = x[1]\n    s += _t90\n"
     "    return s"),
     "s = x[0] * 2.0\n    s += x[1]\n    return s"),
    ("bound again in a branch", "a, b",
     ("z = 0.0\n    _t90 = a * 2.0\n    if a > b:\n        _t90 = b\n        z = 1.0\n"
     "    return _t90 + z"),
     ("z = 0.0\n    twice_a = a * 2.0\n    if a > b:\n        twice_a = b\n        z = 1.0\n"
     "    return twice_a + z")),
    ("bound again in a loop", "a, b",
     "_t90 = a * 2.0\n    for i in range(2):\n        _t90 = b * 3.0\n    return _t90",
     "twice_a = a * 2.0\n    for i in range(2):\n        twice_a = b * 3.0\n    return twice_a"),
    ("sizes", "x: A1, w: A1", "_t90 = len(x)\n    return _t90 * _t90",
     "n = len(x)\n    return n * n"),
    ("name that is taken", "x: A1, t", "_t90 = t * t\n    return _t90 + _t90",
     "t_squared = t * t\n    return t_squared + t_squared"),
]  # fmt: skip


def inputs(params):
    return [(X, W)] if "w: A1" in params else list(itertools.product((0.5, -2.0, 3.0), repeat=2))


@pytest.mark.parametrize(("name", "params", "body"), KEPT)
def test_expressions_come_back(name, params, body):
    """Taking apart and folding is the identity on what people write."""
    flat = ir(f"def f({params}):\n    {body}\n")
    text, _ = show(refold(flat), comments=False)
    assert text.partition("\n    ")[2] == body + "\n"
    for args in inputs(params):
        assert same(call(text, "f", *args), run(flat, *args))


@pytest.mark.parametrize(("name", "params", "body", "expected"), STAYS)
def test_values_move_only_where_they_may(name, params, body, expected):
    """Nothing is computed more often, or from operands that have changed."""
    flat = ir(f"def f({params}):\n    {body}\n")
    folded = refold(flat)
    assert verify(folded, flat=False) == []
    text, _ = show(folded, comments=False)
    assert text.partition("\n    ")[2] == expected + "\n"
    for args in [(X, 2.0)] if params == "x: A1, t" else inputs(params):
        assert same(call(text, "f", *args), run(flat, *args))


def test_long_lines_are_split():
    """An expression that is too long for a line is computed in parts."""
    total = " + ".join(f"a * {k}.25 * (b - {k}.5)" for k in range(30))
    flat = ir(f"def f(a, b):\n    y = {total}\n    return y\n")
    text, _ = show(refold(flat))
    assert max(map(len, text.splitlines())) <= LINE
    assert 8 < len(text.splitlines()) < 30
    assert "_t" not in text
    assert same(call(text, "f", 0.5, 0.75), run(flat, 0.5, 0.75))


a, b, c = Var("a", FLOAT), Var("b", FLOAT), Var("c", BOOL)
t0, t1, t2 = (Var(f"_t{k}", BOOL) for k in range(3))
LESS = Op("lt", (a, b))
POSITIVE = Op("gt", (a, Const(0.0)))

CONNECTIVES = [
    ("and", (Let(t0, LESS), If(t0, (Let(t0, POSITIVE),))), t0, "a < b and a > 0.0"),
    ("or", (Let(t0, LESS), If(t0, (), (Let(t0, POSITIVE),))), t0, "a < b or a > 0.0"),
    ("and, by branches", (If(c, (Let(t0, POSITIVE),), (Let(t0, Const(False)),)),), t0,
     "c and a > 0.0"),
    ("or, by branches", (If(c, (Let(t0, Const(True)),), (Let(t0, POSITIVE),)),), t0,
     "c or a > 0.0"),
    ("three", (Let(t0, LESS), If(t0, (Let(t1, c), If(t1, (Let(t1, POSITIVE),)), Let(t0, t1)))), t0,
     "a < b and (c and a > 0.0)"),
    ("choice", (If(c, (Let(t0, a),), (Let(t0, b),)),), t0, "a if c else b"),
    ("choice of choices", (If(c, (Let(t0, a),), (If(t2, (Let(t0, b),), (Let(t0, a),)),)),), t0,
     None),
]  # fmt: skip


@pytest.mark.parametrize(("name", "body", "result", "expected"), CONNECTIVES)
def test_branches_that_choose(name, body, result, expected):
    """Branches that only choose a value are expressions, evaluated as far as before."""
    params = (Param("a", a), Param("b", b), Param("c", c), Param("d", t2))
    before = Function("f", params, body, (result,))
    text, _ = show(refold(before))
    if expected is not None:
        expected = expected.replace("(c and a > 0.0)", "c and a > 0.0")
        assert text.endswith(f"    return {expected}\n")
    for args in itertools.product((1.0, -1.0), (0.0, 2.0), (True, False), (True, False)):
        assert same(call(text, "f", *args), run(before, *args))


def test_branches_that_do_more_stay():
    """A branch that binds two names is no expression."""
    body = (If(c, (Let(t0, LESS), Let(b, a)), (Let(t0, POSITIVE),)),)
    params = (Param("a", a), Param("b", b), Param("c", c))
    text, _ = show(refold(Function("f", params, body, (t0, b), (0, 1))))
    assert "if c:\n        a_below_b = a < b\n        b = a\n    else:" in text


def test_webs():
    """A temporary that stands for several values is several temporaries."""
    x, s = Var("x", Array("float64", 1)), Var("s", FLOAT)
    t = Var("_t0", FLOAT)

    def step(k):
        return Let(t, Load(x, (Const(k),))), Accum(s, None, t)

    choice = If(c, (Let(t, a),), (Let(t, Op("neg", (a,))),))
    body = (Let(s, Const(0.0)), *step(0), *step(1), choice, Accum(s, None, t))
    params = (Param("x", x), Param("a", a), Param("c", c))
    f = Function("f", params, body, (s,))
    text = show(split_webs(f))[0]
    assert [name in text for name in ("_t0", "_t1", "_t2", "_t3")] == [True, True, True, False]
    assert same(run(split_webs(f), X, 2.0, True), run(f, X, 2.0, True))
    assert "s += a if c else -a" in show(refold(f))[0]


def test_webs_that_are_carried_around_a_loop_stay():
    """A value that the next iteration reads keeps its name."""
    source = (
        "def f(a, b):\n    _t90 = a\n    s = 0.0\n    for i in range(3):\n"
        "        s += _t90\n        _t90 = s * b\n    _t90 = s\n    return _t90\n"
    )
    f = ir(source)
    assert same(run(refold(f), 2.0, 3.0), run(f, 2.0, 3.0))
    assert same(run(split_webs(f), 2.0, 3.0), run(f, 2.0, 3.0))
