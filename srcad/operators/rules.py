"""`rule`: a derivative of a function of the user's own, in one line of text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from srcad.backend.outside import arity_of, callable_in_numba, python_objects
from srcad.frontend.syntax.made import made_function
from srcad.frontend.types.array_types import forget
from srcad.rules.given import give, given_row, signature_of
from srcad.rules.rows import Interval

F = TypeVar("F", bound=Callable[..., Any])


def rule(
    signature: str,
    function: F,
    *,
    let: str = "",
    at: Interval | Sequence[Interval] = (),
    **partials: str,
) -> F:
    """Give a function of numbers its derivative rule, and return the function.

    signature: a name and the arguments, `"expit(x)"`; the name stands in generated code.
    function: a Python function, an `@njit` or `@vectorize` function, a `cfunc`, a `ctypes`
        function whose argument types are set, or an `@intrinsic`. Its source is not looked at.
    dx, ...: the partial derivative by each argument, an expression of the arguments, the
        result `y`, names from `let`, numbers, `pi`, operators, comparisons, `where(c, a, b)`,
        and functions by the names that rules have: `exp(x)`, `sin(x)`, other rules of one's
        own, the function itself. `"0"` for an argument without influence. To differentiate by
        an argument that has none is refused with `MissingRule`.
    let: names for parts that the partials share, `"s = a * a; t = s + 1"`.
    at: ranges of the arguments, one or one for each, from which `check_rule` draws.

    The rule holds in both modes and at every order, as the partials are differentiated by the
    same rules, for numbers and, element by element, for whole arrays. Derivatives that are
    asked for from now on have it; a rule that is given again replaces the older one.
    Raises ValueError for a text that is wrong, and TypeError for a function that Numba cannot
    call.

    >>> import numba
    >>> import numpy as np
    >>> import srcad
    >>> @numba.vectorize(["float64(float64)"])
    ... def expit(x):
    ...     return 1.0 / (1.0 + np.exp(-x))
    >>> _ = srcad.rule("expit(x)", expit, dx="y * (1 - y)", at=(-3, 3))
    >>> srcad.grad(lambda x: 4.0 * expit(x))(0.0)
    1.0
    >>> srcad.check_rule(expit)
    """
    name, params = signature_of(signature)
    compiled = callable_in_numba(function, name, params)
    count = arity_of(function)
    if count not in {None, len(params)}:
        message = f"{signature!r} has {len(params)} arguments, and the function {count}"
        raise ValueError(message)
    wrong = [text for text in (let, *partials.values()) if not isinstance(text, str)]
    if wrong:
        message = f"{name}: partials are texts, got {wrong[0]!r}"
        raise TypeError(message)
    objects = python_objects(function, compiled)
    ranges = tuple(at) if isinstance(at, list) else at
    row = given_row(signature, objects, compiled, let, ranges, partials)  # type: ignore[arg-type]
    wrapper = _calling(function, name, params)
    give(objects, row, wrapper)
    forget()
    return function


def _calling(function: Any, name: str, params: Sequence[str]) -> Any:
    """Return a Python function that calls a function."""
    called = f"{name}_"
    while called in params:
        called += "_"
    text = f"def {name}({', '.join(params)}):\n    return {called}({', '.join(params)})\n"
    return made_function(text, name, {called: function})
