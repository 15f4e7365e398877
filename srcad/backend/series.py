"""The functions that compute power series in generated code, by name.

What computes one series of others is text that is made of the rows of the table
(`rules.series`), compiled once for all derivatives. Other parts are written by hand.
"""

from __future__ import annotations

import linecache
import math
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
from numba.extending import overload

from srcad.backend import runtime
from srcad.backend import series_powers as powers
from srcad.backend import series_rows as rows
from srcad.backend.fingerprint import digest
from srcad.backend.hints import apart
from srcad.backend.series_linalg import SERIES_OF_WHOLES
from srcad.backend.twin import twin_code

if TYPE_CHECKING:
    from collections.abc import Callable

HELPERS: dict[str, Callable[..., Any]] = {
    helper.__name__: helper
    for helper in (
        *(rows.row_of, rows.moving_number, rows.constant_series, rows.copy_series),
        *(rows.load_series, rows.store_series, rows.clear_series),
        *(rows.add_to_element, rows.add_to_row),
        *(rows.moving_array, rows.constant_array, rows.filled_array, rows.grown_series),
        *(rows.array_coefficients, rows.constant_coefficients, rows.number_coefficients),
        *(powers.power_coefficients, powers.powers_coefficients),
        *(powers.compose_polygamma, powers.compose_sinc),
        *SERIES_OF_WHOLES,
    )
}

_lasting: set[int] = set()
_made: dict[tuple[str, object], Callable[..., Any]] = {}


def series_helper(name: str) -> Callable[..., Any]:
    """Return a part that is written by hand."""
    return HELPERS[name]


def series_function(text: str, name: str, functions: dict[str, object]) -> Callable[..., Any]:
    """Return the function of this text, as plain Python and for compiled code.

    functions: those of the user's that the text calls.
    """
    key = (text, tuple(sorted((n, id(f)) for n, f in functions.items())))
    if key in _made:
        return _made[key]
    filename = f"<srcad {name} {digest(text)}>"
    for bessel, sign in (("jv", -1.0), ("iv", 1.0)):
        if f"compose_{bessel}(" in text and f"compose_{bessel}" not in HELPERS:
            HELPERS[f"compose_{bessel}"] = powers.bessel_of(bessel, sign)
    space: dict[str, Any] = {
        "apart": apart,
        "math": math,
        "np": np,
        "special": sys.modules.get("scipy.special"),
        **{helper.__name__: helper for helper in runtime.HELPERS},
        **HELPERS,
        **functions,
    }
    space["__name__"] = f"srcad.generated.{name}"
    code, names = twin_code(text, filename, "numpy")
    twins = space | names
    exec(code, twins)  # noqa: S102
    exec(compile(text, filename, "exec", dont_inherit=True), space)  # noqa: S102
    plain, compiled = twins[name], space[name]

    def typed(*args: object) -> object:
        del args
        return compiled

    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    overload(plain, jit_options=rows.JIT, strict=False)(typed)
    _made[key] = plain
    if not functions and "special." not in text and "compose_" not in text:
        _lasting.add(id(plain))
    return plain


def is_lasting(function: object) -> bool:
    """Return whether this computes series, and is the same in every process."""
    return id(function) in _lasting or HELPERS.get(getattr(function, "__name__", "")) is function
