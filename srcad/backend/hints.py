"""What generated code tells LLVM: plain operations, compiled to other instructions.

None changes what a program means. `added` lets a sum be taken in another order, which a
loop over vectors needs; `hidden` keeps LLVM from an analysis that goes wrong; `along` is
an index that it knows to be one element after the other, or always the same.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

from llvmlite import ir
from numba.core import types
from numba.extending import lower_builtin, type_callable

if TYPE_CHECKING:
    from collections.abc import Callable


def added(a: float, b: float) -> float:
    """Return a + b. Compiled, sums of these may be added up in any order."""
    return a + b


def hidden(k: int) -> int:
    """Return k, which is not negative. Compiled, LLVM does not see where it comes from.

    Loops inside a loop that runs backwards are not vectorised otherwise: LLVM moves the
    test that their arrays do not overlap out of the outer loop, and then lets it fail for
    every step that is negative (LoopAccessAnalysis, `hoist-runtime-checks`).
    """
    return k


def axis_step(extent: int) -> int:
    """Return how far the index moves along an axis that may be broadcast: 0 or 1.

    Compiled, LLVM does not see where the number comes from: it then makes one loop for
    steps of 1, with vectors, where it would test the extent for each element.
    """
    return 0 if extent == 1 else 1


def along(i: int, step: int, start: int = 0) -> int:
    """Return start + i * step for an `axis_step`; neither number is negative."""
    return start + i * step


def apart() -> None:
    """Do nothing. Compiled, the function that calls this does not become part of its callers.

    LLVM takes long over many copies of the same loops.
    """


@type_callable(apart)
def _type_of_apart(_: Any) -> Callable[..., types.Type]:
    return lambda: types.none


@lower_builtin(apart)
def _lower_apart(context: Any, builder: ir.IRBuilder, signature: Any, args: Any) -> ir.Value:
    del signature, args
    builder.function.attributes.add("noinline")
    return context.get_dummy_value()


@type_callable(added)
def _type_of_added(context: Any) -> Callable[..., types.Type | None]:
    def typer(a: types.Type, b: types.Type) -> types.Type | None:
        found = context.resolve_function_type(operator.add, (a, b), {})
        return None if found is None else found.return_type

    return typer


@lower_builtin(added, types.Number, types.Number)
def _lower_added(
    context: Any, builder: ir.IRBuilder, signature: Any, args: tuple[ir.Value, ir.Value]
) -> ir.Value:
    result = signature.return_type
    pairs = zip(args, signature.args, strict=True)
    a, b = (context.cast(builder, value, type_, result) for value, type_ in pairs)
    return builder.fadd(a, b, flags=("reassoc", "nsz"))


@type_callable(hidden)
@type_callable(axis_step)
def _type_of_index(_: object) -> Callable[..., types.Type | None]:
    def typer(k: types.Type) -> types.Type | None:
        return types.int64 if isinstance(k, types.Integer) else None

    return typer


@type_callable(along)
def _type_of_along(_: object) -> Callable[..., types.Type | None]:
    def typer(
        i: types.Type, step: types.Type, start: types.Type = types.int64
    ) -> types.Type | None:
        given = (i, step, start)
        return types.int64 if all(isinstance(t, types.Integer) for t in given) else None

    return typer


def _int64(context: Any, builder: ir.IRBuilder, signature: Any, args: Any) -> list[ir.Value]:
    pairs = zip(args, signature.args, strict=True)
    return [context.cast(builder, value, type_, types.int64) for value, type_ in pairs]


def opaque(builder: ir.IRBuilder, k: ir.Value) -> ir.Value:
    """Return the same number, which is not negative, out of an empty piece of assembly."""
    same = builder.asm(ir.FunctionType(k.type, [k.type]), "", "=r,0", [k], side_effect=False)
    builder.assume(builder.icmp_signed(">=", same, ir.Constant(k.type, 0)))
    return same


@lower_builtin(hidden, types.Integer)
def _lower_hidden(context: Any, builder: ir.IRBuilder, signature: Any, args: Any) -> ir.Value:
    (k,) = _int64(context, builder, signature, args)
    return opaque(builder, k)


@lower_builtin(axis_step, types.Integer)
def _lower_axis_step(context: Any, builder: ir.IRBuilder, signature: Any, args: Any) -> ir.Value:
    (extent,) = _int64(context, builder, signature, args)
    is_one = builder.icmp_signed("==", extent, ir.Constant(extent.type, 1))
    zero, one = (ir.Constant(extent.type, number) for number in (0, 1))
    return opaque(builder, builder.select(is_one, zero, one))


@lower_builtin(along, types.Integer, types.Integer)
@lower_builtin(along, types.Integer, types.Integer, types.Integer)
def _lower_along(context: Any, builder: ir.IRBuilder, signature: Any, args: Any) -> ir.Value:
    i, step, *start = _int64(context, builder, signature, args)
    at = builder.mul(i, step, flags=("nuw", "nsw"))
    return builder.add(start[0], at, flags=("nuw", "nsw")) if start else at
