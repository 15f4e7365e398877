"""One mistake, one error: nothing is reported about a value whose first error was reported."""

import numpy as np
import pytest

from srcad import NotDifferentiable
from srcad.frontend.statements.lower import lower
from srcad.ir.types import Array, Scalar

X = (Array("float64", 1, "C"), Scalar("float64"))


def unknown_in_loop(x, a):
    s = 0.0
    for i in range(3):
        s += len({0}) * x[i]
    return s


def unknown_in_while(x, a):
    s = 0.0
    while s < 3.0:
        s = s + len({0})
    return s * a


def unknown_in_branch(x, a):
    s = 0.0
    if a > 0.0:
        s = {0}
    return s * s


def unknown_test(x, a):
    y = None
    if a in {0, 1}:
        y = x
    else:
        y = a
    return y[0]


def unknown_test_of_while(x, a):
    t = (a, a)
    while a in {0, 1}:
        t = a
    return t + 1.0


def unknown_test_and_branches(x, a):
    y = x
    if a in {0, 1}:
        y = None
    else:
        a = y[0]
    return y[0] * a


def unknown_source(x, a):
    s = 0.0
    for v in {2.0 * u for u in x}:
        s += v
        a = (s, v)
    return s * a


def unknown_returned(x, a):
    if a > 0.0:
        return {0}
    return a


def unknown_returned_in_loop(x, a):
    for i in range(3):
        if x[i] > a:
            return {0}
    return a


def unknown_in_callee(x, a):
    s = 0.0
    for _ in range(3):
        s += wrong(a)
    return s


def wrong(a):
    b = {0}
    return b[a]


def unknown_in_nested_loops(x, a):
    s = 0.0
    for i in range(3):
        for j in range(i):
            t = {0}
            s += x[i] * t[j]
        s = s * a
    return s


def unknown_function(x, a):
    g = {0}
    s = 0.0
    for v in x:
        s += g(v)
    return s


def unknown_in_tuple(x, a):
    t = (a, {0})
    for v in t:
        a += v
    return a


def unknown_in_comprehension(x, a):
    y = [v * len({0}) for v in x]
    return np.sum(np.array(y)) + y[0]


def unknown_default(x, a):
    g = lambda v, k={0}: v * k
    s = 0.0
    for v in x:
        s += g(v)
    return s


def unknown_in_unrolled_loop(x, a):
    s = 0.0
    for k in (1.0, 2.0):
        s = {0} if k > a else k
    return s


PROGRAMS = [f for name, f in list(globals().items()) if name.startswith("unknown_")]


@pytest.mark.parametrize("func", PROGRAMS, ids=lambda f: f.__name__)
def test_one_error(func):
    """The unknown construct is reported, and nothing that follows from it."""
    with pytest.raises(NotDifferentiable) as caught:
        lower(func, X)
    (problem,) = caught.value.problems
    assert "set" in problem.message
