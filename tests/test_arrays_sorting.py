"""Order: sorting, medians, quantiles, positions, counts."""

import numpy as np
import pytest

import srcad
from tests.array_checks import check, parametrized, programs, vec
from tests.harness import as_plain_python, plain

program = programs()
nans = programs()
ROWS = [(vec(5),), (vec(1),), (vec(9)[::-2],), (vec(4).astype(np.float32),)]
MATRICES = [(vec(3, 4),), (np.asfortranarray(vec(4, 3)),), (vec(2, 3).astype(np.float32),)]


@program(*ROWS, (vec(0),))
def sorted_rows(x):
    y = x.copy()
    y.sort()
    return np.sort(x) * np.arange(x.shape[0]), y[::-1] * x, x[np.argsort(x)], x.argsort()


@program(*MATRICES, (vec(2, 3, 2),), (vec(0, 3),))
def sorted_along_axes(a):
    order = np.argsort(a, axis=1)
    return (
        np.sort(a, axis=0),
        np.sort(a),
        np.sort(a, axis=None),
        order,
        np.take_along_axis(a, order, axis=1) * 2.0,
    )


@program(*ROWS)
def medians(x):
    return np.median(x), np.median(x[: x.shape[0] // 2 + 1]), np.quantile(x, 0.3)


@program(*MATRICES)
def medians_along_axes(a):
    return (
        np.median(a, axis=0),
        np.median(a, axis=-1, keepdims=True),
        np.percentile(a, 25, axis=1),
        np.median(a),
        np.quantile(a, [0.1, 0.9]),
    )


@program((vec(5), 0.37))
def quantile_of_variable(x, q):
    return np.quantile(x, q)


@nans((np.array([1.0, np.nan, 0.5]),))
def with_nan(x):
    return np.sort(x), np.median(x), np.nanmax(x), np.nansum(x), np.nanmean(x), np.nanstd(x)


@nans((np.array([[1.0, np.nan], [0.5, 2.0]]),))
def with_nan_along_axes(a):
    return (
        np.nansum(a, axis=0),
        np.nanmean(a, axis=1),
        np.nanmin(a, axis=0),
        np.nanvar(a, axis=1, ddof=0),
        np.nanprod(a, axis=-1),
    )


@program((vec(5), vec(4, seed=1)), (vec(5), vec(2, 3, seed=1)))
def searched(x, v):
    table = np.sort(x)
    return (
        np.searchsorted(table, v) * v,
        np.searchsorted([-1.0, 0.0, 1.0], v, side="right") * v,
        np.digitize(v, [-0.5, 0.0, 0.5]) * v,
        np.digitize(v, [0.5, 0.0, -0.5], right=True) * v,
        np.searchsorted(table, v.ravel()[0]) * v,
    )


@program((vec(5),), (vec(2, 3),), (vec(0),))
def positions_of(x):
    k = np.flatnonzero(x > 0)
    return x[np.nonzero(x > 0)] * 2.0, x[np.where(x < 0)], np.argwhere(x > 0), np.ravel(x)[k]


@program((vec(3, 4),))
def positions_in_matrices(a):
    i, j = np.where(a > 0)
    at = np.unravel_index(np.argmax(a), a.shape)
    return a[i, j] * i, a[at], np.compress([True, False, True], a, axis=0), np.extract(a > 0, a)


@program((vec(5), np.array([0, 1, 1, 3, 0])))
def counts(x, k):
    return (
        np.bincount(k),
        np.bincount(k, weights=x * x),
        np.bincount(k, weights=x, minlength=7),
        np.unique(k),
        np.unique(x) * np.arange(5),
    )


@program((vec(8),), (vec(2, 3),))
def histograms(x):
    counted, edges = np.histogram(x, bins=3)
    weighted, _ = np.histogram(x, bins=[-2.0, 0.0, 2.0], weights=x)
    return counted * np.sum(x), edges, weighted


@program((vec(3, 4),), (vec(2, 3, 2),), (vec(3, 3).astype(np.float32),))
def positions_of_extrema(a):
    return (
        np.argmax(a, axis=-2),
        np.argmin(a, axis=1),
        np.argmax(a, axis=0, keepdims=True),
        np.argmin(a) * np.max(a),
    )


@pytest.mark.slow
@parametrized(program)
def test_twin(func, args, mutates):
    """The generated source as plain Python."""
    check(func, args, mutates)


@parametrized(nans)
def test_nan(func, args, mutates):
    """Values that are NumPy's; differences have no derivative there."""
    check(func, args, mutates, smooth=False)


@pytest.mark.compiled
@parametrized([row for row in program if row[0] is medians_along_axes])
def test_compiled(func, args, mutates):
    """The compiled derivative."""
    if args[0].flags.c_contiguous and args[0].dtype == np.float64:
        check(func, args, mutates, compiled=True)


def test_counts_of_negative_numbers():
    """NumPy's exception."""

    def counted(x, k):
        return np.bincount(k, weights=x)

    with pytest.raises(ValueError, match="negative"):
        check(counted, (vec(2), np.array([0, -1])))


def _middle(x):
    return np.median(x)


def _quarter(x):
    return np.quantile(x, 0.25)


INF, NAN = np.inf, np.nan
EXTREMES = [
    (_middle, [3.0, 1.0, NAN, 2.0], [0, 0, 1, 0]),
    (_middle, [INF, 1.0, INF], [1, 0, 0]),
    (_middle, [1.0, INF, 2.0], [0, 0, 1]),
    (_middle, [INF, 1.0, -INF, 2.0], [0, 0.5, 0, 0.5]),
    (_quarter, [1.0, NAN], [0, 1]),
    (_middle, [-INF, 1.0], [0.5, 0.5]),
    (_middle, [1.0, -INF, INF, 3.0, INF], [0, 0, 0, 1, 0]),
]


@pytest.mark.parametrize(("func", "elements", "expected"), EXTREMES)
def test_quantiles_with_nan_and_infinities(func, elements, expected):
    """The value is NumPy's; a NaN has the derivative of the NaN element, in both modes."""
    x = np.array(elements)
    with as_plain_python():
        value, gradient = srcad.value_and_grad(func)(x)
        _, moved = srcad.jvp(func, (x,), (np.arange(1.0, 1.0 + len(x)),))
    np.testing.assert_equal(value, func(x))
    np.testing.assert_array_equal(gradient, expected)
    assert moved == np.dot(expected, np.arange(1.0, 1.0 + len(x)))


def _in_its_range(x):
    return np.sum(x * x) * np.histogram(x, 3)[0][0]


def _in_a_reversed_range(x):
    return np.sum(x * x) * np.histogram(x, 3, (2.0, 0.0))[0][0]


@pytest.mark.parametrize(
    ("func", "elements"),
    [(_in_its_range, [1.0, INF]), (_in_its_range, [1.0, NAN]), (_in_a_reversed_range, [1.0, 2.0])],
)
def test_ranges_of_histograms(func, elements):
    """What NumPy refuses as a range is an error here, too."""
    with pytest.raises(ValueError, match=r"finite|larger"):
        func(np.array(elements))
    with as_plain_python(), pytest.raises(ValueError, match=r"finite|larger"):
        plain(srcad.grad(func))(np.array(elements))
