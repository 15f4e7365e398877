"""Calls that lowering itself understands: iterators, array makers, `len`, `min`, ..."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, replace

from srcad.frontend.names.meaning import (
    NONE,
    DtypeOf,
    EnumerateOf,
    GeneratorOf,
    GridOf,
    GrowingOf,
    IteratorOf,
    Known,
    ListOf,
    Meaning,
    RangeOf,
    RecordOf,
    ReversedOf,
    ShapeOf,
    SliceOf,
    TupleOf,
    YieldsOf,
    ZipOf,
    noun,
)
from srcad.frontend.names.scope import as_atom, settled, shape_tuple
from srcad.frontend.names.state import State
from srcad.frontend.names.structured import copied, each, frame_of, new
from srcad.frontend.syntax.resolve import dtype_name
from srcad.ir.nodes import Atom, Const, Var


@dataclass(frozen=True, slots=True)
class Arguments:
    """The arguments of a call, lowered."""

    positional: tuple[Meaning, ...]
    named: dict[str, Meaning]

    def settled(self, state: State, node: ast.Call, *, whole: bool) -> Arguments:
        """Return the arguments with the items of iterators and generators taken."""
        positional = tuple(settled(state, a, node, whole=whole) for a in self.positional)
        named = {k: settled(state, a, node, whole=whole) for k, a in self.named.items()}
        return Arguments(positional, named)


Handler = Callable[[State, Arguments, ast.Call], Meaning]


def taken(
    state: State, arguments: Arguments, node: ast.Call, names: str, required: int
) -> list[Meaning | None]:
    """Return the arguments in the order of `names`; None for those left out."""
    params = names.split()
    spelled = ast.unparse(node.func)
    if len(arguments.positional) > len(params):
        message = f"'{spelled}' takes at most {len(params)} arguments here"
        state.fail(node, "E403", message, f"it takes ({', '.join(params)})")
    found: dict[str, Meaning] = dict(zip(params, arguments.positional, strict=False))
    for name, value in arguments.named.items():
        if name not in params or name in found:
            message = f"'{spelled}' cannot take the argument '{name}' here"
            state.fail(node, "E403", message, f"it takes ({', '.join(params)})")
        found[name] = value
    for name in params[:required]:
        if name not in found:
            message = f"the argument '{name}' of '{spelled}' is missing"
            state.fail(node, "E403", message, "pass it")
    return [found.get(name) for name in params]


MOST_SLOTS = 2000
"""As many calls may be inside each other on the way back."""

ITERATORS = (EnumerateOf, ZipOf, ReversedOf, GridOf, GeneratorOf, YieldsOf, IteratorOf)
"""What gives its items once, from the first on."""


def _one(state: State, arguments: Arguments, node: ast.Call, name: str = "x") -> Meaning:
    """Return the only argument of a call."""
    found = taken(state, arguments, node, name, 1)[0]
    assert found is not None
    return found


# Iterators and tuples ---------------------------------------------------------------


def _range(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    if arguments.named or not 1 <= len(arguments.positional) <= 3:
        state.fail(node, "E403", "range() takes one to three integers", "write range(n)")
    bounds = [as_atom(state, bound, node, "in range()") for bound in arguments.positional]
    for bound in bounds:
        if isinstance(bound, Const) and isinstance(bound.value, float):
            state.fail(node, "E403", "range() needs integers", "use int(...)")
    if len(bounds) == 1:
        bounds = [Const(0), bounds[0]]
    step = bounds[2] if len(bounds) == 3 else Const(1)
    if step == Const(0):
        state.fail(node, "E403", "the step of range() is zero", "use another step")
    return RangeOf(bounds[0], bounds[1], step)


def _prange(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    found = _range(state, arguments, node)
    return replace(found, commutes=True) if isinstance(found, RangeOf) else found


def _slice(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    if arguments.named or not 1 <= len(arguments.positional) <= 3:
        state.fail(node, "E403", "slice() takes one to three integers", "write slice(a, b)")
    ends = [None if e == NONE else _end(state, e, node) for e in arguments.positional]
    if len(ends) == 1:
        ends.insert(0, None)
    return SliceOf(*ends, *[None] * (3 - len(ends)))


def _end(state: State, meaning: Meaning, node: ast.Call) -> Atom:
    atom = as_atom(state, meaning, node, "in slice()")
    if isinstance(atom, Const) and isinstance(atom.value, float):
        state.fail(node, "E403", "slice() needs integers", "use int(...)")
    return atom


def _checkpointed(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    source, slots = taken(state, arguments, node, "steps slots", 2)
    if not isinstance(source, RangeOf):
        state.fail(node, "E403", "checkpointed() takes a range", "write checkpointed(range(n), s)")
    match slots:
        case Const(value=int(count)) | Known(value=int(count)) if 2 <= count <= MOST_SLOTS:
            return replace(source, slots=int(count))
        case _:
            message = f"the slots of checkpointed() are a number from 2 to {MOST_SLOTS}"
            state.fail(node, "E403", message, "write the number, or a constant of the module")


def _enumerate(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    source, start = taken(state, arguments, node, "iterable start", 1)
    assert source is not None
    first = Const(0) if start is None else as_atom(state, start, node, "in enumerate()")
    return EnumerateOf(source, first)


def _zip(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    strict = arguments.named.get("strict", Const(value=False))
    if strict != Const(value=False):
        state.fail(node, "E403", "zip() stops with the shortest here", "compare the lengths")
    if {*arguments.named} - {"strict"} or not arguments.positional:
        state.fail(node, "E403", "zip() takes arrays, tuples and ranges", "write zip(x, y)")
    return ZipOf(arguments.positional)


def _reversed(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    source = _one(state, arguments, node, "sequence")
    if isinstance(source, ITERATORS):
        message = f"{noun(source)} has no last item to start from: reversed() takes a sequence"
        state.fail(node, "E403", message, "reverse the arrays or tuples that it runs over")
    return ReversedOf(source)


def _next(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    del arguments
    hint = "loop over the iterator, and leave the loop with break"
    state.fail(node, "E206", "items that are taken one by one are not supported", hint)


def _tuple(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    source = _one(state, arguments, node, "iterable")
    if isinstance(source, ShapeOf):
        return shape_tuple(state, source, node)
    if isinstance(source, RecordOf) and source.record.kind is dict:
        return TupleOf(tuple(map(Known, source.record.keys)))
    if not isinstance(source, TupleOf):
        state.fail(node, "E503", "tuple() needs a tuple here", "write the items out")
    return source


def _len(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    match _one(state, arguments, node):
        case TupleOf(items=items):
            return Const(len(items))
        case RecordOf(items=items, record=record) if record.kind is dict:
            return Const(len(items))
        case RecordOf(record=record) as whole if record.axes:
            return state.op(node, "len", frame_of(state, whole, node))
        case ListOf(array=array):
            return state.op(node, "len", array)
        case GrowingOf(cell=cell):
            return state.temporary(cell.count, node)
        case ShapeOf() as shape:
            return Const(len(shape_tuple(state, shape, node).items))
        case other:
            return state.op(node, "len", as_atom(state, other, node, "in len()"))


def _sum(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    source, start = taken(state, arguments, node, "iterable start", 1)
    source = shape_tuple(state, source, node) if isinstance(source, ShapeOf) else source
    if not isinstance(source, TupleOf):
        state.fail(node, "E208", "sum() is supported for tuples only", "add up in a loop")
    total = Const(0) if start is None else as_atom(state, start, node, "in sum()")
    for item in source.items:
        total = state.op(node, "add", total, as_atom(state, item, node, "in sum()"))
    return total


def _extremum(prim: str) -> Handler:
    def handler(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
        items = arguments.positional
        if len(items) == 1 and isinstance(items[0], ShapeOf):
            items = shape_tuple(state, items[0], node).items
        elif len(items) == 1 and isinstance(items[0], TupleOf):
            items = items[0].items
        elif len(items) == 1 or arguments.named:
            message = f"{prim}() is supported for numbers and tuples only"
            state.fail(node, "E208", message, "write the loop over the elements")
        if not items:
            state.fail(node, "E403", f"{prim}() of nothing", "pass at least one number")
        first, *others = (as_atom(state, item, node, f"in {prim}()") for item in items)
        for other in others:
            first = state.op(node, prim, first, other)
        return first

    return handler


def _divmod(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    a, b = (
        as_atom(state, part or NONE, node, "in divmod()")
        for part in taken(state, arguments, node, "x y", 2)
    )
    return TupleOf((state.op(node, "floordiv", a, b), state.op(node, "mod", a, b)))


def _print_cotangent(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    """Return the argument of a hook that prints what flows back to it."""
    given = {**dict(zip(("x", "label"), arguments.positional, strict=False)), **arguments.named}
    label = given.pop("label", Known("cotangent"))
    if list(given) != ["x"] or len(arguments.positional) > 2:
        state.fail(node, "E403", "print_cotangent takes (x, label)", "give it one number or array")
    if not isinstance(label, Known) or not isinstance(label.value, str):
        state.fail(node, "E403", "the label of print_cotangent is no literal", 'write "x_bar"')
    atom = as_atom(state, given["x"], node, "as an argument")
    return state.op(node, "print_cotangent", atom, static=(label.value,))


# Facts about arrays -----------------------------------------------------------------


def _np_shape(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    source = _one(state, arguments, node, "a")
    if _rank(state, source) == 0:
        return TupleOf(())
    return ShapeOf(_array(state, source, node))


def _fact(prim: str) -> Handler:
    def handler(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
        source = _one(state, arguments, node, "a")
        rank = _rank(state, source)
        if prim == "ndim" and rank is not None:
            return Const(rank)
        array = _array(state, source, node)
        return state.op(node, prim, array)

    return handler


def _rank(state: State, meaning: Meaning) -> int | None:
    """Return the dimensions of a number, an array, or nested lists; None if not known."""
    match meaning:
        case Var() | Const():
            return state.rank(meaning)
        case ListOf(array=array):
            return state.rank(array)
        case TupleOf(items=(first, *_)):
            inner = _rank(state, first)
            return None if inner is None else inner + 1
        case TupleOf() | ShapeOf():
            return 1
        case _:
            return None


def _array(state: State, meaning: Meaning, node: ast.Call) -> Var:
    if not isinstance(meaning, Var):
        state.fail(node, "E405", f"{noun(meaning)} is not an array", "pass an array")
    return meaning


# Array makers -----------------------------------------------------------------------


def _maker(prim: str) -> Handler:
    names = "shape fill_value dtype order" if prim == "full" else "shape dtype order"

    def handler(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
        shape, *fill, dtype, order = taken(state, arguments, node, names, names.count("_") + 1)
        _check_order(state, order, node)
        assert shape is not None
        values = [as_atom(state, value or NONE, node, "as a fill value") for value in fill]
        extents = _extents(state, shape, node)
        if isinstance(dtype, Known) and getattr(dtype.value, "names", None):

            def field(name: str, shape: tuple[Atom, ...]) -> Meaning:
                return state.op(node, prim, *values, *shape, static=(name,))

            return new(state, dtype.value, extents, field, node)  # type: ignore[arg-type]
        if isinstance(dtype, DtypeOf):
            return state.op(node, prim, *values, dtype.array, *extents, static=("like",))
        default = None if prim == "full" else "float64"
        static = (_dtype(state, dtype, node) or default,)
        return state.op(node, prim, *values, *extents, static=static)

    return handler


def _like(prim: str) -> Handler:
    names = "a fill_value dtype order" if prim == "full_like" else "a dtype order"

    def handler(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
        model, *fill, dtype, order = taken(state, arguments, node, names, names.count("_") + 1)
        _check_order(state, order, node)
        if isinstance(model, RecordOf) and model.record.is_structured and dtype is None:
            given = [as_atom(state, value or NONE, node, "as a fill value") for value in fill]
            return each(model, lambda item: state.op(node, prim, item, *given, static=(None,)))
        array = _array(state, model or NONE, node)
        if state.ranks.get(array.name) == 0:
            state.fail(node, "E405", "a number is not an array", "use a scalar variable")
        values = [as_atom(state, value or NONE, node, "as a fill value") for value in fill]
        if isinstance(dtype, DtypeOf) and dtype.array != array:
            extents = _extents(state, ShapeOf(array), node)
            maker = prim.removesuffix("_like")
            return state.op(node, maker, *values, dtype.array, *extents, static=("like",))
        name = None if isinstance(dtype, DtypeOf) else _dtype(state, dtype, node)
        return state.op(node, prim, array, *values, static=(name,))

    return handler


def _check_order(state: State, order: Meaning | None, node: ast.Call) -> None:
    if order is not None and getattr(order, "value", None) != "C":
        state.fail(node, "E505", "only order='C' is supported", "leave out the order")


def _extents(state: State, shape: Meaning, node: ast.Call) -> tuple[Atom, ...]:
    """Return the extents of a shape given as an int, a tuple, or `x.shape`."""
    match shape:
        case ShapeOf():
            items: tuple[Meaning, ...] = shape_tuple(state, shape, node).items
        case TupleOf():
            items = shape.items
        case _:
            items = (shape,)
    return tuple(as_atom(state, item, node, "as an extent") for item in items)


def _dtype(state: State, meaning: Meaning | None, node: ast.Call) -> str | None:
    """Return the name of a dtype that is known while compiling, or None if left out."""
    if meaning is None or meaning == NONE:
        return None
    name = dtype_name(meaning.value) if isinstance(meaning, Known) else None
    if name is None:
        hint = "use np.float64, np.float32, an integer type, np.bool_ or x.dtype"
        state.fail(node, "E505", "this dtype is not supported", hint)
    return name


def _copy(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    source = _one(state, arguments, node, "a")
    if isinstance(source, RecordOf) and source.record.is_structured:
        return copied(state, source, node)
    if isinstance(source, TupleOf):
        hint = "make it with np.empty(n) and assign the elements"
        state.fail(node, "E202", "arrays made from lists are not supported", hint)
    return state.op(node, "copy", _array(state, source, node))


HANDLERS: dict[str, Handler] = {
    "len": _len,
    "range": _range,
    "prange": _prange,
    "checkpointed": _checkpointed,
    "slice": _slice,
    "enumerate": _enumerate,
    "zip": _zip,
    "reversed": _reversed,
    "next": _next,
    "tuple": _tuple,
    "sum": _sum,
    "min": _extremum("min"),
    "max": _extremum("max"),
    "divmod": _divmod,
    "print_cotangent": _print_cotangent,
    "np_shape": _np_shape,
    "size": _fact("size"),
    "ndim": _fact("ndim"),
    "copy": _copy,
    **{prim: _maker(prim) for prim in ("zeros", "ones", "empty", "full")},
    **{prim: _like(prim) for prim in ("zeros_like", "ones_like", "empty_like", "full_like")},
}
