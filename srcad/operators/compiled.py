"""The operators inside `@njit` code: `srcad.grad(f)(x)` where `f` is known when it is compiled.

`f` is a function that is known: a global, a captured one, an attribute of a module, or an
argument that is a compiled function. An operator finds the very object there that it returns
in Python, and calling it costs what calling any other compiled function costs.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from numba.core import types
from numba.core.errors import TypingError
from numba.extending import overload

from srcad.arguments import parameter_names
from srcad.backend.plain import PlainFunction
from srcad.derivative import series_of, tangent_of, target_of
from srcad.memo import shortcut
from srcad.operators.gradients import grad, value_and_grad
from srcad.operators.hessians import hessian, hvp, value_grad_hvp
from srcad.operators.jacobians import jacfwd, jacobian, jacrev
from srcad.operators.products import adjoint, jvp, tangent
from srcad.operators.taylor import series, taylor

TEMPLATE = """
def typed{signature}:
    made = found(operator, f, {options})
    def impl{signature}:
        return made
    return impl
"""


def understood(operator: Callable[..., Any]) -> None:
    """Let `@njit` code call an operator that takes a function `f` and options, and returns one.

    The options are literals there: numbers, strings, or tuples of them. Those that are given by
    name only are for Python.
    """
    signature = inspect.signature(operator)
    params = [p for p in signature.parameters.values() if p.kind is not p.KEYWORD_ONLY]
    bare = [p.replace(annotation=p.empty) for p in params]
    options = ", ".join(f"{p.name}={p.name}" for p in bare[1:])
    text = TEMPLATE.format(
        signature=signature.replace(parameters=bare, return_annotation=signature.empty),
        options=f"dict({options})",
    )
    namespace: dict[str, Any] = {"found": _found, "operator": operator}
    exec(text, namespace)  # noqa: S102 - an overload has the signature of what it is for
    overload(operator, prefer_literal=True)(namespace["typed"])


def _found(operator: Any, f: types.Type, options: dict[str, Any]) -> Any:
    """Return what an operator returns for the function that a type stands for."""
    func = function_of(operator, f)
    given = {name: _static(operator, name, value) for name, value in options.items()}
    try:
        return operator(func, **given)
    except (TypeError, ValueError) as error:
        raise TypingError(str(error)) from error


def function_of(operator: Any, f: types.Type) -> Any:
    """Return the function that a type stands for."""
    if isinstance(f, types.Dispatcher):
        return f.dispatcher
    if isinstance(f, PlainFunction):
        return f.func
    message = (
        f"srcad.{operator.__name__} in compiled code takes a function that is known "
        f"when the code is compiled, got {f}"
    )
    raise TypingError(message)


def _static(operator: Any, name: str, value: Any) -> Any:
    """Return the value of an option that is written as a literal, or left out."""
    match value:
        case types.Literal():
            return value.literal_value
        case types.Omitted():
            return value.value
        case types.NoneType():
            return None
        case types.BaseTuple():
            return tuple(_static(operator, name, item) for item in value)
        case types.Float():
            message = (
                f"srcad.{operator.__name__}: Numba knows no literal floats such as {name}; call "
                f"{operator.__name__} outside of compiled code, and what it returns inside"
            )
            raise TypingError(message)
        case types.Type():
            message = f"srcad.{operator.__name__}: write {name} as a literal, got {value}"
            raise TypingError(message)
    return value


for _operator in (
    *(grad, value_and_grad, tangent, adjoint, series),
    *(jacfwd, jacrev, jacobian, hessian, hvp, value_grad_hvp),
):
    understood(_operator)


# Numba compares the signatures of both functions, annotations included.
@overload(jvp)
def _jvp(f, primals, tangents):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Call the tangent by the arguments whose tangents are not None."""
    if not isinstance(primals, types.BaseTuple) or not isinstance(tangents, types.BaseTuple):
        message = (
            f"srcad.jvp takes a tuple of primals and one of tangents, got {primals}, {tangents}"
        )
        raise TypingError(message)
    run, given = _along(jvp, f, primals, tangents, ("primals", "tangents"))
    text = f"def impl(f, primals, tangents):\n    return run({given})\n"
    namespace: dict[str, Any] = {"run": run}
    exec(text, namespace)  # noqa: S102 - tuples of several types are taken apart item by item
    return namespace["impl"]


@overload(taylor)
def _taylor(f, x, v, order):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Call the series along the arguments whose directions are not None."""
    if not isinstance(order, types.Integer):
        message = f"srcad.taylor: order takes an integer, got {order}"
        raise TypingError(message)
    several = all(
        isinstance(t, types.BaseTuple) and not isinstance(t, types.BaseNamedTuple) for t in (x, v)
    )
    points, directions = (x, v) if several else ((x,), (v,))
    names = ("x", "v") if several else ("(x,)", "(v,)")
    run, given = _along(taylor, f, points, directions, names)
    text = (
        "def impl(f, x, v, order):\n"
        "    if order < 0:\n"
        "        raise ValueError('order must not be negative')\n"
        f"    return run({given}, order)\n"
    )
    namespace: dict[str, Any] = {"run": run}
    exec(text, namespace)  # noqa: S102 - as above
    return namespace["impl"]


def _along(
    operator: Any, f: types.Type, primals: Any, tangents: Any, written: tuple[str, str]
) -> tuple[Any, str]:
    """Return the derivative along the tangents that are not None, and the text of arguments.

    written: how the code calls the tuples of primals and tangents.
    """
    name = operator.__name__
    func, options = target_of(function_of(operator, f), name)
    names = parameter_names(func)
    if not len(primals) == len(tangents) == len(names):
        message = (
            f"{func.__name__} has {len(names)} arguments: srcad.{name} takes as many primals and "
            f"tangents, got {len(primals)} and {len(tangents)}"
        )
        raise TypingError(message)
    rows = zip(names, primals, tangents, strict=True)
    wrt = tuple(k for k, row in enumerate(rows) if _moves(name, *row))
    if not wrt:
        message = "all tangents are None, so that nothing moves; give at least one"
        raise TypingError(message)
    make = tangent_of if operator is jvp else series_of
    run = shortcut(func, (f"{name} along", wrt, options), lambda: make(func, wrt, options))
    given = [f"{written[0]}[{k}]" for k in range(len(names))]
    given += [f"{written[1]}[{k}]" for k in wrt]
    return run, ", ".join(given)


def _moves(operator: str, name: str, primal: types.Type, dot: types.Type) -> bool:
    """Return whether an argument has a tangent, of its own type."""
    if isinstance(dot, types.NoneType):
        return False
    primal, dot = types.unliteral(primal), types.unliteral(dot)
    match primal, dot:
        case types.Array(), types.Array():
            fits = (primal.dtype, primal.ndim) == (dot.dtype, dot.ndim)
        case _:
            fits = primal == dot
    if not fits:
        message = f"srcad.{operator}: the tangent of {name} must be {primal}, got {dot}"
        raise TypingError(message)
    is_number = isinstance(primal, types.Integer | types.Boolean)
    is_integers = isinstance(primal, types.Array) and not isinstance(primal.dtype, types.Float)
    if is_number or is_integers:
        message = f"srcad.{operator}: {name} is {primal}, which is no float: its tangent is None"
        raise TypingError(message)
    return True
