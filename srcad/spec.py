"""What a derivative object is the derivative of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["primal", "tangent", "adjoint", "pullback", "grad", "value_and_grad"]


@dataclass(frozen=True, slots=True, eq=False)
class DerivativeSpec:
    """The recipe of a derivative object, kept as its `__srcad_derivative__`.

    func: the user's Python function, or another derivative object.
    wrt: positions of the parameters that it is taken with respect to, in result order.
    bare: whether the gradient is a value rather than a tuple of one.
    has_aux: whether `func` returns `(value, aux)`.
    cotangents: how many a pullback takes, one for each float that is returned; None: one,
    of the structure of what is returned.
    """

    func: object
    kind: Kind
    wrt: tuple[int, ...]
    bare: bool = False
    has_aux: bool = False
    cotangents: int | None = None
