"""`@overload` and `@overload_method`: the implementation that Numba chooses is differentiated."""

import math

import numba
import numpy as np
import pytest
from numba.core import types
from numba.extending import overload, overload_method

import srcad
from tests.harness import as_plain_python


def by_type(x):
    """Never runs in compiled code."""
    return -x


@overload(by_type)
def _of_arrays(x):
    def of_arrays(x):
        return np.sum(x * x)

    return of_arrays if isinstance(x, types.Array) else None


@overload(by_type)
def _of_numbers(x):
    def of_floats(x):
        return x * x * x

    def of_ints(x):
        return 2.0 * x

    if isinstance(x, types.Float):
        return of_floats
    return of_ints if isinstance(x, types.Integer) else None


def by_mode(x, mode, scale=None):
    return -x


@overload(by_mode)
def _by_mode(x, mode, scale=None):
    power = 2.0 if scale is None or isinstance(scale, types.NoneType) else 3.0

    def implementation(x, mode, scale=None):
        if mode == "sine":
            return math.sin(x)
        return x**power

    return implementation if isinstance(mode, types.UnicodeType) else None


def of_pairs(pair):
    return 0.0


@overload(of_pairs)
def _of_pairs(pair):
    def implementation(pair):
        return pair[0] * pair[1]

    return implementation if isinstance(pair, types.BaseTuple) and len(pair) == 2 else None


@overload_method(types.Array, "squared_norm")
def _squared_norm(a, scale=1.0):
    def implementation(a, scale=1.0):
        return np.sum(a * a) * scale

    return implementation


def numbers_and_arrays(x, n):
    return by_type(x) * by_type(x[0]) * by_type(n) + by_type(x[1] * x[0] + 1.0)


def by_arguments(x, n):
    return by_mode(x[0], "sine") + by_mode(x[1], "power") + by_mode(x[0], "power", 2.0)


def tuples_and_methods(x, n):
    t = np.sin(x[0])
    return of_pairs((t, x[1])) + (x * t).squared_norm() + x.squared_norm(scale=t)


@pytest.mark.parametrize("func", [numbers_and_arrays, by_arguments, tuples_and_methods])
def test_both_modes_and_second_order(func):
    """Against differences of what Numba compiles."""
    x, n, h = np.array([0.4, 1.3]), 3, 1e-5
    compiled = numba.njit(func)
    with as_plain_python():
        value, grad = srcad.value_and_grad(func)(x, n)
        assert value == pytest.approx(compiled(x, n), rel=1e-14)
        slopes = [(compiled(x + h * e, n) - compiled(x - h * e, n)) / (2 * h) for e in np.eye(2)]
        assert np.allclose(grad, slopes, rtol=1e-8)
        assert np.allclose(srcad.jvp(func, (x, n), (np.ones(2), None))[1], sum(grad))
        rows = [
            (srcad.grad(func)(x + h * e, n) - srcad.grad(func)(x - h * e, n)) / (2 * h)
            for e in np.eye(2)
        ]
        assert np.allclose(srcad.hessian(func)(x, n), rows, rtol=1e-6, atol=1e-6)


def twice(x):
    return -x


@overload(twice)
def _first(x):
    return lambda x: x


@overload(twice)
def _second(x):
    return lambda x: x * x


def of_kinds(x):
    return -x


@overload(of_kinds)
def _of_kinds(x):
    def of_single(x):
        return x * x

    def of_others(x):
        return x

    return of_single if x == types.float32 else of_others


def unknown_kind(x, n):
    y = x
    if n > 2:
        y = x * x
    return of_kinds(y)


@pytest.mark.parametrize(
    "func", [lambda x, n: twice(x) * n, unknown_kind, lambda x, n: by_mode(x, n) * n]
)
def test_refused(func):
    """Where several stand for a function, or where types decide that are not known."""
    with as_plain_python(), pytest.raises(srcad.NotDifferentiable) as caught:
        srcad.grad(func)(2.0, 3)
    assert caught.value.code == "E402"
    assert "call the implementation itself" in caught.value.hint


def test_known_kinds():
    """The dtype of an argument, and what is computed from it."""
    with as_plain_python():
        assert srcad.grad(lambda x: of_kinds(x) * 3.0)(2.0) == 3.0
        assert srcad.grad(lambda x: of_kinds(x) * x)(np.float32(2.0)) == 12.0
        assert srcad.grad(lambda x: of_kinds(x * x + 1.0))(2.0) == 4.0
        with pytest.raises(srcad.NotDifferentiable):
            srcad.grad(lambda x: of_kinds(x * 2.0))(np.float32(2.0))
