"""Programs that still have operations on whole arrays, made to run as plain Python.

Printed, such a program is nearly NumPy. What is not (a choice by a mask, the type of a result)
becomes a call of a function of this file, and elementary functions go element by element, as
they do in the loops that `scalarise` makes: NumPy's loops over whole arrays round differently.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from srcad.backend.twin import MATH
from srcad.ir import nodes as ir
from srcad.ir.types import Array
from srcad.ir.walk import map_block
from srcad.library.intrinsics import conjugated, squares
from tests.watched import Watched, WatchedNumpy

CHOICES = {"select", "and", "or", "not", "max", "min", "pow"}
TYPES = {"promoted", "result_type"}
RENAMED = {
    "fabs": "absolute", "pow": "power", "acos": "arccos", "asin": "arcsin", "atan": "arctan",
    "atan2": "arctan2", "acosh": "arccosh", "asinh": "arcsinh", "atanh": "arctanh",
}  # fmt: skip


def runnable(function: ir.Function) -> ir.Function:
    """Return a typed program with operations on whole arrays as one that runs."""
    return replace(function, body=map_block(function.body, _one))


def _one(stmt: ir.Stmt) -> ir.Stmt:
    match stmt:
        case ir.Let(value=ir.Op(prim=prim)) if prim in TYPES:
            return replace(stmt, value=ir.Const(0))
        case ir.Let(target=target, value=ir.Op(prim="cast_like", args=(value, _))):
            kind = getattr(target.type, "dtype", "float64")
            return ir.Call((target,), as_type, "as_type", (value, kind), stmt.span)
        case (
            ir.Let(
                target=ir.Var(type=Array(dtype=dtype)),
                value=ir.Op(args=(_, *sizes), static=("like",)),
            ) as made
        ):
            assert isinstance(made.value, ir.Op)
            return replace(made, value=ir.Op(made.value.prim, tuple(sizes), (dtype,)))
        case ir.Let(target=target, value=ir.Op(prim=prim, args=args)) if prim in CHOICES and any(
            isinstance(arg.type, Array) for arg in args
        ):
            return ir.Call((target,), SPACE[f"whole_{prim}"], f"whole_{prim}", args, stmt.span)
        case _:
            return stmt


def by_elements(one: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of numbers, and of arrays element by element."""

    def call(*args: Any) -> Any:
        if not any(isinstance(arg, np.ndarray) for arg in args):
            return one(*args)
        spread = np.broadcast_arrays(*map(np.asarray, args))
        rows = zip(*(part.ravel() for part in spread), strict=True)
        found = [one(*row) for row in rows]
        result = np.array(found) if found else np.empty(0, np.float64)
        return result.reshape(spread[0].shape).view(Watched)

    return call


def chosen(test: Any, a: Any, b: Any) -> Any:
    """Return `a if test else b`, by elements where the test is an array."""
    if not isinstance(test, np.ndarray):
        return a if test else b
    return np.where(test, a, b).view(Watched)


class WholeMath:
    """`math` of numbers and of arrays."""

    def __getattr__(self, name: str) -> Any:
        """Return a function that goes element by element."""
        found = getattr(MATH, name)
        if callable(found):
            found = self.__dict__[name] = by_elements(found)
        return found


class WholeNumpy(WatchedNumpy):
    """NumPy as whole operations are printed: `np.sum(x, axes, keepdims)`."""

    def __getattr__(self, name: str) -> Any:
        """Return a function that watches."""
        found = super().__getattr__(name)
        if name in {"sum", "prod", "mean", "max", "min", "any", "all"}:
            self.__dict__[name] = lambda x, axes=None, keep=False: found(
                x, axis=axes, keepdims=keep
            )
        elif name == "broadcast_to":
            self.__dict__[name] = lambda x, *shape: found(x, shape)
        elif isinstance(getattr(np, name), np.ufunc):
            self.__dict__[name] = by_elements(found)
        return self.__dict__.get(name, found)


def as_type(value: Any, kind: str) -> Any:
    """Return a number or an array of a dtype."""
    return value.astype(kind) if isinstance(value, np.ndarray) else np.dtype(kind).type(value)


SPACE: dict[str, Any] = {
    "as_type": as_type,
    "same_memory": np.shares_memory,
    "squares": squares,
    "conjugated": conjugated,
    "whole_select": chosen,
    "whole_and": by_elements(lambda a, b: bool(a) and bool(b)),
    "whole_or": by_elements(lambda a, b: bool(a) or bool(b)),
    "whole_not": by_elements(lambda a: not a),
    "whole_max": by_elements(max),
    "whole_min": by_elements(min),
    "whole_pow": by_elements(lambda a, b: a**b),
}
"""What the text calls by name."""
