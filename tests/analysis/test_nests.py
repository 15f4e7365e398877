"""What is a perfect nest of counted loops, and what is not quite one."""

import pytest

from srcad.analysis.kinds import kinds
from srcad.analysis.nests import nest_of
from srcad.ir import nodes
from srcad.ir.names import NameSupply
from srcad.ir.types import Scalar
from srcad.ir.walk import statements
from tests.ir_text import ir, with_negative_literals

HEAD = "def f(x: A2, y: A1, n: int, m: int, c: bool):\n    s = 0.0\n    k = 1\n    b = c and c\n"


def nest(body):
    """Return the nest that the first loop of a body starts."""
    lines = "".join(f"    {line}\n" for line in body.strip().split("\n"))
    function = with_negative_literals(ir(f"{HEAD}{lines}    return s"))
    type_of = kinds(function)
    loop = next(s for s in statements(function.body) if isinstance(s, nodes.For))
    supply = NameSupply.of(function)
    return nest_of(loop, supply, lambda name: isinstance(type_of.get(name), Scalar))


PLAIN = """
for i in range(n):
    for j in range(1, m):
        t = x[i, j] * 2.0
        x[i, j] = t
        y[i + 1] += t
"""


def test_a_plain_nest():
    found = nest(PLAIN)
    assert len(found.loops) == 2
    assert [a.array.name for a in found.stores] == ["x"]
    assert [a.array.name for a in found.accums] == ["y"]
    assert len(found.loads) == 1
    assert not found.unknown
    (accum,), (store,) = found.accums, found.stores
    assert found.affine(accum.index[0]) == (0, 1)
    assert [found.affine(part) for part in store.index] == [(0, 0), (1, 0)]
    (load,) = found.loads.values()
    assert load.time < store.time < accum.time


NESTS = {
    "one loop": "for i in range(n):\n    y[i] += 1.0",
    "from 1": "for i in range(1, n):\n    y[i] += 1.0",
    "numbers before the inner loop": """
for i in range(n):
    t = y[i]
    u = t * t
    for j in range(m):
        x[i, j] += u
""",
    "fixed stop": "for i in range(3):\n    for j in range(n):\n        x[i, j] += 1.0",
    "no rounds": "for i in range(0):\n    y[i] += 1.0",
}

OTHERS = {
    "from below zero": "for i in range(-1, n):\n    y[i] += 1.0",
    "inner one from below zero": "for i in range(n):\n    for j in range(-1, m):\n"
    "        x[i, j] += 1.0",
    "from a name": "for i in range(k, n):\n    y[i] += 1.0",
    "every other": "for i in range(0, n, 2):\n    y[i] += 1.0",
    "down": "for i in range(n, 0, -1):\n    y[i] += 1.0",
    "any step": "for i in range(0, n, m):\n    y[i] += 1.0",
    "early end": "for i in range(n):\n    y[i] += 1.0\n    if b:\n        break",
    "triangle": "for i in range(n):\n    for j in range(i):\n        x[i, j] += 1.0",
    "stop that the body assigns": "for i in range(n):\n    for j in range(k):\n"
    "        x[i, j] += 1.0\n        k = k + 1",
    "stop that a statement before assigns": "for i in range(n):\n    k = i + 1\n"
    "    for j in range(k):\n        x[i, j] += 1.0",
    "addition before the inner loop": "for i in range(n):\n    s += 1.0\n    for j in range(m):\n"
    "        x[i, j] += 1.0",
    "statement after the inner loop": "for i in range(n):\n    for j in range(m):\n"
    "        x[i, j] += 1.0\n    t = y[i]",
    "two inner loops": "for i in range(n):\n    for j in range(m):\n        x[i, j] += 1.0\n"
    "    for j in range(m):\n        x[i, j] += 1.0",
    "branch": "for i in range(n):\n    if c:\n        y[i] += 1.0",
    "while": "for i in range(n):\n    while c:\n        y[i] += 1.0",
    "raise": "for i in range(n):\n    raise ValueError()",
    "view": "for i in range(n):\n    v = x[i]\n    v[0] += 1.0",
    "part": "for i in range(n):\n    v = y[1:2]\n    y[i] += 1.0",
    "other name": "for i in range(n):\n    v = y\n    v[i] += 1.0",
}


@pytest.mark.parametrize("name", NESTS)
def test_nests(name):
    assert nest(NESTS[name]) is not None


@pytest.mark.parametrize("name", OTHERS)
def test_no_nests(name):
    assert nest(OTHERS[name]) is None


def test_indices_that_are_a_loop_variable_and_a_number():
    found = nest("""
for i in range(n):
    a = i + 1
    b = a - 3
    d = 2 + b
    e = d
    g = i * 1
    h = i + k
    y[e] += 1.0
    y[g] += 1.0
    y[h] += 1.0
    y[k] += 1.0
""")
    assert [found.affine(a.index[0]) for a in found.accums] == [(0, 0), None, None, None]
    assert [found.varies(a.index[0]) for a in found.accums] == [True, True, True, False]


def test_values_of_the_iteration_before_are_unknown():
    found = nest("""
for i in range(n):
    y[i] += s
    s = y[0] * 2.0
    y[i] += s
""")
    assert found.unknown == {"s"}
    first, second = found.accums
    assert found.values[first.stmt].name == "s"
    assert found.values[second.stmt].name in found.lets
    assert found.varies(found.values[first.stmt])


def test_sums_are_numbers_of_the_nest():
    found = nest("for i in range(n):\n    t = y[i]\n    t += 2.0\n    y[i] = t")
    (store,) = found.stores
    name = found.values[store.stmt].name
    assert found.lets[name].prim == "add"
    assert found.needed({name}) == {name, found.lets[name].args[0].name}
    assert found.needed({name}, frozenset({name})) == {name}


def test_what_an_inner_loop_changes_is_unknown_in_it():
    """A name that is bound before the inner loop holds that in its first iteration only."""
    found = nest("""
for i in range(n):
    s = 0.5
    t = y[i]
    for j in range(m):
        u = s + t
        s = u * 2.0
        x[i, j] += u
""")
    assert found.unknown == {"s"}
    (accum,) = found.accums
    assert found.needed({found.values[accum.stmt].name}) & found.unknown
