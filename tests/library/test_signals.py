"""Convolutions of either order, interpolation on and outside of the knots, steps at zero."""

import itertools

import numpy as np
import pytest

from srcad.library import signals
from tests.array_checks import check
from tests.library.direct import apart
from tests.library.grid import answer, function

NAN, INF = np.nan, np.inf
ROWS = [np.arange(float(n)) ** 2 + 1 for n in range(6)]
ROWS += [np.array([3, 1, 2]), np.array([1, -2], dtype=np.float32)]


@pytest.mark.parametrize("mode", ["full", "same", "valid"])
def test_convolutions(mode):
    for a, v in itertools.product(ROWS, ROWS):
        assert apart(signals.convolve, np.convolve, a, v, mode) == "", (a, v)
        assert apart(signals.correlate, np.correlate, a, v, mode) == "", (a, v)


def test_polynomials():
    for p, x in itertools.product(ROWS, (2.0, 3, np.float32(2), np.eye(2), np.array([1, 2]))):
        if len(p):
            assert apart(signals.polyval, np.polyval, p, x) == "", (p, x)
    assert signals.polyval(ROWS[0], 2.0) == 0.0


KNOTS, VALUES = np.array([0.0, 1.0, 2.5]), np.array([3.0, -1.0, 4.0])
PLACES = (-1.0, 0.0, -0.0, 0.5, 1.0, 2.0, 2.5, 3.0, NAN, INF, -INF)
TABLES = [
    *((KNOTS, VALUES), (KNOTS[:1], VALUES[:1]), (KNOTS[:0], VALUES[:0]), (KNOTS, VALUES[:2])),
    *((np.array([0.0, 0.0, 1.0]), VALUES), (KNOTS, np.array([1.0, NAN, 2.0]))),
    *((KNOTS, np.array([1.0, INF, INF])), (KNOTS, np.array([-INF, 3.0, INF]))),
    (np.array([0, 1, 2]), np.array([2, 5, 1])),
]


@pytest.mark.parametrize("table", TABLES, ids=str)
def test_interpolation(table):
    nothing = [np.zeros(0)] if len(table[0]) else []  # with no knots, versions of NumPy differ
    for x in (*PLACES, np.array(PLACES), *nothing, np.array([[0.5, 1.0]])):
        for ends in ((), (-7.0, 9.0), (None, 9.0)):
            assert apart(signals.interp, np.interp, x, *table, *ends) == "", (x, ends)


def test_steps():
    for x in (*PLACES, np.array(PLACES), np.array([0, 1, -1])):
        for y in (0.5, 2, NAN):
            assert apart(signals.heaviside, np.heaviside, x, y) == "", (x, y)


def test_comparisons():
    for a, b in itertools.product((*ROWS, np.eye(2), 1.0), repeat=2):
        assert apart(signals.array_equal, np.array_equal, a, b) == ""
    assert not signals.allclose(np.array([1.0, 2.0]), np.array([1.0, 2.1]))


@pytest.mark.parametrize(
    ("text", "args"),
    [
        ("np.convolve(x, y, 'same')", (ROWS[4], ROWS[3])),
        ("np.convolve(x, y, 'valid')", (ROWS[2], ROWS[5])),
        ("np.correlate(x, y, 'same')", (ROWS[2], ROWS[4])),
        ("np.correlate(x, y, 'full')", (ROWS[4], ROWS[3])),
        ("np.polyval(x, y)", (ROWS[4], np.array([0.5, -2.0]))),
        ("np.polyval(x, y)", (np.array([2.0]), 3.0)),
        ("np.interp(x, np.array([0.0, 1.0, 2.5]), y)", (np.array([0.5, 2.0, 3.0]), VALUES)),
        ("np.interp(0.7, x, y, -1.0, 5.0)", (KNOTS, VALUES)),
    ],
)
def test_both_modes(text, args):
    assert answer(text, *args) == ""
    check(function(text, "x y"), args)


@pytest.mark.parametrize(
    ("text", "args"),
    [("np.convolve(x, y, 'half')", (ROWS[2], ROWS[2])), ("np.polyval(x, y)", (np.eye(2), 1.0))],
)
def test_refused(text, args):
    assert answer(text, *args) == "refused"
