"""The function itself as derivatives see it: on copies, with all its outputs."""

from dataclasses import replace

import numpy as np

import srcad
from srcad.ir.nodes import Let, Op, Var
from srcad.ir.walk import statements
from srcad.passes.modes.evaluation import evaluation, values_only
from tests.harness import as_plain_python
from tests.ir_text import ir, run

X = np.array([0.5, 1.25, 0.75])

WRITES = """
def f(a: A1, out: A1):
    out[0] = a[0]
    s = a[0] * out[1]
    return s
"""


def test_what_is_written_is_a_copy():
    """The caller's array stays as it is, and its final contents are an output."""
    made = evaluation(ir(WRITES))
    assert made.name == "f_value"
    (value, out), (_, given) = run(made, X, 2.0 * X)
    assert value == X[0] * 2.0 * X[1]
    assert np.array_equal(out, [X[0], 2.5, 1.5])
    assert np.array_equal(given, 2.0 * X)


def test_nothing_is_copied_that_is_only_read():
    """A function that writes nothing is what it was, but for its name."""
    function = ir("def f(a: A1):\n    y = a.copy()\n    y[0] = a[1]\n    s = y[0]\n    return s")
    assert evaluation(function).body == function.body


def test_results_are_new():
    """An argument that is returned is copied, a new array is not, but for the second time."""
    copies = []
    for text in ("x", "y", "y, y", "y, x"):
        made = evaluation(ir(f"def f(x: A1):\n    y = x.copy()\n    return {text}"))
        lets = [s.value for s in made.body if isinstance(s, Let)]
        copies.append(sum(isinstance(v, Op) and v.prim == "copy" for v in lets) - 1)
    assert copies == [1, 0, 1, 1]


def test_shared_memory_is_refused():
    """An argument that overlaps with a written one would see what is written."""
    made = evaluation(ir(WRITES))
    raised = [stmt for stmt in statements(made.body) if type(stmt).__name__ == "Raise"]
    assert len(raised) == 1
    assert raised[0].kind is ValueError


def test_values_only():
    """What only the derivative needs is left out: the value is the first operand."""
    x = Var("x")
    function = ir("def f(x):\n    y = x * x\n    return y")
    (stmt,) = function.body
    tied = Let(stmt.target, Op("tied", (x, Var("z"), Var("w"))), stmt.span)
    (made,) = values_only(replace(function, body=(tied,))).body
    assert made.value == x
    assert values_only(function).body == function.body


def test_value_of_vjp():
    """The value is the function's own, bit for bit, and belongs to the pullback."""

    def func(x):
        y = x.copy()
        y[0] = y[1] / y[2]
        x[2] = y[0] * 3.0
        return y, x[0] + x[2]

    with as_plain_python():
        (value, final), _ = srcad.vjp(func, X)
    expected = X.copy()
    y, s = func(expected)
    assert np.array_equal(value[0], y)
    assert value[1] == s
    assert np.array_equal(final, expected)
