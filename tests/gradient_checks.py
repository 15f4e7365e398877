"""Programs of one float against dual numbers: value and gradient, as plain Python.

The gradient comes twice, as `value_and_grad` (which may sweep loops once) and as the
pullback of `vjp`; the tangents come one direction after the other.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import srcad
from tests.array_checks import fresh
from tests.harness import as_plain_python, assert_close
from tests.oracle import dual_jvp, is_active, leaves

TOL = 1e-11


def check(func: Callable[..., Any], *args: Any, tol: float = TOL) -> None:
    """Compare value, gradient and tangents of a program with the reference."""
    wrt = tuple(k for k, arg in enumerate(args) if is_active(arg))
    with np.errstate(all="ignore"):
        value, expected = reference(func, args, wrt)
    with as_plain_python():
        out, found = srcad.value_and_grad(func, argnums=wrt)(*fresh(args))
        assert_close(out, value, tol, "value beside the gradient")
        assert_close(found, expected, tol, "gradient")
        outputs, pullback = srcad.vjp(func, *fresh(args))
        assert_close(_first(outputs), value, tol, "value of vjp")
        bars = pullback(_seed(outputs))
        assert_close(tuple(bars[k] for k in wrt), expected, tol, "pullback")
        for k, direction, slope in directions(args, wrt, expected):
            out, dot = srcad.jvp(func, fresh(args), direction)
            assert_close(_first(out), value, tol, "value of jvp")
            assert_close(_first(dot), slope, tol, f"tangent of argument {k}")


def reference(
    func: Callable[..., Any], args: tuple[Any, ...], wrt: tuple[int, ...]
) -> tuple[Any, tuple[Any, ...]]:
    """Return value and gradient by dual numbers, one direction at a time."""
    found = tuple(np.zeros(np.shape(args[k])) for k in wrt)
    value = None
    for gradient, k in zip(found, wrt, strict=True):
        for index in np.ndindex(np.shape(args[k])):
            run = dual_jvp(func, fresh(args), _unit(args, k, index))
            value, gradient[index] = run.out, run.out_dots
    return value, found


def directions(
    args: tuple[Any, ...], wrt: tuple[int, ...], gradient: tuple[Any, ...]
) -> list[tuple[int, tuple[Any, ...], float]]:
    """Return for each element of each argument its direction and its derivative."""
    return [
        (k, _unit(args, k, index), slopes[index])
        for slopes, k in zip(gradient, wrt, strict=True)
        for index in np.ndindex(np.shape(args[k]))
    ]


def _unit(args: tuple[Any, ...], position: int, index: tuple[int, ...]) -> tuple[Any, ...]:
    """Return tangents that are one for one element, and zero elsewhere."""
    found: list[Any] = []
    for k, arg in enumerate(args):
        if not is_active(arg):
            found.append(None)
        elif isinstance(arg, np.ndarray):
            found.append(np.zeros_like(arg))
            if k == position:
                found[-1][index] = 1.0
        else:
            found.append(float(k == position))
    return tuple(found)


def _first(outputs: Any) -> Any:
    """Return the result of a program, without the arguments that it writes."""
    return outputs[0] if isinstance(outputs, tuple) else outputs


def _seed(outputs: Any) -> Any:
    """Return the cotangents that ask for the derivative of the result alone."""
    if not isinstance(outputs, tuple):
        return 1.0
    return (1.0, *(np.zeros_like(leaf) for leaf in leaves(outputs[1:])))
