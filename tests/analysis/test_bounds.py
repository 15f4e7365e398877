"""What is known to be inside, from loops, tests, extents and choices; and what is not."""

from __future__ import annotations

import pytest

from srcad.analysis.bounds import Bounds
from srcad.analysis.sums import Sums, constant, plus
from srcad.analysis.values import values
from srcad.ir import nodes as ir
from srcad.ir.walk import statements
from srcad.passes.indices.inside import inside
from tests.ir_text import ir as parsed

INSIDE = (
    "x: A1):\n for i in range(x.size): x[i] = 1.0",
    "x: A1, n: int):\n for i in range(n):\n  a = i < x.size\n  if a: x[i] = 1.0",
    "x: A1):\n for i in range(1, x.size, 2): x[i - 1] = 1.0",
    "x: A1):\n n = x.size\n for i in range(n):\n  for j in range(i, n): x[j - i] = 1.0",
    "x: A1, k: int):\n for i in range(x.size):\n  j = min(i, k)\n  l = max(j, 0)\n  x[l] = 1.0",
    "x: A1):\n for i in range(x.size):\n  j = i // 2\n  x[j] = 1.0",
    "x: A1):\n k = 0\n for i in range(x.size):\n  x[k] = 1.0\n  k = k + 1",
    "x: A1):\n for i in range(x.size):\n  j = -1 - i\n  x[j] = 1.0",
)
OUTSIDE = (
    "x: A1):\n for i in range(x.size): x[i + 1] = 1.0",
    "x: A1, n: int):\n for i in range(n):\n  a = i <= x.size\n  if a: x[i] = 1.0",
    "x: A1, n: int):\n for i in range(n):\n  a = i < x.size\n  if a: s = 1.0\n  x[i] = 1.0",
    "x: A1):\n for i in range(1, x.size, 2): x[i + 1] = 1.0",
    "x: A1):\n n = x.size\n for i in range(n):\n  for j in range(i, n): x[j + i] = 1.0",
    "x: A1, k: int):\n for i in range(x.size):\n  j = max(i, k)\n  x[j] = 1.0",
    "x: A1):\n for i in range(x.size):\n  j = i * 2\n  x[j] = 1.0",
    "x: A1):\n k = 0\n for i in range(x.size):\n  x[k] = 1.0\n  k = k + 2",
    "x: A1):\n k = 0\n for i in range(x.size):\n  k = k + 1\n  x[k] = 1.0",
    "x: A1):\n for i in range(x.size):\n  j = -2 - i\n  x[j] = 1.0",
    "x: A1, y: A1):\n for i in range(y.size): x[i] = 1.0",
)


MEETS = """
def f(x: A1, y: A1, z: A1):
 n = x.shape[0]
 m = y.shape[0]
 l = z.shape[0]
 nm = common_extent(n, m)
 nml = common_extent(nm, l)
 one = {} == 1
 for i in range(nml):
  if one: j = 0
  else: j = i
  x[j] = 1.0
 return x
"""


@pytest.mark.parametrize(
    ("one", "is_inside"), [("n", True), ("m", False), ("l", False), ("nm", False)]
)
def test_axes_that_meet(one, is_inside):
    """What is broadcast over three axes is inside the first, if it does not move where that is 1.

    The case that says `common_extent(n, m) == 1` and then that it is n is none where n is not 1.
    """
    function = parsed(MEETS.format(one))
    assert (inside(function) is function) == is_inside


@pytest.mark.parametrize("text", INSIDE)
def test_known_to_be_inside(text):
    """Nothing is tested."""
    function = parsed(f"def f({text}\n return x")
    assert inside(function) is function


@pytest.mark.parametrize("text", OUTSIDE)
def test_one_step_further(text):
    """There is a test."""
    function = parsed(f"def f({text}\n return x")
    assert any(isinstance(s, ir.Raise) for s in statements(inside(function).body))


# Sums ----------------------------------------------------------------------------------


