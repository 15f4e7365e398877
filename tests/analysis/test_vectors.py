"""Which loops become faster with elementary functions of vectors."""

import pytest

from srcad.analysis.vectors import has_elementary, has_vector_loops
from srcad.ir import nodes
from tests.ir_text import ir

HEAD = "def f(x: A1, y: A1, n: int, c: bool):\n    s = 0.0\n    t = 0.0\n"


def function(body):
    lines = "".join(f"    {line}\n" for line in body.split("\n"))
    return ir(f"{HEAD}{lines}    return s")


VECTORS = (
    "for i in range(n):\n    y[i] = exp(x[i])",
    "for i in range(n):\n    s += sin(x[i])",  # a sum that nothing reads
    "for i in range(n):\n    t = cos(x[i])\n    y[i] = t * t",
    "for i in range(n):\n    for j in range(n):\n        y[j] = log(x[j])",
    "for i in range(n):\n    if c:\n        y[i] = tanh(x[i])",
)
OTHERS = (
    "for i in range(n):\n    y[i] = x[i] * x[i]",
    "t = exp(x[0])",
    "for i in range(n):\n    t = exp(t)",  # what the round before has computed
    "for i in range(n):\n    y[i] = exp(x[i]) * t\n    t = x[i]",
    "for i in range(n):\n    y[i] = exp(x[i])\n    if c:\n        break",
    "for i in range(n):\n    y[i] = exp(x[i])\n    if c:\n        raise ValueError()",
    "while s < 3.0:\n    s = exp(s)",
)


@pytest.mark.parametrize("body", VECTORS)
def test_vector_loops(body):
    assert has_vector_loops([function(body)])
    assert has_vector_loops([function(OTHERS[0]), function(body)])


@pytest.mark.parametrize("body", OTHERS)
def test_no_vector_loops(body):
    assert not has_vector_loops([function(body)])


def test_elementary_functions_inside_expressions():
    i, n, x, y = (nodes.Var(name) for name in "inxy")
    inner = nodes.Op("add", (nodes.Const(1.0), nodes.Op("exp", (x,))))
    store = nodes.Store(y, (i,), inner)
    loop = nodes.For(i, nodes.Const(0), n, nodes.Const(1), (store,))
    assert has_elementary(loop)
