"""What is surely bound is bound on every path; what is not is left to the walk path by path."""

import pytest

from srcad.ir.needs import is_surely_bound, of_statement
from tests.ir.test_bound import NEVER, SOMETIMES
from tests.ir_text import ir

SURELY = (
    "def f(x): y = x; return y",
    "def f(x, c: bool):\n if c: y = x\n else: y = 2.0\n return y",
    "def f(x, c: bool):\n if c: raise ValueError()\n else: y = x\n return y",
    "def f(x):\n raise ValueError()\n y = z\n return y",
    "def f(x: A1):\n s = 0.0\n for i in range(x.size):\n  t = x[i]\n  s += t\n return s",
)


@pytest.mark.parametrize("text", SURELY)
def test_surely(text):
    assert is_surely_bound(ir(text))


@pytest.mark.parametrize("text", [*SOMETIMES, *NEVER])
def test_not_surely(text):
    assert not is_surely_bound(ir(text))


def test_what_a_branch_needs_and_binds():
    text = "def f(a, b, c: bool):\n if c:\n  y = a\n  z = y\n else: y = b\n return y"
    needs = of_statement(ir(text).body[0])
    assert needs.needed == {"a", "b", "c"}
    assert needs.bound == {"y"}
