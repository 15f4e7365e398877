"""What a pattern was found for: shapes, dtypes, and values of arguments that are constant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from srcad.cache.content import Identity


@dataclass(slots=True, eq=False)
class Arguments:
    """The arguments of one call, as a pattern may depend on them.

    signature: shapes and dtypes. exact: integers and booleans, and floats beside them in one
    structure. floats: of each argument that has nothing else, by its position, but for the one
    that is differentiated by.
    """

    signature: tuple[object, ...]
    exact: list[Any] = field(default_factory=list)
    floats: dict[int, list[Any]] = field(default_factory=dict)

    def copy(self) -> Arguments:
        """Return the same values in arrays that nobody changes."""
        floats = {k: [part.copy() for part in parts] for k, parts in self.floats.items()}
        return Arguments(self.signature, [part.copy() for part in self.exact], floats)


def arguments_of(values: Sequence[Any], position: int) -> Arguments:
    """Return what a pattern of derivatives by the argument at `position` may depend on."""
    signature: list[object] = []
    exact: list[Any] = []
    floats: dict[int, list[Any]] = {}
    for k, value in enumerate(values):
        leaves: list[Any] = []
        signature.append(_signature(value, leaves))
        if k == position:
            continue
        if all(leaf.dtype.kind == "f" for leaf in leaves):
            floats[k] = leaves
        else:
            exact += leaves
    return Arguments(tuple(signature), exact, floats)


def is_same(these: Sequence[Any], those: Sequence[Any]) -> bool:
    """Return whether arrays of the same shapes and dtypes hold the same bits."""
    return all(map(_is_same, these, those))


def _is_same(a: Any, b: Any) -> bool:
    if a.dtype.kind == "f":  # zeros have signs, and NaN is itself
        bits = f"i{a.dtype.itemsize}"
        a, b = (np.ascontiguousarray(part).view(bits) for part in (a, b))
    return np.array_equal(a, b)


def _signature(value: Any, leaves: list[Any]) -> object:
    """Return what code and shapes depend on; numbers and arrays are appended to `leaves`."""
    if isinstance(value, np.ndarray):
        leaves.append(value)
        flags = value.flags
        layout = flags.c_contiguous, flags.f_contiguous, flags.writeable, flags.aligned
        return (value.dtype, value.shape, layout)
    if isinstance(value, tuple):
        return (type(value), *(_signature(part, leaves) for part in value))
    if isinstance(value, bool | int | float | np.generic):
        leaves.append(np.asarray(value))
        return type(value)
    if value is None or isinstance(value, str):
        return value
    # What may change in place is never the same.
    return Identity(value if callable(value) else object())
