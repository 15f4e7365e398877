"""`srcad.vjp` inside `@njit` code: forward at once, and back whenever the pullback is called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from numba.core import types
from numba.core.errors import TypingError
from numba.core.registry import CPUDispatcher
from numba.extending import overload

from srcad.arguments import parameter_names
from srcad.backend.jit import compile_helper
from srcad.backend.pullbacks import holder
from srcad.derivative import adjoint_of, derivative, target_of
from srcad.later import later
from srcad.operators.compiled import function_of
from srcad.operators.products import vjp
from srcad.options import derivative_flags

if TYPE_CHECKING:
    from srcad import deriving
else:
    deriving = later("srcad.deriving")


@overload(vjp)
def _vjp(f, *primals):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN002, ANN202
    """Return the value, and a pullback that holds what it needs."""
    given = tuple(map(types.unliteral, primals))
    func, options = target_of(function_of(vjp, f), "vjp")
    names = parameter_names(func)
    if len(given) != len(names):
        message = (
            f"{func.__name__} has {len(names)} arguments: srcad.vjp takes all, got {len(given)}"
        )
        raise TypingError(message)
    _check_plain(names, given)
    wrt = tuple(k for k, type_ in enumerate(given) if _is_float(type_))
    if not wrt:
        raise TypingError(f"{func.__name__} has no float argument to differentiate by")
    kept = [f"primals[{k}]" for k in range(len(given))]
    space: dict[str, Any] = {}
    try:
        parts = deriving.halves_of(func, wrt, options, given)
    except (TypeError, ValueError) as error:
        raise TypingError(str(error)) from error
    if parts is not None:
        space["forward"], space["backward"] = parts
        out, holds = _result(parts[0], given)
        count, bars = len(holds), "backward({})"
        body = f"out, kept = forward({', '.join(kept)})\n    return out, hold(kept)"
    else:
        space["forward"] = derivative(func, "primal", (), options=options)
        space["backward"] = adjoint_of(func, wrt, options)
        out = _result(space["forward"], given)
        count, bars = len(given), "backward({})[1]"
        copied = [
            f"{text}.copy()" if isinstance(type_, types.Array) else text
            for text, type_ in zip(kept, given, strict=True)
        ]
        body = f"return forward({', '.join(kept)}), hold(({', '.join(copied)},))"
    _check_floats(func.__name__, out)
    takes = [f"kept_{k}" for k in range(count)] + ["bar"]
    by_position = {k: f"bars[{n}]" for n, k in enumerate(wrt)}
    items = [by_position.get(k, "None") for k in range(len(given))]
    text = (
        f"def pulled({', '.join(takes)}):\n"
        f"    bars = {bars.format(', '.join(takes))}\n"
        f"    return ({', '.join(items)},)\n"
        f"def impl(f, *primals):\n    {body}\n"
    )
    exec(text, space)  # noqa: S102 - as many arguments as the function has
    run = compile_helper(space["pulled"], derivative_flags(options))
    space["hold"] = holder(run, (out,), "pullback")
    return space["impl"]


def _result(function: Any, given: tuple[Any, ...]) -> Any:
    """Return the type of the result of a compiled function."""
    context = CPUDispatcher.targetdescr.typing_context
    return types.Dispatcher(function).get_call_type(context, given, {}).return_type


def _is_float(type_: Any) -> bool:
    return isinstance(getattr(type_, "dtype", type_), types.Float)


def _check_plain(names: tuple[str, ...], given: tuple[Any, ...]) -> None:
    """Raise for arguments that are neither numbers nor arrays."""
    for name, type_ in zip(names, given, strict=True):
        if not isinstance(type_, types.Number | types.Boolean | types.Array):
            message = (
                f"srcad.vjp in compiled code takes numbers and arrays, {name} is {type_}; "
                "call srcad.adjoint(f)(*args, cotangent)"
            )
            raise TypingError(message)


def _check_floats(name: str, out: Any) -> None:
    """Raise for a result that is not made of floats and arrays of them."""
    parts = tuple(out) if isinstance(out, types.BaseTuple) else (out,)
    for part in parts:
        if isinstance(part, types.BaseTuple):
            _check_floats(name, part)
        elif not _is_float(part):
            message = (
                f"srcad.vjp in compiled code takes functions of floats, {name} returns {out}; "
                "call srcad.adjoint(f)(*args, cotangent)"
            )
            raise TypingError(message)
