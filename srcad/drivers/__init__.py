"""The functions that call derivatives: Jacobians, Hessians and products with these.

    def f_jacfwd(x, n):
        y = f_value(x, n)
        jacobian = np.zeros((y.shape[0], x.shape[0]))
        x_dot = np.zeros((x.shape[0],))
        for i in range(x.shape[0]):
            x_dot[i] = 1.0
            _, y_dot = f_tangent(x, n, x_dot)
            jacobian[:, i] = y_dot
            x_dot[i] = 0.0
        return jacobian

A driver is text, written for the types of its arguments, and lowered as a user's function
is. The derivatives that it calls become part of it. So the result is one generated function
as any derivative, and can be differentiated again.
"""

from __future__ import annotations

from types import FunctionType

from srcad.drivers.hessians import write_hessian, write_product
from srcad.drivers.jacobians import write_jacobian
from srcad.drivers.text import Derive, Several, Text
from srcad.ir.types import Type
from srcad.spec import DerivativeSpec


def driver(
    spec: DerivativeSpec, types: tuple[Type, ...], derive: Derive, several: Several | None = None
) -> FunctionType:
    """Return the driver of a kind for these argument types.

    several: finds derivatives along several directions at once; None for one at a time.
    Raises TypeError where there is no such derivative: of what is not a float.
    """
    text = Text(spec, types, derive, several)
    match spec.kind:
        case "jacfwd" | "jacrev" | "jacobian":
            write_jacobian(text, spec.kind)
        case "hvp" | "value_grad_hvp":
            write_product(text)
        case "hessian":
            write_hessian(text)
        case _:
            raise TypeError(spec.kind)
    return text.function()
