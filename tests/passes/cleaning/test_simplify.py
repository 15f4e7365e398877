"""Simplifying changes no result, and leaves what a person would have written."""

import itertools

import numpy as np
import pytest

from srcad.analysis.kinds import kinds
from srcad.analysis.overlap import Overlap
from srcad.ir.nodes import Accum, Const, Function, If, Let, Load, Op, Param, Restore, Save, Var
from srcad.ir.show import show
from srcad.ir.types import FLOAT, INT, Array, Scalar
from srcad.ir.verify import verify
from srcad.passes.cleaning.simplify import simplify
from srcad.passes.printing.refold import refold
from tests.ir_text import ir, run, same

EDGES = (0.0, -0.0, np.inf, -np.inf, np.nan, 1.5, -2.0)
X = np.array([1.5, -0.0, np.inf, -2.0, np.nan])
W = np.array([0.5, 2.0, -1.0, 0.0, 3.0])

SAME = [
    ("copies", "a, b", "t = a\n    u = t * b\n    t = b\n    return u + t"),
    ("swap", "a, b", "t = a\n    a = b\n    b = t\n    return a - 2.0 * b"),
    ("times one", "a, b", "return 1.0 * a + b * 1.0 - b / 1.0, a"),
    ("times minus one", "a, b", "return -1.0 * a, b * -1.0, b / -1.0"),
    ("one times an int", "n: int", "return 1.0 * n, n * 1.0, n / 1.0"),
    ("minus zero", "a, b", "return a - 0.0, b + 0.0, 0.0 - a, 0.0 * b"),
    ("minus minus", "a, b", "t = -a\n    u = -t\n    return -t * b, u, +u"),
    ("literal ints", "n: int", "return n + (2 - 1) * 3, 2 - 5"),
    ("literal floats", "a, b", "return a * (1.5 / 0.5 - 2.0), 7 // 2 + 7 % -4, 2.0 ** 3, -8 / 2"),
    ("zero of the user", "a, b", "z = 0.0\n    y = z * a\n    z += b\n    return y, z"),
    ("repeated work", "a, b", "return np.sin(a) * b, np.sin(a) + b, np.exp(np.sin(a))"),
    ("operand changes", "a, b", "y = np.sin(a)\n    a = b\n    return y, np.sin(a), np.sin(b)"),
    ("holder changes", "a, b", "y = np.sin(a)\n    z = y\n    y = b\n    return np.sin(a), y, z"),
    ("branches", "a, b",
     ("if a > b:\n        y = np.sin(a)\n        a = 1.0\n    else:\n        y = np.sin(b)\n"
     "    return y, np.sin(a), np.sin(b)")),
    ("dead branch", "a, b", "if a > b:\n        y = a\n    return b"),
    ("literal test", "a, b", "if True:\n        y = a\n    else:\n        y = b\n    return y"),
    ("loop", "a, b",
     ("s = a\n    t = b\n    for i in range(3):\n        t = s * b\n        s = t + np.sin(b)\n"
     "        u = t\n    return s, t")),
    ("copy in a loop", "a, b",
     "t = a\n    s = 0.0\n    for i in range(3):\n        s += t\n        t = b\n    return s, t"),
    ("dead loop", "a, b", "t = a\n    for i in range(3):\n        t = t * b\n    return a"),
    ("loop that counts itself", "n: int",
     "k = 0\n    s = 0\n    for i in range(n):\n        k += 1\n        s += 2\n    return s"),
    ("loop with an exit", "a, b",
     ("done = False\n    for i in range(5):\n        a = a * 0.5 + b\n        done = a > 1.0\n"
     "        if done:\n            break\n    return a")),
    ("while", "a, b",
     ("n = 0\n    t = a\n    while n < 4 and not a > 9.0:\n        t = a\n        a = t + b\n"
     "        n = n + 1\n    return a, t, n")),
    ("stores between reads", "x: A1, w: A1",
     "p = x[0]\n    x[0] = w[1]\n    q = x[0]\n    w[1] = p\n    return p, q, w[1], x[0]"),
    ("stores through a view", "x: A1, w: A1",
     "v = x[1:3]\n    p = x[1]\n    v[0] = 7.0\n    return p, x[1], v[0]"),
    ("stores through an alias", "x: A1, w: A1",
     "z = x\n    p = z[1]\n    x[1] = p * 2.0\n    return p, z[1]"),
    ("dead stores", "x: A1, w: A1",
     ("z = np.zeros(3)\n    y = np.zeros(3)\n    for i in range(3):\n        z[i] = x[i]\n"
     "        y[i] = z[i] * 2.0\n    w[0] = 1.0\n    return z")),
    ("live through a view", "x: A1, w: A1",
     "z = np.zeros(4)\n    v = z[1:3]\n    z[1] = x[0]\n    return v[0], len(z)"),
    ("array in a loop", "x: A1, w: A1",
     ("s = 0.0\n    for i in range(3):\n        z = np.zeros(2)\n        z[0] = x[i]\n"
     "        z[1] = z[0] * w[i]\n        s += z[1]\n        z[0] = 5.0\n    return s")),
    ("assertion", "a, b", "if a > 1e300:\n        raise ValueError('big')\n    return b"),
]  # fmt: skip


