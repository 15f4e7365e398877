"""Read-only arrays under names that hold others, too: copies, as nothing is written."""

import re

import numpy as np
import pytest

import srcad
from srcad import NotDifferentiable, pipeline
from srcad.ir.types import Array
from tests.array_comparison import compare_both
from tests.harness import as_plain_python

X = np.array([0.5, 1.25, 2.0, -0.7])
START = np.array([1.5, -0.25, 0.3, 0.7])
OTHER = np.array([0.2, 0.4, -0.3, 1.1])


def locked(values):
    """Return a copy that may not be written."""
    array = values.copy()
    array.flags.writeable = False
    return array


def carried(x):
    h = START
    for _ in range(3):
        h = np.tanh(x * h)
    return np.sum(h)


def chosen(x):
    a = START if x[0] > 0.0 else np.sin(x)
    b = START if x[0] < 0.0 else np.sin(x)
    return np.sum(a * x) + np.sum(b * x)


def in_a_branch(x):
    a = START
    if x[0] > 0.0:
        a = np.sin(x)
    return np.sum(a * x)


def exchanged(x):
    a = START
    b = x.copy()
    for _ in range(3):
        if a[0] < b[1]:
            a, b = b, a
        a = np.cos(b) * a
    return np.sum(a * b)


def views(x):
    a = START[1:]
    for k in range(2):
        v = a[::-1]
        a = v * x[k] + v[0]
    return np.sum(a)


def by_another_name(x):
    a = START
    b = a
    s = 0.0
    for k in range(3):
        s += a[k] * b[k]
        b = x * s
    return s + np.sum(a * b)


def two_of_them(x):
    a, b = START, OTHER
    for _ in range(3):
        a, b = b, a
    return np.sum(a * x) + b[0]


def elements(x):
    a = START
    for k in range(2):
        a = np.empty(4)
        for i in range(4):
            a[i] = x[i] * k
    return np.sum(a * x)


def no_iteration(x):
    a = START
    for _ in range(int(x[0])):
        a = a * x
    return np.sum(a * x)


def argument(x):
    h = x
    for _ in range(3):
        h = np.cos(h) * x
    return np.sum(h)


def argument_by_its_own_name(x):
    for _ in range(3):
        x = np.cos(x) * x
    return np.sum(x)


def matrix(x):
    h = x
    w = np.outer(x, START)
    for _ in range(2):
        h = w @ h
    return np.sum(h)


@pytest.mark.parametrize(
    "func",
    [
        carried,
        chosen,
        in_a_branch,
        exchanged,
        views,
        by_another_name,
        two_of_them,
        no_iteration,
    ],
)
def test_captured_arrays(func):
    """A captured array is where a name begins."""
    before = START.copy()
    with as_plain_python():
        compare_both(func, (X,), 0)
        compare_both(func, (X,), 1)
    assert np.array_equal(START, before)


@pytest.mark.parametrize("func", [argument, argument_by_its_own_name, matrix])
def test_arguments(func):
    """An argument that may not be written is where a name begins."""
    with as_plain_python():
        expected = srcad.value_and_grad(func)(X)
        given = locked(X)
        value, gradient = srcad.value_and_grad(func)(given)
        assert srcad.jvp(func, (given,), (X,)) == srcad.jvp(func, (X,), (X,))
    assert value == expected[0]
    assert np.array_equal(gradient, expected[1])
    assert np.array_equal(given, X)


@pytest.mark.parametrize("func", [carried, views, argument, argument_by_its_own_name])
def test_no_name_is_sometimes_read_only(func):
    """Numba would not let loops of ours write to such a name."""
    given = (Array("float64", 1, mutable=not func.__name__.startswith("argument")),)
    text = pipeline.stage(func, "value_and_grad", given, (0,), "scalarised.read_only")
    code = [line for line in text.splitlines() if not line.strip().startswith("#")]
    bound = re.findall(r"^ +(\w+) = (.*)", "\n".join(code), re.MULTILINE)
    assert any(value.endswith(".copy()") for _, value in bound)
    assert not [name for name, value in bound if re.fullmatch("START|x", value)]


def test_second_derivative():
    """The gradient is differentiated, too."""
    with as_plain_python():
        product = srcad.hvp(carried)(X, X)
        step = 1e-6
        higher, lower = (srcad.grad(carried)(X + sign * step * X) for sign in (1.0, -1.0))
    assert np.allclose(product, (higher - lower) / (2.0 * step), rtol=1e-7)


def written(x):
    a = START
    a[0] = 2.0
    if x[0] > 0.0:
        a = x * 2.0
    return np.sum(a * x)


def test_what_the_user_writes_is_refused():
    """A write to what may be the captured array."""
    with as_plain_python(), pytest.raises(NotDifferentiable, match=r"E301.*\n*.*read-only"):
        srcad.grad(written)(X)


@pytest.mark.parametrize("func", [elements])
def test_what_numba_refuses_is_refused(func):
    """Numba gives a name one type: read-only where it is in one place."""
    with as_plain_python(), pytest.raises(NotDifferentiable, match=r"read-only"):
        srcad.grad(func)(X)
