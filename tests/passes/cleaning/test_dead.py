"""Dead code: what nobody reads goes, its exceptions stay."""

import numba
import numpy as np
import pytest

from srcad.frontend.types.numba_types import from_numba
from srcad.ir.show import show
from srcad.passes.cleaning.dead import remove_dead
from srcad.pipeline import derive
from tests.array_checks import programs
from tests.bits import check_bits
from tests.ir_text import ir, run

X = np.array([0.3, -0.7, 1.1])
PROGRAMS = programs()


@PROGRAMS((X, -1), (X, 0), (X, 2))
def unread_zeros(x, n):
    t = np.zeros(n)  # noqa: F841
    return x[0] * x[1]


@PROGRAMS((X, -1), (X, 2))
def unread_ones(x, n):
    t = np.ones(n)  # noqa: F841
    return x[0] * x[1]


@PROGRAMS((X, 2, -1), (X, -1, 2), (X, 2, 0))
def unread_matrix(x, n, m):
    t = np.full((n, m), x[0])  # noqa: F841
    return x[0] * x[1]


@PROGRAMS((X, -1), (X, 2))
def written_in_vain(x, n):
    t = np.empty(n)
    for i in range(n):
        t[i] = x[i] * x[i]
    return x[0] * x[1]


@PROGRAMS((X, 0, -1), (X, 2, -1), (X, 2, 3))
def in_a_loop_that_may_not_run(x, m, n):
    for _ in range(m):
        t = np.zeros(n)  # noqa: F841
    return x[0] * x[1]


@PROGRAMS((X, -0.5, -1), (X, 0.5, -1))
def in_a_branch(x, p, n):
    if p > 0.0:
        t = np.zeros(n)  # noqa: F841
    return x[0] * x[1] * p


@PROGRAMS((X, 0), (X, 3))
def size_that_sinks(x, n):
    for i in range(n):
        t = np.zeros(1 - i)  # noqa: F841
    return x[0] * x[1]


@PROGRAMS((X, -1, -1), (X, 5, -1), (X, 1, -1), (X, 1, 1))
def after_another_exception(x, k, n):
    if k < 0:
        raise RuntimeError("first")
    t = np.zeros(n)  # noqa: F841
    if k > 3:
        raise RuntimeError("second")
    return x[0] * x[k]


@PROGRAMS((X, -1), (X, 2))
def of_which_only_the_shape_is_read(x, n):
    t = np.ones((x.size, n))
    return x[0] * x[1] * t.shape[0]


@PROGRAMS((X, -1), (X, 2))
def bound_again(x, n):
    n = n + 0
    t = np.zeros(n)
    n = 2
    t = np.zeros(n)
    t[0] = x[0]
    return t[0] * x[1]


@PROGRAMS((X, -1), (X, 2))
def named_like_a_derivative(x, n):
    t_bar = np.zeros(n)  # noqa: F841
    return x[0] * x[1]


@PROGRAMS((X,), (X[:0],), (X[:1],))
def sizes_that_are_extents(x):
    t = np.zeros(x.size) * 2.0  # noqa: F841
    d = np.diff(x)  # noqa: F841
    u = x[1:-1] * x[1:-1]  # noqa: F841
    v = np.arange(-2)  # noqa: F841
    s = 1.0
    for i in range(x.size):
        s *= x[i]
    return s


@pytest.mark.parametrize(
    ("func", "args"), [(func, args) for func, *rows, _ in PROGRAMS for args in rows]
)
def test_what_nobody_reads(func, args):
    """Values and exceptions are those of the function."""
    check_bits(func, *args)


def test_extents_need_no_test():
    """An array of the extents of another one goes without a trace."""
    types = (from_numba(numba.typeof(X), "x"),)
    assert "raise" not in derive(sizes_that_are_extents, "grad", types, (0,)).source


