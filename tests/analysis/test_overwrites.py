"""Which stores may change an element after it was read."""

import numpy as np
import pytest

from srcad.analysis.overwrites import Access, affine, order, overwritten_later
from srcad.analysis.values import ROOT, Place, values
from srcad.ir import nodes
from srcad.ir.walk import statements
from tests.array_checks import check as check_program
from tests.array_checks import parametrized, programs
from tests.ir_text import ir, with_negative_literals

PROGRAMS = programs()
X = np.array([1.5, 0.5, 2.0, -1.0])


@PROGRAMS((X,), (X[:1],))
def wraps_in_the_first_round(x):
    y = x * 1.0
    s = 0.0
    for i in range(y.size):
        s += y[i - 1] * y[i - 1]  # the last element, which the last round writes
        y[i] = x[i] * 3.0
    return s


@PROGRAMS((X,), (X[:1],))
def starts_below_zero(x):
    y = x * 1.0
    s = 0.0
    for i in range(-1, y.size - 1):
        s += y[i] * y[i]
        y[i + 1] = x[i] * 3.0
    return s


@PROGRAMS((X,), (X[:1],))
def stays_behind(x):
    y = x * 1.0
    s = 0.0
    for i in range(1, y.size):
        s += y[i - 1] * y[i - 1]  # was written in the round before
        y[i] = x[i] * 3.0
    return s


@PROGRAMS((X,), (X[:2],))
def looks_ahead(x):
    y = x * 1.0
    s = 0.0
    for i in range(y.size - 1):
        s += y[i + 1] * y[i + 1]  # is written in the next round
        y[i] = x[i] * 3.0
    return s


@PROGRAMS((X,), (X[:2],))
def counts_down(x):
    y = x * 1.0
    s = 0.0
    for i in range(y.size - 1, 0, -1):
        s += y[i - 1] * y[i - 1]
        y[i] = x[i] * 3.0
    return s


@PROGRAMS((X,), (X[:1],))
def a_fixed_place_from_the_end(x):
    y = x * 1.0
    s = 0.0
    for i in range(y.size):
        s += y[-1] * y[-1]
        y[i] = x[i] * s
    return s


@PROGRAMS((X,), (X[:1],))
def two_fixed_places_of_one_element(x):
    y = x * 1.0
    s = 0.0
    for i in range(2):
        s += y[-1] * y[-1]
        y[0] = x[0] * 3.0 + i
    return s


@PROGRAMS((X,), (X[:2],))
def two_fixed_places(x):
    y = x * 1.0
    s = 0.0
    for i in range(2):
        s += y[1] * y[1]
        y[0] = x[0] * s + i
    return s


@parametrized(PROGRAMS)
def test_elements_are_kept_where_they_are_overwritten(func, args, mutates):
    check_program(func, args, mutates)


# What is asked about one read and one write ----------------------------------------------

HEAD = """
def f(x: A1, w: A2, n: int, k: int, c: bool):
    y = x.copy()
    z = x.copy()
    s = 0.0
"""


def overwritten(body, *, within_loop=False):
    """Return whether the last store of a body may change what the first load has read."""
    lines = "".join(f"    {line}\n" for line in body.strip().split("\n"))
    function = with_negative_literals(ir(f"{HEAD}{lines}    return s"))
    facts = values(function)
    found = statements(function.body)
    load = next(s for s in found if isinstance(s, nodes.Let) and isinstance(s.value, nodes.Load))
    store = next(s for s in reversed(found) if isinstance(s, nodes.Store))
    read = Access(load, facts.reads[load, load.value.array.name], load.value.index)
    write = Access(store, facts.reads[store, store.array.name], store.index)
    loop = next((s for s in function.body if isinstance(s, nodes.For)), None)
    place = Place(loop, "body") if within_loop else ROOT
    return overwritten_later(read, write, facts, order(function), place)


LATER = (
    "t = y[0]\ny[0] = s",
    "t = y[k]\ny[0] = s",
    "t = y[-1]\ny[0] = s",
    "t = x[0]\nx[0] = s",
    "v = y[1:]\nt = v[0]\ny[1] = s",
    "for i in range(n):\n    t = y[i]\n    y[i] = t",
    "for i in range(n):\n    t = y[i + 1]\n    y[i] = t",
    "for i in range(n):\n    t = y[i + 4]\n    y[i] = t",
    "for i in range(n):\n    y[i] = s\n    t = y[i + 1]\n    y[i] = t",
    "for i in range(n):\n    t = y[i - 1]\n    y[i] = t",  # from the end at first
    "for i in range(k, n):\n    t = y[i - 1]\n    y[i] = t",
    "for i in range(n, 1, -1):\n    t = y[i - 1]\n    y[i] = t",
    "for i in range(1, n, 2):\n    t = y[i + 2]\n    y[i] = t",
    "for i in range(n):\n    t = y[0]\n    y[0] = t",
    "for i in range(n):\n    t = y[k]\n    y[i] = t",
    "for i in range(n):\n    for j in range(n):\n        t = w[i, j]\n        w[j, i] = t",
    "for i in range(n):\n    for j in range(n):\n        t = w[i, j + 1]\n        w[i, j] = t",
    "for i in range(n):\n    v = x[1:]\n    t = v[i]\n    v[i - 1] = t",
)
NEVER = (
    "y[0] = s\nt = y[0]",
    "t = y[1]\ny[0] = s",
    "t = y[0]\nz[0] = s",  # another array
    "for i in range(n):\n    y[i] = s\n    t = y[i]",
    "for i in range(1, n):\n    t = y[i - 1]\n    y[i] = t",
    "for i in range(1, n):\n    y[i] = s\n    t = y[i - 1]",
    "for i in range(n, -1, -1):\n    t = y[i + 1]\n    y[i] = t",
    "for i in range(1, n, 2):\n    t = y[i + 1]\n    y[i] = t",  # between two of them
    "for i in range(n):\n    for j in range(i + 1, n):\n        t = w[i, i]\n        w[i, j] = t",
    "for i in range(1, n):\n    for j in range(n):\n        t = w[i - 1, j]\n        w[i, j] = t",
)


@pytest.mark.parametrize("body", LATER)
def test_overwritten_later(body):
    assert overwritten(body)


@pytest.mark.parametrize("body", NEVER)
def test_never_overwritten(body):
    assert not overwritten(body)


def test_one_iteration():
    """In one run of the body, only what comes after the read counts."""
    body = "for i in range(n):\n    y[{}] = s\n    t = y[{}]"
    assert overwritten(body.format("i", "i + 1"))
    assert not overwritten(body.format("i", "i + 1"), within_loop=True)
    body = "for i in range(n):\n    t = y[{}]\n    y[{}] = s"
    assert overwritten(body.format("k", "i"), within_loop=True)
    assert overwritten(body.format("i", "i"), within_loop=True)


def test_plain_indices():
    function = ir(f"""{HEAD}
    for i in range(2, n):
        a = i - 1
        b = 3 + a
        d = b
        e = i - 3
        g = i * 1
        s += x[d] * x[e] * x[g] * x[k] * x[0]
    return s""")
    facts = values(function)
    loads = [s for s in statements(function.body) if isinstance(getattr(s, "value", 0), nodes.Load)]
    found = [affine(s, s.value.index[0], facts) for s in loads]
    assert [f and (f.var and f.var.name, f.offset) for f in found] == [
        ("i", 2), None, None, None, (None, 0)]  # fmt: skip
    assert affine(loads[0], nodes.Const(-1), facts) is None
    assert affine(loads[0], nodes.Slice(), facts) is None
