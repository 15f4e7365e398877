"""Comprehensions: the first item gives the shape, tests choose, names stay inside."""

# ruff: noqa: B905, C416 - programs under test

import numpy as np
import pytest

import srcad
from tests.array_checks import parametrized, programs
from tests.harness import as_plain_python
from tests.library.grid import function
from tests.own_call import check_everywhere

ROW, WIDE = np.array([3.0, -1.0, 2.0]), np.arange(6.0).reshape(2, 3) + 0.5
PROGRAMS = programs()


@PROGRAMS((ROW,), (ROW[:0],), (ROW[:1],))
def items(x):
    a = np.array([v * v for v in x])
    b = np.array([v for v in x if v > 0.0])
    c = np.array([i * v for i, v in enumerate(x)])
    return np.sum(a * x) + np.sum(b * b) + np.sum(c) * b.size


@PROGRAMS((ROW,), (-ROW,), (np.abs(ROW),))
def chosen(x):
    a = np.array([v * i for i, v in enumerate(x) if v > 0.0 if i > 0])
    s = 0.0
    for v in [u * 2.0 for u in x if u < 2.5]:
        s += v * v
    return np.sum(a) * s + len([v for v in x if v < 0.0])


@PROGRAMS((WIDE,), (WIDE[1:],))
def rows(m):
    a = np.array([row * row for row in m if row[0] > 1.0])
    b = np.array([np.sum(row) for row in m])
    c = np.array([[u * v for u in row] for row, v in zip(m, b)])
    return np.sum(a) + np.sum(b * b) + np.sum(c * m)


@PROGRAMS((0.5, -2.0, True), (0.5, 2.0, False))
def unrolled(x, y, z):
    t = [v * v for v in (x, y, x * y)]
    u = [v for k, v in enumerate((x, y, x + y)) if k != 1]
    w = [a * b for a, b in zip(t, u)]
    return sum(t) + u[0] * u[1] + w[0] * w[1] * len(u) + sum([v * z for v in (x, y)])


@PROGRAMS((ROW, 2.0))
def names_stay_inside(x, v):
    i = 1
    a = np.array([v * i for v in x])
    i = 2
    b = np.array([i * v for i in range(3)])
    return np.sum(a) * v + np.sum(b) * i


@PROGRAMS((ROW, 3), (ROW, 0), (ROW, -2))
def counted(x, n):
    a = np.array([x[i] * i for i in range(n)])
    b = np.array([i for i in range(n)])
    c = [x[i % 3] for i in range(n, 0, -1)]
    s = 0.0
    for v in c:
        s += v
    return np.sum(a) + np.sum(b) * x[0] + s


@PROGRAMS((ROW,))
def source_is_changed_by_the_items(x):
    a = x.copy()
    b = np.array([v * a[2] for v in a])
    a[2] = b[0]
    return np.sum(a * b)


@parametrized(PROGRAMS)
def test_program(func, args, mutates):
    """Values and derivatives of all programs."""
    check_everywhere(func, args, mutates)


@pytest.mark.parametrize(
    "text",
    [
        "return np.sum(np.array([a * b for a in x for b in x]))",
        "return np.sum(np.array([(y := v) for v in x]))",
        "return sum([v for v in (x[0], x[1]) if v > 0])",
        "return np.sum(np.array([v for v[0] in x]))",
        "y = np.zeros(3)\nreturn np.sum(np.array([set_first(y) for v in x]))",
        "return {v for v in x}",
        "return np.array([x[:k] for k in range(3)])[0]",
    ],
)
def test_refused(text):
    func = function(text, "x")
    func.__globals__["set_first"] = set_first
    with as_plain_python(), pytest.raises((srcad.NotDifferentiable, ValueError)):
        srcad.vjp(func, ROW)


def set_first(y):
    y[0] = 1.0
    return y