GONE = [
    ("a number", "t = a * a\n    return a"),
    ("a chain", "t = a * a\n    u = t + 1.0\n    return a"),
    ("bound again", "t = a\n    s = a\n    t = a * 2.0\n    return t, s"),
    ("an array", "t = np.zeros(3)\n    t[0] = a\n    return a"),
    ("a view of one", "t = np.zeros(3)\n    v = t[1:]\n    v[0] = a\n    return a"),
    ("only its size is read", "t = np.zeros(3)\n    t[0] = a\n    s = t.shape[0]\n    return s"),
    ("made again", "s = np.zeros(3)\n    s[0] = a\n    s = np.zeros(3)\n    return s"),
    ("a loop", "t = a\n    for i in range(n):\n        t = t * a\n    return a"),
    ("a loop over an array", ("t = np.zeros(3)\n    for i in range(n):\n        t[i] = a\n"
     "    return a")),
    ("two that need each other",
     ("t = a\n    u = a\n    for i in range(n):\n        t = u * a\n        u = t + 1.0\n"
     "    return a")),
    ("a branch", "if n > 1:\n        t = a * a\n    else:\n        t = a\n    return a"),
    ("an element of its own, written last",
     ("t = np.zeros(3)\n    s = 0.0\n    for i in range(n):\n        t[i] = a\n        s += t[i]\n"
     "        t[i] = 5.0\n    return s")),
]  # fmt: skip
KEPT = [
    ("an argument's element", "x[0] = a\n    return a"),
    ("an element of a view of an argument", "t = x[1:]\n    t[0] = a\n    return a"),
    ("an element of a copy of a name", "t = x\n    t[0] += a\n    return a"),
    ("read in the next round",
     ("s = 0.0\n    t = a\n    for i in range(n):\n        s += t\n        t = s * 2.0\n"
     "    return s")),
    ("read in the round after the next",
     ("t = a\n    u = a\n    s = a\n    for i in range(n):\n        s += u\n        u = t\n"
     "        t = s * 2.0\n    return s")),
    ("an element read in the next round",
     ("t = np.zeros(3)\n    s = 0.0\n    for i in range(n):\n        s += t[0]\n        t[0] = a\n"
     "    return s")),
    ("an element of the one before",
     ("t = np.zeros(4)\n    s = 0.0\n    for i in range(n):\n        s += t[i]\n"
      "        t[i + 1] = a\n"
     "    return s")),
    ("an element from the end",
     ("t = np.zeros(1)\n    s = 0.0\n    for i in range(-1, 1):\n        s += t[i]\n"
      "        t[i] = a\n"
     "    return s")),
    ("read behind the loop",
     "t = np.zeros(3)\n    for i in range(n):\n        t[i] = a\n    return t[0]"),
    ("read by another name", "t = np.zeros(3)\n    s = t\n    t[0] = a\n    return s[0]"),
    ("read by the test of a while",
     ("t = a\n    s = 0.0\n    while t < 9.0:\n        s += 1.0\n        t = s * 2.0 + a\n"
     "    return s")),
    ("read in the next round of a while",
     "t = a\n    s = 0.0\n    while s < 9.0:\n        s += t\n        t = s + 2.0\n    return s"),
    ("an element read by a test",
     ("t = np.zeros(1)\n    s = 0.0\n    while t[0] < 9.0:\n        s += 1.0\n"
      "        t[0] = s * 2.0 + a\n"
     "    return s")),
    ("the flag of an early end",
     ("s = 0.0\n    for i in range(n):\n        s += a\n        t = s > 1.0\n        if t:\n"
     "            break\n    return s")),
    ("in one branch", "s = a\n    if n > 1:\n        s = a * a\n    return s"),
    ("an exception", "t = a > 9.0\n    if t:\n        raise ValueError('a')\n    return n"),
]  # fmt: skip


def compared(body):
    """Return the text of a program without what is dead, which computes the same."""
    before = ir(f"def f(x: A1, a, n: int):\n    {body}\n")
    after = remove_dead(before, ())
    for n in (0, 1, 2, 3):
        assert repr(run(after, X, 0.75, n)) == repr(run(before, X, 0.75, n))
    return show(after, comments=False)[0]


@pytest.mark.parametrize(("name", "body"), GONE)
def test_gone(name, body):
    """What no result needs is not computed."""
    text = compared(body)
    assert not {"t[i] = 5.0", "t[0] = a", "v[0] = a", "s[0] = a", "t = a", "u = "} & {
        line.strip() for line in text.splitlines()
    }
    assert "t * a" not in text


@pytest.mark.parametrize(("name", "body"), KEPT)
def test_kept(name, body):
    """What is seen, later or from outside, stays: every statement of the program."""
    lines = show(ir(f"def f(x: A1, a, n: int):\n    {body}\n"), comments=False)[0].splitlines()
    assert compared(body).splitlines() == lines
