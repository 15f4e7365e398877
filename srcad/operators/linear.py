"""A derivative at a point as a linear function: the value once, the linear work at each call."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from numba.core import config

from srcad.arguments import parameter_names
from srcad.backend.jit import Derivative
from srcad.backend.typed import P, R, Typed
from srcad.backend.value_types import type_of
from srcad.captured import watch
from srcad.carried import carrier_of
from srcad.derivative import derivative, target_of
from srcad.frontend.syntax.opened import Unhidden
from srcad.later import later
from srcad.memo import known as found_again
from srcad.operators.held import Held, changed, held
from srcad.operators.plain_arguments import kinds_of, moving_of
from srcad.operators.products import (
    Sweeps,
    along,
    around,
    bound_values,
    check_count,
    jvp,
    tangent,  # noqa: F401 - what it is inside functions that are differentiated
    with_captured,
)
from srcad.options import Options
from srcad.parts import cut_parts
from srcad.trees import copied

if TYPE_CHECKING:
    from srcad import repeated_draws
else:
    repeated_draws = later("srcad.repeated_draws")


@overload
def linearize(f: Typed[P, R], *primals: Any) -> tuple[R, Callable[..., R]]: ...


@overload
def linearize(f: Callable[..., None], *primals: Any) -> tuple[Any, Callable[..., Any]]: ...


@overload
def linearize(f: Callable[..., R], *primals: Any) -> tuple[R, Callable[..., R]]: ...


def linearize(f: Any, *primals: Any) -> tuple[Any, Callable[..., Any]]:
    """Return `(out, f_jvp)`: the value of `f`, and its derivative there as a linear function.

    f, primals: as in `vjp`; arrays are copied.
    `f_jvp(*tangents)` takes one tangent for each primal, as `jvp` does, and returns `out_dot`.
    It keeps what the linear work needs (partial derivatives, indices, the paths taken), so that
    `f` runs once for each choice of arguments that move; where `f` calls itself or takes anything
    but floats and arrays, each call runs it again. Where there are more directions than results,
    `vjp` or `jacobian` is cheaper.
    Raises TypeError or ValueError for a tangent that does not fit its primal.

    >>> import srcad
    >>> out, f_jvp = srcad.linearize(lambda x, y: x * y, 3.0, 4.0)
    >>> out, f_jvp(1.0, 0.0), f_jvp(None, 1.0)
    (12.0, 4.0, 3.0)
    """
    every = (True,) * len(primals)
    both = maps(f, primals, every)
    if both is None:
        carrier = carrier_of(f)
        if carrier is not None:
            values, pad = around(carrier, primals)
            found, along = linearize(carrier.func, *values)
            return found, lambda *tangents: along(*pad(tangents))
        func, options = target_of(f, "linearize")
        values, _ = bound_values(func, primals)
        kept = copied(values)[: len(primals)]
        out: Any = derivative(func, "primal", (), options=options)(*values)
        return out, _along(held(f, func), f, options, kept)
    out, values = both.forward(*primals)
    kept = tuple([p.copy() if type(p) is np.ndarray else p for p in primals])
    func, options = target_of(f, "linearize")
    # Of one argument nothing is made later; what is known at once captures nothing.
    is_alone = len(primals) == 1 or found_again(f, _what(every, primals)) is not None
    at = None if is_alone else held(f, func)
    return out, _linear(f, at, options, kept, {every: partial(both.backward, *values)})


def _along(at: Held | None, f: Any, options: Options, kept: tuple[Any, ...]) -> Callable[..., Any]:
    """Return `f_jvp`, which runs `f` again. at: `f` with what it captured at the point."""
    if at is None:

        def from_start(*tangents: Any) -> Any:
            """Return the derivative along tangents."""
            _check_draws(f, kept)
            return jvp(f, kept, tangents)[1]

        return from_start
    values, still = at.values, (None,) * len(at.values)

    def f_jvp(*tangents: Any) -> Any:
        """Return the derivative along tangents."""
        check_count(tangents, kept)
        if not at.is_current():
            raise changed(at.func)
        _check_draws(f, kept)
        try:
            return along(at.base, options, (*values, *kept), (*still, *tangents))[1]
        except Unhidden:
            if not at.is_unchanged():
                raise changed(at.func) from None
        return jvp(f, kept, tangents)[1]

    return f_jvp


def _check_draws(f: Any, kept: tuple[Any, ...]) -> None:
    """Raise NotDifferentiable where `f` would draw other random numbers if it ran again."""
    func, options = target_of(f, "linearize")
    values, _ = bound_values(func, kept)
    made = derivative(func, "primal", (), options=options)
    repeated_draws.check_again(made.emit(tuple(map(type_of, values))).generated.function)


def _linear(
    f: Any,
    at: Held | None,
    options: Options,
    kept: tuple[Any, ...],
    known: dict[tuple[bool, ...], Callable[..., Any]],
) -> Callable[..., Any]:
    """Return `f_jvp`. known: the linear work, by the arguments that move."""
    again = _along(at, f, options, kept)

    def f_jvp(*tangents: Any) -> Any:
        """Return the derivative along tangents."""
        moving = moving_of(kept, tangents)
        if moving is None:
            return again(*tangents)
        if moving not in known:
            if at is not None and not at.is_current():
                raise changed(at.func)
            _check_draws(f, kept)
            both = maps(f, kept, moving, at)
            if both is None:
                return again(*tangents)
            known[moving] = partial(both.backward, *both.forward(*kept)[1])
        if False not in moving:
            return known[moving](*tangents)
        return known[moving](*[dot for dot in tangents if dot is not None])

    return f_jvp


def maps(
    f: Any, primals: tuple[Any, ...], moving: tuple[bool, ...], at: Held | None = None
) -> Sweeps | None:
    """Return the value and the linear work, for plain arguments; None where there are none.

    at: `f` with what it captured at the point; None: with what it captures now.
    """
    if kinds_of(primals) is None:
        return None

    def make(func: Any, options: Options, given: tuple[Any, ...], count: int) -> Sweeps:
        return _made_maps(func, options, given, (*(False,) * count, *moving))

    return with_captured(f, primals, _what(moving, primals), make, at)


def _what(moving: tuple[bool, ...], primals: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return under which name the linear work is found again."""
    return ("linearize", moving, *(kinds_of(primals) or ()))


def _made_maps(
    func: Any, options: Options, primals: tuple[Any, ...], moving: tuple[bool, ...]
) -> Sweeps:
    """Return both functions."""
    is_known = isinstance(func, Derivative) or watch(func) is not None
    if not is_known or len(parameter_names(func)) != len(primals) or config.DISABLE_JIT:
        return Sweeps()
    wrt = tuple(k for k, moves in enumerate(moving) if moves)
    found = cut_parts("linear_halves", func, wrt, options, tuple(map(type_of, primals)))
    return Sweeps() if found is None else Sweeps(*found)
