"""What a name holds where it holds None: anything of its type, which is never read.

Numba wants each name to be assigned above the first line that reads it.
"""

from __future__ import annotations

from srcad.ir.nodes import Const, Op, Value
from srcad.ir.types import INT, Array, Scalar, Type, is_complex

NOTHING = Op("nothing", ())
"""Stands for a value of the type that the name has elsewhere."""


def nothing_of(type_: Type | None) -> Value:
    """Return a value of this type; a name without one is None everywhere."""
    match type_:
        case Array(dtype=dtype, ndim=ndim):
            return Op("empty", (Const(0, INT),) * ndim, (dtype,))
        case Scalar(dtype="bool"):
            return Const(value=False, type=type_)
        case Scalar(dtype="float64"):
            return Const(0.0, type_)
        case Scalar(dtype="int64"):
            return Const(0, type_)
        case Scalar() if is_complex(type_):
            return Op("complex", (Const(0.0, Scalar("float64")), Const(0.0, Scalar("float64"))))
        case Scalar(dtype=dtype):
            return Op("cast", (Const(0, INT),), (dtype,))
        case _:
            return Const(0, INT)
