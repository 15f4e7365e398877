"""Views: axes by number from either end, extents that are found out, what is a copy."""

import numpy as np
import pytest

from tests.array_checks import parametrized, programs
from tests.library.grid import answer
from tests.own_call import check_everywhere

ROW, WIDE = np.array([3.0, 1.0, 2.0]), np.arange(6.0).reshape(2, 3) + 0.5
CUBE, NONE = np.arange(24.0).reshape(2, 3, 4), np.zeros((2, 0, 3))
PROGRAMS = programs()

TEXTS = [
    *("np.moveaxis(x, (0, -1), (1, 0))", "np.moveaxis(x, -1, 0)", "np.moveaxis(x, (0, 1), (2, 0))"),
    *(
        "np.rollaxis(x, 2)",
        "np.rollaxis(x, 0, 3)",
        "np.rollaxis(x, -1, 1)",
        "np.rollaxis(x, 1, -1)",
    ),
    *("np.transpose(x, (2, 0, 1))", "np.transpose(x, (-1, 0, 1))", "x.transpose(1, 2, 0)", "x.T"),
    *("np.swapaxes(x, 0, -1)", "np.flip(x)", "np.flip(x, (0, 2))", "np.flipud(x)", "np.fliplr(x)"),
    *("np.expand_dims(x, (0, -1))", "np.squeeze(np.expand_dims(x, 1), 1)", "np.atleast_3d(x)"),
    *("np.reshape(x, (4, -1))", "np.reshape(x, (-1,))", "x.reshape(2, -1)", "np.ravel(x)"),
    *("np.take(x, -1, axis=1)", "np.take(x, [0, -1], axis=-1)", "np.take(x, [[0, 5]])"),
    "np.broadcast_to(x, (2, 2, 3, 4))",
    *["np.matrix_transpose(x)"][: hasattr(np, "matrix_transpose")],
]


@pytest.mark.parametrize("text", TEXTS)
def test_three_axes(text):
    assert answer(text, CUBE) == ""


def test_no_elements():
    for text in ("np.moveaxis(x, 0, -1)", "x.T", "np.reshape(x, (0, -1, 3))", "np.flip(x, 1)"):
        assert answer(text, NONE) in {"", "refused"}, text
    for text in ("np.reshape(x, (3, -1))", "np.ravel(x)", "np.reshape(x, (-1, 2))"):
        assert answer(text, NONE) == "", text


@pytest.mark.parametrize(
    "text",
    [
        "np.moveaxis(x, (0, 0), (1, 2))",
        "np.moveaxis(x, (0, 1), (2, 2))",
        "np.moveaxis(x, (0, -3), (1, 2))",
        "np.moveaxis(x, (0, 1), (2,))",
        "np.moveaxis(x, 3, 0)",
        "np.transpose(x, (0, 1))",
        "np.transpose(x, (0, 1, 1))",
        "np.swapaxes(x, 0, 3)",
        "np.flip(x, (0, 0))",
        "np.squeeze(x, 3)",
        "np.squeeze(x)",
        "np.expand_dims(x, (0, 0))",
        "np.expand_dims(x, 5)",
        "np.reshape(x, (-1, -1))",
        "np.reshape(x, ())",
        "np.take(x, 0, axis=3)",
        "np.take(x, [0], mode='clip')",
        "np.atleast_1d(arys=x)",
        "np.broadcast_arrays()",
    ],
)
def test_refused(text):
    assert answer(text, CUBE) == "refused"


@pytest.mark.parametrize(
    ("text", "args"),
    [
        ("np.reshape(x, (5, -1))", (WIDE,)),
        ("np.reshape(x, (2, 2))", (WIDE,)),
        ("np.reshape(x, (2,))", (ROW,)),
        ("np.reshape(x, (y, -1))", (WIDE, 0)),
        ("np.squeeze(x, 0)", (WIDE,)),
        ("np.broadcast_to(x, (2, 2))", (WIDE,)),
        ("np.take(x, 3)", (ROW,)),
        ("np.take(x, 2, axis=0)", (WIDE,)),
    ],
)
def test_raises_as_numpy(text, args):
    assert answer(text, *args) == ""


@PROGRAMS((WIDE, ROW))
def written_through_views(x, y):
    a = x.copy()
    np.swapaxes(a, 0, 1)[1] = y[:2]
    np.moveaxis(a, 1, 0)[0, 1] *= y[2]
    np.flip(a, 1)[0] += y
    np.expand_dims(a, 0)[0, 1, 2] = y[0] * y[1]
    a.T[2] *= 3.0
    return np.sum(a * a)


@PROGRAMS((WIDE, ROW))
def copies_are_not_written(x, y):
    a = x.copy()
    b = np.take(a, 1, axis=0)
    c = a.flatten()
    b[0] = y[0]
    c[1] = y[1]
    a[1, 0] = y[2]
    return np.sum(a * x) + np.sum(b) * y[0] + np.sum(c)


@PROGRAMS((WIDE, ROW))
def orders_of_axes(x, y):
    s = np.sum(np.moveaxis(x, (1, 0), (0, 1)) * y[:, None])
    s += np.sum(np.rollaxis(x, 1)[::-1] * y[:, None])
    s += np.sum(np.transpose(x[None] * y, (2, 0, 1))[:, 0] * x.T)
    return s + np.sum(np.reshape(x * y, (3, -1))[:, 1] * y)


@parametrized(PROGRAMS)
def test_program(func, args, mutates):
    """Values and derivatives of all programs."""
    check_everywhere(func, args, mutates)
