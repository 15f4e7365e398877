"""Short cuts of the lowering: what is compiled with them computes the same."""

from __future__ import annotations

import numpy as np
import pytest
from numba.core import config
from numba.core.registry import CPUDispatcher
from numba.core.runtime import _nrt_python, rtsys

from srcad.backend.compiler import GeneratedCodeCompiler

FLAGS = {"error_model": "numpy", "fastmath": False, "boundscheck": False}


@pytest.fixture(autouse=True)
def _flags_count(monkeypatch):
    """Let flags say whether indices are tested: elsewhere all of these tests have that done."""
    monkeypatch.setattr(config, "BOUNDSCHECK", None)


def elements(a, b, flags, k, small, unsigned):
    """Read and write elements by all kinds of integers, and what is no element."""
    total = 0.0
    for i in range(a.shape[0]):
        for j in range(-1, a.shape[1] - 1):
            total = total * 0.5 + a[i, j]
            if flags[j]:
                a[i, j] = b[i] + k
        a[i, -1] += total
        b[i] = small
    a[small, unsigned] = 7
    a[unsigned][-2] = a[-1, 0] * 3
    b[-1] = b[0] + b[unsigned]
    flags[small] = not flags[-1]
    total += a.size * a.shape[-1] - b.shape[0] + a[1:].size
    row = a[k]
    row[0] = True
    return total + row[1] + b[1]


def names(x, n):
    """Bind names of numbers and arrays again, and read them where no one has bound them."""
    last = 0.0
    kept = x
    for i in range(n):
        kept = np.full(3, x[0] + i)
        seldom = np.full(2, x[1] * i)
        if i % 2:
            last = kept[1] + seldom[0]
        else:
            last *= 2
        power = last**2
        last = power - last // 3 + i % 3
    return last, kept


def compiled(function, **flags):
    """Return a function that is compiled as generated code is."""
    options = {**FLAGS, **flags}
    return CPUDispatcher(function, targetoptions=options, pipeline_class=GeneratedCodeCompiler)


@pytest.mark.compiled
@pytest.mark.parametrize("layout", ["C", "F", "A"])
def test_elements_are_read_and_written_as_python_does(layout):
    """Every layout, index below zero, unsigned and small, elements of booleans and views."""

    def arguments():
        a = np.arange(12.0).reshape(3, 4)
        b = np.array([1.5, -2.5, 3.0])
        if layout == "F":
            a = np.asfortranarray(a)
        if layout == "A":
            a, b = np.arange(48.0).reshape(6, 8)[::-2, ::2], np.arange(6.0)[::2]
        flags = np.array([True, False, True, False])
        return a, b, flags, -2, np.int16(2), np.uint8(1)

    results = []
    for function in (elements, compiled(elements)):
        args = arguments()
        results.append((function(*args), *args[:3]))
    for usual, ours in zip(*results, strict=True):
        np.testing.assert_array_equal(usual, ours)


@pytest.mark.compiled
@pytest.mark.parametrize("dtype", ["float32", "complex128", "int8"])
def test_numbers_of_other_types(dtype):
    """Elements are converted as they are stored."""

    def store(a, x):
        a[0] = x
        a[1] = a[0] + a[-1]
        return a[1] * x

    usual, ours = (np.array([0, 1, 2], dtype) for _ in range(2))
    assert store(usual, 3) == compiled(store)(ours, 3)
    np.testing.assert_array_equal(usual, ours, strict=True)


@pytest.mark.compiled
def test_names_that_are_bound_again():
    """Numbers need no care, arrays do: no memory is lost, and none is freed twice."""
    ours = compiled(names)
    for n in (0, 1, 2, 5):
        x = np.array([0.3, 0.7, 1.9])
        for one, other in zip(names(x, n), ours(x, n), strict=True):
            np.testing.assert_array_equal(one, other)
    _nrt_python.memsys_enable_stats()
    try:
        before = rtsys.get_allocation_stats()
        for _ in range(10):
            ours(np.ones(3), 4)
        after = rtsys.get_allocation_stats()
    finally:
        _nrt_python.memsys_disable_stats()
    assert after.alloc - before.alloc == after.free - before.free > 0


def test_indices_are_tested_where_that_is_asked_for():
    """`boundscheck` raises as ever."""

    def outside(a, k):
        return a[k]

    checked = compiled(outside, boundscheck=True)
    assert checked(np.ones(3), -3) == 1.0
    with pytest.raises(IndexError):
        checked(np.ones(3), 3)


@pytest.mark.compiled
def test_arrays_without_axes():
    """Their only element has an empty index."""

    def only(a):
        a[()] = a[()] + 1.0
        return a[()]

    assert compiled(only)(np.array(2.0)) == 3.0
