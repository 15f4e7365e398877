"""The comparison of random programs over numbers and elements with two references."""

from __future__ import annotations

import contextlib
import math
import operator
from typing import Any

import numpy as np

import srcad
from tests.array_checks import fresh
from tests.fuzz import InvalidProgramError
from tests.fuzz.points import at_points
from tests.harness import (
    as_plain_python,
    assert_close,
    bits,
    is_plain_python,
    plain,
    random_tangents,
    run_adjoint,
    run_jvp,
)
from tests.oracle import (
    Run,
    dual_jvp,
    leaves,
    lifted_function,
    reference_vjp,
    wide_jvp,
    wide_second,
)
from tests.random_programs import limited_lines, load_once

TOL = 1e-8
SECOND = 1e-6
COMPILED = 1e-13


def check(source: str, args: tuple[Any, ...], seed: int) -> None:
    """Compare forward and reverse derivatives of a program with the references."""
    at_points(check_at, source, args, seed, (1.0, 1.0, 3.0, 0.0))


def check_at(source: str, args: tuple[Any, ...], seed: int) -> None:
    """Compare forward and reverse derivatives of a program at one point."""
    func = load_once(source)
    tangents = random_tangents(args, seed)
    dual = reference(func, args, tangents)
    with_args = func, written_arguments(args, dual)
    out = check_forward(*with_args, args, tangents, dual)
    if isinstance(dual.out, float) and seed % 2:
        check_gradient(func, args, dual)
    else:
        check_reverse(*with_args, args, out, seed, dual)


# The value, bit for bit ---------------------------------------------------------------


def _scalar(plain_one: Any, array_one: Any) -> Any:
    """Return a function of NumPy's that computes numbers with C's, as compiled code does."""

    def function(*args: Any) -> Any:
        if any(map(np.ndim, args)):
            return array_one(*args)
        with contextlib.suppress(ArithmeticError, ValueError):
            return np.float64(plain_one(*args))
        return array_one(*args)

    return function


class _CNumpy:
    """NumPy, with the elementary functions of C for numbers."""

    def __init__(self) -> None:
        names = {"sin": "sin", "cos": "cos", "tanh": "tanh", "exp": "exp", "log": "log",
                 "sqrt": "sqrt", "arctan2": "atan2", "arctan": "atan",
                 "hypot": "hypot"}  # fmt: skip
        self._own = {
            name: _scalar(getattr(math, c_name), getattr(np, name))
            for name, c_name in names.items()
        }

    def __getattr__(self, name: str) -> Any:
        return self._own[name] if name in self._own else getattr(np, name)


C_NUMPY = _CNumpy()


def plain_outputs(func: Any, args: tuple[Any, ...]) -> list[Any]:
    """Return the leaves of the result of the plain function."""
    own = lifted_function(func, lift=lambda value: C_NUMPY if value is np else None, own={})
    return leaves(plain(own)(*fresh(args)))


def assert_same_bits(got: list[Any], func: Any, args: tuple[Any, ...], what: str) -> None:
    """Compare the values of a result, bit for bit, with those of the plain function.

    All sums of these programs are the user's own. Elementary functions in compiled code may
    be others than those of C.
    """
    own = plain_outputs(func, args)
    if not is_plain_python():
        assert_close(tuple(got), tuple(own), COMPILED, what)
    else:
        assert same_bits(got, own), f"{what}: bits: {got!r}, expected {own!r}"


def same_bits(got: list[Any], expected: list[Any]) -> bool:
    """Return whether floats and arrays have the same bits."""
    texts = ([np.asarray(leaf, float).tobytes() for leaf in part] for part in (got, expected))
    return operator.eq(*texts)


def check_second(source: str, args: tuple[Any, ...], seed: int) -> None:
    """Compare second derivatives, forward and reverse over reverse, with 50-digit differences."""
    func = load_once(source)
    u, v = random_tangents(args, seed + 2), random_tangents(args, seed + 3)
    reference(func, args, u)
    try:
        with limited_lines(), np.errstate(all="ignore"):
            expected = wide_second(func, args, u, v)
        assert np.isfinite(expected)
    except Exception as error:
        raise InvalidProgramError(str(error)) from error
    wrt = (0, 1, 2, 3)
    gradient = srcad.grad(func, argnums=wrt)
    with as_plain_python():
        _, forward = srcad.jvp(gradient, args, v)
        _, pullback = srcad.vjp(gradient, *args)
        reverse = pullback(tuple(v[k] for k in wrt))
    for what, found in (("forward", forward), ("reverse", [reverse[k] for k in wrt])):
        pairs = zip(found, (u[k] for k in wrt), strict=True)
        product = sum(float(np.sum(np.asarray(a) * b)) for a, b in pairs)
        assert_close(product, expected, SECOND, f"{what} over reverse")


