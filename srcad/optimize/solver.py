"""A compiled loop with the derivatives that it calls, for Python and for `@njit` code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from numba.core import config, types
from numba.extending import typeof_impl

from srcad.arguments import parameter_names
from srcad.bound import Bound
from srcad.carried import carrier_of
from srcad.derivative import target_of
from srcad.frontend.syntax.opened import Unhidden
from srcad.optimize.result import Result

FLAGS = {"error_model": "numpy", "nogil": True}
MOST_HELD = 16
"""How many compiled loops one derivative remembers."""


class Solver:
    """An optimiser of one function: called as `(x0, *args)`, it returns a `Result`.

    In `@njit` code, it is the compiled loop for what the function captures now.
    """

    def __init__(
        self,
        name: str,
        f: Any,
        operators: tuple[Any, ...],
        make: Callable[..., Any],
        options: tuple[Any, ...],
    ) -> None:
        self.name = name
        self.f = f
        self.operators = operators
        self.make = make
        self.options = options
        self.carrier = carrier_of(f)
        func = f if self.carrier is None else self.carrier.func
        target, _ = target_of(func, name)
        self.__name__ = f"{name} of {target.__name__}"
        first = 0 if self.carrier is None else len(self.carrier.args)
        if len(parameter_names(target)) <= first:
            message = f"{name}: {target.__name__} has no argument to look for"
            raise TypeError(message)
        if self.carrier is not None:
            self.carrier.check_no_keywords(name)
        self.made = tuple(operator(func, first) for operator in operators)

    def __call__(self, x0: Any, *args: Any) -> Result:
        """Return where the loop ends that starts at `x0`."""
        start = np.asarray(x0)
        if start.ndim != 1 or start.dtype.kind not in "fiub":
            got = f"an array of {start.dtype} with {start.ndim} axes"
            if isinstance(x0, dict | list | tuple):
                got = (
                    f"a {type(x0).__name__}; put its parts into one array, or write the steps with"
                )
                got += " srcad.value_and_grad, whose gradient has the same structure"
            message = f"{self.name}: the start must be an array of floats with one axis, got {got}"
            raise TypeError(message)
        start = np.array(start, np.float64)
        before = () if self.carrier is None else self.carrier.values()
        if config.DISABLE_JIT:
            return Result(*self.plain(start, *args))
        kernels, held = self._kernels((*before, start, *args))
        found = _compiled(self, kernels)(start, (tuple((*h, *before) for h in held), args))
        return Result(*found)

    def plain(self, x0: Any, *args: Any) -> Any:
        """Return what the loop returns as plain Python."""
        before = () if self.carrier is None else self.carrier.values()
        run = self.make(*map(_called, self.made), self.options, lambda function: function)
        return run(x0, (tuple(before for _ in self.made), args))

    def _kernels(self, args: tuple[Any, ...]) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        """Return compiled code for what is captured now, and the values that it is given."""
        found = [_taken(made, self._examples(k, args)) for k, made in enumerate(self.made)]
        return tuple(kernel for kernel, _ in found), tuple(values for _, values in found)

    def _examples(self, k: int, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """Return arguments of the k-th derivative: a product takes a vector as well."""
        at = 0 if self.carrier is None else len(self.carrier.args)
        takes_vector = self.operators[k].__name__ == "hvp"
        return (*args[: at + 1], args[at], *args[at + 1 :]) if takes_vector else args

    @property
    def frozen(self) -> Any:
        """Return the compiled function `(x0, *args)` for what is captured now."""
        if self.carrier is not None:
            message = f"{self.name} of a partial or a method is called from Python alone"
            raise TypeError(message)
        kernels = tuple(m.frozen if isinstance(m, Bound) else m for m in self.made)
        run = _compiled(self, kernels)
        nothing = tuple(() for _ in kernels)
        known = kernels[0].__dict__.setdefault("solvers_in_code", {})
        if run not in known:

            @numba.njit(**FLAGS)
            def solve(x0, *args):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN002, ANN202
                return run(x0, (nothing, args))

            known[run] = solve
        return known[run]

    def __reduce__(self) -> Any:
        """Pickle how it is made; nothing compiled travels."""
        return Solver, (self.name, self.f, self.operators, self.make, self.options)

    def __repr__(self) -> str:
        return f"<{self.__name__}>"


def solver(
    name: str, f: Any, operators: tuple[Any, ...], make: Callable[..., Any], options: Any
) -> Solver:
    """Return the optimiser of a function."""
    return Solver(name, f, operators, make, options)


@typeof_impl.register(Solver)
def _typeof(value: Solver, _: object) -> types.Type:
    return types.Dispatcher(value.frozen)


def _taken(made: Any, examples: tuple[Any, ...]) -> tuple[Any, tuple[Any, ...]]:
    """Return the compiled code of a derivative, and what it captures as its first arguments."""
    if not isinstance(made, Bound):
        if hasattr(made, "check"):
            made.check(examples)
        return made, ()
    given = tuple(map(numba.typeof, examples))
    made.emit(given)
    kernel, values = made.taken()
    try:
        kernel.emit((*map(numba.typeof, values), *given))
    except Unhidden:  # something has to be known while compiling
        return made.frozen, ()
    return kernel, values


def _compiled(self: Solver, kernels: tuple[Any, ...]) -> Any:
    """Return the compiled loop `(x0, (values, args))`, once for the same code and options."""
    known = kernels[0].__dict__.setdefault("solvers", {})
    key = self.name, self.options, kernels[1:]
    if key not in known:
        while len(known) >= MOST_HELD:
            del known[next(iter(known))]
        wrap = numba.njit(**FLAGS)
        calls = [wrap(_call(kernel, k, self.operators[k])) for k, kernel in enumerate(kernels)]
        known[key] = wrap(self.make(*calls, self.options, wrap))
    return known[key]


def _call(kernel: Any, k: int, operator: Any) -> Callable[..., Any]:
    """Return the call of a derivative with what it captures before, and all else after x."""
    if operator.__name__ == "hvp":

        def product(x: Any, v: Any, given: Any) -> Any:
            return kernel(*(given[0][k] + (x, v) + given[1]))

        return product

    def call(x: Any, given: Any) -> Any:
        return kernel(*(given[0][k] + (x,) + given[1]))

    return call


def _called(made: Any) -> Any:
    """Return a derivative called from Python, as the loops call it."""

    def call(x: Any, *given: Any) -> Any:
        *vector, (values, args) = given
        return made(*values[0], x, *vector, *args)

    return call
