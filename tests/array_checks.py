"""Checks of programs over whole arrays: value against NumPy, both modes against it too.

A program is a function, and a list of argument tuples to run it with. The derivative
forward is compared with differences, and that in reverse with the one forward.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.harness import (
    array_dtypes,
    as_plain_python,
    assert_close,
    outputs_of_call,
    random_tangents,
    run_jvp,
    run_vjp,
)
from tests.oracle import is_active, leaves, map_tree
from tests.zoo.table import pos, vec

__all__ = ["Row", "check", "parametrized", "pos", "programs", "rows", "vec"]

Row = tuple[Any, tuple[Any, ...], tuple[int, ...]]


def rows(table: list[Any]) -> list[Any]:
    """Return one test parameter for each program and its arguments, named."""
    found = []
    for func, *arguments, mutates in table:
        for k, args in enumerate(arguments):
            found.append(pytest.param(func, args, mutates, id=f"{func.__name__}-{k}"))
    return found


class programs(list[Any]):  # noqa: N801  (a decorator)
    """A table of programs that functions are entered into by decoration."""

    def __call__(self, *arguments: Any, mutates: tuple[int, ...] = ()) -> Callable[..., Any]:
        """Enter a function with these argument tuples."""

        def register(func: Any) -> Any:
            self.append((func, *arguments, mutates))
            return func

        return register


def parametrized(table: list[Any]) -> Any:
    """Return the mark that runs a test for each program of the table."""
    return pytest.mark.parametrize(("func", "args", "mutates"), rows(table))


def fresh(args: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return copies of arguments, with the strides that they have."""
    memo: dict[int, Any] = {}
    return tuple(_fresh(arg, memo) for arg in args)


def _fresh(arg: Any, memo: dict[int, Any]) -> Any:
    if isinstance(arg, np.ndarray) and arg.base is not None and arg.size:
        base = arg.base
        while isinstance(base, np.ndarray) and base.base is not None:
            base = base.base
        if isinstance(base, np.ndarray):
            memo.setdefault(id(base), base.copy(order="K"))
            start = arg.__array_interface__["data"][0] - base.__array_interface__["data"][0]
            new = memo[id(base)]
            return np.ndarray(arg.shape, arg.dtype, new.reshape(-1).data, start, arg.strides)
    return copy.deepcopy(arg)


def check(
    func: Any,
    args: tuple[Any, ...],
    mutates: tuple[int, ...] = (),
    *,
    compiled: bool = False,
    smooth: bool = True,
) -> None:
    """Compare value, forward and reverse derivative of a program."""
    if compiled:
        _check(func, args, mutates, smooth=smooth)
        return
    with as_plain_python():
        _check(func, args, mutates, smooth=smooth)


def _check(func: Any, args: tuple[Any, ...], mutates: tuple[int, ...], *, smooth: bool) -> None:
    single = any(np.asarray(leaf).dtype == np.float32 for leaf in leaves(args))
    tol = 1e-5 if single else 1e-12
    with np.errstate(all="ignore"):
        expected = outputs_of_call(func, fresh(args), mutates)
    tangents = random_tangents(args)
    out, out_dot = run_jvp(func, args, tangents)
    assert_close(out, expected, tol, "value")
    expected_dtypes = [None if not np.ndim(x) else x.dtype for x in leaves(expected)]
    assert array_dtypes(out) == expected_dtypes, "dtypes of the result"
    if smooth and not single:
        assert_close(out_dot, _differences(func, args, tangents, mutates), 1e-6, "tangent")
    out, out_bar, bars = run_vjp(func, args, seed=1)
    assert_close(out, expected, tol, "value in reverse")
    forward = _inner(out_bar, out_dot)
    reverse = _inner(bars, tangents)
    scale = max(1.0, abs(forward))
    assert abs(forward - reverse) <= (1e-4 if single else 1e-9) * scale, (
        f"forward {forward!r}, reverse {reverse!r}"
    )


def _inner(a: Any, b: Any) -> float:
    pairs = zip(leaves(a), leaves(b), strict=False)
    return float(
        sum(
            np.sum(np.asarray(x, float) * np.asarray(y, float))
            for x, y in pairs
            if x is not None and y is not None
        )
    )


def _differences(
    func: Any, args: tuple[Any, ...], tangents: tuple[Any, ...], mutates: tuple[int, ...]
) -> Any:
    """Return the directional derivative by differences of sixth order."""
    h = 1e-3
    total: list[Any] = []
    for weight, k in ((45.0, 1), (-9.0, 2), (1.0, 3)):
        for sign in (1, -1):
            place = moved(args, tangents, sign * k * h)
            with np.errstate(all="ignore"):
                out = leaves(outputs_of_call(func, place, mutates))
            part = [np.asarray(x, float) * (sign * weight / (60 * h)) for x in out]
            total = part if not total else [a + b for a, b in zip(total, part, strict=True)]
    expected = iter(total)
    out = outputs_of_call(func, fresh(args), mutates)
    return map_tree(lambda leaf: next(expected) if is_active(leaf) else _skip(expected), out)


def _skip(values: Any) -> None:
    next(values)


def moved(args: tuple[Any, ...], tangents: tuple[Any, ...], h: float) -> tuple[Any, ...]:
    """Return fresh arguments, a step `h` along `tangents` away."""
    places = []
    for arg, dot in zip(fresh(args), tangents, strict=True):
        if isinstance(arg, tuple):
            inner = moved(arg, dot, h)
            places.append(type(arg)(*inner) if hasattr(arg, "_fields") else inner)
        elif dot is None:
            places.append(arg)
        elif isinstance(arg, np.ndarray):
            arg[...] += h * dot
            places.append(arg)
        else:
            places.append(arg + h * dot)
    return tuple(places)
