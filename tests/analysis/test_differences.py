"""Two accesses that never meet, because the bounds of loops keep their indices apart."""

import pytest

from srcad.analysis.differences import Differences
from srcad.analysis.values import values
from srcad.ir import nodes
from srcad.ir.walk import statements
from tests.ir_text import ir, with_negative_literals

HEAD = "def f(w: A2, x: A1, n: int, m: int, k: int):\n"


def apart(body, *, same=0, later=None):
    """Return whether the first load and the last store of a body never meet.

    same: so many of the loops around both are in the same iteration. later: this one of them
    is in a later iteration when the store runs.
    """
    lines = "".join(f"    {line}\n" for line in body.split("\n"))
    function = with_negative_literals(ir(f"{HEAD}{lines}    return n"))
    found = statements(function.body)
    loops = [s for s in found if isinstance(s, nodes.For)]
    load = next(s for s in found if isinstance(s, nodes.Let) and isinstance(s.value, nodes.Load))
    store = next(s for s in reversed(found) if isinstance(s, nodes.Store))
    it = Differences(
        values(function), frozenset(loops[:same]), None if later is None else loops[later]
    )
    pairs = zip(load.value.index, store.index, strict=True)
    return any(it.never_equal(load, a, store, b) for a, b in pairs)


BELOW_THE_DIAGONAL = """for j in range(n):
    for i in range(j + 1, n):
        t = w[j, j]
        w[i, j] = t"""


def test_one_iteration_of_the_outer_loop():
    assert apart(BELOW_THE_DIAGONAL, same=1)
    assert not apart(BELOW_THE_DIAGONAL.replace("j + 1", "j"), same=1)
    assert not apart(BELOW_THE_DIAGONAL.replace("j + 1", "j - 1"), same=1)


def test_any_two_iterations():
    assert not apart(BELOW_THE_DIAGONAL)


def test_later_iterations():
    assert apart(BELOW_THE_DIAGONAL, later=0)
    line = "for i in range({}):\n    t = x[{}]\n    x[{}] = t"
    assert apart(line.format("n", "i", "i"), later=0)
    assert apart(line.format("n", "i", "i + 1"), later=0)
    assert not apart(line.format("n", "i + 1", "i"), later=0)
    assert apart(line.format("n, -1, -1", "i", "i"), later=0)
    assert apart(line.format("n, -1, -1", "i + 1", "i"), later=0)
    assert not apart(line.format("n, -1, -1", "i", "i + 1"), later=0)
    assert apart(line.format("0, n, 3", "i", "i"), later=0)


def test_negative_indices_count_from_the_end():
    line = "for i in range({}):\n    t = x[{}]\n    x[{}] = t"
    assert not apart(line.format("k, n", "i", "i"), later=0)
    assert not apart(line.format("-1, n", "i", "i"), later=0)
    assert not apart(line.format("n", "i - 1", "i"), later=0)
    assert apart(line.format("1, n", "i - 1", "i"), later=0)
    assert not apart(line.format("n, -2, -1", "i", "i"), later=0)


def test_steps_that_are_not_known():
    line = "for i in range(0, n, {}):\n    t = x[i]\n    x[i] = t"
    assert not apart(line.format("m"), later=0)
    assert apart(line.format("1"), later=0)


APART = (
    "t = x[0]\nx[1] = t",
    "t = x[2]\nx[0] = t",
    "for i in range(1, n):\n    t = x[i]\n    x[0] = t",
    "for i in range(n):\n    t = x[i]\n    a = max(i, 0)\n    x[a + 1] = t",
    "for i in range(n):\n    t = x[i]\n    a = max(k, i + 1)\n    x[a] = t",
    "a = x.size\nfor i in range(a):\n    t = x[i]\n    x[a] = t",
    "a = x.size\nb = min(a, m)\nfor i in range(b):\n    t = x[i]\n    x[a] = t",
    "a = max(n, 1)\nfor i in range(1, a):\n    t = x[i]\n    b = max(n, 2)\n    x[b] = t",
)
NOT_APART = (
    "t = x[k]\nx[k] = t",
    "t = x[k]\nx[m] = t",
    "t = x[0]\nx[-1] = t",
    "for i in range(n):\n    t = x[i]\n    x[0] = t",
    "for i in range(n):\n    t = x[i]\n    a = max(i, 1)\n    x[a] = t",
    "for i in range(n):\n    t = x[i]\n    a = min(k, i + 1)\n    x[a] = t",
    "a = x.size\nb = max(a, m)\nfor i in range(b):\n    t = x[i]\n    x[a] = t",
    "for i in range(m):\n    t = x[i]\n    n = n + 1\n    x[n] = t",
    "for i in range(n):\n    t = x[i]\n    n = n - 1\n    x[n] = t",  # n is not that of the bounds
)


@pytest.mark.parametrize("body", APART)
def test_apart(body):
    assert apart(body, same=1)


@pytest.mark.parametrize("body", NOT_APART)
def test_not_apart(body):
    assert not apart(body, same=1)


def test_slices_are_not_compared():
    function = ir(f"{HEAD}    t = x[k]\n    return n")
    facts = values(function)
    (stmt,) = function.body
    it = Differences(facts, frozenset())
    assert not it.never_equal(stmt, nodes.Slice(), stmt, nodes.Const(0))
    assert it.never_equal(stmt, nodes.Const(1), stmt, nodes.Const(0))


def test_a_bound_that_lets_the_loop_not_run():
    """Where `max(n, 1)` is 1, a loop from 1 does not run: its index is below n."""
    loop = "a = max(n, {})\nfor i in range({}, a):\n    t = x[i]\n    b = max(n, 0)\n    x[b] = t"
    assert apart(loop.format(1, 1), same=1)
    assert not apart(loop.format(2, 1), same=1)
