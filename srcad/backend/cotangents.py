"""Functions that return their argument and change what flows back through it.

Each runs as plain Python, in `@njit` code and in generated code alike. An array is copied,
so that nothing that is written to the result later is written to the argument.
"""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
from numba.core import types
from numba.extending import overload, register_jitable

T = TypeVar("T")


def stop_gradient(x: T) -> T:
    """Return `x`; no derivative flows through it, in either mode and at any order.

    x: a number or an array, of any dtype, or a structure of these; an array is copied.

    It is called inside functions that are differentiated. There `x` counts as a constant,
    as in `jax.lax.stop_gradient`.

    >>> import srcad
    >>> srcad.grad(lambda x: x * srcad.stop_gradient(x))(3.0)
    3.0
    """
    return _same(x)


def clip_cotangent(x: T, lo: float, hi: float) -> T:  # noqa: ARG001
    """Return `x`; what flows back to it is clipped to `lo`, ..., `hi`, element by element.

    x: a float or an array of floats; an array is copied. lo, hi: numbers.

    In forward mode, it is the identity: there is no cotangent. At second order, the clipping
    is differentiated as `np.clip` is.

    >>> import srcad
    >>> srcad.grad(lambda x: srcad.clip_cotangent(x, -1.0, 1.0) ** 2)(3.0)
    1.0
    """
    return _same(x)


def scale_cotangent(x: T, factor: float) -> T:  # noqa: ARG001
    """Return `x`; what flows back to it is multiplied by `factor` (-1: gradient reversal).

    x: a float or an array of floats; an array is copied. factor: a number, a constant.

    In forward mode, tangents are multiplied by the factor too, so that both modes agree.

    >>> import srcad
    >>> srcad.grad(lambda x: srcad.scale_cotangent(x, 0.5) ** 2)(3.0)
    3.0
    """
    return _same(x)


def print_cotangent(x: T, label: str = "cotangent") -> T:  # noqa: ARG001
    """Return `x`; what flows back to it is printed, one element a line.

    x: a float or an array of floats; an array is copied. label: a literal text.

    In forward mode, nothing is printed: there is no cotangent.

    >>> import srcad
    >>> srcad.grad(lambda x: srcad.print_cotangent(x, "x_bar") ** 2)(3.0)
    x_bar 6.0
    6.0
    """
    return _same(x)


def shown_cotangent(x: float, label: str = "cotangent") -> float:
    """Return x, after it was printed."""
    print(label, float(x))  # noqa: T201 - what the user has asked for
    return x


def _same(x: Any) -> Any:
    return x.copy() if isinstance(x, np.ndarray) else x


@overload(_same)
def _same_compiled(x: Any) -> Any:
    def copy(x: Any) -> Any:
        return x.copy()

    def same(x: Any) -> Any:
        return x

    return copy if isinstance(x, types.Array) else same


for _function in (
    *(stop_gradient, clip_cotangent, scale_cotangent, print_cotangent, shown_cotangent),
):
    register_jitable(_function)
