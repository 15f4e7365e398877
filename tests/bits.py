"""The value that comes with a derivative, bit for bit; the derivative against dual numbers."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

import srcad
from tests.harness import as_plain_python
from tests.oracle import reference_grad

TOLERANCE = 1e-9


def check_bits(func: Any, *args: Any, exact_only: bool = False) -> None:
    """Compare a function of one float result with what its derivatives return and raise.

    exact_only: the gradient is not compared (dual numbers know doubles only).
    """
    with np.errstate(all="ignore"):
        expected = outcome(lambda: func(*copy.deepcopy(args)))
    wrt = tuple(k for k, arg in enumerate(args) if is_float(arg))
    tangents = tuple(np.ones_like(arg) if k in wrt else None for k, arg in enumerate(args))
    with as_plain_python():
        reverse = outcome(lambda: srcad.value_and_grad(func, argnums=wrt)(*copy.deepcopy(args)))
        forward = outcome(lambda: srcad.jvp(func, copy.deepcopy(args), tangents))
    if isinstance(expected, type):
        assert (reverse, forward) == (expected, expected)
        return
    assert not isinstance(reverse, type), reverse
    assert not isinstance(forward, type), forward
    assert same(reverse[0], expected), f"in reverse {reverse[0]!r} for {expected!r}"
    assert same(forward[0], expected), f"forward {forward[0]!r} for {expected!r}"
    if exact_only:
        return
    gradients = [np.asarray(reference_grad(func, copy.deepcopy(args))[k], float) for k in wrt]
    for found, right in zip(reverse[1], gradients, strict=True):
        np.testing.assert_allclose(found, right, rtol=TOLERANCE, atol=TOLERANCE)
    total = float(sum(np.sum(right) for right in gradients))
    np.testing.assert_allclose(forward[1], total, rtol=TOLERANCE, atol=TOLERANCE)


def outcome(run: Any) -> Any:
    """Return a result, or the type of the exception."""
    try:
        return run()
    except Exception as error:  # noqa: BLE001  (any kind is an outcome)
        return type(error)


def same(a: Any, b: Any) -> bool:
    """Return whether two floats are the same number, signs of zeros included."""
    if np.isnan(a) or np.isnan(b):
        return bool(np.isnan(a) and np.isnan(b))
    return bool(a == b and np.signbit(a) == np.signbit(b))


def is_float(arg: Any) -> bool:
    """Return whether an argument has a derivative."""
    return isinstance(arg, float) or str(getattr(arg, "dtype", "")).startswith("float")
