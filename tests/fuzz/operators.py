"""The comparison of random programs that call derivatives with nested dual numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

import srcad
from tests import nested_duals
from tests.fuzz import InvalidProgramError
from tests.harness import assert_close, bits, random_tangents
from tests.random_programs import limited_lines, load_once

TOL = 1e-8
LARGEST = 1e5


def check(source: str, args: tuple[Any, ...], seed: int) -> None:
    """Compare value, gradient and tangent of a program with the reference."""
    func = load_once(source)
    value, gradient = expected(func, args)
    before = bits(args)
    found, bars = srcad.value_and_grad(func, (0, 1, 2))(*args)
    assert_close(found, value, TOL, "value")
    assert_close(bars, gradient, TOL, "reverse")
    dots = random_tangents(args, seed)
    out, out_dot = srcad.jvp(func, args, dots)
    assert_close(out, value, TOL, "value of the tangent")
    product = sum(float(np.sum(bar * dot)) for bar, dot in zip(gradient, dots, strict=True))
    scale = max(1.0, *(float(np.max(np.abs(bar))) for bar in gradient))
    assert_close(out_dot / scale, product / scale, TOL, "forward")
    assert bits(args) == before, "an argument was written"


def expected(func: Any, args: tuple[Any, ...]) -> tuple[Any, Any]:
    """Return value and gradient by nested dual numbers. Raises for what is not tame."""
    same = nested_duals.reference(func)
    try:
        with limited_lines(), np.errstate(all="ignore"):
            made = nested_duals.value_and_grad(same, (0, 1, 2))(*args)
        found = nested_duals.floats(made)
        leaves = [found[0], *map(np.ravel, found[1])]
        assert all(np.all(np.abs(leaf) < LARGEST) for leaf in leaves)
    except Exception as error:
        raise InvalidProgramError(str(error)) from error
    return found
