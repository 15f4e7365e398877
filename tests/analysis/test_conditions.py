"""What is known where a test holds, and where it does not."""

import pytest

from srcad.analysis.bounds import Bounds
from srcad.analysis.sums import Sums, plus
from srcad.analysis.values import values
from srcad.ir import nodes
from srcad.ir.walk import statements
from tests.ir_text import ir

HEAD = "def f(x: A1, z, y, n: int, m: int, k: int, c: bool):\n"
END = "    if b:\n        s = 1.0\n    return n"


def known(body, *, holds=True, facts=()):
    """Return the sums that are known not to be negative where `b` holds, or does not."""
    lines = "".join(f"    {line}\n" for line in body.split("\n"))
    function = ir(HEAD + lines + END)
    found = values(function)
    sums = Sums(function, found)
    bounds = Bounds(sums)
    branch = [s for s in statements(function.body) if isinstance(s, nodes.If)][-1]
    given = [_form(sums, text) for text in facts]
    forms = bounds.conditions.of_test(branch, branch.test, given, holds=holds)
    names = {found.arguments[name]: name for name in "nmk"}
    return {
        frozenset((*(names.get(s, "?") for s in term), count) for term, count in form.items())
        for form in forms
    }


def _form(sums, text):
    """Return `n - m - 1` as a sum of the arguments."""
    result = {}
    for part in text.split():
        number = int(part) if part.lstrip("-").isdigit() else None
        name = part.lstrip("-")
        form = {(): number} if number is not None else sums.of(sums.facts.arguments[name])
        sign = -1 if number is None and part.startswith("-") else 1
        result = plus(result, form, sign)
    return result


def sums(*texts):
    """Return sums as `known` does: "n -m -1" is n - m - 1."""
    return {
        frozenset(
            (int(p),) if p.lstrip("-").isdigit() else (p.lstrip("-"), -1 if p[0] == "-" else 1)
            for p in text.split()
        )
        for text in texts
    }


COMPARED = [
    ("b = n < m", ("m -n -1",), ("n -m",)),
    ("b = n <= m", ("m -n",), ("n -m -1",)),
    ("b = n > m", ("n -m -1",), ("m -n",)),
    ("b = n >= m", ("n -m",), ("m -n -1",)),
    ("b = n == m", ("n -m", "m -n"), ()),
    ("b = n != m", (), ("n -m", "m -n")),
    ("b = n < 3", ("-n 2",), ("n -3",)),
    ("b = not n < m", ("n -m",), ("m -n -1",)),
    ("b = z < 1.0", (), ()),
    ("b = z < y", (), ()),
    ("b = n < z", (), ()),
    ("b = c", (), ()),
    ("b = n < 1.5", (), ()),
]


@pytest.mark.parametrize(("body", "true", "false"), COMPARED)
def test_comparisons(body, true, false):
    assert known(body) == sums(*true)
    assert known(body, holds=False) == sums(*false)


def test_unequal_numbers_of_which_one_is_not_smaller():
    assert known("b = n != m", facts=["n -m"]) == sums("n -m -1")
    assert known("b = n != m", facts=["m -n"]) == sums("m -n -1")
    assert known("b = n == m", holds=False, facts=["n -m"]) == sums("n -m -1")
    assert known("b = n != m", facts=["n -k"]) == set()


def test_both_and_either():
    both, either = "b = n < m and m < k", "b = n < m or m < k"
    assert known(both) == sums("m -n -1", "k -m -1")
    assert known(both, holds=False) == set()
    assert known(either) == set()
    assert known(either, holds=False) == sums("n -m", "m -k")


BRANCHES = """t = n < m
if {}:
    b = {}
else:
    b = {}"""


def test_both_and_either_in_branches():
    """`a and b` asks for `b` only where `a` holds."""
    both = BRANCHES.format("t", "m < k", "t")
    assert known(both) == sums("m -n -1", "k -m -1")
    assert known(both, holds=False) == set()
    either = BRANCHES.format("t", "t", "m < k")
    assert known(either) == set()
    assert known(either, holds=False) == sums("n -m", "m -k")
    neither = BRANCHES.format("not t", "not t", "m < k")
    assert known(neither) == set()
    assert known(neither, holds=False) == sums("m -n -1", "m -k")


def test_branches_that_leave_other_tests():
    assert known(BRANCHES.format("t", "m < k", "c")) == set()
    assert known(BRANCHES.format("t", "m < k", "n < m")) == set()
    assert known(BRANCHES.format("c", "m < k", "t")) == set()
    assert known("t = n < m\nb = c\nif t:\n    b = m < k") == set()
    assert known("t = n < m\nb = t\nif t:\n    b = m < k") == sums("m -n -1", "k -m -1")


def test_numbers_that_change_after_the_test():
    """The test speaks of what they were."""
    assert known("b = n < m\nn = n + 1") == sums("m -n -1")


def test_a_test_that_a_loop_makes():
    assert known("b = c\nfor i in range(n):\n    b = n < m") == set()


def test_a_test_that_is_not_there():
    assert known("t = 1.0\nif c:\n    b = n < m") == set()


def keys(first, second):
    function = ir(f"{HEAD}    a = {first}\n    b = {second}\n    if a:\n        s = 1.0\n{END}")
    facts = values(function)
    conditions = Bounds(Sums(function, facts)).conditions
    one, two = (s for s in function.body if isinstance(s, nodes.If))
    return conditions.key(one, one.test) == conditions.key(two, two.test)


def test_tests_that_are_the_same():
    assert keys("n == 1", "n == 1")
    assert keys("n + m == 1", "m + n == 1")
    assert not keys("n == 1", "m == 1")
    assert not keys("n == 2", "n == 2")  # two values, of which nothing is known
    assert not keys("n < 1", "n < 1")
