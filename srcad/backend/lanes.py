"""Several tangents side by side, which are one number to generated code.

    lanes_at(x_dot, i)          the tangents of x[i], one for each direction
    set_lanes(y_dot, v, i)      y_dot[i, :] = v
    add_lanes(y_dot, v, i)      y_dot[i, :] += v
    put_lanes(h, v, i, j)       h[i, j : j + 8] = v
    spread(0.0, 8)              the same number in each direction
    chosen(v != 0.0, a, b)      those of a where it is true, of b elsewhere

Derivatives are linear in what they carry: sums, and products with numbers, are all that it
takes. Compiled, lanes are a vector of the processor, in registers as any other number. In
plain Python, they are an array that is never changed in place.
"""

from __future__ import annotations

import inspect
import operator
from typing import TYPE_CHECKING, Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.core.datamodel import PrimitiveModel, register_default
from numba.extending import lower_builtin, type_callable
from numba.np.arrayobj import make_array

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

WIDTH = 8
"""How many directions there are in lanes: a cache line, and a register of AVX-512."""


# In plain Python -----------------------------------------------------------------------


class PlainLanes(np.ndarray[Any, Any]):
    """Lanes as an array: `a += b` makes a new one, as it does with numbers."""

    __iadd__ = np.ndarray.__add__  # type: ignore[assignment]
    __isub__ = np.ndarray.__sub__  # type: ignore[assignment]
    __imul__ = np.ndarray.__mul__  # type: ignore[assignment]
    __itruediv__ = np.ndarray.__truediv__  # type: ignore[assignment]


def lanes_at(array: NDArray[Any], *index: int) -> Any:
    """Return the lanes at an index of all axes but the last."""
    return array[index].copy().view(PlainLanes)


def set_lanes(array: NDArray[Any], value: Any, *index: int) -> None:
    """Put lanes at an index of all axes but the last."""
    array[index] = value


def add_lanes(array: NDArray[Any], value: Any, *index: int) -> None:
    """Add lanes at an index of all axes but the last."""
    array[index] += value


def put_lanes(array: NDArray[Any], value: Any, *index: int) -> None:
    """Put lanes into a larger array; the index of all axes says where the first one goes."""
    first = index[-1]
    array[index[:-1]][first : first + len(value)] = value


def spread(value: float, count: int) -> Any:
    """Return lanes that are all the same number."""
    return np.full(count, value, np.float64).view(PlainLanes)


def chosen(mask: Any, a: Any, b: Any) -> Any:
    """Return the lanes of `a` where the mask is true, and those of `b` elsewhere."""
    return np.where(mask, a, b).view(PlainLanes)


LANES = (lanes_at, set_lanes, add_lanes, put_lanes, spread, chosen)


# Compiled ------------------------------------------------------------------------------


class Lanes(types.Type):
    """Numba's type of lanes of float64."""

    def __init__(self) -> None:
        super().__init__(name=f"lanes({WIDTH})")


class Mask(types.Type):
    """Numba's type of one truth value for each lane."""

    def __init__(self) -> None:
        super().__init__(name=f"mask({WIDTH})")


LANES_TYPE = Lanes()
MASK_TYPE = Mask()
TRUTHS = ir.VectorType(ir.IntType(1), WIDTH)
VECTOR = ir.VectorType(ir.DoubleType(), WIDTH)
ALIGNMENT = 8


@register_default(Lanes)
class LanesModel(PrimitiveModel):
    """Lanes are one LLVM vector."""

    def __init__(self, manager: Any, fe_type: Any) -> None:
        super().__init__(manager, fe_type, VECTOR)


@register_default(Mask)
class MaskModel(PrimitiveModel):
    """A mask is one LLVM vector."""

    def __init__(self, manager: Any, fe_type: Any) -> None:
        super().__init__(manager, fe_type, TRUTHS)


def _is_number(type_: types.Type) -> bool:
    return isinstance(type_, types.Float | types.Integer)


