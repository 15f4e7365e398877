"""The reverse pass alone: its source, what it does with each value, and whether it is right."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np

import srcad
from srcad.frontend.types.numba_types import from_numba
from srcad.pipeline import derive
from tests.array_checks import fresh
from tests.gradient_checks import reference
from tests.harness import as_plain_python, assert_close
from tests.oracle import is_active


def reversed_source(func: Callable[..., Any], *args: Any) -> tuple[str, set[tuple[str, str]]]:
    """Return the pullback of a program, and each value with its treatment.

    A loop that is swept once stands for itself: its value has no name.
    """
    types = tuple(from_numba(numba.typeof(arg)) for arg in args)
    wrt = tuple(k for k, arg in enumerate(args) if is_active(arg))
    made = derive(func, "adjoint", types, wrt)
    return made.source, {(note.name, note.treatment) for note in made.diagnostics.notes}


def treatments(func: Callable[..., Any], *args: Any) -> dict[str, str]:
    """Return how each named value is had in reverse; the last one counts."""
    notes = sorted(reversed_source(func, *args)[1])
    return {name: treatment for name, treatment in notes if not name.startswith("_")}


def check_pullback(func: Callable[..., Any], *args: Any, tol: float = 1e-11) -> None:
    """Compare a program of one float and its pullback with dual numbers."""
    wrt = tuple(k for k, arg in enumerate(args) if is_active(arg))
    with np.errstate(all="ignore"):
        value, expected = reference(func, args, wrt)
    with as_plain_python():
        out, pullback = srcad.vjp(func, *fresh(args))
        assert_close(out, value, tol, "value of vjp")
        bars = pullback(1.0)
    assert_close(tuple(bars[k] for k in wrt), expected, tol, "pullback")
