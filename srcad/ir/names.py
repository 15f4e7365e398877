"""Fresh names: deterministic, readable, and never in the way of generated code."""

from __future__ import annotations

import builtins
import keyword
import re
import unicodedata
from typing import TYPE_CHECKING

from srcad.ir.nodes import Function
from srcad.ir.walk import all_names

if TYPE_CHECKING:
    from collections.abc import Iterable

_EXCEPTIONS = frozenset(
    name
    for name, value in vars(builtins).items()
    if isinstance(value, type) and issubclass(value, BaseException)
)

_CALLED = frozenset(
    {
        *(
            "abs",
            "bool",
            "complex",
            "divmod",
            "enumerate",
            "float",
            "int",
            "len",
            "max",
            "min",
            "pow",
        ),
        *("range", "reversed", "round", "tuple", "zip"),
    }
)

HELPERS = frozenset(
    {
        *("add_lanes", "chosen", "lanes_at", "put_lanes", "set_lanes", "spread"),
        *(
            "added",
            "added_into",
            "along",
            "axis_step",
            "block_count",
            "block_length",
            "block_start",
            "in_blocks",
            "cleared",
            "clip",
            "common_extent",
            "copied_into",
            "digamma",
            "extents_clash",
            "folded",
            "grown",
            "grown_list",
            "list_extent",
            "hidden",
            "records",
        ),
        *("integer_dot", "integer_mv", "least_squares", "linear_solve", "overlaps", "polygamma"),
        *("fourier", "fourier_back"),
        *("out_of_bounds_if", "outside", "overflows", "raise_if"),
        *("solve_lower", "solve_lower_t", "span_outside"),
        *("tied", "trigamma", "wider_extent"),
        *("clip_cotangent", "print_cotangent", "print_text", "scale_cotangent", "shown_cotangent"),
        *("lambertw", "stop_gradient"),
        *("add_to_element", "add_to_row", "array_coefficients", "clear_series"),
        *("constant_array", "constant_coefficients", "constant_series", "copy_series"),
        *("filled_array", "grown_series", "row_of", "load_series", "moving_array", "moving_number"),
        *("number_coefficients", "store_series"),
        *("grow", "meet", "span_first", "span_stop", "union"),
        *("least", "most", "surely_at_most", "surely_less"),
        *("complex_array", "conjugate_array"),
        *("complex_det", "complex_slogdet", "complex_cholesky", "complex_qr", "complex_svd"),
        *("complex_eigh", "complex_eigvalsh", "complex_eig", "complex_eigvals"),
        *(
            f"c{name}_{part}"
            for name in ("root", "tan", "tanh", "arcsin", "arccos", "arctan", "power")
            for part in ("re", "im")
        ),
        *(f"carc{name}_{part}" for name in ("sinh", "cosh", "tanh") for part in ("re", "im")),
    }
)
"""What generated code calls by a bare name (`backend.runtime`)."""

CALLED_BY_NAME: set[str] = set()
"""The user's functions that have a rule: generated code calls them by the name of that."""

RESERVED = (
    frozenset(keyword.kwlist)
    | frozenset(keyword.softkwlist)
    | frozenset({"np", "math", "numba", "special", "srcad"})
    | HELPERS
    | _CALLED
    | _EXCEPTIONS
)
"""Names that generated code uses with a meaning of its own."""

_TEMPORARY = re.compile(r"_t\d+")
_LIKE_TEMPORARY = re.compile(r"_t\d")


def is_temporary(name: str) -> bool:
    """Return whether `refold` may fold this name away."""
    return _TEMPORARY.fullmatch(name) is not None


def of_the_user(name: str) -> str:
    """Return a name of the user's such that nobody takes it for a temporary's: `t3` for `_t3`."""
    return name.lstrip("_") if _LIKE_TEMPORARY.match(name) else name


class NameSupply:
    """Hands out names that are not taken yet: `t`, then `t_1`, `t_2`, and so on."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = set(taken)
        self._next: dict[str, int] = {}
        self._temporaries = 0

    @classmethod
    def of(cls, function: Function) -> NameSupply:
        """Return a supply that avoids every name of `function`."""
        return cls(all_names(function))

    def reserve(self, names: Iterable[str]) -> None:
        """Take `names` as they are."""
        self._taken.update(names)

    def is_free(self, name: str) -> bool:
        """Return whether `fresh(name)` would give `name` itself."""
        if name in self._taken or name in RESERVED or name in CALLED_BY_NAME:
            return False
        return not is_temporary(name)

    def fresh(self, base: str) -> str:
        """Return `base` if it is free, else with the first free number.

        `_t` gives a temporary, and `_` a name that can be read.
        """
        if base == "_t":
            return self.temporary()
        name = base = unicodedata.normalize("NFKC", base if base.strip("_") else "k")
        while not self.is_free(name):
            number = self._next.get(base, 0) + 1
            self._next[base] = number
            name = f"{base}_{number}"
        self._taken.add(name)
        return name

    def temporary(self) -> str:
        """Return the next free `_t0`, `_t1`, ..."""
        while True:
            name = f"_t{self._temporaries}"
            self._temporaries += 1
            if name not in self._taken:
                self._taken.add(name)
                return name
