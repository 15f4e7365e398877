"""Products with the Jacobian: along tangents, and of cotangents."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numba

from srcad.arguments import is_differentiable, matched, parameter_names
from srcad.derivative import Target, adjoint_of, derivative, tangent_of, target_of
from srcad.frontend.numba_types import from_numba
from srcad.ir.types import Tuple, Type
from srcad.trees import copied

Pullback = Callable[[Any], tuple[Any, ...]]


def jvp(f: Any, primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """Return `(out, out_dot)`: the value of `f` and its derivative along `tangents`.

    primals: all positional arguments of `f`.
    tangents: one for each, of the same structure, shape and dtype; None (or zero) for
        arguments that are not floats.
    Arguments that `f` writes are copied, and their final contents are outputs too: `out`
    is the result of `f` followed by them, in argument order, bare when there is one.
    Raises TypeError or ValueError for a tangent that does not fit its primal.
    """
    func, options = target_of(f, "jvp")
    names = parameter_names(func)
    _check_count(tangents, primals)
    values, types = _bound(func, primals)
    wrt = _differentiable(types[: len(primals)], names, func)
    rows = zip(tangents, values, types, names, strict=False)
    dots = [matched(dot, value, type_, f"tangent of {name}") for dot, value, type_, name in rows]
    run = tangent_of(func, wrt, options)
    result: tuple[Any, Any] = run(*values, *(dots[k] for k in wrt))
    return result


def vjp(f: Any, *primals: Any) -> tuple[Any, Pullback]:
    """Return `(out, pullback)`: the value of `f`, and what maps cotangents back.

    `pullback(cotangent)` takes a cotangent with the structure, shapes and dtypes of `out`
    (None for what is not a float) and returns a tuple with one cotangent per primal,
    None for primals that are not floats. It can be called again and again; it keeps
    copies of the array arguments.
    `out` is that of `jvp`: the final contents of arguments that `f` writes are outputs.
    Raises ValueError where `f` writes an argument that shares memory with another one, and
    TypeError or ValueError for a cotangent that does not fit.
    """
    func, options = target_of(f, "vjp")
    values, types = _bound(func, primals)
    wrt = _differentiable(types[: len(primals)], parameter_names(func), func)
    kept = copied(values)
    # Of the arguments themselves, not of copies: these would not share memory any more.
    out: Any = derivative(func, "primal", (), options=options)(*values)
    out_type = from_numba(numba.typeof(out), "the result")
    run = adjoint_of(func, wrt, options)

    def pullback(cotangent: Any) -> tuple[Any, ...]:
        """Return the cotangents of the primals for a cotangent of the result."""
        out_bar = matched(cotangent, out, out_type, "cotangent")
        _, bars = run(*kept, out_bar)
        by_position = {k: _floats_only(bar, types[k]) for k, bar in zip(wrt, bars, strict=True)}
        return tuple(by_position.get(k) for k in range(len(primals)))

    return out, pullback


def _bound(func: Target, primals: Sequence[Any]) -> tuple[tuple[Any, ...], tuple[Type, ...]]:
    """Return all arguments, defaults included, and their types."""
    if not isinstance(primals, tuple | list):
        message = f"primals must be a tuple of all arguments, got {type(primals).__name__}"
        raise TypeError(message)
    signature = inspect.signature(func)
    if any(p.kind in {p.VAR_POSITIONAL, p.VAR_KEYWORD} for p in signature.parameters.values()):
        derivative(func, "primal", ())(*primals)  # refused, with the place in the source
    bound = signature.bind(*primals)
    bound.apply_defaults()
    names = bound.signature.parameters
    values = tuple(bound.arguments.values())
    types = tuple(
        from_numba(_typeof(value), name) for value, name in zip(values, names, strict=True)
    )
    return values, types


def _typeof(value: Any) -> Any:
    """Return the Numba type of an argument, `pyobject` where Numba has none."""
    try:
        return numba.typeof(value)
    except ValueError:
        return numba.types.pyobject


def _check_count(tangents: Sequence[Any], primals: Sequence[Any]) -> None:
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
    if isinstance(type_, Tuple):
        return tuple(map(_floats_only, bar, type_.items))
    return bar if is_differentiable(type_) else None
