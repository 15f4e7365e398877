"""A loop's own elements: indices that surely do not go through zero, and those that may."""

from dataclasses import replace

import numpy as np
import pytest

from srcad.analysis.aliasing import aliasing
from srcad.analysis.floors import Floors
from srcad.analysis.independence import accessed, independent
from srcad.ir import nodes
from srcad.ir.types import FLOAT, INT, Array
from srcad.ir.walk import map_block
from tests.array_checks import programs
from tests.bits import check_bits
from tests.ir_text import ir

X = np.array([0.2, 0.1])
Y = np.array([0.7, 1.3, -0.4, 0.9])
PROGRAMS = programs()


@PROGRAMS((X,))
def goes_through_zero(x):
    b = np.zeros(1)
    s = 0.0
    for i in range(-1, 1):
        s += b[i]
        b[i] = x[0]
    return s


@PROGRAMS((X, -1, 1), (X, 0, 1), (X, -1, 0), (X, 1, 0))
def bounds_of_arguments(x, lo, hi):
    b = np.zeros(1)
    s = 0.0
    for i in range(lo, hi):
        s += b[i]
        b[i] = x[0]
    return s


@PROGRAMS((X,))
def goes_down_through_zero(x):
    b = np.zeros(2)
    s = 0.0
    for i in range(1, -3, -1):
        s += b[i]
        b[i] = x[0] * (i + 5)
    return s


@PROGRAMS((X, 3), (X, 4), (X, 0))
def goes_down_by_an_argument(x, n):
    b = np.zeros(2)
    s = 0.0
    for i in range(1, 1 - n, -1):
        s += b[i]
        b[i] = x[0] * (i + 5)
    return s


@PROGRAMS((X, 1, 2), (X, -1, -2), (X, 3, 0))
def step_of_an_argument(x, step, stop):
    b = np.zeros(2)
    s = 0.0
    for i in range(0, stop, step):
        s += b[i]
        b[i] = x[0] * (i + 5)
    return s


@PROGRAMS((Y,))
def scaled_twice(x):
    b = np.ones(2)
    b[0] = x[0]
    b[1] = x[1]
    for i in range(-2, 2):
        b[i] = b[i] * x[i]
    return b[0] * b[1]


@PROGRAMS((Y,))
def squares(x):
    b = x.copy()
    s = 0.0
    for i in range(-4, 4):
        s += b[i] * b[i]
        b[i] = np.sin(b[i])
    return s


@PROGRAMS((Y, 4), (Y, 1))
def negative_only(x, n):
    b = x.copy()
    s = 0.0
    for i in range(-n, 0):
        s += b[i] * b[i]
        b[i] = np.sin(b[i])
    return s + b[-1] * b[0]


@PROGRAMS((Y, 4), (Y, 1))
def negative_and_down(x, n):
    b = x.copy()
    s = 0.0
    for i in range(-1, -n - 1, -1):
        s += b[i] * b[i]
        b[i] = np.sin(b[i])
    return s + b[-1] * b[0]


@PROGRAMS((Y, 0), (Y, 1), (Y, -1))
def moved_by_one(x, lo):
    b = x.copy()
    s = 0.0
    for i in range(lo, 2):
        s += b[i + 1] * x[0]
        b[i + 1] = s * x[1]
    return s


@PROGRAMS((Y,))
def moved_to_zero(x):
    b = x.copy()
    s = 0.0
    for i in range(-1, 2):
        s += b[i + 1] * x[0]
        b[i + 1] = np.cos(b[i + 1])
    return s + b[0] * b[1]


@PROGRAMS((Y,))
def name_that_is_stale(x):
    b = np.zeros(4)
    s = 0.0
    k = 0
    for i in range(3):
        s += b[k] * x[0]
        k = i + 1
        b[k] = x[i] * x[i]
    return s


@PROGRAMS((Y,))
def name_that_a_branch_assigns(x):
    b = np.zeros(4)
    s = 0.0
    k = 1
    for i in range(3):
        if x[i] > 0.0:
            k = i + 1
        s += b[k] * x[i]
        b[k] = x[i] * x[0]
    return s


