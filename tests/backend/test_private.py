"""What a function's own options say does not concern the compiled functions that it calls."""

from __future__ import annotations

import math

import numba
import pytest

import srcad


def fresh_helper():
    """Return a compiled function that nobody has called, and a function that calls it."""

    @numba.njit
    def is_nan(x):
        return x != x  # noqa: PLR0124

    @numba.njit
    def ratio(a, b):
        return a / b

    @numba.njit
    def through(a, b):
        return ratio(a, b) + 0.0

    def main(x):
        return x + through(1.0, x) if not is_nan(x) else -1.0

    return is_nan, ratio, through, main


@pytest.mark.filterwarnings("ignore::numba.NumbaPerformanceWarning")
@pytest.mark.parametrize("parallel", [False, True])
def test_helpers_keep_their_flags(parallel):
    """Fast-math and the error model stay with the function that asks for them."""
    is_nan, ratio, through, main = fresh_helper()
    fast = srcad.differentiate(main, fastmath=True, error_model="numpy", parallel=parallel)
    assert fast(2.0) == 2.5
    assert fast(0.0) == math.inf
    assert is_nan(math.nan)
    for helper in (ratio, through):
        with pytest.raises(ZeroDivisionError):
            helper(1.0, 0.0)


def test_derivatives_leave_helpers_alone():
    """So do derivatives."""
    is_nan, ratio, _, main = fresh_helper()
    assert srcad.grad(srcad.differentiate(main, fastmath=True))(2.0) == 0.75
    assert is_nan(math.nan)
    with pytest.raises(ZeroDivisionError):
        ratio(1.0, 0.0)


def test_a_function_that_calls_itself():
    """Recursion stays recursion."""

    @srcad.differentiate(fastmath=True)
    def power(x, n):
        if n == 0:
            return 1.0
        return x * power(x, n - 1)

    assert power(2.0, 5) == 32.0


def test_helpers_that_change():
    """The copies are those of the functions when the function is compiled."""

    @numba.njit
    def scaled(x):
        return 2.0 * x

    @srcad.differentiate(fastmath=True)
    def main(x):
        return scaled(x)

    assert main(1.5) == 3.0
    assert main.py_func(1.5) == 3.0
