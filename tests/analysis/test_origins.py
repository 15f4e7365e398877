"""Which arrays a name may mean: arguments and new arrays behind views, merges and calls."""

import numpy as np
import pytest

import srcad
from srcad.analysis.origins import apart, meanings, sole_origin, written_params
from srcad.analysis.values import values
from srcad.ir import nodes
from srcad.ir.types import BOOL, Array
from srcad.rules.linalg import whole
from tests.harness import as_plain_python
from tests.ir_text import ir

ROW = Array("float64", 1)


def function_of(body):
    lines = "".join(f"    {line}\n" for line in body.split("\n"))
    return ir(f"def f(x: A1, y: A1, w: A2, n: int, k: int, c: bool):\n{lines}    return x")


def written(body):
    return written_params(function_of(body))


def test_arguments_that_are_written():
    assert written("x[k] = 1.0") == {"x"}
    assert written("x[k] += 1.0") == {"x"}
    assert written("v = x[1:]\nv[k] = 1.0") == {"x"}
    assert written("v = x\nv[k] = 1.0") == {"x"}
    assert written("if c:\n    v = x\nelse:\n    v = y\nv[k] = 1.0") == {"x", "y"}
    assert written("v = x\nfor i in range(n):\n    v[k] = 1.0\n    v = y") == {"x", "y"}
    assert written("a = w[k]\na[0] = 1.0") == {"w"}


def test_arguments_that_are_not():
    assert written("a = x.copy()\na[k] = 1.0") == set()
    assert written("x = x.copy()\nx[k] = 1.0") == set()
    assert written("v = x\nv = x * 2.0\nv[k] = 1.0") == set()
    assert written("for i in range(n):\n    v = x\nv = y\nv[k] = 1.0") == {"y"}
    assert written("s = 0.0\ns += 1.0") == set()


def origin(body, name="v"):
    """Return whether the last value of a name is one array only, and which (its name)."""
    function = function_of(body)
    facts = values(function)
    ends = [env[name] for env in facts.at_end.values() if name in env]
    found = sole_origin(facts, ends[-1])
    return None if found is None else found.name


def test_the_one_array_that_a_merge_is():
    assert origin("v = x") == "x"
    assert origin("v = x\nif c:\n    v = x") == "x"
    assert origin("a = x.copy()\nv = a\nfor i in range(n):\n    v = v") == "a"
    assert origin("v = x\nif c:\n    v = y") is None
    assert origin("v = x\nfor i in range(n):\n    v = y") is None
    assert origin("if c:\n    v = x") == "x"  # where it has no value, nobody reads it
    assert origin("v = x[1:]\nif c:\n    v = v") == "v"  # the view itself


def test_an_array_made_inside_is_no_origin_outside():
    body = "for i in range(n):\n    a = x.copy()\n    v = a"
    function = function_of(body)
    facts = values(function)
    (loop,) = function.body
    assert sole_origin(facts, facts.outs[loop]["v"]) is None
    assert sole_origin(facts, facts.phis[loop]["v"]).name == "a"  # in the body itself


def pair(body):
    """Return whether `a` and `b` never share memory at the end."""
    function = function_of(body)
    facts = values(function)
    ends = facts.at_end[next(iter(p for p in facts.at_end if p.owner is None))]
    return apart(ends["a"], ends["b"], facts)


def test_apart():
    assert pair("a = x.copy()\nb = x.copy()")
    assert pair("a = x\nb = y")
    assert pair("a = x\nb = x[1:].copy()")
    assert not pair("a = x\nb = x[1:]")
    assert not pair("a = x\nb = y\nif c:\n    b = x")
    assert pair("a = x\na = y\nb = x")
    assert not pair("a = w[0]\nb = w[1]")  # rows: nothing is known of their indices


def test_nothing_is_known_of_what_is_not_there():
    facts = values(function_of("a = x"))
    assert not apart(None, facts.arguments["x"], facts)


def test_what_is_beyond_does_not_count():
    function = function_of("a = x\nb = a")
    facts = values(function)
    first, second = (facts.defs[s, s.target.name] for s in function.body)
    assert facts.arguments["x"] in meanings([second], facts)
    assert meanings([second], facts, frozenset({first})) == {second}


def test_choices_mean_either():
    c, x, y, z = nodes.Var("c", BOOL), *(nodes.Var(name, ROW) for name in "xyz")
    stmt = nodes.Let(z, nodes.Op("select", (c, x, y)))
    params = tuple(nodes.Param(v.name, v) for v in (c, x, y))
    facts = values(nodes.Function("f", params, (stmt,), (z,)))
    found = {d.name for d in meanings([facts.defs[stmt, "z"]], facts)}
    assert found == {"x", "y", "z"}


def call_of(function, args):
    """Return what the result of a call may mean."""
    x, y, z, n = (nodes.Var(name, ROW) for name in "xyzn")
    stmt = nodes.Call((z,), function, "g", args(x, y, n))
    params = tuple(nodes.Param(v.name, v) for v in (x, y, n))
    facts = values(nodes.Function("f", params, (stmt,), (z,)))
    return {d.name for d in meanings([facts.defs[stmt, "z"]], facts)}


def test_a_call_may_return_what_it_is_given_tuples_included():
    assert call_of(print, lambda x, y, n: (x, y)) == {"x", "y", "z"}
    assert call_of(print, lambda x, y, n: ((x, (y,)), n)) == {"x", "y", "n", "z"}
    new = whole("g(a[i], b[i]) -> y[i]", "g({0}, {1})")
    assert call_of(new, lambda x, y, n: (x, y)) == {"z"}


# A recursion that returns an array out of a tuple ----------------------------------------


def pick(p, n):
    if n == 0:
        return p[0]
    return pick((p[1], p[0]), n - 1)


def written_under_its_other_name(x):
    y = x * 2.0
    z = pick((y, x), 2)
    y[0] = 5.0
    return z[0] * z[1]


def test_a_view_that_a_write_would_show_is_refused():
    with as_plain_python(), pytest.raises(srcad.NotDifferentiable, match="E405"):
        srcad.grad(written_under_its_other_name)(np.array([1.5, 0.5]))
