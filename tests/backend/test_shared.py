"""Which arrays have elements in common: never said of none, seldom of those that have none."""

import itertools

import numba
import numpy as np
import pytest

import srcad
from srcad.backend.runtime import overlaps

BASE = np.zeros((6, 8))
FLAT = np.zeros(24)
PAIRS = np.zeros(5, np.complex128)
RECORDS = np.zeros(4, np.dtype([("x", "f8"), ("k", "i4"), ("v", "f4", 3)]))
VIEWS = [
    BASE, BASE.T, BASE[1:, 2:], BASE[::-1], BASE[:, 3], BASE[:, 4], BASE[2], BASE[2, ::2],
    BASE[2, 1::2], BASE[::2, 1::3], BASE[1::2, 1::3], BASE[:, ::-2], BASE[1:1], BASE[3:4, 5:6],
    BASE[:, 3:5], np.broadcast_to(BASE[0], (3, 8)), np.broadcast_to(BASE[:, :1], (6, 4)),
    FLAT[::3], FLAT[1::3], FLAT[2::3], FLAT[::-2], FLAT[1::2], FLAT[::4], FLAT[6:7], FLAT[:5],
    PAIRS, PAIRS.real, PAIRS.imag, RECORDS, RECORDS["x"], RECORDS["k"], RECORDS["v"],
    RECORDS["v"][:, 1], BASE.view(np.int32)[:, ::2], BASE.view(np.int32)[:, 1::2],
]  # fmt: skip
APART = [
    (FLAT[::3], FLAT[1::3]), (FLAT[::-2], FLAT[::2]), (BASE[:, 3], BASE[:, 4]),
    (BASE[:, :3], BASE[:, 3:]), (BASE[::2], BASE[1::2]), (PAIRS.real, PAIRS.imag),
    (RECORDS["x"], RECORDS["v"]), (BASE.T[2:4, ::2], BASE.T[2:4, 1::2]),
]  # fmt: skip


def test_what_shares_memory_overlaps():
    """For all pairs of many views."""
    for a, b in itertools.product(VIEWS, repeat=2):
        assert overlaps(a, b) or not np.shares_memory(a, b)


def test_compiled():
    """Addresses are integers with a sign there, too."""
    compiled = numba.njit(overlaps)
    strided = [v for v in VIEWS if v.ndim == 1 and v.dtype == float and not v.flags.contiguous]
    for a, b in itertools.product(strided, repeat=2):
        assert compiled(a, b) == overlaps(a, b)


@pytest.mark.parametrize(("a", "b"), APART)
def test_what_lies_between_does_not(a, b):
    assert not np.shares_memory(a, b)
    assert not overlaps(a, b)
    assert not overlaps(b, a)


def test_columns_of_one_matrix_are_arguments():
    """Also of a function that writes one of them; not one that is the other's part."""

    def shifted(x, y):
        x[0] = y[1] * x[1]
        return np.sum(x * y)

    a = np.arange(1.0, 9.0).reshape(4, 2)
    kept = a.copy()
    x_bar, y_bar = srcad.grad(shifted, argnums=(0, 1))(a[:, 0], a[:, 1])
    apart = srcad.grad(shifted, argnums=(0, 1))(a[:, 0].copy(), a[:, 1].copy())
    np.testing.assert_array_equal((x_bar, y_bar), apart)
    np.testing.assert_array_equal(a, kept)
    with pytest.raises(ValueError, match="share memory"):
        srcad.grad(shifted)(a[:, 0], a[:, 0][::-1])
