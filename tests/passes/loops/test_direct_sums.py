"""Sums that are added to another array: those of the user stay where they are."""

import numpy as np
import pytest

import srcad
from srcad.ir.show import show
from srcad.passes.loops.direct_sums import add_directly
from tests.array_checks import programs
from tests.bits import check_bits
from tests.ir_text import ours, run

V = np.random.default_rng(3).normal(size=7)
U = np.random.default_rng(4).normal(size=7)
PROGRAMS = programs()


@PROGRAMS((U, V))
def added_as_a_whole(u, v):
    t = np.zeros(7)
    total = u.copy()
    for i in range(6):
        t[i] += v[i] * 0.3
        t[i + 1] += v[i + 1] * 0.7
    for i in range(7):
        total[i] += t[i]
    return total[0] + total[3] * total[6]


@PROGRAMS((U, V))
def added_by_an_operator(u, v):
    t = np.zeros_like(v)
    total = u.copy()
    for i in range(6):
        t[i] += v[i] * 0.3
        t[i + 1] += v[i + 1] * 0.7
    total += t
    return total[0] + total[3] * total[6]


@PROGRAMS((U, V))
def target_is_added_to_between(u, v):
    t = np.zeros(7)
    total = u.copy()
    for i in range(6):
        t[i] += v[i] * 0.3
        total[i] += v[i + 1]
        t[i + 1] += v[i + 1] * 0.7
    total += t
    return total[0] + total[3] * total[6]


@PROGRAMS((U, V))
def target_is_read_between(u, v):
    t = np.zeros(7)
    total = u.copy()
    for i in range(6):
        t[i] += v[i] * 0.3
        t[i + 1] += total[i] * 0.7
    total += t
    return total[0] + total[3] * total[6]


@PROGRAMS((np.array([-0.0, 0.0]), np.array([0.0, -0.0])))
def nothing_is_added(u, v):
    t = np.zeros(2)
    total = u.copy()
    for i in range(2):
        total[i] += t[i]
    return total[0] * 1.0 + v[1] * 0.0


@PROGRAMS((U, V, 3), (U, V, 9))
def sums_under_a_guard(u, v, k):
    t = np.zeros(7)
    total = u.copy()
    for i in range(7):
        if k < 7:
            t[k] += v[i] * v[k]
    total += t
    return total[0] + total[3] * total[6]


@pytest.mark.parametrize(
    ("func", "args"), [(func, args) for func, *rows, _ in PROGRAMS for args in rows]
)
def test_additions_of_the_user_keep_their_order(func, args):
    """The value that comes with a derivative is the function's own, to the last bit."""
    check_bits(func, *args)


def test_sums_of_an_adjoint_are_added_at_once():
    """Two sums of ours: the adjoint of a copy ends up where that of the argument does."""

    def copied(x):
        y = x.copy()
        s = 0.0
        for i in range(x.size - 1):
            s += y[i] * y[i + 1] * x[i]
        return s

    text = srcad.differentiate(copied).inspect_adjoint(V, compiled=True)
    assert "y_bar" not in text


SUM = "    for i in range(n - 1):\n        t[i + 1] += v[i]\n"
ADD = "    for j in range(n):\n        u[j] += t[j]\n"
DIRECT = [
    ("at once", SUM + ADD),
    ("two sums", SUM + SUM + ADD),
    ("its extent is read", SUM + "    m = t.shape[0]\n" + ADD + "    s += m"),
    ("under a guard", "    if n > 3:\n        t[2] += v[1]\n" + SUM + ADD),
    ("others in between", SUM + "    s += v[0]\n    w[1] = s\n" + ADD),
    ("added to in between", SUM + "    u[1] += v[1]\n" + ADD),
    ("read before and behind", "    s += u[0]\n" + SUM + ADD + "    s += u[1]\n"),
]
STAYS = [
    ("bound again", SUM + "    u = np.zeros(n)\n" + ADD),
    ("read in between", SUM + "    s += u[1]\n" + ADD),
    ("read as a view", SUM + "    r = u[1:]\n    s += r[0]\n" + ADD),
    ("set in between", SUM + "    u[1] = 5.0\n" + ADD),
    ("set in the loop", "    for i in range(n):\n        t[i] += v[i]\n        u[i] = 2.0\n" + ADD),
    ("sums are read", SUM + "    s += t[1]\n" + ADD),
    ("sums are read behind", SUM + ADD + "    s += t[1]\n"),
    ("sums are set", SUM + "    t[1] = 5.0\n" + ADD),
    ("sums have another name", SUM + "    r = t\n    r[1] = 5.0\n" + ADD),
    ("one is left out", SUM + "    for j in range(n - 1):\n        u[j] += t[j]\n"),
    ("the first is left out", SUM + "    for j in range(1, n):\n        u[j] += t[j]\n"),
    ("another is added", SUM + "    for j in range(n):\n        u[j] += v[j]\n"),
    ("to another element", SUM + "    for j in range(n):\n        u[0] += t[j]\n"),
    ("to a larger array", SUM + "    for j in range(n):\n        w[j] += t[j]\n"),
    (
        "twice",
        SUM + "    for k in range(2):\n        for j in range(n):\n            u[j] += t[j]\n",
    ),
    ("bound twice", SUM + "    t = np.zeros(n)\n" + SUM + ADD),
]


def program(body, returns="u, w, s"):
    return ours(
        "def f(v: A1, n: int):\n    s = 0.0\n    u = np.zeros(n)\n    w = np.zeros(n + 1)\n"
        f"    u[0] = 3.0\n    t = np.zeros(n)\n{body}\n    return {returns}\n"
    )


@pytest.mark.parametrize(("name", "body"), DIRECT)
def test_sums_that_are_added_directly(name, body):
    assert "t = " not in shown_and_compared(program(body))


@pytest.mark.parametrize(("name", "body"), STAYS)
def test_sums_that_stay(name, body):
    assert "t = " in shown_and_compared(program(body))


def test_sums_that_are_returned_stay():
    assert "t = " in shown_and_compared(program(SUM + ADD, "u, t"))


def test_sums_that_are_seen_outside_their_block_stay():
    body = (
        "    for k in range(2):\n        r = np.zeros(n)\n        for i in range(n):\n"
        "            r[i] += v[i]\n        for j in range(n):\n            u[j] += r[j]\n"
    )
    assert "r = " not in shown_and_compared(program(body))
    assert "r = " in shown_and_compared(program(body + "    s += r[1]\n"))


def shown_and_compared(before):
    """Return the text after the pass, which computes the same as that before."""
    after = add_directly(before)
    for n in (2, 4, 7):
        found, expected = run(after, V, n)[0], run(before, V, n)[0]
        for a, b in zip(found, expected, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-14)
    return show(after, comments=False)[0]
