"""Calls: of whatever kind, and of the user's functions."""

from __future__ import annotations

import ast
from dataclasses import is_dataclass
from types import FunctionType
from typing import assert_never

import numpy as np
from numba.np.ufunc.dufunc import DUFunc
from numba.np.ufunc.gufunc import GUFunc
from numba.stencils.stencil import StencilFunc

from srcad.backend.numba_kernels import python_part
from srcad.backend.outside import rule_line
from srcad.errors import NotDifferentiable
from srcad.frontend.calls.custom import custom_call
from srcad.frontend.calls.derivatives import (
    at_point,
    derivative_call,
    local_derivative,
    operator,
)
from srcad.frontend.calls.kernels import generalized
from srcad.frontend.calls.list_methods import LISTS, as_lists, list_method
from srcad.frontend.calls.mapped import MAPPED
from srcad.frontend.calls.of_numba import vectorized
from srcad.frontend.calls.operations import cast, lists_as_arrays, no_rule, primitive, record
from srcad.frontend.calls.overloads import overloaded, overloaded_method
from srcad.frontend.calls.recursion import recursive_call
from srcad.frontend.calls.stencils import stencilled
from srcad.frontend.calls.texts import TEXTS
from srcad.frontend.names.inline import Callee, inline
from srcad.frontend.names.meaning import (
    AtPoint,
    BoundTo,
    GridOf,
    Known,
    ListMethodOf,
    LocalDerivative,
    LocalFunction,
    Meaning,
    MethodOf,
    RecordOf,
    ShapeOf,
    TupleOf,
    noun,
)
from srcad.frontend.names.records import dataclass_of, dict_method, replaced
from srcad.frontend.names.scope import describe, meaning_of, settled, shape_tuple
from srcad.frontend.names.state import State
from srcad.frontend.names.structural import HANDLERS as STRUCTURAL
from srcad.frontend.names.structural import ITERATORS, Arguments, Handler
from srcad.frontend.names.structured import copied
from srcad.frontend.numpy import arrays, ufuncs
from srcad.frontend.numpy.outputs import into, without_out
from srcad.frontend.syntax.resolve import (
    Cast,
    Custom,
    Opaque,
    Primitive,
    Record,
    Structural,
    Unknown,
    UserFunction,
)
from srcad.frontend.syntax.signature import TEXT
from srcad.frontend.syntax.source import Source, read
from srcad.ir.instances import method_of
from srcad.ir.nodes import Const, Inlined, Span, Var

HANDLERS: dict[str, Handler] = STRUCTURAL | MAPPED | TEXTS | LISTS | arrays.HANDLERS
HANDLERS["replaced"] = replaced

LAZY = (zip, enumerate, reversed, map, filter, next)
"""Functions that take no items of their arguments when they are called."""
TEXT_METHODS = ("startswith", "endswith", "lower", "upper", "strip", "replace", "format")
"""Methods of texts that are called while compiling."""
PARTIAL = (any, all)
"""Functions that may leave items of their argument."""

NO_SOURCE = ("numpy", "scipy", "math", "numba", "torch", "jax", "jaxlib")
"""Packages whose Python functions are never looked into."""


def call(state: State, node: ast.Call) -> Meaning:
    """Return the meaning of a call."""
    if isinstance(node.func, ast.Attribute) and node.func.attr == "_replace":
        owner = state.expr(state, node.func.value)
        given = _arguments(state, node)
        return replaced(state, Arguments((owner, *given.positional), given.named), node)
    target = state.expr(state, node.func)
    return called(state, target, _arguments(state, node), node)


