"""The operators, as JAX has them: from a function to its derivatives."""

import srcad.operators.compiled  # noqa: F401 - what `@njit` code understands
from srcad.operators.cotangents import (
    clip_cotangent,
    print_cotangent,
    scale_cotangent,
    stop_gradient,
)
from srcad.operators.gradients import grad, value_and_grad
from srcad.operators.hessians import hessian, hvp, value_grad_hvp
from srcad.operators.jacobians import ModeChoice, jacfwd, jacobian, jacobian_mode, jacrev
from srcad.operators.memory import LoopMemory, Memory, memory
from srcad.operators.products import Pullback, adjoint, jvp, linearize, tangent, vjp
from srcad.operators.rules import rule

__all__ = [
    "LoopMemory",
    "Memory",
    "ModeChoice",
    "Pullback",
    "adjoint",
    "clip_cotangent",
    "grad",
    "hessian",
    "hvp",
    "jacfwd",
    "jacobian",
    "jacobian_mode",
    "jacrev",
    "jvp",
    "linearize",
    "memory",
    "print_cotangent",
    "rule",
    "scale_cotangent",
    "stop_gradient",
    "tangent",
    "value_and_grad",
    "value_grad_hvp",
    "vjp",
]
