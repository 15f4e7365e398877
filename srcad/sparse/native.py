"""Functions in native code that are the same for all programs: compiled once and for all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from numba import njit

Function = TypeVar("Function", bound=Callable[..., Any])


def native(function: Function) -> Function:
    """Return a function compiled by Numba, kept on disk where there is a place for it.

    Numba looks at the file of the function alone: it calls functions of the same file only.
    """
    try:
        return njit(cache=True)(function)
    except RuntimeError:  # there is none: it is compiled in each process
        return njit(function)
