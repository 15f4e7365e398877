"""Derivatives of Numba-style Python functions, as readable source that Numba compiles."""

from srcad.__about__ import __version__
from srcad.api import (
    Decorated,
    adjoint,
    clip_cotangent,
    differentiate,
    grad,
    hessian,
    hvp,
    jacfwd,
    jacobian,
    jacobian_mode,
    jacrev,
    jvp,
    print_cotangent,
    scale_cotangent,
    stop_gradient,
    tangent,
    value_and_grad,
    value_grad_hvp,
    vjp,
)
from srcad.errors import InternalError, MissingRule, NotDifferentiable
from srcad.testing import check_grads

__all__ = [
    "Decorated",
    "InternalError",
    "MissingRule",
    "NotDifferentiable",
    "__version__",
    "adjoint",
    "check_grads",
    "clip_cotangent",
    "differentiate",
    "grad",
    "hessian",
    "hvp",
    "jacfwd",
    "jacobian",
    "jacobian_mode",
    "jacrev",
    "jvp",
    "print_cotangent",
    "scale_cotangent",
    "stop_gradient",
    "tangent",
    "value_and_grad",
    "value_grad_hvp",
    "vjp",
]
