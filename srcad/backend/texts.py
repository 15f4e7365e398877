"""Printing with a format, from generated code: Python does it, for Numba has no formats."""

from __future__ import annotations

from typing import Any

from numba import objmode
from numba.extending import overload


def print_text(template: str, shown: tuple[Any, ...]) -> None:
    """Print numbers and arrays as the template says."""
    print(template.format(*shown), end="")  # noqa: T201 - what the user has asked for


@overload(print_text)
def _print_text_compiled(template: Any, shown: Any) -> Any:  # noqa: ARG001
    def compiled(template: Any, shown: Any) -> None:
        with objmode():
            print_text(template, shown)

    return compiled
