"""Calls that are written where they stand: as NumPy and plain Python have them."""

from __future__ import annotations

from itertools import product
from types import FunctionType

import numba
import numpy as np
import pytest
from numba.core.registry import CPUDispatcher

from srcad.backend.compiler import GeneratedCodeCompiler
from srcad.backend.extents import outside, span_outside
from srcad.backend.remembered import compiled_quickly

FLAGS = {"error_model": "numpy", "fastmath": False, "boundscheck": False}
NUMBERS = np.arange(24.0).reshape(4, 6)


def compiled(function):
    """Return a function that is compiled as generated code is, which files of its own tell."""
    code = function.__code__.replace(co_filename=f"<srcad {function.__name__}>")
    function = FunctionType(code, function.__globals__, function.__name__)
    made = CPUDispatcher(function, targetoptions=dict(FLAGS), pipeline_class=GeneratedCodeCompiler)

    def call(*args):
        with compiled_quickly():
            return made(*args)

    return call


def in_the_form_of(a):
    return np.zeros_like(a), a.copy(), np.empty_like(a)


def of_a_shape(n, m):
    flags = np.zeros((n, m, 2), np.bool_)
    counts = np.empty(m, np.int16)
    counts[:] = 7
    return np.zeros(n), flags, counts, np.zeros((m, n), np.complex64), np.zeros((2, n))


def beyond(k, last, extent):
    return outside(k, extent), span_outside(k, last, extent)


@pytest.mark.compiled
def test_arrays_in_the_form_of_others():
    """Layouts stay where they are contiguous; nothing is shared with what was given."""
    function = compiled(in_the_form_of)
    for a in (NUMBERS, NUMBERS[:0], NUMBERS.T, NUMBERS[::2, ::-3]):
        zeros, copy, new = function(a)
        np.testing.assert_array_equal(zeros, np.zeros_like(a), strict=True)
        np.testing.assert_array_equal(copy, a, strict=True)
        assert (new.shape, new.dtype) == (a.shape, a.dtype)
        for made in (zeros, copy, new):
            assert made.flags.writeable
            assert not np.shares_memory(made, a)
            is_columns = made is not copy and a is not NUMBERS and a.flags.f_contiguous
            assert made.flags.f_contiguous if is_columns else made.flags.c_contiguous


def test_arrays_of_shapes():
    """Numbers of every type, and no elements at all."""
    function = compiled(of_a_shape)
    for n, m in ((2, 3), (0, 1), (1, 0)):
        for expected, found in zip(of_a_shape(n, m), function(n, m), strict=True):
            np.testing.assert_array_equal(expected, found, strict=True)
            assert not found.size or expected.strides == found.strides
    for n, m in ((-1, 1), (1, -1)):
        with pytest.raises(ValueError, match="negative dimensions"):
            function(n, m)
    with pytest.raises(ValueError, match="too big"):
        function(2**31, 2**31)


def test_indices_are_tested():
    """For every order of bounds, at the ends of 64 bits too."""
    function = compiled(beyond)
    for k, last, extent in product(range(-4, 5), range(-4, 5), range(4)):
        assert function(k, last, extent) == beyond(k, last, extent)
    for k in (-(2**63), 2**63 - 1):
        assert function(k, 0, 5) == (True, True)
        assert function(0, k, 5) == (False, True)


def test_other_functions_are_lowered_by_numba():
    """Those of libraries, which are compiled while generated code is: nothing is written there."""

    @numba.njit
    def own(n):
        return np.empty(n, np.int16).size

    with compiled_quickly():
        assert own(3) == 3
