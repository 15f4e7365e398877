"""Products with the Jacobian: along tangents, and of cotangents."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, cast, overload

import numba
import numpy as np
from numba.core import config

from srcad.arguments import (
    Argnums,
    is_differentiable,
    is_several,
    matched,
    parameter_names,
)
from srcad.backend.jit import Derivative
from srcad.backend.typed import P, R, Typed
from srcad.backend.value_types import type_of
from srcad.bound import Bound, taken_of
from srcad.captured import watch
from srcad.carried import Carrier, carrier_of
from srcad.derivative import (
    Target,
    adjoint_of,
    derivative,
    tangent_of,
    target_of,
)
from srcad.foreign import refuse_foreign
from srcad.frontend.syntax.opened import Unhidden
from srcad.frontend.syntax.signature import signature_of
from srcad.frontend.types.numba_types import from_numba
from srcad.ir.records import parts_of
from srcad.ir.structures import given
from srcad.ir.types import Tuple, Type
from srcad.memo import known, shortcut
from srcad.operators.held import Held, changed, held_call
from srcad.operators.objects import derivative_object
from srcad.operators.plain_arguments import fits, kinds_of, moving_of
from srcad.options import Options
from srcad.parts import cut_parts
from srcad.sources import Text, with_source
from srcad.trees import copied, mapped

Pullback = Callable[[Any], tuple[Any, ...]]


# As objects --------------------------------------------------------------------------


def tangent(
    f: Callable[..., R], argnums: Argnums = 0, *, source: Text = None
) -> Derivative[..., tuple[R, Any]]:
    """Return the forward-mode derivative of `f` as one function, `(*args, *tangents)`.

    f: a Python function, an `@njit` function or a decorated one.
    argnums: position or name of the argument that moves, or a sequence of them; the others
        are constant.
    source: the text of `f`, as in `differentiate`.

    The result takes all arguments of `f`, and then one tangent for each of `argnums`, in
    their order, with the structure, shapes and dtypes of the argument. It returns
    `(out, out_dot)`, as `jvp` does: arguments that `f` writes are copied, and are outputs.
    It is a Numba dispatcher, to be called from Python and from `@njit` code.
    Raises ValueError for an argument that `f` does not have, or a tangent of another shape.

    >>> import srcad
    >>> def area(width, height):
    ...     return width * height
    >>> srcad.tangent(area, (0, 1))(3.0, 4.0, 1.0, 0.0)
    (12.0, 4.0)
    """
    return derivative_object(tangent, with_source(f, source), argnums, tangent_of)


def adjoint(
    f: Callable[..., R], argnums: Argnums = 0, *, source: Text = None
) -> Derivative[..., tuple[R, Any]]:
    """Return the reverse-mode derivative of `f` as one function, `(*args, cotangent)`.

    f, argnums, source: as in `tangent`.

    The result takes all arguments of `f`, and then the cotangent, with the structure, shapes
    and dtypes of the result. It returns `(out, bar)`, or `(out, (bar, ...))` for a sequence of
    arguments, in its order. `out` is that of `jvp`: arguments that `f` writes are outputs, and
    the cotangent has a part for each. It is a Numba dispatcher, as in `tangent`.
    Raises ValueError for an argument that `f` does not have, or a cotangent of another shape.

    >>> import numpy as np
    >>> import srcad
    >>> def scaled(x, factor):
    ...     return factor * x
    >>> out, x_bar = srcad.adjoint(scaled)(np.array([1.0, 2.0]), 3.0, np.array([1.0, 0.0]))
    >>> x_bar.tolist()
    [3.0, 0.0]
    """

    def of(func: Target, wrt: tuple[int, ...], options: Options) -> Derivative:
        return adjoint_of(func, wrt, options, bare=not is_several(argnums))

    return derivative_object(adjoint, with_source(f, source), argnums, of)


# As calls ----------------------------------------------------------------------------


@overload
def jvp(f: Typed[P, R], primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[R, Any]: ...


@overload
def jvp(
    f: Callable[..., None], primals: Sequence[Any], tangents: Sequence[Any]
) -> tuple[Any, Any]: ...


@overload
def jvp(f: Callable[..., R], primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[R, Any]: ...


def jvp(f: Any, primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """Return `(out, out_dot)`: the value of `f` and its derivative along `tangents`.

    primals: all positional arguments of `f`.
    tangents: one for each, of the same structure, shape and dtype; None for an argument that
        is constant, as all are that are not floats (zero is accepted for those, too).
    Arguments that `f` writes are copied, and their final contents are outputs too: `out`
    is the result of `f` followed by them, in argument order, bare when there is one.
    Raises TypeError or ValueError for a tangent that does not fit its primal.

    >>> import srcad
    >>> srcad.jvp(lambda x, y: x * y, (3.0, 4.0), (1.0, None))
    (12.0, 4.0)
    """
    moving = moving_of(primals, tangents)
    if moving is not None:
        run = known(f, ("jvp", moving))
        if run is not None:
            given = tangents if False not in moving else [t for t in tangents if t is not None]
            if run.count == len(primals) + len(given):
                result: tuple[Any, Any] = run(*primals, *given)
                return result
    return _general_jvp(f, primals, tangents, moving)


def _general_jvp(
    f: Any, primals: Sequence[Any], tangents: Sequence[Any], moving: tuple[bool, ...] | None
) -> tuple[Any, Any]:
    """Return `jvp` of arguments of any types. moving: which of them move, if all are plain."""
    carrier = carrier_of(f)
    if carrier is not None:
        check_count(tangents, primals)
        values, pad = around(carrier, primals)
        return jvp(carrier.func, values, pad(tangents))
    if moving is not None:
        given = [dot for dot in tangents if dot is not None]
        run = shortcut(f, ("jvp", moving), lambda: _tangent_along(f, moving))
        if run.count == len(primals) + len(given):
            result: tuple[Any, Any] = run(*primals, *given)
            return result
    return along(*target_of(f, "jvp"), primals, tangents)


def along(
    func: Target, options: Options, primals: Sequence[Any], tangents: Sequence[Any]
) -> tuple[Any, Any]:
    """Return `jvp` of what an operator differentiates, for arguments of any types."""
    names = parameter_names(func)
    check_count(tangents, primals)
    values, types = bound_values(func, primals)
    floats = _differentiable(types[: len(primals)], names, func)
    wrt = tuple(k for k in floats if tangents[k] is not None)
    if not wrt:
        message = "all tangents are None, so that nothing moves; give at least one"
        raise TypeError(message)
    rows = zip(tangents, values, types, names, strict=False)
    dots = [
        None if dot is None else matched(dot, value, type_, f"tangent of {name}")
        for k, (dot, value, type_, name) in enumerate(rows)
    ]
    result: tuple[Any, Any] = tangent_of(func, wrt, options)(*values, *(dots[k] for k in wrt))
    return result


@overload
def vjp(f: Typed[P, R], *primals: Any) -> tuple[R, Pullback]: ...


@overload
def vjp(f: Callable[..., None], *primals: Any) -> tuple[Any, Pullback]: ...


@overload
def vjp(f: Callable[..., R], *primals: Any) -> tuple[R, Pullback]: ...


def vjp(f: Any, *primals: Any) -> tuple[Any, Pullback]:
    """Return `(out, pullback)`: the value of `f`, and what maps cotangents back.

    `pullback(cotangent)` takes a cotangent with the structure, shapes and dtypes of `out`
    (None for what is not a float) and returns a tuple with one cotangent per primal,
    None for primals that are not floats. It can be called again and again; it keeps
    copies of the array arguments.
    `out` is that of `jvp`: the final contents of arguments that `f` writes are outputs.
    Raises ValueError where `f` writes an argument that shares memory with another one, and
    TypeError or ValueError for a cotangent that does not fit.

    >>> import srcad
    >>> out, pullback = srcad.vjp(lambda x, y: x * y, 3.0, 4.0)
    >>> out, pullback(1.0)
    (12.0, (4.0, 3.0))
    """
    both = sweeps(f, primals)
    if both is not None:
        out, kept = both.forward(*primals)
        return out, _pullback(both.backward, kept, out)
    carrier = carrier_of(f)
    if carrier is not None:
        values, _ = around(carrier, primals)
        first = len(carrier.args)
        return _general_vjp(carrier.func, values, range(first, first + len(primals)))
    return _general_vjp(f, primals, range(len(primals)))


def _general_vjp(f: Any, primals: tuple[Any, ...], chosen: range) -> tuple[Any, Pullback]:
    """Return `vjp` of arguments of any types; the pullback is to the chosen ones."""
    func, options = target_of(f, "vjp")
    values, types = bound_values(func, primals)
    names = parameter_names(func)
    found = _differentiable([types[k] for k in chosen], [names[k] for k in chosen], func)
    wrt = tuple(chosen[k] for k in found)
    kept = copied(values)
    # Of the arguments themselves, not of copies: these would not share memory any more.
    out = derivative(func, "primal", (), options=options)(*values)
    run: Any = adjoint_of(func, wrt, options)
    run = held_call(run) if isinstance(run, Bound) else run
    pullback = _pullback(lambda *given: run(*given)[1], kept, out)
    if len(wrt) == len(chosen) and not any(isinstance(type_, Tuple) for type_ in types):
        return out, pullback

    def placed(cotangent: Any) -> tuple[Any, ...]:
        """Return the cotangents of the primals for a cotangent of the result."""
        bars = pullback(cotangent)
        by_position = {k: _floats_only(bar, types[k]) for k, bar in zip(wrt, bars, strict=True)}
        return tuple(by_position.get(k) for k in chosen)

    return out, placed


def around(
    carrier: Carrier, primals: Sequence[Any]
) -> tuple[tuple[Any, ...], Callable[[Sequence[Any]], tuple[Any, ...]]]:
    """Return all arguments, and what puts tangents into their places among them."""
    values = carrier.arguments(primals)
    before = len(carrier.args)
    after = len(values) - before - len(primals)
    return values, lambda dots: (*(None,) * before, *dots, *(None,) * after)


def _pullback(run: Callable[..., Any], kept: tuple[Any, ...], out: Any) -> Pullback:
    """Return what maps a cotangent of `out` to those of the arguments, by `run(*kept, it)`."""

    def pullback(cotangent: Any) -> tuple[Any, ...]:
        """Return the cotangents of the primals for a cotangent of the result."""
        if not fits(cotangent, out):
            like = given(out)
            out_type = from_numba(type_of(like), "the result")
            cotangent = matched(mapped(_number, cotangent), like, out_type, "cotangent")
        bars: tuple[Any, ...] = run(*kept, cotangent)
        return bars

    return pullback


def _number(leaf: Any) -> Any:
    """Return a float32 number as a float: compiled code hands out float32 numbers as floats."""
    return float(leaf) if type(leaf) is np.float32 else leaf


def _tangent_along(f: Any, moving: tuple[bool, ...]) -> Derivative:
    """Return the forward mode by the arguments that move."""
    func, options = target_of(f, "jvp")
    count = len(parameter_names(func))
    wrt = tuple(k for k, moves in enumerate(moving) if moves and k < count)
    return tangent_of(func, wrt, options)


# Forward once, backward as often as wanted ---------------------------------------------


@dataclass(slots=True)
class Sweeps:
    """The way forward, `(*primals) -> (out, kept)`, and back, `(*kept, cotangent) -> bars`.

    forward: None if arguments of these types are left to the general way.
    made_of: derivative objects that are compiled for what the function captures.
    """

    forward: Any = None
    backward: Any = None
    made_of: tuple[Derivative, ...] = ()

    @property
    def is_forgotten(self) -> bool:
        """Return whether these were compiled for captured values that have changed."""
        return bool(self.made_of) and any(made.is_forgotten for made in self.made_of)


def sweeps(f: Any, primals: tuple[Any, ...]) -> Sweeps | None:
    """Return the halves of the adjoint for plain arguments; None where there are none."""
    kinds = kinds_of(primals)
    what = ("vjp", *(kinds or ()))
    return None if kinds is None else with_captured(f, primals, what, _made_sweeps)


def with_captured(
    f: Any,
    primals: tuple[Any, ...],
    what: tuple[Any, ...],
    make: Callable[..., Sweeps],
    at: Held | None = None,
) -> Sweeps | None:
    """Return two functions of plain arguments, to which captured values are given first.

    make: makes them, once for all functions of the same code, of a function, the options, all
        arguments, and how many are captured. at: what captured something at a point.
    None where there are none.
    """
    found: Sweeps | None = known(f, what) if at is None else None
    if found is None and carrier_of(f) is not None:
        return None
    func, options = (f, None) if found is not None else target_of(f, what[0])
    if at is not None:
        taken: Any = at.base, at.values, at.store
    else:
        taken = None if found is not None else taken_of(f, func)
    if taken is None:
        found = found or shortcut(f, what, lambda: make(func, options, primals, 0))
        return None if found.forward is None else found
    base, values, store = taken
    kinds = kinds_of(values)
    if kinds is None:
        return None
    key = (*what, options, *kinds)
    try:
        if key not in store or store[key].is_forgotten:
            store[key] = make(base, options, (*values, *primals), len(values))
    except Unhidden:
        return None  # which looks at what is captured in another way
    found = cast("Sweeps", store[key])
    if found.forward is not None and values:
        found = replace(found, forward=partial(found.forward, *values))
    return None if found.forward is None else found


def _made_sweeps(func: Any, options: Options, primals: tuple[Any, ...], count: int) -> Sweeps:
    """Return both ways. The first arguments, so many, are constant."""
    is_known = isinstance(func, Derivative) or watch(func) is not None
    if not is_known or len(parameter_names(func)) != len(primals) or config.DISABLE_JIT:
        return Sweeps()
    wrt = tuple(range(count, len(primals)))
    found = cut_parts("halves", func, wrt, options, tuple(map(type_of, primals)))
    if found is not None:
        return Sweeps(*found)
    value = derivative(func, "primal", (), options=options)
    run = adjoint_of(func, wrt, options)
    if isinstance(run, Bound):
        return Sweeps()  # each pullback has a point of its own
    if count:
        run.is_read = True  # it is derived for what is captured at the point, or not at all

    def forward(*given: Any) -> tuple[Any, tuple[Any, ...]]:
        return value(*given), tuple([p.copy() if type(p) is np.ndarray else p for p in given])

    def backward(*given: Any) -> Any:
        try:
            return run(*given)[1]
        except Unhidden as error:
            if error.is_refused:
                raise error.__cause__ or error from None
            raise changed(func) from None

    return Sweeps(forward, backward, (value, run))


# Any arguments -----------------------------------------------------------------------


def bound_values(func: Target, primals: Sequence[Any]) -> tuple[tuple[Any, ...], tuple[Type, ...]]:
    """Return all arguments, defaults included, and their types."""
    if not isinstance(primals, tuple | list):
        message = f"primals must be a tuple of all arguments, got {type(primals).__name__}"
        raise TypeError(message)
    refuse_foreign(primals, parameter_names(func))
    signature = signature_of(func)
    if any(p.kind in {p.VAR_POSITIONAL, p.VAR_KEYWORD} for p in signature.parameters.values()):
        derivative(func, "primal", ())(*primals)  # refused, with the place in the source
    bound = signature.bind(*primals)
    bound.apply_defaults()
    names = bound.signature.parameters
    values = tuple(map(given, bound.arguments.values()))
    types = tuple(
        from_numba(_typeof(value), name) for value, name in zip(values, names, strict=True)
    )
    return values, types


def _typeof(value: Any) -> Any:
    """Return the Numba type of an argument, `pyobject` where Numba has none."""
    try:
        return type_of(value)
    except ValueError:
        return numba.types.pyobject


def check_count(tangents: Sequence[Any], primals: Sequence[Any]) -> None:
    """Raise unless there is one tangent for each primal."""
    if not isinstance(tangents, tuple | list):
        message = f"tangents must be a tuple, one for each primal, got {type(tangents).__name__}"
        raise TypeError(message)
    if isinstance(primals, tuple | list) and len(tangents) != len(primals):
        message = f"expected {len(primals)} tangents, one for each primal, got {len(tangents)}"
        raise TypeError(message)


def _differentiable(types: Sequence[Type], names: Sequence[str], func: Target) -> tuple[int, ...]:
    """Return the positions of the arguments that have float leaves."""
    wrt = tuple(k for k, type_ in enumerate(types) if is_differentiable(type_))
    if not wrt:
        given = ", ".join(f"{name}: {type_}" for name, type_ in zip(names, types, strict=True))
        message = f"{func.__name__} has no float argument to differentiate by ({given})"
        raise TypeError(message)
    return wrt


def _floats_only(bar: Any, type_: Type) -> Any:
    """Return a cotangent with None for the leaves that are not floats."""
    match type_:
        case Tuple(items, record=None):
            return tuple(map(_floats_only, bar, items))
        case Tuple(items, record=record):
            assert record is not None
            return record.made(tuple(map(_floats_only, parts_of(bar, record), items)))
    return bar if is_differentiable(type_) else None
