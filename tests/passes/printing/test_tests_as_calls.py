"""Branches that only raise our own errors are one call; the user's stay as they are."""

import numpy as np
import pytest

import srcad
from srcad.ir.show import show
from srcad.passes.printing.for_readers import for_readers
from tests.ir_text import call, ir

HEAD = "def f(x: A1, k: int, n: int, c):\n    "
NOT_ONE = "if n != 1:\n        raise ValueError('n is wrong')\n    "
NOT_TWO = NOT_ONE.replace("1", "2")
OUTSIDE = "if outside(k, n):\n        raise IndexError('index out of bounds at f.py:4')\n    "

TEXTS = [
    (NOT_ONE, ["raise_if(n != 1, 'n is wrong')"]),
    (OUTSIDE, ["out_of_bounds_if(outside(k, n), 'f.py:4')"]),
    (NOT_ONE + NOT_TWO, ["raise_if(n != 1 or n != 2, 'n is wrong')"]),
    (NOT_ONE + OUTSIDE, ["raise_if(n != 1, 'n is wrong')", "out_of_bounds_if(outside(k, n)"]),
    (NOT_ONE + "c = x[k]\n    " + NOT_TWO, ["raise_if(n != 1", "c = x[k]", "raise_if(n != 2"]),
    (NOT_ONE + "n = n // k\n    " + NOT_TWO, ["raise_if(n != 1", "n //= k", "raise_if(n != 2"]),
]


@pytest.mark.parametrize(("body", "expected"), TEXTS)
def test_calls(body, expected):
    """One call for tests in a row that raise the same; not over what may fail itself."""
    flat = ir(HEAD + body + "return c\n")
    text = show(for_readers(flat), comments=False)[0]
    at = 0
    for part in expected:
        at = text.find(part, at) + 1
        assert at, text
    assert text.count("_if(") == sum("_if(" in part for part in expected)
    for args in ((np.ones(3), 0, 1, 2.0), (np.ones(3), 5, 2, 2.0), (np.ones(3), 0, 2, 2.0)):
        assert outcome(text, args) == outcome(show(flat)[0], args)


def outcome(text, args):
    """Return what a function returns, or how it fails."""
    try:
        return call(text, "f", *args)[0]
    except (ValueError, IndexError, ZeroDivisionError) as error:
        return type(error), str(error)


def guarded(x, n):
    if n < 0:
        raise ValueError("n is negative")
    assert n < 3, "n is large"
    return x[n] * x[n]


def test_what_the_user_raises_stays():
    """By `raise` and by `assert`."""
    text = srcad.differentiate(guarded).inspect_adjoint(np.ones(3), 1)
    assert "raise ValueError('n is negative')" in text
    assert "raise AssertionError('n is large')" in text
    assert "raise_if" not in text
    assert "out_of_bounds_if" in text
    assert "out_of_bounds_if" not in srcad.differentiate(guarded).inspect_adjoint(
        np.ones(3), 1, compiled=True
    )


@pytest.mark.parametrize(
    ("kind", "expected"), [("A1", "x.shape != y.shape"), ("A2", "shape[0] !=")]
)
def test_shapes(kind, expected):
    """Shapes are compared whole where all extents of both are."""
    test = "if x.shape[0] != y.shape[0]:\n        raise ValueError('no')\n"
    flat = ir(f"def f(x: A1, y: {kind}, c):\n    {test}    return c\n")
    assert expected in show(for_readers(flat), comments=False)[0]
