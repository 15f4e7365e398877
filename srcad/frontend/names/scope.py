"""Names: what they mean where they are read, and what an assignment makes them mean."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from srcad.frontend.names.list_names import check_own_name
from srcad.frontend.names.meaning import (
    EnumerateOf,
    GeneratorOf,
    GridOf,
    GrowingOf,
    IteratorOf,
    Known,
    ListOf,
    LocalFunction,
    Lost,
    Meaning,
    OptionalOf,
    RecordOf,
    ReversedOf,
    ShapeOf,
    TupleOf,
    Use,
    YieldsOf,
    ZipOf,
    noun,
)
from srcad.frontend.names.optional import note_given, value_of
from srcad.frontend.names.replaced import mapped
from srcad.frontend.names.state import Frame, Node, State, Unsupported
from srcad.frontend.syntax.opened import Key, check_not_hidden, key_of_name
from srcad.frontend.syntax.source import ABSENT
from srcad.ir.nodes import Atom, Const, If, Load, Raise, Var
from srcad.ir.records import record_of_class
from srcad.ir.types import Scalar

NUMBER_KINDS = "fiub"
EXACT: dict[str, Callable[[int, int], int]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "floordiv": operator.floordiv,
    "mod": operator.mod,
}
"""Operations that are done at once if both operands are integer literals."""


def lookup(state: State, name: str, node: Node) -> Meaning:
    """Return what a name means here: local, enclosing function, closure, global, builtin."""
    frame: Frame | None = state.frame
    while frame is not None:
        found = frame.env.get(name)
        if found is not None:
            frame.reads.add((name, found))
            if isinstance(found, Lost):
                if found.problem:
                    state.report(node, "E501", found.problem, found.hint)
                    frame.assign(name, Lost())
                raise Unsupported
            if isinstance(found, OptionalOf):
                return value_of(state, found, name, node)
            if name in frame.survey.rebound:
                return frozen(state, found, node, frame.variables([name]))
            return found
        if name in frame.survey.stores or "@" in name:
            if not frame.loops or frame is not state.frame:
                message = f"'{name}' is read before it is assigned"
                state.fail(node, "E401", message, "assign it first")
            variable = state.variable(name)
            frame.reads.add((name, variable))
            return variable
        frame = frame.parent
    hidden = from_place(state, key_of_name(state.frame.source.func, name))
    if hidden is not None:
        return hidden
    value = state.frame.source.lookup(name)
    if value is ABSENT:
        state.fail(node, "E401", f"the name '{name}' is not defined", "define it or import it")
    return meaning_of(state, value, name, node)


def from_place(state: State, key: Key) -> Var | None:
    """Return the argument that holds what is captured from a place, None if it is no argument."""
    found = state.hidden.get(key)
    if found is None:
        check_not_hidden(key)
    return found


def meaning_of(state: State, value: object, name: str, node: Node) -> Meaning:
    """Return the meaning of a Python object from a global, a closure or a default."""
    match value:
        case bool() | np.bool_():
            return Const(bool(value))
        case _ if isinstance(value, np.float32):
            return state.op(node, "cast", Const(float(value)), static=("float32",))
        case _ if isinstance(value, int | np.integer):
            return integer(state, int(value), node)
        case float():
            is_strict = isinstance(value, np.float64)
            return Const(float(value), Scalar("float64") if is_strict else None)
        case complex():
            parts = (Const(float(value.real)), Const(float(value.imag)))
            return state.op(node, "complex", *parts)
        case _ if isinstance(value, np.complex64):
            parts = (Const(float(value.real)), Const(float(value.imag)))
            found = state.op(node, "complex", *parts)
            return state.op(node, "cast", found, static=("complex64",))
        case tuple():
            fields = tuple(getattr(value, "_fields", ()))
            labels = fields or tuple(map(str, range(len(value))))
            items = zip(labels, value, strict=True)
            return TupleOf(
                tuple(meaning_of(state, item, f"{name}_{label}", node) for label, item in items),
                fields,
                record=record_of_class(type(value)),
            )
        case np.ndarray():
            return _constant_array(state, value, name, node)
        case _:
            return Known(value)


def integer(state: State, value: int, node: Node) -> Const:
    """Return an integer literal that fits into a machine word."""
    if not -(2**63) <= value < 2**64:
        message = f"the integer {value:.3e} does not fit into 64 bits"
        state.fail(node, "E505", message, "write it as a float")
    return Const(value)


def opposite(state: State, value: Const, node: Node) -> Const:
    """Return the negative of a literal, of the same type."""
    if isinstance(value.value, float):
        return Const(-value.value, value.type)
    return replace(value, value=integer(state, -value.value, node).value)


def _constant_array(state: State, value: np.ndarray, name: str, node: Node) -> Var:
    """Return the name of an array that the function captures."""
    if value.dtype.kind == "c" and value.dtype.itemsize <= 16:
        return _complex_constant(state, value, name, node)
    if value.dtype.kind not in NUMBER_KINDS or value.dtype.itemsize > 8:
        message = f"'{name}' is an array of {value.dtype}"
        hint = "use an array of floats, ints or bools"
        if value.dtype.names is not None:
            hint = "pass the structured array as an argument"
        state.fail(node, "E505", message, hint)
    if id(value) not in state.constants:
        fresh = name if name in state.outside else state.names.fresh(name)
        state.outside.discard(name)
        state.constants[id(value)] = (fresh, value)
        state.ranks[fresh] = value.ndim
    return Var(state.constants[id(value)][0])


def _complex_constant(state: State, value: np.ndarray, name: str, node: Node) -> Var:
    """Return a captured array of complex numbers, which is two arrays of constants."""
    names = []
    for key, part, array in (
        (id(value), "real", value.real),
        (-id(value), "imag", value.imag),
    ):
        if key not in state.constants:
            fresh = state.names.fresh(f"{name}_{part}")
            state.constants[key] = (fresh, np.array(array, order="C"))
            state.ranks[fresh] = value.ndim
        names.append(state.constants[key][0])
    return state.op(node, "complex", *map(Var, names))


# Assigning --------------------------------------------------------------------------


def bind(state: State, name: str, meaning: Meaning, node: Node) -> Meaning:
    """Assign to a local name; return what it means from now on."""
    if name in state.frame.survey.outer:
        return _bind_outer(state, name, meaning, node)
    pairs: list[tuple[Var, Atom]] = []
    stored = _stored(state, (name,), meaning, pairs, node)
    _assign_all(state, pairs, node)
    if name in state.frame.survey.optional:
        note_given(state, name, stored, node)
    state.frame.assign(name, stored)
    return stored


def _bind_outer(state: State, name: str, meaning: Meaning, node: Node) -> Meaning:
    """Assign to a variable of a function around this one, which it keeps."""
    frame = state.frame.parent
    while frame is not None and name not in frame.env:
        frame = frame.parent
    found = None if frame is None else frame.env[name]
    own = None if frame is None else frame.ir_names.get(name, {}).get(())
    is_kept = isinstance(found, Var) and found.name == own and isinstance(meaning, Var | Const)
    if not is_kept or state.rank(meaning) != state.rank(found):  # type: ignore[arg-type]
        hint = "pass the value in and return it"
        message = f"'{name}' is nonlocal, and no number or array of the function that calls"
        state.fail(node, "E205", message, hint)
    state.name(found, meaning, node)  # type: ignore[arg-type]
    return found  # type: ignore[return-value]


def _stored(
    state: State,
    path: tuple[str, ...],
    meaning: Meaning,
    pairs: list[tuple[Var, Atom]],
    node: Node,
) -> Meaning:
    """Return `meaning` with variables of its own for its numbers and arrays."""
    match meaning:
        case Var() | Const():
            variable = state.variable(*path)
            pairs.append((variable, meaning))
            return variable
        case RecordOf(record=record) if record.is_instance:
            return meaning  # another name of the same instance
        case (TupleOf() | RecordOf()) as whole:
            items, fields = whole.items, whole.fields
            labels = fields or tuple(map(str, range(len(items))))
            parts = tuple(
                _stored(state, (*path, label), item, pairs, node)
                for label, item in zip(labels, items, strict=True)
            )
            return replace(whole, items=parts)
        case ListOf(array=array):
            variable = state.variable(*path, "items")
            pairs.append((variable, array))
            return ListOf(variable)
        case ShapeOf():
            return _stored(state, path, shape_tuple(state, meaning, node), pairs, node)
        case GrowingOf():
            check_own_name(state, meaning, path[0], node)
            return meaning
        case _:
            return kept(state, meaning, node)


def _assign_all(state: State, pairs: list[tuple[Var, Atom]], node: Node) -> None:
    """Write assignments that happen at the same time."""
    if len(pairs) == 1:
        state.name(*pairs[0], node)
        return
    written: set[str] = set()
    values: list[Atom] = []
    for variable, atom in pairs:
        overwritten = isinstance(atom, Var) and atom.name in written
        values.append(state.temporary(atom, node) if overwritten else atom)
        written.add(variable.name)
    for (variable, _), atom in zip(pairs, values, strict=True):
        if variable != atom:
            state.let(variable, atom, node)


# Freezing ---------------------------------------------------------------------------


def kept(state: State, meaning: Meaning, node: Node) -> Meaning:
    """Return what a name can hold from now on: what it means now."""
    return named(state, frozen(state, meaning, node, state.frame.assigned()))


def named(state: State, meaning: Meaning) -> Meaning:
    """Return what a name can hold: iterators that are used up, in tuples as well."""
    match meaning:
        case EnumerateOf() | ZipOf() | ReversedOf() | GridOf() | GeneratorOf() | YieldsOf():
            use = Use(state.out, state.loops)
            state.uses.append(use)
            return IteratorOf(meaning, use)
        case (TupleOf(items=items) | RecordOf(items=items)) as whole:
            return replace(whole, items=tuple(named(state, item) for item in items))
        case _:
            return meaning


def frozen(state: State, meaning: Meaning, node: Node, written: set[str]) -> Meaning:
    """Return a meaning that assignments to the variables `written` do not change."""

    def atom(value: Atom) -> Atom:
        if not isinstance(value, Var):
            return value
        if value.name in written:
            value = state.temporary(value, node)
        state.hold(value)
        return value

    return mapped(meaning, atom)


def settled(state: State, meaning: Meaning, node: Node, *, whole: bool = True) -> Meaning:
    """Return a meaning whose items are there: iterators and generators are taken out.

    whole: all items are taken, so that none is left for another one.
    """
    match meaning:
        case IteratorOf(source=source, use=use):
            is_left = take(state, use, node, whole=whole)
            return settled(state, source, node, whole=whole) if is_left else TupleOf(())
        case GeneratorOf(tree=tree, home=home, source=source):
            with state.inside(home):
                return state.comprehension(state, tree, source)
        case YieldsOf():
            return state.comprehension(state, _items_of(node), meaning)
        case ReversedOf(source=TupleOf(items=items)):
            return TupleOf(items[::-1])
        case _:
            return meaning


def _items_of(node: Node) -> ast.ListComp:
    """Return `[item for item in node]`."""
    load, store = ast.Name("item@", ast.Load()), ast.Name("item@", ast.Store())
    source = node if isinstance(node, ast.expr) else load
    generator = ast.comprehension(store, source, [], is_async=0)
    tree = ast.copy_location(ast.ListComp(load, [generator]), node)
    for part in (load, store):
        ast.copy_location(part, node)
    return tree


def take(state: State, use: Use, node: Node, *, whole: bool) -> bool:
    """Return whether an iterator has items, which are taken now."""
    if use.taken == "perhaps" or (use.taken == "no" and state.loops > use.loops):
        hint = "make it again where it is used, or use a list"
        state.fail(node, "E206", "the items of this iterator may have been taken already", hint)
    if use.taken == "all":
        return False
    use.taken = "all" if whole and state.out is use.block else "perhaps"
    return True


# Tuples -----------------------------------------------------------------------------


def shape_tuple(state: State, shape: ShapeOf, node: Node, count: int | None = None) -> TupleOf:
    """Return the extents of an array, each read into a temporary."""
    rank = state.ranks.get(shape.array.name)
    count = rank if rank is not None else count
    if count is None:
        message = "the number of dimensions is not known here"
        state.fail(node, "E505", message, "unpack the shape: n, m = x.shape")
    axes = range(count)
    return TupleOf(tuple(state.op(node, "shape", shape.array, static=(k,)) for k in axes))


def unpacked(
    state: State, meaning: Meaning, node: Node, count: int | None = None
) -> tuple[Meaning, ...]:
    """Return the items of a tuple; `count` is how many are expected."""
    meaning = settled(state, meaning, node)
    if isinstance(meaning, ShapeOf):
        meaning = shape_tuple(state, meaning, node, count)
    if isinstance(meaning, ListOf):
        meaning = meaning.array
    match meaning:
        case TupleOf(items=items):
            if count is not None and len(items) != count:
                message = f"cannot unpack {len(items)} values into {count} names"
                state.fail(node, "E503", message, f"write {len(items)} names")
            return items
        case Var() as array if count is not None and state.ranks.get(array.name) != 0:
            length = state.op(node, "len", array)
            message = f"an array of other than {count} items is unpacked"
            check_not(state, "ne", length, count, message, node)
            return tuple(state.temporary(Load(array, (Const(k),)), node) for k in range(count))
        case _:
            message = f"cannot unpack {describe(state, meaning)}"
            state.fail(node, "E503", message, "unpack a tuple")


def check_not(state: State, prim: str, atom: Atom, number: int, message: str, node: Node) -> None:
    """Write what raises ValueError where `atom prim number`."""
    if not isinstance(atom, Const):
        failure = Raise(ValueError, (message,), state.span(node))
        test = state.op(node, prim, atom, Const(number))
        state.emit(If(test, (failure,), (), state.span(node)), node)


def describe(state: State, meaning: Meaning) -> str:
    """Return how to call a meaning in a message."""
    if isinstance(meaning, Var):
        return "an array" if state.ranks.get(meaning.name) else "a number"
    return noun(meaning)


def as_atom(state: State, meaning: Meaning, node: Node, what: str = "here") -> Atom:
    """Return a number or an array; anything else is a problem."""
    match meaning:
        case Var() | Const():
            return meaning
        case _:
            hint = "use numbers and arrays in computations"
            if isinstance(meaning, TupleOf) and meaning.is_list and isinstance(node, ast.expr):
                hint = f"make it an array, here or before the call: np.array({ast.unparse(node)})"
            elif isinstance(meaning, ListOf):
                hint = "make it an array: np.array([... for ... in ...])"
            state.fail(node, "E202", f"{noun(meaning)} cannot be used {what}", hint)


def as_truth(state: State, meaning: Meaning, node: Node) -> Atom:
    """Return the truth value of a meaning, as a test wants it."""
    match meaning:
        case TupleOf(items=items):
            return Const(bool(items))
        case RecordOf(items=items, record=record) if record.kind is dict:
            return Const(bool(items))
        case Known(value) if value is None or isinstance(value, str):
            return Const(bool(value))
        case LocalFunction():
            return Const(value=True)
        case GrowingOf(cell=cell):
            return state.op(node, "ne", cell.count, Const(0))
        case Known(value) if not {"__bool__", "__len__"} & {*dir(type(value))}:
            return Const(value=True)
        case Const(value=value):
            return Const(bool(value))
        case _:
            return as_atom(state, meaning, node, "as a test")


def fold(prim: str, left: Const, right: Const) -> Const | None:
    """Return the value of an operation on literals where it is exact: ints, comparisons."""
    a, b = left.value, right.value
    match prim:
        case "lt":
            return Const(a < b)
        case "le":
            return Const(a <= b)
        case "gt":
            return Const(a > b)
        case "ge":
            return Const(a >= b)
        case "eq":
            return Const(a == b)
        case "ne":
            return Const(a != b)
    if type(a) is not int or type(b) is not int:
        return None
    if prim not in EXACT or (b == 0 and prim in {"floordiv", "mod"}):
        return None
    value = EXACT[prim](a, b)
    return Const(value) if -(2**63) <= value < 2**63 else None
