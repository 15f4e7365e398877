"""Which names may share memory, and which arrays are written."""

from srcad.analysis.aliasing import Aliases, aliasing, written_arrays
from srcad.ir import nodes
from srcad.ir.types import BOOL, FLOAT, Array
from tests.ir_text import ir

ROW = Array("float64", 1)


def classes(body):
    lines = "".join(f"    {line}\n" for line in body.split("\n"))
    function = ir(f"def f(x: A1, y: A1, w: A2, i: int, c: bool):\n{lines}    return x")
    return function, aliasing(function)


def together(body, a, b):
    found = classes(body)[1]
    return found.of(a) == found.of(b)


def test_names_and_views():
    assert together("a = x", "a", "x")
    assert together("a = x[1:]\nb = a", "b", "x")
    assert together("a = w[i]", "a", "w")
    assert not together("a = x[i]", "a", "x")  # a number
    assert not together("a = x.copy()", "a", "x")
    assert not together("a = x * y", "a", "x")
    assert not together("a = x", "x", "y")


def test_one_name_for_two_arrays():
    assert together("a = x\na = y", "x", "y")
    assert together("if c:\n    a = x\nelse:\n    a = y", "x", "y")


def test_choices():
    c, x, y, z = nodes.Var("c", BOOL), *(nodes.Var(name, ROW) for name in "xyz")
    params = tuple(nodes.Param(v.name, v) for v in (c, x, y))

    def chosen(*args):
        stmt = nodes.Let(z, nodes.Op("select", args))
        found = aliasing(nodes.Function("f", params, (stmt,), (z,)))
        return [found.of("z") == found.of(name) for name in "cxy"]

    assert chosen(c, x, y) == [False, True, True]
    assert chosen(c, x, nodes.Const(0.0, FLOAT)) == [False, True, False]


def test_joining_is_transitive():
    found = Aliases()
    for a, b in ("ab", "cd", "bc", "ee"):
        found.join(a, b)
    assert len({found.of(name) for name in "abcd"}) == 1
    assert found.of("e") == "e"
    assert found.of("unknown") == "unknown"


def written(body):
    function, found = classes(body)
    names = written_arrays(function, found)
    return {name for name in "xyw" if found.of(name) in names}


def test_written_arrays():
    assert written("x[i] = 1.0") == {"x"}
    assert written("x[i] += 1.0") == {"x"}
    assert written("a = x[1:]\na[0] = 1.0") == {"x"}
    assert written("a = x.copy()\na[0] = 1.0") == set()
    assert written("a = w[i]\na[0] += 1.0") == {"w"}
    assert written("s = 0.0\ns += 1.0") == set()
    assert written("for j in range(i):\n    if c:\n        y[j] = 0.0") == {"y"}
