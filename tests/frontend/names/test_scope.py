"""Names: which value they mean when read, what is frozen, numbers that fit, tuples taken apart."""

from collections import namedtuple

import numpy as np
import pytest

import srcad
from tests.array_checks import parametrized, programs
from tests.harness import as_plain_python
from tests.library.grid import function
from tests.own_call import check_everywhere, check_raises

ROW = np.array([3.0, 1.0, 2.0])
Point = namedtuple("Point", "x y")
ORIGIN, PAIR, SINGLE, TRUTH = Point(0.5, 1.5), (2.0, (3, True)), np.float32(1.5), np.bool_(True)
WEIGHTS, COUNTS = np.array([0.5, 2.0, 1.0]), np.array([1, 0, 2])
PROGRAMS = programs()


def codes(text):
    with as_plain_python(), pytest.raises(srcad.NotDifferentiable) as caught:
        srcad.vjp(function(text, "x"), ROW)
    return [problem.code for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("return x[0] * 18446744073709551616", "E505"),
        ("return x[0] * -9223372036854775809", "E505"),
        ("n = 1 << 70\nreturn x[0] * 18446744073709551616", None),
        ("return y * x[0]", "E401"),
        ("z = y\ny = x[0]\nreturn z", "E401"),
        ("a, b = x[0], x[1], x[2]\nreturn a", "E503"),
        ("a, b = x[0]\nreturn a", "E503"),
        ("return x[0] + (1, 2)", "E202"),
        ("if x[0] > 0:\n    y = 1.0\nelse:\n    y = (1.0, 2.0)\nreturn y[0] * x[0]", "E501"),
        ("for i in range(3):\n    y = (x[i],) if i > 1 else x[i]\nreturn y", None),
    ],
)
def test_refused(text, code):
    found = codes(text)
    assert code in {None, *found}
    assert len(found) == 1 or code is None


@pytest.mark.parametrize(
    "number", [2**63 - 1, 2**63, 2**64 - 1, -(2**63)], ids=["int64", "uint64", "most", "least"]
)
def test_integers_that_fit(number):
    func = function(f"return x[0] * {number}", "x")
    check_everywhere(func, (ROW * 1e-19,))


@PROGRAMS((ROW,))
def captured(x):
    a, (n, t) = PAIR
    s = a * x[0] * n
    if t and TRUTH:
        s += ORIGIN.x * x[1] * ORIGIN[1]
    return s + np.sum(WEIGHTS * x[COUNTS]) * SINGLE


@PROGRAMS((0.5, 2.0))
def swapped(a, b):
    a, b = b, a
    t = (a, b)
    a = a * 3.0
    (c, d), e = t, a
    a, b, c = c, a, b
    return a * b + c * d * e


@PROGRAMS((ROW, 1))
def bound_in_expressions(x, k):
    s = x[k] * (k := 2) + x[k]
    t = (s, k)
    s = s * (s := s * 2.0) + s
    s = s + (s := x[0] * s) * s
    return s + t[0] * t[1] + (k := k - 1) * x[k]


@PROGRAMS((ROW, 3), (ROW, 0))
def shapes_that_are_kept(x, n):
    y = np.zeros((n, 2))
    shape, dtype = y.shape, y.dtype
    y = np.zeros(5)
    a, b = shape
    s = x[0] * a * b
    z = np.ones(shape, dtype)
    return s + np.sum(z) * x[1] + np.sum(y)


@PROGRAMS((ROW, 2), (ROW, 5))
def read_before_the_loop_assigns(x, n):
    last = x[0]
    s = 0.0
    for i in range(n):
        s += last * x[i % 3]
        last = x[i % 3] * 2.0
    return s * last


@PROGRAMS((0.5, 2.0))
def assigned_by_a_function_inside(x, a):
    s = x * a

    def added(v):
        nonlocal s
        s += v * x
        return s

    t = (s, a)
    return s * added(a) + s * t[0]


@PROGRAMS((ROW,))
def taken_apart(x):
    a, b, c = x
    (d, e), f = (a * b, c), x[1]
    g, h = ORIGIN
    return d * e * f + g * h * a


@parametrized(PROGRAMS)
def test_program(func, args, mutates):
    """Values and derivatives of all programs."""
    check_everywhere(func, args, mutates)


def test_arrays_of_other_lengths_raise():
    check_raises(function("a, b = x\nreturn a * b", "x"), (ROW,), ValueError)
    check_raises(function("a, b, c, d = x\nreturn a * b", "x"), (ROW,), ValueError)


@pytest.mark.parametrize("value", [np.array(["a"]), np.array([None])])
def test_captured_arrays_of_other_kinds(value):
    def f(x):
        return x * value.size

    with as_plain_python(), pytest.raises(srcad.NotDifferentiable) as caught:
        srcad.vjp(f, 1.0)
    assert [problem.code for problem in caught.value.problems] == ["E505"]
