"""Operators inside functions: `srcad.grad(f)(x)`, `srcad.jvp`, `srcad.vjp`, `srcad.linearize`.

The function is known while compiling. One of a module is differentiated as it is; one that
stands inside the function becomes a function of its own first (`closures`).
"""

from __future__ import annotations

import ast
import inspect
from dataclasses import replace
from types import FunctionType
from typing import Any

from srcad.frontend.calls.closures import closed_of, stand_in
from srcad.frontend.calls.driver_results import driver_results, leaves_of, rebuilt
from srcad.frontend.calls.tangents import fitted
from srcad.frontend.names.meaning import (
    NONE,
    AtPoint,
    Known,
    LocalDerivative,
    LocalFunction,
    Meaning,
    RecordOf,
    ShapeOf,
    TupleOf,
)
from srcad.frontend.names.records import as_tuples
from srcad.frontend.names.scope import as_atom, describe, kept, shape_tuple
from srcad.frontend.names.state import State
from srcad.frontend.names.structural import Arguments
from srcad.frontend.syntax.source import python_function
from srcad.ir import nodes as ir
from srcad.ir.nodes import Const, Var
from srcad.ir.records import Made
from srcad.spec import ALONG, DRIVERS, DerivativeSpec, Sweep, own_positions

BY_ARGUMENTS = {
    *("grad", "value_and_grad", "tangent", "adjoint", "jacfwd", "jacrev", "jacobian"),
    *("hessian", "hvp", "value_grad_hvp"),
}
"""Operators that return a function of the same arguments, and more after them."""


# Operators ----------------------------------------------------------------------------


def operator(state: State, func: FunctionType, arguments: Arguments, node: ast.Call) -> Meaning:
    """Return `srcad.grad(f)`, made now: its arguments must be known while compiling."""
    match func.__name__:
        case "jvp":
            return _jvp(state, func, arguments, node)
        case "vjp" | "linearize":
            return _with_map(state, func, arguments, node)
        case "check_grads":
            message = f"'{ast.unparse(node.func)}' inside a function is not supported"
            state.fail(node, "E405", message, "call it outside")
    positional, named = list(arguments.positional), dict(arguments.named)
    target = positional.pop(0) if positional else named.pop("f", NONE)
    values = tuple(_known(state, arg, node) for arg in positional)
    known = {name: _known(state, arg, node) for name, arg in named.items()}
    if func.__name__ in BY_ARGUMENTS and isinstance(target, LocalFunction | LocalDerivative):
        return LocalDerivative(target, func, values, known)
    return Known(_made(state, func, _known(state, target, node), values, known, node))


def _jvp(state: State, jvp: FunctionType, arguments: Arguments, node: ast.Call) -> Meaning:
    """Return `srcad.jvp(f, primals, tangents)`: a call of `srcad.tangent(f, those that move)`."""
    given = [*arguments.positional, *arguments.named.values()]
    match given:
        case [f, TupleOf(items=primals), TupleOf(items=tangents)] if not arguments.named:
            pass
        case _:
            message = "'jvp' takes a function, a tuple of primals and a tuple of tangents here"
            state.fail(node, "E405", message, "write srcad.jvp(f, (x, y), (x_dot, None))")
    moving = tuple(k for k, dot in enumerate(tangents) if dot != NONE)
    if len(primals) != len(tangents) or not moving:
        message = f"'jvp' of {len(primals)} primals and {len(tangents)} tangents"
        hint = "give one tangent for each primal, None for what is constant"
        state.fail(node, "E403", message if moving else "'jvp' where nothing moves", hint)
    func, closed = _function(state, f, node)
    tangent = jvp.__globals__["tangent"]
    made = _by_visible(state, tangent, func, closed, (moving,), {}, node)
    dots = [tangents[k] for k in moving]
    return _called(state, made, Arguments((*primals, *dots), {}), node, closed)


def _known(state: State, meaning: Meaning, node: ast.Call) -> object:
    match meaning:
        case Known(value=value) | Const(value=value):
            return value
        case TupleOf(items=items):
            return tuple(_known(state, item, node) for item in items)
        case _:
            message = f"'{ast.unparse(node.func)}' of {describe(state, meaning)} inside a function"
            hint = "use srcad.grad or srcad.value_and_grad, and literals for the rest"
            state.fail(node, "E405", f"{message} is not supported", hint)


def _made(
    state: State,
    operator: Any,
    func: object,
    positional: tuple[object, ...],
    named: dict[str, object],
    node: ast.Call,
) -> object:
    """Return what an operator makes of a function."""
    try:
        return operator(func, *positional, **named)
    except (TypeError, ValueError) as error:
        state.fail(node, "E403", str(error), "give it what it takes outside a function")


