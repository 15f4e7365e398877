"""`reorder_sums=True`: the user's sums of floats may be reordered, and nothing else."""

import math

import numpy as np
import pytest

import srcad
from tests.harness import as_plain_python

X = np.random.default_rng(3).standard_normal(40)


def of_terms(x):
    s = 0.0
    for i in range(x.size):
        s += math.exp(x[i]) * x[i]
    return s


def of_products(x):
    s = 0.0
    for i in range(x.size):
        z = 0.0
        for j in range(x.size):
            z -= x[i] * x[j]
        s += math.sin(z)
    return s


def read_on_the_way(x):
    s = 0.0
    for i in range(x.size):
        s += x[i] * math.sin(s)
    return s


def compensated(x):
    s, c = 0.0, 0.0
    for i in range(x.size):
        y = x[i] * x[i] - c
        t = s + y
        c = (t - s) - y
        s = t
    return s


def counted(x):
    n = 0
    for i in range(x.size):
        n += 1 if x[i] > 0.0 else 0
    return n * x[0]


def with_a_test(x):
    s = 0.0
    for i in range(x.size):
        z = 0.0
        for j in range(i):
            z += x[j]
        if z > 0.0:
            s += z * x[i]
    return s


def at_elements(x):
    out = np.zeros(2)
    for i in range(x.size):
        out[0] += x[i] * x[i]
        out[i % 2] += x[i]
    return out[0] * out[1]


PROGRAMS = (of_terms, of_products, read_on_the_way, compensated, counted, with_a_test, at_elements)
REORDERED = (of_terms, of_products, with_a_test)


def reordering(function):
    return srcad.differentiate(reorder_sums=True)(function)


@pytest.mark.parametrize("function", PROGRAMS, ids=lambda f: f.__name__)
def test_derivatives_are_right(function):
    """Values and gradients agree to rounding with those in the user's order, in both modes."""
    with as_plain_python():
        expected = srcad.value_and_grad(function)(X)
        value, gradient = srcad.value_and_grad(reordering(function))(X)
        forward = srcad.jvp(reordering(function), (X,), (np.ones_like(X),))
    np.testing.assert_allclose(value, expected[0], rtol=1e-13)
    np.testing.assert_allclose(gradient, expected[1], rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(forward, (value, np.sum(gradient)), rtol=1e-10)


@pytest.mark.parametrize("function", PROGRAMS, ids=lambda f: f.__name__)
def test_only_sums_that_nobody_reads_on_the_way_are_reordered(function):
    """Integers, compensated sums and sums that their loop reads stay; so do all by default."""
    examples = {"compiled": True}
    text = reordering(function).inspect_adjoint(X, **examples)
    values = [line for line in text.splitlines() if "= added(s, " in line or "= added(z, " in line]
    assert bool(values) == (function in REORDERED)
    usual = srcad.differentiate(function).inspect_adjoint(X, **examples)
    assert "added(s, " not in usual
    assert "added(z, " not in usual


def test_second_derivatives():
    """A derivative of a derivative has the option of the function."""
    with as_plain_python():
        found = srcad.hessian(reordering(of_products))(X[:5])
        expected = srcad.hessian(of_products)(X[:5])
    np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-11)


@pytest.mark.compiled
def test_compiled_sums_become_vectors():
    """The function keeps its order; what is kept on disk and in memory is apart."""
    quick = reordering(of_terms)
    x = np.random.default_rng(5).standard_normal(1001)
    plain, reordered = srcad.value_and_grad(of_terms)(x), srcad.value_and_grad(quick)(x)
    assert quick(x) == of_terms(x)
    assert plain[0] != reordered[0]
    np.testing.assert_allclose(reordered[0], plain[0], rtol=1e-13)
    np.testing.assert_array_equal(reordered[1], plain[1])
