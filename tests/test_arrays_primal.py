"""The decorated function itself: whole-array code runs as fused loops."""

import numba
import numpy as np
import pytest

import srcad
from tests.zoo.table import vec


@srcad.differentiate
def jacobi(a, steps):
    """Writes its argument, as the plain function does."""
    for _ in range(steps):
        a[1:-1, 1:-1] = 0.25 * (a[:-2, 1:-1] + a[2:, 1:-1] + a[1:-1, :-2] + a[1:-1, 2:])
    return np.max(a, axis=0)


@srcad.differentiate
def ratio(x, y):
    """Divides by zero, as arrays may."""
    return x / y


@srcad.differentiate
def plain(x):
    """Has no operations on whole arrays."""
    s = 0.0
    for v in x:
        s += v
    return s


@srcad.differentiate
def unsupported(x):
    """Numba has it, and we do not."""
    return np.median(x) + np.sum(x)


@pytest.mark.compiled
def test_argument_written_in_place():
    """Value and argument are NumPy's, although Numba has no `np.max(axis=)`."""
    a, b = vec(5, 6), vec(5, 6)
    np.testing.assert_allclose(jacobi(a, 3), jacobi.py_func(b, 3), rtol=1e-14)
    np.testing.assert_allclose(a, b, rtol=1e-14)


@pytest.mark.compiled
def test_called_from_compiled_code():
    """Another @njit function calls it."""

    @numba.njit
    def caller(x, y):
        return ratio(x, y) + 1.0

    np.testing.assert_allclose(caller(vec(3), vec(3) + 2.0), vec(3) / (vec(3) + 2.0) + 1.0)


def test_division_by_zero():
    """Elements are divided as NumPy does it."""
    found = ratio(np.array([1.0, -1.0]), np.zeros(2))
    np.testing.assert_array_equal(found, [np.inf, -np.inf])


def test_broadcast_and_refused_shapes():
    """Run-time axes of length one, and NumPy's exception."""
    np.testing.assert_allclose(ratio(vec(3), np.array([2.0])), vec(3) / 2.0)
    with pytest.raises(ValueError, match="broadcast"):
        ratio(vec(3), vec(2))


@pytest.mark.compiled
def test_without_whole_arrays():
    """Numba compiles the user's own function."""
    assert plain(vec(4)) == pytest.approx(vec(4).sum())
    assert unsupported(vec(5)) == pytest.approx(np.median(vec(5)) + vec(5).sum())


def fitted(x, y, out):
    out[1:] = x[:-1] * y[1:] + out[:-1]


@pytest.mark.compiled
def test_overlapping_arguments():
    """What is written may be what is read: then all of it is read first."""
    fast = srcad.differentiate(fitted)
    for shift in (-1, 0, 1):
        memory, expected = np.arange(24.0), np.arange(24.0)
        for run, base in ((fast, memory), (fitted, expected)):
            run(base[8 + shift : 14 + shift], base[16:22], base[8:14])
        np.testing.assert_array_equal(memory, expected)
