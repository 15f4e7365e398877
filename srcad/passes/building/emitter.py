"""A list of statements under construction, with names for what they compute."""

from __future__ import annotations

from collections.abc import Mapping

from srcad.ir import nodes as ir
from srcad.ir import quote
from srcad.ir.names import NameSupply
from srcad.ir.quote import Expr
from srcad.ir.types import FLOATS, INT, Array, Scalar, Type


class Emitter:
    """Appends statements to `out`; every statement gets the span that is current."""

    def __init__(self, supply: NameSupply, out: list[ir.Stmt], span: ir.Span | None = None) -> None:
        self.supply = supply
        self.out = out
        self.span = span

    def let(self, target: ir.Var, value: ir.Value) -> ir.Var:
        """Append `target = value`."""
        self.out.append(ir.Let(target, value, self.span))
        return target

    def temp(self, value: ir.Value) -> ir.Atom:
        """Return a name for `value`: a new temporary, or the atom that it is."""
        if isinstance(value, ir.Var | ir.Const):
            return value
        return self.let(ir.Var(self.supply.temporary()), value)

    def op(self, prim: str, *args: ir.Atom, static: tuple[object, ...] = ()) -> ir.Atom:
        """Return a temporary that holds `prim(*args)`."""
        return self.temp(ir.Op(prim, args, static))

    def expand(
        self, expr: Expr, env: Mapping[str, ir.Atom], memo: dict[Expr, ir.Atom] | None = None
    ) -> ir.Atom:
        """Return the value of a rule's expression."""
        return quote.expand(expr, env, self.temp, memo)

    def accumulate(
        self, target: ir.Var, index: ir.Index | None, value: ir.Atom, *, any_order: bool = True
    ) -> None:
        """Append `target += value` or `target[index] += value`."""
        self.out.append(ir.Accum(target, index, value, self.span, any_order))

    def store(self, array: ir.Var, index: ir.Index, value: ir.Atom) -> None:
        """Append `array[index] = value`."""
        self.out.append(ir.Store(array, index, value, self.span))


def zero(type_: Type | None) -> ir.Const:
    """Return the literal 0.0 of a scalar's type."""
    kind = type_ if isinstance(type_, Scalar) and type_.dtype in FLOATS else None
    return ir.Const(0.0, kind)


def element_loops(
    emitter: Emitter,
    array: ir.Var,
    ndim: int,
    body: list[ir.Stmt],
    index: tuple[ir.Var, ...],
    *,
    whole: bool = False,
) -> None:
    """Append loops over all elements of `array` around `body`, which uses `index`."""
    extents = [
        emitter.let(ir.Var(emitter.supply.temporary(), INT), ir.Op("shape", (array,), (axis,)))
        for axis in range(ndim)
    ]
    block = tuple(body)
    for var, extent in reversed(list(zip(index, extents, strict=True))):
        bounds = ir.Const(0), extent, ir.Const(1)
        block = (ir.For(var, *bounds, block, None, emitter.span, whole=whole),)
    emitter.out.extend(block)


def add_elements(
    emitter: Emitter, target: ir.Var, source: ir.Var, ndim: int, *, whole: bool = False
) -> None:
    """Append `target += source`, element by element."""
    index = tuple(ir.Var(emitter.supply.fresh(name)) for name in "ijklmnopq"[:ndim])
    value = ir.Var(emitter.supply.temporary())
    body: list[ir.Stmt] = [
        ir.Let(value, ir.Load(source, index), emitter.span),
        ir.Accum(target, index, value, emitter.span, any_order=True),
    ]
    element_loops(emitter, source, ndim, body, index, whole=whole)


def zeros_like(type_: Type | None, array: ir.Var) -> ir.Op:
    """Return `np.zeros_like(array)`."""
    assert isinstance(type_, Array)
    return ir.Op("zeros_like", (array,), (None,))
