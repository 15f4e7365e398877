"""Derivatives of whole-array programs against complex steps, whatever arguments they write."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np

import srcad
from tests.array_checks import fresh
from tests.complex_step import complex_jvp
from tests.harness import (
    array_dtypes,
    assert_close,
    bits,
    outputs_of_call,
    plain_function,
    random_tangents,
    run_adjoint,
    run_jvp,
)
from tests.oracle import is_active, leaves
from tests.random_programs import limited_lines

TOL = 1e-9
SINGLE = 2e-3


class InvalidProgramError(Exception):
    """NumPy refuses the program, or it leaves the finite numbers: nothing to compare with."""


def compare(func: Any, args: tuple[Any, ...], seed: int = 0) -> None:
    """Compare forward and reverse derivatives of a program with the reference."""
    tangents = random_tangents(args, seed)
    expected, dots = reference(func, args, tangents)
    out, out_dot = run_jvp(func, args, tangents)
    tol = tolerance(args)
    chosen = places(out, expected, args)
    expected, dots = [expected[k] for k in chosen], [dots[k] for k in chosen]
    check_outputs(out, expected, tol, "forward")
    assert_close(tuple(leaves(out_dot)), tuple(dots), tol, "forward: tangent")
    value, out_bar, bars = run_adjoint(func, args, out, seed + 1)
    check_outputs(value, expected, tol, "reverse")
    check_product(leaves(out_bar), dots, bars, tangents, tol)


def compare_gradient(func: Any, args: tuple[Any, ...], seed: int = 0) -> None:
    """Compare value and gradient of a program that returns a float with the reference."""
    tangents = random_tangents(args, seed)
    expected, dots = reference(func, args, tangents)
    tol = tolerance(args)
    before = bits(args)
    wrt = [k for k, arg in enumerate(args) if any(map(is_active, leaves(arg)))]
    value, found = srcad.value_and_grad(func, argnums=tuple(wrt))(*args)
    assert bits(args) == before, "gradient: changed its arguments"
    assert_close(value, expected[0], tol, "gradient: value")
    bars = tuple(found[wrt.index(k)] if k in wrt else None for k in range(len(args)))
    check_product([1.0], dots[:1], bars, tangents, tol)


def returns_float(func: Any, args: tuple[Any, ...]) -> bool:
    """Return whether a program returns one float."""
    with np.errstate(all="ignore"):
        return isinstance(plain_function(func)(*fresh(args)), float)


def tolerance(args: tuple[Any, ...]) -> float:
    """Return the relative tolerance for derivatives at these arguments."""
    kinds = [leaf.dtype for leaf in leaves(args) if isinstance(leaf, np.ndarray)]
    return SINGLE if np.float32 in kinds else TOL


def arrays_of(args: tuple[Any, ...]) -> tuple[int, ...]:
    """Return the positions of the arguments that a program may write."""
    return tuple(k for k, arg in enumerate(args) if isinstance(arg, np.ndarray))


def reference(
    func: Any, args: tuple[Any, ...], tangents: tuple[Any, ...]
) -> tuple[list[Any], list[Any]]:
    """Return outputs of the plain function, and their tangents by complex steps.

    The outputs are the result's leaves, and then all arguments that are arrays.
    """
    written = arrays_of(args)
    try:
        with limited_lines(), np.errstate(all="ignore"):
            out = leaves(outputs_of_call(func, fresh(args), written))
            _, dots = complex_jvp(func, args, tangents, written)
        assert all(np.all(np.isfinite(leaf)) for leaf in (*out, *leaves(dots)))
    except Exception as error:
        raise InvalidProgramError(str(error)) from error
    return out, leaves(dots)


def places(out: Any, expected: list[Any], args: tuple[Any, ...]) -> list[int]:
    """Return the positions, among all expected outputs, of those that an operator gives.

    Arrays that may be written follow the result; a program may leave them as they are.
    """
    written = arrays_of(args)
    found = leaves(out)
    own = len(expected) - len(written)
    changes = enumerate(zip(expected[own:], (args[k] for k in written), strict=True), own)
    must = {k for k, (after, before) in changes if not np.array_equal(after, before)}
    count = max(len(found) - own, 0)
    choices = [
        chosen
        for chosen in combinations(range(own, len(expected)), count)
        if must <= set(chosen)
        and all(found[own + i].shape == expected[k].shape for i, k in enumerate(chosen))
    ]
    assert choices, f"forward: value: written arguments {found[own:]!r}, of {expected[own:]!r}"

    def distance(chosen: tuple[int, ...]) -> float:
        pairs = ((found[own + i], expected[k]) for i, k in enumerate(chosen))
        return sum(float(np.sum(np.abs(a - b))) for a, b in pairs)

    return [*range(own), *min(choices, key=distance)]


def check_outputs(out: Any, expected: list[Any], tol: float, what: str) -> None:
    """Compare values and dtypes of outputs."""
    assert_close(tuple(leaves(out)), tuple(expected), tol, f"{what}: value")
    if tol < SINGLE:  # Numba knows no weak Python numbers: an int and a float32 are a double
        dtypes = [leaf.dtype if np.ndim(leaf) else None for leaf in expected]
        assert array_dtypes(out) == dtypes, f"{what}: dtypes of the result"


def check_product(
    out_bar: list[Any], dots: list[Any], bars: Any, tangents: Any, tol: float
) -> None:
    """Check cotangents: `<out_bar, J t> == <J' out_bar, t>`."""
    forward = _inner(out_bar, dots)
    reverse = _inner(leaves(bars), leaves(tangents))
    scale = max(1.0, *(float(np.max(np.abs(dot), initial=0.0)) for dot in dots))
    message = f"reverse: product {reverse!r}, expected {forward!r}"
    assert abs(forward - reverse) <= tol * scale, message


def _inner(a: list[Any], b: list[Any]) -> float:
    pairs = [(x, y) for x, y in zip(a, b, strict=True) if x is not None and y is not None]
    return sum(float(np.sum(np.asarray(x, float) * np.asarray(y, float))) for x, y in pairs)
