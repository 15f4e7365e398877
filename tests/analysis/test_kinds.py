"""What surely is a number of which type, where types are left open."""

from dataclasses import replace

import pytest

from srcad.analysis.kinds import kind_of, kinds
from srcad.ir import nodes
from srcad.ir.types import BOOL, FLOAT, INT, Array, Scalar
from srcad.ir.walk import map_atoms, map_block, map_operands
from tests.ir_text import ir

F32, I32, ROW, SQUARE = Scalar("float32"), Scalar("int32"), Array("float64", 1), Array("float64", 2)
KNOWN = {"a": FLOAT, "b": FLOAT, "i": INT, "k": I32, "c": BOOL, "s": F32, "x": ROW, "w": SQUARE}


def op(prim, *names, static=()):
    return kind_of(nodes.Op(prim, tuple(map(nodes.Var, names)), static), KNOWN)


CASES = [
    (op("mul", "a", "b"), FLOAT),
    (op("mul", "a", "i"), FLOAT),
    (op("mul", "a", "s"), FLOAT),
    (op("mul", "i", "i"), INT),
    (op("mul", "s", "s"), F32),
    (op("mul", "s", "i"), None),
    (op("mul", "k", "k"), None),  # narrow integers get wide
    (op("mul", "c", "c"), None),
    (op("mul", "a", "x"), None),
    (op("mul", "a", "unknown"), None),
    (op("div", "i", "i"), None),
    (op("div", "a", "i"), FLOAT),
    (op("lt", "a", "s"), BOOL),
    (op("lt", "a", "x"), None),
    (op("not", "c"), BOOL),
    (op("sin", "a"), FLOAT),
    (op("sin", "s"), None),
    (op("sin", "i"), None),
    (op("cast", "a", static=("int64",)), INT),
    (op("cast", "i", static=("float64",)), FLOAT),
    (op("cast", "i", static=("float32",)), F32),
    (op("select", "c", "a", "b"), FLOAT),
    (op("select", "c", "a", "i"), None),
    (op("select", "c", "x", "x"), None),
    (op("shape", "x", static=(0,)), INT),
    (op("size", "unknown"), INT),
    (op("copy", "w"), SQUARE),
    (op("copy", "unknown"), None),
    (op("zeros_like", "w", static=(None,)), SQUARE),
    (op("zeros_like", "w", static=("float32",)), None),
    (op("zeros", "i", "i", static=("float64",)), SQUARE),
    (op("full", "a", "i", static=("float64",)), ROW),
    (op("zeros", "x", "i", "i", static=("like",)), SQUARE),
    (op("zeros", "unknown", "i", static=("like",)), None),
]


@pytest.mark.parametrize(("found", "expected"), CASES)
def test_operations(found, expected):
    assert found == expected


def test_elements_and_views():
    def element(array, *index):
        return kind_of(nodes.Load(nodes.Var(array), index), KNOWN)

    i, part = nodes.Var("i"), nodes.Slice()
    assert element("x", i) == FLOAT
    assert element("w", i, i) == FLOAT
    assert element("w", i).ndim == 1
    assert element("w", part, i).ndim == 1
    assert element("w", part, part).ndim == 2
    assert element("unknown", i) is None
    assert element("a", i) is None


def test_literals():
    assert kind_of(nodes.Const(True), {}) == BOOL
    assert kind_of(nodes.Const(1), {}) == INT
    assert kind_of(nodes.Const(1.0), {}) == FLOAT
    assert kind_of(nodes.Const(1.0, F32), {}) == F32
    assert kind_of(nodes.Var("a", F32), KNOWN) == F32


def untyped(stmt):
    """Return a statement whose names have no types of their own."""
    stmt = map_operands(stmt, lambda part: map_atoms(part, _untyped_atom))
    if isinstance(stmt, nodes.Let):
        return replace(stmt, target=nodes.Var(stmt.target.name))
    return stmt


def _untyped_atom(atom):
    return nodes.Var(atom.name) if isinstance(atom, nodes.Var) else atom


def found(body):
    lines = "".join(f"    {line}\n" for line in body.split("\n"))
    function = ir(f"def f(x: A1, z, n: int, c: bool):\n{lines}    return z")
    body = tuple(map_block(function.body, untyped))
    return kinds(replace(function, body=body, returns=()))


def test_names_follow_from_each_other():
    it = found("a = z\nb = a * a\nd = x.copy()\ne = d[n]")
    assert (it["a"], it["b"], it["d"], it["e"]) == (FLOAT, FLOAT, ROW, FLOAT)


def test_definitions_that_disagree_say_nothing():
    assert "a" not in found("a = 1\na = 2.0")
    assert "a" not in found("if c:\n    a = x\nelse:\n    a = z")
    assert "b" not in found("a = 1\na = 2.0\nb = a + 1")
    assert found("a = 1.0\na = z")["a"] == FLOAT


def test_what_is_unknown_once_is_unknown():
    call = nodes.Call((nodes.Var("t"),), None, "g", ())
    let = nodes.Let(nodes.Var("t"), nodes.Const(1.0))
    for body in ((call, let), (let, call)):
        assert "t" not in kinds(nodes.Function("f", (), body, ()))


def test_loop_variables_are_integers():
    assert found("for i in range(n):\n    a = i")["i"] == INT
    assert found("for i in range(n):\n    a = i")["a"] == INT
