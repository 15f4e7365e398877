"""Zeros of ours: followed while they surely are zero, and no others."""

import itertools
import re

import numpy as np
import pytest

from srcad.ir.nodes import Accum, Call, Const, Function, Let, Op, Param, Restore, Save, Var
from srcad.ir.show import show
from srcad.ir.types import FLOAT, Array, Scalar
from srcad.passes.cleaning.zeros import propagate_zeros
from tests.ir_text import ir, run, same

X = np.array([1.5, -0.5, 2.0, -2.0, 0.25])
NUMBERS = (0.0, -0.0, np.inf, np.nan, 1.5)

BECOMES = [
    ("first addition", "d_bar = 0.0\n    d_bar += a\n    return d_bar",
     "d_bar = 0.0\n    d_bar = a\n    return d_bar"),
    ("second addition", "d_bar = 0.0\n    d_bar += a\n    d_bar += b\n    return d_bar",
     "d_bar = 0.0\n    d_bar = a\n    d_bar += b\n    return d_bar"),
    ("an int", "d_bar = 0.0\n    d_bar += n\n    return d_bar",
     "d_bar = 0.0\n    d_bar = float(n)\n    return d_bar"),
    ("a literal int", "d_bar = 0.0\n    d_bar += 2\n    return d_bar",
     "d_bar = 0.0\n    d_bar = 2.0\n    return d_bar"),
    ("zero again",
     "d_bar = 0.0\n    d_bar += a\n    d_bar = 0.0\n    d_bar += b\n    return d_bar",
     "d_bar = 0.0\n    d_bar = a\n    d_bar = 0.0\n    d_bar = b\n    return d_bar"),
    ("zero already", "d_bar = 0.0\n    e_bar = a\n    d_bar = 0.0\n    return d_bar, e_bar",
     "d_bar = 0.0\n    e_bar = a\n    return 0.0, e_bar"),
    ("of the user", "z = 0.0\n    z += a\n    return z * b", None),
    ("minus zero", "d_bar = -0.0\n    d_bar += a\n    return d_bar", None),
    ("zero of an int", "d_bar = 0\n    d_bar += n\n    return d_bar", None),
    ("user's temporary", "_t5 = 0.0\n    return _t5 * a", None),
    ("temporary of ours", "d_bar = 0.0\n    _t5 = d_bar\n    return _t5 * a",
     "d_bar = 0.0\n    _t5 = 0.0\n    _t0 = 0.0\n    return 0.0"),
    ("user's copy of one", "d_bar = 0.0\n    z = d_bar\n    z += a\n    return z",
     "d_bar = 0.0\n    z = 0.0\n    z += a\n    return z"),
    ("addition to the user's", "d_bar = 0.0\n    z = b\n    z += d_bar\n    return z",
     "d_bar = 0.0\n    z = b\n    return z"),
    ("the user's zero added", "z = a\n    z += 0.0\n    return z", None),
    ("negated", "d_bar = 0.0\n    return -d_bar, a - d_bar, d_bar - a",
     "d_bar = 0.0\n    _t0 = 0.0\n    _t1 = a\n    _t2 = -a\n    return 0.0, _t1, _t2"),
    ("divided", "d_bar = 0.0\n    return d_bar / a", "d_bar = 0.0\n    _t0 = 0.0\n    return 0.0"),
    ("divisor", "d_bar = 0.0\n    return np.arctan2(a, d_bar)",
     "d_bar = 0.0\n    _t0 = math.atan2(a, 0.0)\n    return _t0"),
    ("function of one", "d_bar = 0.0\n    return np.cos(d_bar)",
     "d_bar = 0.0\n    _t0 = math.cos(0.0)\n    return _t0"),
    ("both of a choice", ("d_bar = 0.0\n    e_bar = 0.0\n    _t5 = select(c, d_bar, e_bar)\n"
     "    return _t5"), "d_bar = 0.0\n    e_bar = 0.0\n    _t5 = 0.0\n    return 0.0"),
    ("one of a choice", "d_bar = 0.0\n    _t5 = select(c, d_bar, a)\n    return _t5",
     "d_bar = 0.0\n    _t5 = 0.0 if c else a\n    return _t5"),
    ("changed by one branch",
     "d_bar = 0.0\n    if c:\n        d_bar += a\n    d_bar += b\n    return d_bar",
     "d_bar = 0.0\n    if c:\n        d_bar = a\n    d_bar += b\n    return d_bar"),
    ("zero on both branches",
     ("d_bar = a\n    if c:\n        d_bar = 0.0\n    else:\n        d_bar = 0.0\n    d_bar += b\n"
     "    return d_bar"),
     ("d_bar = a\n    if c:\n        d_bar = 0.0\n    else:\n        d_bar = 0.0\n    d_bar = b\n"
     "    return d_bar")),
    ("zero on one branch",
     "d_bar = a\n    if c:\n        d_bar = 0.0\n    d_bar += b\n    return d_bar", None),
    ("added to in a loop", ("d_bar = 0.0\n    for i in range(n):\n        d_bar += a\n"
     "    return d_bar"), None),
    ("zero at the end of an iteration",
     ("d_bar = 0.0\n    for i in range(n):\n        d_bar += a\n        x[i] = d_bar\n"
     "        d_bar = 0.0\n    d_bar += b\n    return d_bar"),
     ("d_bar = 0.0\n    for i in range(n):\n        d_bar = a\n        x[i] = d_bar\n"
     "        d_bar = 0.0\n    d_bar = b\n    return d_bar")),
    ("zero at the end, not before",
     ("d_bar = a\n    for i in range(n):\n        d_bar += a\n        x[i] = d_bar\n"
     "        d_bar = 0.0\n    d_bar += b\n    return d_bar"), None),
    ("one passes it to another",
     ("d_bar = 0.0\n    e_bar = 0.0\n    for i in range(n):\n        x[i] = e_bar\n"
     "        e_bar += d_bar\n        d_bar += a\n    return e_bar"), None),
    ("one passes it to another, and is zero",
     ("d_bar = 0.0\n    e_bar = 0.0\n    for i in range(n):\n        x[i] = e_bar\n"
     "        e_bar += d_bar\n    return e_bar"),
     "d_bar = 0.0\n    e_bar = 0.0\n    for i in range(n):\n        x[i] = 0.0\n    return 0.0"),
    ("added to by the body of a while",
     ("d_bar = 0.0\n    while a > 1.0:\n        a = a / 2.0\n        d_bar += a\n"
     "    d_bar += b\n    return d_bar"), None),
    ("zero at the end of the body of a while",
     ("d_bar = 0.0\n    while a > 1.0:\n        d_bar += b\n        a = a - d_bar\n"
     "        d_bar = 0.0\n    d_bar += a\n    return d_bar"),
     ("d_bar = 0.0\n    while a > 1.0:\n        d_bar = b\n        a -= d_bar\n"
     "        d_bar = 0.0\n    d_bar = a\n    return d_bar")),
    ("an array", "d_bar = np.zeros(3)\n    d_bar[0] += a\n    return d_bar[0]", None),
    ("stored and added to elements",
     "d_bar = 0.0\n    x[0] = d_bar\n    x[1] += d_bar\n    return a",
     "d_bar = 0.0\n    x[0] = 0.0\n    return a"),
]  # fmt: skip


