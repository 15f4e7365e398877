"""Inlined functions: arguments by position and name, defaults, names of their own, depth."""

import numpy as np
import pytest

import srcad
from tests.array_checks import parametrized, programs
from tests.harness import as_plain_python
from tests.own_call import check_everywhere

ROW = np.array([3.0, 1.0, 2.0])
PROGRAMS = programs()


def mixed(a, /, b, c=2.0, *, d=1.5):
    return a * b + c * d


def early(a, k):
    if k == 0:
        return a * a
    for i in range(k):
        a = a * 1.5
        if a > 4.0:
            return a + i
    return a


def writes(a, v):
    a[0] = v
    a = a * 2.0
    return a[1]


def nothing(a):
    a[1] *= 2.0


def pair(a, b):
    return b, (a, a * b)


def recursive(a, n):
    return a if n == 0 else recursive(a * 1.5, n - 1)


def starred(*values):
    return values[0]


def named(a, **more):
    return a


def sometimes(a):
    if a > 0.0:
        return a


def kinds(a):
    if a > 0.0:
        return a
    return (a, a)


@PROGRAMS((ROW,))
def arguments_of_all_kinds(x):
    s = mixed(x[0], x[1]) + mixed(x[0], c=x[2], b=2.0) + mixed(x[1], 3.0, x[0], d=x[2])
    b, c = x[2], x[1]
    return s + mixed(c, b, c=b, d=c)


@PROGRAMS((ROW, 0), (ROW, 1), (ROW, 3))
def returns_early(x, k):
    a = x[1]
    s = early(a, k) * early(x[0], k)
    return s + a * early(a * 2.0, 2)


@PROGRAMS((ROW,))
def written_arguments(x):
    y = x.copy()
    s = writes(y, x[2] * x[1])
    t = nothing(y)
    if t is None:
        s += y[0] * y[1]
    return s * np.sum(y)


@PROGRAMS((0.5, 3.0))
def names_of_their_own(a, b):
    b, (c, d) = pair(b, a)
    a, e = pair(a, b)
    times = lambda b: b * a
    return a * b + c * d + e[0] * e[1] * times(d)


@PROGRAMS((ROW,))
def closures(x):
    k = x[0]

    def f(a, b=k * 2.0):
        def g(c):
            return c * b * k

        return g(a) + g(b)

    k = x[1]
    return f(x[2]) + f(1.0, b=k)


@PROGRAMS((0.9, 3))
def calls_itself(x, n):
    return recursive(x, 0) * x + recursive(x * x, 3)


WRONG = [
    ("mixed(x[0])", "E403"),
    ("mixed(a=x[0], b=1.0)", "E403"),
    ("mixed(x[0], 1.0, 2.0, 3.0)", "E403"),
    ("mixed(x[0], 1.0, b=2.0)", "E403"),
    ("mixed(x[0], 1.0, e=2.0)", "E403"),
    ("starred(x[0])", "E203"),
    ("named(x[0], b=1.0)", "E203"),
    ("sometimes(x[0])", "E502"),
    ("kinds(x[0])[0]", "E501"),
    ("mixed(*x)", None),
    ("mixed(**{})", None),
]


@pytest.mark.parametrize(("text", "code"), WRONG, ids=[text for text, _ in WRONG])
def test_refused(text, code, tmp_path):
    path = tmp_path / "wrong.py"
    path.write_text(f"def f(x):\n    return {text}\n", encoding="utf-8")
    scope = {name: globals()[name] for name in ("mixed", "starred", "named", "sometimes", "kinds")}
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), scope)
    with as_plain_python(), pytest.raises(srcad.NotDifferentiable) as caught:
        srcad.vjp(scope["f"], ROW)
    assert code in {None, *(problem.code for problem in caught.value.problems)}


@parametrized(PROGRAMS)
def test_program(func, args, mutates):
    """Values and derivatives of all programs."""
    check_everywhere(func, args, mutates)
