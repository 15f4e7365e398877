"""Products of a zero and something infinite: the tests that keep them from being NaN."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

import srcad
from srcad.ir.show import show
from srcad.passes.cleaning.guards import relax_guards
from tests.harness import as_plain_python
from tests.ir_text import ir, run


def rooted(x):
    s = 0.0
    for i in range(len(x) - 1):
        s += np.sqrt(x[i] * x[i + 1])
    return s


def rooted_square(x):
    t = 0.0
    for i in range(len(x)):
        t += (0.5 * x[i]) * x[i] * (-x[i])
    return np.sqrt(t * t * 4.0)


@pytest.mark.compiled
def test_one_test_for_each_factor():
    """In values, a factor that is zero decides; no other has to be finite."""
    x = np.array([0.0, 4.0, 0.0, 9.0])
    for func in (rooted, rooted_square):
        assert "isfinite" not in srcad.differentiate(func).inspect_adjoint(x, compiled=True)
    assert np.array_equal(srcad.grad(rooted)(x), [np.inf, 0.0, np.inf, 0.0])
    assert np.array_equal(srcad.grad(rooted_square)(np.zeros(3)), np.zeros(3))


def test_second_derivatives_see_through_them():
    """A zero beside a finite factor has a derivative: it is lost in no test."""
    x, v = np.array([1.0, 4.0, 2.0]), np.array([0.3, 0.0, -0.2])
    gradient = srcad.grad(rooted)
    with as_plain_python():
        _, forward = srcad.jvp(gradient, (x,), (v,))
        (reverse,) = srcad.vjp(gradient, x)[1](v)
        step, slope = 1e-6, srcad.grad(rooted)
        expected = (slope(x + step * v) - slope(x - step * v)) / (2 * step)
    assert forward == pytest.approx(expected, rel=1e-6)
    assert reverse == pytest.approx(expected, rel=1e-6)


GUARD = "    g = t != 0.0\n    f = np.isfinite(w)\n    c = g or f\n"
RELAXED = [
    ("a product", GUARD + "    p = t * w\n    y = select(c, p, 0.0)"),
    ("the other way round", GUARD + "    p = w * t\n    y = select(c, p, 0.0)"),
    ("negated", GUARD + "    p = t * w\n    q = -p\n    y = select(c, q, 0.0)"),
    ("of something negative", GUARD + "    v = -w\n    p = t * v\n    y = select(c, p, 0.0)"),
    ("with a literal factor", GUARD + "    v = 2.0 * w\n    p = t * v\n    y = select(c, p, 0.0)"),
    ("two products", GUARD + "    p = t * w\n    z = select(c, p, 0.0)\n    y = select(c, p, 0.0)"),
    (
        "both factors",
        GUARD + "    h = w != 0.0\n    i = np.isfinite(t)\n    d = h or i\n"
        "    b = c and d\n"
        "    p = t * w\n    y = select(b, p, 0.0)",
    ),
]
STAYS = [
    ("a sum", GUARD + "    p = t + w\n    y = select(c, p, 0.0)"),
    ("another factor", GUARD + "    p = t * u\n    y = select(c, p, 0.0)"),
    ("the square of one", GUARD + "    p = t * t\n    y = select(c, p, 0.0)"),
    ("an infinite literal", GUARD + "    v = np.inf * w\n    p = t * v\n    y = select(c, p, 0.0)"),
    ("a literal zero", GUARD + "    v = 0.0 * w\n    p = t * v\n    y = select(c, p, 0.0)"),
    ("another value beside it", GUARD + "    p = t * w\n    y = select(c, p, 1.0)"),
    ("a choice the other way round", GUARD + "    p = t * w\n    y = select(c, 0.0, p)"),
    ("read by something else", GUARD + "    p = t * w\n    z = select(c, p, 0.0)\n"
     "    y = float(c) + z"),
    ("another number than zero", GUARD.replace("0.0", "1.0") + "    p = t * w\n"
     "    y = select(c, p, 0.0)"),
    ("both tests", GUARD.replace("or", "and") + "    p = t * w\n    y = select(c, p, 0.0)"),
    ("tests of one factor", GUARD.replace("(w)", "(t)") + "    p = t * w\n"
     "    y = select(c, p, 0.0)"),
    ("the product is bound again", GUARD + "    p = t * w\n    p = p + u\n"
     "    y = select(c, p, 0.0)"),
    ("both guards of one factor", GUARD + "    h = t != 0.0\n    i = np.isfinite(w)\n"
     "    d = h or i\n"
     "    b = c and d\n    p = t * w\n    y = select(b, p, 0.0)"),
]  # fmt: skip
NAMES = set("gfcpqvyzhidb")


def guarded(body):
    return ir(f"def f(t, w, u):\n{body}\n    return y\n")


def text_after(before, names=NAMES):
    """Return the text with relaxed guards, which computes the same but for signs of zeros."""
    after = relax_guards(before, names)
    numbers = (0.0, -0.0, 2.0, -3.0, np.inf, np.nan)
    for args in itertools.product(numbers, numbers, (1.5,)):
        found, expected = run(after, *args)[0] + 0.0, run(before, *args)[0] + 0.0
        assert repr(found) == repr(expected)
    return show(after, comments=False)[0]


@pytest.mark.parametrize(("name", "body"), RELAXED)
def test_relaxed(name, body):
    """A zero beside something finite makes zero without a test of that."""
    assert "select" not in body or "if c else" not in text_after(guarded(body))


@pytest.mark.parametrize(("name", "body"), STAYS)
def test_what_is_no_guard_of_its_product_stays(name, body):
    before = guarded(body)
    assert text_after(before) == show(before, comments=False)[0]


def test_guards_of_the_user_stay():
    """Only names of the derivative are touched, and only guards that nobody else sees."""
    before = guarded(RELAXED[0][1])
    for name in "gfcp":
        assert text_after(before, NAMES - {name}) == show(before, comments=False)[0]
    returned = replace(before, returns=(*before.returns, before.body[2].target), result=(0, 1))
    assert relax_guards(returned, NAMES) == returned