def program(params, body):
    return ir(f"def f({params}):\n    {body}\n")


def inputs(params):
    """Return the arguments to try: every edge case for numbers, one pair for arrays."""
    if "A1" in params:
        return [(X, W), (W, X)]
    if "int" in params:
        return [(0,), (3,), (-4,)]
    return list(itertools.product(EDGES, repeat=2))


@pytest.mark.parametrize(("name", "params", "body"), SAME)
def test_results_stay(name, params, body):
    """Every program gives the same to the bit, for zeros, inf and nan of the user's."""
    before = program(params, body)
    after = simplify(before, derivatives=())
    folded = refold(after)
    assert verify(after, typed=True) == []
    assert verify(folded, flat=False) == []
    for args in inputs(params):
        expected = outcome(before, args)
        assert same(outcome(after, args), expected)
        assert same(outcome(folded, args), expected)


def outcome(function, args):
    """Return results and arguments after a call, or the exception that it raised."""
    try:
        return run(function, *args)
    except (ValueError, OverflowError, ZeroDivisionError) as error:
        return str(error)


BECOMES = [
    ("first addition", "a, b", "a_bar = 0.0\n    a_bar += b\n    a_bar += a\n    return a_bar",
     "a_bar = b\n    a_bar += a\n    return a_bar"),
    ("seed", "a, b", "s_bar = 1.0\n    a_bar = 0.0\n    a_bar += s_bar * b\n    return a_bar",
     "return b"),
    ("strong zero", "a, b", ("t_bar = 0.0\n    a_bar = 0.0\n    a_bar += t_bar / a\n"
     "    a_bar += t_bar * b\n    return a_bar"), "return 0.0"),
    ("zero in sums", "a, b", "t_bar = 0.0\n    return a + t_bar, t_bar - b, a - t_bar, -t_bar",
     "return a, -b, a, 0.0"),
    ("zero for one iteration", "x: A1, a",
     ("t_bar = 0.0\n    for i in range(3):\n        t_bar += a\n        x[i] += t_bar\n"
     "        t_bar = 0.0\n    return t_bar"),
     "for i in range(3):\n        x[i] += a\n    return 0.0"),
    ("not zero the second time", "x: A1, a",
     "t_bar = 0.0\n    for i in range(3):\n        x[i] += t_bar\n        t_bar += a\n    return a",
     ("t_bar = 0.0\n    for i in range(3):\n        x[i] += t_bar\n        t_bar += a\n"
      "    return a")),
    ("zero in a while loop", "x: A1, a",
     ("t_bar = 0.0\n    while a > 1.0:\n        x[0] += t_bar\n        a = a / 2.0\n"
     "        t_bar += a\n        t_bar = 0.0\n    return t_bar"),
     "while a > 1.0:\n        a /= 2.0\n    return 0.0"),
    ("zero on one path", "a, b",
     "t_bar = 0.0\n    if a > b:\n        t_bar += a\n    t_bar += b\n    return t_bar",
     "t_bar = 0.0\n    if a > b:\n        t_bar = a\n    t_bar += b\n    return t_bar"),
    ("zero on both paths", "a, b",
     "t_bar = 0.0\n    if a > b:\n        t_bar = 0.0\n    t_bar += b\n    return t_bar",
     "return b"),
    ("zero again", "a, b", ("a_bar = b\n    y = a_bar * 2.0\n    a_bar = 0.0\n    a_bar += y\n"
     "    return a_bar"), "y = b * 2.0\n    return y"),
    ("zero into an array", "x: A1, a", "a_bar = 0.0\n    x[0] += a_bar\n    return a", "return a"),
    ("int into an adjoint", "n: int", "a_bar = 0.0\n    a_bar += n\n    return a_bar",
     "a_bar = float(n)\n    return a_bar"),
    ("copy of an adjoint", "x: A1, y_bar",
     "s_bar = y_bar\n    for i in range(3):\n        x[i] += s_bar * 2.0\n    return x[0]",
     "for i in range(3):\n        x[i] += y_bar * 2.0\n    return x[0]"),
    ("adjoint that is handed on", "a, y_bar",
     "t_bar = y_bar\n    y_bar = 0.0\n    y_bar += t_bar\n    return y_bar * a",
     "return y_bar * a"),
    ("work of the forward sweep", "a, y_bar",
     "y = np.sin(np.exp(a))\n    return y * y_bar, np.cos(np.exp(a)) * y_bar",
     ("exp_a = math.exp(a)\n    y = math.sin(exp_a)\n"
     "    return y * y_bar, math.cos(exp_a) * y_bar")),
    ("read once", "x: A1, a", "return x[0] * x[0] + a", "x_0 = x[0]\n    return x_0 * x_0 + a"),
    ("a whole sweep", "x: A1, w: A1, y_bar",
     ("s_bar = 0.0\n    s_bar += y_bar\n    x_bar = np.zeros_like(x)\n"
     "    for i in range(len(x)):\n        t_bar = 0.0\n        t_bar += s_bar\n"
     "        x_bar[i] += t_bar * w[i]\n        t_bar = 0.0\n    s_bar = 0.0\n    return x_bar"),
     ("x_bar = np.zeros_like(x)\n    for i in range(len(x)):\n        x_bar[i] += y_bar * w[i]\n"
     "    return x_bar")),
]  # fmt: skip


