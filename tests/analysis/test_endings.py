"""What names hold when blocks have run; functions of which no path comes to its end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import pytest

import srcad
from srcad.analysis.endings import holds_at_end, names_at_ends
from srcad.analysis.values import ROOT, Place, values
from srcad.ir import nodes
from srcad.ir.walk import statements, targets
from tests.harness import as_plain_python
from tests.ir_text import ir


def at_once(x):
    raise ValueError("at once")


def on_both_ways(x):
    if x > 0.0:
        raise ValueError("positive")
    else:
        raise KeyError("not positive")


def in_a_loop_without_end(x):
    while True:
        x = x * 2.0
        if x > 100.0:
            raise ValueError("large")


def failing(x):
    raise ValueError("failing")


def in_a_helper(x):
    if x > 0.0:
        return failing(x)
    return failing(2.0 * x)


def before_its_result(x):
    y = x * x
    raise ValueError("before")
    return y, x


def asserted(x):
    assert 0, "never"  # noqa: PT015


ALWAYS = (at_once, on_both_ways, in_a_loop_without_end, in_a_helper, before_its_result, asserted)


@pytest.mark.parametrize("func", ALWAYS)
def test_a_function_that_always_raises_does_so(func: Callable[..., Any]) -> None:
    """Its derivatives raise what it raises: there is no result to ask for its kind."""
    with pytest.raises((ValueError, AssertionError)) as expected:
        func(3.0)
    calls = (
        lambda: srcad.value_and_grad(func)(3.0),
        lambda: srcad.grad(func)(3.0),
        lambda: srcad.grad(func, has_aux=True)(3.0),
        lambda: srcad.jvp(func, (3.0,), (1.0,)),
        lambda: srcad.vjp(func, 3.0),
    )
    with as_plain_python():
        for call in calls:
            with pytest.raises(expected.type) as found:
                call()
            assert str(expected.value).startswith(str(found.value))


def test_also_when_compiled() -> None:
    """Numba accepts a function without an end."""
    with pytest.raises(KeyError, match="not positive"):
        srcad.grad(on_both_ways)(-1.0)

    @numba.njit
    def caller(x):
        return gradient(x)

    gradient = srcad.grad(at_once)
    with pytest.raises(ValueError, match="at once"):
        caller(1.0)


def sometimes(x):
    if x > 0.0:
        raise ValueError("positive")


def loop_with_an_end(x):
    while True:
        x = x * 2.0
        if x > 100.0:
            break
    if x > 200.0:
        raise ValueError("large")


@pytest.mark.parametrize("func", [sometimes, loop_with_an_end])
def test_a_function_with_an_end_needs_a_result(func: Callable[..., Any]) -> None:
    """One step from it: where one way returns None, there is no gradient."""
    with as_plain_python(), pytest.raises(TypeError, match="returns nothing"):
        srcad.grad(func)(3.0)


# What names hold ----------------------------------------------------------------------


def facts_of(source):
    function = ir(source)
    return function, values(function)


def made(function, facts, name):
    """Return the values that a name gets from statements, in program order."""
    return [
        facts.defs[stmt, name]
        for stmt in statements(function.body)
        if name in {t.name for t in targets(stmt)} and not isinstance(stmt, nodes.For)
    ]


def at_end(source, name, root=ROOT):
    """Return for each assignment of a name whether the name holds it at the end."""
    function, facts = facts_of(source)
    return [holds_at_end(d, root, facts) for d in made(function, facts, name)]


def test_the_last_assignment_holds():
    assert at_end("def f(x):\n    a = x\n    a = a * x\n    return a", "a") == [False, True]


def test_a_branch_holds_what_it_has_left_where_it_was_taken():
    source = """
def f(x, c: bool):
    a = x
    if c:
        a = x * x
        a = a * x
    else:
        a = x + x
    return a
"""
    assert at_end(source, "a") == [False, False, True, True]
    after = source.replace("    return a", "    a = x - x\n    return a")
    assert at_end(after, "a") == [False, False, False, False, True]


def test_branches_in_branches():
    source = """
def f(x, c: bool, d: bool):
    a = x
    if c:
        if d:
            a = x * x
        else:
            b = x
    return a
"""
    assert at_end(source, "a") == [False, True]


def test_what_a_branch_does_not_assign_is_not_followed():
    source = "def f(x, c: bool):\n    a = x\n    if c:\n        a = x * x\n    return a"
    assert at_end(source, "a") == [False, True]


def test_a_loop_holds_nothing_for_the_block_around_it():
    source = """
def f(x, n: int):
    a = x
    for i in range(n):
        a = a * x
    return a
"""
    function, facts = facts_of(source)
    loop = next(s for s in function.body if isinstance(s, nodes.For))
    before, inside = made(function, facts, "a")
    assert not holds_at_end(before, ROOT, facts)
    assert not holds_at_end(inside, ROOT, facts)
    assert holds_at_end(inside, Place(loop, "body"), facts)


# Arrays that loops carry ---------------------------------------------------------------

CARRIED = """
def f(x: A1, y: A1, n: int, c: bool):
    a = x.copy()
    b = x.copy()
    for i in range(n):
        s = a[i]
{body}
    return s
"""


def keeps_name(body, around=False):
    """Return whether `a` keeps its name up to the end, after a loop (in a loop) with a body."""
    source = CARRIED.format(body="\n".join(f"        {line}" for line in body.split("\n")))
    if around:
        head, tail = source.split("    for i")
        inner = "".join(f"    {line}\n" for line in f"    for i{tail}".splitlines()[:-1])
        source = f"{head}    for k in range(2):\n{inner}    return s\n"
    function, facts = facts_of(source)
    loop = next(
        s for s in statements(function.body) if isinstance(s, nodes.For) and s.var.name == "i"
    )
    if "a" not in facts.phis[loop]:
        return None
    return names_at_ends(facts.phis[loop]["a"], ROOT, facts)


def test_an_array_that_its_loop_names_again_has_another_name():
    assert keeps_name("a[i] = s * s") is None  # nothing is carried
    assert keeps_name("a = a") is True
    assert keeps_name("d = a\na = d") is True
    assert keeps_name("a = b") is True  # loops pass names back


def test_in_a_loop_around():
    assert keeps_name("a = a", around=True) is True


def after(lines):
    """Return whether the array that a loop carries keeps its name where lines follow."""
    source = CARRIED.format(body="        a = a")
    lines = "".join(f"    {line}\n" for line in lines.split("\n"))
    function, facts = facts_of(source.replace("    return", f"{lines}    return"))
    loop = next(s for s in function.body if isinstance(s, nodes.For))
    return names_at_ends(facts.phis[loop]["a"], ROOT, facts)


def test_assignments_after_the_loop():
    assert after("s = a[0]") is True
    assert after("a = a") is True
    assert after("d = a\na = d") is True
    assert after("a = b") is False
    assert after("a = a.copy()") is False
    assert after("if c:\n        a = b") is False
    assert after("a = b if c else a") is False


def test_two_arrays_are_no_origin():
    """Where a loop may carry either of two arrays, a name given after it is another one."""
    source = """
def f(x: A1, c: bool, n: int):
    a = x.copy()
    b = x.copy()
    if c:
        a = b
    for i in range(n):
        a = a
    a = {}
    return a
"""
    for right, expected in (("b", False), ("a", False)):
        function, facts = facts_of(source.format(right))
        loop = next(s for s in function.body if isinstance(s, nodes.For))
        assert names_at_ends(facts.phis[loop]["a"], ROOT, facts) is expected
