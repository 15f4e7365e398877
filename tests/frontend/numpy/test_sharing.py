"""Whose memory results are: views are written through, copies that stand for views are not."""

import numpy as np
import pytest

import srcad
from srcad.frontend.numpy.sharing import COPIED_VIEWS, MARKED_APART, READ_ONLY, VIEWS, memory
from tests.array_checks import parametrized, programs
from tests.harness import as_plain_python
from tests.library.grid import function
from tests.own_call import check_everywhere

ROW, WIDE = np.array([3.0, -1.0, 2.0]), np.arange(6.0).reshape(2, 3) + 0.5
SQUARE = np.arange(9.0).reshape(3, 3) + 0.5
PROGRAMS = programs()


def test_tables_do_not_overlap():
    assert not {*VIEWS} & {*COPIED_VIEWS, *MARKED_APART}
    assert {*READ_ONLY} <= {*COPIED_VIEWS}
    assert memory("transpose") == "view"
    assert memory("reshape") == memory("rot90") == "view or copy"
    assert memory("take") == memory("concatenate") == "new"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("b = np.ravel(a)", "b[0] = 7.0"),
        ("b = np.reshape(a, (9,))", "b[0] = 7.0"),
        ("b = np.rot90(a)", "b[0, 0] = 7.0"),
        ("b = np.asarray(a, dtype=np.float64)", "b[0, 0] = 7.0"),
        ("b = np.diagonal(a)", "b[0] = 7.0"),
        ("b = np.broadcast_to(a, (2, 3, 3))", "b[0, 0, 0] = 7.0"),
    ],
)
@pytest.mark.parametrize("which", ["copy", "source"])
def test_a_write_that_a_view_would_show_is_refused_or_seen(text, value, which):
    if which == "source":
        value = "a[0, 0] = 7.0"
    body = f"a = x * x\n{text}\n{value}\nreturn np.sum(a * a) + np.sum(b * b)"
    func = function(body, "x")
    try:
        with as_plain_python():
            found = srcad.value_and_grad(func)(SQUARE)[0]
    except srcad.NotDifferentiable:
        return
    assert found == pytest.approx(func(SQUARE))


@PROGRAMS((SQUARE,))
def copies_that_nobody_writes(x):
    a = x * 2.0
    b = np.ravel(a) * np.reshape(x, -1)
    c = np.rot90(a) * np.diag(x)
    d = np.broadcast_to(x[0], (3, 3)) * np.asarray(a)
    return np.sum(b) + np.sum(c * c) + np.sum(d * np.diagonal(a))


@PROGRAMS((SQUARE, ROW))
def new_results_may_be_written(x, y):
    a = x.copy()
    b = np.diag(y)
    c = np.concatenate((a, a))
    d = np.take(a, [0, 1], axis=0)
    e = np.repeat(y, 2)
    for z in (b, c, d):
        z[0, 1] = y[0]
    e[0] = y[1] * y[2]
    a[0, 0] = y[2]
    return np.sum(a * x) + np.sum(b) * y[0] + np.sum(c * c) + np.sum(d * d) + np.sum(e * e)


@PROGRAMS((SQUARE, ROW))
def views_are_written_through(x, y):
    a = x.copy()
    top, rest = np.split(a, [1])
    top *= y
    np.squeeze(top, 0)[1] = y[0] * y[1]
    np.fliplr(rest)[:, 0] += y[:2]
    np.atleast_2d(a)[2, 2] *= 2.0
    np.swapaxes(np.rollaxis(a, 1), 0, 1)[1, 0] = y[2]
    return np.sum(a * a)


@parametrized(PROGRAMS)
def test_program(func, args, mutates):
    """Values and derivatives of all programs."""
    check_everywhere(func, args, mutates)
