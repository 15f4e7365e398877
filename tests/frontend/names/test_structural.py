"""Calls that lowering understands: arguments by name, iterators, extrema, makers of arrays."""

# ruff: noqa: B905 - programs under test

import numpy as np
import pytest

from tests.array_checks import parametrized, programs
from tests.library.grid import answer
from tests.own_call import check_everywhere

ROW, WIDE = np.array([3.0, 1.0, 2.0]), np.arange(6.0).reshape(2, 3) + 0.5
PROGRAMS = programs()


@pytest.mark.parametrize(
    ("text", "args"),
    [
        ("np.zeros(shape=3)", ()),
        ("np.full((2, 2), fill_value=x)", (1.5,)),
        ("np.full(3, x)", (2,)),
        ("np.ones_like(x, dtype=np.int64)", (WIDE,)),
        ("np.empty_like(x) * 0.0 + 1.0", (np.ones(2),)),
        ("np.full_like(x, 2.7, dtype=np.int64)", (ROW,)),
        ("np.zeros(x.shape, x.dtype)", (WIDE.astype(np.float32),)),
        ("np.ones((2, len(x)))", (ROW,)),
        ("np.zeros((0, 3))", ()),
        ("np.zeros(x)", (-1,)),
        ("np.ndim(x) + np.size(x) + len(np.shape(x))", (WIDE,)),
        ("np.ndim(x) + len(np.shape(x))", (1.5,)),
        ("divmod(x, 3)", (-7,)),
        ("max(x, y, 0.0)", (-1.0, -2.0)),
        ("min((x, y, 0.0)) + max(z.shape)", (-1.0, -2.0, WIDE)),
        ("sum((x, y), 1.0) + sum(z.shape)", (-1.0, -2.0, WIDE)),
    ],
)
def test_as_numpy(text, args):
    assert answer(text, *args) == ""


@pytest.mark.parametrize(
    "text",
    [
        "np.zeros(3, shape=3)",
        "np.zeros()",
        "np.zeros(3, float, 'C', 1)",
        "np.zeros(3, size=3)",
        "np.full(3)",
        "np.zeros(3, order='F')",
        "np.zeros(3, dtype='f9' + '')",
        "np.zeros_like(2.0)",
        "max()",
        "max(x, key=len)",
        "sum(2.0)",
        "sum((1.0, x[0]), start=1.0, iterable=2.0)",
        "tuple(x)",
        "len(x, x)",
        "divmod(x[0])",
        "slice()",
        "slice(x[0], 2.0)",
        "np.sum(x, 0, axis=0)",
    ],
)
def test_refused(text):
    assert answer(text, ROW) == "refused"


@pytest.mark.parametrize(
    "head",
    [
        "for i in range():",
        "for i in range(1, 2, 3, 4):",
        "for i in range(2.0):",
        "for i in range(0, 3, 0):",
        "for i in range(stop=3):",
        "for i in zip(x, x, strict=True):",
        "for i in zip():",
        "for i in reversed(zip(x, x)):",
        "for i in reversed(enumerate(x)):",
        "for i in enumerate(x, iterable=x):",
        "for i in enumerate(x, 0, start=1):",
    ],
)
def test_refused_heads(head):
    assert answer(f"s = 0.0\n{head}\n    s += x[0]\nreturn s", ROW) == "refused"


def test_a_step_that_is_zero_when_it_runs():
    text = "s = 0.0\nfor i in range(0, 3, y):\n    s += x[i]\nreturn s"
    for step in (0, 1, 2, -1):
        assert answer(text, ROW, step) == ""


@PROGRAMS((ROW, 2), (ROW, -1))
def numbered(x, k):
    s = 0.0
    for i, v in enumerate(x, k):
        s += i * v * v
    for i, v in enumerate((x[0], x[1]), start=k):
        s += i * v
    for i, (j, v) in enumerate(enumerate(x, start=1)):
        s += (i - j) * v
    return s


@PROGRAMS((ROW, WIDE))
def side_by_side(x, y):
    s = 0.0
    for a, b in zip(x, y[0]):
        s += a * b
    for a, (i, b) in zip(reversed(x), enumerate(y[1], 2)):
        s += a * b * i
    for (a,) in zip(x[1:]):
        s += a * a
    for a, i in zip(x, range(2)):
        s += a * i
    for i in reversed(range(1, 6, 2)):
        s += x[i % 3] * i
    for i in reversed(range(7, 0, -3)):
        s += x[i % 3] * i
    return s


@PROGRAMS((ROW, 2), (ROW, 0))
def extrema(x, n):
    a = max(x[0], x[1], x[2] * n)
    b = min(x)
    return a * b + sum(x, 1.0) * max((x[0], x[1])) + sum((x[0], x[1]))


@parametrized(PROGRAMS)
def test_program(func, args, mutates):
    """Values and derivatives of all programs."""
    check_everywhere(func, args, mutates)
