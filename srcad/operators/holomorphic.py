"""Complex Jacobians and Hessians: of functions that have a complex derivative."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np

from srcad.arguments import Argnums, is_several, parameter_names, positions
from srcad.carried import carrier_of
from srcad.derivative import target_of
from srcad.operators.gradients import grad
from srcad.operators.products import jvp, vjp

Mode = Literal["jacfwd", "jacrev", "jacobian"]


def complex_jacobian(f: Any, argnums: Argnums, mode: Mode) -> Callable[..., Any]:
    """Return a Python function that computes the complex Jacobian of `f`.

    mode: along each element of the arguments, back from each one of the results, or, for
    `jacobian`, whichever are fewer.
    """
    func, _ = target_of(f, mode)
    names = list(parameter_names(func))
    taken = () if carrier_of(f) is None else names[: len(carrier_of(f).args)]  # type: ignore[union-attr]
    names = [name for name in names if name not in taken]
    wrt = positions(argnums, names, func.__name__)

    def jacobian(*args: Any) -> Any:
        """Return the Jacobian at these arguments."""
        for k in wrt:
            _check(args[k], names[k])
        out, pullback = vjp(f, *args)
        _check_result(out, func.__name__)
        inputs = sum(np.size(args[k]) for k in wrt)
        is_back = mode == "jacrev" or (mode == "jacobian" and inputs > _count(out))
        if is_back:
            found = _rows(out, lambda bar: [pullback(bar)[k] for k in wrt], [args[k] for k in wrt])
        else:
            found = _columns(f, out, args, wrt)
        return found if is_several(argnums) else _first(found)

    jacobian.__name__ = jacobian.__qualname__ = f"{func.__name__}_{mode}"
    return jacobian


def complex_hessian(f: Any, argnums: Argnums) -> Callable[..., Any]:
    """Return a Python function that computes the second complex derivatives of `f`."""
    return complex_jacobian(grad(f, argnums, holomorphic=True), argnums, "jacfwd")


def _check(value: Any, name: str) -> None:
    """Raise TypeError for an argument that is not complex."""
    if not np.iscomplexobj(value):
        message = f"{name} is {type(value).__name__}; with holomorphic=True, pass complex numbers"
        raise TypeError(message)


def _check_result(out: Any, name: str) -> None:
    """Raise TypeError for a result that is not complex."""
    for part in out if isinstance(out, tuple) else (out,):
        if isinstance(part, tuple) or not np.iscomplexobj(part):
            message = f"holomorphic=True: '{name}' must return complex numbers, or a tuple of them"
            raise TypeError(message)


def _count(out: Any) -> int:
    return sum(map(np.size, out if isinstance(out, tuple) else (out,)))


def _unit(value: Any, index: tuple[int, ...] | None) -> Any:
    """Return a direction: one at an index, zero elsewhere."""
    if np.ndim(value) == 0:
        return value * 0 if index is None else value * 0 + 1
    unit = np.zeros_like(value)
    if index is not None:
        unit[index] = 1
    return unit


def _columns(f: Any, out: Any, args: Sequence[Any], wrt: Sequence[int]) -> Any:
    """Return the blocks, column by column: an outer tuple for several results."""
    parts = out if isinstance(out, tuple) else (out,)
    blocks = [[_block(part, args[k]) for k in wrt] for part in parts]
    for n, k in enumerate(wrt):
        for index in np.ndindex(np.shape(args[k])):
            dots = [None if j != k else _unit(args[k], index) for j in range(len(args))]
            _, moved = jvp(f, tuple(args), dots)
            for o, dot in enumerate(moved if isinstance(out, tuple) else (moved,)):
                blocks[o][n][(..., *index)] = dot
    return _nested(out, blocks)


def _rows(out: Any, back: Callable[[Any], Sequence[Any]], values: Sequence[Any]) -> Any:
    """Return the blocks, row by row."""
    parts = out if isinstance(out, tuple) else (out,)
    blocks = [[_block(part, value) for value in values] for part in parts]
    for o, part in enumerate(parts):
        for index in np.ndindex(np.shape(part)):
            bars = tuple(_unit(p, index if j == o else None) for j, p in enumerate(parts))
            for n, bar in enumerate(back(bars if isinstance(out, tuple) else bars[0])):
                blocks[o][n][index] = bar
    return _nested(out, blocks)


def _block(part: Any, value: Any) -> Any:
    """Return an array for the derivatives of a result by an argument."""
    return np.zeros((*np.shape(part), *np.shape(value)), np.result_type(part, value))


def _nested(out: Any, blocks: list[list[Any]]) -> Any:
    """Return the blocks in tuples, numbers for blocks without axes."""
    rows = tuple(tuple(b if b.ndim else b[()] for b in row) for row in blocks)
    return rows if isinstance(out, tuple) else rows[0]


def _first(found: Any) -> Any:
    """Return the blocks of the only argument."""
    return tuple(row[0] for row in found) if isinstance(found[0], tuple) else found[0]
