"""Derivatives of whole-array programs against complex steps, whatever arguments they write."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np

import srcad
from tests.array_checks import fresh, moved
from tests.complex_step import complex_jvp
from tests.fuzz import InvalidProgramError
from tests.harness import (
    array_dtypes,
    as_plain_python,
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
SECOND = 1e-5


@dataclass(frozen=True)
class Expected:
    """What the plain function gives for some arguments: see `reference`."""

    outputs: list[Any]
    dots: list[Any]
    tangents: tuple[Any, ...]
    tol: float


def compare(func: Any, args: tuple[Any, ...], seed: int = 0) -> None:
    """Compare forward and reverse derivatives of a program with the reference."""
    expected = reference(func, args, seed)
    check_adjoint(func, args, seed, *check_forward(func, args, expected))


def compare_gradient(func: Any, args: tuple[Any, ...], seed: int = 0) -> None:
    """Compare value and gradient of a program that returns a float with the reference."""
    check_gradient(func, args, reference(func, args, seed))


def compare_both(func: Any, args: tuple[Any, ...], seed: int) -> None:
    """Compare forward mode, and reverse mode: in one sweep if the seed is odd."""
    expected = reference(func, args, seed)
    out, among = check_forward(func, args, expected)
    if seed % 2 and returns_float(func, args):
        check_gradient(func, args, expected)
    else:
        check_adjoint(func, args, seed, out, among)


def check_forward(func: Any, args: tuple[Any, ...], expected: Expected) -> tuple[Any, Expected]:
    """Compare values and tangents; return the outputs, and what is expected of just them."""
    out, out_dot = run_jvp(func, args, expected.tangents)
    chosen = places(out, expected.outputs, args)
    outputs = [expected.outputs[k] for k in chosen]
    among = replace(expected, outputs=outputs, dots=[expected.dots[k] for k in chosen])
    check_outputs(out, among, "forward")
    assert_close(tuple(leaves(out_dot)), tuple(among.dots), among.tol, "forward: tangent")
    return out, among


def check_adjoint(
    func: Any, args: tuple[Any, ...], seed: int, out: Any, expected: Expected
) -> None:
    """Compare values, and cotangents for random cotangents of all outputs."""
    value, out_bar, bars = run_adjoint(func, args, out, seed + 1)
    check_outputs(value, expected, "reverse")
    check_product(leaves(out_bar), bars, args, expected)


def check_gradient(func: Any, args: tuple[Any, ...], expected: Expected) -> None:
    """Compare value and gradient, which one sweep may compute."""
    before = bits(args)
    wrt = active_positions(args)
    value, found = srcad.value_and_grad(func, argnums=wrt)(*args)
    assert bits(args) == before, "gradient: changed its arguments"
    assert_close(value, expected.outputs[0], expected.tol, "gradient: value")
    bars = tuple(found[wrt.index(k)] if k in wrt else None for k in range(len(args)))
    check_product([1.0], bars, args, replace(expected, dots=expected.dots[:1]))


def compare_second(func: Any, args: tuple[Any, ...], seed: int = 0) -> None:
    """Compare forward over reverse and reverse over reverse with the reference."""
    u, v = random_tangents(args, seed + 2), random_tangents(args, seed + 3)
    expected = second_reference(func, args, u, v)
    wrt = active_positions(args)
    gradient = srcad.grad(plain_function(func), argnums=wrt)
    with as_plain_python():
        _, forward = srcad.jvp(gradient, args, v)
        _, pullback = srcad.vjp(gradient, *args)
        reverse = pullback(tuple(v[k] for k in wrt))
    for what, found in (("forward", forward), ("reverse", [reverse[k] for k in wrt])):
        product = inner([leaf for part in found for leaf in leaves(part)], [
            leaf for k in wrt for leaf in leaves(u[k])
        ])  # fmt: skip
        assert_close(product, expected, SECOND, f"{what} over reverse")


def second_reference(
    func: Any, args: tuple[Any, ...], u: tuple[Any, ...], v: tuple[Any, ...]
) -> float:
    """Return the second derivative along `u` and `v`, by differences of complex steps.

    Raises InvalidProgramError where two step lengths disagree, as on both sides of a kink.
    """

    def slope(h: float) -> float:
        _, dots = complex_jvp(func, moved(args, v, h), u)
        return float(dots)

    def difference(h: float) -> float:
        near, far = (slope(k * h) - slope(-k * h) for k in (1, 2))
        return (8.0 * near - far) / (12.0 * h)

    first, second = difference(1e-4), difference(2e-4)
    if not abs(first - second) <= SECOND * max(1.0, abs(first)):
        raise InvalidProgramError(f"{first} or {second}")
    return first


def active_positions(args: tuple[Any, ...]) -> tuple[int, ...]:
    """Return the positions of the arguments to differentiate by."""
    return tuple(k for k, arg in enumerate(args) if any(map(is_active, leaves(arg))))


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


def reference(func: Any, args: tuple[Any, ...], seed: int) -> Expected:
    """Return outputs of the plain function, and their tangents by complex steps.

    The outputs are the result's leaves, and then all arguments that are arrays.
    """
    tangents = random_tangents(args, seed)
    written = arrays_of(args)
    try:
        with limited_lines(), np.errstate(all="ignore"):
            out = leaves(outputs_of_call(func, fresh(args), written))
            _, dots = complex_jvp(func, args, tangents, written)
        assert all(np.all(np.isfinite(leaf)) for leaf in (*out, *leaves(dots)))
    except Exception as error:
        raise InvalidProgramError(str(error)) from error
    return Expected(out, leaves(dots), tangents, tolerance(args))


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


def check_outputs(out: Any, expected: Expected, what: str) -> None:
    """Compare values and dtypes of outputs."""
    assert_close(tuple(leaves(out)), tuple(expected.outputs), expected.tol, f"{what}: value")
    if expected.tol < SINGLE:  # Numba knows no weak numbers: an int and a float32 are a double
        dtypes = [leaf.dtype if np.ndim(leaf) else None for leaf in expected.outputs]
        assert array_dtypes(out) == dtypes, f"{what}: dtypes of the result"


def check_product(
    out_bar: list[Any], bars: tuple[Any, ...], args: tuple[Any, ...], expected: Expected
) -> None:
    """Check cotangents: `<out_bar, J t> == <J' out_bar, t>`, and that they fit the arguments."""
    for bar, arg in zip(leaves(bars), leaves(args), strict=True):
        if bar is not None:
            assert np.shape(bar) == np.shape(arg), "reverse: shape of a cotangent"
            assert array_dtypes(bar) == array_dtypes(arg), "reverse: dtype of a cotangent"
    forward = inner(out_bar, expected.dots)
    reverse = inner(leaves(bars), leaves(expected.tangents))
    scale = max(1.0, *(float(np.max(np.abs(dot), initial=0.0)) for dot in expected.dots))
    message = f"reverse: product {reverse!r}, expected {forward!r}"
    assert abs(forward - reverse) <= expected.tol * scale, message


def inner(a: list[Any], b: list[Any]) -> float:
    """Return the inner product of two lists of leaves, where both have a number."""
    pairs = [(x, y) for x, y in zip(a, b, strict=True) if x is not None and y is not None]
    return sum(float(np.sum(np.asarray(x, float) * np.asarray(y, float))) for x, y in pairs)
