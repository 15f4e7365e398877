"""Calls: primitives, casts, user functions, derivatives, methods."""

from __future__ import annotations

import ast
import inspect
from dataclasses import is_dataclass
from types import FunctionType
from typing import Any, assert_never

import numpy as np

from srcad.backend.outside import rule_line, takes_a_rule
from srcad.errors import NotDifferentiable
from srcad.frontend import arrays, ufuncs
from srcad.frontend.array_arguments import as_array
from srcad.frontend.array_outputs import into, without_out
from srcad.frontend.custom import custom_call
from srcad.frontend.driver_results import driver_results, leaves_of, rebuilt
from srcad.frontend.inline import Callee, bound_arguments, inline
from srcad.frontend.meaning import (
    NONE,
    BoundTo,
    GridOf,
    Known,
    LocalFunction,
    Meaning,
    MethodOf,
    ShapeOf,
    TupleOf,
    noun,
)
from srcad.frontend.records import as_tuples, dataclass_of, dict_method
from srcad.frontend.refusals import instead_of
from srcad.frontend.resolve import (
    Cast,
    Custom,
    Opaque,
    Primitive,
    Record,
    Structural,
    Unknown,
    UserFunction,
)
from srcad.frontend.scope import as_atom, as_truth, describe, meaning_of, settled, shape_tuple
from srcad.frontend.source import Source, read
from srcad.frontend.state import State
from srcad.frontend.structural import HANDLERS as STRUCTURAL
from srcad.frontend.structural import ITERATORS, Arguments, Handler
from srcad.frontend.subscripts import LOOP_HINT
from srcad.frontend.survey import returns_of
from srcad.ir import nodes as ir
from srcad.ir.nodes import Const, Var
from srcad.ir.records import record_of_class
from srcad.ir.types import Scalar
from srcad.rules.table import PRIMS
from srcad.spec import ALONG, DRIVERS, Sweep, own_positions

HANDLERS: dict[str, Handler] = STRUCTURAL | arrays.HANDLERS

LAZY = (zip, enumerate, reversed)
"""Functions that take no items of their arguments when they are called."""
PARTIAL = (any, all)
"""Functions that may leave items of their argument."""

NO_SOURCE = ("numpy", "scipy", "math", "numba")
"""Packages whose Python functions are never looked into."""


def call(state: State, node: ast.Call) -> Meaning:
    """Return the meaning of a call."""
    target = state.expr(state, node.func)
    arguments = _arguments(state, node)
    match target:
        case Known(value=obj):
            return _call_object(state, obj, arguments, node)
        case LocalFunction(tree=tree, home=home, defaults=defaults):
            callee = Callee(getattr(tree, "name", "function"), tree, home.source, defaults, home)
            return inline(state, callee, arguments, node)
        case BoundTo(owner=owner, name=name):
            return dict_method(state, owner, name, arguments, node)
        case MethodOf(array=array, name=name):
            arguments = arguments.settled(state, node, whole=True)
            given = Arguments((array, *arguments.positional), arguments.named)
            return arrays.METHODS[name](state, given, node)
        case _:
            state.fail(
                node, "E403", f"{describe(state, target)} cannot be called", "call a function"
            )


def _arguments(state: State, node: ast.Call) -> Arguments:
    """Lower the arguments of a call, from left to right."""
    positional: list[Meaning] = []
    for arg in node.args:
        if isinstance(arg, ast.Starred):
            inner = settled(state, state.expr(state, arg.value), arg)
            if isinstance(inner, ShapeOf):
                inner = shape_tuple(state, inner, arg)
            if not isinstance(inner, TupleOf):
                state.fail(arg, "E203", "only tuples can be starred", "write the arguments out")
            positional += inner.items
        else:
            positional.append(state.expr(state, arg))
    named: dict[str, Meaning] = {}
    for keyword in node.keywords:
        if keyword.arg is None:
            state.fail(keyword.value, "E203", "** is not supported", "write the arguments out")
        named[keyword.arg] = state.expr(state, keyword.value)
    return Arguments(tuple(positional), named)


