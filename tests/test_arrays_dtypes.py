"""Integers, bools and single precision beside floats, compiled: the values are NumPy's."""

import numpy as np
import pytest

import srcad
from tests.array_checks import check, programs, rows, vec

program = programs()
refused = programs()
BYTES = np.array([250, 0, 131, 2], np.uint8)
INTS = np.array([300_001, 2**31 - 1, -7, 3])
BOOLS = np.array([True, False, True, True])
SINGLE = vec(4).astype(np.float32)


@program((vec(4), BOOLS))
def means_of_bools(x, q):
    share = np.mean(x > 0.0) + q.mean() + np.std(q) + float(q[0])
    inside = (x > 0.1).astype(float) * share
    weights = np.average(x, weights=q) + np.average(q, weights=x * x)
    return x * inside, weights, np.dot(q, q) * x, np.vdot(q, q) * x, float(x[0] > 0.5) * x


@program((vec(4), BYTES))
def unsigned(x, k):
    y = np.linalg.norm(k) * x + np.linalg.norm(k, 1) + np.linalg.norm(k, 3)
    return y, np.interp(x, np.arange(4.0), k), np.dot(k, k) * x, (k - 1) * x


@program((vec(4), BYTES))
def narrow_sums(x, k):
    columns = np.sum(np.outer(k, k), axis=0, dtype=np.int16)
    number = np.prod(k + 1, dtype=np.uint8) + np.sum(k, dtype=np.uint8) * 1.0
    return columns, number * x, np.sum(k, axis=0, dtype=np.int32) * x, np.sum(x > 0, dtype=bool)


@program((vec(4), INTS))
def powers_of_integers(x, k):
    return np.power(k, 2), np.power(k, 3) * 1, np.power(3, np.abs(k) % 30), k**3, x * np.power(2, 5)


@program((vec(4), SINGLE))
def single(x, f):
    wide = float(f[0] * f[1]) * x + np.float64(f[2])
    return wide, np.polyval(x, f), np.polyval(f, x), np.polyval(f, 2.0) * f, np.linalg.norm(f) * x


@program((vec(4),))
def branches_on_literals(x):
    y = x * 0.5
    if 0.77 < 0.3 * -1 <= 1.0:
        y[:] *= x[::-1]
    if 2.0**0.5 > 1.0 + 0.25 * 1:
        y[1:] *= x[:-1]
    return np.sum(y * y)


@refused((vec(4), BYTES))
def half_precision(x, k):
    return np.sin(k) * x


@refused((vec(4), BYTES))
def unsigned_sign(x, k):
    return np.sign(k) * x


@refused((vec(4), BOOLS))
def unknown_to_numba(x, q):
    return np.nan_to_num(q) * x


@pytest.mark.compiled
@pytest.mark.parametrize(("func", "args", "mutates"), rows(program))
def test_compiled(func, args, mutates):
    """Value, dtypes, and derivatives in both modes."""
    check(func, args, mutates, compiled=True)


@pytest.mark.parametrize(("func", "args", "mutates"), rows(refused))
def test_refused(func, args, mutates):
    """What NumPy or Numba has no good dtype for: an error of ours, with the line."""
    del mutates
    with pytest.raises(srcad.NotDifferentiable, match="E301"):
        srcad.vjp(func, *args)
