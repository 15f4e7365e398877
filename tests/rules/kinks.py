"""Checks of conventions: first derivatives in both modes, second ones in two ways."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import srcad
from tests.harness import as_plain_python


def check_at(func: Callable[..., Any], args: tuple[Any, ...], expected: tuple[float, ...]) -> None:
    """Compare the derivatives of a function of numbers at a point with what is expected.

    Also: what does not reach the result has derivative zero, whatever the partials are; and
    second derivatives come out alike, forward over reverse and reverse over reverse.
    """
    wrt = tuple(k for k, arg in enumerate(args) if not isinstance(arg, int))
    with as_plain_python(), np.errstate(all="ignore"):
        value, found = srcad.value_and_grad(func, argnums=wrt)(*args)
        plain = (arg if isinstance(arg, int) else np.float64(arg) for arg in args)
        assert_same((value,), (func(*plain),))
        assert_same(found, expected)
        out, pullback = srcad.vjp(func, *args)
        assert_same((out,), (value,))
        bars = pullback(0.0)
        for k, slope in zip(wrt, expected, strict=True):
            out, dot = srcad.jvp(func, args, unit(args, k, 1.0))
            assert_same((out, dot), (value, slope))
            if np.isfinite(value):
                assert bars[k] == 0.0
                assert srcad.jvp(func, args, unit(args, k, 0.0))[1] == 0.0
            gradient = srcad.grad(func, argnums=k)
            forward = srcad.jvp(gradient, args, unit(args, k, 1.0))[1]
            assert_same((srcad.grad(gradient, argnums=k)(*args),), (forward,))


def unit(args: tuple[Any, ...], k: int, number: float) -> tuple[float | None, ...]:
    """Return tangents of which only the one of an argument is there."""
    return tuple(number if j == k else None for j in range(len(args)))


def assert_same(found: tuple[Any, ...], expected: tuple[Any, ...]) -> None:
    """Compare numbers to rounding, nan and infinities included."""
    left, right = np.asarray(found, float), np.asarray(expected, float)
    assert np.allclose(left, right, rtol=1e-13, atol=0.0, equal_nan=True), (found, expected)
