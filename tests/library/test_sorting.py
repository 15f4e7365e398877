"""Order: pieces that are merged or not, equal elements, NaN, edges, positions outside."""

import numpy as np
import pytest

from srcad.library import sorting
from tests.array_checks import check
from tests.library.direct import apart
from tests.library.grid import answer, function

NAN, INF, PIECE = np.nan, np.inf, sorting.PIECE
RNG = np.random.default_rng(2)
SIZES = (0, 1, 2, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 2 * PIECE + 1, 5 * PIECE + 3)
ROWS = [RNG.integers(0, 5, n).astype(float) for n in SIZES]
ROWS += [np.where(RNG.random(n) < 0.3, NAN, RNG.normal(size=n)) for n in SIZES[1:]]
ROWS += [np.array([2.0, NAN, -INF, INF, NAN]), np.array([3, 1, 2]), np.array([True, False, True])]
MATRIX = np.array([[3.0, 1.0, 2.0], [0.5, 0.25, 4.0]])
CUBE = RNG.normal(size=(2, 3, 4))


def test_sorted_and_stable():
    for x in ROWS:
        assert apart(sorting.sort, np.sort, x) == "", x
        found = sorting.argsort(x)
        np.testing.assert_array_equal(found, np.argsort(x, kind="stable"), err_msg=str(x))


def test_along_axes():
    for x in (MATRIX, CUBE, MATRIX[:0], MATRIX[:, :0]):
        for axis in (None, 0, 1, -1):
            assert apart(sorting.sort, np.sort, x, axis) == ""
            assert apart(sorting.argsort, np.argsort, x, axis) == ""
        ours, theirs = x.copy(), x.copy()
        sorting.sort_in_place(ours, 0)
        theirs.sort(0)
        np.testing.assert_array_equal(ours, theirs)
    at = np.argsort(CUBE, axis=1)
    assert apart(sorting.take_along_axis, np.take_along_axis, CUBE, at, axis=1) == ""
    assert apart(sorting.take_along_axis, np.take_along_axis, CUBE, at[:, :1], axis=1) == ""
    with pytest.raises(IndexError):
        sorting.take_along_axis(MATRIX, np.zeros((3, 1), dtype=np.int64), 1)


@pytest.mark.parametrize("name", ["unique", "nonzero", "flatnonzero", "argwhere"])
def test_positions(name):
    for x in (*ROWS, MATRIX - 1.0, CUBE > 0, MATRIX[:0]):
        assert apart(getattr(sorting, name), getattr(np, name), x) == "", x


@pytest.mark.parametrize("side", ["left", "right"])
def test_searched(side):
    for x in (np.sort(x) for x in ROWS):
        for v in (0.0, 2.0, -9.0, 9.0, NAN, INF, np.array([1.0, NAN, 3.0]), MATRIX):
            assert apart(sorting.searchsorted, np.searchsorted, x, v, side) == "", (x, v)


@pytest.mark.parametrize("right", [False, True])
def test_digits(right):
    for bins in ([0.0, 1.0, 2.0], [2.0, 1.0, 0.0], [1.0, 1.0], [1.0], [], [0.0, 2.0, 1.0]):
        for x in (1.0, np.array([-1.0, 0.0, 0.5, 2.0, 3.0, NAN]), MATRIX):
            found = apart(sorting.digitize, np.digitize, x, np.array(bins), right=right)
            assert not found, (bins, x)


def test_members():
    for x in (2.0, np.array([1.0, NAN, 3.0]), MATRIX):
        for some in (np.array([1.0, 2.0, NAN]), np.zeros(0), MATRIX):
            assert apart(sorting.isin, np.isin, x, some) == ""


def test_counts():
    for x in (np.array([0, 1, 1, 3]), np.array([2]), np.array([1, -1])):
        for minlength in (0, 2, 6, -1):
            assert apart(sorting.bincount, np.bincount, x, None, minlength) == ""
            assert apart(sorting.bincount, np.bincount, x, x * 1.5, minlength) == ""
    assert apart(sorting.bincount, np.bincount, np.array([0, 1]), np.ones(3)) == ""
    assert sorting.bincount(np.zeros(0, dtype=np.int64), None, 2).tolist() == [0, 0]


def test_unravelled():
    for at in (0, 11, 12, -1, np.array([0, 11]), np.array([3, 12])):
        for shape in ((3, 4), 12, (12,), (2, 3, 2)):
            assert apart(sorting.unravel_index, np.unravel_index, np.asarray(at)[()], shape) == ""


def test_chosen():
    for mask in ([True, False, True], [False, False], [], [True] * 4):
        mask = np.array(mask, dtype=np.bool_)
        for x in (np.array([1.0, 2.0, 3.0]), MATRIX):
            assert apart(sorting.extract, np.extract, mask, x) == ""
            for axis in (None, 0, -1):
                assert apart(sorting.compress, np.compress, mask, x, axis=axis) == ""


def test_histograms():
    rows = [np.round(RNG.random(20) * 3, 1) for _ in range(20)]
    rows += [np.zeros(0), np.ones(3), np.array([1.0, NAN]), np.array([0.0, INF]), MATRIX]
    for x in rows:
        for options in (
            *({"bins": 7}, {"bins": 10, "range": (0.0, 3.0)}, {"bins": 3, "range": (0.1, 0.7)}),
            *({"bins": 3, "range": (1.0, 1.0)}, {"bins": 3, "range": (2.0, 1.0)}, {"bins": 0}),
            *({"bins": np.array([0.0, 1.0, 1.0, 3.0])}, {"bins": np.array([0.0, 2.0, 1.0])}),
        ):
            assert apart(sorting.histogram, np.histogram, x, **options) == "", (x, options)
            found = apart(sorting.histogram, np.histogram, x, weights=x * 2.0, **options)
            assert not found, (x, options)


@pytest.mark.parametrize(
    ("text", "args"),
    [
        ("np.take_along_axis(x, np.argsort(y, axis=-1), axis=-1)", (MATRIX, MATRIX[::-1])),
        ("np.compress(np.array([True, False, True]), x, axis=-1) * y", (MATRIX, 2.0)),
        ("np.bincount(np.array([0, 2, 2]), x) * y", (MATRIX[0], 2.0)),
        ("np.histogram(y, 2, (0.0, 5.0), weights=x)[0]", (MATRIX[0], MATRIX[1] * 8.0)),
    ],
)
def test_both_modes(text, args):
    assert answer(text, *args) == ""
    check(function(text, "x y"), args)
