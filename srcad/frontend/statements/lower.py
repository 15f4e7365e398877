"""From a Python function to flat IR without types.

Before                               After
    def f(x, n):                         _t0 = x < 0.0
        if x < 0: return 0.0             if _t0: result = 0.0
        s = 0.0                          else:
        for i in range(n):                   s = 0.0
            s += helper(x) * i               for i in range(n):
        return s                                 _t1 = math.sin(x)     # helper, inlined
                                                 _t2 = _t1 * i
                                                 s += _t2
                                             result = s
                                         return result

Called functions are inlined, tuples become their items, jumps become structure
(`frontend.jumps`). All problems of the program are raised together.
"""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import replace
from functools import lru_cache
from types import FunctionType

from srcad.errors import NotDifferentiable
from srcad.frontend.calls.calls import called
from srcad.frontend.calls.closures import Closed, closed_of
from srcad.frontend.names.growing import with_buffers
from srcad.frontend.names.inline import RESULT, planned, run_body
from srcad.frontend.names.meaning import (
    NONE,
    ElementOf,
    Known,
    Meaning,
    RecordOf,
    ShapeOf,
    TupleOf,
    noun,
)
from srcad.frontend.names.scope import meaning_of, shape_tuple
from srcad.frontend.names.state import Frame, State, Unsupported
from srcad.frontend.numpy import arrays
from srcad.frontend.numpy.fields import record_of_element
from srcad.frontend.numpy.subscripts import viewed
from srcad.frontend.statements.comprehensions import comprehension
from srcad.frontend.statements.expressions import expression
from srcad.frontend.statements.statements import statements
from srcad.frontend.syntax.jumps import Plan
from srcad.frontend.syntax.opened import Opened, opened_of
from srcad.frontend.syntax.resolve import Resolver
from srcad.frontend.syntax.source import Source, read
from srcad.frontend.syntax.survey import Survey, returns_of
from srcad.ir.nodes import Atom, Const, Function, Op, Param, Var
from srcad.ir.records import Made, Record, complex_record
from srcad.ir.types import COMPLEX, Array, Scalar, Static, Tuple, Type, is_complex
from srcad.rules.known import version
from srcad.rules.table import LAZY, PRIMS


def lower(
    func: object, arg_types: tuple[Type, ...], kept: frozenset[FunctionType] = frozenset()
) -> Function:
    """Return the IR of `func` for arguments of these types (`Static` for omitted ones).

    kept: the functions that are called rather than inlined.
    Raises NotDifferentiable with every construct that is not accepted.
    """
    closed, opened = closed_of(func), opened_of(func)
    source = closed.source if closed else read(opened.func if opened else func)
    state = _start(source, closed)
    state.kept = kept
    params: list[Param] = []
    result: tuple[object, tuple[Atom, ...]] = (None, ())
    try:
        variables = () if closed is None else closed.captured
        if opened is not None:
            variables = _hidden(state, opened)
        given = len(variables)
        captured = _captured(state, variables, arg_types, source)
        params = [*captured, *_parameters(state, source, arg_types[given:])]
        run_body(state)
        result = _result(state)
    except Unsupported:
        pass
    if state.problems:
        raise NotDifferentiable.from_problems(state.problems)
    structure, returns = result
    return Function(
        name=_function_name(source.func.__name__ if closed is None else closed.name),
        params=tuple(params),
        body=with_buffers(state, state.out),
        returns=returns,
        result=structure,
        constants=tuple(state.constants.values()),
        span=state.span(source.tree),
        inlined=tuple(state.inlined),
        for_reals=tuple(dict.fromkeys(state.for_reals)),
    )


def _start(source: Source, closed: Closed | None) -> State:
    """Return the state before the first statement; the user's names are taken first."""
    nothing = Survey(Counter(), frozenset(), frozenset(), frozenset(), keeps=False, too_deep=None)
    frame = Frame(RESULT, source, Plan([], {}, {}, falls=False), nothing)
    parts = (expression, statements, comprehension, called)
    loaded = frozenset(module for module in LAZY.values() if module in sys.modules)
    state = State(_resolver(version(), len(PRIMS), loaded), frame, *parts)
    state.stack.append(source.tree)
    if closed is None:
        state.sources[source.func] = source
    else:
        frame.parent, state.depth = closed.home, closed.depth
        state.names.reserve(var.name for var in closed.captured)
    args = source.tree.args
    named = [arg.arg for arg in (*args.posonlyargs, *args.args, *args.kwonlyargs)]
    try:
        frame.plan, frame.survey = planned(state, source.tree, source)
    except Unsupported:
        raise NotDifferentiable.from_problems(state.problems) from None
    for name in dict.fromkeys([*named, *sorted(frame.survey.stores)]):
        state.variable(name)
    state.outside = {name for name in frame.survey.names if state.names.is_free(name)}
    state.names.reserve(frame.survey.names)
    return state


@lru_cache(maxsize=1)
def _resolver(_rules: int, _primitives: int, _loaded: frozenset[str]) -> Resolver:
    """Return what functions mean; users may add rules, and import modules, at any time."""
    return Resolver(arrays.functions())


def _function_name(name: str) -> str:
    return name if name.isidentifier() else "function"


# Arguments --------------------------------------------------------------------------


def _hidden(state: State, opened: Opened) -> tuple[Var, ...]:
    """Return variables for what is captured, and let the places mean them."""
    found = []
    for place in opened.places:
        is_free = place.name in state.outside
        name = place.name if is_free else state.names.fresh(place.name)
        state.outside.discard(place.name)
        found.append(Var(name))
        state.hidden[place.key] = found[-1]
    return tuple(found)


