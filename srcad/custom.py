"""`custom_jvp` and `custom_vjp`: functions with a rule of the user's own, as JAX has them."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Sequence
from types import FunctionType
from typing import Any, Literal

from srcad.backend.typed import P, R
from srcad.captured import python_function
from srcad.decorated import Decorated, DecoratedWithKeywords, has_keywords_only
from srcad.derivative import target_of
from srcad.frontend.syntax.made import made_function
from srcad.options import DEFAULT, Options
from srcad.passes.building.custom_calls import CustomRule
from srcad.rules.known import touch
from srcad.wrapped import calling


class CustomFunction(Decorated[P, R]):
    """A decorated function whose derivatives are by its rule."""

    def __init__(
        self,
        py_func: FunctionType,
        kind: Literal["jvp", "vjp", "again"],
        apart: tuple[int, ...],
        options: Options = DEFAULT,
    ) -> None:
        super().__init__(py_func, options)
        if has_keywords_only(py_func):
            self.__class__ = _with_keywords(type(self))
        self.__srcad_rule__ = CustomRule(py_func, kind, apart, self)
        self.__srcad_call__ = calling(self, py_func)

    def __reduce__(self) -> Any:
        """Pickle by name, as the rule is known only where it was given."""
        found: object = sys.modules.get(self.__module__)
        for part in self.__qualname__.split("."):
            found = getattr(found, part, None)
        if found is not self:
            message = f"'{self.__qualname__}' has a rule of its own: it is pickled by name only"
            raise TypeError(message)
        return self.__qualname__


class custom_jvp(CustomFunction[P, R]):  # noqa: N801 - the name that JAX users know
    """A function with a derivative rule for tangents, which serves both modes.

    f: a Python function, an `@njit` function or a decorated one.
    nondiff_argnums: positions of arguments that have no derivative; the rule takes them first.

    `f.defjvp(rule)` gives the rule: `rule(primals, tangents)` returns `(out, out_dot)`, linear
    in the tangents. It is written in what srcad accepts, may call `f`, and is differentiated
    itself for derivatives of higher order; reverse mode transposes it, unless `f.defvjp` has
    given another one for it. A tangent of a number
    that does not move is 0.0, and that of an array is zeros.
    The result is a Numba dispatcher like a decorated function. It must not write its arguments.
    Raises `MissingRule` where a derivative is taken before there is a rule.

    >>> import math
    >>> import srcad
    >>> @srcad.custom_jvp
    ... def softplus(x):
    ...     return math.log1p(math.exp(x))
    >>> @softplus.defjvp
    ... def softplus_jvp(primals, tangents):
    ...     (x,), (x_dot,) = primals, tangents
    ...     return softplus(x), x_dot / (1.0 + math.exp(-x))
    >>> srcad.grad(softplus)(0.0)
    0.5
    """

    def __init__(self, f: Callable[P, R], nondiff_argnums: Sequence[int] = ()) -> None:
        py_func, options = checked(f, "custom_jvp")
        super().__init__(py_func, "jvp", _apart(py_func, nondiff_argnums), options)

    def defjvp(self, rule: Callable[..., Any]) -> Callable[..., Any]:
        """Give the rule `rule(primals, tangents) -> (out, out_dot)`, and return it.

        Derivatives that are asked for from now on have it. Raises TypeError for what is no
        Python function.
        """
        self.__srcad_rule__.jvp = _function(rule, "defjvp")
        touch()
        return rule

    def defvjp(self, fwd: Callable[..., Any], bwd: Callable[..., Any]) -> None:
        """Give a rule for reverse mode, too: that for tangents need not be transposed then.

        `fwd(*args) -> (out, kept)` and `bwd(kept, out_bar) -> bars` are those of `custom_vjp`.
        That both rules are of the same derivative is yours to see to (`check_rule` compares).
        """
        _give_halves(self.__srcad_rule__, fwd, bwd)

    def defjvps(self, *jvps: Callable[..., Any] | None) -> None:
        """Give one function `jvp(dot, out, *args)` for each argument; None is zero.

        The tangent of the result, one number or array, is the sum of what they return.
        """
        if self.__srcad_rule__.apart:
            raise TypeError("defjvps: use defjvp with nondiff_argnums")
        names = list(inspect.signature(self.py_func).parameters)
        if len(jvps) != len(names):
            message = f"'{self.__name__}' has {len(names)} arguments, {len(jvps)} rules were given"
            raise TypeError(message)
        space = {f"jvp_{k}": jvp for k, jvp in enumerate(jvps) if jvp is not None}
        args = "".join(f"x_{k}, " for k in range(len(names)))
        dots = "".join(f"dot_{k}, " for k in range(len(names)))
        terms = [f"jvp_{k}(dot_{k}, out, {args})" for k in range(len(names)) if f"jvp_{k}" in space]
        text = (
            f"def rule(primals, tangents):\n    {args}= primals\n    {dots}= tangents\n"
            f"    out = called({args})\n    return out, {' + '.join(terms) or '0.0 * out'}\n"
        )
        self.defjvp(made_function(text, "rule", {**space, "called": self}))


class custom_vjp(CustomFunction[P, R]):  # noqa: N801 - the name that JAX users know
    """A function with a derivative rule for cotangents, for reverse mode.

    f: a Python function, an `@njit` function or a decorated one.
    nondiff_argnums: positions of arguments that have no derivative; `bwd` takes them first.

    `f.defvjp(fwd, bwd)` gives the rule: `fwd(*args)` returns `(out, kept)`, and
    `bwd(kept, out_bar)` a tuple with a cotangent for each argument, None for zero. Both are
    written in what srcad accepts, and are differentiated themselves for derivatives of higher
    order, in forward mode too. `kept` is any tuple of numbers and arrays.
    Forward mode of the function itself is refused with `NotDifferentiable`, as in JAX.
    The result is a Numba dispatcher like a decorated function. It must not write its arguments.
    Raises `MissingRule` where a derivative is taken before there is a rule.

    >>> import srcad
    >>> @srcad.custom_vjp
    ... def cube(x):
    ...     return x * x * x
    >>> def cube_fwd(x):
    ...     return cube(x), x
    >>> def cube_bwd(x, out_bar):
    ...     return (3.0 * x * x * out_bar,)
    >>> cube.defvjp(cube_fwd, cube_bwd)
    >>> srcad.grad(cube)(2.0)
    12.0
    """

    def __init__(self, f: Callable[P, R], nondiff_argnums: Sequence[int] = ()) -> None:
        py_func, options = checked(f, "custom_vjp")
        super().__init__(py_func, "vjp", _apart(py_func, nondiff_argnums), options)

    def defvjp(self, fwd: Callable[..., Any], bwd: Callable[..., Any]) -> None:
        """Give the rule: `fwd(*args) -> (out, kept)` and `bwd(kept, out_bar) -> bars`.

        Derivatives that are asked for from now on have it. Raises TypeError for what is no
        Python function.
        """
        _give_halves(self.__srcad_rule__, fwd, bwd)


def _give_halves(rule: CustomRule, fwd: Callable[..., Any], bwd: Callable[..., Any]) -> None:
    """Give a rule its two halves for reverse mode."""
    rule.fwd, rule.bwd = _function(fwd, "defvjp"), _function(bwd, "defvjp")
    touch()


def _with_keywords(kind: type[CustomFunction]) -> type[Any]:
    """Return the class of functions of this kind that have keyword-only parameters."""
    return type(kind.__name__, (DecoratedWithKeywords, kind), {"__module__": kind.__module__})


def checked(f: Any, name: str) -> tuple[FunctionType, Options]:
    """Return the Python function to give a rule to, and its options.

    That of a function with a rule calls it, so that its rule is not lost.
    """
    if hasattr(f, "__srcad_derivative__"):
        message = f"{name} takes a Python function or an @njit function, got {f!r}"
        raise TypeError(message)
    func, options = target_of(f, name)
    assert isinstance(func, FunctionType)
    return func, options


def _function(rule: Any, name: str) -> FunctionType:
    found = python_function(rule)
    if found is None:
        message = f"{name} takes Python functions, got {rule!r}"
        raise TypeError(message)
    return found


def _apart(func: FunctionType, nondiff_argnums: Sequence[int]) -> tuple[int, ...]:
    """Return the positions of the arguments without a derivative, in order."""
    count = len(inspect.signature(func).parameters)
    found = tuple(sorted(k + count if k < 0 else k for k in nondiff_argnums))
    if any(not 0 <= k < count for k in found) or len(set(found)) < len(found):
        message = f"nondiff_argnums={tuple(nondiff_argnums)} of {count} arguments"
        raise ValueError(message)
    return found