@PROGRAMS((Y,))
def inner_bounds_of_an_outer_index(x):
    b = x.copy()
    s = 0.0
    for j in range(-1, 1):
        for i in range(j, 2):
            s += b[i] * x[j]
            b[i] = b[i] * x[i] + 0.5
    return s


@PROGRAMS((Y,))
def triangle(x):
    b = np.outer(x, x)
    s = 0.0
    for j in range(4):
        for i in range(j + 1, 4):
            s += b[i, j] * x[j]
            b[i, j] = np.sin(b[i, j]) * x[i]
    return s + b[1, 0] * b[3, 2]


@PROGRAMS((Y,))
def rows_that_meet(x):
    b = np.zeros((2, 2))
    s = 0.0
    for i in range(-2, 2):
        for j in range(2):
            s += b[i, j] * x[j]
            b[i, j] = x[i] * x[j]
    return s


@PROGRAMS((Y,))
def columns_are_its_own(x):
    b = np.zeros((2, 4))
    s = 0.0
    for i in range(-1, 1):
        for j in range(4):
            s += b[i, j] * x[j]
            b[i, j] = x[j] * (i + 2)
    return s


@PROGRAMS((Y, 2), (Y, -2))
def start_that_is_at_least_zero(x, k):
    b = x.copy()
    s = 0.0
    lo = max(k, 0)
    for i in range(lo, 4):
        s += b[i] * x[0]
        b[i] = np.sin(b[i])
    return s + b[2]


@PROGRAMS((Y, 2), (Y, -2))
def start_that_is_assigned_twice(x, k):
    b = x.copy()
    s = 0.0
    lo = max(k, 0)
    for _ in range(2):
        for i in range(lo, 4):
            s += b[i] * x[0]
            b[i] = np.sin(b[i] * x[1]) + s
        lo = -2
    return s + b[2]


@PROGRAMS((Y,), (Y[:1],))
def first_iteration_is_the_last_one_in_reverse(x):
    t = x[0]
    s = 0.0
    for i in range(x.size):
        s += t * x[i]
        t = 2.0
    return s


@pytest.mark.parametrize(
    ("func", "args"), [(func, args) for func, *rows, _ in PROGRAMS for args in rows]
)
def test_elements_of_an_iteration(func, args):
    """No store is dropped and no loop is turned round where two iterations may meet."""
    check_bits(func, *args)


# What is asked of a loop ---------------------------------------------------------------

HEAD = """
def f(x: A1, y: A1, w: A2, n: int, k: int, c: bool):
    s = 0.0
    t = 0.0
    v = x
    z = np.zeros(n)
"""


def exchanged(body, *, ours=False, **options):
    """Return whether the iterations of `for i in range(n)` with this body may be exchanged."""
    lines = "".join(f"        {line}\n" for line in body.strip().split("\n"))
    function = ir(f"{HEAD}    for i in range(n):\n{lines}    return s")
    if ours:
        function = replace(function, body=map_block(function.body, _ours))
    loop = next(s for s in function.body if isinstance(s, nodes.For))
    of, floors = aliasing(function).of, Floors(function)
    return independent(loop.body, loop, floors, of, **options)


def _ours(stmt):
    return replace(stmt, any_order=True) if isinstance(stmt, nodes.Accum) else stmt


