"""What blocks leave behind; functions of which no path comes to its end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import pytest

import srcad
from tests.harness import as_plain_python


def at_once(x):
    raise ValueError("at once")


def on_both_ways(x):
    if x > 0.0:
        raise ValueError("positive")
    else:
        raise KeyError("not positive")


def in_a_loop_without_end(x):
    while True:
        x = x * 2.0
        if x > 100.0:
            raise ValueError("large")


def failing(x):
    raise ValueError("failing")


def in_a_helper(x):
    if x > 0.0:
        return failing(x)
    return failing(2.0 * x)


def before_its_result(x):
    y = x * x
    raise ValueError("before")
    return y, x


def asserted(x):
    assert 0, "never"  # noqa: PT015


ALWAYS = (at_once, on_both_ways, in_a_loop_without_end, in_a_helper, before_its_result, asserted)


@pytest.mark.parametrize("func", ALWAYS)
def test_a_function_that_always_raises_does_so(func: Callable[..., Any]) -> None:
    """Its derivatives raise what it raises: there is no result to ask for its kind."""
    with pytest.raises((ValueError, AssertionError)) as expected:
        func(3.0)
    calls = (
        lambda: srcad.value_and_grad(func)(3.0),
        lambda: srcad.grad(func)(3.0),
        lambda: srcad.grad(func, has_aux=True)(3.0),
        lambda: srcad.jvp(func, (3.0,), (1.0,)),
        lambda: srcad.vjp(func, 3.0),
    )
    with as_plain_python():
        for call in calls:
            with pytest.raises(expected.type) as found:
                call()
            assert str(expected.value).startswith(str(found.value))


def test_also_when_compiled() -> None:
    """Numba accepts a function without an end."""
    with pytest.raises(KeyError, match="not positive"):
        srcad.grad(on_both_ways)(-1.0)

    @numba.njit
    def caller(x):
        return gradient(x)

    gradient = srcad.grad(at_once)
    with pytest.raises(ValueError, match="at once"):
        caller(1.0)


def sometimes(x):
    if x > 0.0:
        raise ValueError("positive")


def loop_with_an_end(x):
    while True:
        x = x * 2.0
        if x > 100.0:
            break
    if x > 200.0:
        raise ValueError("large")


@pytest.mark.parametrize("func", [sometimes, loop_with_an_end])
def test_a_function_with_an_end_needs_a_result(func: Callable[..., Any]) -> None:
    """One step from it: where one way returns None, there is no gradient."""
    with as_plain_python(), pytest.raises(TypeError, match="returns nothing"):
        srcad.grad(func)(3.0)
