"""Power series of functions along a line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from srcad.arguments import Argnums, matched, parameter_names
from srcad.backend.jit import Derivative
from srcad.carried import carrier_of
from srcad.derivative import series_of, target_of
from srcad.memo import shortcut
from srcad.operators.objects import derivative_object
from srcad.operators.plain_arguments import moving_of
from srcad.operators.products import (
    _differentiable,
    around,
    bound_values,
    check_count,
)


def series(f: Callable[..., Any], argnums: Argnums = 0) -> Derivative:
    """Return the power series of `f` along a line as one function, `(*args, *dots, order)`.

    f: a Python function, an `@njit` function or a decorated one.
    argnums: position or name of the argument that moves, or a sequence of them; the others
        are constant.

    The result takes all arguments of `f`, then one tangent for each of `argnums`, in their
    order, with the structure, shapes and dtypes of the argument, and then the order, an
    integer. It returns what `taylor` returns, and is compiled once for all orders. It is a
    Numba dispatcher, to be called from Python and from `@njit` code.
    Raises ValueError for an argument that `f` does not have, or a tangent of another shape.

    >>> import srcad
    >>> def area(width, height):
    ...     return width * height
    >>> srcad.series(area, (0, 1))(3.0, 4.0, 1.0, 2.0, 2)
    array([12., 10.,  2.])
    """
    return derivative_object(series, f, argnums, series_of)


def taylor(f: Any, x: Any, v: Any, order: int) -> Any:
    """Return the coefficients c[0], ..., c[order] of the power series of t -> f(x + t v).

    f: a function of one argument, or of several: x and v are then tuples, as the primals and
        tangents of `jvp`. A tuple is always taken for all arguments.
    x: the argument. v: a direction of the same structure, shape and dtype; None for an
        argument that does not move.
    order: an integer that is not negative.

    The coefficients of a number are an array of `order + 1` numbers, those of an array have
    one more axis, the first; `c[k]` is the k-th derivative along v, divided by k!. Results that
    are tuples give tuples of coefficients. Arguments that `f` writes are copied, and their
    final contents are outputs too, as in `jvp`. What is not a float has coefficients of float64.

    Series are propagated through all operations: the work is quadratic in the order. The same
    compiled code serves all orders: see `series`. Where a coefficient does not exist, it is inf
    or nan; kinks have the conventions of derivatives.
    Raises TypeError or ValueError for a direction that does not fit, ValueError for a negative
    order, and `NotDifferentiable` for operations whose series are not known.
    Source: Griewank & Walther, Evaluating Derivatives (2008), chapter 13.

    >>> import srcad
    >>> def cube(x):
    ...     return x**3
    >>> srcad.taylor(cube, 2.0, 1.0, 4)
    array([ 8., 12.,  6.,  1.,  0.])
    """
    count = _order(order)
    primals, dots = (x, v) if type(x) is tuple and type(v) is tuple else ((x,), (v,))
    if (type(x) is tuple) != (type(v) is tuple):
        message = "taylor takes two tuples, of all arguments and of their directions, or none"
        raise TypeError(message)
    carrier = carrier_of(f)
    if carrier is not None:
        check_count(dots, primals)
        values, pad = around(carrier, primals)
        return taylor(carrier.func, values, tuple(pad(dots)), count)
    moving = moving_of(primals, dots)
    if moving is not None:
        given = [dot for dot in dots if dot is not None]
        run = shortcut(f, ("taylor", moving), lambda: _series_along(f, moving))
        if run.count == len(primals) + len(given) + 1:
            return run(*primals, *given, count)
    func, options = target_of(f, "taylor")
    names = parameter_names(func)
    check_count(dots, primals)
    if len(names) < len(primals):
        message = (
            f"{func.__name__} has {len(names)} arguments, got a tuple of {len(primals)}; "
            "write (x,) for an argument that is a tuple"
        )
        raise TypeError(message)
    values, types = bound_values(func, primals)
    floats = _differentiable(types[: len(primals)], names, func)
    wrt = tuple(k for k in floats if dots[k] is not None)
    if not wrt:
        message = "all directions are None, so that nothing moves; give at least one"
        raise TypeError(message)
    rows = zip(dots, values, types, names, strict=False)
    made = [
        None if dot is None else matched(dot, value, type_, f"direction of {name}")
        for dot, value, type_, name in rows
    ]
    return series_of(func, wrt, options)(*values, *(made[k] for k in wrt), count)


def _order(order: Any) -> int:
    """Return the order as an integer. Raises TypeError or ValueError for what is none."""
    if isinstance(order, bool) or not hasattr(order, "__index__"):
        message = f"order takes an integer, got {order!r}"
        raise TypeError(message)
    count = order.__index__()
    if count < 0:
        message = f"order must not be negative, got {order!r}"
        raise ValueError(message)
    found: int = count
    return found


def _series_along(f: Any, moving: tuple[bool, ...]) -> Derivative:
    """Return the series by the arguments that move."""
    func, options = target_of(f, "taylor")
    count = len(parameter_names(func))
    wrt = tuple(k for k, moves in enumerate(moving) if moves and k < count)
    return series_of(func, wrt, options)
