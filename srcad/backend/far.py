"""Functions of which some arguments are left to the C library, without loss of the vectors.

    y = formula(x)
    if abs(x) > limit:
        y = far(x)          # calls the C library

A loop with a call is no loop for vectors, unless LLVM knows what to call for a vector
instead: a function for each length, which looks whether any of its numbers is far
(`vector-function-abi-variant` in LLVM's reference). The others come back as they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from llvmlite import ir

if TYPE_CHECKING:
    from srcad.backend.real import Format, Real

REGISTERS = (128, 256, 512)
"""The sizes of vectors, in bits."""


def replaced_where_far(x: Real, y: Real, name: str, limit: float) -> ir.Value:
    """Return y, or where |x| > limit the function of the C library."""
    builder = x.builder
    function = _far(builder.module, name, x.format, limit)
    before = builder.block
    with builder.if_then(abs(x) > limit, likely=False):
        found = builder.call(function, [x.value])
        inside = builder.block
    result = builder.phi(x.format.type)
    result.add_incoming(y.value, before)
    result.add_incoming(found, inside)
    return result


def _far(module: ir.Module, name: str, form: Format, limit: float) -> ir.Function:
    """Return a function that calls the C library, and has variants for vectors."""
    symbol = f"srcad.{name}.far.{form.type}"
    lanes = [bits // form.bits.width for bits in REGISTERS]
    variants = ",".join(f"_ZGV_LLVM_N{n}v_{symbol}({symbol}.{n})" for n in lanes)
    scalar = _pure(module, form.type, symbol, "internal")
    set.add(scalar.attributes, f'"vector-function-abi-variant"="{variants}"')  # llvmlite has no way
    builder = ir.IRBuilder(scalar.append_basic_block())
    library = module.declare_intrinsic(f"llvm.{name}", [form.type])
    builder.ret(builder.call(library, scalar.args))
    for n in lanes:
        _define_variant(scalar, n, limit)
    return scalar


def _define_variant(scalar: ir.Function, count: int, limit: float) -> None:
    """Define the function for vectors of `count` numbers."""
    vector = ir.VectorType(scalar.function_type.return_type, count)
    # Nothing calls it before there are vectors: a linkage that is never removed.
    variant = _pure(scalar.module, vector, f"{scalar.name}.{count}", "weak_odr")
    builder = ir.IRBuilder(variant.append_basic_block())
    (x,) = variant.args
    above, below = (ir.Constant(vector, [bound] * count) for bound in (limit, -limit))
    outside = builder.or_(builder.fcmp_ordered(">", x, above), builder.fcmp_ordered("<", x, below))
    mask = ir.IntType(count)
    test = builder.icmp_unsigned("!=", builder.bitcast(outside, mask), ir.Constant(mask, 0))
    near, some = variant.append_basic_block(), variant.append_basic_block()
    builder.cbranch(test, some, near)
    ir.IRBuilder(near).ret(x)
    builder = ir.IRBuilder(some)
    result = x
    for k in range(count):
        at = ir.Constant(ir.IntType(32), k)
        found = builder.call(scalar, [builder.extract_element(x, at)])
        result = builder.insert_element(result, found, at)
    builder.ret(result)


def _pure(module: ir.Module, type_: ir.Type, name: str, linkage: str) -> ir.Function:
    """Return a new function of one argument that only computes."""
    made = ir.Function(module, ir.FunctionType(type_, [type_]), name)
    made.linkage = linkage
    for attribute in ("noinline", "nounwind", "readnone", "willreturn"):
        set.add(made.attributes, attribute)
    return made
