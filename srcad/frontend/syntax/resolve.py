"""What does a Python object mean in a call? Decided by identity, never by name."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Hashable
from dataclasses import dataclass, is_dataclass
from types import FunctionType
from typing import Any, cast

import numba
import numba.typed
import numpy as np

from srcad.backend.cotangents import print_cotangent
from srcad.backend.loops import checkpointed
from srcad.frontend.syntax.source import python_function
from srcad.passes.building.custom_calls import CustomRule
from srcad.rules.known import given_for
from srcad.rules.table import PRIMS, object_of
from srcad.spec import Sweep


@dataclass(frozen=True, slots=True)
class Primitive:
    """An operation of the rules table."""

    name: str


@dataclass(frozen=True, slots=True)
class Cast:
    """A conversion of one number: `float`, `np.float32`.

    is_strict: whether arrays do not keep their own dtype beside the result, as they do beside
    a Python number.
    """

    dtype: str
    is_strict: bool


@dataclass(frozen=True, slots=True)
class Structural:
    """A function that lowering itself understands: `len`, `range`, `np.zeros`."""

    name: str


@dataclass(frozen=True, slots=True, eq=False)
class UserFunction:
    """A function with source, to be inlined."""

    func: FunctionType


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """A class of named tuples, or of dataclasses."""

    kind: type[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Opaque:
    """A derivative: it stays a call."""

    func: object


@dataclass(frozen=True, slots=True, eq=False)
class Unknown:
    """A callable without rule and without source."""

    func: object


@dataclass(frozen=True, slots=True, eq=False)
class Custom:
    """A function with a rule of the user's own: it stays a call."""

    rule: CustomRule


Callee = Custom | Primitive | Cast | Structural | UserFunction | Record | Opaque | Unknown

STRUCTURAL: tuple[tuple[object, str], ...] = (
    (len, "len"),
    (range, "range"),
    (slice, "slice"),
    (numba.prange, "prange"),
    (checkpointed, "checkpointed"),
    (enumerate, "enumerate"),
    (map, "map"),
    (filter, "filter"),
    (functools.reduce, "reduce"),
    (numba.typed.List, "typed_list"),
    (zip, "zip"),
    (reversed, "reversed"),
    (next, "next"),
    (min, "min"),
    (max, "max"),
    (sum, "sum"),
    (divmod, "divmod"),
    (tuple, "tuple"),
    (dataclasses.replace, "replaced"),
    (print, "print"),
    (print_cotangent, "print_cotangent"),
    (np.shape, "np_shape"),
    (np.size, "size"),
    (np.ndim, "ndim"),
    (np.copy, "copy"),
    (np.zeros, "zeros"),
    (np.ones, "ones"),
    (np.empty, "empty"),
    (np.full, "full"),
    (np.zeros_like, "zeros_like"),
    (np.ones_like, "ones_like"),
    (np.empty_like, "empty_like"),
    (np.full_like, "full_like"),
)

CASTS: dict[object, str] = {
    float: "float64",
    int: "int64",
    bool: "bool",
    **{getattr(np, name): name for name in ("float32", "float64", "int8", "int16", "int32")},
    **{getattr(np, name): name for name in ("int64", "uint8", "uint16", "uint32", "uint64")},
    np.bool_: "bool",
    np.complex128: "complex128",
    np.complex64: "complex64",
    np.intp: "int64",
    np.uintp: "uint64",
}


NOT_SUPPORTED = ("float16", "float128", "longdouble")


class Resolver:
    """Answers by identity; made once per function, as users may add rules at any time."""

    def __init__(self, wholes: dict[int, str] | None = None) -> None:
        self._special = {id(function): name for function, name in STRUCTURAL} | (wholes or {})
        self._primitives: dict[int, str] = {}
        for name, prim in PRIMS.items():
            functions: list[object] = [prim.function] if prim.function else []
            functions += [object_of(text) for text in (prim.spelling, *prim.aliases)]
            for function in functions:
                if function is not None:
                    self._primitives.setdefault(id(function), name)

    def callee(self, obj: object) -> Callee:
        """Return what a call of `obj` does."""
        if id(obj) in self._special:
            return Structural(self._special[id(obj)])
        if isinstance(obj, Hashable) and isinstance(obj, type) and obj in CASTS:
            return Cast(CASTS[obj], issubclass(obj, np.generic))
        if id(obj) in self._primitives:
            return Primitive(self._primitives[id(obj)])
        given = given_for(obj)
        if given is not None:
            return Primitive(given.name)
        if isinstance(obj, type) and issubclass(obj, tuple) and hasattr(obj, "_fields"):
            return Record(obj)
        if isinstance(obj, type) and is_dataclass(obj):
            return Record(obj)
        rule = getattr(obj, "__srcad_rule__", None)
        if isinstance(rule, CustomRule):
            return Custom(rule)
        spec = getattr(obj, "__srcad_derivative__", None)
        if isinstance(obj, Sweep):
            return Opaque(obj)
        if spec is not None and getattr(spec, "kind", None) != "primal":
            return Opaque(obj)
        func = python_function(obj if spec is None else spec.func)
        return Unknown(obj) if func is None else UserFunction(func)


def dtype_name(obj: object) -> str | None:
    """Return the NumPy name of a supported dtype given in any form, or None."""
    if isinstance(obj, Hashable) and isinstance(obj, type) and obj in CASTS:
        return CASTS[obj]
    try:
        dtype: np.dtype[Any] = np.dtype(cast("Any", getattr(obj, "key", None) or obj))
    except TypeError:
        return None
    return (
        str(dtype.name)
        if dtype.kind in "fiubc" and dtype.itemsize <= 16 and dtype.name not in NOT_SUPPORTED
        else None
    )
