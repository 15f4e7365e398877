"""Handing arrays over: only if loops add all elements, to as many zeros, and are ours."""

from dataclasses import replace
from textwrap import indent

import numpy as np
import pytest

import srcad
from srcad.ir.nodes import Call, Let, Var
from srcad.ir.show import show
from srcad.ir.walk import map_block
from srcad.passes.modes.results_as_adjoints import hand_over
from srcad.rules.linalg import WHOLES
from tests.array_checks import parametrized, pos, programs
from tests.harness import as_plain_python
from tests.ir_text import ours, run
from tests.own_call import check_everywhere

PROGRAMS = programs()


def first_row_only(x, c):
    z = np.zeros((2, 2))
    u = c @ c
    for i in range(1):
        for j in range(2):
            z[i, j] += u[i, j]
    return x[0, 0] * (z[1, 1] + z[0, 0])


def run_time_rows(x, c, n):
    z = np.zeros((2, 2))
    u = c @ c
    for i in range(n):
        for j in range(2):
            z[i, j] += u[i, j]
    return x[0, 0] * (z[1, 1] + z[0, 0])


def more_rows(x, c):
    z = np.zeros((3, 2))
    u = c @ c
    for i in range(2):
        for j in range(2):
            z[i, j] += u[i, j]
    return x[0, 0] * (z[2, 1] + z[0, 0])


def every_element(x, c):
    """One step away: but the additions are the user's, and stay."""
    z = np.zeros(c.shape)
    u = c @ c
    for i in range(u.shape[0]):
        for j in range(u.shape[1]):
            z[i, j] += u[i, j]
    return x[0, 0] * (z[1, 1] + z[0, 0])


@pytest.mark.parametrize(
    ("func", "args"),
    [
        (first_row_only, (pos(2, 2), pos(2, 2))),
        (run_time_rows, (pos(2, 2), pos(2, 2), 1)),
        (run_time_rows, (pos(2, 2), pos(2, 2), 2)),
        (more_rows, (pos(2, 2), pos(2, 2))),
        (every_element, (pos(2, 2), pos(2, 2))),
    ],
)
def test_sums_of_calls_that_stay(func, args):
    """The product is no part of the derivative: nothing else reads it."""
    expected = func(*args)
    with as_plain_python():
        value, x_bar = srcad.value_and_grad(func)(*args)
    assert value == expected
    np.testing.assert_allclose(x_bar[0, 0] * args[0][0, 0], expected, rtol=1e-14)


@PROGRAMS((pos(2, 2), pos(2, 2)))
def part_of_an_argument(a, c):
    z = np.zeros((2, 2))
    for i in range(1):
        for j in range(2):
            z[i, j] += a[i, j]
    return np.sum(z @ c)


@PROGRAMS((pos(4, 2), pos(2, 2)), (pos(2, 2), pos(2, 2)))
def block_of_an_argument(a, c):
    z = np.zeros((2, 2))
    for i in range(2):
        for j in range(2):
            z[i, j] += a[i, j]
    return np.sum(z @ c)


@PROGRAMS((pos(4, 2), pos(2, 2)))
def two_products(a, c):
    return np.sum(a @ c) + np.sum(np.tanh(a[:2] @ c))


@parametrized(PROGRAMS)
def test_program(func, args, mutates):
    """Values and derivatives of all programs."""
    check_everywhere(func, args, mutates)


def layer(x, w):
    return np.sum(np.tanh(x @ w))


def test_what_is_handed_over():
    """The adjoint of an operand is what the product returns, not a copy of that."""
    text = srcad.differentiate(layer).inspect_adjoint(pos(4, 3), pos(3, 2), compiled=True)
    assert "x_bar = np.dot(" in text


ADD = "    for i in range(n):\n        for j in range(m):\n            z[i, j] += t[i, j]\n"
ZEROS = "    z = np.zeros((n, m))\n"
CALL = "    t = a\n"
"""Becomes the call that gives a product."""
HANDED = [
    ("at once", ZEROS + CALL + ADD),
    (
        "others in between",
        ZEROS + CALL + "    s += a[0, 0]\n    r = t.shape[0]\n    s += r\n" + ADD,
    ),
    ("zeros behind the call", CALL + ZEROS + ADD),
    ("read behind it", ZEROS + CALL + ADD + "    s += z[0, 1]\n    z[0, 1] = 2.0\n"),
    (
        "in a loop",
        "    for k in range(2):\n" + indent(ZEROS + CALL + ADD, "    ") + "        s += z[0, 1]\n",
    ),
]
STAYS = [
    ("read before it", ZEROS + CALL + "    s += z[0, 1]\n" + ADD),
    ("written before it", ZEROS + CALL + "    z[0, 1] = 2.0\n" + ADD),
    ("written before the call", ZEROS + "    z[0, 1] += 2.0\n" + CALL + ADD),
    ("added again", ZEROS + CALL + ADD + ADD),
    ("read behind it", ZEROS + CALL + ADD + "    s += t[0, 1]\n"),
    ("another name", ZEROS + CALL + "    r = z\n    s += r[0, 1]\n" + ADD),
    ("bound twice", ZEROS + CALL + ADD + "    s += z[0, 0]\n    z = a.copy()\n"),
    ("call bound twice", ZEROS + CALL + ADD + "    t = a.copy()\n"),
    ("ones", ZEROS.replace("zeros", "ones") + CALL + ADD),
    ("the transpose", ZEROS + CALL + ADD.replace("t[i, j]", "t[j, i]")),
    ("not all", ZEROS + CALL + ADD.replace("range(n)", "range(n - 1)", 1)),
    ("not from the start", ZEROS + CALL + ADD.replace("range(n)", "range(1, n)", 1)),
    ("larger zeros", ZEROS.replace("(n, m)", "(n, m + 1)") + CALL + ADD),
    ("doubled", ZEROS + CALL + ADD.replace("t[i, j]", "2.0 * t[i, j]")),
    ("zeros outside of a loop", ZEROS + "    for k in range(2):\n" + indent(CALL + ADD, "    ")),
]


def called(body, returns="s, z"):
    """Return a program with additions of ours, in which `t = a` is a call."""
    function = ours(
        "def f(a: A2):\n    s = 0.0\n    n = a.shape[0]\n    m = a.shape[1]\n"
        f"{body}\n    return {returns}\n"
    )

    def change(stmt):
        match stmt:
            case Let(target=Var(name="t") as t, value=Var(name="a") as a):
                return Call((t,), WHOLES["dot_nn"], "np.dot", (a, a), stmt.span)
        return stmt

    return replace(function, body=map_block(function.body, change))


def is_handed_over(before):
    """Return whether the zeros are gone; checks that this shows nowhere."""
    after = hand_over(before)
    a = np.array([[1.5, -2.0], [0.5, 3.0]])
    assert repr(run(after, a)) == repr(run(before, a))
    return "np.zeros" not in show(after, comments=False)[0]


@pytest.mark.parametrize(("name", "body"), HANDED)
def test_handed_over(name, body):
    assert is_handed_over(called(body))


@pytest.mark.parametrize(("name", "body"), STAYS)
def test_added(name, body):
    before = called(body)
    is_handed_over(before)
    assert show(hand_over(before)) == show(before)


def test_results_that_are_returned_are_added():
    assert not is_handed_over(called(ZEROS + CALL + ADD, "z, t"))
