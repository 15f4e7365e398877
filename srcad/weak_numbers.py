"""Captured floats of Python take the dtype of the array beside them; arguments do not.

Where anything is float32, captured floats therefore have to be known while the code is made.
"""

from __future__ import annotations

from srcad.derivation import Derivation
from srcad.frontend.syntax.opened import Unhidden, opened_of
from srcad.ir import nodes as ir
from srcad.ir.types import Array, Scalar
from srcad.ir.walk import param_vars, statements, targets
from srcad.steps import typed


def typed_first(function: ir.Function, run: Derivation) -> ir.Function:
    """Return the program with types. Raises Unhidden for captured floats beside float32."""
    found = typed(function, run)
    opened = opened_of(run.spec.func)
    if opened is None or not any(place.is_number for place in opened.places):
        return found
    types = [var.type for stmt in statements(found.body) for var in targets(stmt)]
    types += [var.type for var in param_vars(found.params)]
    if any(isinstance(t, Scalar | Array) and t.dtype == "float32" for t in types):
        raise Unhidden
    return found
