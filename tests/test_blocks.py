"""Loops in blocks: what they cost, what they start from, what they may not be given."""

import math

import numpy as np
import pytest
from numba import prange, typeof

import srcad
from srcad.backend import blocks
from tests.harness import as_plain_python

RNG = np.random.default_rng(11)
X = RNG.normal(size=9)
PLACES = np.array([0, 1, 0, 1, 1, 0, 0, 1, 0])


@pytest.fixture(autouse=True)
def cut_all():
    """Cut every loop of plain Python code."""

    def few(trips, cost, own):
        return 4 if trips >= 4 else 2 if trips >= 2 else 1

    was = blocks.block_count.__code__
    blocks.block_count.__code__ = few.__code__
    yield
    blocks.block_count.__code__ = was


def parallel(function):
    """Return the value and gradient of a function in blocks."""
    return srcad.value_and_grad(srcad.differentiate(function, parallel=True))


def text_of(function, *args):
    """Return the text that is compiled, and what is said of its loops."""
    made = parallel(function)
    types = tuple(map(typeof, args))
    told = made.emit(types).generated.diagnostics.render()
    return made.source(types, compiled=True), told


# Names that not every path binds --------------------------------------------------------


def counted(x, c):
    """Count with a name that is bound in a branch."""
    if c > 0:
        m = x.size - 2
        w = x * 2.0
    s = 0.0
    for i in prange(x.size):
        if c > 0:
            for j in range(m):
                s += x[i] * w[j]
        s += x[i] ** 2
    return s


def guarded(x, c):
    """Read an array that is bound in a branch."""
    out = np.zeros(x.size)
    if c > 0:
        w = np.sin(x)
    for i in prange(x.size):
        out[i] = x[i] ** 2
        if c > 0:
            out[i] += w[i]
    return np.sum(out**2)


def always(x, c):
    """Read an array where it is bound."""
    s = 0.0
    if c > 0:
        w = np.sin(x)
        for i in prange(x.size):
            s += w[i] * x[i]
    return s


@pytest.mark.parametrize(
    ("program", "name"), [(counted, "m"), (guarded, "w")], ids=["counted", "guarded"]
)
def test_names_of_some_paths(program, name):
    """A loop that may not be given its names stays serial, and says which one."""
    assert f"serial: '{name}' is bound on some paths only" in text_of(program, X, 1)[1]
    with as_plain_python():
        for c in (0, 1):
            value, gradient = parallel(program)(X, c)
            expected = srcad.value_and_grad(program)(X, c)
            assert value == pytest.approx(expected[0], rel=1e-14)
            np.testing.assert_allclose(gradient, expected[1], rtol=1e-13)


def test_names_that_are_bound_where_the_loop_is():
    """What every path to the loop binds is given."""
    text, told = text_of(always, X, 1)
    assert "in_blocks(" in text
    assert "some paths" not in told
    with as_plain_python():
        for c in (0, 1):
            assert parallel(always)(X, c)[0] == pytest.approx(always(X, c), abs=1e-14)


# Signs of zeros -------------------------------------------------------------------------


def signed(x):
    """Add up zeros of both signs."""
    s = -0.0
    for i in prange(x.size):
        s += x[i]
    return np.copysign(2.0, s) * x[0]


def scattered(x, places):
    """Add zeros of both signs to elements, and none to some."""
    y = np.full(4, -0.0)
    for i in prange(x.size):
        y[places[i]] += x[i]
    signs = 1.0
    for k in range(4):
        signs = signs * 3.0 + np.copysign(1.0, y[k])
    return signs + x[0]


@pytest.mark.parametrize("sign", [-0.0, 0.0])
def test_sums_of_zeros(sign):
    """Sums in blocks have the sign of zero that the serial loop has."""
    x = np.full(9, sign)
    with as_plain_python():
        assert parallel(signed)(x)[1][0] == math.copysign(2.0, sign)
        assert parallel(scattered)(x, PLACES)[0] == scattered(x, PLACES)


# Costs ----------------------------------------------------------------------------------


def inner(x, steps):
    """Run a loop inside whose way back counts from a bound that the iteration makes."""
    out = np.zeros(x.size)
    for i in prange(x.size):
        v = x[i]
        for _ in range(steps):
            v = v - 0.1 * np.sin(v)
        out[i] = v
    return np.sum(out**2)


def triangle(x):
    """Run a loop inside from the loop's own index on."""
    s = 0.0
    for i in prange(x.size):
        for j in range(i + 1, x.size):
            s += np.sin(x[i] - x[j])
    return s


def until(x):
    """Run a loop of which nothing is known."""
    s = 0.0
    for i in prange(x.size):
        v = x[i]
        while v > 0.01:
            v = 0.5 * v
        s += v
    return s


@pytest.mark.parametrize(
    ("program", "args", "told"),
    [
        (inner, (X, 5), "len(range(steps - 1, -1, -1))"),
        (triangle, (X,), "len(range((0 + n) // 2 + 1, "),
        (until, (X,), "8 * "),
    ],
    ids=["inner", "triangle", "until"],
)
def test_costs(program, args, told):
    """What an iteration costs is told before the loop, as far as its bounds are known there."""
    assert told in text_of(program, *args)[0]


def test_parts_of_an_iteration_space():
    """Blocks are next to each other, as long as each other but for one, and leave nothing out."""
    for trips in (2, 7, 64, 1000):
        for count in (1, 2, 8, 64):
            starts = [blocks.block_start(k, count, trips) for k in range(count + 1)]
            lengths = [blocks.block_length(k, count, trips) for k in range(count)]
            assert starts == [0, *np.cumsum(lengths)]
            assert starts[-1] == trips
            assert max(lengths) - min(lengths) <= 1
