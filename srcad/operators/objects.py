"""The objects that `tangent`, `adjoint` and `series` return, found again when asked for again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from srcad.arguments import Argnums, parameter_names, positions
from srcad.backend.jit import Derivative
from srcad.carried import carried, carrier_of
from srcad.derivative import Target, target_of
from srcad.operators.gradients import recalled
from srcad.options import Options

Of = Callable[[Target, tuple[int, ...], Options], Derivative]
"""Makes the derivative of a function by the arguments at some positions."""


def derivative_object(
    operator: Callable[..., Derivative], f: Any, argnums: Argnums, of: Of
) -> Derivative:
    """Return what an operator returns for `f`: what `of` makes, once for each function.

    operator: a function `(f, argnums)`, whose name errors have.
    """
    name = operator.__name__
    carrier = carrier_of(f)
    if carrier is not None:
        carrier.check_no_keywords(name)
        found: Derivative = carried(operator, carrier, argnums)
        return found

    def make() -> Derivative:
        func, options = target_of(f, name)
        return of(func, positions(argnums, parameter_names(func), func.__name__), options)

    return recalled(f, (name,), argnums, make)
