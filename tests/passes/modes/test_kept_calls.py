"""Large functions that stay calls: the same numbers as inlined, or inlined after all."""

import math
import re

import numpy as np
import pytest

import srcad
from srcad.frontend.calls import copies
from srcad.frontend.calls.copies import kept_calls
from tests.gradient_checks import check
from tests.harness import as_plain_python
from tests.treatments import reversed_source

X = np.array([0.5, 1.25, 0.75, 1.5])
SCALE = 0.7
WEIGHTS = np.array([0.3, 0.2, 0.5, 0.1])


@pytest.fixture(autouse=True)
def _few_nodes(monkeypatch):
    """Let small functions stay calls, too."""
    monkeypatch.setattr(copies, "MOST_INLINED", 0)
    monkeypatch.setattr(copies, "SMALLEST", 1)


def energy(q, k):
    e = 0.0
    for i in range(q.size):
        for j in range(i + 1, q.size):
            r = q[i] - q[j]
            e += k[i] * k[j] / math.sqrt(r * r + 0.1) * SCALE
    return e


def first_above(q, limit):
    s = 0.0
    for i in range(q.size):
        s += q[i] * q[i]
        if s > limit:
            return s * q[0]
        if q[i] < 0.0:
            break
    return s + limit


def rates(y, k, out):
    for i in range(y.size):
        out[i] = k[i] * math.sin(y[i]) - y[i - 1] * y[i]


def step(y, k, h):
    a, b = np.zeros(y.size), np.zeros(y.size)
    rates(y, k, a)
    for i in range(y.size):
        b[i] = y[i] + h * a[i]
    rates(b, k, a)
    for i in range(y.size):
        y[i] += h * a[i]


def both(q, k):
    s, t = 0.0, 1.0
    for i in range(q.size):
        s += q[i] * k
        t *= q[i]
    return s, t


def raising(q, limit):
    s = 0.0
    for i in range(q.size):
        if q[i] > limit:
            raise ValueError("too large")
        s += q[i] ** 3
    return s


def scaled(q, c):
    r = np.zeros(q.size)
    for i in range(q.size):
        r[i] = c * q[i]
    return r


def scaled_and_first(q, c):
    return scaled(q, c), c * q[0]


def of_a_pair(p, n):
    s = 0.0
    for _ in range(n):
        s += p[0] * p[1]
    return s


def weighted(q, c):
    s = 0.0
    for i in range(q.size):
        s += WEIGHTS[i] * q[i] * c
    return s


def applied(g, q):
    s = 0.0
    for i in range(q.size):
        s += g(q[i])
    return s


def several_places(x):
    a = energy(x, x)
    b = energy(x[1:], x * x)
    return a * b + energy(x - 0.5, x[::-1]) * energy(x, x)


def early_exits(x):
    s = 0.0
    for i in range(4):
        s = s * 0.5 + first_above(x, 1.0 + x[i]) * x[i]
    return s * first_above(x * x, 2.0)


def written(x):
    y = x * x
    step(y, x, 0.1)
    for _ in range(3):
        step(y, x, 0.05)
    return np.sum(y * x)


def two_results(x):
    a, b = both(x, 2.0)
    c, d = both(x * x, a * b)
    return a * d + c


def not_raising(x):
    return raising(x, 2.0) * raising(x * 0.5, 2.0)


def views_apart(x):
    y, z = x * x, np.zeros(8)
    rates(y, x, z[:4])
    rates(z[:4], x, z[4:])
    return z[2] * z[5] + z[7]


def same_array_twice(x):
    y = x * x
    rates(y, x, y)
    rates(y, y, y)
    return y[0] * y[3]


def overlapping_views(x):
    y = np.zeros(6)
    y[:4] = x
    rates(y[:4], x, y[2:])
    rates(y[1:5], x, y[:4])
    return np.sum(y * y)


def arrays_back(x):
    y = scaled(x, 2.0)
    return np.sum(y * scaled(y, y[0]))


def array_and_number_back(x):
    y, s = scaled_and_first(x, 2.0)
    z, t = scaled_and_first(x, x[1])
    return y[0] * z[1] * s * t


def tuples(x):
    return of_a_pair((x[0], x[1]), 2) * of_a_pair((x[1], x[2]), 3)


def functions(x):
    return applied(math.sin, x) * applied(math.cos, x)


def captured_arrays(x):
    return weighted(x, 2.0) * weighted(x, x[0])


CALLED = [several_places, early_exits, written, two_results, not_raising]
INLINED = [
    *(same_array_twice, overlapping_views, arrays_back, tuples, functions, captured_arrays),
    *(views_apart, array_and_number_back),
]


@pytest.mark.parametrize("func", CALLED)
def test_called(func):
    """The function has a derivative of its own, and the numbers are right."""
    check(func, X)
    source, _ = reversed_source(func, X)
    assert re.search(r"_(backward|pullback)\(", source)


@pytest.mark.parametrize("func", INLINED)
def test_inlined(func):
    """A condition does not hold: the program is inlined, and right."""
    check(func, X)
    source, _ = reversed_source(func, X)
    assert not re.search(r"_(backward|pullback)\(", source)


def test_exceptions():
    """What the function raises midway comes out of its gradient."""

    def func(x):
        return raising(x, 2.0) * raising(x, 1.0)

    for call in (func, srcad.grad(func)):
        with as_plain_python(), pytest.raises(ValueError, match="too large"):
            call(X)


@pytest.mark.slow
def test_second_order():
    """Derivatives of derivatives are of the inlined program."""
    u = np.array([0.3, -0.2, 0.5, 0.1])
    gradient = srcad.grad(several_places)
    with as_plain_python():
        _, ahead = srcad.jvp(gradient, (X,), (u,))
        (back,) = srcad.vjp(gradient, X)[1](u)
        slope = (gradient(X + 1e-5 * u) - gradient(X - 1e-5 * u)) / 2e-5
    assert ahead == pytest.approx(slope, rel=1e-5, abs=1e-4)
    assert back == pytest.approx(ahead, rel=1e-9)


def once(x):
    return energy(x, x)


def recursive(x, n):
    return energy(x, x) if n == 0 else recursive(x, n - 1) * energy(x, x)


@pytest.mark.parametrize(
    ("func", "names"),
    [
        (several_places, {"energy"}),
        (written, {"step", "rates"}),
        (once, set()),
        (captured_arrays, set()),
        (recursive, set()),
        (math.sin, set()),
    ],
)
def test_which(func, names):
    """Called at several places, with a loop, nothing captured but functions and numbers."""
    assert {f.__name__ for f in kept_calls(func)} == names


def test_short_programs_are_inlined(monkeypatch):
    """As long as the whole is short, nothing stays a call."""
    monkeypatch.setattr(copies, "MOST_INLINED", 1200)
    assert not kept_calls(several_places)
    monkeypatch.setattr(copies, "MOST_INLINED", 400)
    assert kept_calls(several_places)
    monkeypatch.setattr(copies, "SMALLEST", 1000)
    assert not kept_calls(several_places)
