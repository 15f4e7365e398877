"""Which value a name holds: assignments, loops, branches, and what is read where."""

from srcad.analysis.values import ROOT, Place, used_values, values
from srcad.ir import nodes
from srcad.ir.types import BOOL, FLOAT
from srcad.ir.walk import statements
from tests.ir_text import ir


def facts_of(source):
    function = ir(source)
    return function, values(function)


def only(function, kind):
    (found,) = (s for s in statements(function.body) if isinstance(s, kind))
    return found


def last_let(function, name):
    lets = (s for s in statements(function.body) if isinstance(s, nodes.Let))
    return [s for s in lets if s.target.name == name][-1]


def test_straight_lines():
    function, facts = facts_of("def f(x):\n    x = x * x\n    y = x\n    return y")
    first, second = function.body
    given = facts.arguments["x"]
    assert facts.reads[first, "x"] is given
    assert (given.kind, given.place, given.stmt) == ("param", ROOT, None)
    assert facts.reads[second, "x"] is facts.defs[first, "x"]
    assert facts.returned["y"] is facts.defs[second, "y"]
    assert facts.at_end[ROOT]["x"] is facts.defs[first, "x"]


def test_a_sum_adds_to_what_was_there():
    function, facts = facts_of("def f(x):\n    s = x\n    s += x\n    return s")
    first, second = function.body
    assert facts.reads[second, "s"] is facts.defs[first, "s"]
    assert facts.defs[second, "s"].inputs == [facts.defs[first, "s"]]
    assert facts.returned["s"] is facts.defs[second, "s"]


def test_an_element_is_no_assignment():
    function, facts = facts_of(
        "def f(x: A1, i: int):\n    x[i] = 1.0\n    x[i] += 2.0\n    return x"
    )
    assert facts.returned["x"] is facts.arguments["x"]
    assert all(facts.reads[stmt, "x"] is facts.arguments["x"] for stmt in function.body)


LOOP = """
def f(x, n: int):
    a = x
    for i in range(n):
        b = a
        a = a * x
    c = a
    return c
"""


def test_a_loop():
    function, facts = facts_of(LOOP)
    loop, body = only(function, nodes.For), Place(only(function, nodes.For), "body")
    phi, out = facts.phis[loop]["a"], facts.outs[loop]["a"]
    before, inside = facts.defs[function.body[0], "a"], facts.defs[last_let(function, "a"), "a"]
    assert facts.reads[last_let(function, "b"), "a"] is phi
    assert phi.inputs == [before, inside]
    assert out.inputs == [phi]
    assert facts.reads[last_let(function, "c"), "a"] is out
    assert facts.at_end[body]["a"] is inside
    assert facts.phis[loop]["b"].inputs == [None, facts.defs[last_let(function, "b"), "b"]]
    assert facts.phis[loop]["b"].may_be_unassigned()
    assert facts.outs[loop]["b"].may_be_unassigned()
    assert not out.may_be_unassigned()
    assert "x" not in facts.phis[loop]
    assert facts.assigned[loop] == {"a", "b", "i"}


def test_the_index_of_a_loop():
    source = "def f(x, n: int):\n    for i in range(n):\n        a = i\n    return x"
    function, facts = facts_of(source)
    loop = only(function, nodes.For)
    index = facts.reads[last_let(function, "a"), "i"]
    assert (index.kind, index.stmt) == ("index", loop)
    assert "i" not in facts.at_end[ROOT]
    assert "i" not in facts.phis[loop]


def test_bounds_are_read_before_the_loop():
    source = "def f(x, n: int):\n    for i in range(n):\n        n = n + i\n    return n"
    function, facts = facts_of(source)
    loop = only(function, nodes.For)
    assert facts.reads[loop, "n"] is facts.arguments["n"]
    assert facts.reads[last_let(function, "n"), "n"] is facts.phis[loop]["n"]


def test_the_test_at_the_end_of_a_loop_is_read_there():
    source = """
def f(x, n: int):
    b = x < 0.0
    for i in range(n):
        x = x * 2.0
        b = x > 8.0
        if b:
            break
    return x
"""
    function, facts = facts_of(source)
    loop = only(function, nodes.For)
    assert facts.reads[loop, "b"] is facts.defs[last_let(function, "b"), "b"]
    assert facts.reads[loop, "b"].place == Place(loop, "body")


