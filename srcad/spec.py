"""What a derivative object is the derivative of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from srcad.ir.types import Type

Kind = Literal[
    "primal",
    "tangent",
    "adjoint",
    "pullback",
    "grad",
    "value_and_grad",
    "jacfwd",
    "jacrev",
    "jacobian",
    "hvp",
    "value_grad_hvp",
    "hessian",
    "taylor",
    "jacobian_pattern",
    "hessian_pattern",
]

VALUES: tuple[Kind, ...] = ("primal", "taylor")
"""Kinds whose program is that of the function, up to the last steps."""

REVERSE: tuple[Kind, ...] = ("adjoint", "pullback", "grad", "value_and_grad")
"""Kinds that reverse mode makes."""

ALONG: tuple[Kind, ...] = ("hvp", "value_grad_hvp")
"""Kinds that take a vector after each argument that they differentiate by."""

DRIVERS: tuple[Kind, ...] = ("jacfwd", "jacrev", "jacobian", "hessian", *ALONG)
"""Kinds whose program calls derivatives, and is none by itself."""


PATTERNS: tuple[Kind, ...] = ("jacobian_pattern", "hessian_pattern")
"""Kinds that find which derivatives may be other than zero, and none of them."""

NO_COMPLEX: tuple[Kind, ...] = (*DRIVERS, *PATTERNS, "taylor")
"""Kinds that take no complex arguments."""

Buffers = Literal["set", "add"] | None


@dataclass(frozen=True, slots=True, eq=False)
class DerivativeSpec:
    """The recipe of a derivative object, kept as its `__srcad_derivative__`.

    func: the user's Python function, or another derivative object.
    wrt: positions of the parameters that it is taken with respect to, in result order.
    bare: whether the gradient is a value rather than a tuple of one.
    has_aux: whether `func` returns `(value, aux)`.
    cotangents: how many a pullback takes, one for each float that is returned; None: one,
    of the structure of what is returned.
    buffers: whether a gradient is written into arrays that are given, or added to them.
    holomorphic: whether the gradient is the derivative of a complex function.
    width: how many directions a tangent or a pullback carries at once; if there are several,
    the tangent comes without the value.
    """

    func: object
    kind: Kind
    wrt: tuple[int, ...]
    bare: bool = False
    has_aux: bool = False
    cotangents: int | None = None
    buffers: Buffers = None
    holomorphic: bool = False
    width: int = 1

    @property
    def what(self) -> tuple[object, ...]:
        """Return which derivative of its function this is, as a part of a key."""
        aux, flags = (self.has_aux, self.holomorphic), (self.cotangents, self.buffers)
        return (self.kind, self.wrt, self.bare, aux, flags)

    @property
    def refused_inside(self) -> tuple[str, str] | None:
        """Return why it is not called inside a function that is differentiated, and a hint."""
        if self.kind == "taylor":
            hint = "nest srcad.jvp inside a function"
            return "is a power series, which is not differentiated again", hint
        if self.buffers is not None:
            return "writes into arrays of the caller's", "leave out= away inside a function"
        return None


class Sweep:
    """A derivative that a driver calls by name; its results come in one row.

    ranks: of the results. own: the types of the arguments of its function in these calls.
    """

    __slots__ = ("__name__", "__srcad_derivative__", "own", "ranks")

    def __init__(
        self, spec: DerivativeSpec, name: str, own: tuple[Type, ...] | None = None
    ) -> None:
        """Name the derivative."""
        self.own = own
        self.__srcad_derivative__ = spec
        self.__name__ = name
        self.ranks: tuple[int, ...] = ()


def own_positions(spec: DerivativeSpec, count: int) -> tuple[int, ...]:
    """Return where the arguments of `spec.func` stand among `count` arguments."""
    if spec.kind not in ALONG:
        return tuple(range(count))
    vectors = {position for position, _ in vector_positions(spec)}
    return tuple(k for k in range(count) if k not in vectors)


def vector_positions(spec: DerivativeSpec) -> tuple[tuple[int, int], ...]:
    """Return where each vector stands, and its argument: one follows the other."""
    if spec.kind not in ALONG:
        return ()
    return tuple((k + 1 + shift, k) for shift, k in enumerate(sorted(spec.wrt)))


def with_vectors(spec: DerivativeSpec, names: Sequence[str]) -> list[str]:
    """Return the names of all parameters: those of the function, and of vectors after them."""
    found = list(names)
    for at, position in vector_positions(spec):
        found.insert(at, free_name(f"{names[position]}_vector", found))
    return found


def free_name(name: str, taken: Sequence[str]) -> str:
    """Return `name`, with underscores until no parameter has it."""
    while name in taken:
        name += "_"
    return name