MOST_AXES = 8
"""How many axes an array of lanes may have, the last one not counted."""


def _typers(typer: Callable[..., types.Type | None], given: int) -> Callable[..., Any]:
    """Return a decorator's worth of typers: Numba's take no `*index`."""
    names = ["array", "value"][:given] + [f"k{axis}" for axis in range(MOST_AXES)]
    parameters = [
        inspect.Parameter(
            name,
            inspect.Parameter.POSITIONAL_OR_KEYWORD,
            default=inspect.Parameter.empty if k < given else None,
        )
        for k, name in enumerate(names)
    ]

    def any_number(*args: types.Type) -> types.Type | None:
        return typer(*args)

    any_number.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return any_number


def _fits(array: types.Type, index: tuple[types.Type, ...]) -> bool:
    is_array = isinstance(array, types.Array) and array.ndim == len(index) + 1
    return is_array and array.dtype == types.float64


@type_callable(lanes_at)
def _type_of_lanes_at(_: object) -> Callable[..., types.Type | None]:
    def typer(array: types.Type, *index: types.Type) -> types.Type | None:
        return LANES_TYPE if _fits(array, index) else None

    return _typers(typer, 1)


@type_callable(set_lanes)
@type_callable(add_lanes)
def _type_of_set_lanes(_: object) -> Callable[..., types.Type | None]:
    def typer(array: types.Type, value: types.Type, *index: types.Type) -> types.Type | None:
        return types.none if _fits(array, index) and isinstance(value, Lanes) else None

    return _typers(typer, 2)


@type_callable(put_lanes)
def _type_of_put_lanes(_: object) -> Callable[..., types.Type | None]:
    def typer(array: types.Type, value: types.Type, *index: types.Type) -> types.Type | None:
        fits = _fits(array, index[1:]) and isinstance(value, Lanes)
        return types.none if fits else None

    return _typers(typer, 2)


@type_callable(spread)
def _type_of_spread(_: object) -> Callable[..., types.Type | None]:
    def typer(value: types.Type, count: types.Type) -> types.Type | None:
        del count
        return LANES_TYPE if _is_number(value) else None

    return typer


def _place(context: Any, builder: ir.IRBuilder, array: Any, value: Any, index: Any) -> ir.Value:
    """Return where the lanes at an index begin; `index` has pairs of values and types.

    It is of all axes, or of all but the last.
    """
    numbers = [context.cast(builder, v, t, types.intp) for v, t in index]
    if len(numbers) < array.ndim:
        numbers.append(context.get_constant(types.intp, 0))
    made = make_array(array)(context, builder, value)
    first = cgutils.get_item_pointer(context, builder, array, made, numbers, wraparound=True)
    return builder.bitcast(first, VECTOR.as_pointer())


def _loaded(builder: ir.IRBuilder, place: ir.Value) -> ir.Value:
    return builder.load(place, align=ALIGNMENT)


def _lower_lanes_at(context: Any, builder: ir.IRBuilder, signature: Any, args: Any) -> ir.Value:
    index = list(zip(args[1:], signature.args[1:], strict=True))
    return _loaded(builder, _place(context, builder, signature.args[0], args[0], index))


def _lower_set_lanes(context: Any, builder: ir.IRBuilder, signature: Any, args: Any) -> ir.Value:
    index = list(zip(args[2:], signature.args[2:], strict=True))
    place = _place(context, builder, signature.args[0], args[0], index)
    builder.store(args[1], place, align=ALIGNMENT)
    return context.get_dummy_value()


def _lower_add_lanes(context: Any, builder: ir.IRBuilder, signature: Any, args: Any) -> ir.Value:
    index = list(zip(args[2:], signature.args[2:], strict=True))
    place = _place(context, builder, signature.args[0], args[0], index)
    builder.store(builder.fadd(_loaded(builder, place), args[1]), place, align=ALIGNMENT)
    return context.get_dummy_value()


