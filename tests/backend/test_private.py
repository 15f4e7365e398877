"""What a function's own options say does not concern the compiled functions that it calls."""

from __future__ import annotations

import math
from types import ModuleType

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


@pytest.mark.compiled
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


@pytest.mark.compiled
def test_derivatives_leave_helpers_alone():
    """So do derivatives."""
    is_nan, ratio, _, main = fresh_helper()
    assert srcad.grad(srcad.differentiate(main, fastmath=True))(2.0) == 0.75
    assert is_nan(math.nan)
    with pytest.raises(ZeroDivisionError):
        ratio(1.0, 0.0)


@pytest.mark.compiled
def test_a_function_that_calls_itself():
    """Recursion stays recursion."""

    @srcad.differentiate(fastmath=True)
    def power(x, n):
        if n == 0:
            return 1.0
        return x * power(x, n - 1)

    assert power(2.0, 5) == 32.0


@pytest.mark.compiled
def test_helpers_in_modules():
    """A helper is found in a module, in a module of a package, and in one that knows itself."""
    is_nan, ratio, through, _ = fresh_helper()
    library, package = ModuleType("library"), ModuleType("package")
    vars(library).update(is_nan=is_nan, ratio=ratio, through=through, package=package)
    package.library = library

    @srcad.differentiate(fastmath=True, error_model="numpy")
    def main(x):
        if package.library.package.library.is_nan(x):
            return -1.0
        return library.ratio(1.0, x) + package.library.through(1.0, x)

    assert main(2.0) == 1.0
    assert main(0.0) == math.inf
    assert is_nan(math.nan)
    for helper in (ratio, through):
        with pytest.raises(ZeroDivisionError):
            helper(1.0, 0.0)


@numba.njit
def over(x, n):
    """Return x**-n."""
    return 1.0 if n == 0 else ratio_of(over(x, n - 1), x)


@numba.njit
def ratio_of(a, b):
    """Return a / b."""
    return a / b


@pytest.mark.compiled
def test_helpers_of_a_function_that_calls_itself():
    """The function and its helpers keep their flags, whoever decorates it."""
    fast = srcad.differentiate(over, fastmath=True, error_model="numpy")
    assert fast(2.0, 2) == 0.25
    assert fast(0.0, 1) == math.inf
    plain = srcad.differentiate(over)
    for function in (plain, over):
        assert function(2.0, 2) == 0.25
        with pytest.raises(ZeroDivisionError):
            function(0.0, 1)
    with pytest.raises(ZeroDivisionError):
        ratio_of(1.0, 0.0)


@pytest.mark.compiled
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
