"""Loops over checkpointed: gradients bit for bit those of the loop, and how much is repeated."""

import math

import numba
import numpy as np
import pytest

import srcad
from srcad import checkpointed
from srcad.backend import runtime
from srcad.library.revolve import split
from tests.harness import as_plain_python

X = np.array([0.3, -0.8, 1.1, 0.2])
V = np.array([1.0, 0.5, -2.0, 0.25])
SLOTS = 3


def every(steps, slots):
    return steps


def plain_of(function):
    """Return the same function over the range alone."""
    space = {**function.__globals__, "checkpointed": every}
    made = type(function)(function.__code__, space, function.__name__)
    made.__defaults__ = function.__defaults__
    return made


def scalars(x, v, n):
    for k in checkpointed(range(n), slots=SLOTS):
        x, v = x + 0.1 * v, v - 0.1 * math.sin(x) * (k + 1)
    return x * v


def in_place(x, v, n):
    y = x.copy()
    for k in checkpointed(range(n), 2):
        for i in range(1, len(y)):
            y[i] = y[i] + 0.1 * np.sin(y[i - 1]) * v[i] * k
    return (y * y).sum()


def rebound(x, v, n):
    y, s = x, 0
    for _ in checkpointed(range(n), slots=4):
        y = y * 0.9 + 0.1 * np.sin(y) * v
        s += y[0] * y[1]
    return s + y.sum()


def strided(x, v, n):
    for k in checkpointed(range(2 * n, 1, -3), 2):
        x = x * math.cos(0.1 * k * v) + 0.1 * v
    return x


def inside(x, v, n):
    s = 0.0
    for j in range(3):
        y = x * j
        for _ in checkpointed(range(n), 2):
            y = y + 0.1 * math.sin(y) * v
        s += y * x
    return s


def nested(x, v, n):
    for _ in checkpointed(range(n), 2):
        for _ in checkpointed(range(3), 2):
            x = x + 0.1 * math.sin(x)
        x = x * v if x > 0.0 else x - v
    return x


def written_after(x, v, n):
    y = x.copy()
    part = y[1:]
    for _ in checkpointed(range(n), 2):
        for i in range(y.size):
            y[i] = y[i] * v[i] + 0.1 * np.sin(y[0])
    part[0] *= part[1]
    return y.sum()


def swapped(x, v, n):
    u, w = x.copy(), x * 0.5
    for _ in checkpointed(range(n), 3):
        for i in range(1, x.size):
            w[i] = u[i] + 0.3 * math.sin(u[i - 1]) * v[i]
        u, w = w, u
    return (u * w).sum()


def three(x, v, n):
    u, w, z = x.copy(), x * 0.5, x * x
    for _ in checkpointed(range(n), 2):
        for i in range(1, x.size):
            w[i] = u[i - 1] * z[i] * v[i]
        z = z * u
        u, w = w, u
    return (u * w * z).sum()


SCALARS = [scalars, strided, inside, nested]
ARRAYS = [in_place, rebound, written_after, swapped, three]


@pytest.mark.parametrize("function", SCALARS + ARRAYS, ids=lambda f: f.__name__)
def test_gradients_are_those_of_the_loop(function):
    x, v = (X, V) if function in ARRAYS else (0.3, 0.7)
    with as_plain_python():
        few, every_one = srcad.grad(function, (0, 1)), srcad.grad(plain_of(function), (0, 1))
        for n in (0, 1, 2, 7) if function is scalars else (0, 6):
            found, expected = few(x, v, n), every_one(x, v, n)
            exact = np.testing.assert_array_equal
            close = exact if function is scalars else np.testing.assert_allclose
            (close if function is inside else exact)(found[0], expected[0])
            np.testing.assert_allclose(found[1], expected[1], rtol=1e-12, atol=1e-15)
        moved = srcad.jvp(function, (x, v, 6), (v, None, None))[1]
        assert moved == pytest.approx(np.sum(few(x, v, 6)[0] * v), rel=1e-12)


@pytest.mark.parametrize("function", [scalars, in_place, three])
def test_second_order(function):
    x, v = (X, V) if function in ARRAYS else (0.3, 0.7)
    with as_plain_python():
        found, expected = (srcad.hvp(f)(x, v, v, 4) for f in (function, plain_of(function)))
        np.testing.assert_allclose(found, expected, rtol=1e-12)


def repeated(count, slots):
    """Return how many steps are repeated when a run is cut by `split`."""
    if count <= 1:
        return 0
    first = split(count, slots)
    assert 0 < first < count
    return first + repeated(first, slots) + repeated(count - first, slots - 1)


