"""The same elements in another order or shape: no rows, no columns, one of either, other ranks."""

import numpy as np
import pytest

from srcad.library import shaping
from tests.array_checks import check
from tests.library.direct import apart
from tests.library.grid import answer, function

ROW, WIDE, TALL = (
    np.array([3.0, 1.0, 2.0]),
    np.arange(6.0).reshape(2, 3),
    np.arange(8).reshape(4, 2),
)
CUBE = np.arange(24.0).reshape(2, 3, 4)[::-1]
ARRAYS = (
    *(np.zeros(0), ROW[:1], ROW, WIDE, WIDE.T, TALL, WIDE > 1, np.zeros((0, 3)), np.zeros((3, 0))),
    *(np.zeros((1, 1)), CUBE, CUBE.astype(np.float32)[:, :, ::2], np.zeros((2, 0, 3))),
)
MATRICES = tuple(a for a in ARRAYS if a.ndim == 2)


def each(ours, theirs, *rest, arrays=ARRAYS, **options):
    for a in arrays:
        found = apart(ours, theirs, a, *rest, **options)
        assert not found, (ours.__name__, a.shape, rest, options, found)


@pytest.mark.parametrize("k", [-5, -1, 0, 1, 2, 5])
def test_diagonals_and_triangles(k):
    each(shaping.diag, np.diag, k, arrays=[a for a in ARRAYS if a.ndim < 3])
    each(shaping.diagflat, np.diagflat, k)
    each(shaping.tril, np.tril, k)
    each(shaping.triu, np.triu, k)
    each(shaping.diagonal, np.diagonal, k, arrays=MATRICES)
    each(shaping.diagonal, np.diagonal, k, -1, 0, arrays=[CUBE])
    each(shaping.diagonal, np.diagonal, k, 1, 2, arrays=[CUBE])


@pytest.mark.parametrize("a", ARRAYS, ids=lambda a: str(a.shape))
def test_reshaped(a):
    for shape in ((a.size,), (1, a.size), (a.size, 1, 1), a.shape[::-1], (1, 1, a.size, 1)):
        result = np.full(shape, 99, dtype=a.dtype)
        shaping.reshaped(a, result)
        np.testing.assert_array_equal(result, a.reshape(shape))
    with pytest.raises(ValueError, match="another size"):
        shaping.reshaped(a, np.zeros(a.size + 1, dtype=a.dtype))


def test_between_shapes_of_several_axes():
    for shape in ((4, 3, 2), (3, 8), (2, 2, 2, 3), (4, 6)):
        result = np.empty(shape)
        shaping.reshaped(CUBE, result)
        np.testing.assert_array_equal(result, CUBE.reshape(shape))
    for a in (np.arange(24.0).reshape(2, 2, 3, 2), np.arange(24.0).reshape(4, 6).T):
        result = np.empty(24)
        shaping.reshaped(a, result)
        np.testing.assert_array_equal(result, a.ravel())


@pytest.mark.parametrize("shift", [0, 1, -1, 3, 7, -8])
def test_rolled(shift):
    each(shaping.roll, np.roll, shift)
    each(shaping.roll, np.roll, shift, 0)
    each(shaping.roll, np.roll, shift, -1)
    each(shaping.roll, np.roll, (shift, 1), (0, 1), arrays=MATRICES)
    each(shaping.roll, np.roll, (shift, 1), (0, 0), arrays=MATRICES)


@pytest.mark.parametrize("k", [-1, 0, 1, 2, 3, 5])
def test_turned(k):
    for axes in ((0, 1), (1, 0), (0, -1)):
        each(shaping.rot90, np.rot90, k, axes, arrays=(*MATRICES, CUBE))


@pytest.mark.parametrize("repeats", [0, 1, 3, np.array([2]), np.array([2, 0, 1]), np.array([-1])])
def test_repeated(repeats):
    some = [a for a in ARRAYS if a.size]
    for axis in (None, 0, -1):
        fits = [a for a in some if np.ndim(repeats) == 0 or len(repeats) == 1]
        fits += [ROW] if np.size(repeats) == 3 else []
        each(shaping.repeat, np.repeat, repeats, axis, arrays=fits)


