"""What statements read, write and add to, and which runs of them may be exchanged."""

from dataclasses import replace

import pytest

from srcad.analysis.aliasing import aliasing
from srcad.analysis.effects import effects, exposed_reads
from srcad.ir import nodes
from srcad.ir.types import BOOL, FLOAT, INT
from srcad.ir.walk import map_block
from tests.ir_text import ir

HEAD = "def f(x: A1, y: A1, z, n: int, k: int, c: bool):\n    v = x\n"


def block(body, *, ours=False):
    """Return the statements of a body, and the alias classes of its names."""
    lines = "".join(f"    {line}\n" for line in body.strip().split("\n"))
    function = ir(f"{HEAD}{lines}    return z")
    if ours:
        function = replace(function, body=map_block(function.body, _ours))
    return function.body[1:], aliasing(function).of


def _ours(stmt):
    return replace(stmt, any_order=True) if isinstance(stmt, nodes.Accum) else stmt


def found(body, **options):
    return effects(*block(body, **options))


def test_numbers():
    it = found("a = z * z")
    assert (it.reads, it.writes, it.adds, it.binds) == ({"z"}, {"a"}, set(), {"a"})
    assert not it.raises
    assert not it.trusts


def test_elements():
    it = found("x[k] = z")
    assert (it.reads, it.writes, it.adds, it.binds) == ({"k", "z"}, {"x"}, set(), set())
    assert it.trusts
    it = found("a = v[k]")
    assert it.reads == {"x", "k"}
    assert it.trusts
    assert found("v[k] = z").writes == {"x"}


def test_additions():
    for body, target in (("s += z", "s"), ("v[k] += z", "x")):
        it = found(body)
        assert (it.adds, it.ordered) == ({target}, {target})
        it = found(body, ours=True)
        assert (it.adds, it.ordered) == ({target}, set())
        assert target not in it.reads | it.writes
    assert not found("s += z").trusts
    assert found("x[k] += z").trusts


def test_extents_are_asked_for_and_not_read():
    it = found("a = x.size")
    assert (it.reads, it.writes, it.asks) == (set(), {"a"}, {"x"})


def test_loops():
    it = found("for i in range(n):\n    s = z\n    if c:\n        break")
    assert it.reads == {"n", "z", "c"}
    assert it.writes == {"i", "s"}
    it = found("for i in range(n):\n    s = z")
    assert it.reads == {"n", "z"}
    assert not it.trusts
    assert found("while z < 3.0:\n    z = z + 1.0").trusts


def test_exceptions():
    it = found("if c:\n    raise ValueError()")
    assert it.raises
    assert it.trusts
    assert not found("if c:\n    z = 1.0").raises


def test_new_arrays_and_calls_rely_on_the_exceptions_before_them():
    assert found("a = x.copy()").trusts
    call = nodes.Call((nodes.Var("t", FLOAT),), None, "g", ((nodes.Var("z", FLOAT),),))
    it = effects((call,), lambda name: name)
    assert (it.reads, it.writes, it.trusts) == ({"z"}, {"t"}, True)


def test_stacks_keep_their_order():
    slot, z, t = (nodes.Var(name, FLOAT) for name in ("slot", "z", "t"))
    save = effects((nodes.Save(slot, z),), lambda name: name)
    restore = effects((nodes.Restore(slot, t),), lambda name: name)
    assert (save.reads, save.writes) == ({"z"}, {"slot"})
    assert restore.writes == {"slot", "t"}
    assert save.conflicts(restore)
    assert save.conflicts(save)


def test_effects_of_others_are_added():
    it = found("a = z")
    it.update(found("x[k] += a\nb = y.size"))
    assert (it.reads, it.adds, it.ordered) == ({"z", "a", "k"}, {"x"}, {"x"})
    assert it.asks == {"y"}
    assert it.trusts
    it.update(found("raise ValueError()"))
    assert it.raises


CONFLICTS = (
    ("a = z", "b = a"),
    ("b = a", "a = z"),
    ("a = z", "a = z"),
    ("x[k] = z", "b = x[k]"),
    ("x[k] = z", "b = v[k]"),
    ("x[k] = z", "v[k] = z"),
    ("x[k] = z", "x[k] += z"),
    ("x[k] += z", "x[k] = z"),
    ("x[k] += z", "b = x[k]"),
    ("b = x[k]", "x[k] += z"),
    ("s += z", "b = s"),
    ("s += z", "s = 0.0"),
    ("s += z", "s += z"),
    ("b = x.size", "x = y"),
    ("x = y", "b = x.size"),
)
NO_CONFLICTS = (
    ("a = z", "b = z"),
    ("x[k] = z", "b = y[k]"),
    ("a = x[k]", "b = x[k]"),
    ("x[k] = z", "b = x.size"),
    ("s += z", "t += z"),
)


@pytest.mark.parametrize(("first", "second"), CONFLICTS)
def test_conflicts(first, second):
    assert found(first).conflicts(found(second))


@pytest.mark.parametrize(("first", "second"), NO_CONFLICTS)
def test_no_conflicts(first, second):
    assert not found(first).conflicts(found(second))


def test_additions_of_ours_commute_with_each_other():
    for body in ("s += z", "x[k] += z"):
        ours, users = found(body, ours=True), found(body)
        assert not ours.conflicts(ours)
        assert ours.conflicts(users)
        assert users.conflicts(ours)


# Reads before assignments -----------------------------------------------------------------


def exposed(body):
    return exposed_reads(block(body)[0])


def test_exposed_reads():
    assert exposed("a = z\nb = a") == {"z"}
    assert exposed("b = a\na = z") == {"a", "z"}
    assert exposed("x[k] = z") == {"x", "k", "z"}
    assert exposed("x[k] += z") == {"x", "k", "z"}
    assert exposed("x = y\nx[k] = z") == {"y", "k", "z"}


def test_what_one_branch_assigns_may_be_read_before():
    assert exposed("if c:\n    a = z\nelse:\n    a = 1.0\nb = a") == {"c", "z"}
    assert exposed("if c:\n    a = z\nb = a") == {"c", "z", "a"}
    assert exposed("if c:\n    b = 1.0\nelse:\n    a = z\nb = a") == {"c", "z", "a"}


def test_loops_may_not_run():
    assert exposed("for i in range(n):\n    a = i\nb = a") == {"n", "a"}
    assert exposed("for i in range(n):\n    b = a\n    a = z") == {"n", "a", "z"}


def test_the_head_of_a_while_loop_runs():
    a, c, z = nodes.Var("a", FLOAT), nodes.Var("c", BOOL), nodes.Var("z", FLOAT)
    head = (nodes.Let(a, z), nodes.Let(c, nodes.Op("lt", (a, z))))
    body = (nodes.Let(nodes.Var("d", FLOAT), a),)
    read = (nodes.Let(z, a), nodes.Let(z, nodes.Var("d", FLOAT)))
    assert exposed_reads((nodes.While(head, c, body), *read)) == {"z", "d"}


def test_the_test_of_a_while_loop_is_read_after_its_head():
    c, k = nodes.Var("c", BOOL), nodes.Var("k", INT)
    head = (nodes.Let(c, nodes.Op("lt", (k, k))),)
    assert exposed_reads((nodes.While(head, c, ()),)) <= {"k", "c"}
