"""Results of generated code as Python objects."""

from __future__ import annotations

import gc
import sys
from typing import NamedTuple

import numpy as np
import pytest

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
    before = sys.getrefcount(Weights)
    for _ in range(3):
        made(w, x)
    assert sys.getrefcount(Weights) == before


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
