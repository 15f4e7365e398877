"""Arrays that are not made after all: the error of a negative size stays, once, where it was."""

import numpy as np
import pytest

from srcad.analysis.floors import Floors
from srcad.ir.nodes import Let
from srcad.ir.show import show
from srcad.ir.walk import statements
from srcad.passes.building.made_sizes import unsure_sizes
from srcad.passes.cleaning.dead import remove_dead
from tests.array_checks import parametrized, programs
from tests.ir_text import ir, run
from tests.own_call import check_everywhere, check_raises

PROGRAMS = programs()
X = np.array([0.4, -0.2, 0.9])

SIZES = [
    ("np.zeros(n)", ["n"]),
    ("np.empty(n)", ["n"]),
    ("np.ones(n)", ["n"]),
    ("np.zeros((n, n))", ["n"]),
    ("np.zeros((n, k))", ["n", "k"]),
    ("np.zeros((3, n, 0))", ["n"]),
    ("np.zeros(3)", []),
    ("np.zeros(-3)", ["_t"]),
    ("np.zeros(m)", []),
    ("np.zeros((m, k))", ["k"]),
    ("np.zeros(m - 1)", ["_t"]),
    ("np.zeros(max(n, 0))", []),
    ("np.zeros_like(x)", []),
    ("np.sin(a)", []),
    ("a", []),
]


@pytest.mark.parametrize(("made", "expected"), SIZES)
def test_sizes_that_may_be_negative(made, expected):
    f = ir(f"def f(x: A1, a, n: int, k: int):\n    m = len(x)\n    y = {made}\n    return y\n")
    let = next(s for s in statements(f.body) if isinstance(s, Let) and s.target.name == "y")
    found = [
        str(getattr(s, "name", getattr(s, "value", s))) for s in unsure_sizes(let.value, Floors(f))
    ]
    assert [name[:2] for name in found] == expected


def test_what_stays_of_arrays_that_nobody_reads():
    """Each size is tested once where it is first used, in the order of the arrays."""
    body = "y = np.zeros(n)\n    z = np.zeros((k, n))\n    w = np.zeros(n)\n    return n"
    f = remove_dead(ir(f"def f(n: int, k: int):\n    {body}\n"))
    text = show(f, comments=False)[0]
    assert "np.zeros" not in text
    assert text.count("raise ValueError") == 2
    assert text.index("n < 0") < text.index("k < 0")
    assert run(f, 2, 3)[0] == 2
    for sizes in ((-1, 2), (2, -1)):
        with pytest.raises(ValueError, match="negative"):
            run(f, *sizes)


def test_a_size_that_changes_is_another():
    body = "y = np.zeros(n)\n    n = n - 5\n    z = np.zeros(n)\n    return n"
    f = remove_dead(ir(f"def f(n: int):\n    {body}\n"))
    for n in (-1, 3):
        with pytest.raises(ValueError, match="negative"):
            run(f, n)
    assert run(f, 6)[0] == 1


def unused(x, n):
    t = np.zeros(n)
    t[:] = x[0]
    return x[1] * x[2]


PROGRAMS((X, 3), (X, 0))(unused)


@PROGRAMS((X, 2, 3), (X, -2, 0))
def unused_in_a_loop(x, n, m):
    s = x[0]
    for i in range(m):
        np.ones(n)
        s += x[i] * s
    return s


@PROGRAMS((X, 2), (X, -2))
def unused_behind_a_test(x, n):
    if n > 0:
        t = np.empty((n, 2))
        t[0, 1] = x[0]
    return x[1] * x[2]


@parametrized(PROGRAMS)
def test_program(func, args, mutates):
    """Values and derivatives where no size is negative, or no array is made."""
    check_everywhere(func, args, mutates)


def test_negative_sizes():
    check_raises(unused, (X, -1), ValueError)
    check_raises(unused_in_a_loop, (X, -1, 2), ValueError)
