"""Dead code: what nobody reads goes, its exceptions stay."""

import numba
import numpy as np
import pytest

from srcad.frontend.numba_types import from_numba
from srcad.pipeline import derive
from tests.array_checks import programs
from tests.bits import check_bits

X = np.array([0.3, -0.7, 1.1])
PROGRAMS = programs()


@PROGRAMS((X, -1), (X, 0), (X, 2))
def unread_zeros(x, n):
    t = np.zeros(n)  # noqa: F841
    return x[0] * x[1]


@PROGRAMS((X, -1), (X, 2))
def unread_ones(x, n):
    t = np.ones(n)  # noqa: F841
    return x[0] * x[1]


@PROGRAMS((X, 2, -1), (X, -1, 2), (X, 2, 0))
def unread_matrix(x, n, m):
    t = np.full((n, m), x[0])  # noqa: F841
    return x[0] * x[1]


@PROGRAMS((X, -1), (X, 2))
def written_in_vain(x, n):
    t = np.empty(n)
    for i in range(n):
        t[i] = x[i] * x[i]
    return x[0] * x[1]


@PROGRAMS((X, 0, -1), (X, 2, -1), (X, 2, 3))
def in_a_loop_that_may_not_run(x, m, n):
    for _ in range(m):
        t = np.zeros(n)  # noqa: F841
    return x[0] * x[1]


@PROGRAMS((X, -0.5, -1), (X, 0.5, -1))
def in_a_branch(x, p, n):
    if p > 0.0:
        t = np.zeros(n)  # noqa: F841
    return x[0] * x[1] * p


@PROGRAMS((X, 0), (X, 3))
def size_that_sinks(x, n):
    for i in range(n):
        t = np.zeros(1 - i)  # noqa: F841
    return x[0] * x[1]


@PROGRAMS((X, -1, -1), (X, 5, -1), (X, 1, -1), (X, 1, 1))
def after_another_exception(x, k, n):
    if k < 0:
        raise RuntimeError("first")
    t = np.zeros(n)  # noqa: F841
    if k > 3:
        raise RuntimeError("second")
    return x[0] * x[k]


@PROGRAMS((X, -1), (X, 2))
def of_which_only_the_shape_is_read(x, n):
    t = np.ones((x.size, n))
    return x[0] * x[1] * t.shape[0]


@PROGRAMS((X, -1), (X, 2))
def bound_again(x, n):
    n = n + 0
    t = np.zeros(n)
    n = 2
    t = np.zeros(n)
    t[0] = x[0]
    return t[0] * x[1]


@PROGRAMS((X, -1), (X, 2))
def named_like_a_derivative(x, n):
    t_bar = np.zeros(n)  # noqa: F841
    return x[0] * x[1]


@PROGRAMS((X,), (X[:0],), (X[:1],))
def sizes_that_are_extents(x):
    t = np.zeros(x.size) * 2.0  # noqa: F841
    d = np.diff(x)  # noqa: F841
    u = x[1:-1] * x[1:-1]  # noqa: F841
    v = np.arange(-2)  # noqa: F841
    s = 1.0
    for i in range(x.size):
        s *= x[i]
    return s


@pytest.mark.parametrize(
    ("func", "args"), [(func, args) for func, *rows, _ in PROGRAMS for args in rows]
)
def test_what_nobody_reads(func, args):
    """Values and exceptions are those of the function."""
    check_bits(func, *args)


def test_extents_need_no_test():
    """An array of the extents of another one goes without a trace."""
    types = (from_numba(numba.typeof(X), "x"),)
    assert "raise" not in derive(sizes_that_are_extents, "grad", types, (0,)).source
