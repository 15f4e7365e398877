"""Copies that are only read: views stand for them while nothing is written there."""

from dataclasses import replace
from textwrap import indent

import numpy as np
import pytest

import srcad
from srcad.backend.runtime import HELPERS
from srcad.ir.nodes import Accum
from srcad.ir.show import show
from srcad.ir.walk import map_block
from srcad.passes.loops.views_for_copies import borrow
from tests.array_checks import check, parametrized, programs, vec
from tests.ir_text import ours

program = programs()


@program((vec(3, 2, 4), vec(3, 4, 5)), (vec(1, 2, 3), vec(4, 3, 2)), (vec(0, 2, 3), vec(0, 3, 2)))
def batched(a, b):
    c = a @ b
    return np.sum(c * c)


@program((vec(3, 2, 4).transpose(0, 2, 1), vec(3, 2, 4)))
def batched_and_strided(a, b):
    c = a @ b
    return np.sum(c * c)


@program((vec(4, 3), vec(3, 3)))
def rows_changed_after_the_product(x, w):
    c = np.zeros((4, 3))
    for i in range(4):
        c[i] = np.dot(w, x[i])
        c[i] = np.sin(c[i])
        c[i] += np.dot(w, c[i])
    return np.sum(c * c)


@program((vec(4, 3), vec(3, 3)))
def rows_that_need_each_other(x, w):
    c = np.zeros((4, 3))
    for i in range(1, 4):
        c[i] = np.dot(w, c[i - 1] + x[i])
        c[i - 1] += np.dot(w, x[i])
    return np.sum(c * c)


@program((vec(4, 3, 3),))
def one_slice_again_and_again(x):
    c = np.zeros((2, 3, 3))
    c[0] = x[0]
    for i in range(4):
        c[1] = np.dot(c[0], x[i])
        c[0] = np.dot(c[1], c[1]) * 0.1
    return np.sum(c * c)


@program((vec(5, 5), vec(4, 4)))
def a_part_of_a_larger_one(x, w):
    c = x * x
    c[:4, :4] = np.dot(w, w)
    c[1:, 1:] += np.dot(w.T, w)
    return np.sum(c * c)


@parametrized(program)
def test_products_into_arrays(func, args, mutates):
    """The right derivative, with a view or with a copy."""
    check(func, args, mutates)


def test_a_view_stands_for_the_copy():
    """The adjoint of a product in a loop is a part of that of all products."""
    source = srcad.differentiate(batched).inspect_adjoint(vec(3, 2, 4), vec(3, 4, 5), compiled=True)
    assert "_bar = c_bar[h]" in source


@pytest.mark.compiled
def test_compiled():
    """The same from compiled code."""
    a, b = vec(3, 2, 4), vec(3, 4, 5)
    _, (a_bar, b_bar) = srcad.value_and_grad(batched, argnums=(0, 1))(a, b)
    flow = 2.0 * (a @ b)
    assert a_bar == pytest.approx(flow @ b.transpose(0, 2, 1))
    assert b_bar == pytest.approx(a.transpose(0, 2, 1) @ flow)


COPIED = (
    "    t = np.zeros((n, m))\n    for i in range(n):\n        for j in range(m):\n"
    "            t[i, j] += y[h, i, j]\n"
)
READ = "    for i in range(n):\n        s += t[i, 0] * t[i, 1]\n"
BORROWED = [
    ("read", COPIED + READ),
    ("read by others", COPIED + "    r = np.zeros_like(t)\n    s += t.shape[0]\n" + READ),
    ("others are written", COPIED + "    u[0, 1] = 5.0\n" + READ),
    ("source is written later", COPIED + READ + "    y[h, 0, 1] = 5.0\n"),
    ("under a test", "    if n > 1:\n" + indent(COPIED + READ, "    ")),
]
COPIES = [
    ("written", COPIED + "    t[0, 1] = 5.0\n" + READ),
    ("added to", COPIED + "    t[0, 1] += 5.0\n" + READ),
    ("another name", COPIED + "    r = t\n    r[0, 1] = 5.0\n" + READ),
    ("a row of it", COPIED + "    r = t[0]\n    r[1] = 5.0\n" + READ),
    ("read before", COPIED.replace("    for i", "    s += t[0, 1]\n    for i", 1) + READ),
    ("source is written", COPIED + "    y[h, 0, 1] = 5.0\n" + READ),
    ("source is added to", COPIED + "    y[h, 0, 1] += 5.0\n" + READ),
    ("source is bound again", COPIED + "    y = y.copy()\n    y[h, 0, 1] = 5.0\n" + READ),
    ("index is bound again", COPIED + "    h = 0\n" + READ + "    s += h\n"),
    ("written by a view", COPIED + "    v = y[h]\n    v[0, 1] = 5.0\n" + READ),
    ("maybe the same array", COPIED + "    w[0, 0, 1] = 5.0\n" + READ),
    ("written in the loop that reads", COPIED + READ + "        y[h, 1, 0] = 5.0\n"),
    ("transposed", COPIED.replace("h, i, j", "h, j, i") + READ),
    ("the same row", COPIED.replace("h, i, j", "h, 0, j") + READ),
    ("another row each time", COPIED.replace("h, i, j", "i, i, j") + READ),
    ("not all", COPIED.replace("range(m)", "range(m - 1)") + READ),
    ("doubled", COPIED.replace("y[h, i, j]", "2.0 * y[h, i, j]") + READ),
    ("bound twice", COPIED + READ + "    t = np.zeros((n, m))\n    s += t[0, 0]\n"),
    ("seen outside", "    for k in range(2):\n" + indent(COPIED + READ, "    ") + READ),
]  # fmt: skip


def program(body, returns="s"):
    return ours(
        "def f(y: A3, w: A3, h: int):\n    s = 0.0\n    n = y.shape[1]\n    m = y.shape[2]\n"
        f"    u = np.zeros((n, m))\n{body}\n    return {returns}\n"
    )


def is_borrowed(before):
    """Return whether a view stands for the array; checks that this shows nowhere."""
    after = borrow(before)
    assert outcome(after) == outcome(before)
    return "t = np.zeros" not in show(after, comments=False)[0].partition("s += t")[0]


def outcome(function):
    """Return the result for arguments of which one may write into the other."""
    y = np.arange(16.0).reshape(4, 2, 2) ** 2
    space = {"np": np} | {helper.__name__: helper for helper in HELPERS}
    exec(show(function)[0], space)
    return repr(space["f"](y, y[1:], 1)), repr(y)


@pytest.mark.parametrize(("name", "body"), BORROWED)
def test_borrowed(name, body):
    assert is_borrowed(program(body))


@pytest.mark.parametrize(("name", "body"), COPIES)
def test_copied(name, body):
    assert not is_borrowed(program(body))


def test_what_is_returned_is_copied():
    assert not is_borrowed(program(COPIED + READ, "s, t"))


def test_additions_of_the_user_are_copied():
    """Zero plus -0.0 is 0.0."""
    function = program(COPIED + READ)
    users = map_block(
        function.body, lambda s: replace(s, any_order=False) if isinstance(s, Accum) else s
    )
    assert not is_borrowed(replace(function, body=users))
