"""Additions to neighbours: which may be gathered, what is kept for it, and what is computed."""

from dataclasses import replace

import pytest

from srcad.analysis.kinds import kinds
from srcad.analysis.neighbours import held_values, origins, sums
from srcad.analysis.nests import nest_of
from srcad.analysis.overlap import Overlap
from srcad.ir import nodes
from srcad.ir.names import NameSupply
from srcad.ir.types import Scalar
from srcad.ir.walk import map_block, statements
from tests.ir_text import ir

HEAD = """
def f(x: A1, n: int, m: int, c, k: int):
    y = np.zeros(m)
    z = np.zeros(m)
    w = np.zeros((m, m))
    s = 0.0
"""


def ours(stmt):
    """Return a statement, an addition as one of ours."""
    return replace(stmt, any_order=True) if isinstance(stmt, nodes.Accum) else stmt


def gathered(body, change=ours):
    """Return the sums of the last loop of a body, with its nest and what may overlap."""
    lines = "".join(f"    {line}\n" for line in body.strip().split("\n"))
    function = ir(f"{HEAD}{lines}    return s")
    function = replace(function, body=map_block(function.body, change))
    overlap = Overlap(function)
    type_of = kinds(function)
    loop = next(s for s in reversed(function.body) if isinstance(s, nodes.For))
    supply = NameSupply.of(function)
    nest = nest_of(loop, supply, lambda name: isinstance(type_of.get(name), Scalar))
    assert nest is not None
    return sums(nest, overlap), nest, overlap


def names(body, change=ours):
    """Return the arrays whose additions may be gathered."""
    return [found.array.name for found in gathered(body, change)[0]]


PLAIN = """
for i in range(1, n):
    t = x[i]
    y[i] += t
    y[i - 1] += t
"""


def test_a_plain_sum():
    (found,), _, _ = gathered(PLAIN)
    assert (found.array.name, found.loop_of, found.offsets) == ("y", {0: 0}, [(0,), (-1,)])
    assert (found.most(0), found.width(0)) == (0, 1)


def test_the_users_additions_are_not_gathered():
    assert names(PLAIN) == ["y"]
    assert names(PLAIN, lambda stmt: stmt) == []
    first = [True]

    def all_but_one(stmt):
        if isinstance(stmt, nodes.Accum) and first.pop() if first else False:
            return stmt
        return ours(stmt)

    assert names(PLAIN, all_but_one) == []


GATHERED = {
    "two arrays": ("y[i] += 1.0\ny[i + 1] += 1.0\nz[i] += 2.0\nz[i + 2] += 3.0", ["y", "z"]),
    "another array is read": ("t = z[i]\ny[i] += t\ny[i + 1] += t", ["y"]),
    "another array is written": ("z[i] = 1.0\ny[i] += 1.0\ny[i + 1] += 1.0", ["y"]),
}
NOT_GATHERED = {
    "one place only": "y[i] += 1.0\ny[i] += 2.0",
    "read here": "t = y[i]\ny[i] += t\ny[i + 1] += t",
    "written here": "y[i] = 0.0\ny[i] += 1.0\ny[i + 1] += 1.0",
    "any index": "y[k] += 1.0\ny[i + 1] += 1.0",
    "any index second": "y[i + 1] += 1.0\ny[k] += 1.0",
    "index times two": "y[i * 2] += 1.0\ny[i + 1] += 1.0",
    "one below the start": "y[i - 2] += 1.0\ny[i] += 1.0",
    "argument beside argument": "t = x[i]\nx[i] += t\nx[i + 1] += t",
}


@pytest.mark.parametrize("name", GATHERED)
def test_gathered(name):
    body, expected = GATHERED[name]
    body = body.replace("\n", "\n    ")
    assert names(f"for i in range(1, n):\n    {body}") == expected


@pytest.mark.parametrize("name", NOT_GATHERED)
def test_not_gathered(name):
    body = NOT_GATHERED[name].replace("\n", "\n    ")
    assert names(f"for i in range(1, n):\n    {body}") == []


def test_arrays_that_may_overlap_are_not_gathered():
    body = """
{}
for i in range(1, n):
    t = v[i]
    y[i] += t
    y[i - 1] += t
"""
    assert names(body.format("v = z[1:]")) == ["y"]
    assert names(body.format("v = y[1:]")) == []
    writes = body.replace("t = v[i]", "t = 1.0\n    v[i] = 2.0")
    assert names(writes.format("v = z[1:]")) == ["y"]
    assert names(writes.format("v = y[1:]")) == []


