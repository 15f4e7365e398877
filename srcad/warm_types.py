"""Types of what derivatives take beside the arguments of their functions."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
from numba.core import sigutils, types

from srcad.backend.value_types import type_of
from srcad.inspection import is_signature
from srcad.ir.structures import given

Signature = tuple[types.Type, ...]


def argument_types(func: Any, examples: tuple[Any, ...], signature: object) -> Signature:
    """Return the types of all arguments; those that are missing have defaults.

    Raises TypeError for what says no types, and where the number of arguments does not fit.
    """
    parameters = list(inspect.signature(func).parameters.values())
    name = func.__name__
    if signature is None and len(examples) == 1 and is_signature(examples[0]):
        signature, examples = examples[0], ()
    if signature is None and not examples and parameters:
        message = f"warmup of {name} takes example arguments, or their types as signature="
        raise TypeError(message)
    found = _written(signature) if signature is not None else _seen(examples)
    if len(found) > len(parameters):
        message = f"warmup: {name} has {len(parameters)} arguments, got {len(found)}"
        raise TypeError(message)
    missing = parameters[len(found) :]
    lacking = [p.name for p in missing if p.default is p.empty]
    if lacking:
        message = f"warmup: {name} takes {', '.join(lacking)} as well"
        raise TypeError(message)
    return (*found, *(types.Omitted(p.default) for p in missing))


def _written(signature: Any) -> Signature:
    """Return the types that a signature names."""
    if isinstance(signature, tuple) and not signature:
        return ()
    problem: Exception | None = None
    if is_signature(signature):
        try:
            return tuple(sigutils.normalize_signature(signature)[0])
        except Exception as error:  # noqa: BLE001 - a text is evaluated, which may raise anything
            problem = error
    hint = 'write Numba types, as in "(float64, float64[:])"'
    message = f"warmup: signature={signature!r} names no types of arguments; {hint}"
    raise TypeError(message) from problem


def _seen(examples: tuple[Any, ...]) -> Signature:
    """Return the types of example arguments."""
    try:
        return tuple(type_of(given(example)) for example in examples)
    except ValueError as error:
        message = f"warmup: an example has a type that Numba does not know: {error}"
        raise TypeError(message) from None


def with_defaults(args: Signature) -> Signature:
    """Return the types of the arguments where those that are missing are passed as well."""
    return tuple(
        type_of(given(type_.value)) if isinstance(type_, types.Omitted) else type_ for type_ in args
    )


def along(type_: types.Type) -> types.Type:
    """Return the type of a tangent or a cotangent; `none` for what is not a float."""
    match types.unliteral(type_):
        case types.Float() as number:
            return number
        case types.Array(dtype=types.Float()) as array:
            return types.Array(array.dtype, array.ndim, "F" if array.layout == "F" else "C")
        case types.BaseTuple() as several:
            kind = getattr(several, "instance_class", None)
            return types.BaseTuple.from_types(tuple(map(along, several)), kind)
    return types.none


def as_python_has_it(type_: types.Type) -> types.Type:
    """Return the type of a result after it was a Python object: numbers are wide then."""
    match type_:
        case types.Boolean():
            return type_
        case types.Integer():
            return types.int64
        case types.Float():
            return types.float64
        case types.BaseTuple():
            kind = getattr(type_, "instance_class", None)
            return types.BaseTuple.from_types(tuple(map(as_python_has_it, type_)), kind)
    return type_


def example_of(type_: types.Type) -> Any:
    """Return a float or an array of ones of a type; None for other types."""
    match type_:
        case types.Float():
            return 1.0 if type_ is types.float64 else None
        case types.Array(dtype=types.Float(), layout="C"):
            made = np.ones((2,) * type_.ndim, np.dtype(str(type_.dtype)))
            made.flags.writeable = type_.mutable
            return made
    return None
