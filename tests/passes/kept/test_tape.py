"""Stacks of counted loops: bounds are what they were when the loop began."""

from dataclasses import replace

import numpy as np
import pytest

from srcad.ir.nodes import Const, Let, Op, Restore, Save, Store, Var
from srcad.ir.show import show
from srcad.ir.types import FLOAT, INT
from srcad.ir.walk import map_block
from srcad.passes.cleaning.copies import propagate_copies
from srcad.passes.kept.tape import tape
from tests.array_checks import parametrized, programs
from tests.ir_text import ir, run
from tests.own_call import check_everywhere

PROGRAMS = programs()
SIX = np.array([0.2, 0.3, 0.4, 0.5, 0.25, 0.35])


@PROGRAMS((SIX,), (SIX[::-1],))
def partition(x):
    y = x.copy()
    i = 0
    for j in range(i, 6):
        if y[j] < 0.39:
            y[i] = y[j] * 1.1
            i += 1
    return y[0] * y[1]


@PROGRAMS((SIX,), (SIX[::-1],))
def partition_from_the_end(x):
    y = x.copy()
    i = 5
    for j in range(i, -1, -1):
        if y[j] < 0.45:
            y[i] = y[j] * 1.1
            i -= 1
    return y[4] * y[5]


@PROGRAMS((SIX,))
def end_that_moves(x):
    y = x.copy()
    n = 5
    for j in range(1, n):
        y[j] = y[j] * y[j - 1]
        n = n - 1
        y[n] = y[n] * 1.1
    return y[4] * y[5]


@PROGRAMS((SIX,))
def windows(x):
    s = 1.0
    for k in range(3):
        i = k
        for j in range(i, 6):
            s = s * x[j] + x[i] * x[k]
            i = (i + 1) % 6
    return s


@PROGRAMS((SIX, 1), (SIX, 0))
def argument_that_moves(x, i):
    s = 1.0
    for j in range(i, 6):
        s = s * x[j] + x[i]
        i = (i + 2) % 6
    return s * x[i]


@PROGRAMS((SIX, 1), (SIX, 6))
def start_that_stays(x, i):
    """One step away: the body does not assign the start."""
    s = 1.0
    for j in range(i, 6):
        s = s * x[j] + x[i]
    return s


@parametrized(PROGRAMS)
def test_program(func, args, mutates):
    """Values and derivatives of all programs."""
    check_everywhere(func, args, mutates)


STACKS = {"left": Var("left_saved", FLOAT), "right": Var("right_saved", FLOAT)}


def with_stacks(source, *, folded=False):
    """Return a program in which stores to `push_...` push, and loads of `pop_...` take back."""
    function = ir(source)

    def change(stmt):
        match stmt:
            case Store(array=Var(name=name), value=value) if name.startswith("push_"):
                return Save(STACKS[name[5:]], value)
            case _ if "pop_" in repr(getattr(stmt, "value", "")):
                return Restore(STACKS[stmt.value.array.name[4:]], stmt.target)
            case Let(target, Op("neg", (Const(value=number),))) if folded:
                return Let(target, Const(-number, INT))
        return stmt

    changed = replace(function, body=map_block(function.body, change))
    function = propagate_copies(changed, lambda name: False)
    return tape(function)


HEAD = "def f(x: A1, n: int, push_left: A1, push_right: A1, pop_left: A1, pop_right: A1):\n"

EVERY_ROUND = """
    y = x.copy()
    for i in range(n):
        push_left[0] = x[i]
    for i in range(n - 1, -1, -1):
        a = pop_left[0]
        y[i] = a * 2.0
    return y
"""

TWICE_IN_A_ROUND = """
    y = x.copy()
    for i in range(n):
        push_left[0] = x[i]
        b = x[i] * 3.0
        push_left[0] = b
    for i in range(n - 1, -1, -1):
        b = pop_left[0]
        a = pop_left[0]
        y[i] = b - a
    return y
"""

BY_TWO = """
    y = x.copy()
    for i in range(0, n, 2):
        push_left[0] = x[i]
    last = n - 2 + n % 2
    for i in range(last, -1, -2):
        a = pop_left[0]
        y[i] = a * 2.0
    return y
"""

