"""Which calls are pairs: each stands once, and what is around the second mirrors the first."""

from dataclasses import replace

import pytest

from srcad.ir import nodes as ir
from srcad.ir.nodes import Const, Var
from srcad.ir.types import BOOL, FLOAT, INT, Array
from srcad.passes.building.callees import Derived
from srcad.passes.halves.pairs import pairs_in

X, Y, BAR = Var("x", Array("float64", 1)), Var("y", FLOAT), Var("y_bar", FLOAT)
SITES = {"a": object(), "b": object()}


def g(x):
    return x[0]


def there(site, arg=X):
    return ir.Call((Y,), g, "g", (arg,), None, SITES[site])


def back(site, arg=X, wrt=(0,)):
    function = Derived(g, "pullback", wrt, cotangents=1)
    return ir.Call((Var("t"),), function, "g_pullback", (arg, BAR), None, SITES[site])


def loop(*body):
    return ir.For(Var("i", INT), Const(0), Var("n", INT), Const(1), body)


def branch(then, orelse=()):
    return ir.If(Var("c", BOOL), then, orelse)


def while_loop(*body, head=()):
    return ir.While(head, Var("c", BOOL), body)


def found(*body):
    return len(pairs_in(ir.Function("f", (ir.Param("x", X),), body, ())))


@pytest.mark.parametrize(
    "body",
    [
        (there("a"), back("a")),
        (there("a"), there("b"), back("b"), back("a")),
        (there("a"), back("a"), there("b"), back("b")),
        (loop(there("a"), there("b")), loop(back("b"), back("a"))),
        (loop(there("a"), back("a")),),
        (there("a"), loop(there("b"), back("b")), back("a")),
        (while_loop(there("a")), loop(back("a"))),
        (branch((there("a"),), (there("b"),)), branch((back("a"),), (back("b"),))),
        (branch((there("a"),), (there("b"),)), branch((back("b"),), (back("a"),))),
        (
            loop(branch((there("a"),)), loop(there("b"))),
            loop(loop(back("b")), branch((back("a"),))),
        ),
    ],
)
def test_mirrored(body):
    """The second call is where the first one is, in the opposite order."""
    assert found(*body) == 1 + ("b" in {k for s in body for k in sites(s)})


def sites(stmt):
    names = {site: name for name, site in SITES.items()}
    if isinstance(stmt, ir.Call):
        return [names[stmt.site]]
    inner = stmt.then + stmt.orelse if isinstance(stmt, ir.If) else stmt.body
    return [name for s in inner for name in sites(s)]


@pytest.mark.parametrize(
    "body",
    [
        (there("a"), there("b"), back("a"), back("b")),
        (there("a"), loop(back("a"))),  # moved out of its loop
        (loop(there("a")), back("a")),
        (loop(there("a"), there("b")), loop(back("b")), loop(back("a"))),  # loops made one
        (loop(there("a")), loop(there("b")), loop(back("b"), back("a"))),
        (there("a"), branch((back("a"),))),  # moved out of its branch
        (branch((there("a"),), (there("b"),)), branch((back("a"), back("b")))),
        (back("a"), there("a")),
        (while_loop(head=(there("a"),)), loop(back("a"))),  # the test runs once more
        (loop(there("a"), loop(back("a"))),),
    ],
)
def test_not_mirrored(body):
    """What passes may make of calls that they take for values."""
    assert found(*body) == 0


@pytest.mark.parametrize(
    "body",
    [
        (there("a"), there("a"), back("a")),  # copied
        (there("a"),),
        (back("a"),),
        (there("a"), back("b")),  # two calls that were equal became one
        (there("a"), back("a", Var("x", Array("float64", 1, "A")))),  # another kind of array
        (replace(there("a"), function=Derived(g, "tangent", (0,))), back("a")),
    ],
)
def test_no_pair(body):
    """One call of each kind belongs to the other, with arguments of the same types."""
    assert found(*body) == 0