def _captured(
    state: State, variables: tuple[Var, ...], arg_types: tuple[Type, ...], source: Source
) -> list[Param]:
    """Return the parameters for what is closed over; nobody writes into these arrays."""
    params = []
    for var, type_ in zip(variables, arg_types, strict=False):
        assert isinstance(type_, Scalar | Array)
        state.ranks[var.name] = type_.ndim if isinstance(type_, Array) else 0
        if type_.dtype == "bool":
            state.truths.add(var.name)
        kind = replace(type_, mutable=False) if isinstance(type_, Array) else type_
        if is_complex(kind):
            params.append(Param(var.name, _complex_parts(state, kind, var, source)))
            continue
        params.append(Param(var.name, Var(var.name, kind)))
    return params


def _parameters(state: State, source: Source, arg_types: tuple[Type, ...]) -> list[Param]:
    """Return the parameters with their types, and make their names known."""
    args = source.tree.args
    if args.vararg or args.kwarg:
        hint = "give the function a fixed list of parameters"
        state.fail(source.tree, "E203", "*args and **kwargs are not supported", hint)
    names = [arg.arg for arg in (*args.posonlyargs, *args.args, *args.kwonlyargs)]
    if len(arg_types) > len(names):
        message = f"'{source.func.__name__}' takes {len(names)} arguments"
        raise TypeError(f"{message}, {len(arg_types)} were given")
    params = []
    for name, type_ in zip(names, arg_types, strict=False):
        value, meaning = _leaf(state, type_, (name,), source)
        state.frame.env[name] = meaning
        params.append(Param(value.name if isinstance(value, Var) else name, value))
    for name in names[len(arg_types) :]:
        if name not in source.defaults:
            raise TypeError(f"missing argument '{name}' of '{source.func.__name__}'")
        default = Static(source.defaults[name])
        value, state.frame.env[name] = _leaf(state, default, (name,), source)
        params.append(Param(name, value))
    return params


def _leaf(
    state: State, type_: Type, path: tuple[str, ...], source: Source
) -> tuple[object, Meaning]:
    """Return what stands for an argument in `Param.value`, and what its name means."""
    match type_:
        case Scalar() | Array() if is_complex(type_):
            whole = state.variable(*path)
            return _complex_parts(state, type_, whole, source), whole
        case Scalar() | Array():
            name = state.variable(*path).name
            state.ranks[name] = type_.ndim if isinstance(type_, Array) else 0
            if path[0] not in state.frame.survey.stores:
                state.dtypes[name] = type_.dtype
            if isinstance(type_, Scalar | Array) and type_.dtype == "bool":
                state.truths.add(name)
            return Var(name, type_), Var(name)
        case Tuple(items=items, fields=fields, record=record):
            is_list = record is not None and record.kind is list
            labels = tuple(map(str, range(len(items)))) if is_list or not fields else fields
            parts = [
                _leaf(state, item, (*path, label), source)
                for item, label in zip(items, labels, strict=True)
            ]
            values = tuple(value for value, _ in parts)
            meanings = tuple(meaning for _, meaning in parts)
            if record is None:
                return values, TupleOf(meanings, fields)
            return Made(values, record), _record(state, meanings, record)
        case Static(value=value):
            meaning = meaning_of(state, value, "_".join(path), source.tree)
            return (meaning if isinstance(meaning, Const) else None), meaning


def _complex_parts(state: State, type_: Scalar | Array, whole: Var, source: Source) -> Made:
    """Return the two parts of a complex argument; `whole` holds both from now on."""
    part = replace(type_, dtype=COMPLEX[type_.dtype])
    if isinstance(part, Array):
        part = replace(part, layout="A")
    names = [state.names.fresh(f"{whole.name}_{label}") for label in ("real", "imag")]
    for name in (*names, whole.name):
        state.ranks[name] = type_.ndim if isinstance(type_, Array) else 0
    state.let(whole, Op("complex", tuple(map(Var, names))), source.tree)
    both = tuple(Var(name, part) for name in names)
    return Made(both, complex_record(is_array=isinstance(type_, Array)))


def _record(state: State, items: tuple[Meaning, ...], record: Record) -> Meaning:
    """Return what an argument with named parts means."""
    if record.kind is list:
        return TupleOf(items, is_list=True)
    if record.is_sequence:
        return TupleOf(items, record.keys, record=record)
    if record.is_instance:
        state.instances.append(record.kind)
        state.fields |= {item.name for item in items if isinstance(item, Var)}
    return RecordOf(items, record)


# Results ----------------------------------------------------------------------------


def _result(state: State) -> tuple[object, tuple[Atom, ...]]:
    """Return the structure of the result, and its leaves."""
    leaves: list[Atom] = []
    return _structure(state, state.frame.result or NONE, leaves), tuple(leaves)


def _structure(state: State, meaning: Meaning, leaves: list[Atom]) -> object:
    tree = next(returns_of(state.frame.plan.body), state.frame.source.tree)
    match meaning:
        case Known(None):
            return None
        case Var() | Const():
            leaves.append(meaning)
            return len(leaves) - 1
        case ShapeOf():
            return _structure(state, shape_tuple(state, meaning, tree), leaves)
        case TupleOf(items=items, kind=record):
            parts = tuple(_structure(state, item, leaves) for item in items)
            return parts if record is None else Made(parts, record)
        case ElementOf():
            found = record_of_element(state, meaning, tree, viewed)
            return _structure(state, found, leaves)
        case RecordOf(items=items, record=record) if not record.is_object:
            return Made(tuple(_structure(state, item, leaves) for item in items), record)
        case _:
            message = f"{noun(meaning)} cannot be returned"
            state.fail(tree, "E405", message, "return numbers, arrays and tuples of them")
