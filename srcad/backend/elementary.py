"""The module that generated code calls `math`: Numba compiles vectors of its functions.

    math.exp(x)   of a float: `vector_math.exp`, inlined; of anything else: Numba's own

LLVM cannot make vectors of calls into the C library. On machines without a fused
multiply-add, everything stays with Numba.
"""

from __future__ import annotations

import math
import re
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING, Any

import llvmlite.binding as llvm
from llvmlite import ir
from numba.core import types
from numba.core.typing.templates import AbstractTemplate, infer_global
from numba.extending import lower_builtin

from srcad.backend.far import replaced_where_far
from srcad.backend.real import DOUBLE, SINGLE, Format, Real
from srcad.backend.vector_math import FORMULAS, PERIODIC, far

if TYPE_CHECKING:
    from collections.abc import Callable

FORMATS = {types.float64: DOUBLE, types.float32: SINGLE}

MULTIPLY_ADD = """
declare double @llvm.fma.f64(double, double, double)
define double @multiply_add(double %a, double %b, double %c) {
  %y = call double @llvm.fma.f64(double %a, double %b, double %c)
  ret double %y
}
"""


class VectorMath(ModuleType):
    """The `math` module, with functions that become vectors."""

    def __init__(self) -> None:
        """Replace the functions that have formulas."""
        super().__init__("math")
        vars(self).update(vars(math))
        for name, formula in FORMULAS.items():
            setattr(self, name, _replaced(getattr(math, name), formula))


def _replaced(
    original: Callable[[float], float], formula: Callable[[Real], Real]
) -> Callable[[float], float]:
    """Return a function that is `original`, and that Numba compiles as the formula."""

    def function(x: float) -> float:
        return original(x)

    function.__name__ = function.__qualname__ = original.__name__

    class Typing(AbstractTemplate):
        """The types of the original."""

        key = function

        def generic(self, args: tuple[types.Type, ...], kws: dict[str, types.Type]) -> object:
            """Return the signature for these arguments."""
            return self.context.resolve_function_type(original, args, kws)

    infer_global(function, types.Function(Typing))

    @lower_builtin(function, types.Any)
    def lower(context: Any, builder: ir.IRBuilder, signature: Any, args: Any) -> ir.Value:
        form = FORMATS.get(signature.args[0])
        if form is None or not multiplies_and_adds(context.codegen()):
            return context.get_function(original, signature)(builder, args)
        inlined = _inlined(builder.module, original.__name__, formula, form)
        return builder.call(inlined, args)

    return function


def _inlined(
    module: ir.Module, function: str, formula: Callable[[Real], Real], form: Format
) -> ir.Function:
    """Return the function of this module that computes a formula."""
    name = f"srcad.{function}.{form.type}"
    if name in module.globals:
        return module.globals[name]
    made = ir.Function(module, ir.FunctionType(form.type, [form.type]), name)
    made.linkage = "internal"
    made.attributes.add("alwaysinline")
    builder = ir.IRBuilder(made.append_basic_block())
    x = Real(builder, made.args[0], form)
    y = formula(x)
    builder.ret(replaced_where_far(x, y, function, far(form)) if function in PERIODIC else y.value)
    return made


def multiplies_and_adds(codegen: Any) -> bool:
    """Return whether Numba compiles for a machine with a fused multiply-add."""
    return has_multiply_add(codegen._tm)  # noqa: SLF001


@cache
def has_multiply_add(machine: llvm.TargetMachine) -> bool:
    """Return whether a fused multiply-add is an instruction, and not a C function."""
    module = llvm.parse_assembly(MULTIPLY_ADD)
    module.triple = machine.triple
    return re.search(r"\b_?fma\b", machine.emit_assembly(module)) is None


VECTOR_MATH = VectorMath()
"""What `math` is in generated code that has loops to make vectors of."""
