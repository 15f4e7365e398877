"""`check_rule`: the rule of a function against differences of the function."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from srcad.frontend.syntax.made import made_function
from srcad.rules.known import given_for
from srcad.rules.rows import Interval
from srcad.testing import check_grads


def check_rule(
    function: Any,
    args: Sequence[Any] | None = None,
    order: int = 2,
    atol: float | None = None,
    rtol: float | None = None,
) -> None:
    """Raise AssertionError if the derivative rule of a function is wrong; else return None.

    function: one that `rule`, `custom_jvp` or `custom_vjp` gave a rule to.
    args: the arguments to check at; None for five points from the ranges `at` of the rule.
    order: 2 checks the derivatives of the rule's own code too.
    atol, rtol: as in `check_grads`, which compares both modes with differences of the function.
    Raises ValueError for a function without a rule, or without points to check at.

    >>> import srcad
    >>> def cube(x):
    ...     return x * x * x
    >>> _ = srcad.rule("cube(x)", cube, dx="2 * x * x", at=(0.5, 2.0))
    >>> try:
    ...     srcad.check_rule(cube)
    ... except AssertionError as problem:
    ...     print(str(problem).partition(":")[0])
    cube, argument x, mode fwd
    """
    given = given_for(function)
    if given is None:
        if not hasattr(function, "__srcad_rule__"):
            name = getattr(function, "__name__", repr(function))
            message = f"{name} has no rule of its own: give it one with srcad.rule"
            raise ValueError(message)
        if args is None:
            raise ValueError("check_rule: pass the arguments to check at")
        modes = ("fwd", "rev") if function.__srcad_rule__.kind == "jvp" else ("rev",)
        check_grads(function, tuple(args), order, modes, atol, rtol)
        return
    row, prim = given.row.rule, given.row.prim
    assert row is not None
    assert prim is not None
    if args is None and not row.at:
        raise ValueError("check_rule: pass the arguments to check at, or give the rule ranges `at`")
    rng = np.random.default_rng(20240229)
    draws = [tuple(args)] if args is not None else [_drawn(row.at, rng) for _ in range(5)]
    moving = [
        k
        for k in range(len(row.params))
        if k not in row.refused and isinstance(draws[0][k], float | np.ndarray | np.floating)
    ]
    made: dict[str, Any] = {}
    for values in draws:
        fixed = {p: values[k] for k, p in enumerate(row.params) if k not in moving}
        key = repr(fixed)
        if key not in made:
            made[key] = _held(prim.function, row.prim, row.params, fixed)
        point = tuple(values[k] for k in moving)
        check_grads(made[key], point, order, ("fwd", "rev"), atol, rtol)


def _held(function: Any, name: str, params: Sequence[str], fixed: dict[str, Any]) -> Any:
    """Return a function of some arguments of another one, the others held."""
    moving = ", ".join(p for p in params if p not in fixed)
    given = ", ".join(f"fixed_{p}" if p in fixed else p for p in params)
    text = f"def {name}({moving}):\n    return called_({given})\n"
    space = {f"fixed_{p}": value for p, value in fixed.items()}
    return made_function(text, name, {"called_": function, **space})


def _drawn(ranges: Sequence[Interval], rng: np.random.Generator) -> tuple[float, ...]:
    """Return one point; a range of one whole number gives an int."""
    return tuple(
        int(low) if low == high and low == int(low) else float(rng.uniform(low, high))
        for low, high in ranges
    )
