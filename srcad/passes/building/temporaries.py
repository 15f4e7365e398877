"""Names that nobody would miss: temporaries, and derivatives of temporaries."""

from __future__ import annotations

import re

_MADE_UP = re.compile(r"_t\d+(?:_bar|_dot|_\d+)*")
_DERIVATIVE = re.compile(r"\w+_(?:bar|dot)(?:_\d+)?")


def is_made_up(name: str) -> bool:
    """Return whether `name` is `_t3`, or `_t3_bar`, or `_t3_dot_1`."""
    return name.startswith("_t") and _MADE_UP.fullmatch(name) is not None


def is_derivative(name: str) -> bool:
    """Return whether `name` looks like an adjoint or a tangent: `x_bar`, `x_dot_1`."""
    return _DERIVATIVE.fullmatch(name) is not None
