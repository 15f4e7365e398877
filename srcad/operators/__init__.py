"""The operators, as JAX has them: from a function to its derivatives."""

from srcad.operators.gradients import grad, value_and_grad
from srcad.operators.products import Pullback, jvp, vjp

__all__ = ["Pullback", "grad", "jvp", "value_and_grad", "vjp"]