def test_as_few_as_possible_are_repeated():
    assert repeated(100, 5) == 316
    assert repeated(1000, 10) == 3636
    assert repeated(10_000, 20) == 37_976
    least = {}
    for slots in range(1, 5):
        for count in range(40):
            options = [count * (count - 1) // 2]
            if slots > 1:
                options += [
                    first + least[first, slots] + least[count - first, slots - 1]
                    for first in range(1, count)
                ]
            least[count, slots] = min(options)
            assert repeated(count, slots) == least[count, slots]


class Counting:
    """The module math, which counts the sines."""

    sines = 0
    cos = math.cos

    def sin(self, x):
        self.sines += 1
        return math.sin(x)


def sines_of(function, *args):
    """Return how many sines the gradient of a function computes."""
    counting = Counting()
    text = srcad.differentiate(function).inspect_adjoint(*args, compiled=True)
    space = {helper.__name__: helper for helper in runtime.HELPERS}
    space |= {"math": counting, "np": np}
    exec(text, space)
    adjoint = next(f for name, f in space.items() if name.startswith(f"{function.__name__}_"))
    adjoint(*args)
    return counting.sines


def test_the_gradient_repeats_as_many():
    def function(x, n):
        for _ in checkpointed(range(n), slots=5):
            x = x + 0.1 * math.sin(x)
        return x

    def places(x, n):
        u, w = x.copy(), x * 0.5
        for _ in checkpointed(range(n), 5):
            for i in range(1, x.size):
                w[i] = u[i] + 0.3 * math.sin(u[i - 1])
            u, w = w, u
        return (u * w).sum()

    assert sines_of(function, 0.3, 100) == 100 + 316
    assert sines_of(places, X, 100) == (100 + 316) * 3


def three_places(x, n):
    u, v, w = x.copy(), x * 0.5, x * x
    for _ in checkpointed(range(n), 3):
        for i in range(x.size):
            w[i] = u[i] * v[i] + 0.3 * u[i - 1]
        u, v, w = w, u, v
    return (u * v).sum() + w[0]


def other_sizes(x, n):
    u, w = x.copy(), x[1:].copy()
    for k in checkpointed(range(n), 3):
        u[0] = u[0] * w[0] * 0.1 * k
        u, w = w, u
    return (u * u).sum()


def test_arrays_that_change_places():
    with as_plain_python():
        for n in (0, 1, 2, 3, 8):
            found, expected = (srcad.grad(f)(X, n) for f in (three_places, plain_of(three_places)))
            np.testing.assert_array_equal(found, expected)
        with pytest.raises(ValueError, match="'u' changes its shape in the loop"):
            srcad.grad(other_sizes)(X, 4)
        assert srcad.jvp(other_sizes, (X, 4), (V, None))[0] == other_sizes(X, 4)


@pytest.mark.compiled
def test_compiled_it_is_the_loop():
    @numba.njit
    def total(n):
        s = 0
        for k in checkpointed(range(n), slots=3):
            s += k
        return s

    assert total(10) == 45
    assert list(checkpointed(range(2, 5), 2)) == [2, 3, 4]
    few, every_one = srcad.grad(scalars), srcad.grad(plain_of(scalars))
    assert few(0.3, 0.7, 1000) == every_one(0.3, 0.7, 1000)


def leaves(x, n):
    for _ in checkpointed(range(n), 2):
        x = x * x
        if x > 9.0:
            break
    return x


def begins(x, n):
    for k in checkpointed(range(n), 2):
        y = x * k
    return y


def two_names(x, n):
    part = x[1:]
    for k in checkpointed(range(n), 2):
        x[k] = part[k] * 2.0
    return x.sum()


def one_array(x, n):
    y, z = x * 2.0, x * 3.0
    for _ in checkpointed(range(n), 2):
        y = y * 0.5
        z = y
    y[0] = 5.0
    return (z * x).sum()


def from_outside(x, n):
    y, z = x * 2.0, x * 3.0
    s = 0.0
    for _ in checkpointed(range(n), 2):
        s += y[0]
        y = z
    y[0] = 5.0 * y[1] * s
    return (z * x).sum()


def third_name(x, n):
    u, v = x.copy(), x * 0.5
    w = u
    for _ in checkpointed(range(n), 3):
        for i in range(1, x.size):
            v[i] = u[i] + u[i - 1]
        u, v = v, u
    return (u * v * w).sum()


def one_slot(x, n):
    for _ in checkpointed(range(n), 1):
        x = x * x
    return x


def any_slots(x, n):
    for _ in checkpointed(range(n), n):
        x = x * x
    return x


def counted(x, n):
    for k, _ in enumerate(checkpointed(range(n), 2)):
        x = x * k
    return x


def over_an_array(x, n):
    s = 0.0
    for a in checkpointed(x, 2):
        s += a
    return s


@pytest.mark.parametrize(
    ("function", "x", "message"),
    [
        (leaves, 0.3, "is left by 'break'"),
        (begins, 0.3, "gives 'y' its first value"),
        (two_names, X, "writes an array that has other names"),
        (one_array, X, "may make 'z' and 'y' one array"),
        (from_outside, X, "gives 'y' an array from outside"),
        (third_name, X, "carries an array that is 'w' too"),
        (one_slot, 0.3, "a number from 2 to"),
        (any_slots, 0.3, "a number from 2 to"),
        (counted, 0.3, "inside enumerate"),
        (over_an_array, X, "takes a range"),
    ],
)
def test_what_is_refused(function, x, message):
    with pytest.raises(srcad.NotDifferentiable, match=message) as caught:
        srcad.grad(function)(x, 2)
    assert "checkpointed(" in str(caught.value)


def tree(x, n):
    return x[n] if n < 2 else tree(x, n - 1) * x[n] + math.cos(tree(x, n - 2))


def scaled(x, y, n):
    if n == 0:
        return x[0]
    y[0] = y[0] * x[n]
    return scaled(x, y, n - 1) * y[0] + x[n]


def calls_that_read(x):
    s = x[0]
    for k in checkpointed(range(4), slots=2):
        s = math.sin(s) * tree(x, k) + x[k]
    return s


def calls_that_write(x):
    y = x * x
    s = x[1]
    for k in checkpointed(range(4), slots=2):
        s = math.sin(s) * scaled(x, y, k) + y[0]
    return s * y[0]


@pytest.mark.parametrize("function", [calls_that_read, calls_that_write])
def test_recursive_calls_write_what_they_say(function):
    """An argument that a recursive call reads is no result of the loop."""
    with as_plain_python():
        expected = srcad.vjp(plain_of(function), X)[1](1.0)
        (found,) = srcad.vjp(function, X)[1](1.0)
        assert np.array_equal(srcad.grad(function)(X), found)
    assert np.allclose(found, expected[0], rtol=1e-13, atol=0.0)
