"""Triangular systems: across blocks, only the lower triangle is read, and nothing is written."""

import numpy as np
import pytest

from srcad.library import triangular
from srcad.library.triangular import BLOCK, solve_lower, solve_lower_t


def system(n, m, dtype=float):
    rng = np.random.default_rng(n)
    return (rng.normal(size=(n, n)) / n + 2.0 * np.eye(n)).astype(dtype), rng.normal(
        size=(n, m)
    ).astype(dtype)


@pytest.mark.parametrize("m", [0, 1, 3])
@pytest.mark.parametrize("n", [0, 1, 2, 5, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK + 3])
def test_solutions(n, m):
    a, b = system(n, m)
    kept = a.copy(), b.copy()
    for found, matrix in (
        (solve_lower(a, b), np.tril(a)),
        (solve_lower_t(a, b), np.tril(a).T),
    ):
        assert found.shape == b.shape
        np.testing.assert_allclose(matrix @ found, b, atol=1e-12)
    np.testing.assert_array_equal(a, kept[0])
    np.testing.assert_array_equal(b, kept[1])


def test_the_upper_triangle_is_not_read():
    a, b = system(BLOCK + 7, 2)
    a[np.triu_indices(len(a), 1)] = np.nan
    assert np.isfinite(solve_lower(a, b)).all()
    assert np.isfinite(solve_lower_t(a, b)).all()


@pytest.mark.parametrize("solve", [solve_lower, solve_lower_t])
def test_layouts_and_single_precision(solve, monkeypatch):
    a, b = system(7, 3)
    whole = solve(a, b)
    np.testing.assert_array_equal(solve(np.asfortranarray(a), np.asfortranarray(b)), whole)
    np.testing.assert_array_equal(solve(np.repeat(a, 2, 1)[:, ::2], b[::-1][::-1]), whole)
    single = solve(a.astype(np.float32), b.astype(np.float32))
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, whole, rtol=1e-5, atol=1e-6)
    monkeypatch.setattr(triangular, "BLOCK", 2)
    np.testing.assert_allclose(solve(a, b), whole, rtol=1e-13)