def test_two_loops():
    body = """
for i in range(1, n):
    for j in range(2, n):
        w[i, j] += 1.0
        w[{}] += 1.0
"""
    assert names(body.format("i - 1, j")) == ["w"]
    assert names(body.format("i, j - 2")) == ["w"]
    assert names(body.format("i, j - 3")) == []  # from the end
    assert names(body.format("j, i")) == []
    assert names(body.format("i, i")) == []
    assert names(body.format("i, k")) == []
    assert names("for i in range(1, n):\n    w[i, k] += 1.0\n    w[i - 1, k] += 1.0") == ["w"]
    assert names("for i in range(1, n):\n    w[i, k] += 1.0\n    w[i - 1, m] += 1.0") == []
    changing = "w[i, k] += 1.0\n    k = k + 1\n    w[i - 1, k] += 1.0"
    assert names(f"for i in range(1, n):\n    {changing}") == []
    one_loop = "for i in range(1, n):\n    for j in range(n):\n        y[j] += 1.0\n"
    assert names(f"{one_loop}        y[j + 1] += 1.0") == []  # all i add to it


def held(body, change=ours):
    """Return what is kept in work arrays (None: it is scattered) of the only sum there is."""
    (found,), nest, overlap = gathered(body, change)
    values = held_values(nest, found, overlap)
    return values if values is None else len(values)


def three(value, *, before="", after=""):
    """Return a loop that adds to three neighbours."""
    lines = [before, f"t = {value}", after, *(f"y[i + {k}] += t * {k}.5" for k in range(3))]
    return "for i in range(1, n):\n" + "".join(f"    {line}\n" for line in lines if line)


def test_cheap_values_are_computed_once_per_neighbour():
    assert held(three("x[i]")) == 0
    assert held(three("x[i] * x[i + 1]")) == 1  # two elements: it is kept
    assert held(three("exp(x[i])")) == 1  # dear


def test_what_the_loop_changes_is_not_computed_again():
    for change, is_settled in (
        ("z[i] = 1.0", True),  # its own element, which it has read before
        ("z[i] += 1.0", True),
        ("z[i + 1] = 1.0", False),
        ("z[i - 1] = 1.0", False),
        ("z[k] = 1.0", False),
    ):
        assert held(three("z[i]", after=change)) == (0 if is_settled else 1), change
    assert held(three("z[i]", before="z[i] = 1.0")) == 1  # reads what was written
    assert held(three("z[i - 2]", after="z[i - 2] = 1.0")) == 1  # may be read from the end
    assert held(three("z[i - 1]", after="z[i - 1] = 1.0")) == 0
    assert held(three("z[k]", after="z[k] = 1.0")) == 1  # one element for all
    assert held(three("s")) == 0
    assert held(three("s", after="s = 2.0 * x[i]")) == 1  # from the iteration before


def test_views_of_what_is_written():
    lines = "v = {}[1:]\n" + three("v[i]", after="z[i] = 1.0")
    assert held(lines.format("x")) == 0
    assert held(lines.format("z")) == 1


def test_two_neighbours_are_gathered_only_where_that_is_cheap():
    body = "for i in range(1, n):\n    t = {}\n    y[i] += t\n    y[i {} 1] += t"
    apart = body.replace("y[i]", "y[i + 1]")
    assert held(apart.format("x[i]", "-")) == 0
    assert held(apart.format("exp(x[i])", "-")) is None
    for side in "-+":  # an iteration hands its addition on to the next
        assert held(body.format("x[i]", side)) is None


def test_an_array_that_is_no_float_array_is_scattered():
    (found,), nest, overlap = gathered(three("exp(x[i])"))
    overlap.type_of = {name: t for name, t in overlap.type_of.items() if name != "y"}
    assert held_values(nest, found, overlap) is None


def found_origins(body):
    (found,), nest, _ = gathered(body)
    result = origins(nest, found)
    return None if result is None else (len(result.names), len(result.scaled))


def test_origins():
    loop = "for i in range(1, n):\n    a = x[i]\n    b = x[i + 1]\n    d = x[i + 2]\n    {}\n"
    assert found_origins(loop.format("y[i] += a\n    y[i + 1] += a")) == (1, 0)
    assert found_origins(loop.format("y[i] += a\n    y[i + 1] += -a")) == (1, 0)
    assert found_origins(loop.format("y[i] += 2.0 * a\n    y[i + 1] += a * 3.0")) == (1, 0)
    assert found_origins(loop.format("y[i] += a + b\n    y[i + 1] += a - b")) == (2, 0)
    assert found_origins(loop.format("y[i] += a * b\n    y[i + 1] += b")) == (2, 0)
    assert found_origins(loop.format("y[i] += a + b\n    y[i + 1] += d")) is None  # too many
    assert found_origins(loop.format("y[i] += c * a\n    y[i + 1] += a")) == (1, 1)
    assert found_origins(loop.format("y[i] += np.inf * a\n    y[i + 1] += a")) == (2, 0)
    assert found_origins(loop.format("y[i] += 1.0\n    y[i + 1] += a")) is None
    assert found_origins(loop.format("y[i] += c\n    y[i + 1] += a")) is None


def test_loops_are_walked_in_order():
    """All of the nest is one list of statements, each at its time."""
    _, nest, _ = gathered(PLAIN)
    assert [a.time for a in nest.accums] == sorted(a.time for a in nest.accums)
    assert {a.stmt for a in nest.accums} <= set(statements(nest.loops[0].body))
