"""Names that are read before they are bound, in the order of execution."""

import numpy as np
import pytest

from srcad.errors import InternalError
from srcad.ir.bound import new_problems, unbound
from srcad.ir.verify import check_bound
from tests.array_checks import check
from tests.ir_text import ir

SOUND = (
    "def f(x): y = x; return y",
    "def f(x, c: bool):\n if c: y = x\n else: y = 2.0\n return y",
    "def f(x, c: bool):\n s = 0.0\n if c: y = x\n if c: s = y\n return s",
    "def f(x):\n s = 0.0\n if x > 1.0: y = x\n if x > 1.0: s = y\n return s",
    "def f(x, c: bool):\n s = 0.0\n if c: y = x\n d = not c\n if d: s = x\n else: s = y\n return s",
    "def f(x, c: bool, d: bool):\n if c:\n  if d: y = x\n e = c and d\n if e: x = y\n return x",
    "def f(x, c: bool):\n if c: raise ValueError()\n else: y = x\n return y",
    "def f(x):\n raise ValueError()\n y = x\n return y",
    "def f(x: A1):\n s = 0.0\n for i in range(x.size):\n  t = x[i]\n  s += t\n return s",
    "def f(x: A1):\n for i in range(3): t = x[i]\n return t",
    "def f(x, c: bool):\n d = False\n if c: d = True\n if d: y = x\n if c: return_ = y\n return x",
    (
        "def f(x, b: bool, c: bool, d: bool):\n if b:\n  if c: raise ValueError()\n  if d: y = x\n"
        " if b:\n  if d: x = y\n return x"
    ),
    (
        "def f(x, b: bool, c: bool):\n if b: z = x\n else:\n  if c: y = x\n  raise ValueError()\n"
        " if b: z = x\n else:\n  if c: x = y\n return x"
    ),
    "def f(x): raise ValueError(); return y",
)
SOMETIMES = (
    "def f(x, c: bool):\n if c: y = x\n return y",
    "def f(x, c: bool):\n s = 0.0\n if c: y = x\n else: s = y\n return s",
    "def f(x, c: bool):\n s = 0.0\n if c: y = x\n c = x > 2.0\n if c: s = y\n return s",
    "def f(x: A1):\n for i in range(x.size): y = x[i]\n return y",
    "def f(x: A1, c: bool):\n for i in range(x.size):\n  if c: y = x[i]\n  s = y\n return x",
    "def f(x: A1, c: bool):\n for i in range(x.size):\n  if c: s = y\n  y = x[i]\n return x",
    (
        "def f(x, b: bool, c: bool):\n if b:\n  if c: raise ValueError()\n d = not c\n"
        " if d: y = x\n return y"
    ),
    (
        "def f(x: A1, c: bool):\n for i in range(x.size):\n  if c: raise ValueError()\n"
        " d = not c\n if d: y = x\n return y"
    ),
    "def f(x: A1):\n for i in range(3):\n  for j in range(i): y = x[j]\n  z = y\n return x",
    "def f(x: A1, c: bool):\n s = 0.0\n for i in range(3):\n  if c: y = x[i]\n  s += y\n return s",
)
NEVER = (
    "def f(x): return y",
    "def f(x): z = y; y = x; return z",
    "def f(x: A1):\n s = 0.0\n for i in range(x.size):\n  s += y\n  y = x[i]\n return s",
    "def f(x): y += x; return x",
    "def f(x, c: bool):\n s = 0.0\n if c: s = y\n if c: y = x\n return s",
)


@pytest.mark.parametrize("text", SOUND)
def test_bound_on_every_path(text):
    """Nothing is found where branches agree."""
    found = unbound(ir(text))
    assert not found.never
    assert not found.sometimes


@pytest.mark.parametrize("text", SOMETIMES)
def test_bound_on_some_paths(text):
    """Another test, another iteration, no iteration at all."""
    found = unbound(ir(text))
    assert not found.never
    assert "y" in found.sometimes


@pytest.mark.parametrize("text", NEVER)
def test_bound_on_no_path(text):
    """A binding that comes later is none."""
    assert "y" in unbound(ir(text)).never


def test_users_own_are_theirs():
    """What the program before has read too early is no fault of a pass."""
    before, after = ir(SOMETIMES[0]), ir(SOUND[0])
    assert not new_problems(before, before)
    assert not new_problems(after, before)
    assert new_problems(before, after)
    with pytest.raises(InternalError, match=r"some_pass.*y is read where not every path"):
        check_bound(before, "some_pass", after)
    with pytest.raises(InternalError, match="y is read before anything binds it"):
        check_bound(ir(NEVER[1]), "some_pass")


def first_large(s, x, n):
    for j in range(n):
        if s > 0.7:
            return s * x[j]
        s = s * x[j] + 0.4
    return s * s


def in_each_round(x):
    s = x[0]
    for k in range(x.size):
        s = first_large(s, x, k) + first_large(s * x[1], x, 3)
    return s


def test_results_of_helpers_that_return_early():
    """What is assigned on some paths of an iteration is that after it, too."""
    check(in_each_round, (np.array([0.5, 1.5, 0.9, 0.3]),))