DOWN_AND_UP = """
    y = x.copy()
    for i in range(n - 1, 0, -1):
        push_left[0] = x[i]
    for i in range(1, n):
        a = pop_left[0]
        y[i] = a * 2.0
    return y
"""

UNTIL = """
    y = x.copy()
    k = 0
    for i in range(n):
        push_left[0] = x[i]
        k += 1
        done = x[i] > 3.5
        if done:
            break
    for i in range(k - 1, -1, -1):
        a = pop_left[0]
        y[i] = a * 2.0
    return y
"""

UNDER_A_TEST = """
    y = x.copy()
    for i in range(n):
        if x[i] > 2.5:
            push_left[0] = x[i]
        push_right[0] = x[i]
    for i in range(n - 1, -1, -1):
        b = pop_right[0]
        y[i] = b * 2.0
        if x[i] > 2.5:
            a = pop_left[0]
            y[i] = a * 2.0
    return y
"""

ON_TOP_OF_ANOTHER = """
    y = x.copy()
    push_left[0] = 7.0
    for j in range(2):
        for i in range(n):
            push_left[0] = x[i]
    for j in range(2):
        for i in range(n - 1, -1, -1):
            a = pop_left[0]
            y[i] = a * 2.0
    last = pop_left[0]
    y[0] = y[0] + last
    return y
"""

EXPECTED = {
    "every round": (EVERY_ROUND, lambda x, i: 2 * x, True),
    "twice in a round": (TWICE_IN_A_ROUND, lambda x, i: 2 * x, False),
    "by two": (BY_TWO, lambda x, i: np.where(i % 2, x, 2 * x), False),
    "down and up": (DOWN_AND_UP, lambda x, i: np.where(i, 2 * x, x), True),
    "until": (UNTIL, lambda x, i: np.where(i < 4, 2 * x, x), False),
    "under a test": (UNDER_A_TEST, lambda x, i: 2 * x, True),
    "on top": (ON_TOP_OF_ANOTHER, lambda x, i: 2 * x + 7 * (i == 0), True),
}


@pytest.mark.parametrize("name", list(EXPECTED))
def test_stacks(name):
    """What is pushed last is popped first; what each round pushes once is reserved."""
    source, expected, reserved = EXPECTED[name]
    made = with_stacks(HEAD + source.lstrip("\n"))
    assert ("part[" in show(made, comments=False)[0]) == reserved
    for n in (5, 200):  # more than a stack has room for at first
        x = np.arange(1.0, n + 1.0)
        found, _ = run(made, x, n, *4 * [np.zeros(1)])
        assert np.array_equal(found, expected(x, np.arange(n)))


def counted(before, start, body="b = 1.0"):
    """Return the text of a way back over `range(start, -1, -1)`, after some statements."""
    lines = [
        *before,
        "for i in range(n):",
        "    push_left[0] = x[i]",
        f"last = {start}",
        "for i in range(last, -1, -1):",
        "    a = pop_left[0]",
        f"    {body}",
        "return x",
    ]
    source = HEAD + "".join(f"    {line}\n" for line in lines)
    return show(with_stacks(source, folded=True), comments=False)[0].split("last = ")[1]


def test_what_was_counted_is_the_number_of_iterations():
    """A counter that starts at zero and only grows is not tested for its sign."""
    count = ["k = 0", "for i in range(n):", "    k += 1"]
    assert "max(" not in counted(count, "k - 1")


@pytest.mark.parametrize(
    ("before", "start", "body"),
    [
        (["k = 0", "for i in range(n):", "    k += 1"], "k - 2", "b = 1.0"),
        (["k = -3", "for i in range(n):", "    k += 1"], "k - 1", "b = 1.0"),
        (["k = 9", "for i in range(n):", "    k += -1"], "k - 1", "b = 1.0"),
        (["k = 0", "for i in range(n):", "    k = k * 2"], "k - 1", "b = 1.0"),
        ([], "n - 1", "b = 1.0"),
        (["k = 0", "for i in range(n):", "    k += 1"], "k - 1", "k += 1"),
    ],
    ids=["less two", "from below", "falls", "made", "argument", "changes in the loop"],
)
def test_what_is_no_count_is_tested(before, start, body):
    """One step away from a counter: the number of iterations is asked for."""
    assert "max(" in counted(before, start, body)
