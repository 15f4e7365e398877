"""Numba's types in our own words, and back."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from numba.core import types

from srcad.ir.records import record_of_class
from srcad.ir.types import Array, Scalar, Static, Tuple, Type

if TYPE_CHECKING:
    from numba.core.types import Type as NumbaType

LAYOUTS = ("C", "F", "A")


def from_numba(nb_type: NumbaType, name: str = "an argument") -> Type:
    """Return the IR type of a Numba type.

    Raises TypeError, naming the argument and what to pass instead, when values of this
    type cannot take part in a differentiated function.
    """
    match nb_type:
        case types.Omitted():
            return Static(nb_type.value)
        case types.NoneType():
            return Static(None)
        case types.Dispatcher():
            return Static(nb_type.dispatcher)
        case types.StringLiteral():
            return Static(nb_type.literal_value)
        case types.IntEnumMember():
            return from_numba(nb_type.dtype, name)
        case types.Literal():
            return from_numba(nb_type.literal_type, name)
        case types.Boolean():
            return Scalar("bool")
        case types.Integer() | types.Float() | types.Complex() if nb_type is not types.float16:
            return Scalar(str(nb_type))
        case types.Array():
            return _array(nb_type, name)
        case types.BaseTuple():
            return _tuple(nb_type, name)
        case _:
            raise TypeError(_refusal(nb_type, name))


def to_numba(type_: Type) -> NumbaType:
    """Return the Numba type of an IR type."""
    match type_:
        case Scalar(dtype):
            return _of_dtype(dtype)
        case Array(dtype, ndim, layout, mutable):
            return _of_array(dtype, ndim, layout, mutable)
        case Tuple(items):
            return types.Tuple([to_numba(item) for item in items])
        case Static(None):
            return types.none
        case Static(value):
            return types.Omitted(value)


@cache
def _of_dtype(dtype: str) -> NumbaType:
    return types.boolean if dtype == "bool" else getattr(types, dtype)


@cache
def _of_array(dtype: str, ndim: int, layout: str, mutable: bool) -> NumbaType:  # noqa: FBT001
    return types.Array(_of_dtype(dtype), ndim, layout, readonly=not mutable)


def _array(nb_type: types.Array, name: str) -> Array:
    """Return the IR type of an array of numbers."""
    element = nb_type.dtype
    is_number = isinstance(element, types.Boolean | types.Integer | types.Float | types.Complex)
    if not is_number or element is types.float16 or nb_type.layout not in LAYOUTS:
        raise TypeError(_refusal(nb_type, name))
    dtype = "bool" if isinstance(element, types.Boolean) else str(element)
    return Array(dtype, nb_type.ndim, nb_type.layout, nb_type.mutable)


def _tuple(nb_type: types.BaseTuple, name: str) -> Tuple:
    """Return the IR type of a tuple; a named tuple keeps its field names."""
    kind = getattr(nb_type, "instance_class", None)
    record = None if kind is None else record_of_class(kind)
    names = [record.part(name, k) if record else f"{name}[{k}]" for k in range(len(nb_type))]
    items = tuple(from_numba(item, part) for item, part in zip(nb_type, names, strict=True))
    fields = getattr(nb_type, "fields", ())
    return Tuple(items, tuple(fields), record)


def _refusal(nb_type: NumbaType, name: str) -> str:
    """Return why a value of this type is not accepted, and what to pass instead."""
    match nb_type:
        case types.Record() | types.Array(dtype=types.Record()):
            return f"{name} is a structured array; inside compiled code, pass its fields"
        case types.ClassInstanceType():
            return f"{name} is an instance of a jitclass; inside compiled code, pass its fields"
        case types.List() | types.ListType() | types.Set():
            return f"{name} is a {_plain(nb_type)}; pass an array: np.asarray({name})"
        case types.NumPyRandomGeneratorType():
            return f"{name} is a random generator; draw before the call, and pass an array"
        case types.UnicodeType():
            return f"{name} is a string that is not known while compiling; write it as a literal"
        case types.Optional():
            return f"{name} may be None or {nb_type.type}; decide before the call"
        case _:
            return f"{name} has {_plain(nb_type)}; pass numbers, arrays of numbers or tuples"


def _plain(nb_type: NumbaType) -> str:
    """Return the type as a user would name it."""
    match nb_type:
        case types.List():
            return f"list of {nb_type.dtype}"
        case types.ListType():
            return f"typed list of {nb_type.item_type}"
        case types.Set():
            return f"set of {nb_type.dtype}"
        case types.PyObject():
            return "a type that Numba does not know"
        case _:
            return f"type {nb_type}"