@pytest.mark.parametrize(("name", "params", "body", "expected"), BECOMES)
def test_what_is_left(name, params, body, expected):
    """Derivative code comes out as one would write it."""
    before = program(params, body)
    after = simplify(before)
    assert verify(after) == []
    text = show(refold(after), comments=False)[0]
    assert text.partition("\n    ")[2] == expected + "\n"


def test_only_derivatives_are_strong_zeros():
    """Which names count as derivatives can be said; a user's `x_bar` is not one."""
    body = "x_bar = 0.0\n    return x_bar * a"
    assert "* a" in show(simplify(program("a", body), derivatives=()))[0]
    assert "* a" in show(simplify(program("a", body), derivatives={"a_bar"}))[0]
    assert "* a" not in show(simplify(program("a", body), derivatives={"x_bar"}))[0]


def test_stacks_stay():
    """What is pushed is popped, in the same order; what is popped is not known."""
    a, b, s = Var("a_bar", FLOAT), Var("b", FLOAT), Var("s")
    body = (Let(a, Const(0.0)), Save(s, b), Restore(s, a), Accum(a, None, b))
    f = Function("f", (Param("b", b),), body, (a,))
    assert run(simplify(f), 3.0)[0] == 6.0


def test_float32_zeros_keep_their_type():
    """A known zero is returned as a number of its own type."""
    a = Var("a_bar", Scalar("float32"))
    f = Function("f", (), (Let(a, Const(0.0, a.type)),), (a,))
    assert show(simplify(f))[0] == "def f():\n    return np.float32(0.0)\n"


def test_kinds():
    """Types of made-up names follow from those that are known."""
    x, n, f32 = Var("x", Array("float64", 2)), Var("n", INT), Var("h", Scalar("float32"))
    body = tuple(
        Let(Var(f"_t{k}"), value)
        for k, value in enumerate(
            [
                Load(x, (n,)),
                Load(x, (n, n)),
                Op("sin", (Var("_t1"),)),
                Op("mul", (n, n)),
                Op("mul", (n, f32)),
                Op("shape", (x,), (0,)),
                Op("zeros", (n,), ("float64",)),
                Op("select", (Var("_t9"), n, n)),
                Op("lt", (n, n)),
                Var("_t8"),
            ]
        )
    )
    params = (Param("x", x), Param("n", n), Param("h", f32))
    found = kinds(Function("f", params, body, (), None))
    shown = {name: str(type_) for name, type_ in found.items() if name.startswith("_t")}
    assert shown == {
        "_t0": "float64[1d, A]",
        "_t1": "float64",
        "_t2": "float64",
        "_t3": "int64",
        "_t5": "int64",
        "_t6": "float64[1d, C]",
        "_t7": "int64",
        "_t8": "bool",
        "_t9": "bool",
    }


def test_overlap():
    """Arguments may overlap each other and their views; new arrays overlap nothing else."""
    f = program("x: A1, w: A1, a", "v = x[1:]\n    z = np.zeros(3)\n    u = z[1:]\n    return u")
    overlap = Overlap(f)
    pairs = itertools.combinations(["x", "w", "v", "z", "u", "a"], 2)
    assert [p for p in pairs if overlap.may_overlap(*p)] == [
        ("x", "w"), ("x", "v"), ("w", "v"), ("z", "u"),
    ]  # fmt: skip
    assert overlap.is_new("u")
    assert not overlap.is_new("v")


def test_literal_branches():
    """A branch on a literal is its block, also when that is empty."""
    a = Var("a", FLOAT)
    stmt = If(Const(False), (Let(a, Const(1.0)),), ())
    f = Function("f", (Param("a", a),), (stmt,), (a,))
    assert show(simplify(f))[0] == "def f(a):\n    return a\n"


@pytest.mark.parametrize(
    ("prim", "args"),
    [("pow", (3, 10**6)), ("pow", (2, -1)), ("div", (1.0, 0.0)), ("mod", (5, 0)),
     ("mul", (1e200, 1e200)), ("mul", (2**30, 2**40)), ("pow", (-8.0, 0.5))],
)  # fmt: skip
def test_literals_that_python_and_numba_see_differently_stay(prim, args):
    """What is large, not finite, complex or an error is left to the program."""
    a = Var("a", FLOAT)
    op = Op(prim, tuple(map(Const, args)))
    f = Function("f", (Param("a", a),), (Let(a, op),), (a,))
    assert op in [stmt.value for stmt in simplify(f).body]
