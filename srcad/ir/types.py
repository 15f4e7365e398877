"""The types of IR names: what Numba knows about a value, in our own words."""

from __future__ import annotations

from dataclasses import dataclass

from srcad.ir.records import Made, Record

FLOATS = ("float32", "float64")

COMPLEX = {"complex64": "float32", "complex128": "float64"}
"""The dtypes of complex numbers, and those of their parts."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """One number; `dtype` is a NumPy name (`float64`, `int64`, `bool`, ...)."""

    dtype: str

    def __str__(self) -> str:
        return self.dtype


@dataclass(frozen=True, slots=True)
class Array:
    """An n-dimensional array. `layout` is `C`, `F` or `A` (any strides)."""

    dtype: str
    ndim: int
    layout: str = "C"
    mutable: bool = True

    def __str__(self) -> str:
        readonly = "" if self.mutable else ", readonly"
        return f"{self.dtype}[{self.ndim}d, {self.layout}{readonly}]"


@dataclass(frozen=True, slots=True)
class Tuple:
    """A tuple of values; `fields` holds the field names of a named tuple.

    record: what it stands for, if it is not a plain tuple.
    """

    items: tuple[Type, ...]
    fields: tuple[str, ...] = ()
    record: Record | None = None

    def __str__(self) -> str:
        return "(" + ", ".join(map(str, self.items)) + ")"


def tuple_type(items: tuple[Type, ...], structure: object) -> Tuple:
    """Return the type of a tuple of these items, which stands for what `structure` does."""
    record = structure.record if isinstance(structure, Made) else None
    return Tuple(items, () if record is None else record.fields, record)


@dataclass(frozen=True, slots=True, eq=False)
class Static:
    """An argument known while compiling: an omitted default, None, a function.

    `1`, `True` and `1.0` are equal numbers, but not equal types.
    """

    value: object

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Static) and _exact(self.value) == _exact(other.value)

    def __hash__(self) -> int:
        return hash(_exact(self.value))

    def __str__(self) -> str:
        return f"static {self.value!r}"


Type = Scalar | Array | Tuple | Static

BOOL = Scalar("bool")
INT = Scalar("int64")
FLOAT = Scalar("float64")


def _exact(value: object) -> object:
    """Return what is equal for values that cannot be told apart: not for 0.0 and -0.0."""
    if isinstance(value, tuple):
        return type(value), tuple(map(_exact, value))
    return (type(value), repr(value)) if isinstance(value, bool | int | float | complex) else value


def is_complex(type_: Type | None) -> bool:
    """Return whether values of this type are complex numbers."""
    return isinstance(type_, Scalar | Array) and type_.dtype in COMPLEX


def holds_complex(type_: Type) -> bool:
    """Return whether a value of this type is complex, or has parts that are."""
    if isinstance(type_, Tuple):
        return any(map(holds_complex, type_.items))
    return is_complex(type_)


def is_float(type_: Type | None) -> bool:
    """Return whether values of this type can carry a derivative."""
    return isinstance(type_, Scalar | Array) and type_.dtype in FLOATS
