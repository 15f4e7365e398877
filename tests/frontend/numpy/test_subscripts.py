"""Subscripts of subscripts, and new axes beside arrays of positions: axes where NumPy has them."""

import numpy as np
import pytest

import srcad
from tests.array_checks import parametrized, programs
from tests.harness import as_plain_python
from tests.library.grid import function
from tests.own_call import check_everywhere

PROGRAMS = programs()
THREE = np.array([0.4, -0.2, 0.9])
SQUARE = np.arange(9.0).reshape(3, 3) / 7 + 0.3
STACK = np.arange(18.0).reshape(2, 3, 3) / 9 + 0.1
POSITIONS = np.array([1, 0, -1])


@PROGRAMS((STACK, POSITIONS, 1))
def positions_behind_a_slice(a, k, j):
    """`a[j][:, k]` is not `a[j, :, k]`, whose first axis is that of `k`."""
    s = np.sum(a[j][:, k] * SQUARE) + np.sum(a[j, :, k] * SQUARE) * 2.0
    s += np.sum(a[1][None, k][0] * SQUARE) + np.sum(a[-1][..., k] * SQUARE) * 3.0
    s += np.sum(a[j][k, ...] * SQUARE) + np.sum(a[:, j][:, k] * SQUARE[:2]) * 5.0
    return s + np.sum(a[j][k][:, k] * SQUARE) + np.sum(a[:, k][j][:, k] * SQUARE) * 7.0


@PROGRAMS((STACK, POSITIONS, np.array([True, False, True])))
def written_behind_a_slice(a, k, m):
    b = a.copy()
    b[1][:, k] = SQUARE * a[0, 0, 0]
    b[0][:, k] += SQUARE * a[0, 1, 0]
    b[0][..., k[:2]] *= 2.0
    b[1][:, m] -= SQUARE[:, 1:] * a[0, 0, 1]
    b[:, 1][:, k] = 3.0 * a[:, 0]
    b[k][0] = 7.0
    return np.sum(b * a) + np.sum(b[-1][:, ~m] * SQUARE[:, :1])


@PROGRAMS((SQUARE, POSITIONS, np.array([True, False, True])))
def new_axes_beside_positions(a, k, m):
    """What is assigned to a place with new axes is written."""
    b = a.copy()
    b[None, k, :] = a[::-1] * 2.0
    b[k, None, k] += a[:, :1]
    b[None, m] *= a[:2] * 2.0
    b[..., None, m] -= a[:, None, 1:]
    c = THREE.copy()
    c[k[:2], None] = a[0, 0]
    c[None, k[1:]] += a[1, :2]
    s = np.sum(a[k, None, k][:, 0] * c) + np.sum(a[..., None, k] * b[:, None])
    return s + np.sum(b * a) + np.sum(b[m, None] * c)


@PROGRAMS((SQUARE, 1))
def one_ellipsis(a, j):
    b = a.copy()
    b[...] = b[..., j] * 2.0
    b[..., 1, 0] += b[j, ...][0]
    b[j, ..., 2] *= 3.0
    return np.sum(b * a) + a[..., 0][j] + np.sum(a[None, ..., None])


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("x[..., ...]", "E504"),
        ("x[..., 0, ...]", "E504"),
        ("x[..., 0, 1, ...]", "E504"),
        ("x[..., None, 0, ..., 1]", "E504"),
        ("x[0, 0, 0]", "E504"),
        ("x[..., 0, 0, 0]", "E504"),
        ("x[None, 0, 0, None, 0]", "E504"),
        ("x[0][0][0]", "E504"),
        ("x[0.0]", None),
        ("x['a']", None),
        ("x[0:1, [0, 1], np.array([True, False, True])]", None),
    ],
)
def test_refused(text, code):
    with as_plain_python(), pytest.raises(srcad.NotDifferentiable) as caught:
        srcad.vjp(function(text, "x"), SQUARE)
    assert code in {None, *(problem.code for problem in caught.value.problems)}


@parametrized(PROGRAMS)
def test_program(func, args, mutates):
    """Values and derivatives of all programs."""
    check_everywhere(func, args, mutates)
