"""Moments, running values and differences: degrees of freedom, NaN, weights, short axes."""

import numpy as np
import pytest

from srcad.library import scans
from srcad.library.intrinsics import axes
from tests.array_checks import check
from tests.library.direct import apart
from tests.library.grid import answer, function

NAN, INF = np.nan, np.inf
ROW, WIDE = np.array([1.0, 4.0, 2.0]), np.array([[3.0, -1.0, 2.0], [0.5, 0.25, 4.0]])
CUBE = np.arange(24.0).reshape(2, 3, 4) ** 1.5
GAPS = np.array([[1.0, NAN, 3.0], [NAN, NAN, NAN], [2.0, INF, -1.0]])
ARRAYS = (ROW, ROW[:1], WIDE, WIDE.astype(np.float32), WIDE.astype(np.int64), CUBE)


@pytest.mark.parametrize("name", ["var", "std"])
@pytest.mark.parametrize("ddof", [0, 1, 2, 3, 5, 0.5])
def test_moments(name, ddof):
    for x in ARRAYS:
        for options in ({}, {"axis": 0}, {"axis": -1, "keepdims": True}):
            if scans.count_along(x, axes(x, options.get("axis"))) <= ddof:
                continue  # divided by zero, which is an error in plain Python
            found = apart(getattr(scans, name), getattr(np, name), x, ddof=ddof, **options)
            assert not found, (x, options)
    for x in (*ARRAYS[:4], GAPS):
        for axis in (None, 0, -1):
            name_ = f"nan{name}"
            found = apart(getattr(scans, name_), getattr(np, name_), x, axis=axis, ddof=ddof)
            assert not found, (x, axis)


@pytest.mark.parametrize("name", ["nansum", "nanprod", "nanmean", "nanmax", "nanmin"])
def test_without_nan(name):
    for x in (*ARRAYS[:5], GAPS, GAPS[1], np.array([NAN, -INF])):
        for options in ({}, {"axis": 0}, {"axis": -1, "keepdims": True}):
            found = apart(getattr(scans, name), getattr(np, name), x, **options)
            assert not found, (x, options)


@pytest.mark.parametrize("name", ["argmax", "argmin", "ptp", "count_nonzero"])
def test_extrema_and_counts(name):
    rows = (*ARRAYS, GAPS, np.array([2.0, 1.0, 2.0, 1.0]), np.array([-0.0, 0.0]))
    for x in rows:
        for options in ({}, {"axis": 0}, {"axis": -1, "keepdims": True}):
            found = apart(getattr(scans, name), getattr(np, name), x, **options)
            assert not found, (x, options)


def test_running_values():
    for x in (*ARRAYS, GAPS, np.array([True, True, False])):
        for axis in (None, 0, -1):
            assert apart(scans.cumsum, np.cumsum, x, axis) == ""
            assert apart(scans.cumprod, np.cumprod, x, axis) == ""
        for axis in (0, -1):
            assert apart(scans.running_max, np.maximum.accumulate, x, axis) == ""
            assert apart(scans.running_min, np.minimum.accumulate, x, axis) == ""


WEIGHTS = [
    *((ROW, ROW - 5.0), (ROW, ROW * 0.0), (ROW, np.array([True, False, True])), (WIDE, WIDE + 3.0)),
    *((ROW.astype(np.int64), np.array([1, 2, 3])), (ROW.astype(np.float32), ROW), (WIDE, WIDE.T)),
]


def test_weighted_means():
    for x, w in WEIGHTS:
        for axis in (None, 0, -1):
            assert apart(scans.average, np.average, x, axis, w) == "", (x, w, axis)
    for axis, n in ((0, 2), (1, 3), (-1, 3), (0, 3)):
        w = np.arange(n) + 1.0
        assert apart(scans.average, np.average, WIDE, axis, w) == ""
        assert apart(scans.average, np.average, WIDE, axis, w, keepdims=True) == ""


@pytest.mark.parametrize("rowvar", [True, False])
def test_covariances(rowvar):
    for x in (ROW, WIDE, WIDE.astype(np.float32), WIDE.astype(np.int64)):
        for options in ({}, {"bias": True}, {"ddof": 0}, {"ddof": 1}):
            assert apart(scans.cov, np.cov, x, rowvar=rowvar, **options) == "", (x, options)
        if x.ndim > 1:
            assert apart(scans.corrcoef, np.corrcoef, x, rowvar=rowvar) == ""
    for y in (WIDE + 1.0, WIDE[::-1]):
        assert apart(scans.cov, np.cov, WIDE, y, rowvar=rowvar) == ""
        assert apart(scans.corrcoef, np.corrcoef, WIDE, y, rowvar=rowvar) == ""
    assert apart(scans.cov, np.cov, ROW, ROW[::-1]) == ""


def test_differences():
    for x in (ROW, ROW[:1], WIDE, CUBE, WIDE.astype(np.int64), WIDE[:, :0]):
        for axis in (0, -1):
            for n in (0, 1, 2, 4):
                assert apart(scans.diff, np.diff, x, n, axis) == "", (x, n, axis)
        assert apart(scans.diff, np.diff, x, 1, 0, prepend=2) == ""
        assert apart(scans.diff, np.diff, x, 1, -1, append=2) == ""
        assert apart(scans.diff, np.diff, x, 1, -1, append=x, prepend=x) == ""
        assert apart(scans.ediff1d, np.ediff1d, x, to_end=1, to_begin=np.array([2, 3])) == ""


def test_slopes_and_areas():
    for x in (ROW, ROW[:1], ROW[:2], WIDE, CUBE):
        for axis in (0, -1):
            assert apart(scans.trapezoid, np.trapezoid, x, None, 0.5, axis) == ""
            assert apart(scans.gradient, np.gradient, x, 0.5, axis=axis) == ""
    for x, at in ((ROW, ROW), (WIDE, ROW), (WIDE, WIDE * 2.0)):
        assert apart(scans.trapezoid, np.trapezoid, x, at) == ""
    assert apart(scans.trapezoid, np.trapezoid, WIDE, np.array([0.0, 2.0]), axis=0) == ""


@pytest.mark.parametrize(
    ("text", "args"),
    [
        ("np.var(x, axis=0, ddof=1) * y", (WIDE, 2.0)),
        ("np.std(x, axis=-1, keepdims=True) * y", (WIDE, 2.0)),
        ("np.average(x, axis=-1, weights=y)", (WIDE, ROW)),
        ("np.average(x, weights=y)", (WIDE, WIDE + 5.0)),
        ("np.cov(x, y, rowvar=False)", (WIDE, WIDE[::-1] * 2.0 + ROW)),
        ("np.cumprod(x, axis=-1) * y", (WIDE, 2.0)),
        ("np.diff(x, n=2, prepend=y)", (WIDE, 2.0)),
        ("np.trapezoid(x, y)", (WIDE, ROW)),
        ("np.gradient(x, 0.5, axis=-1) * y", (WIDE, 2.0)),
    ],
)
def test_both_modes(text, args):
    assert answer(text, *args) == ""
    check(function(text, "x y"), args)


def test_nothing_flows_to_gaps():
    check(function("np.nanmean(x, axis=0) + np.nanvar(y)", "x y"), (GAPS[:, ::2], WIDE))


@pytest.mark.parametrize("text", ["np.var(x, ddof=3)", "np.var(x, ddof=5)", "np.cov(x, ddof=5)"])
def test_no_degrees_of_freedom(text):
    assert answer(text, ROW) == ""