@pytest.mark.parametrize("k", [-4, -3, -1, 0, 2, 3])
def test_one_item_less_or_more(k):
    each(shaping.delete, np.delete, k)
    each(shaping.delete, np.delete, k, 0)
    each(shaping.delete, np.delete, k, -1)
    each(shaping.insert, np.insert, k, 2.5)


def test_filled_diagonals():
    for value in (2.5, np.array([7.0, 8.0]), np.arange(9.0)):
        each(shaping.fill_diagonal, np.fill_diagonal, value, arrays=[WIDE, WIDE.T, TALL, ROW[None]])


@pytest.mark.parametrize("mode", ["edge", "wrap", "reflect", "symmetric"])
def test_padded(mode):
    for n in (1, 2, 5):
        row = np.arange(float(n))
        for before, after in ((0, 0), (1, 0), (0, 7), (9, 4)):
            found = shaping.padded(row, before, after, 0, mode)
            np.testing.assert_array_equal(found, np.pad(row, (before, after), mode=mode))
    with pytest.raises(ValueError, match="empty"):
        shaping.padded(np.zeros((2, 0)), 0, 1, 1, mode)
    assert shaping.padded(np.zeros((2, 0)), 0, 0, 1, mode).shape == (2, 0)


def test_pieces():
    for n, count in ((7, 3), (6, 3), (2, 3), (0, 2), (5, 1)):
        ends = [shaping.piece_start(n, count, k, is_equal=False) for k in range(count + 1)]
        sizes = [len(piece) for piece in np.array_split(np.zeros(n), count)]
        assert np.diff(ends).tolist() == sizes
    with pytest.raises(ValueError, match="equal division"):
        shaping.piece_start(7, 3, 0, is_equal=True)


def test_added_at_positions():
    for k in (np.array([0, 0, 2]), np.array([-1, 1, -1])):
        for v in (2.0, ROW, np.ones((3, 3))):
            ours, theirs = np.zeros((3, 3)), np.zeros((3, 3))
            shaping.add_at_1(ours, k, v, -1)
            np.subtract.at(theirs, k, v)
            np.testing.assert_array_equal(ours, theirs)
        ours, theirs = np.zeros((3, 3)), np.zeros((3, 3))
        shaping.add_at_2(ours, k, k[::-1], ROW, 1)
        np.add.at(theirs, (k, k[::-1]), ROW)
        np.testing.assert_array_equal(ours, theirs)
    for k, m in ((np.array([3]), np.array([0])), (np.array([0]), np.array([-4]))):
        with pytest.raises(IndexError):
            shaping.add_at_2(np.zeros((3, 3)), k, m, 1.0, 1)
    with pytest.raises(IndexError):
        shaping.add_at_2(np.zeros((3, 3)), np.array([0, 1]), np.array([0]), 1.0, 1)


@pytest.mark.parametrize(
    ("text", "args"),
    [
        ("np.reshape(x, (3, -1)) * y", (WIDE, 2.0)),
        ("np.reshape(x, (y, -1))", (WIDE, 6)),
        ("np.roll(x, 1, axis=-1) * np.rot90(y, 1)", (WIDE, WIDE.T + 1.0)),
        ("np.tril(x, 1) + np.triu(y, -1)", (ROW, ROW + 1.0)),
        ("np.repeat(x, np.array([2, 0, 1])) + y", (ROW, 2.0)),
        ("np.insert(np.delete(x, 1), -1, y)", (ROW, 2.0)),
    ],
)
def test_both_modes(text, args):
    assert answer(text, *args) == ""
    check(function(text, "x y"), args)


def test_extents_that_are_found_out():
    for n in (0, 1, 4, 12, -1, -2):
        assert answer("np.reshape(x, (y, -1))", WIDE, n) == "", n
    assert answer("np.reshape(x, (y, 2, -1))", WIDE[:, :0], 0) == ""
