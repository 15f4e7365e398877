"""Arrays joined, split, tiled and padded: one piece, none, other ranks, the wrong extents."""

import numpy as np
import pytest

from tests.array_checks import parametrized, programs
from tests.library.grid import answer
from tests.own_call import check_everywhere

ROW, WIDE = np.array([3.0, 1.0, 2.0]), np.arange(6.0).reshape(2, 3) + 0.5
CUBE, NONE, ONE = np.arange(12.0).reshape(2, 3, 2), np.zeros(0), np.array([7.0])
PROGRAMS = programs()


@pytest.mark.parametrize(
    ("text", "args"),
    [
        ("np.concatenate((x, y))", (ROW, NONE)),
        ("np.concatenate((x,))", (ROW,)),
        ("np.concatenate((x, y), axis=-1)", (WIDE, WIDE[:, :1])),
        ("np.concatenate((x, y), axis=None)", (WIDE, ROW)),
        ("np.concatenate((x, y))", (ROW.astype(np.float32), np.array([1, 2]))),
        ("np.stack((x, y), axis=-1)", (WIDE, WIDE)),
        ("np.hstack((x, y))", (ROW, ONE)),
        ("np.hstack((x, y))", (WIDE, WIDE[:, :0])),
        ("np.vstack((x, y))", (WIDE, ROW)),
        ("np.dstack((x, y))", (ROW, ROW)),
        ("np.dstack((x, y))", (CUBE, CUBE[:, :, :1])),
        ("np.column_stack((x, y))", (ROW, WIDE.T)),
        ("np.block([[x, y], [y, x]])", (WIDE, WIDE[:, :2])),
        ("np.block([x, y])", (ROW, 2.0)),
        ("np.split(x, 3)", (ROW,)),
        ("np.split(x, [1, 1, 9])", (ROW,)),
        ("np.split(x, [-1], axis=1)", (WIDE,)),
        ("np.array_split(x, 2)", (ROW,)),
        ("np.array_split(x, 5)", (ROW,)),
        ("np.hsplit(x, [1])", (ROW,)),
        ("np.vsplit(x, 2)", (WIDE,)),
        ("np.tile(x, 3)", (ROW,)),
        ("np.tile(x, (2, 2))", (ROW,)),
        ("np.tile(x, 2)", (CUBE,)),
        ("np.tile(x, (2, 1))", (1.5,)),
        ("np.tile(x, 0)", (WIDE,)),
        ("np.kron(x, y)", (ROW, WIDE)),
        ("np.kron(x, y)", (CUBE, ROW)),
        ("np.pad(x, 1)", (WIDE,)),
        ("np.pad(x, ((1, 0), (0, 2)))", (WIDE,)),
        ("np.pad(x, ((1, 2),), constant_values=9)", (WIDE,)),
        ("np.pad(x, (0, 2), mode='edge')", (WIDE,)),
        ("np.pad(x, y)", (WIDE, 2)),
        ("np.meshgrid(x, y)", (ROW, ONE)),
        ("np.meshgrid(x, y, indexing='ij')", (ROW, NONE)),
        ("np.indices((2, 3))", ()),
        ("x[np.ix_([0, 1], [2, 0])]", (WIDE,)),
    ],
)
def test_as_numpy(text, args):
    assert answer(text, *args) == ""


@pytest.mark.parametrize(
    ("text", "args"),
    [
        ("np.concatenate((x, y), axis=0)", (WIDE, WIDE[:, :2])),
        ("np.stack((x, y))", (ROW, ONE)),
        ("np.vstack((x, y))", (WIDE, ONE)),
        ("np.column_stack((x, y))", (ROW, ONE)),
        ("np.split(x, 2)", (ROW,)),
        ("np.pad(x, y)", (ROW, -1)),
        ("np.pad(x, 1, mode='edge')", (NONE,)),
    ],
)
def test_raises_as_numpy(text, args):
    assert answer(text, *args) == ""


@pytest.mark.parametrize(
    ("text", "args"),
    [
        ("np.concatenate((x, y))", (ROW, WIDE)),
        ("np.concatenate((x, y))", (1.0, 2.0)),
        ("np.concatenate((x, y), axis=1)", (ROW, ROW)),
        ("np.concatenate(())", ()),
        ("np.stack((x, y), axis=3)", (WIDE, WIDE)),
        ("np.hstack((x, y))", (ROW, WIDE)),
        ("np.vsplit(x, 1)", (ROW,)),
        ("np.split(x, 0)", (ROW,)),
        ("np.split(x, y)", (ROW, 3)),
        ("np.pad(x, -1)", (ROW,)),
        ("np.pad(x, ((1, 1), (1, 1)))", (ROW,)),
        ("np.pad(x, 1, mode='mean')", (ROW,)),
        ("np.meshgrid(x, x, sparse=True)", (ROW,)),
        ("np.meshgrid(x, x)", (WIDE,)),
        ("np.ix_(x > 1.0)", (ROW,)),
        ("np.block(x)", (ROW,)),
    ],
)
def test_refused(text, args):
    assert answer(text, *args) == "refused"


@PROGRAMS((WIDE, ROW))
def joined(x, y):
    a = np.concatenate((x, y[None], x[:0]), axis=0)
    b = np.hstack((y, y[:1] * 2.0))
    c = np.column_stack((y, x.T))
    return np.sum(a * a) + np.sum(b * b) + np.sum(c[:, 0] * c[:, 1])


@PROGRAMS((WIDE, ROW))
def pieces_are_views(x, y):
    a = x.copy()
    left, right = np.split(a, [1], axis=1)
    left *= 2.0
    right[:, 0] = y[:2]
    first, second, third = np.array_split(y, 3)
    return np.sum(a * a) + first[0] * second[0] * third[0]


@PROGRAMS((WIDE, ROW))
def joined_before_it_is_written(x, y):
    a = y.copy()
    b = np.concatenate((a, a))
    a[0] = x[0, 0]
    a[1] = x[1, 1] * 2.0
    return np.sum(b * b) + np.sum(a * a)


@PROGRAMS((WIDE, ROW))
def padded(x, y):
    a = np.pad(x * y, ((0, 1), (2, 0)), constant_values=0.5)
    b = np.pad(y, (2, 4), mode="reflect") * np.pad(y, 3, mode="wrap")
    return np.sum(a * a) + np.sum(b) + np.sum(np.tile(y, (2, 2)) ** 2)


@parametrized(PROGRAMS)
def test_program(func, args, mutates):
    """Values and derivatives of all programs."""
    check_everywhere(func, args, mutates)
