"""Einsum and tensordot: letters once or twice, axes from either end, products of matrices."""

import numpy as np
import pytest

from tests.array_checks import check
from tests.library.grid import answer, function

ROW, WIDE, SQUARE = np.array([3.0, 1.0]), np.arange(6.0).reshape(2, 3) + 0.5, np.eye(3) * 2.0 + 1.0
CUBE = np.arange(12.0).reshape(2, 3, 2)

PAIRS = [
    *(("ij,jk->ik", WIDE, SQUARE), ("ij,jk->ki", WIDE, SQUARE), ("ij,kj->ik", WIDE, SQUARE)),
    *(("ij,kj->ki", WIDE, SQUARE), ("ji,jk->ik", WIDE, ROW[:, None]), ("i,ij->j", ROW, WIDE)),
    *(("i,ij", ROW, WIDE), ("ij,i", WIDE, ROW), ("i,j->ij", ROW, ROW), ("i,j->ji", ROW, ROW[:1])),
    *(("i,i->", ROW, ROW), ("i,i->i", ROW, ROW), ("ij,ij->j", WIDE, WIDE), ("ij,ij", WIDE, WIDE)),
    *(("ij,k->", WIDE, ROW), ("ii,ij->j", SQUARE, WIDE.T), ("ijk,ik->j", CUBE, CUBE[:, 0] + 1.0)),
    *(("iji,i->j", CUBE, ROW), ("ij,jk", WIDE, SQUARE), ("ij,jj->i", WIDE, SQUARE)),
    ("zA,Ab -> zb", WIDE, SQUARE),
]


@pytest.mark.parametrize(("letters", "x", "y"), PAIRS, ids=[p[0] for p in PAIRS])
def test_two_factors(letters, x, y):
    text = f"np.einsum({letters!r}, x, y)"
    assert answer(text, x, y) == ""
    if len(letters) > 7:
        check(function(text, "x y"), (x, y))


@pytest.mark.parametrize(
    ("letters", "x"), [("ij->ji", WIDE), ("ij->", WIDE), ("ii->i", SQUARE), ("iij->j", CUBE[:, :2])]
)
def test_one_factor(letters, x):
    assert answer(f"np.einsum({letters!r}, x)", x) == ""


def test_three_factors():
    text = "np.einsum('ij,jk,i->k', x, y, z)"
    assert answer(text, WIDE, SQUARE, ROW) == ""
    check(function(text, "x y z"), (WIDE, SQUARE, ROW))


@pytest.mark.parametrize(
    "text",
    [
        "np.einsum('ij->ii', x)",
        "np.einsum('ij->k', x)",
        "np.einsum('i->i', x)",
        "np.einsum('i.->i', x)",
        "np.einsum('...->...', x)",
        "np.einsum('ij,jk->ik', x)",
        "np.einsum('ij', x, x)",
        "np.einsum(x, x)",
        "np.einsum('ij->i', x, order='C')",
        "np.tensordot(x, x, ([0, 1], [0]))",
        "np.tensordot(x, x, ([2], [0]))",
        "np.tensordot(x, x, 3)",
    ],
)
def test_refused(text):
    assert answer(text, SQUARE) == "refused"


@pytest.mark.parametrize(
    ("text", "x", "y"),
    [
        ("np.einsum('ij,jk->ik', x, y)", WIDE, WIDE),
        ("np.einsum('ii->i', x) * y", WIDE, 1.0),
        ("np.tensordot(x, y, 1)", WIDE, WIDE),
        ("np.tensordot(x, y, ([1, 0], [0, 1]))", WIDE, WIDE),
    ],
)
def test_extents_that_differ_raise(text, x, y):
    with np.testing.assert_raises(ValueError):
        check(function(text, "x y"), (x, y))


@pytest.mark.parametrize(
    ("axes", "x", "y"),
    [
        *(("0", ROW, WIDE), ("1", WIDE, SQUARE), ("2", CUBE, CUBE[0] + 1.0), ("2", WIDE, WIDE)),
        *(
            ("([1], [0])", WIDE, SQUARE),
            ("(-1, -1)", WIDE, SQUARE),
            ("([0, 1], [1, 0])", WIDE, WIDE.T),
        ),
        *(("([2, 0], [0, 1])", CUBE, SQUARE[:2, :2]), ("(1, 1)", CUBE, SQUARE)),
    ],
)
def test_tensordot(axes, x, y):
    assert answer(f"np.tensordot(x, y, {axes})", x, y) == ""
    check(function(f"np.tensordot(x, y, {axes})", "x y"), (x, y))


@pytest.mark.parametrize("dtype", [np.float32, np.int64])
def test_dtypes(dtype):
    for text in ("np.einsum('ij,ij->i', x, y)", "np.einsum('ij->i', x) + y[:, 0]"):
        assert answer(text, WIDE.astype(dtype), WIDE.astype(dtype)) == ""