def is_ours(name):
    return name.endswith("_bar")


def program(body):
    return ir(f"def f(x: A1, a, b, n: int, c: bool):\n    {body}\n")


@pytest.mark.parametrize(("name", "body", "expected"), BECOMES)
def test_what_becomes_of_zeros(name, body, expected):
    """What is left, and that it computes the same for numbers that are finite."""
    before = program(body)
    after = propagate_zeros(before, is_ours)
    assert lines(after) == (lines(before) if expected is None else expected)
    for a, n, c in itertools.product((1.5, -3.0), (0, 1, 3), (True, False)):
        found, wanted = run(after, X, a, 0.75, n, c), run(before, X, a, 0.75, n, c)
        assert unsigned(found) == unsigned(wanted)


def lines(function):
    """Return the body of a program, where tests are printed as one writes them."""
    text = show(function, comments=False)[0].partition("\n    ")[2].strip()
    return re.sub(r"while True:\n +_t0 = (.*)\n +if not _t0:\n +break\n", r"while \1:\n", text)


def unsigned(tree):
    """Return results as text, where no zero has a sign."""
    if isinstance(tree, list | tuple):
        return [unsigned(item) for item in tree]
    return repr(np.asarray(tree) + 0.0)


@pytest.mark.parametrize("value", NUMBERS)
def test_zeros_of_the_user_are_numbers(value):
    """They keep their signs, and make nan of what is infinite."""
    before = program("z = 0.0\n    y = z * a\n    z += b\n    return y, z, -z, z - a")
    args = X, value, -0.0, 1, True
    assert same(run(propagate_zeros(before, is_ours), *args), run(before, *args))