TWO = """
def f(x: A1, i: int, k: int, n: int):
 a = {}
 b = {}
 x[a] = 1.0
 x[b] = 1.0
 return x
"""


def sums_of(text):
    """Return the sums of a function, and those of the indices of its stores."""
    function = parsed(text)
    sums = Sums(function, values(function))
    stores = [s for s in statements(function.body) if isinstance(s, ir.Store)]
    return sums, [sums.form(s, s.index[0]) for s in stores]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("i + k", "k + i"),
        ("(i + k) * n", "i * n + n * k"),
        ("2 * i - i", "i"),
        ("-(i - k)", "k - i"),
        ("x.shape[0] - 1", "x.size - 1"),
    ],
)
def test_equal_sums(one, other):
    """Integers with the same sum are equal."""
    _, (a, b) = sums_of(TWO.format(one, other))
    assert a == b


@pytest.mark.parametrize(
    ("one", "other"),
    [("i + k", "i - k"), ("i // 2 * 2", "i"), ("i * i", "2 * i"), ("i % n", "i"), ("i + 1", "i")],
)
def test_other_sums(one, other):
    """What is rounded is a symbol of its own."""
    _, (a, b) = sums_of(TWO.format(one, other))
    assert a != b


def test_names_that_are_bound_again():
    """A name has one sum for each of its values."""
    sums, (a, b) = sums_of("def f(x: A1, k: int):\n x[k] = 1.0\n k = k + 2\n x[k] = 1.0\n return x")
    assert plus(b, a, -1) == constant(2)
    assert Bounds(sums).holds(plus(b, a, -1), [])
    assert not Bounds(sums).holds(plus(a, b, -1), [])


# Conditions ----------------------------------------------------------------------------

TESTED = """
def f(x: A1, k: int, n: int, c: bool):
{}
 if t: x[k] = 1.0
 else: x[n] = 1.0
 return x
"""


@pytest.mark.parametrize(
    ("test", "then", "orelse"),
    [
        (" t = k > 2", True, False),
        (" t = k >= 3", True, False),
        (" t = k > 1", False, False),
        (" t = k == 3", True, False),
        (" a = k > 2\n t = a and c", True, False),
        (" a = k > 2\n t = a or c", False, False),
        (" a = n < 3\n t = a or c", False, True),
        (" a = n < 3\n t = a and c", False, False),
        (" a = k < 3\n t = not a", True, False),
        (" t = c\n if c: t = k > 2", True, False),
        (" t = c\n a = not c\n if a: t = n < 3", False, True),
        (" t = k > 2\n k = k - 1", False, False),
    ],
)
def test_what_a_test_says(test, then, orelse):
    """`k >= 3` where it holds, `n >= 3` where it does not."""
    function = parsed(TESTED.format(test))
    sums = Sums(function, values(function))
    bounds = Bounds(sums)
    branch = [s for s in function.body if isinstance(s, ir.If)][-1]
    for block, holds, expected in ((branch.then, True, then), (branch.orelse, False, orelse)):
        store = block[-1]
        assert isinstance(store, ir.Store)
        facts = bounds.conditions.of_test(branch, branch.test, (), holds=holds)
        at_least_three = plus(sums.form(store, store.index[0]), constant(-3))
        assert bounds.holds(at_least_three, facts) == expected


def test_proofs_are_from_what_is_known():
    """What was proved, or could not be, is not said of other facts."""
    function = parsed("def f(x: A1, k: int, n: int):\n a = k + n\n return x")
    facts = values(function)
    sums = Sums(function, facts)
    bounds = Bounds(sums)
    k, n = (sums.of(facts.arguments[name]) for name in ("k", "n"))
    assert not bounds.holds(k, [n])
    assert bounds.holds(k, [k])
    assert not bounds.holds(k, [n])
    assert bounds.holds(plus(k, n), [k, n])
    assert bounds.holds(plus(k, n, -1), [plus(k, n, -1)])
    assert not bounds.holds(plus(k, n, -1), [plus(n, k, -1)])
