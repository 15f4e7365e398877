"""The operators, as JAX has them: from a function to its derivatives."""

from srcad.operators.cotangents import (
    clip_cotangent,
    print_cotangent,
    scale_cotangent,
    stop_gradient,
)
from srcad.operators.gradients import grad, value_and_grad
from srcad.operators.products import Pullback, adjoint, jvp, tangent, vjp

__all__ = [
    "Pullback",
    "adjoint",
    "clip_cotangent",
    "grad",
    "jvp",
    "print_cotangent",
    "scale_cotangent",
    "stop_gradient",
    "tangent",
    "value_and_grad",
    "vjp",
]
