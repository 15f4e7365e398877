"""Results of generated code as Python objects."""

from __future__ import annotations

import gc
import sys
import time
from typing import NamedTuple

import numpy as np
import pytest
from numba import njit

import srcad

pytestmark = pytest.mark.compiled


class Weights(NamedTuple):
    """A structure of arrays and numbers."""

    a: np.ndarray
    b: np.ndarray
    c: float


def loss(w, x):
    return np.sum(w.a * x) * w.c + np.sum(w.b * w.b)


def test_arrays_and_structures_of_results():
    """Arrays are plain and writeable, classes are the user's, and no call keeps anything."""
    made = srcad.value_and_grad(loss)
    w = Weights(np.ones(3), np.arange(2.0, dtype=np.float32), 2.0)
    x = np.arange(3.0)
    value, bar = made(w, x)
    assert (value, type(bar)) == (7.0, Weights)
    np.testing.assert_array_equal(bar.a, 2.0 * x)
    assert (type(bar.a), bar.b.dtype, bar.c) == (np.ndarray, np.float32, 3.0)
    assert bar.a.flags.writeable
    assert bar.a.flags.c_contiguous
    gc.collect()
    before = sys.getrefcount(Weights), sys.getrefcount(np.ndarray)
    for _ in range(3):
        made(w, x)
    assert (sys.getrefcount(Weights), sys.getrefcount(np.ndarray)) == before


def test_results_own_their_memory():
    """An array outlives the call, the other results and the derivative."""
    made = srcad.grad(lambda a, b: np.sum(a * b), (0, 1))
    one, other = np.arange(4.0), np.ones(4)
    bars = made(one, other)
    kept, counts = bars[1], [sys.getrefcount(bar) for bar in bars]
    del bars
    made(other, one)
    np.testing.assert_array_equal(kept, one)
    assert not np.shares_memory(kept, one)
    assert counts[0] == counts[1] - 1  # `kept` is one more name


def test_six_arrays_cost_less_than_numba_takes():
    """Numba asks Python for the class of each array that it returns."""
    made = srcad.grad(lambda a, b, c, d, e, f: a[0] * b[0] + c[0] * d[0] + e[0] * f[0], range(6))

    @njit
    def same(a, b, c, d, e, f):
        empty = np.empty_like
        return empty(a), empty(b), empty(c), empty(d), empty(e), empty(f)

    args = [np.ones(4) for _ in range(6)]
    best = dict.fromkeys((made, same), np.inf)
    for function in best:
        function(*args)
    for _ in range(30):
        for function in best:
            start = time.process_time()
            for _ in range(200):
                function(*args)
            best[function] = min(best[function], time.process_time() - start)
    assert best[made] < 0.8 * best[same]
