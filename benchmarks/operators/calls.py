"""What a call from Python costs: each operator beside an `@njit` function of the same arity.

That function takes the same arguments, and returns new objects of the same types and shapes. It
computes nothing; what is differentiated is next to nothing, too.
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numba
import numpy as np

import srcad
from benchmarks.report import figure, grid

CALLS = {"full": 5_000, "quick": 1_000, "tiny": 2}
ROUNDS = {"full": 25, "quick": 9, "tiny": 1}


@dataclass(frozen=True, slots=True)
class Call:
    """One row: what is called, with which arguments; the microseconds that it may take.

    over: whether that is over what the function of the same arity takes.
    like: the arguments of that function, where it cannot take the same.
    """

    name: str
    function: Callable[..., Any]
    args: tuple[Any, ...]
    goal: float | None = None
    over: bool = True
    like: tuple[Any, ...] | None = None


@numba.njit
def mixed(x, y, z, a):
    """A function of three floats and an array."""
    return x * y + z * a[0]


@numba.njit
def six(a, b, c, d, e, f):
    """A function of six arrays."""
    return a[0] * b[0] + c[0] * d[0] + e[0] * f[0]


@numba.njit
def wave(x):
    """A function of one float."""
    return math.sin(x) * x


@numba.njit
def outputs(a):
    """A function of one array with an array as its result."""
    return a * a


class Spring:
    """An object with a method."""

    def __init__(self) -> None:
        self.stiffness = 2.0

    def energy(self, x):
        """The method."""
        return self.stiffness * x * x


def product(p):
    return p["a"] * p["b"]


def calls() -> list[Call]:
    """All rows."""
    a = np.arange(1.0, 5.0)
    numbers = (0.3, 0.4, 0.5)
    arrays = tuple(a + k for k in range(6))
    every, some = srcad.value_and_grad(mixed, (0, 1, 2, 3)), srcad.value_and_grad(mixed, (0, 1, 2))
    places = tuple(range(6))
    rows = [
        Call("value_and_grad, 3 floats", some, (*numbers, a), 0.1),
        Call("value_and_grad, 3 floats and array", every, (*numbers, a), 0.1),
        Call(
            "value_and_grad, 6 arrays", srcad.value_and_grad(six, places), arrays, 1.5, over=False
        ),
        Call("grad, 6 arrays", srcad.grad(six, places), arrays, 1.5, over=False),
    ]
    carried = partial(lambda rate, x: rate * x * x, 2.0)
    rows += [
        Call("grad of a partial", srcad.grad(carried), (0.3,), like=(2.0, 0.3)),
        Call("grad of a method", srcad.grad(Spring().energy), (0.3,), like=(2.0, 0.3)),
        Call("grad by a dict", srcad.grad(product), ({"a": 1.0, "b": 2.0},), like=((1.0, 2.0),)),
    ]
    for kind, f, x in (
        ("float", wave, 0.3),
        ("array", outputs, a),
        ("mixed", mixed, (*numbers, a)),
    ):
        primals = x if isinstance(x, tuple) else (x,)
        ones = tuple(1.0 if isinstance(p, float) else np.ones(4) for p in primals)
        rows += [Call(f"{name}, {kind}", *row) for name, *row in at_a_point(f, primals, ones)]
        rows += [Call(f"{name}, {kind}", *row, 0.1) for name, *row in objects(f, primals, ones)]
    return rows


def objects(f: Any, primals: tuple[Any, ...], ones: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    """What operators return: compiled functions, called like any other."""
    every = tuple(range(len(primals)))
    bar = f(*primals)
    found: list[tuple[Any, ...]] = [
        ("tangent", srcad.tangent(f, every), (*primals, *ones)),
        ("adjoint", srcad.adjoint(f, every), (*primals, bar)),
        ("jacobian", srcad.jacobian(f), primals),
    ]
    if isinstance(bar, float):
        found += [
            ("grad", srcad.grad(f), primals),
            ("hvp", srcad.hvp(f), (primals[0], ones[0], *primals[1:])),
            ("hessian", srcad.hessian(f), primals),
        ]
    return found


def at_a_point(f: Any, primals: tuple[Any, ...], ones: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    """Operators that look at their arguments, and what they return."""
    out, pullback = srcad.vjp(f, *primals)
    _, along = srcad.linearize(f, *primals)
    names = ", ".join(f"x{k}" for k in range(len(primals)))
    dots = ", ".join(f"t{k}" for k in range(len(primals)))
    space: dict[str, Any] = {"srcad": srcad, "f": f}
    text = f"def jvp({names}, {dots}):\n    return srcad.jvp(f, ({names},), ({dots},))\n"
    exec(text, space)  # noqa: S102 - as it is written by hand
    return [
        ("jvp", space["jvp"], (*primals, *ones)),
        ("vjp", lambda *given: srcad.vjp(f, *given)[0], primals),
        ("linearize", lambda *given: srcad.linearize(f, *given)[0], primals),
        ("pullback of vjp", pullback, (out,)),
        ("map of linearize", along, ones),
    ]


def same_arity(call: Call) -> Any:
    """A compiled function that takes such arguments and returns such results, and does nothing."""
    result = call.function(*call.args)
    names = ", ".join(f"x{k}" for k in range(len(call.like or call.args)))
    space: dict[str, Any] = {"np": np}
    exec(f"def same({names}):\n    return {written(result)}\n", space)  # noqa: S102 - of any arity
    return numba.njit(space["same"])


def written(value: Any) -> str:
    """The text of an expression that makes such a value."""
    if isinstance(value, dict):
        value = tuple(value.values())
    if isinstance(value, tuple):
        return f"({', '.join(map(written, value))},)"
    if isinstance(value, np.ndarray):
        return f"np.empty({value.shape}, np.{value.dtype})"
    return repr(float(value))


def microseconds(runs: list[Callable[[], Any]], which: str) -> list[float]:
    """Processor time of one call of each, medians of interleaved rounds."""
    samples: list[list[float]] = [[] for _ in runs]
    for _ in range(ROUNDS[which]):
        for run, found in zip(runs, samples, strict=True):
            start = time.process_time()
            for _ in range(CALLS[which]):
                run()
            found.append((time.process_time() - start) / CALLS[which])
    return [1e6 * statistics.median(found) for found in samples]


def bound(function: Any, args: tuple[Any, ...]) -> Callable[[], Any]:
    """A function without arguments, called once."""
    names = ", ".join(f"x{k}" for k in range(len(args)))
    text = f"def made(function, {names}):\n    return lambda: function({names})\n"
    space: dict[str, Any] = {}
    exec(text, space)  # noqa: S102 - no tuple is unpacked where time is measured
    run: Callable[[], Any] = space["made"](function, *args)
    run()
    return run


def calls_report(which: str, rows: list[Call] | None = None) -> str:
    """The table, of all rows unless some are given."""
    lines = [["microseconds a call", "srcad", "njit, same arity", "more", "goal"]]
    for call in calls() if rows is None else rows:
        both = [bound(call.function, call.args), bound(same_arity(call), call.like or call.args)]
        ours, other = microseconds(both, which)
        goal = "-" if call.goal is None else f"{'+' if call.over else '<= '}{call.goal}"
        lines.append([call.name, figure(ours), figure(other), f"{ours - other:+.2f}", goal])
    return grid(lines)