EXCHANGED = (
    "t = y[i]\nx[i] = t * t",
    "t = x[i]\nx[i] = t * t",  # an element of its own
    "j = i + 1\nt = x[j]\nx[j] = t * t",
    "for j in range(n):\n    w[i, j] = w[i, j] * 2.0",
    "for j in range(n):\n    w[j, i] = w[j, i] * 2.0",
    "d = np.zeros(3)\nd[0] = y[i]\nd[1] = d[0]\nx[i] = d[1]",  # an array of its own
    "d = x.size\nx[i] = y[d]",  # a fact of the array
    "t = 0.0\nt += y[i]\nx[i] = t",  # a sum that every iteration begins
)
IN_ORDER = (
    "t = x[k]\nx[i] = t * t",
    "t = x[0]\nx[i] = t * t",
    "t = x[i + 1]\nx[i] = t * t",
    "j = i + 1\nt = x[i]\nx[j] = t * t",
    "j = i - 1\nt = x[j]\nx[j] = t * t",  # from the end at first
    "x[k] = y[i]",
    "x[0] = y[i]",
    "t = s * y[i]\ns = t",  # read before it is assigned
    "t = v[i]\nx[i] = t * t",  # two names of one array
    "d = x.copy()\nx[i] = d[0]",
    "d = x\nx[i] = y[i]",
    "for j in range(n):\n    w[j, j] = w[j, j] * 2.0",
    "for j in range(n):\n    w[i, j] = w[j, i] * 2.0",
    "d = z\nd[0] = y[i]\nz = np.zeros(3)",  # made here, but read from before
    "s += y[i]",  # the user's additions
    "x[k] += y[i]",
    "s += y[i]\ns = 0.0",
)
ANY_ORDER = (
    "s += y[i]",
    "x[k] += y[i]",
    "x[0] += y[i]",
    "x[i] += x[i]",
    "v[k] += y[i]\nx[k] += 1.0",
)
OURS_IN_ORDER = (
    "s += y[i]\nx[i] = s",
    "x[k] += y[i]\nt = x[i]",
    "x[k] += y[i]\nx[i] = 0.0",
    "t = x[k]\nx[i] += t",
)


@pytest.mark.parametrize("body", EXCHANGED)
def test_iterations_that_may_be_exchanged(body):
    assert exchanged(body)


@pytest.mark.parametrize("body", IN_ORDER)
def test_iterations_that_stay_in_order(body):
    assert not exchanged(body)


@pytest.mark.parametrize("body", ANY_ORDER)
def test_additions_of_ours(body):
    assert exchanged(body, ours=True)


@pytest.mark.parametrize("body", OURS_IN_ORDER)
def test_additions_of_ours_that_something_reads(body):
    assert not exchanged(body, ours=True)


def test_names_that_something_reads_after_the_loop():
    """The last assignment counts; a sum does not depend on the order."""
    assert exchanged("t = y[i]")
    assert exchanged("t = y[i]", lasting={"s"})
    assert not exchanged("t = y[i]", lasting={"t"})
    assert exchanged("s += y[i]", ours=True, lasting={"s"})


def test_arrays_that_every_iteration_fills_first():
    body = "z[0] = y[i]\nx[i] = z[0]"
    assert not exchanged(body)
    assert exchanged(body, private={"z"})


def test_names_that_are_settled():
    assert not exchanged("s += y[i]")
    assert exchanged("s += y[i]", settled={"s"})


def test_an_element_counts_with_all_of_its_offsets():
    """One dimension has the same literal in all accesses."""
    assert exchanged("for j in range(n):\n    t = w[i, j]\n    w[i, j + 1] = t")
    body = "j = i + 1\nt = w[{}]\nw[{}] = t * t"
    assert exchanged(body.format("i, j", "i, i"))
    assert exchanged(body.format("i, j", "j, j"))
    assert not exchanged(body.format("i, j", "j, i"))


def test_a_while_loop_has_no_elements_of_its_own():
    function = ir("def f(x: A1, i: int):\n    t = x[i]\n    x[i] = t * t\n    return t")
    of, floors = aliasing(function).of, Floors(function)
    assert not independent(function.body, None, floors, of)
    reads = ir("def f(x: A1, i: int):\n    t = x[i]\n    return t")
    assert independent(reads.body, None, Floors(reads), of)


def test_tuples_that_a_call_is_given_count():
    x, t, n = nodes.Var("x", Array("float64", 1)), nodes.Var("t", FLOAT), nodes.Var("n", INT)
    call = nodes.Call((t,), None, "g", ((x, n),))
    assert accessed((call,), lambda name: name) == {"x", "n"}
