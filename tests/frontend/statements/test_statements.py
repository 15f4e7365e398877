"""Statements: branches that are known, exceptions, and what is refused, each once."""

# ruff: noqa: F842, PIE790, PLR0124 - programs under test

import numpy as np
import pytest

import srcad
from tests.array_checks import parametrized, programs
from tests.harness import as_plain_python
from tests.library.grid import function
from tests.own_call import check_everywhere, check_raises

ROW = np.array([3.0, 1.0, 2.0])
PROGRAMS = programs()


def codes(text, *args):
    """Return the codes of the problems of a function of x, without repetition."""
    with as_plain_python(), pytest.raises(srcad.NotDifferentiable) as caught:
        srcad.vjp(function(text, "x"), *(args or (ROW,)))
    assert all(problem.span is not None for problem in caught.value.problems)
    return [problem.code for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('if x[0] > 0:\n    raise ValueError("x") from x\nreturn x[0]', "E207"),
        ("if x[0] > 0:\n    raise\nreturn x[0]", "E207"),
        ("if x[0] > 0:\n    raise x\nreturn x[0]", "E207"),
        ("if x[0] > 0:\n    raise int\nreturn x[0]", "E207"),
        ("if x[0] > 0:\n    raise ValueError(x[0])\nreturn x[0]", "E207"),
        ("if x[0] > 0:\n    raise ImportError(name='x')\nreturn x[0]", "E207"),
        ("try:\n    y = x\nexcept ValueError:\n    y = x\nreturn y", "E201"),
        ("with x:\n    pass\nreturn x", "E201"),
        ("import math\nreturn x", "E201"),
        ("global y\ny = x\nreturn x", "E205"),
        ("y = x\ndel y\nreturn y", "E501"),
        ("match x[0]:\n    case float():\n        pass\nreturn x", "E201"),
        ("class A:\n    pass\nreturn x", "E201"),
        ("@np.vectorize\ndef f(a):\n    return a\nreturn f(x)", "E201"),
        ("y = x[0]\ny: float\ny.z = 3.0\nreturn y", "E204"),
        ("assert x[0] > 0, x\nreturn x[0]", "E207"),
    ],
)
def test_refused(text, code):
    assert codes(text) == [code]


def test_what_is_lost_is_told_once():
    assert codes("y = {0}\nz = y\ny += z\nfor i in y:\n    z += i\nreturn z") == ["E202"]
    both = codes("y = {0}\nz = yield x\nreturn y")
    assert len(both) == 2


@PROGRAMS((ROW,), (-ROW,))
def raises_on_one_path(x):
    if x[0] > 9.0:
        raise ValueError("too large", 3, None)
    elif x[0] < -9.0:
        raise ValueError
    y = x[0] * 2.0
    if y > 0.0:
        z = y * y
    else:
        z = y * x[1]
    assert z == z, "not a number"
    return z


@PROGRAMS((ROW,))
def known_branches(x):
    y: float = x[0]
    w: float
    if x.ndim == 1:
        y *= 2.0
    else:
        y = x[0, 0]
    if len(x.shape) > 1 and x.shape[5]:
        y = "never"
    while False:
        y = "never"
    assert True
    "text"
    pass
    return y * x[1]


@PROGRAMS((ROW,))
def functions_inside(x):
    def f(a, k=x[1]):
        return a * k

    y = f(x[0])
    x = x * 2.0

    def g(a):
        return f(a) * x[2]

    return y + g(y) + f(1.0, k=3.0)


@parametrized(PROGRAMS)
def test_program(func, args, mutates):
    """Values and derivatives of all programs."""
    check_everywhere(func, args, mutates)


@pytest.mark.parametrize(
    ("scale", "kind"), [(1.0, ValueError), (-1.0, AssertionError), (0.0, ZeroDivisionError)]
)
def test_exceptions(scale, kind):
    def f(x):
        if x[0] > 0.0:
            raise ValueError("positive")
        assert x[0] == 0.0
        if x[1] == 0.0:
            raise ZeroDivisionError("zero")
        return x[0]

    check_raises(f, (ROW * scale,), kind)