for _rank in range(MOST_AXES + 1):
    _axes = (types.Integer,) * _rank
    lower_builtin(lanes_at, types.Array, *_axes)(_lower_lanes_at)
    lower_builtin(set_lanes, types.Array, Lanes, *_axes)(_lower_set_lanes)
    lower_builtin(put_lanes, types.Array, Lanes, *_axes)(_lower_set_lanes)
    lower_builtin(add_lanes, types.Array, Lanes, *_axes)(_lower_add_lanes)


def _spread(context: Any, builder: ir.IRBuilder, value: ir.Value, type_: types.Type) -> ir.Value:
    """Return a number in each lane; lanes as they are."""
    if isinstance(type_, Lanes):
        return value
    return _repeated(builder, context.cast(builder, value, type_, types.float64), VECTOR)


def _repeated(builder: ir.IRBuilder, value: ir.Value, vector: ir.VectorType) -> ir.Value:
    """Return a vector that holds the same value everywhere."""
    nothing = ir.Constant(vector, ir.Undefined)
    one = builder.insert_element(nothing, value, ir.Constant(ir.IntType(32), 0))
    first = ir.Constant(ir.VectorType(ir.IntType(32), WIDTH), [0] * WIDTH)
    return builder.shuffle_vector(one, nothing, first)


@lower_builtin(spread, types.Number, types.Integer)
def _lower_spread(context: Any, builder: ir.IRBuilder, signature: Any, args: Any) -> ir.Value:
    return _spread(context, builder, args[0], signature.args[0])


def _type_of_binary(_: object) -> Callable[..., types.Type | None]:
    def typer(a: types.Type, b: types.Type) -> types.Type | None:
        given = (a, b)
        if not any(isinstance(t, Lanes) for t in given):
            return None
        return LANES_TYPE if all(isinstance(t, Lanes) or _is_number(t) for t in given) else None

    return typer


def _type_of_unary(_: object) -> Callable[..., types.Type | None]:
    return lambda a: LANES_TYPE if isinstance(a, Lanes) else None


def _binary(build: Callable[..., ir.Value]) -> Callable[..., ir.Value]:
    """Return what makes the code of an operator of lanes and numbers."""

    def lower(context: Any, builder: ir.IRBuilder, signature: Any, args: Any) -> ir.Value:
        pairs = zip(args, signature.args, strict=True)
        a, b = (_spread(context, builder, value, type_) for value, type_ in pairs)
        return build(builder, a, b)

    return lower


def _lower_quotient(context: Any, builder: ir.IRBuilder, signature: Any, args: Any) -> ir.Value:
    """Divide by a number, as Numba does: its error model says what becomes of zero."""
    number = context.cast(builder, args[1], signature.args[1], types.float64)
    with cgutils.if_zero(builder, number):
        context.error_model.fp_zero_division(builder, ("division by zero",))
    return builder.fdiv(args[0], _spread(context, builder, number, types.float64))


OPERATORS = (
    ((operator.add, operator.iadd), lambda builder, a, b: builder.fadd(a, b)),
    ((operator.sub, operator.isub), lambda builder, a, b: builder.fsub(a, b)),
    ((operator.mul, operator.imul), lambda builder, a, b: builder.fmul(a, b)),
)

for _operators, _build in OPERATORS:
    for _operator in _operators:
        type_callable(_operator)(_type_of_binary)
        for _types in ((Lanes, Lanes), (Lanes, types.Number), (types.Number, Lanes)):
            lower_builtin(_operator, *_types)(_binary(_build))

for _operator in (operator.truediv, operator.itruediv):
    type_callable(_operator)(_type_of_binary)
    lower_builtin(_operator, Lanes, types.Number)(_lower_quotient)

type_callable(operator.neg)(_type_of_unary)
type_callable(operator.pos)(_type_of_unary)


@lower_builtin(operator.neg, Lanes)
def _lower_negative(context: Any, builder: ir.IRBuilder, signature: Any, args: Any) -> ir.Value:
    del context, signature
    return builder.fneg(args[0])