# Functions inside functions -------------------------------------------------------------


def _function(state: State, target: Meaning, node: ast.Call) -> tuple[object, dict[str, Meaning]]:
    """Return a function that an operator takes, and values of its hidden parameters."""
    match target:
        case LocalFunction():
            return stand_in(state, target, node)
        case LocalDerivative(func=inner, operator=operator, positional=values, named=named):
            func, closed = _function(state, inner, node)
            return _by_visible(state, operator, func, closed, values, named, node), closed
        case _:
            return _known(state, target, node), {}


def _by_visible(
    state: State,
    operator: Any,
    func: object,
    closed: dict[str, Meaning],
    positional: tuple[object, ...],
    named: dict[str, object],
    node: ast.Call,
) -> object:
    """Return what an operator makes of a function; `argnums` does not count what is closed over."""
    if not closed:
        return _made(state, operator, func, positional, named, node)
    takes = inspect.signature(operator)
    try:
        bound = takes.bind(func, *positional, **named)
    except TypeError as error:
        state.fail(node, "E403", str(error), f"it takes {takes}")
    bound.apply_defaults()
    names = list(_signature(func).parameters)
    visible = [k for k, name in enumerate(names) if name not in closed]

    def position(item: object) -> object:
        """Return where an argument stands among all."""
        if isinstance(item, int) and not isinstance(item, bool):
            if -len(visible) <= item < len(visible):
                return visible[item]
        elif item not in closed:
            return item
        message = f"argnums={item!r} is no argument of '{_name(func)}'"
        hint = "what a function closes over is constant for its derivative: make it an argument"
        state.fail(node, "E403", message, hint)

    argnums = bound.arguments["argnums"]
    several = isinstance(argnums, tuple)
    bound.arguments["argnums"] = tuple(map(position, argnums)) if several else position(argnums)
    return _made(state, operator, func, bound.args[1:], bound.kwargs, node)


def _name(func: Any) -> str:
    return str(getattr(func, "__name__", "function"))


def local_derivative(
    state: State, target: LocalDerivative, arguments: Arguments, node: ast.Call
) -> Meaning:
    """Return the results of a derivative of a function inside the function."""
    func, closed = _function(state, target, node)
    return derivative_call(state, func, arguments, node, closed)


def _called(
    state: State, func: object, arguments: Arguments, node: ast.Call, closed: dict[str, Meaning]
) -> Meaning:
    """Return the results of a derivative, of whichever function."""
    if closed:
        return derivative_call(state, func, arguments, node, closed)
    return state.call(state, Known(func), arguments, node)


# Linear maps at a point -----------------------------------------------------------------


def _with_map(state: State, func: FunctionType, arguments: Arguments, node: ast.Call) -> Meaning:
    """Return `srcad.vjp(f, *primals)` or `srcad.linearize`: the value, and what can be called."""
    if not arguments.positional or arguments.named:
        message = f"'{func.__name__}' takes a function and its arguments, by position"
        state.fail(node, "E403", message, f"write srcad.{func.__name__}(f, x, y)")
    target, *primals = arguments.positional
    made, closed = _function(state, target, node)
    values = {name: _at_point(state, value, node) for name, value in closed.items()}
    point = tuple(_at_point(state, value, node) for value in primals)
    maker = func.__globals__["adjoint" if func.__name__ == "vjp" else "tangent"]
    value = _value_at(state, made, Arguments(point, {}), values, node)
    return TupleOf((value, AtPoint(maker, made, values, point)))


def _at_point(state: State, meaning: Meaning, node: ast.Call) -> Meaning:
    """Return a value that nothing changes any more: arrays are copied."""
    match meaning:
        case Var() if state.rank(meaning) is None:
            message = "the number of dimensions is not known here"
            state.fail(node, "E505", message, "pass numbers and arrays")
        case Var() if state.rank(meaning):
            copied = state.op(node, "copy", meaning)
            state.hold(copied)
            return copied
        case ShapeOf():
            return _at_point(state, shape_tuple(state, meaning, node), node)
        case (TupleOf(items=items) | RecordOf(items=items)) as whole:
            return replace(whole, items=tuple(_at_point(state, item, node) for item in items))
        case _:
            return kept(state, meaning, node)


