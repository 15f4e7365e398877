"""The comparison of tangents and adjoints in two functions with those in one."""

from __future__ import annotations

from typing import Any

from tests.passes.halves import test_halves, test_linear
from tests.random_programs import load_once


def check(source: str, args: tuple[Any, ...], seed: int) -> None:
    """Compare both halves of the adjoint, or of the tangent, with the whole, bit for bit."""
    one = test_linear if seed % 2 else test_halves
    one.check(load_once(source), args)
