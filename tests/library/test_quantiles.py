"""Quantiles: equal elements, NaN, infinities, ranks at both ends, fractions outside of 0 to 1."""

import numpy as np
import pytest

from srcad.library import quantiles
from tests.array_checks import check
from tests.library.direct import apart
from tests.library.grid import answer, function

NAN, INF = np.nan, np.inf
RNG = np.random.default_rng(4)
ROWS = [
    *(RNG.integers(0, 4, n).astype(float) for n in (1, 2, 3, 4, 8, 17, 40)),
    *(RNG.normal(size=n) for n in (2, 5, 33)),
    *(np.array([1.0, NAN, 2.0]), np.array([INF, 1.0, -INF]), np.array([INF, INF, 1.0, INF])),
    *(np.array([INF, INF]), np.array([3, 1, 2, 2]), np.array([3, 1, 2], dtype=np.float32)),
]
MATRIX = np.array([[3.0, 1.0, 2.0], [0.5, NAN, 4.0]])
FRACTIONS = (0, 0.0, 0.25, 0.3, 0.5, 0.75, 1, 1.0, 1.5, -0.1, NAN)


def test_rows():
    for x in ROWS:
        for q in FRACTIONS if np.isfinite(x).all() else [q + 0.0 for q in FRACTIONS]:
            assert apart(quantiles.quantile, np.quantile, x, q) == "", (x, q)
        assert apart(quantiles.median, np.median, x) == "", x
        assert apart(quantiles.percentile, np.percentile, x, np.array([0.0, 100.0, 30.0])) == ""


@pytest.mark.parametrize("axis", [None, 0, 1, -1])
def test_axes(axis):
    for keepdims in (False, True) if axis is not None else (False,):
        for x in (MATRIX, RNG.normal(size=(2, 3, 4))):
            for q in (0.3, 1.0, 1.5, np.array([0.5, 0.1])):
                found = apart(quantiles.quantile, np.quantile, x, q, axis=axis, keepdims=keepdims)
                assert found == "", (x.shape, q)
            options = {"axis": axis, "keepdims": keepdims}
            assert apart(quantiles.median, np.median, x, **options) == ""


def test_of_no_rows():
    for q in (0.5, 1.5):
        assert apart(quantiles.quantile, np.quantile, np.zeros((3, 0)), q, axis=0) == ""
    assert answer("np.quantile(x, 1.5, axis=0)", np.zeros((3, 0))) == ""


def test_the_element_of_a_rank_is_in_its_place():
    for n in (1, 2, 3, 10, 40):
        for k in {0, 1, n // 2, n - 1} & {*range(n)}:
            for keys in (RNG.integers(0, 5, n).astype(float), np.arange(n, 0.0, -1.0)):
                ours = keys.copy()
                quantiles.select(ours, k)
                assert ours[k] == np.sort(keys)[k]
                assert np.all(ours[:k] <= ours[k])
                assert np.all(ours[k:] >= ours[k])
                first, second = quantiles.positions_of(keys, k)
                order = np.argsort(keys, kind="stable")
                assert first == order[k]
                assert second == order[min(k + 1, n - 1)]


@pytest.mark.parametrize(
    ("text", "args"),
    [
        ("np.quantile(x, y)", (np.array([3.0, 1.0, 2.0, 7.0]), 0.4)),
        ("np.median(x) * y", (np.array([3.0, 1.0, 2.0, 7.0]), 2.0)),
    ],
)
def test_both_modes(text, args):
    assert answer(text, *args) == ""
    check(function(text, "x y"), args)


@pytest.mark.parametrize(
    "text", ["np.median(x > 1)", "np.quantile(x, 0.5, axis=(0, 1))", "np.quantile(x, x)"]
)
def test_refused_or_numpy(text):
    assert answer(text, MATRIX) in {"refused", ""}