def test_a_test_that_is_an_argument():
    n, b, i = nodes.Var("n"), nodes.Var("b", BOOL), nodes.Var("i")
    loop = nodes.For(i, nodes.Const(0), n, nodes.Const(1), (), b)
    params = (nodes.Param("n", n), nodes.Param("b", b))
    facts = values(nodes.Function("f", params, (loop,), (n,)))
    assert facts.reads[loop, "b"] is facts.arguments["b"]


def test_a_while_loop():
    source = """
def f(x, n: int):
    a = x
    while a < x + 3.0:
        b = a
        a = a + x
    return a
"""
    function, facts = facts_of(source)
    loop = only(function, nodes.While)
    test = loop.cond_body[-1]
    phi = facts.phis[loop]["a"]
    assert phi.place == Place(loop, "cond_body")
    assert facts.reads[test, "a"] is phi
    assert facts.reads[last_let(function, "b"), "a"] is phi
    assert facts.reads[loop, loop.cond.name] is facts.defs[test, loop.cond.name]
    assert facts.outs[loop]["a"].inputs == [phi]
    assert facts.returned["a"] is facts.outs[loop]["a"]


def test_what_the_head_of_a_while_loop_assigns_is_what_comes_out():
    x, a, c = nodes.Var("x", FLOAT), nodes.Var("a", FLOAT), nodes.Var("c", BOOL)
    head = (
        nodes.Let(a, nodes.Op("add", (x, x))),
        nodes.Let(c, nodes.Op("lt", (a, x))),
    )
    body = (nodes.Let(a, nodes.Op("mul", (a, a))),)
    loop = nodes.While(head, c, body)
    facts = values(nodes.Function("f", (nodes.Param("x", x),), (loop,), (a,)))
    assert facts.outs[loop]["a"].inputs == [facts.defs[head[0], "a"]]
    assert facts.phis[loop]["a"].inputs == [None, facts.defs[body[0], "a"]]
    assert facts.reads[body[0], "a"] is facts.defs[head[0], "a"]
    assert not facts.returned["a"].may_be_unassigned()


def test_branches():
    source = """
def f(x, c: bool):
    a = x
    if c:
        a = x * x
        b = x
    return a
"""
    function, facts = facts_of(source)
    branch = only(function, nodes.If)
    before, inside = facts.defs[function.body[0], "a"], facts.defs[branch.then[0], "a"]
    assert facts.joins[branch]["a"].inputs == [inside, before]
    assert facts.joins[branch]["b"].inputs == [facts.defs[branch.then[1], "b"], None]
    assert facts.joins[branch]["b"].may_be_unassigned()
    assert not facts.joins[branch]["a"].may_be_unassigned()
    assert facts.returned["a"] is facts.joins[branch]["a"]
    assert facts.at_end[Place(branch, "then")]["a"] is inside
    assert facts.at_end[Place(branch, "orelse")]["a"] is before


def test_values_that_are_used():
    source = """
def f(x, c: bool):
    a = x
    b = x
    if c:
        a = x * x
        b = x * x
    return a
"""
    function, facts = facts_of(source)
    branch = only(function, nodes.If)
    used = used_values(facts)
    assert {facts.defs[function.body[0], "a"], facts.defs[branch.then[0], "a"]} <= used
    assert facts.defs[function.body[1], "b"] not in used
    assert facts.joins[branch]["b"] not in used


def test_places_and_loops():
    source = """
def f(x, n: int, c: bool):
    for i in range(n):
        if c:
            while x < 1.0:
                a = x
    return x
"""
    function, facts = facts_of(source)
    outer, branch, inner = (only(function, kind) for kind in (nodes.For, nodes.If, nodes.While))
    place, index = facts.where[last_let(function, "a")]
    assert (place, index) == (Place(inner, "body"), 0)
    owners = [p.owner for p in facts.places(place)]
    assert owners == [inner, branch, outer, None]
    assert facts.loops(place) == [inner, outer]
    assert facts.loops(ROOT) == []


def test_calls_and_stacks_assign():
    x, y, z = (nodes.Var(name, FLOAT) for name in "xyz")
    call = nodes.Call((x, y), None, "g", ((x, (y,)),))
    restore = nodes.Restore(nodes.Var("slot"), z)
    params = (nodes.Param("x", x), nodes.Param("y", y))
    facts = values(nodes.Function("f", params, (call, restore), (x, y, z)))
    assert facts.reads[call, "y"] is facts.arguments["y"]
    assert facts.returned["x"] is facts.defs[call, "x"]
    assert [facts.returned[name].kind for name in "xyz"] == ["call", "call", "restore"]