def called(state: State, target: Meaning, arguments: Arguments, node: ast.Call) -> Meaning:
    """Return the meaning of a call of `target`."""
    match target:
        case Known(value=obj):
            return _call_object(state, obj, arguments, node)
        case LocalFunction(tree=tree, home=home, defaults=defaults):
            callee = Callee(getattr(tree, "name", "function"), tree, home.source, defaults, home)
            return _inlined(state, callee, arguments, node)
        case LocalDerivative():
            return local_derivative(state, target, arguments, node)
        case AtPoint():
            return at_point(state, target, arguments, node)
        case ListMethodOf(owner=owner, name=name):
            return list_method(state, owner, name, arguments, node)
        case BoundTo(owner=owner, name=name) if owner.record.is_instance:
            return method_call(state, owner, name, arguments, node)
        case BoundTo(owner=owner) if owner.record.is_structured:
            return copied(state, owner, node)
        case BoundTo(owner=owner, name=name):
            return dict_method(state, owner, name, arguments, node)
        case MethodOf(array=array, name=name):
            arguments = arguments.settled(state, node, whole=True)
            given = Arguments((array, *arguments.positional), arguments.named)
            if name not in arrays.METHODS:
                made = overloaded_method(state, name, given, node)
                assert made is not None
                return _user_function(state, made, given, node)
            state.note_call(f"array {name}", node)
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
        if keyword.arg is not None:
            named[keyword.arg] = state.expr(state, keyword.value)
            continue
        whole = settled(state, state.expr(state, keyword.value), keyword.value)
        if not isinstance(whole, RecordOf) or whole.record.kind is not dict:
            hint = "pass a dict, or write the arguments out"
            state.fail(keyword.value, "E203", "** of something that is no dict", hint)
        for name, item in zip(whole.record.keys, whole.items, strict=True):
            if name in named:
                message = f"the argument '{name}' is given twice"
                state.fail(keyword.value, "E403", message, "give it once")
            named[name] = item
    return Arguments(tuple(positional), named)


def _call_object(state: State, obj: object, arguments: Arguments, node: ast.Call) -> Meaning:
    owner = getattr(obj, "__self__", None)
    if isinstance(owner, str):
        return _of_text(state, owner, obj, arguments, node)
    is_lazy = any(obj is function for function in LAZY)
    if not is_lazy and not isinstance(state.resolver.callee(obj), UserFunction | Record):
        whole = all(obj is not function for function in PARTIAL)
        _check_no_iterator(state, obj, arguments, node)
        arguments = as_lists(state, arguments.settled(state, node, whole=whole), obj, node)
    if isinstance(state.resolver.callee(obj), Unknown):  # it has no rule of its own
        if isinstance(obj, DUFunc):
            return vectorized(state, obj, arguments, node)
        if isinstance(obj, GUFunc):
            return generalized(state, obj, arguments, node)
        if isinstance(obj, StencilFunc):
            return stencilled(state, obj, arguments, node)
        obj = python_part(obj) or obj
    if isinstance(owner, np.ufunc):
        return ufuncs.method(state, owner, str(getattr(obj, "__name__", "")), arguments, node)
    arguments, out = without_out(state, obj, arguments, node)
    if out is not None:
        return into(state, out, _call_object(state, obj, arguments, node), node)
    callee = state.resolver.callee(obj)
    match callee:
        case Structural(name=name):
            state.note_call(name, node)
            return HANDLERS[name](state, arguments, node)
        case Cast():
            return cast(state, callee, arguments, node)
        case Primitive(name=name):
            return primitive(state, name, lists_as_arrays(state, obj, arguments, node), node)
        case Record(kind=kind) if is_dataclass(kind):
            return dataclass_of(state, kind, arguments, node)
        case Record(kind=kind):
            return record(state, kind, arguments, node)
        case Opaque(func=func):
            return derivative_call(state, func, arguments, node)
        case UserFunction(func=func):
            return _user_function(state, func, arguments, node)
        case Custom(rule=rule):
            return custom_call(state, rule, arguments, node)
        case Unknown(func=func):
            return no_rule(state, func, arguments, node)
        case _:
            assert_never(callee)


def _of_text(
    state: State, owner: str, obj: object, arguments: Arguments, node: ast.Call
) -> Meaning:
    """Return what a method of a text gives, all of which is known while compiling."""
    name = str(getattr(obj, "__name__", ""))
    given = [part.value for part in arguments.positional if isinstance(part, Known | Const)]
    if name not in TEXT_METHODS or arguments.named or len(given) < len(arguments.positional):
        hint = "do this outside the function"
        state.fail(node, "E208", f"the method '{name}' of a string is not supported here", hint)
    return meaning_of(state, getattr(owner, name)(*given), name, node)


