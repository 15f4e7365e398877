"""The names in statements, nested ones included."""

from srcad.analysis.mentions import mentioned_inside
from srcad.ir import nodes
from srcad.ir.types import FLOAT
from tests.ir_text import ir

SOURCE = """
def f(x: A1, n: int, c: bool, z):
    for i in range(n):
        if c:
            x[i] = z
        else:
            s = z
            while s < 3.0:
                s += x[i]
    a = z
    return a
"""


def test_names_of_nested_statements():
    loop, last = ir(SOURCE).body
    names = {name for name in mentioned_inside(loop) if not name.startswith("_t")}
    assert names == {"x", "n", "c", "z", "i", "s"}
    assert mentioned_inside(last) == {"a", "z"}
    assert mentioned_inside(loop.body[0]) >= {"c", "x", "i", "z", "s"}
    assert "n" not in mentioned_inside(loop.body[0])


def test_the_test_at_the_end_of_a_loop():
    i, b, n = nodes.Var("i"), nodes.Var("b"), nodes.Var("n")
    loop = nodes.For(i, nodes.Const(0), n, nodes.Const(1), (), b)
    assert mentioned_inside(loop) == {"i", "b", "n"}


def test_stacks_calls_and_choices_of_elements():
    slot, x, y = nodes.Var("slot"), nodes.Var("x", FLOAT), nodes.Var("y", FLOAT)
    assert "x" in mentioned_inside(nodes.Save(slot, x))
    assert "y" in mentioned_inside(nodes.Restore(slot, y))
    assert mentioned_inside(nodes.Call((y,), None, "g", ((x, (slot,)),))) == {"x", "y", "slot"}
    assert mentioned_inside(nodes.Let(y, nodes.Load(x, (nodes.Slice(slot, None, None),)))) == {
        *("x", "y", "slot")
    }


def test_statements_are_looked_at_once():
    (loop, _) = ir(SOURCE).body
    assert mentioned_inside(loop) is mentioned_inside(loop)
