"""Reductions: axes, starts, dtypes, numbers and lists, Python's own."""

import numpy as np
import pytest

from tests.array_checks import parametrized, programs
from tests.library.grid import answer
from tests.own_call import check_everywhere

ROW, WIDE, NONE = np.array([3.0, -1.0, 2.0]), np.arange(6.0).reshape(2, 3) + 0.5, np.zeros((0, 3))
PROGRAMS = programs()


@pytest.mark.parametrize(
    ("text", "args"),
    [
        ("np.sum(x, axis=(0, -1))", (WIDE,)),
        ("np.sum(x, axis=())", (WIDE,)),
        ("np.sum(x, 0, np.float32)", (WIDE,)),
        ("np.sum(x, initial=2.5, axis=0)", (WIDE,)),
        ("np.sum(x, initial=2.5)", (np.array([1, 2]),)),
        ("np.sum(x, keepdims=True)", (NONE,)),
        ("np.sum(x)", (WIDE > 1,)),
        ("np.sum(x, dtype=np.int64)", (WIDE,)),
        ("np.prod(x, axis=0)", (NONE,)),
        ("np.prod(x, initial=3)", (np.array([1, 2], dtype=np.int32),)),
        ("np.mean(x, axis=1, keepdims=True)", (np.array([[1, 2]]),)),
        ("np.mean(x, dtype=np.float32)", (WIDE,)),
        ("np.max(x, initial=2.0)", (WIDE,)),
        ("np.max(x, initial=-9.0)", (NONE,)),
        ("np.max(x, axis=0, initial=2.0)", (WIDE,)),
        ("np.min(x, axis=0)", (NONE,)),
        ("np.max(x)", (NONE,)),
        ("np.max(x, initial=np.nan)", (ROW,)),
        ("np.any(x, axis=0)", (WIDE > 4,)),
        ("np.all(x)", (NONE,)),
        ("np.add.reduce(x)", (WIDE,)),
        ("np.maximum.reduce(x, axis=None)", (WIDE,)),
        ("np.sum(x) + np.max(x) + np.mean(x) + np.any(x)", (2.5,)),
        ("np.sum(x, axis=0) + np.max(x, axis=-1)", (2.5,)),
        ("np.sum(x)", (True,)),
        ("np.sum([x, y])", (1.0, 2.0)),
        ("sum(x) + max(x) + min(x)", (ROW,)),
        ("sum(x, y)", (ROW, 2.0)),
        ("any(x > 2.0) + 2 * all(x > 2.0)", (ROW,)),
        ("max([v * v for v in x])", (ROW,)),
        ("x.sum(0) + x.max(axis=0) * x.mean()", (WIDE,)),
        ("np.sum(x, where=True)", (ROW,)),
    ],
)
def test_as_numpy(text, args):
    assert answer(text, *args) == ""


@pytest.mark.parametrize(
    "text",
    [
        "np.max(x, where=x > 0)",
        "np.sum(x, axis=2)",
        "np.sum(x, axis=(0, 0))",
        "np.sum(x, axis=x.shape[0])",
        "np.sum(x, keepdims=x[0, 0] > 0)",
        "np.sum(2.0, axis=1)",
        "np.mean(2.0, axis=0)",
        "np.max(x, dtype=np.float32)",
        "any(x)",
        "max(x)",
        "sum(x)",
    ],
)
def test_refused(text):
    assert answer(text, WIDE) == "refused"


@PROGRAMS((WIDE, ROW))
def reduced(x, y):
    s = np.sum(x * y, axis=0, initial=0.5) * np.prod(x, axis=0)
    t = np.max(x * y, axis=-1, keepdims=True) * np.mean(x, axis=1, keepdims=True)
    return np.sum(s * y) + np.sum(t) + np.max(y, initial=1.0) * np.min(x, initial=y[0])


@PROGRAMS((ROW,), (ROW[:1],))
def of_python(x):
    s = sum(x, 2.0) * max(x) * min(x)
    if any(x > 2.0) and not all(x > 2.0):
        s *= x[0]
    return s + sum([v * v for v in x])


@PROGRAMS((WIDE, ROW))
def into_arrays(x, y):
    z = np.empty(3)
    np.sum(x * x, axis=0, out=z)
    w = np.zeros(2)
    np.max(x * y, axis=1, out=w)
    return np.sum(z * y) + w[0] * w[1]


@parametrized(PROGRAMS)
def test_program(func, args, mutates):
    """Values and derivatives of all programs."""
    check_everywhere(func, args, mutates)