def test_what_is_popped_or_returned_by_a_call_is_not_zero():
    d, b, stack = Var("d_bar", FLOAT), Var("b", FLOAT), Var("s")
    popped = (Let(d, Const(0.0)), Save(stack, b), Restore(stack, d), Accum(d, None, b))
    f = Function("f", (Param("b", b),), popped, (d,))
    assert isinstance(propagate_zeros(f, is_ours).body[-1], Accum)
    called = (Let(d, Const(0.0)), Call((d,), np.sin, "g", (b,)), Accum(d, None, b))
    f = Function("f", (Param("b", b),), called, (d,))
    assert isinstance(propagate_zeros(f, is_ours).body[-1], Accum)


def test_zeros_have_the_type_of_what_they_stand_for():
    single, y = Var("d_bar", Scalar("float32")), Var("y", Scalar("float32"))
    body = (Let(single, Const(0.0, single.type)), Let(y, Op("cos", (single,))))
    f = propagate_zeros(Function("f", (), body, (y, single)), is_ours)
    assert f.returns == (y, Const(0.0, single.type))
    assert f.body[1].value == Op("cos", (Const(0.0, single.type),))


def test_the_variable_of_a_loop_is_no_zero():
    """A name that a loop binds is what the loop makes of it."""
    f = program("d_bar = 0.0\n    for d_bar in range(3):\n        a += d_bar\n    return a")
    assert "a += d_bar" in show(propagate_zeros(f, is_ours))[0]


def test_products_with_whole_arrays_stay():
    """A number that is zero makes no number of an array."""
    array, d = Var("x", Array("float64", 1)), Var("d_bar", FLOAT)
    y = Var("y", Array("float64", 1))
    body = (Let(d, Const(0.0)), Let(y, Op("mul", (array, d))))
    f = propagate_zeros(Function("f", (Param("x", array),), body, (y,)), is_ours)
    assert f.body[1].value == Op("mul", (array, Const(0.0, FLOAT)))


def test_loops_in_loops_settle():
    """A chain of zeros that are lost one by one, more of them than rounds are tried."""
    names = [f"d{k}_bar" for k in range(8)]
    start = "\n    ".join(f"{name} = 0.0" for name in names)
    steps = [f"{after} += {before}" for before, after in itertools.pairwise(names)]
    body = "\n        ".join([*reversed(steps), "d0_bar += a"])
    f = program(f"{start}\n    for i in range(n):\n        {body}\n    return d7_bar + 0.0 * n")
    args = X, 1.5, 0.5, 12, True
    assert same(run(propagate_zeros(f, is_ours), *args), run(f, *args))