def reference(func: Any, args: tuple[Any, ...], tangents: tuple[Any, ...]) -> Run:
    """Return the run on duals, once it agrees with the 50-digit differences."""
    try:
        with limited_lines(), np.errstate(all="ignore"):
            dual = dual_jvp(func, args, tangents)
            wide = wide_jvp(func, args, tangents)
        for one, other in ((dual.out_dots, wide.out_dots), (dual.after_dots, wide.after_dots)):
            assert_close(one, other, TOL, "references")
            assert all(np.all(np.isfinite(leaf)) for leaf in leaves(one))
    except Exception as error:
        raise InvalidProgramError(str(error)) from error
    return dual


def written_arguments(args: tuple[Any, ...], dual: Run) -> list[int]:
    """Return the positions of the arrays that differ after the call."""
    pairs = enumerate(zip(args, dual.after, strict=True))
    return [k for k, (before, after) in pairs if not np.array_equal(before, after)]


def own_result(out: Any, func_result: Any) -> tuple[list[Any], list[Any]]:
    """Return the function's own result from the outputs of an operator.

    Arrays that may be written follow it, also those that no run happens to change.
    """
    count = len(leaves(func_result))
    found = leaves(out)
    return found[:count], found[count:]


def check_forward(
    func: Any, written: list[int], args: tuple[Any, ...], tangents: tuple[Any, ...], dual: Run
) -> Any:
    """Compare value and tangent of every output, and return the outputs."""
    out, out_dot = run_jvp(func, args, tangents)
    values, after = own_result(out, dual.out)
    assert_close(tuple(values), tuple(leaves(dual.out)), TOL, "forward: value")
    assert_same_bits(values, func, args, "forward: value")
    dots, after_dots = own_result(out_dot, dual.out)
    assert_close(tuple(dots), tuple(leaves(dual.out_dots)), TOL, "forward: tangent")
    expected = expected_after(after, written, dual.after)
    assert_close(tuple(after), expected, TOL, "forward: written argument")
    expected = expected_after(after_dots, written, dual.after_dots)
    assert_close(tuple(after_dots), expected, TOL, "forward: tangent of a written argument")
    return out


def expected_after(after: list[Any], written: list[int], values: tuple[Any, ...]) -> Any:
    """Return the reference for the trailing outputs: arrays 0 and 1 of the arguments."""
    if len(after) == 2:
        return tuple(values[:2])
    if len(after) == 1:
        position = written[0] if written else int(np.ndim(after[0]) == 2)
        return (values[position],)
    assert not after
    assert not written, "forward: a written argument is no output"
    return ()


def check_reverse(
    func: Any, written: list[int], args: tuple[Any, ...], out: Any, seed: int, dual: Run
) -> None:
    """Compare the cotangents of all arguments for random cotangents of all outputs."""
    out, out_bar, bars = run_adjoint(func, args, out, seed + 1)
    values, _ = own_result(out, dual.out)
    assert_close(tuple(values), tuple(leaves(dual.out)), TOL, "reverse: value")
    assert_same_bits(values, func, args, "reverse: value")
    own_bars, trailing = own_result(out_bar, dual.out)
    after_bar: list[Any] = [None] * len(args)
    for k, bar in enumerate(trailing):
        alone = len(trailing) == 1
        position = (written or [int(np.ndim(bar) == 2)])[0] if alone else k
        after_bar[position] = bar
    structure = tuple(own_bars) if isinstance(dual.out, tuple) else own_bars[0]
    expected = reference_vjp(func, args, structure, tuple(after_bar))
    assert_close(bars, expected, TOL, "reverse: cotangents")


def check_gradient(func: Any, args: tuple[Any, ...], dual: Run) -> None:
    """Compare value and gradient, where one sweep may do for both."""
    before = bits(args)
    value, gradients = srcad.value_and_grad(func, argnums=(0, 1, 2, 3))(*args)
    assert bits(args) == before, "value_and_grad: changed its arguments"
    assert_close(value, dual.out, TOL, "value_and_grad: value")
    assert_same_bits([value], func, args, "value_and_grad: value")
    expected = reference_vjp(func, args, 1.0)[:4]
    assert_close(tuple(gradients), expected, TOL, "value_and_grad: gradient")
