"""Functions of other libraries inside of functions that srcad differentiates.

Compiled code calls them through Python. Their derivatives are those of their own libraries:

    y = f(x)        y_dot = push(x, x_dot)      forward
                    x_bar = pull(x, y_bar)      reverse

`push` and `pull` are functions of the same library, with such derivatives themselves.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from srcad.backend.python_calls import like, numba_type, python_call
from srcad.custom import custom_jvp
from srcad.frontend.syntax.made import made_function

Values = tuple[Any, ...]
Function = Callable[..., Values]
ORDERS = 3
"""Up to which order there are derivatives."""


@dataclass(frozen=True, slots=True)
class Library:
    """What is asked of a library, for functions that return tuples.

    call: of a function and the arguments, returns the results as NumPy has them.
    jvp: of a function of so many arguments, returns `(*args, *dots) -> tangents`.
    vjp: returns `(*args, *bars) -> cotangents`, one for each argument, zero for what is no float.
    """

    call: Callable[[Function, Values], Values]
    jvp: Callable[[Function, int], Function]
    vjp: Callable[[Function, int], Function]


@dataclass(frozen=True, slots=True)
class Opaque:
    """A function of a library. results: the Numba types of the results by those of `params`.

    outs: how many results there are.
    """

    library: Library
    function: Function
    name: str
    params: tuple[str, ...]
    outs: int
    results: Callable[[Values], Values]

    def __call__(self, *args: Any) -> Any:
        """Return the results, of their very types. Raises TypeError for another shape or dtype."""
        found = self.library.call(self.function, args)
        kinds = self.results(tuple(map(_kind, args)))
        made = tuple(
            _checked(value, kind, self.name) for value, kind in zip(found, kinds, strict=True)
        )
        return made if self.outs > 1 else made[0]

    @property
    def dots(self) -> tuple[str, ...]:
        """Return names for the tangents of the arguments, which are the arguments of others."""
        return tuple(f"dot_{k}_{len(self.params)}_" for k in range(len(self.params)))

    def tangent(self) -> Opaque:
        """Return the tangents as a function of the arguments and their tangents."""
        count = len(self.params)
        return replace(
            self,
            function=self.library.jvp(self.function, count),
            name=f"{self.name}_push",
            params=(*self.params, *self.dots),
            results=lambda kinds: self.results(kinds[:count]),
        )

    def cotangent(self) -> Opaque:
        """Return the cotangents as a function of the arguments and those of the results."""
        count = len(self.params)
        return replace(
            self,
            function=self.library.vjp(self.function, count),
            name=f"{self.name}_pull",
            params=(*self.params, *(f"bar_{k}_{count}_" for k in range(self.outs))),
            outs=count,
            results=lambda kinds: tuple(map(like, kinds[:count])),
        )

    def known(self, orders: int = ORDERS) -> Any:
        """Return the function that srcad differentiates up to an order."""
        called = python_call(self, self.name, self.params, self.results)
        args = ", ".join(self.params)
        own = custom_jvp(_written(self.name, args, f"return called({args})", called=called))
        if not orders:
            return own
        push, pull = self.tangent().known(orders - 1), self.cotangent().known(orders - 1)
        dots = ", ".join(self.dots)
        rule = f"{args}, = primals; {dots}, = tangents; return own({args}), push({args}, {dots})"
        own.defjvp(_written("rule", "primals, tangents", rule, own=own, push=push))
        bars = ", ".join(f"bar_{k}_" for k in range(self.outs))
        found = "pull" if len(self.params) > 1 else "(pull"
        found = f"{found}({args}, {bars})" + ("" if len(self.params) > 1 else ",)")
        own.defvjp(
            _written("fwd", args, f"return own({args}), ({args},)", own=own),
            _written(
                "bwd", "kept, bar", f"{args}, = kept; {bars} = bar; return {found}", pull=pull
            ),
        )
        return own


def _written(name: str, params: str, body: str, **space: Any) -> Any:
    """Return a function of these statements."""
    lines = "".join(f"    {line.strip()}\n" for line in body.split(";"))
    return made_function(f"def {name}({params}):\n{lines}", name, space)


def opaque(library: Library, f: Any, result: str, what: str) -> Any:
    """Return a function of a library as one that srcad knows the derivatives of."""
    kind = numba_type(result)
    given = getattr(f, "__name__", type(f).__name__)
    name = given if str(given).isidentifier() else "function"

    def of_tuple(*args: Any) -> Values:
        return (f(*args),)

    return Opaque(library, of_tuple, name, _parameters(f, what), 1, lambda _: (kind,)).known()


def _parameters(f: Any, what: str) -> tuple[str, ...]:
    """Return names for the arguments. Raises TypeError unless they are given by position."""
    if not callable(f):
        message = f"{what} takes a function, got {f!r}"
        raise TypeError(message)
    found = [p for p in inspect.signature(f).parameters.values() if p.default is p.empty]
    by_position = {inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.POSITIONAL_ONLY}
    if not found or any(param.kind not in by_position for param in found):
        message = f"{what}: {f!r} must take its arguments by position; write a def that calls it"
        raise TypeError(message)
    return tuple(f"{param.name}_" for param in found)


def _kind(value: Any) -> Any:
    """Return the Numba type of an argument, as far as `like` reads it."""
    from numba import typeof  # noqa: PLC0415 - of types alone

    return typeof(value)


def _checked(value: Any, kind: Any, name: str) -> Any:
    """Return a result as compiled code expects it: an array of its own memory, or a float."""
    array = np.asarray(value)
    ndim, dtype = getattr(kind, "ndim", 0), np.dtype(str(getattr(kind, "dtype", kind)))
    if array.ndim != ndim or array.dtype != dtype:
        message = f"{name} returns {_words(array.dtype, array.ndim)}, result= says "
        raise TypeError(message + _words(dtype, ndim))
    return np.array(array, order="C") if ndim else array.item()


def _words(dtype: Any, ndim: int) -> str:
    return f"{dtype}[{','.join(':' * ndim)}]" if ndim else str(dtype)
