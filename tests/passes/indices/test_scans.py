"""Indices that are data are tested in a loop of their own, if that reads what the loop reads."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import srcad
from srcad.pipeline import HELPERS
from tests.harness import as_plain_python
from tests.passes.indices.test_inside import (
    Unchecked,
    UncheckedNumpy,
    derived,
    line_of,
    outcome,
    source,
)

V = np.linspace(0.3, 0.8, 6)


def scattered(v, idx, n):
    y = np.zeros(n)
    for i in range(idx.size):
        y[idx[i]] += v[i] * v[i]
    return np.sum(y * y)


def gathered(v, idx, n):
    s = 0.0
    for i in range(idx.size):
        s += math.exp(v[idx[i] + 1])
    return s


def mirrored(v, idx, n):
    y = np.zeros(n)
    for i in range(idx.size - 1, -1, -2):
        y[i - idx[i]] = v[idx[-i - 1]] * 2.0
    return np.sum(y * y)


def waiting(v, idx, n):
    s = 0.0
    for i in range(idx.size):
        s += v[idx[i]] * v[idx[i]]
    return s


def on_some(v, idx, n):
    y = np.zeros(n)
    for i in range(idx.size):
        if v[i] > 0.5:
            y[idx[i]] += v[i] * v[i]
    return np.sum(y * y)


def until(v, idx, n):
    y = np.zeros(n)
    for i in range(idx.size):
        if v[i] > 0.5:
            break
        y[idx[i]] += v[i] * v[i]
    return np.sum(y * y)


def written(v, idx, n):
    seen = idx.copy()
    y = np.zeros(n)
    for i in range(idx.size):
        y[seen[i]] += v[i] * v[i]
        seen[idx.size - 1 - i] = 0
    return np.sum(y * y)


def of_rows(v, idx, n):
    y = np.zeros(n)
    for _ in range(2):
        for i in range(idx.size):
            y[idx[i]] += v[i] * v[i]
    return np.sum(y * y)


SCANNED = [scattered, gathered, mirrored]
INSIDE = [waiting, on_some, until, written, of_rows]
INDICES = (
    *([0, 1, 2], [0, -1, 3], [3, 2, -4], [], [0, 4, 0], [-5, 0, 0], [1, 0, 7], [9, 1, 0]),
    *([0, 1, 2, 3, 5, 1], [5, -6, 0, 0, 1, 2], [1, 9, 1, 1], [0, 0, 0, 9], [0, 0, 9, 0]),
)


@pytest.mark.parametrize("func", [*SCANNED, *INSIDE])
def test_where_the_test_is(func):
    """Before the only loop, where all iterations come to it and read what stays as it is."""
    idx = np.array([0, 1])
    assert ("bad +=" in source(func, V, idx, 2)) == (func in SCANNED)


@pytest.mark.parametrize("func", [*SCANNED, *INSIDE])
def test_an_error_if_and_only_if_the_function_raises_it(func):
    """What the loop itself reads decides."""
    made = derived(func, V, np.array([1]), 1)
    space: dict[str, Any] = {"math": math, "np": UncheckedNumpy(), **HELPERS}
    exec(made.source, space)
    call = space[made.name]
    for numbers in INDICES:
        for n in (0, 3, 4, len(numbers)):
            idx = np.array(numbers, int)
            expected = outcome(lambda idx=idx, n=n: float(func(V, idx, n)))
            got = outcome(lambda idx=idx, n=n: float(call(V.view(Unchecked), idx, n)[0]))
            if isinstance(expected, str):
                assert got == expected, (numbers, n)
            else:
                assert got == pytest.approx(expected, rel=1e-12), (numbers, n)


def test_the_message_names_the_line():
    """It is that of the statement that uses the index, compiled or not."""
    place = rf"test_scans\.py:{line_of(scattered, 'y[idx')}"
    idx = np.array([0, 99, 1])
    with as_plain_python(), pytest.raises(IndexError, match=place):
        srcad.grad(scattered)(V, idx, 3)
    with pytest.raises(IndexError, match=place):
        srcad.grad(scattered)(V, idx, 3)
