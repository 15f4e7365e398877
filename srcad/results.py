"""What a function must return for its gradient."""

from __future__ import annotations

from srcad.ir import nodes as ir
from srcad.ir.records import Made, complex_record
from srcad.ir.types import FLOATS, Scalar

NUMBER = complex_record(is_array=False)


def check_scalar_result(function: ir.Function, *, has_aux: bool, holomorphic: bool = False) -> None:
    """Raise TypeError unless the function returns one float (and something beside it).

    holomorphic: one complex number. Its derivative is the gradient of its real part, by the
    Cauchy-Riemann equations, so that the first of the two results is what is differentiated.
    """
    result = function.result
    if has_aux:
        if not (isinstance(result, tuple) and len(result) == 2 and result[0] == 0):
            message = f"has_aux=True: '{function.name}' must return (value, aux)"
            raise TypeError(message)
        result = 0
    is_complex = isinstance(result, Made) and result.record == NUMBER
    if holomorphic and not is_complex:
        message = f"holomorphic=True: '{function.name}' must return a complex number"
        raise TypeError(message)
    if holomorphic:
        return
    type_ = function.returns[0].type if function.returns else None
    if result != 0 or not isinstance(type_, Scalar) or type_.dtype not in FLOATS:
        given = "nothing" if not function.returns else f"{type_}"
        if is_complex:
            message = (
                f"the gradient is of one float, but '{function.name}' returns a complex number; "
                "return a real one, as abs(z) or z.real, or say grad(f, holomorphic=True) for "
                "the complex derivative"
            )
            raise TypeError(message)
        if isinstance(result, tuple):
            given = f"a tuple of {len(result)}"
        message = (
            f"the gradient is of one float, but '{function.name}' returns {given}; "
            "use jacobian, vjp or jvp for other outputs"
        )
        raise TypeError(message)
