"""Copies and repeated reads: while both names keep their values, and the memory its contents."""

import math

import numpy as np
import pytest

from srcad.ir.show import show
from srcad.passes.building.temporaries import is_made_up
from srcad.passes.cleaning.copies import propagate_copies
from tests.array_checks import parametrized, programs
from tests.ir_text import ir, run, same
from tests.own_call import check_everywhere

PROGRAMS = programs()
FOUR = np.array([0.3, 0.7, -0.4, 1.1])
FIVE = np.array([0.2, 0.3, 0.4, 0.5, 0.25])


@PROGRAMS((1.3, 3), (0.7, 0))
def operand_under_another_name(s, n):
    """The power is kept as that of `s`, which is another number then."""
    for _ in range(n):
        u = s
        t = u**2
        s = 0.5 * t
        s = s**2
    return s


@PROGRAMS((1.3, 0.4))
def sine_under_another_name(s, a):
    u = s
    t = math.sin(u)
    s = a * t
    return math.sin(s) + t * math.sin(u)


@PROGRAMS((FIVE, 3))
def elements_written_between(x, n):
    y = x.copy()
    s = 0.0
    for i in range(n):
        a = y[i] * y[i + 1]
        y[i + 1] = a
        b = y[i] * y[i + 1]
        y[i] = b
        s += a * b * y[i]
    return s


@PROGRAMS((FIVE, 3))
def written_through_a_view(x, n):
    y = x.copy()
    v = y[1:]
    s = 0.0
    for i in range(n):
        a = y[i + 1]
        v[i] = a * 2.0
        s += y[i + 1] * a
    return s


@PROGRAMS((FIVE, FIVE + 1, 3), mutates=(0,))
def written_argument_beside_another(x, y, n):
    s = 0.0
    for i in range(n):
        a = y[i]
        x[i] = a * 2.0
        s += y[i] * a
    return s


@PROGRAMS((FIVE, 3))
def index_that_moves(x, n):
    i = 0
    s = 0.0
    a = x[i]
    while i < n:
        s += a * x[i]
        i += 1
        a = x[i] + a
    return s + a


@PROGRAMS((FIVE, 3))
def index_moved_in_a_branch(x, n):
    i = 0
    a = x[i]
    if n > 2:
        i = 1
        b = x[i]
    else:
        b = x[i]
    c = x[i]
    return a * b + c * c


@PROGRAMS((FIVE, 3))
def numbers_exchanged(x, n):
    a, b, c = x[0], x[1], x[2]
    for i in range(n):
        a, b, c = b * 2.0, c, a * x[i]
    return a * b - c


@PROGRAMS((FIVE, 3))
def names_used_again(x, n):
    t = x[0] * 2.0
    u = t
    t = x[1] * u
    v = t
    u = v * t
    t = u
    return t * v + u


@PROGRAMS((FOUR, 2))
def copies_over_rounds(x, n):
    s = 0.0
    a = x[n]
    b = a
    a = a * 2.0
    for _i in range(3):
        c = b
        b = a * c
        a = c
        s += a * b * c
    return s


@PROGRAMS((FOUR, 2))
def aliases_written(x, n):
    y = x.copy()
    z = y
    a = y[0] * y[1]
    z[0] = a
    b = y[0] * y[1]
    k = 0
    c = y[k]
    k = 1
    d = y[k]
    return a * b + c * d


@PROGRAMS((FOUR, 2))
def written_in_both_branches(x, n):
    y = x.copy()
    a = y[n]
    if a > 0.0:
        y[n] = 3.0 * x[0]
    else:
        a = y[n] * 2.0
        y[n] = x[1]
    return a * y[n]


@parametrized(PROGRAMS)
def test_program(func, args, mutates):
    """Values and derivatives of all programs."""
    check_everywhere(func, args, mutates)


