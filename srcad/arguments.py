"""What users pass: which arguments to differentiate, and values that must match them."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Sequence
from dataclasses import replace
from enum import Enum
from functools import lru_cache
from itertools import compress
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np

from srcad.foreign import as_numpy, is_foreign_array, refuse_foreign
from srcad.frontend.syntax.signature import signature_of
from srcad.ir.records import Record, fields_of, given_class, parts_of, record_of
from srcad.ir.types import (
    COMPLEX,
    FLOATS,
    Array,
    Scalar,
    Static,
    Tuple,
    Type,
    holds_complex,
    is_complex,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

CONTINUOUS = (*FLOATS, *COMPLEX)
"""The dtypes of numbers that have derivatives."""

Argnums = int | str | Sequence[int | str]


def parameter_names(func: object) -> tuple[str, ...]:
    """Return the names of the parameters of `func`, in order."""
    if type(func) is FunctionType and "__signature__" not in func.__dict__:
        return _names_of(func.__code__)
    return tuple(signature_of(func).parameters)


@lru_cache(maxsize=4096)
def _names_of(code: CodeType) -> tuple[str, ...]:
    """Return the names of parameters in the order of `inspect`: `*args` stands before keywords."""
    args, keywords, flags = code.co_argcount, code.co_kwonlyargcount, code.co_flags
    names, last = code.co_varnames, code.co_argcount + code.co_kwonlyargcount
    several = names[last : last + 1] if flags & inspect.CO_VARARGS else ()
    at = last + len(several)
    rest = names[at : at + 1] if flags & inspect.CO_VARKEYWORDS else ()
    return (*names[:args], *several, *names[args : args + keywords], *rest)


def positions(argnums: object, names: Sequence[str], where: str) -> tuple[int, ...]:
    """Return the positions that `argnums` names, in its order.

    argnums: a position (negative ones count from the end), a name, or a sequence.
    where: what to call the function in an error.
    Raises ValueError for one that does not exist or is named twice, TypeError for
    anything else.
    """
    items = argnums if is_several(argnums) else (argnums,)
    chosen = tuple(_position(item, names, where) for item in cast("Sequence[object]", items))
    if not chosen:
        message = "argnums is empty; name at least one argument"
        raise ValueError(message)
    if len(set(chosen)) < len(chosen):
        message = f"argnums names an argument twice: {argnums!r}"
        raise ValueError(message)
    return chosen


def is_several(argnums: object) -> bool:
    """Return whether `argnums` is a sequence, so that the gradient is a tuple."""
    return isinstance(argnums, Sequence) and not isinstance(argnums, str)


def _position(item: object, names: Sequence[str], where: str) -> int:
    """Return the position of one argument."""
    if isinstance(item, str):
        if item not in names:
            message = f"{where} has no argument {item!r}; it has {', '.join(names)}"
            raise ValueError(message)
        return names.index(item)
    if isinstance(item, bool) or not isinstance(item, int | np.integer):
        message = f"argnums takes positions and names of arguments, got {item!r}"
        if isinstance(item, float | np.ndarray | np.floating):
            message += "; an operator returns a function: write srcad.grad(f)(x), or f.grad()(x)"
        raise TypeError(message)
    if not -len(names) <= item < len(names):
        plural = "s" if len(names) != 1 else ""
        message = f"argnums={item} is out of range: {where} has {len(names)} argument{plural}"
        raise ValueError(message)
    return int(item) % len(names)


def leaves(type_: Type, name: str) -> Iterator[tuple[str, Type]]:
    """Yield the leaves of a type with their names: `p[0]`, `p[1]` for a tuple `p`."""
    match type_:
        case Tuple(items, record=record):
            for k, item in enumerate(items):
                yield from leaves(item, record.part(name, k) if record else f"{name}[{k}]")
        case _:
            yield name, type_


def is_differentiable(type_: Type) -> bool:
    """Return whether some leaf of this type is a float."""
    return any(_dtype(leaf) in CONTINUOUS for _, leaf in leaves(type_, ""))


def check_differentiable(type_: Type, name: str) -> None:
    """Raise TypeError when an argument to differentiate has a leaf that is no float."""
    for leaf_name, leaf in _to_differentiate(type_, name):
        match leaf:
            case Scalar(dtype) if dtype not in CONTINUOUS:
                message = f"{leaf_name} is {_article(dtype)}, so it has no derivative; pass a float"
                raise TypeError(message)
            case Array(dtype) if dtype not in CONTINUOUS:
                fix = f"pass {leaf_name}.astype(np.float64)"
                message = f"{leaf_name} is an array of {dtype}, so it has no derivative; {fix}"
                raise TypeError(message)
            case Static(value):
                message = f"{leaf_name} is {value!r}, which was not passed; pass it as a float"
                if value is None or callable(value) or isinstance(value, str | Enum):
                    message = f"{leaf_name} is {value!r}, which has no derivative; pass a float"
                raise TypeError(message)


def _to_differentiate(type_: Type, name: str) -> Iterator[tuple[str, Type]]:
    """Yield the leaves that have to be floats: of structured arrays, those that are."""
    match type_:
        case Tuple(items, record=record):
            for k, item in enumerate(items):
                part = record.part(name, k) if record else f"{name}[{k}]"
                is_left_out = record is not None and record.leaves_out
                is_left_out &= is_differentiable(type_) and not is_differentiable(item)
                if not is_left_out:
                    yield from _to_differentiate(item, part)
        case _:
            yield name, type_


COMPLEX_ADVICE = {
    **dict.fromkeys(
        ("jacfwd", "jacrev", "jacobian", "hessian"),
        "say holomorphic=True for complex derivatives",
    ),
    **dict.fromkeys(
        ("hvp", "value_grad_hvp"), "write srcad.jvp(srcad.grad(f), (z,), (v,)) for the product"
    ),
}
"""What to write for complex arguments instead, by the operator."""


def check_real(what: str, given: Iterable[tuple[str, Type]]) -> None:
    """Raise TypeError when an argument of an operator for real numbers is complex."""
    for name, type_ in given:
        if holds_complex(type_):
            message = (
                f"{name} is complex ({type_}), and {what} is for real arguments: "
                f"{COMPLEX_ADVICE.get(what, 'use grad, jvp and vjp')}, "
                "or take the real and the imaginary part as arguments"
            )
            raise TypeError(message)


def check_no_fields(what: str, given: Iterable[tuple[str, Type]]) -> None:
    """Raise TypeError when an argument of an operator for arrays is a structured array."""
    for name, type_ in given:
        pending = [type_]
        while pending:
            match pending.pop():
                case Tuple(record=record) if record is not None and record.leaves_out:
                    message = f"{name} is {record}; {what} takes the fields as arguments"
                    raise TypeError(message)
                case Tuple(items):
                    pending += items


def check_complex(given: Iterable[tuple[str, Type]], wrt: Sequence[int]) -> None:
    """Raise TypeError when an argument of a complex derivative is not complex."""
    for k, (name, type_) in enumerate(given):
        if k in wrt and not is_complex(type_):
            message = f"{name} is {type_}; with holomorphic=True, pass a complex number or array"
            raise TypeError(message)


def cotangent_type(type_: Type) -> Type:
    """Return the type that `matched` gives a cotangent of a result of this type."""
    match type_:
        case Tuple(items, record=record) if record is not None and record.leaves_out:
            has_any = list(map(is_differentiable, items))
            reduced = fields_of(items, record, has_any).record
            kept = tuple(map(cotangent_type, compress(items, has_any)))
            return Tuple(kept, reduced.fields, reduced)
        case Tuple(items):
            return replace(type_, items=tuple(map(cotangent_type, items)))
        case Scalar(dtype) if dtype in CONTINUOUS:
            return type_
        case Array(dtype, ndim, layout) if dtype in CONTINUOUS:
            return Array(dtype, ndim, "F" if layout == "F" else "C")
        case _:
            return Static(None)


def matched(value: object, primal: object, type_: Type, name: str) -> object:
    """Return `value`, a tangent or a cotangent, in the very type that `primal` has.

    Raises TypeError for a wrong structure or dtype and ValueError for a wrong shape,
    naming what was expected. Leaves that are not floats have None.
    """
    if is_foreign_array(value):
        refuse_foreign((value,), (name,))
        value = as_numpy(value)
    match type_:
        case Tuple(items, record=record):
            if record is not None:
                return _matched_record(value, primal, items, record, name)
            return _matched_tuple(value, primal, items, name)
        case Scalar(dtype) if dtype in CONTINUOUS:
            return _matched_scalar(value, dtype, name)
        case Array(dtype, _, layout) if dtype in CONTINUOUS:
            return _matched_array(value, np.shape(cast("Any", primal)), dtype, layout, name)
        case _:
            _check_nothing(value, name)
            return None


def _matched_tuple(value: object, primal: object, items: Sequence[Type], name: str) -> object:
    """Return a tuple of matched items."""
    if not isinstance(value, tuple | list) or len(value) != len(items):
        got = f"{len(value)} values" if isinstance(value, tuple | list) else type(value).__name__
        message = f"{name}: expected a tuple of {len(items)}, got {got}"
        raise TypeError(message)
    assert isinstance(primal, tuple)
    rows = enumerate(zip(value, primal, items, strict=True))
    return tuple(matched(v, p, t, f"{name}[{k}]") for k, (v, p, t) in rows)


def _matched_record(
    value: object, primal: object, items: Sequence[Type], record: Record, name: str
) -> object:
    """Return a named tuple of matched parts; those of dicts are found by their keys."""
    is_alike = isinstance(value, tuple | list) if record.is_sequence else _has_parts(value, record)
    if not is_alike:
        got = f"a {type(value).__name__}"
        if isinstance(value, dict):
            got = f"a dict with the keys {', '.join(map(repr, value))}"
        message = f"{name}: expected {record}, got {got}"
        raise TypeError(message)
    if record.is_sequence and len(cast("Any", value)) != len(items):
        message = f"{name}: expected {record}, got {len(cast('Any', value))} values"
        raise TypeError(message)
    if record.leaves_out:  # all fields may be given, also those that have no tangents
        has_any = list(map(is_differentiable, items))
        record = fields_of(tuple(items), record, has_any).record
        items = tuple(compress(items, has_any))
    rows = zip(parts_of(value, record), parts_of(primal, record), items, strict=True)
    parts: Any = [matched(v, p, t, record.part(name, k)) for k, (v, p, t) in enumerate(rows)]
    return given_class(record)(*parts)


def _has_parts(value: object, record: Record) -> bool:
    """Return whether a value is a dict with these keys, or a dataclass of this class."""
    found = record_of(value)
    if found is None:
        return False
    if record.leaves_out and found.leaves_out:
        return bool({*found.keys} & {*record.keys})
    if found.kind is not record.kind:
        return False
    return set(found.keys) == set(record.keys)


def _matched_scalar(value: object, dtype: str, name: str) -> object:
    """Return a float of the dtype; Python floats fit every float dtype."""
    got = np.asarray(value)
    if got.ndim:
        message = f"{name}: expected a {dtype} number, got an array of shape {got.shape}"
        raise ValueError(message)
    if dtype in COMPLEX:
        if type(value) not in (float, complex) and got.dtype.name != dtype:
            message = f"{name}: expected {dtype}, got {_kind(value)}"
            raise TypeError(message)
        return complex(got) if dtype == "complex128" else np.complex64(got)
    if type(value) is not float and got.dtype.name != dtype:
        message = f"{name}: expected {dtype}, got {_kind(value)}"
        raise TypeError(message)
    return float(got) if dtype == "float64" else np.float32(got)


def _matched_array(
    value: object, shape: tuple[int, ...], dtype: str, layout: str, name: str
) -> object:
    """Return a contiguous array of the dtype and the shape, in the order of the primal."""
    expected = f"an array of {dtype} with shape {shape}"
    if not isinstance(value, np.ndarray):
        message = f"{name}: expected {expected}, got {_kind(value)}"
        raise TypeError(message)
    if value.dtype.name != dtype:
        message = f"{name}: expected {expected}, got dtype {value.dtype.name}"
        raise TypeError(message)
    if value.shape != shape:
        message = f"{name}: expected {expected}, got shape {value.shape}"
        raise ValueError(message)
    order: Literal["C", "F"] = "F" if layout == "F" else "C"
    return np.require(value, requirements=[order, "W"]).reshape(shape, order=order)


def _check_nothing(value: object, name: str) -> None:
    """Accept None, or zeros, for what has no derivative."""
    if value is None or not np.any(value):  # type: ignore[call-overload]
        return
    message = f"{name}: the value is not a float, so it takes None, got {_kind(value)}"
    raise TypeError(message)


def _dtype(type_: Type) -> str | None:
    """Return the dtype of numbers and arrays."""
    return type_.dtype if isinstance(type_, Scalar | Array) else None


def _article(dtype: str) -> str:
    """Return the dtype with its article."""
    return f"an {dtype}" if dtype.startswith("i") else f"a {dtype}"


def _kind(value: object) -> str:
    """Return how to name what was passed instead."""
    if isinstance(value, np.ndarray):
        return f"an array of {value.dtype.name} with shape {value.shape}"
    return type(value).__name__