def _check_no_iterator(state: State, obj: object, arguments: Arguments, node: ast.Call) -> None:
    """Report an iterator where NumPy takes an array."""
    module = str(getattr(obj, "__module__", ""))
    if not isinstance(obj, np.ufunc) and module.partition(".")[0] != "numpy":
        return
    for value in (*arguments.positional, *arguments.named.values()):
        if isinstance(value, ITERATORS) and not isinstance(value, GridOf):
            hint = "make a list of its items: [... for ... in ...]"
            state.fail(node, "E403", f"{noun(value)} is no array for NumPy", hint)


# Functions of the user's ------------------------------------------------------------


def method_call(
    state: State, owner: RecordOf, name: str, arguments: Arguments, node: ast.Call
) -> Meaning:
    """Return the result of a method of a jitclass, which is inlined like a function."""
    found = method_of(owner.record.kind, name)
    assert found is not None
    func, what = found
    if what != "static":
        arguments = Arguments((owner, *arguments.positional), arguments.named)
    return _user_function(state, func, arguments, node)


def _user_function(
    state: State, func: FunctionType, arguments: Arguments, node: ast.Call
) -> Meaning:
    """Inline a function, or call it if it is being inlined already, or would be many copies."""
    module = str(getattr(func, "__module__", ""))
    if module.startswith("srcad.library."):
        return arrays.library_call(state, func, arguments, node)
    module = module.partition(".")[0]
    if module in NO_SOURCE:
        return no_rule(state, func, arguments, node)
    if module == "srcad":
        return operator(state, func, arguments, node)
    func = overloaded(state, func, arguments, node) or func
    source = _source(state, func, node)
    has_instances = any(map(_is_instance, (*arguments.positional, *arguments.named.values())))
    if source.tree in state.stack and has_instances:
        hint = "write it as a loop, or pass the fields"
        state.fail(node, "E405", "a recursive call with an instance of a jitclass", hint)
    if source.tree in state.stack or (func in state.kept and not has_instances):
        return recursive_call(state, source, arguments, node)
    defaults: dict[str, Meaning] = {name: Known(value) for name, value in source.defaults.items()}
    callee = Callee(func.__name__, source.tree, source, defaults, None)
    return _inlined(state, callee, arguments, node)


def _inlined(state: State, callee: Callee, arguments: Arguments, node: ast.Call) -> Meaning:
    """Inline a function, and note what it was given where it has loops of its own."""
    result = inline(state, callee, arguments, node)
    if any(isinstance(part, ast.For | ast.While) for part in ast.walk(callee.tree)):
        params = [arg.arg for arg in (*callee.tree.args.posonlyargs, *callee.tree.args.args)]
        given = dict(zip(params, arguments.positional, strict=False)) | arguments.named
        held = tuple((name, _variables(meaning)) for name, meaning in given.items())
        tree, file = callee.tree, callee.source.file
        place = Span(file, tree.lineno, tree.col_offset, tree.end_lineno or tree.lineno, 0)
        new = Inlined(callee.name, state.span(node), place, held, _variables(result))
        state.inlined.append(new)
    return result


def _is_instance(meaning: Meaning) -> bool:
    """Return whether this is an instance of a jitclass, or has one among its parts."""
    match meaning:
        case RecordOf(record=record) if record.is_instance:
            return True
        case TupleOf(items=items) | RecordOf(items=items):
            return any(map(_is_instance, items))
        case _:
            return False


def _variables(meaning: Meaning) -> tuple[Var, ...]:
    """Return the variables that hold a number, an array or a tuple of these."""
    match meaning:
        case Var():
            return (meaning,)
        case TupleOf(items=items) | RecordOf(items=items):
            return tuple(var for item in items for var in _variables(item))
        case _:
            return ()


def _source(state: State, func: FunctionType, node: ast.Call) -> Source:
    """Return the source of a callee; a callee without source needs a rule."""
    if func not in state.sources:
        caller = state.frame.source.func
        is_near = caller.__code__.co_filename == func.__code__.co_filename
        near = caller.__dict__.get(TEXT, "") if is_near else ""
        try:
            state.sources[func] = read(func, near)
        except NotDifferentiable as error:
            if error.code != "E101":
                state.problems += error.problems
            message = f"no derivative rule for '{func.__name__}', and no source text"
            line = rule_line(ast.unparse(node.func), func, len(node.args))
            hint = f"define it in a file or a notebook cell, or give it a rule: {line}"
            state.fail(node, "E402" if error.code == "E101" else "E405", message, hint)
    return state.sources[func]
