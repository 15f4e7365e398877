"""Functions of Python that compiled code calls, with the interpreter's lock.

Their arguments are numbers and arrays, and the types of what they return follow from those of
the arguments.
"""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import Any

from numba import objmode, typeof
from numba.core import types
from numba.extending import overload

from srcad.frontend.syntax.made import made_function

Types = tuple[Any, ...]

_targets: dict[int, Target] = {}


class Target:
    """A function of Python that is itself where Numba pickles it, and is looked into by nobody."""

    def __init__(self, function: Callable[..., Any]) -> None:
        """Keep the function, as long as the process lives: compiled code calls it."""
        self.function = function
        _targets[id(self)] = self

    def __call__(self, *args: Any) -> Any:
        """Call the function."""
        return self.function(*args)

    def __reduce__(self) -> Any:
        return _recalled, (id(self),)


def _recalled(number: int) -> Target:
    """Return the function of a pickle, which is of this process."""
    return _targets[number]


def python_call(
    target: Callable[..., Any],
    name: str,
    params: tuple[str, ...],
    results: Callable[[Types], Types],
) -> FunctionType:
    """Return a function that calls `target`, in compiled code as well.

    target: takes numbers and arrays, and returns one value or a tuple; of the very types that
    `results` says. results: returns the Numba types of the results for those of the arguments;
    one alone is not in a tuple.
    """
    args = ", ".join(params)
    space: dict[str, Any] = {"target_": Target(target), "objmode_": objmode}
    text = f"def {name}({args}):\n    return target_({args})\n"
    called = made_function(text, name, space)

    def implementation(*given: Any) -> Any:
        found = results(tuple(map(_plain, given)))
        outs = [f"out_{k}_" for k in range(len(found))]
        kinds = {f"type_{k}_": kind for k, kind in enumerate(found)}
        declared = ", ".join(f"{out}=type_{k}_" for k, out in enumerate(outs))
        row = ", ".join(outs)
        body = (
            f"def {name}({args}):\n"
            f"    with objmode_({declared}):\n"
            f"        {row} = target_({args})\n"
            f"    return {row}\n"
        )
        made = made_function(body, name, {**space, **kinds})
        made.__module__ = None  # type: ignore[assignment]  # Numba looks for names in a module
        return made

    header = f"def typed({args}):\n    return implementation_({args})\n"
    typed = made_function(header, "typed", {"implementation_": implementation})
    overload(called, strict=False)(typed)
    return called


def _plain(kind: Any) -> Any:
    """Return the type of an argument without the value that a literal has."""
    if isinstance(kind, types.Omitted):
        return typeof(kind.value)
    return types.unliteral(kind)


def numba_type(text: str) -> Any:
    """Return the type that a text names: float64, float32[:], float64[:, :].

    Arrays are in rows, one after the other. Raises ValueError for another text.
    """
    words = text.replace(" ", "")
    dtype, _, axes = words.partition("[")
    if dtype in {"float64", "float32"} and (not axes or set(axes) <= set(":,]")):
        kind = getattr(types, dtype)
        if not axes:
            return kind
        if axes == ",".join(":" * (axes.count(",") + 1)) + "]":
            return types.Array(kind, axes.count(",") + 1, "C")
    message = f"unknown type {text!r} of a result; write float64, float64[:], float32[:,:], ..."
    raise ValueError(message)


def like(kind: Any) -> Any:
    """Return the type of a derivative by an argument of a type: of float64 for what has none."""
    match kind:
        case types.Array():
            dtype = kind.dtype if isinstance(kind.dtype, types.Float) else types.float64
            return types.Array(dtype, kind.ndim, "C")
        case types.Float():
            return kind
    return types.float64
