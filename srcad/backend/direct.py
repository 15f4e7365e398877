"""Functions that generated code calls so often that they are written where they are called.

Numba compiles `np.zeros_like` for every type of array from six functions, in a tenth of a
second. What remains of it are a few instructions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.core.typing.templates import Signature, signature
from numba.np.arrayobj import _parse_shape, get_itemsize, make_array, populate_array

from srcad.backend.extents import outside, span_outside

if TYPE_CHECKING:
    from collections.abc import Callable

    from llvmlite.ir import IRBuilder, Value

    Arguments = tuple[types.Type, ...]

LIKE: dict[object, bool] = {np.empty_like: False, np.zeros_like: True}
"""What makes an array in the form of another one, and whether it is full of zeros."""

MADE: dict[object, bool] = {np.empty: False, np.zeros: True}
"""What makes an array of a shape."""


def direct_signature(function: object, args: Arguments) -> Signature | None:
    """Return the types of a call that is written here; None for what Numba compiles."""
    if function in LIKE:
        return _type_like(args)
    if function in MADE:
        return _type_made(args)
    if function in TESTS:
        numbers = all(isinstance(a, types.Integer) and a.signed for a in args)
        return signature(types.boolean, *args) if numbers else None
    return None


def write(
    context: Any, builder: IRBuilder, function: Any, call: Signature, values: list[Value]
) -> Value:
    """Write the instructions of a call that has a `direct_signature`."""
    if function in TESTS:
        pairs = zip(values, call.args, strict=True)
        whole = [context.cast(builder, value, type_, types.intp) for value, type_ in pairs]
        return TESTS[function](builder, *whole)
    array_type = call.return_type
    if function in LIKE:
        model = make_array(call.args[0])(context, builder, value=values[0])
        shape = cgutils.unpack_tuple(builder, model.shape, array_type.ndim)
    else:
        shape = _parse_shape(context, builder, call.args[0], values[0])
    array = _empty(context, builder, array_type, shape)
    if LIKE.get(function) or MADE.get(function):
        cgutils.memset(builder, array.data, builder.mul(array.itemsize, array.nitems), 0)
    return array._getvalue()  # noqa: SLF001


# Arrays --------------------------------------------------------------------------------


def _type_like(args: Arguments) -> Signature | None:
    """Return the types of `np.zeros_like(array)`."""
    if len(args) != 1 or not is_simple(args[0]):
        return None
    array = args[0]
    layout = "C" if array.layout == "A" else array.layout
    made = array.copy(layout=layout, readonly=False)
    return signature(made, array)


def _type_made(args: Arguments) -> Signature | None:
    """Return the types of `np.zeros(shape)` and `np.zeros(shape, dtype)`."""
    dtype: Any = types.float64
    if len(args) == 2:
        dtype = args[1].dtype if isinstance(args[1], types.NumberClass) else None
    if not 1 <= len(args) <= 2 or not _is_simple(dtype):
        return None
    extents = args[0].types if isinstance(args[0], types.BaseTuple) else (args[0],)
    if not extents or not all(isinstance(e, types.Integer) and e.signed for e in extents):
        return None
    return signature(types.Array(dtype, len(extents), "C"), *args)


def copied(context: Any, builder: IRBuilder, given: Any, made: Any, value: Value) -> Value:
    """Return a contiguous copy of an array (`numba.np.arrayobj._array_copy`)."""
    array = make_array(given)(context, builder, value=value)
    shape = cgutils.unpack_tuple(builder, array.shape, given.ndim)
    new = _empty(context, builder, made, shape)
    if given.layout == made.layout:
        cgutils.raw_memcpy(builder, new.data, array.data, array.nitems, array.itemsize, align=1)
        return new._getvalue()  # noqa: SLF001
    with cgutils.loop_nest(builder, shape, context.get_value_type(types.intp)) as indices:
        source, target = (
            cgutils.get_item_pointer2(
                *(context, builder, a.data, shape, cgutils.unpack_tuple(builder, a.strides)),
                *(type_.layout, indices),
            )
            for a, type_ in ((array, given), (new, made))
        )
        builder.store(builder.load(source), target)
    return new._getvalue()  # noqa: SLF001


def is_simple(type_: types.Type) -> bool:
    """Return whether a type is that of arrays of numbers."""
    return type(type_) is types.Array and _is_simple(type_.dtype)


def _is_simple(dtype: Any) -> bool:
    """Return whether elements of zero bytes are zeros."""
    return isinstance(dtype, types.Number | types.Boolean)


def _empty(context: Any, builder: IRBuilder, array_type: Any, shape: list[Value]) -> Any:
    """Return a new array (`numba.np.arrayobj._empty_nd_impl`)."""
    array = make_array(array_type)(context, builder)
    item = context.get_constant(types.intp, get_itemsize(context, array_type))
    count, too_large = context.get_constant(types.intp, 1), ir.Constant(ir.IntType(1), 0)
    for extent in (*shape, item):
        product = builder.smul_with_overflow(count, extent)
        count = builder.extract_value(product, 0)
        too_large = builder.or_(too_large, builder.extract_value(product, 1))
    with builder.if_then(too_large, likely=False):
        context.call_conv.return_user_exc(builder, ValueError, (TOO_LARGE,))
    strides = [item]
    order = shape[1:][::-1] if array_type.layout == "C" else shape[:-1]
    for extent in order:
        strides.append(builder.mul(strides[-1], extent))
    strides = strides[: len(shape)]
    if array_type.layout == "C":
        strides.reverse()
    align = context.get_preferred_array_alignment(array_type.dtype)
    counter = context.nrt.meminfo_alloc_aligned(builder, count, align)
    element = context.get_data_type(array_type.dtype).as_pointer()
    whole = context.get_value_type(types.intp)
    populate_array(
        array,
        data=builder.bitcast(context.nrt.meminfo_data(builder, counter), element),
        shape=cgutils.pack_array(builder, shape, ty=whole),
        strides=cgutils.pack_array(builder, strides, ty=whole),
        itemsize=item,
        meminfo=counter,
    )
    return array


TOO_LARGE = (
    "array is too big; `arr.size * arr.dtype.itemsize` is larger than the maximum possible size."
)


# Tests of indices ----------------------------------------------------------------------


def _beyond(builder: IRBuilder, low: Value, high: Value, extent: Value) -> Value:
    """Return whether a number is no index, or another; `low` is not above `high`."""
    above = builder.icmp_signed(">=", high, extent)
    return builder.or_(above, builder.icmp_signed("<", low, builder.neg(extent)))


def _outside(builder: IRBuilder, k: Value, extent: Value) -> Value:
    """Write `extents.outside`."""
    return _beyond(builder, k, k, extent)


def _span_outside(builder: IRBuilder, first: Value, last: Value, extent: Value) -> Value:
    """Write `extents.span_outside`."""
    rises = builder.icmp_signed("<=", first, last)
    low, high = builder.select(rises, first, last), builder.select(rises, last, first)
    return _beyond(builder, low, high, extent)


TESTS: dict[object, Callable[..., Value]] = {outside: _outside, span_outside: _span_outside}
"""Tests of integers, and how they are written."""
