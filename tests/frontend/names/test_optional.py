"""Names that hold a number or an array, or None, as the run decides."""

import numpy as np
import pytest

import srcad
from tests.array_checks import check, parametrized, programs
from tests.array_comparison import compare_second
from tests.harness import as_plain_python

X = np.array([0.53, -0.27, 0.91, -0.74, 0.31])
program = programs()


@program((X,), (-X,), (X[:1],))
def largest(x):
    best = None
    for v in x:
        if best is None or v > best:
            best = v
    return best * best


@program((X,), (X[:1],))
def one_before(x):
    last = None
    s = 0.0
    for v in x * x:
        if last is not None:
            s += (v - last) ** 2
        last = v
    return s + last


@program((X, 1), (X, 0))
def an_array(x, n):
    w = None
    if n > 0:
        w = x * x
    y = x.sum()
    if w is not None:
        y = y * w[1] + w.sum()
    return y


@program((X,), (X[:2],))
def set_back(x):
    t = None
    s = 0.0
    for v in x:
        if t is None:
            t = v
        else:
            s += t * v * v
            t = None
    return s


@program((X,), (np.abs(X),))
def found_by_while(x):
    i = 0
    found = None
    while i < x.size and found is None:
        if x[i] < 0.0:
            found = x[i]
        i += 1
    return x[0] if found is None else found * found


@program((X, 0), (X, 1))
def on_one_path(x, n):
    w = None
    if n > 0:
        w = x[0] * x[1]
    y = x[2] if w is None else w * 2.0
    if w is not None:
        y += w * w
    return y * y


@program((X, "a"), (X, "b"))
def known_while_compiling(x, name):
    w = None
    if name == "a":
        w = x[0] * x[0]
    if w is None:
        return x[1]
    return w * 3.0


@parametrized(program)
def test_values_and_derivatives(func, args, mutates):
    check(func, args, mutates)
    if len(args) == 1:
        compare_second(func, args)


def test_compiled():
    check(one_before, (X,), compiled=True)
    check(an_array, (X, 1), compiled=True)


def test_none_is_no_number():
    """Python says so, too."""
    with as_plain_python(), pytest.raises(TypeError, match="'best' is None here"):
        srcad.grad(largest)(X[:0])


def a_tuple(x):
    t = None
    for v in x:
        if t is not None:
            t = (t[0] + v, v)
        else:
            t = (v, v)
    return t[0]


def test_one_step_beyond():
    with as_plain_python(), pytest.raises(srcad.NotDifferentiable) as caught:
        srcad.grad(a_tuple)(X)
    assert caught.value.code == "E501"
