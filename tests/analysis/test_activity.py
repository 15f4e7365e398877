"""Which names carry a derivative: where it can flow, and where it cannot."""

import numpy as np
import pytest

import srcad
from srcad.analysis.activity import activity, derivative_edges
from srcad.analysis.aliasing import aliasing
from srcad.ir import nodes
from srcad.ir.types import FLOAT, INT
from tests.gradient_checks import check
from tests.harness import as_plain_python
from tests.ir_text import ir


def active(source, inputs=("x",)):
    """Return the names that are active, among all that are assigned or given."""
    function = ir(source)
    found = activity(function, inputs, [a.name for a in function.returns], aliasing(function))
    names = {p.name for p in function.params} | {
        t.name for s in function.body for t in ([s.target] if isinstance(s, nodes.Let) else [])
    }
    return {name for name in names if name in found and not name.startswith("_t")}


def test_varied_and_useful():
    source = """
def f(x, y):
    a = x * y
    b = y * y
    c = sin(a)
    d = cos(a)
    e = b * c
    return e
"""
    assert active(source) == {"x", "a", "c", "e"}
    assert active(source, ("y",)) == {"y", "a", "b", "c", "e"}
    assert active(source, ()) == set()


def test_numbers_without_derivatives_end_a_path():
    source = """
def f(x, i: int):
    k = int(x)
    a = x < 1.0
    b = float(k)
    c = select(a, b, 2.0)
    return c
"""
    assert active(source) == set()


def test_floor_ends_a_path():
    assert active("def f(x):\n    a = floor(x)\n    b = a * 2.0\n    return b") == set()


def test_an_index_ends_a_path_and_an_element_does_not():
    source = """
def f(x: A1, k: A1, i: int):
    a = x[i]
    return a
"""
    assert active(source) == {"x", "a"}
    assert active(source, ("i",)) == set()


def test_views_count_with_their_arrays():
    source = """
def f(x, y: A1, i: int):
    v = y[1:3]
    v[i] = x
    a = y[i]
    return a
"""
    assert active(source) == {"x", "y", "v", "a"}


def test_stores_and_additions_flow():
    for add in ("=", "+="):
        source = f"""
def f(x, y: A1, i: int):
    z = y.copy()
    z[i] {add} x
    a = z[i]
    return a
"""
        assert active(source) == {"x", "z", "a"}


def test_stacks_flow():
    slot, x, y = nodes.Var("slot", FLOAT), nodes.Var("x", FLOAT), nodes.Var("y", FLOAT)
    body = (nodes.Save(slot, x), nodes.Restore(slot, y))
    function = nodes.Function("f", (nodes.Param("x", x),), body, (y,))
    found = activity(function, ["x"], ["y"], aliasing(function))
    assert "y" in found
    assert "slot" in found


def test_calls_flow_from_all_that_they_are_given_tuples_included():
    x, y, n = nodes.Var("x", FLOAT), nodes.Var("y", FLOAT), nodes.Var("n", INT)
    body = (nodes.Call((y, n), None, "g", (n, (x, (nodes.Const(1.0, FLOAT),)))),)
    function = nodes.Function("f", (nodes.Param("x", x),), body, (y,))
    assert set(derivative_edges(function, aliasing(function))) == {("x", "y")}


def test_holds_floats_that_are_active():
    function = ir("def f(x, y):\n    a = x * 2.0\n    return a")
    found = activity(function, ["x"], ["a"], aliasing(function))
    assert found.holds(nodes.Var("a", FLOAT))
    assert not found.holds(nodes.Var("a", INT))
    assert not found.holds(nodes.Var("y", FLOAT))
    assert not found.holds(nodes.Const(1.0, FLOAT))


# A recursive call that passes a tuple ------------------------------------------------


def of_a_pair(p, n):
    if n == 0:
        return p[0] * p[1]
    return of_a_pair((p[1], p[0] * p[1]), n - 1)


def products(x):
    return of_a_pair((x[0], x[1]), 3)


def fill(p, n):
    if n == 0:
        return 0.0
    p[0][n - 1] = 2.0 * n
    return fill(p, n - 1)


def filled(x):
    out = np.zeros(3)
    fill((out, 1), 3)
    return x[0] * out[0] * out[1] + out[2]


def count(p, n):
    if n == 0:
        return p[0]
    return count((p[0] + p[1], p[1]), n - 1)


def counted(x):
    return x[0] * x[0] * count((1, 2), 3)


@pytest.mark.parametrize("func", [products, filled])
def test_tuples_that_need_a_derivative_or_are_written_are_refused(func):
    x = np.array([1.5, 0.5])
    with as_plain_python():
        for run in (
            lambda: srcad.grad(func)(x),
            lambda: srcad.jvp(func, (x,), (x,)),
        ):
            with pytest.raises(srcad.NotDifferentiable, match=r"E40[35]: .*tuple"):
                run()


def test_tuples_of_numbers_are_passed():
    check(counted, np.array([1.5, 0.5]))
