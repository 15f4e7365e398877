"""What is remembered while generated code is compiled."""

from __future__ import annotations

import gc
import math

import numpy as np
import pytest
from numba import njit, types
from numba.core.registry import CPUDispatcher, cpu_target
from numba.extending import overload

import srcad
from srcad.backend.compiler import GeneratedCodeCompiler
from srcad.backend.remembered import compiled_quickly


def overload_kind(x):
    """Return what kind of number x is."""


@overload(overload_kind)
def _of_floats(x):
    return (lambda x: 2.0 * x) if isinstance(x, types.Float) else None


def test_functions_may_learn_more_types_later():
    """An overload that is added after the first compilation counts, and answers differ by type."""

    def call(x):
        return overload_kind(x)

    with compiled_quickly():
        assert njit(call)(1.5) == 3.0

    @overload(overload_kind)
    def _of_integers(x):
        return (lambda x: x - 1) if isinstance(x, types.Integer) else None

    with compiled_quickly():
        assert njit(call)(5) == 4
        assert njit(call)(1.5) == 3.0


def test_nothing_is_left_behind():
    """Numba's own look-up and the garbage collector are back, after errors too."""
    context = cpu_target.typing_context
    assert gc.isenabled()

    def failing():
        with compiled_quickly():
            with compiled_quickly():
                assert not gc.isenabled()
            assert "resolve_function_type" in vars(context)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        failing()
    assert "resolve_function_type" not in vars(context)
    assert gc.isenabled()
    gc.disable()
    try:
        with compiled_quickly():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_literals_are_told_apart():
    """Types of constants are part of what is remembered."""

    def program(x, y):
        return x**2 * y + x**3 * y + math.atan2(x, y) + min(x, 1.0) + x**2.0

    x, y = 1.5, np.float32(0.5)
    found = srcad.grad(program)(x, y)
    expected = 2 * x * y + 3 * x**2 * y + y / (x * x + y * y) + 2 * x
    assert found == pytest.approx(expected, rel=1e-12)


@pytest.mark.compiled
@pytest.mark.parametrize("is_fast_first", [False, True])
def test_functions_of_libraries_have_the_flags_of_their_callers(is_fast_first):
    """Each of them is compiled anew for other flags; the last that was asked for is not ours."""

    def average(x):
        return np.nanmean(x)

    def total(x):
        return np.nansum(x)

    program, expected = (total, 3.0) if is_fast_first else (average, 1.5)

    def result(*, fastmath):
        given = {"error_model": "numpy", "fastmath": fastmath}
        made = CPUDispatcher(program, targetoptions=given, pipeline_class=GeneratedCodeCompiler)
        with compiled_quickly():
            return made(np.array([1.0, np.nan, 2.0, np.nan]))

    if is_fast_first:
        result(fastmath=True)
    for _ in range(2):
        assert result(fastmath=False) == expected
        result(fastmath=True)
        njit(program, fastmath=True)(np.ones(4))
