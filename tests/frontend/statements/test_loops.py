"""Loops: counters that the user owns or not, ranges that move, tests that run or do not."""

import numpy as np
import pytest

import srcad
from tests.array_checks import parametrized, programs
from tests.harness import as_plain_python
from tests.library.grid import function
from tests.own_call import check_everywhere

# ruff: noqa: B007, B905, RUF021 - programs under test

ROW, WIDE = np.array([3.0, -1.0, 2.0]), np.arange(6.0).reshape(2, 3) + 0.5
PROGRAMS = programs()


@PROGRAMS((ROW, 3), (ROW, 1), (ROW, 0), (ROW, -2))
def counters(x, n):
    i = 7
    s = 0.0
    for i in range(n):
        s += x[i] * i
    s += i * x[0]
    for j in range(n):
        j = j + 1
        s += j * x[1]
    for k in range(n, 0, -1):
        s += x[k - 1] * k
    for k in range(-n, n, 2):
        s += k * k * x[2]
    return s


@PROGRAMS((ROW, 3), (ROW, 2))
def bounds_that_change(x, n):
    s = 0.0
    for i in range(n):
        n = n - 1
        s += x[i] * n
    k = 0
    for i in range(k, 3):
        k += 2
        s += x[i] * k
    return s * n


@PROGRAMS((ROW, 4), (ROW, 0))
def enumerated(x, k):
    s = 0.0
    for i, v in enumerate(x):
        s += v * i
    for i, v in enumerate((x[0], x[1] * 2.0, x[2])):
        s += v * (i + 1)
    for i, v in enumerate(x, k):
        k = 0
        s += v * i
    for i, (a, b) in enumerate(zip(x, x[::-1]), start=1):
        s += a * b * i
    return s


@PROGRAMS((ROW, WIDE))
def over_arrays(x, m):
    s = 0.0
    for row in m:
        for v in row:
            s += v * v
    for v in x:
        x = x * 2.0
        s += v * x[0]
    for (a, b), c in zip(m.T, x):
        s += a * b * c
    for i, j in np.ndindex(2, 3):
        s += m[i, j] * i * j
    for (i, j), v in np.ndenumerate(m):
        s += v * (i + 2 * j)
    for n in m.shape:
        s *= n
    return s


@PROGRAMS((ROW,))
def array_changes_while_it_is_read(x):
    y = x.copy()
    s = 0.0
    for i, v in enumerate(y):
        y[2 - i] = v * 2.0
        s += v
    return s * y[0]


@PROGRAMS((0.5, 2.0, -1.5))
def over_tuples(a, b, c):
    s = 0.0
    t = (a, b, c)
    for v in t:
        t = (v, v, v)
        s += v * t[0]
    for v, w in ((a, b), (b, c)):
        a = v * w
        s += a
    for v in reversed((a, b)):
        s = s * v
    for v in ():
        s = 0.0
    return s


@PROGRAMS((ROW, 5), (ROW, 0))
def while_tests(x, n):
    s = 1.0
    i = 0
    while i < n and x[i % 3] < 2.5 or i == 0:
        s *= x[i % 3] + 2.0
        i += 1
    while False:
        s = 0.0
    while (i := i - 1) > 0:
        s += i * x[0]
    while True:
        s *= 0.5
        if not s > 1.0:
            break
    return s * i


@PROGRAMS((ROW, 2), (ROW, 9))
def no_test_after_a_break(x, n):
    i = 0
    s = 0.0
    while x[i] != 0.0:
        s += x[i]
        i += 1
        if i > 2 or i > n:
            break
    return s * x[0]


@parametrized(PROGRAMS)
def test_program(func, args, mutates):
    """Values and derivatives of all programs."""
    check_everywhere(func, args, mutates)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("for v in x[0]:\n    s = v\nreturn s", "E206"),
        ("a = [x[0]]\nfor v in a:\n    if len(a) < 3:\n        a.append(v)\nreturn a[0]", "E206"),
        ("a = [x[0]]\na.append(x[1])\nfor v in a:\n    a.pop()\nreturn v", "E206"),
        ("for a, b in zip(x, (1.0, 2.0)):\n    s = a\nreturn s", "E206"),
        ("for a in {1: 2}:\n    s = x[0]\nreturn s", "E202"),
        ("s = x[0]\nfor i in range(3):\n    s = (s, s)\nreturn s[0]", "E501"),
        ("s = x[0]\nwhile s > 1.0:\n    s = (s, s)\nreturn s[0]", "E501"),
        (
            "z = zip(x, x)\nfor i in range(2):\n    for a, b in z:\n        s = a * b\nreturn s",
            "E206",
        ),
    ],
)
def test_refused(text, code):
    with as_plain_python(), pytest.raises(srcad.NotDifferentiable) as caught:
        srcad.vjp(function(text, "x"), ROW)
    assert code in {problem.code for problem in caught.value.problems}
