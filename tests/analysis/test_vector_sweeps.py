"""Sweeps that run in vectors along one direction are told from those that do not."""

import numba
import numpy as np
import pytest

import srcad
from srcad import pipeline
from srcad.backend.lanes import WIDTH
from srcad.derivation import Derivation
from srcad.ir.text import expression
from srcad.ir.types import Array, Scalar
from srcad.spec import DerivativeSpec
from tests.harness import as_plain_python, assert_close, plain

VECTOR, INT = Array("float64", 1), Scalar("int64")


def loops(func, *types):
    """Return the lengths of the loops that run in vectors, and whether functions are in them."""
    spec = DerivativeSpec(func, "tangent", (0,), width=WIDTH)
    run = Derivation(spec, types, pipeline.STEPS)
    run.along_several(spec, types)
    found = run.vector_loops(spec, types, ["p", "q", "r"])
    return None if found is None else ([*map(expression, found.lengths)], found.has_elementary)


def decay(x, t):
    return x[0] * np.exp(-x[1] * t) + x[2]


def stencil(x, n):
    y, z = np.zeros(n), np.zeros(n)
    y[: x.size] = x
    for _ in range(3):
        for i in range(1, n - 1):
            z[i] = 0.5 * (y[i - 1] + y[i + 1])
        y, z = z, y
    return y[:3].copy()


def in_place(x, n):
    y = np.zeros(n)
    y[: x.size] = x
    for _ in range(3):
        for i in range(1, n - 1):
            y[i] = 0.5 * (y[i - 1] + y[i + 1])
    return y


def total(x, t):
    s = 0.0
    for i in range(t.size):
        s += x[0] * t[i]
    return s * x


def scattered(x, k):
    y = np.zeros(4)
    for i in range(k.size):
        y[0] += x[0] * k[i]
    return y


def gathered(x, n):
    y = np.zeros(n)
    for i in range(n):
        y[i] = x[i % x.size] * i
    return y


def fixed(x, n):
    y = np.zeros((n, 3))
    for i in range(n):
        for j in range(3):
            y[i, j] = x[j] * i
    return y


def unknown(x, t):
    n = 0
    while n < t.size and t[n] > 0.0:
        n += 1
    y = np.zeros(n)
    for i in range(n):
        y[i] = x[0] * t[i]
    return y


def straight(x, n):
    return x[0] * x * n


def test_loops_of_independent_iterations():
    """Elementwise, or an inner loop that reads another array than it writes."""
    assert loops(decay, VECTOR, VECTOR) == (["q.shape[0]"], True)
    assert loops(stencil, VECTOR, INT) == (["q - 1"], False)
    assert loops(straight, VECTOR, INT) == (["p.shape[0]"], False)


@pytest.mark.parametrize("func", [in_place, total, scattered, gathered, fixed, unknown])
def test_other_loops(func):
    """Iterations that need each other, sums in order, gathers, few or unknown iterations."""
    second = INT if func in {in_place, gathered, fixed} else VECTOR
    assert loops(func, VECTOR, second) is None


@pytest.mark.parametrize("operator", [srcad.jacfwd, srcad.jacrev])
@pytest.mark.parametrize("count", [1, 4, 5, 8, 9, 12, 13])
def test_all_counts(operator, count):
    """One by one or several at once, the columns stand where they belong."""
    rng = np.random.default_rng(count)
    x, t = rng.normal(size=(count, 1)), np.linspace(0.0, 1.0, 70)

    def curves(x, t):
        y = np.zeros((x.shape[0], t.size))
        for k in range(x.shape[0]):
            for i in range(t.size):
                y[k, i] = np.exp(x[k, 0] * t[i]) * x[0, 0]
        return np.sum(y, axis=1)

    with as_plain_python():
        found = plain(operator(curves).py_func)(x, t)
    expected = np.diag(np.exp(x * t) @ t * x[0, 0])[:, :, None]
    expected[:, 0, 0] += np.exp(x * t).sum(axis=1)
    assert_close(found, expected, 1e-12, "jacobian")


def test_what_is_short_is_taken_at_once():
    """The lengths are known when it is called."""
    made = srcad.jacfwd(decay)
    x = np.array([1.0, 2.0, 3.0])
    for n in (3, 100):
        t = np.linspace(0.0, 1.0, n)
        source = made.emit((numba.typeof(x), numba.typeof(t))).generated.source
        assert "if t.shape[0] >= 64 and" in source
        with as_plain_python():
            found = plain(made.py_func)(x, t)
        e = np.exp(-2.0 * t)
        assert_close(found, np.stack([e, -t * e, np.ones(n)], axis=1), 1e-14, "jacobian")


@pytest.mark.compiled
def test_compiled():
    """Long arrays, few parameters, and a Hessian by these."""
    t = np.linspace(0.0, 1.0, 100)
    made = srcad.hessian(lambda x, t: np.sum(decay(x, t) ** 2))
    for x in (np.array([1.0, 2.0, 3.0]), np.linspace(1.0, 2.0, 11)):
        found = made(x, t)
        with as_plain_python():
            assert_close(found, plain(made.py_func)(x, t), 1e-12, "hessian")
        assert_close(found, found.T, 1e-12, "symmetric")
        assert_close(found[3:], np.zeros((x.size - 3, x.size)), 0.0, "zeros")