def _call_object(state: State, obj: object, arguments: Arguments, node: ast.Call) -> Meaning:
    owner = getattr(obj, "__self__", None)
    is_lazy = any(obj is function for function in LAZY)
    if not is_lazy and not isinstance(state.resolver.callee(obj), UserFunction | Record):
        whole = all(obj is not function for function in PARTIAL)
        _check_no_iterator(state, obj, arguments, node)
        arguments = arguments.settled(state, node, whole=whole)
    if isinstance(owner, np.ufunc):
        return ufuncs.method(state, owner, str(getattr(obj, "__name__", "")), arguments, node)
    arguments, out = without_out(state, obj, arguments, node)
    if out is not None:
        return into(state, out, _call_object(state, obj, arguments, node), node)
    callee = state.resolver.callee(obj)
    match callee:
        case Structural(name=name):
            return HANDLERS[name](state, arguments, node)
        case Cast():
            return _cast(state, callee, arguments, node)
        case Primitive(name=name):
            return _primitive(state, name, _lists_as_arrays(state, obj, arguments, node), node)
        case Record(kind=kind) if is_dataclass(kind):
            return dataclass_of(state, kind, arguments, node)
        case Record(kind=kind):
            return _record(state, kind, arguments, node)
        case Opaque(func=func):
            return _derivative(state, func, arguments, node)
        case UserFunction(func=func):
            return _user_function(state, func, arguments, node)
        case Custom(rule=rule):
            return custom_call(state, rule, arguments, node)
        case Unknown(func=func):
            return _no_rule(state, func, arguments, node)
        case _:
            assert_never(callee)


def _check_no_iterator(state: State, obj: object, arguments: Arguments, node: ast.Call) -> None:
    """Report an iterator where NumPy takes an array."""
    module = str(getattr(obj, "__module__", ""))
    if not isinstance(obj, np.ufunc) and module.partition(".")[0] != "numpy":
        return
    for value in (*arguments.positional, *arguments.named.values()):
        if isinstance(value, ITERATORS) and not isinstance(value, GridOf):
            hint = "make a list of its items: [... for ... in ...]"
            state.fail(node, "E403", f"{noun(value)} is no array for NumPy", hint)


def _no_rule(state: State, func: object, arguments: Arguments, node: ast.Call) -> Meaning:
    """Report a function that has neither a rule nor a source."""
    name = ast.unparse(node.func)
    if not callable(func):
        state.fail(node, "E403", f"{noun(Known(func))} cannot be called", "call a function")
    instead = instead_of(func)
    if instead is not None:
        state.fail(node, "E208", f"'{name}' is not supported", instead)
    values = (*arguments.positional, *arguments.named.values())
    if any(isinstance(v, Var) and state.ranks.get(v.name) for v in values):
        state.fail(node, "E208", f"'{name}' of whole arrays is not supported", LOOP_HINT)
    hint = "write it in Python, of functions that have rules"
    if takes_a_rule(func):
        hint = f"give it one: {rule_line(name, func, len(values))}"
    if not values or getattr(func, "__module__", None) == "builtins":
        hint = "call it outside, and pass its value as an argument"
    state.fail(node, "E402", f"no derivative rule for '{name}'", hint)


def _record(
    state: State, kind: type[tuple[object, ...]], arguments: Arguments, node: ast.Call
) -> Meaning:
    """Return a named tuple of the arguments."""
    fields: tuple[str, ...] = getattr(kind, "_fields")  # noqa: B009  (known to be there)
    defaults: dict[str, object] = getattr(kind, "_field_defaults", {})
    given = dict(zip(fields, arguments.positional, strict=False)) | arguments.named
    values = {name: meaning_of(state, value, name, node) for name, value in defaults.items()}
    given = values | given
    count = len(arguments.positional) + len(arguments.named)
    if set(given) != set(fields) or count > len(fields):
        message = f"'{kind.__name__}' has the fields {', '.join(fields)}"
        state.fail(node, "E403", message, "give each of them once")
    return TupleOf(tuple(given[name] for name in fields), fields, record=record_of_class(kind))


def _cast(state: State, cast: Cast, arguments: Arguments, node: ast.Call) -> Meaning:
    """Return a number converted to another dtype."""
    dtype, is_strict = cast.dtype, cast.is_strict
    if len(arguments.positional) != 1 or arguments.named:
        state.fail(node, "E403", "a conversion takes one argument", "write float(x)")
    value = arguments.positional[0]
    if dtype == "float64" and isinstance(value, Known) and isinstance(value.value, str):
        try:
            return Const(float(value.value))
        except ValueError:
            state.fail(node, "E403", "this text is not a number", 'write float("inf") or a literal')
    if dtype == "bool" and isinstance(value, TupleOf | Known):
        return as_truth(state, value, node)
    atom = as_atom(state, value, node, "in a conversion")
    match dtype, atom:
        case "float64", Const(value=number):
            return Const(float(number), Scalar("float64") if is_strict else None)
        case "bool", Const(value=number):
            return Const(bool(number))
        case "int64", Const(value=number) if abs(number) < 2**53 and not is_strict:
            return Const(int(number))
    return state.op(node, "cast", atom, static=(dtype,))


