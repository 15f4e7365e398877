"""What generated code tells LLVM: plain operations, compiled to other instructions.

Neither changes what a program means. `added` lets a sum be taken in another order, which
a loop over vectors needs; `hidden` keeps LLVM from an analysis that goes wrong.
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
def _type_of_hidden(_: object) -> Callable[..., types.Type | None]:
    def typer(k: types.Type) -> types.Type | None:
        return k if isinstance(k, types.Integer) else None

    return typer


@lower_builtin(hidden, types.Integer)
def _lower_hidden(
    _: object, builder: ir.IRBuilder, signature: object, args: tuple[ir.Value]
) -> ir.Value:
    del signature
    (k,) = args
    same = builder.asm(ir.FunctionType(k.type, [k.type]), "", "=r,0", [k], side_effect=False)
    return builder.and_(same, ir.Constant(k.type, (1 << (k.type.width - 1)) - 1))