@lower_builtin(operator.pos, Lanes)
def _lower_positive(context: Any, builder: ir.IRBuilder, signature: Any, args: Any) -> ir.Value:
    del context, builder, signature
    same: ir.Value = args[0]
    return same


# Masks -----------------------------------------------------------------------------------


def _type_of_comparison(_: object) -> Callable[..., types.Type | None]:
    def typer(a: types.Type, b: types.Type) -> types.Type | None:
        given = (a, b)
        if not any(isinstance(t, Lanes) for t in given):
            return None
        return MASK_TYPE if all(isinstance(t, Lanes) or _is_number(t) for t in given) else None

    return typer


def _comparison(symbol: str) -> Callable[..., ir.Value]:
    """Return what makes the code of a comparison; as for numbers, NaN differs from all."""

    def lower(context: Any, builder: ir.IRBuilder, signature: Any, args: Any) -> ir.Value:
        pairs = zip(args, signature.args, strict=True)
        a, b = (_spread(context, builder, value, type_) for value, type_ in pairs)
        compare = builder.fcmp_unordered if symbol == "!=" else builder.fcmp_ordered
        return compare(symbol, a, b)

    return lower


COMPARISONS = {
    operator.lt: "<",
    operator.le: "<=",
    operator.gt: ">",
    operator.ge: ">=",
    operator.eq: "==",
    operator.ne: "!=",
}

for _operator, _symbol in COMPARISONS.items():
    type_callable(_operator)(_type_of_comparison)
    for _types in ((Lanes, Lanes), (Lanes, types.Number), (types.Number, Lanes)):
        lower_builtin(_operator, *_types)(_comparison(_symbol))


def _type_of_connective(_: object) -> Callable[..., types.Type | None]:
    def typer(a: types.Type, b: types.Type) -> types.Type | None:
        given = (a, b)
        if not any(isinstance(t, Mask) for t in given):
            return None
        return MASK_TYPE if all(isinstance(t, Mask | types.Boolean) for t in given) else None

    return typer


def _truths(builder: ir.IRBuilder, value: ir.Value, type_: types.Type) -> ir.Value:
    return value if isinstance(type_, Mask) else _repeated(builder, value, TRUTHS)


def _connective(name: str) -> Callable[..., ir.Value]:
    """Return what makes the code of `&` or `|`."""

    def lower(context: Any, builder: ir.IRBuilder, signature: Any, args: Any) -> ir.Value:
        del context
        pairs = zip(args, signature.args, strict=True)
        a, b = (_truths(builder, value, type_) for value, type_ in pairs)
        found: ir.Value = getattr(builder, name)(a, b)
        return found

    return lower


for _operator, _name in ((operator.and_, "and_"), (operator.or_, "or_")):
    type_callable(_operator)(_type_of_connective)
    for _types in ((Mask, Mask), (Mask, types.Boolean), (types.Boolean, Mask)):
        lower_builtin(_operator, *_types)(_connective(_name))


@type_callable(operator.invert)
def _type_of_invert(_: object) -> Callable[..., types.Type | None]:
    return lambda a: MASK_TYPE if isinstance(a, Mask) else None


@lower_builtin(operator.invert, Mask)
def _lower_invert(context: Any, builder: ir.IRBuilder, signature: Any, args: Any) -> ir.Value:
    del context, signature
    return builder.not_(args[0])


@type_callable(chosen)
def _type_of_chosen(_: object) -> Callable[..., types.Type | None]:
    def typer(mask: types.Type, a: types.Type, b: types.Type) -> types.Type | None:
        fits = isinstance(mask, Mask) and isinstance(a, Lanes) and isinstance(b, Lanes)
        return LANES_TYPE if fits else None

    return typer


@lower_builtin(chosen, Mask, Lanes, Lanes)
def _lower_chosen(context: Any, builder: ir.IRBuilder, signature: Any, args: Any) -> ir.Value:
    del context, signature
    return builder.select(*args)