BECOMES = [
    ("read twice", "s = x[0]\n    t = x[0]\n    return s, t", ("s = x[0]\n    t = s\n"
     "    return s, t")),
    ("computed twice", "s = np.sin(a)\n    t = np.sin(a)\n    return s, t",
     "s = math.sin(a)\n    t = s\n    return s, t"),
    ("of itself", "a = np.sin(a)\n    t = np.sin(a)\n    return a, t", None),
    ("operand changes", "s = np.sin(a)\n    a = b\n    t = np.sin(a)\n    return s, t", None),
    ("holder changes", "s = np.sin(a)\n    s = b\n    t = np.sin(a)\n    return s, t", None),
    ("added to", "s = np.sin(a)\n    s += b\n    t = np.sin(a)\n    return s, t", None),
    ("element changes", "s = x[0]\n    x[0] = b\n    t = x[0]\n    return s, t", None),
    ("maybe the element", "s = x[0]\n    w[1] = b\n    t = x[0]\n    return s, t", None),
    ("a new array's element", ("y = np.zeros(2)\n    s = x[0]\n    y[1] = b\n    t = x[0]\n"
     "    return s, t"),
     "y = np.zeros(2)\n    s = x[0]\n    y[1] = b\n    t = s\n    return s, t"),
    ("index changes", "s = x[n]\n    n = n - 1\n    t = x[n]\n    return s, t", None),
    ("in a branch", ("if a > b:\n        s = np.sin(a)\n    else:\n        s = b\n"
     "    t = np.sin(a)\n"
     "    return s, t"), None),
    ("before a branch that changes it",
     "s = np.sin(a)\n    if a > b:\n        a = b\n    t = np.sin(a)\n    return s, t", None),
    ("before a loop that changes it",
     ("s = np.sin(a)\n    for i in range(n):\n        t = np.sin(a)\n        s += t\n"
      "        a = b\n"
     "    return s, a"), None),
    ("before a loop that leaves it",
     ("s = np.sin(a)\n    for i in range(n):\n        t = np.sin(a)\n        b += t\n"
     "    return s, b"),
     "s = math.sin(a)\n    for i in range(n):\n        t = s\n        b += t\n    return s, b"),
    ("in the loop before", ("for i in range(n):\n        s = np.sin(a)\n    t = np.sin(a)\n"
     "    return t, b"),
     None),
    ("made up", "_t5 = a\n    s = _t5 * b\n    return s, _t5", ("_t5 = a\n    s = a * b\n"
     "    return s, a")),
    ("made up of a name that changes", ("_t5 = a\n    a = b\n    s = _t5 * b\n"
     "    return s, _t5"), None),
    ("made up that changes", "_t5 = a\n    _t5 = _t5 * b\n    return _t5, a",
     "_t5 = a\n    _t5 = a * b\n    return _t5, a"),
    ("the user's", "c = a\n    s = c * b\n    return s, c", None),
    ("the user's of one that is made up", "_t5 = a * b\n    c = _t5\n    return c * _t5, a",
     "_t5 = a * b\n    c = _t5\n    _t0 = c * c\n    return _t0, a"),
    ("another kind", "_t5 = a\n    s = _t5\n    _t5 = n\n    return s, _t5",
     "_t5 = a\n    s = a\n    _t5 = n\n    return s, _t5"),
    ("an array", "_t5 = x\n    _t5[0] = b\n    return x[0], b", None),
    ("equal operands", "c = a\n    s = np.sin(a)\n    t = np.sin(c)\n    return s, t",
     "c = a\n    s = math.sin(a)\n    t = s\n    return s, t"),
    ("signs of zeros", "s = np.sin(0.0)\n    c = -0.0\n    t = np.sin(c)\n    return s, t", None),
    ("ints and floats", "s = x[0]\n    t = x[n]\n    return s, t", None),
]  # fmt: skip


@pytest.mark.parametrize(("name", "body", "expected"), BECOMES)
def test_what_is_read_again(name, body, expected):
    """One value for one operation, while neither operands nor memory change."""
    before = ir(f"def f(x: A1, w: A1, a, b, n: int):\n    {body}\n")
    after = propagate_copies(before, is_made_up)
    text = show(before if expected is None else after, comments=False)[0].partition("\n    ")[2]
    assert show(after, comments=False)[0].partition("\n    ")[2] == text
    assert expected in (None, text.strip())
    for a, n in ((0.5, 0), (0.9, 3)):
        assert same(run(after, FOUR, FIVE, a, 0.75, n), run(before, FOUR, FIVE, a, 0.75, n))