def _value_at(
    state: State,
    made: Any,
    arguments: Arguments,
    closed: dict[str, Meaning],
    node: ast.Call,
) -> Meaning:
    """Return the value of a function, which writes none of its arguments."""
    func = made if hasattr(made, "__srcad_derivative__") else python_function(made)
    if func is None:
        state.fail(node, "E403", f"{describe(state, Known(made))} is no function", "pass one")
    given = _given(state, _signature(made), arguments, closed, node)
    spec = DerivativeSpec(func, "primal", ())
    like = _value_of(state, spec, tuple(given), node)
    leaves = list(leaves_of(like))
    sweep = Sweep(spec, _name(func))
    results = emitted_call(state, sweep, tuple(given), len(leaves), node)
    for result, leaf in zip(results, leaves, strict=True):
        state.ranks[result.name] = state.rank(leaf)
        state.hold(result)
    return rebuilt(like, iter(results))


def at_point(state: State, target: AtPoint, arguments: Arguments, node: ast.Call) -> Meaning:
    """Return the results of `pullback(cotangent)`, or of `f_jvp(*tangents)`."""
    given = arguments.positional
    floats = [k for k, primal in enumerate(target.primals) if _may_move(primal)]
    is_back = target.operator.__name__ == "adjoint"
    wanted = 1 if is_back else len(target.primals)
    if arguments.named or len(given) != wanted:
        message = f"this takes {wanted} argument{'s' * (wanted != 1)} by position"
        state.fail(node, "E403", message, "write pullback(cotangent), or f_jvp(x_dot, y_dot)")
    moving = floats if is_back else [k for k, dot in enumerate(given) if dot != NONE]
    if not moving:
        state.fail(node, "E403", "nothing moves here", "give at least one tangent")
    made = _by_visible(
        state, target.operator, target.made, target.closed, (tuple(moving),), {}, node
    )
    more = [_as_float(dot) for dot in given if dot != NONE]
    both = _called(state, made, Arguments((*target.primals, *more), {}), node, target.closed)
    assert isinstance(both, TupleOf)
    if not is_back:
        return both.items[1]
    bars = both.items[1]
    assert isinstance(bars, TupleOf)
    by_position = dict(zip(moving, bars.items, strict=True))
    return TupleOf(tuple(by_position.get(k, NONE) for k in range(len(target.primals))))


def _may_move(primal: Meaning) -> bool:
    """Return whether an argument, or a part of it, may be a float: literals tell."""
    match primal:
        case TupleOf(items=items) | RecordOf(items=items):
            return any(map(_may_move, items))
        case Const(value=value):
            return isinstance(value, float)
        case _:
            return isinstance(primal, Var)


def _as_float(dot: Meaning) -> Meaning:
    """Return a tangent that is written as an integer as a float."""
    match dot:
        case Const(value=int() as value, type=None) if not isinstance(value, bool):
            return Const(float(value))
        case (TupleOf(items=items) | RecordOf(items=items)) as whole:
            return replace(whole, items=tuple(map(_as_float, items)))
        case _:
            return dot


# Calls of derivatives -------------------------------------------------------------------


def _signature(func: Any) -> inspect.Signature:
    twin = getattr(func, "py_func", None)
    return inspect.signature(twin if twin is not None else func)


def _given(
    state: State,
    signature: inspect.Signature,
    arguments: Arguments,
    closed: dict[str, Meaning],
    node: ast.Call,
) -> list[Meaning]:
    """Return the arguments of a call in the order of its parameters, hidden ones among them."""
    params = list(signature.parameters.values())
    if any(p.kind in {p.VAR_POSITIONAL, p.VAR_KEYWORD} for p in params):
        hint = "give the function a fixed list of parameters"
        state.fail(node, "E203", "a function that takes *args or **kwargs", hint)
    visible = signature.replace(parameters=[p for p in params if p.name not in closed])
    try:
        bound = visible.bind(*arguments.positional, **arguments.named)
    except TypeError as error:
        state.fail(node, "E403", str(error), f"it takes {visible}")
    known = closed | bound.arguments
    while params and params[-1].name not in known and not isinstance(params[-1].default, Meaning):
        params.pop()
    found: list[Meaning] = []
    for param in params:
        value = known.get(param.name, param.default)
        found.append(value if isinstance(value, Meaning) else Known(value))
    return found


