"""Whether an argument has the structure that compiled code expects."""

from __future__ import annotations

from typing import Any

from srcad.ir.nodes import Var
from srcad.ir.records import Made, is_complex_record
from srcad.ir.types import Array, Scalar, Static, Tuple, Type, is_complex


def check_structure(structure: object, type_: Type, name: str) -> None:
    """Raise TypeError for an argument that has not the structure that compiled code expects.

    structure: nested tuples of names. Dicts have the same keys in the same order, dataclasses
    are of the same class, and numbers and arrays have the same number of dimensions.
    """
    expected = structure.record if isinstance(structure, Made) else None
    if expected is not None and is_complex_record(expected):
        parts: tuple[Any, ...] = structure  # type: ignore[assignment]
        if not is_complex(type_) or _rank(parts[0].type) != _rank(type_):
            rank = _rank(parts[0].type)
            wanted = f"a {rank}d array of complex numbers" if rank else "a complex number"
            raise TypeError(f"{name}: expected {wanted}, got {_got(type_)}")
        return
    got = type_.record if isinstance(type_, Tuple) else None
    is_named = any(r is not None and not r.is_sequence for r in (expected, got))
    if is_named and structure is not None and expected != got:
        message = f"{name}: expected {expected or 'a tuple'}, got {got or type_}"
        raise TypeError(message)
    if isinstance(structure, tuple) and isinstance(type_, Tuple):
        if len(structure) != len(type_.items):
            message = f"{name}: expected {expected or _wanted(structure)}, got {got or type_}"
            raise TypeError(message)
        for k, (part, item) in enumerate(zip(structure, type_.items, strict=True)):
            check_structure(part, item, expected.part(name, k) if expected else f"{name}[{k}]")
    elif isinstance(structure, tuple) or (
        isinstance(structure, Var) and _rank(structure.type) != _rank(type_)
    ):
        message = f"{name}: expected {expected or _wanted(structure)}, got {got or _got(type_)}"
        raise TypeError(message)


def _wanted(structure: tuple[object, ...] | Var) -> str:
    """Return what is expected, in words."""
    if isinstance(structure, tuple):
        return f"a tuple of {len(structure)}"
    if isinstance(structure.type, Array):
        return f"a {structure.type.ndim}d array of {structure.type.dtype}"
    return f"a {structure.type} number"


def _got(type_: Type) -> str:
    return str(type_.value) if isinstance(type_, Static) else str(type_)


def _rank(type_: Type | None) -> int | None:
    """Return the number of dimensions of a number or an array, None for anything else."""
    match type_:
        case Array(ndim=ndim):
            return ndim
        case Scalar():
            return 0
        case _:
            return None
