"""The operators, as JAX has them: from a function to its derivatives."""

from srcad.operators.gradients import grad, value_and_grad
from srcad.operators.products import Pullback, adjoint, jvp, tangent, vjp

__all__ = ["Pullback", "adjoint", "grad", "jvp", "tangent", "value_and_grad", "vjp"]
