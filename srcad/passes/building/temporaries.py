"""Names that nobody would miss: temporaries, and derivatives of temporaries."""

from __future__ import annotations

import re
from functools import lru_cache

from srcad.ir.known import once
from srcad.ir.nodes import Function
from srcad.ir.walk import all_names

_MADE_UP = re.compile(r"_t\d+(?:_bar|_dot|_\d+)*")
_DERIVATIVE = re.compile(r"\w+_(?:bar|dot)(?:_\d+)?")


@lru_cache(4096)
def is_made_up(name: str) -> bool:
    """Return whether `name` is `_t3`, or `_t3_bar`, or `_t3_dot_1`."""
    return name.startswith("_t") and _MADE_UP.fullmatch(name) is not None


@lru_cache(4096)
def is_derivative(name: str) -> bool:
    """Return whether `name` looks like an adjoint or a tangent: `x_bar`, `x_dot_1`."""
    return _DERIVATIVE.fullmatch(name) is not None


@once
def derivative_names(function: Function) -> frozenset[str]:
    """Return the names in a program that look like adjoints or tangents."""
    return frozenset(filter(is_derivative, all_names(function)))
