"""Systems of equations in generated code give what NumPy gives, errors included."""

from __future__ import annotations

import numba
import numpy as np
import pytest
from scipy.linalg import cython_lapack

from srcad.backend import lapack_routines, runtime
from srcad.backend.loaded import LAPACK

pytestmark = pytest.mark.compiled

RNG = np.random.default_rng(0)


@numba.njit
def solve(a, b):
    return runtime.linear_solve(a, b)


@numba.njit
def fit(a, b):
    return runtime.least_squares(a, b)


@pytest.mark.parametrize("n", [0, 1, 3, 70])
def test_systems_are_solved(n):
    """For vectors and matrices on the right, contiguous or not."""
    a = RNG.standard_normal((n, n)) + n * np.eye(n)
    for b in (RNG.standard_normal(n), RNG.standard_normal((n, 2)), np.zeros((n, 0))):
        for left in (a, a.T):
            x = solve(left, b)
            assert x.shape == b.shape
            np.testing.assert_allclose(x, np.linalg.solve(left, b), rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("shape", [(5, 3), (3, 5), (4, 4), (1, 1)])
def test_least_squares_are_found(shape):
    """For more rows than columns, and for fewer."""
    a = RNG.standard_normal(shape)
    for b in (RNG.standard_normal(shape[0]), RNG.standard_normal((shape[0], 2))):
        expected = np.linalg.lstsq(a, b, rcond=-1)[0]
        np.testing.assert_allclose(fit(a, b), expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize(
    ("function", "a", "b", "message"),
    [
        (solve, np.zeros((2, 2)), np.ones(2), "singular"),
        (solve, np.full((2, 2), np.nan), np.ones(2), "infs or NaNs"),
        (solve, np.eye(2), np.array([1.0, np.inf]), "infs or NaNs"),
        (solve, np.eye(2), np.ones(3), "Incompatible"),
        (solve, np.ones((2, 3)), np.ones(2), "Incompatible"),
        (fit, np.eye(2), np.ones(3), "Incompatible"),
        (fit, np.full((2, 2), np.inf), np.ones(2), "infs or NaNs"),
        (fit, np.zeros((0, 2)), np.zeros(0), "empty"),
    ],
)
def test_what_has_no_solution_raises(function, a, b, message):
    """As Numba's own functions do."""
    with pytest.raises(np.linalg.LinAlgError, match=message):
        function(a, b)


def test_another_interface_is_refused(monkeypatch):
    """A routine with other arguments, or with integers of another size, is not called."""
    table = cython_lapack.__pyx_capi__
    assert lapack_routines.is_resolved(f"{LAPACK}dgesv")
    monkeypatch.setitem(table, "dgesv", table["dgetrf"])
    for name in ("dgesv", "sposv"):
        assert not lapack_routines.is_resolved(f"{LAPACK}{name}")
        with pytest.raises(ImportError, match=f"no {name} in scipy.linalg.cython_lapack"):
            lapack_routines.routine(name)
