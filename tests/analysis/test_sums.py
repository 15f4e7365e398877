"""Integers as sums of products of symbols: which are equal, and what is not looked into."""

import pytest

from srcad.analysis.sums import LONGEST, NESTING, Sums, constant, number_in, plus
from srcad.analysis.values import ROOT, values
from srcad.ir import nodes
from srcad.ir.types import INT, Scalar
from srcad.ir.walk import statements
from tests.ir_text import ir

HEAD = "def f(x: A1, w: A2, z, n: int, m: int, k: int, c: bool):\n"


def sums_of(body):
    lines = "".join(f"    {line}\n" for line in body.split("\n"))
    function = ir(f"{HEAD}{lines}    return n")
    facts = values(function)
    return Sums(function, facts), facts.at_end[ROOT]


def equal(body, a="a", b="b"):
    """Return whether two integers are the same sum at the end of a body."""
    found, ends = sums_of(body)
    return found.of(ends[a]) == found.of(ends[b])


EQUAL = (
    "a = n\nb = n",
    "a = n + m\nb = m + n",
    "a = n - 1 + 1\nb = n",
    "a = n * m - m * n\nb = 0",
    "a = (n + 1) * (n - 1)\nb = n * n - 1",
    "a = -(n - m)\nb = m - n",
    "a = n + n\nb = 2 * n",
    "a = x.size\nb = len(x)",
    "a = x.size\nb = x.shape[0]",
    "a = len(w)\nb = w.shape[0]",
    "v = x.copy()\na = v.size\nb = x.size",
    "v = np.zeros(n)\na = v.size\nb = n",
    "v = np.zeros(3)\na = v.size\nb = 3",
    "a = n\na += m\nb = n + m",
    "if c:\n    a = n + 1\nelse:\n    a = 1 + n\nb = n + 1",
    "a = n\nn = m\nb = a",
    "a = trips(0, n, 1)\nb = trips(0, n + m - m, 1)",
)
DIFFERENT = (
    "a = n\nb = m",
    "a = n\nb = n + 1",
    "a = w.shape[0]\nb = w.shape[1]",
    "a = w.size\nb = len(w)",
    "a = n\nn = m\nb = n",
    "a = n // 2 * 2\nb = n",
    "a = n % m\nb = n",
    "if c:\n    a = n\nelse:\n    a = m\nb = n",
    "b = n\na = n\nif c:\n    a = a + 1",
    "a = n\nb = n\nfor i in range(m):\n    b = b + 0",
    "a = n\nb = n\nb += k",
    "v = np.zeros(n)\na = v.size\nn = m\nb = n",
    "a = int(z)\nb = int(z)",
    "a = trips(0, n, 1)\nb = trips(0, m, 1)",
    "a = trips(0, n, 1)\nb = n",  # n may be below zero
)


@pytest.mark.parametrize("body", EQUAL)
def test_equal(body):
    assert equal(body)


@pytest.mark.parametrize("body", DIFFERENT)
def test_different(body):
    assert not equal(body)


def test_floats_are_not_looked_into():
    found, ends = sums_of("a = z + 1.0 - 1.0\nb = z")
    assert found.of(ends["a"]) != found.of(ends["b"])
    assert not found.is_int(ends["b"])


def test_integers_without_a_sign_are_not_looked_into():
    u, a = nodes.Var("u", Scalar("uint64")), nodes.Var("a", Scalar("uint64"))
    stmt = nodes.Let(a, nodes.Op("sub", (u, nodes.Const(1, INT))))
    function = nodes.Function("f", (nodes.Param("u", u),), (stmt,), (a,))
    facts = values(function)
    found = Sums(function, facts)
    assert found.is_unsigned(facts.arguments["u"])
    assert not found.is_int(facts.arguments["u"])
    assert found.of(facts.returned["a"]) == {(facts.returned["a"],): 1}


def test_a_value_that_only_one_branch_makes():
    """Where the other branch was taken, nobody reads it."""
    found, ends = sums_of("if c:\n    a = n + 1\nb = n + 1")
    assert found.of(ends["a"]) == found.of(ends["b"])


def test_indices_of_loops_are_symbols():
    found, _ = sums_of("for i in range(n):\n    a = i + 1 - i")
    loop = next(s for s in found.facts.where if isinstance(s, nodes.For))
    index = found.facts.defs[loop, "i"]
    assert found.is_int(index)
    assert found.of(index) == {(index,): 1}
    last = next(s for s in reversed(statements((loop,))) if isinstance(s, nodes.Let))
    assert found.of(found.facts.defs[last, "a"]) == constant(1)


def test_long_sums_are_symbols():
    """Nothing is lost but time is saved."""
    terms = [f"(n{'*n' * p})" for p in range(LONGEST + 1)]
    short, ends = sums_of(f"a = {' + '.join(terms[:LONGEST])}")
    assert len(short.of(ends["a"])) == LONGEST
    long, ends = sums_of(f"a = {' + '.join(terms)}")
    assert len(long.of(ends["a"])) == 1


def test_long_chains_are_cut():
    lines = "\n".join("a = a + 1" for _ in range(3 * NESTING))
    found, ends = sums_of(f"a = n\n{lines}\nb = n + {3 * NESTING}")
    assert found.of(ends["a"]) != found.of(ends["b"])
    assert equal(f"a = n\n{lines[: 10 * 10 - 1]}\nb = n + 10")


def test_arithmetic():
    a, b = {("i",): 2, (): 1}, {("i",): 2, ("j",): 1}
    assert plus(a, b) == {("i",): 4, ("j",): 1, (): 1}
    assert plus(a, b, -1) == {("j",): -1, (): 1}
    assert plus(a, a, -1) == {}
    assert constant(0) == {}
    assert (number_in({}), number_in(constant(3)), number_in(a)) == (0, 3, None)


def test_unknown_names_are_equal_to_nothing():
    found, _ = sums_of("a = n")
    stmt = next(iter(found.facts.where))
    nobody = nodes.Var("nobody", INT)
    assert found.form(stmt, nobody) != found.form(stmt, nobody)
    assert found.form(stmt, nodes.Const(1.0)) == found.form(stmt, nodes.Const(1.0))
    assert found.form(stmt, nodes.Const(1.0)) != found.form(stmt, nodes.Const(1))