def _lists_as_arrays(state: State, func: object, arguments: Arguments, node: ast.Call) -> Arguments:
    """Return the arguments of a function of NumPy, which takes lists for arrays."""
    if not isinstance(func, np.ufunc):
        return arguments
    return Arguments(tuple(as_array(state, a, node) for a in arguments.positional), arguments.named)


def _primitive(state: State, name: str, arguments: Arguments, node: ast.Call) -> Meaning:
    """Return an operation of the rules table."""
    spelled = ast.unparse(node.func)
    if arguments.named:
        message = f"'{spelled}' takes no keyword arguments here"
        state.fail(node, "E403", message, "pass the arguments by position")
    args = [as_atom(state, arg, node, "as an argument") for arg in arguments.positional]
    if name == "log" and len(args) == 2:
        parts = [state.op(node, "log", arg) for arg in args]
        return state.op(node, "div", *parts)
    arity = PRIMS[name].arity
    if arity not in (len(args), -1):
        message = f"'{spelled}' takes {arity} argument{'s' * (arity != 1)}, {len(args)} given"
        state.fail(node, "E403", message, "pass only numbers, by position")
    if name == "invert" and all(state.rank(a) == 0 and state.is_truth(a) for a in args):
        name = "not"  # NumPy's: Python's ~True is -2
    return state.op(node, name, *args)


# Functions of the user's ------------------------------------------------------------


def _user_function(
    state: State, func: FunctionType, arguments: Arguments, node: ast.Call
) -> Meaning:
    """Inline a function, or call it if it is being inlined already."""
    module = str(getattr(func, "__module__", ""))
    if module.startswith("srcad.library."):
        return arrays.library_call(state, func, arguments, node)
    module = module.partition(".")[0]
    if module in NO_SOURCE:
        return _no_rule(state, func, arguments, node)
    if module == "srcad":
        return _operator(state, func, arguments, node)
    source = _source(state, func, node)
    if source.tree in state.stack:
        return _recursive(state, source, arguments, node)
    defaults: dict[str, Meaning] = {name: Known(value) for name, value in source.defaults.items()}
    callee = Callee(func.__name__, source.tree, source, defaults, None)
    return inline(state, callee, arguments, node)


def _operator(state: State, func: FunctionType, arguments: Arguments, node: ast.Call) -> Meaning:
    """Return `srcad.grad(f)`, made now: its arguments must be known while compiling."""
    match func.__name__:
        case "jvp":
            return _jvp(state, func, arguments, node)
        case "vjp" | "check_grads":
            message = f"'{ast.unparse(node.func)}' inside a function is not supported"
            hint = "call srcad.adjoint(f)(*args, cotangent), which returns (out, bar)"
            state.fail(node, "E405", message, hint)
    values = [_known(state, arg, node) for arg in arguments.positional]
    named = {name: _known(state, arg, node) for name, arg in arguments.named.items()}
    return Known(func(*values, **named))


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
    tangent = jvp.__globals__["tangent"]
    made = tangent(_known(state, f, node), moving)
    dots = [tangents[k] for k in moving]
    return _derivative(state, made, Arguments((*primals, *dots), {}), node)


def _known(state: State, meaning: Meaning, node: ast.Call) -> object:
    match meaning:
        case Known(value=value) | Const(value=value):
            return value
        case TupleOf(items=items):
            return tuple(_known(state, item, node) for item in items)
        case _:
            message = f"'{ast.unparse(node.func)}' of {describe(state, meaning)} inside a function"
            hint = "use srcad.grad or srcad.value_and_grad of a function of a module"
            state.fail(node, "E405", f"{message} is not supported", hint)


def _source(state: State, func: FunctionType, node: ast.Call) -> Source:
    """Return the source of a callee; a callee without source needs a rule."""
    if func not in state.sources:
        try:
            state.sources[func] = read(func)
        except NotDifferentiable as error:
            if error.code != "E101":
                state.problems += error.problems
            message = f"no derivative rule for '{func.__name__}', and no source text"
            line = rule_line(ast.unparse(node.func), func, len(node.args))
            hint = f"define it in a file or a notebook cell, or give it a rule: {line}"
            state.fail(node, "E402" if error.code == "E101" else "E405", message, hint)
    return state.sources[func]