def derivative_call(
    state: State,
    func: object,
    arguments: Arguments,
    node: ast.Call,
    closed: dict[str, Meaning] | None = None,
) -> Meaning:
    """Return the results of a derivative that is called inside the function.

    closed: values of parameters that the caller does not see.
    """
    if isinstance(func, Sweep):
        return _sweep(state, func, arguments, node)
    spec = func.__srcad_derivative__  # type: ignore[attr-defined]
    if (refused := spec.refused_inside) is not None:
        state.fail(node, "E405", f"'{ast.unparse(node.func)}' {refused[0]}", refused[1])
    given = _given(state, _signature(func), arguments, closed or {}, node)
    everything = tuple(given)
    if spec.kind in DRIVERS:
        given = [given[k] for k in own_positions(spec, len(given))]
    if spec.has_aux:
        message = "a derivative with has_aux is not supported inside a function"
        state.fail(node, "E405", message, "call the function for what it returns beside")
    bars = [_number_or_array(state, given[k], node) for k in spec.wrt if k < len(given)]
    parts: list[Meaning] = []
    value = None
    if spec.kind not in {"grad", *ALONG}:
        value = _value_of(state, spec, tuple(given), node)
    if spec.kind in DRIVERS:
        parts += driver_results(state, spec, value, bars)
    elif value is not None:
        parts.append(value)
    everything = fitted(state, spec, everything, value, node)
    if spec.kind == "tangent":
        parts.append(parts[0])
    elif spec.kind not in DRIVERS:
        parts.append(bars[0] if spec.bare else TupleOf(tuple(bars)))
    like = TupleOf(tuple(parts))
    leaves = list(leaves_of(like))
    results = emitted_call(state, func, everything, len(leaves), node)
    for result, leaf in zip(results, leaves, strict=True):
        state.ranks[result.name] = state.rank(leaf)
    found = rebuilt(like, iter(results))
    assert isinstance(found, TupleOf)
    return found if len(found.items) > 1 else found.items[0]


def _value_of(state: State, spec: Any, given: tuple[Meaning, ...], node: ast.Call) -> Meaning:
    """Return a value like that of a function whose derivative is called: nothing is written."""
    if spec.kind == "value_and_grad":
        return Const(0.0)
    extra = {"tangent": len(spec.wrt), "adjoint": 1}.get(spec.kind, 0)
    own = Arguments(given[: len(given) - extra], {})
    with state.block():
        closed = closed_of(spec.func)
        if closed is None:
            value = state.call(state, Known(spec.func), own, node)
        else:
            own = _as_written(closed.function, own.positional[len(closed.captured) :])
            value = state.call(state, closed.function, own, node)
        return _number_or_array(state, value, node)


def _as_written(function: LocalFunction, given: tuple[Meaning, ...]) -> Arguments:
    """Return arguments in the order of the parameters as a call gives them."""
    args = function.tree.args
    count = len(args.posonlyargs) + len(args.args)
    names = [arg.arg for arg in args.kwonlyargs]
    return Arguments(given[:count], dict(zip(names, given[count:], strict=True)))


def _number_or_array(state: State, value: Meaning, node: ast.Call) -> Meaning:
    """Return a value as one name, or as a structure of those."""
    match value:
        case Var() | Const():
            return value
        case (TupleOf(items=items) | RecordOf(items=items)) as whole:
            parts = tuple(_number_or_array(state, item, node) for item in items)
            return replace(whole, items=parts)
        case _:
            with state.block():
                return as_atom(state, value, node, "in a derivative")


def _sweep(state: State, sweep: Sweep, arguments: Arguments, node: ast.Call) -> Meaning:
    """Return the results of a derivative that a driver calls."""
    given = tuple(map(as_tuples, arguments.positional))
    results = emitted_call(state, sweep, given, len(sweep.ranks), node)
    for result, rank in zip(results, sweep.ranks, strict=True):
        state.ranks[result.name] = rank
    return results[0] if len(results) == 1 else TupleOf(results)


def emitted_call(
    state: State, func: object, args: tuple[Meaning, ...], count: int, node: ast.Call
) -> tuple[Var, ...]:
    """Write a call that stays a call; return its results."""
    targets = tuple(Var(state.names.temporary()) for _ in range(count))
    given = tuple(_plain(state, arg, node) for arg in args)
    name = ast.unparse(node.func)
    state.emit(ir.Call(targets, func, name, given, state.span(node)), node)
    return targets


def _plain(state: State, arg: Meaning, node: ast.Call) -> object:
    """Return an argument as `ir.Call` holds it."""
    match arg:
        case TupleOf(items=items, kind=record) | RecordOf(items=items, kind=record):
            parts = tuple(_plain(state, item, node) for item in items)
            return parts if record is None else Made(parts, record)
        case ShapeOf():
            return _plain(state, shape_tuple(state, arg, node), node)
        case Known(value=bool() | int() | float() as value):
            return Const(value)
        case Known(value=value):
            return value
        case _:
            return as_atom(state, arg, node, "as an argument")
