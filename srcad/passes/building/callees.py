"""What stands as the function of calls that stay calls, beside the user's own functions."""

from __future__ import annotations

from dataclasses import replace

from srcad.ir import nodes as ir
from srcad.ir.types import Type
from srcad.ir.walk import param_vars
from srcad.spec import DerivativeSpec, Kind


class Derived:
    """A derivative of a function, as the target of a call that stays a call."""

    __slots__ = ("__srcad_derivative__", "written")

    def __init__(
        self,
        func: object,
        kind: Kind,
        wrt: tuple[int, ...],
        written: tuple[int, ...] = (),
        cotangents: int | None = None,
    ) -> None:
        """Name the derivative; `written`: the arguments whose contents it returns last."""
        self.__srcad_derivative__ = DerivativeSpec(func, kind, wrt, cotangents=cotangents)
        self.written = written

    def shaped_like(self, count: int) -> tuple[int | None, ...]:
        """Return, for each of `count` results, an argument of the same shape, if any."""
        spec = self.__srcad_derivative__
        if spec.kind == "pullback":
            return spec.wrt
        if spec.kind == "tangent" and isinstance(spec.func, Derived):
            return 2 * spec.func.shaped_like(count // 2)
        known: tuple[int | None, ...] = self.written
        return (None,) * (count - len(known)) + known

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Derived) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[object, str, tuple[int, ...]]:
        spec = self.__srcad_derivative__
        return spec.func, spec.kind, spec.wrt


class LoopRun:
    """The iterations `lo`, ..., `hi - 1` of a loop, as the function of a call.

    plain: the loop. halved: the two calls of this, for reverse mode. harmless: whether a call
    can be left out where nobody reads its results.
    """

    __slots__ = ("__name__", "halved", "harmless", "plain", "shapes")

    def __init__(self, name: str, *, harmless: bool, shapes: tuple[int | None, ...] = ()) -> None:
        """Name the function; its programs are set when they are made: one calls the other.

        shapes: for each result, the argument of the same shape, if any.
        """
        self.shapes = shapes
        self.__name__ = name
        self.harmless = harmless
        self.plain: ir.Function
        self.halved: ir.Function

    def program(self, kind: str, types: tuple[Type, ...]) -> ir.Function:
        """Return the program that a derivative starts from."""
        found = self.plain if kind in {"primal", "tangent"} else self.halved
        variables = [
            replace(v, type=t) for v, t in zip(param_vars(found.params), types, strict=True)
        ]
        return replace(found, params=tuple(ir.Param(v.name, v) for v in variables))