def _recursive(state: State, source: Source, arguments: Arguments, node: ast.Call) -> Meaning:
    """Return the results of a recursive call: one, or as many as its tuples have."""
    tree = source.tree
    assert isinstance(tree, ast.FunctionDef)
    defaults: dict[str, Meaning] = {k: Known(v) for k, v in source.defaults.items()}
    callee = Callee(tree.name, tree, source, defaults, None)
    bound = bound_arguments(state, callee, arguments, node)
    values = [stmt.value for stmt in returns_of(tree.body) if stmt.value]
    sizes = {len(v.elts) for v in values if isinstance(v, ast.Tuple)}
    if not values:
        _call(state, source.func, tuple(bound.values()), 0, node)
        return NONE
    if not sizes:
        return _call(state, source.func, tuple(bound.values()), 1, node)[0]
    return TupleOf(_call(state, source.func, tuple(bound.values()), max(sizes), node))


def _derivative(state: State, func: object, arguments: Arguments, node: ast.Call) -> Meaning:
    """Return the results of a derivative that is called inside the function."""
    if isinstance(func, Sweep):
        return _sweep(state, func, arguments, node)
    spec = func.__srcad_derivative__  # type: ignore[attr-defined]
    if spec.buffers is not None:
        message = f"'{ast.unparse(node.func)}' writes into arrays of the caller's"
        state.fail(node, "E405", message, "leave out= away inside a function")
    twin = getattr(func, "py_func", None)
    signature = inspect.signature(twin if twin is not None else func)  # type: ignore[arg-type]
    try:
        bound = signature.bind(*arguments.positional, **arguments.named)
    except TypeError as error:
        state.fail(node, "E403", str(error), f"it takes {signature}")
    given = list(bound.arguments.values())
    if spec.kind in DRIVERS:
        given = [given[k] for k in own_positions(spec, len(given))]
    chosen = [given[k] for k in spec.wrt if k < len(given)]
    if spec.has_aux or any(isinstance(arg, TupleOf) for arg in chosen):
        hint = "differentiate with respect to numbers and arrays, without has_aux"
        state.fail(node, "E405", "a nested result of a derivative is not supported", hint)
    bars = [_number_or_array(state, given[k], node) for k in spec.wrt if k < len(given)]
    parts: list[Meaning] = []
    if spec.kind in DRIVERS:
        value = None if spec.kind in ALONG else _value_of(state, spec, tuple(given), node)
        parts += driver_results(state, spec, value, bars)
    elif spec.kind != "grad":
        parts.append(_value_of(state, spec, tuple(given), node))
    if spec.kind == "tangent":
        parts.append(parts[0])
    elif spec.kind not in DRIVERS:
        parts.append(bars[0] if spec.bare else TupleOf(tuple(bars)))
    like = TupleOf(tuple(parts))
    leaves = list(leaves_of(like))
    results = _call(state, func, bound.args, len(leaves), node)
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
        if hasattr(spec.func, "__srcad_derivative__"):
            value = _derivative(state, spec.func, own, node)
        else:
            value = _user_function(state, spec.func, own, node)
        return _number_or_array(state, value, node)


def _number_or_array(state: State, value: Meaning, node: ast.Call) -> Meaning:
    """Return a value as one name, or as a tuple of those."""
    match value:
        case Var() | Const():
            return value
        case TupleOf(items=items, fields=fields):
            return TupleOf(tuple(_number_or_array(state, item, node) for item in items), fields)
        case _:
            with state.block():
                return as_atom(state, value, node, "in a derivative")


def _sweep(state: State, sweep: Sweep, arguments: Arguments, node: ast.Call) -> Meaning:
    """Return the results of a derivative that a driver calls."""
    given = tuple(map(as_tuples, arguments.positional))
    results = _call(state, sweep, given, len(sweep.ranks), node)
    for result, rank in zip(results, sweep.ranks, strict=True):
        state.ranks[result.name] = rank
    return results[0] if len(results) == 1 else TupleOf(results)


def _call(
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
        case TupleOf(items=items):
            return tuple(_plain(state, item, node) for item in items)
        case ShapeOf():
            return _plain(state, shape_tuple(state, arg, node), node)
        case Known(value=bool() | int() | float() as value):
            return Const(value)
        case Known(value=value):
            return value
        case _:
            return as_atom(state, arg, node, "as an argument")
