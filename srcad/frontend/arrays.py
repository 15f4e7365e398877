"""NumPy functions and methods of whole arrays: reductions, views, and the library.

What is not an operation of the IR is inlined from `srcad.library`, where it is written in
the language that is accepted here.
"""

from __future__ import annotations

import ast
from types import FunctionType

import numpy as np

from srcad import library
from srcad.frontend.inline import Callee, inline
from srcad.frontend.meaning import NONE, DtypeOf, Known, Meaning, ShapeOf, TupleOf, noun
from srcad.frontend.resolve import dtype_name
from srcad.frontend.scope import as_atom, shape_tuple
from srcad.frontend.source import read
from srcad.frontend.state import Node, State
from srcad.frontend.structural import HANDLERS as STRUCTURAL
from srcad.frontend.structural import Arguments, Handler, taken
from srcad.ir.nodes import Atom, Const, Slice, Store, Var


def known_rank(state: State, atom: Atom, node: Node) -> int:
    """Return the number of dimensions, which must be known here."""
    rank = state.rank(atom)
    if rank is None:
        hint = "give the result of the call a name, and index it, or write the loop"
        state.fail(node, "E505", "the number of dimensions is not known here", hint)
    return rank


def fixed_int(state: State, meaning: Meaning | None, node: Node, what: str) -> int:
    """Return an integer that is known while compiling."""
    if isinstance(meaning, Const) and type(meaning.value) is int:
        return meaning.value
    state.fail(node, "E403", f"{what} must be an integer literal here", "write the number")


def normal_axis(state: State, axis: int, rank: int, node: Node) -> int:
    """Return an axis counted from 0."""
    if not -rank <= axis < rank:
        message = f"axis {axis} of an array of {rank} dimensions"
        state.fail(node, "E503", message, "use an axis that exists")
    return axis % rank


def axes_of(state: State, meaning: Meaning | None, rank: int, node: Node) -> tuple[int, ...]:
    """Return the axes of a reduction, all of them for None."""
    if meaning is None or meaning == NONE:
        return tuple(range(rank))
    items = meaning.items if isinstance(meaning, TupleOf) else (meaning,)
    numbers = [fixed_int(state, item, node, "an axis") for item in items]
    return tuple(sorted({normal_axis(state, k, rank, node) for k in numbers}))


def _flag(state: State, meaning: Meaning | None, node: Node) -> bool:
    if meaning is None:
        return False
    if isinstance(meaning, Const):
        return bool(meaning.value)
    state.fail(node, "E403", "keepdims must be a literal", "write keepdims=True")


def reduction(prim: str) -> Handler:
    """Return the handler of `np.sum` and the like."""

    def handler(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
        source, axis, keepdims = taken(state, arguments, node, "a axis keepdims", 1)
        atom = as_array(state, source, node)
        rank = known_rank(state, atom, node)
        if rank == 0:
            return atom
        axes = axes_of(state, axis, rank, node)
        return state.op(node, prim, atom, static=(axes, _flag(state, keepdims, node)))

    return handler


def as_array(state: State, meaning: Meaning | None, node: Node) -> Atom:
    """Return an array or a number; a tuple of numbers becomes an array."""
    if isinstance(meaning, TupleOf | ShapeOf):
        return array_of(state, meaning, node)
    return as_atom(state, meaning or NONE, node, "as an array")


# Arrays from displays ---------------------------------------------------------------


def array_of(
    state: State, meaning: TupleOf | ShapeOf, node: Node, dtype: str | DtypeOf | None = None
) -> Var:
    """Return `np.array([a, b, c])`, of numbers, arrays or lists of them."""
    items = (shape_tuple(state, meaning, node) if isinstance(meaning, ShapeOf) else meaning).items
    atoms = [
        array_of(state, item, node, dtype)
        if isinstance(item, TupleOf | ShapeOf)
        else as_atom(state, item, node, "as an element")
        for item in items
    ]
    if not atoms:
        return state.op(node, "zeros", Const(0), static=(dtype or "float64",))
    ranks = {known_rank(state, atom, node) for atom in atoms}
    if len(ranks) > 1:
        state.fail(node, "E503", "the rows differ in their dimensions", "make them alike")
    inner = tuple(
        state.op(node, "shape", atoms[0], static=(k,))  # type: ignore[arg-type]
        for k in range(ranks.pop())
    )
    model = state.op(node, "promoted", *atoms) if dtype is None else None
    if isinstance(dtype, DtypeOf):
        model = dtype.array
    given: tuple[Atom, ...] = () if model is None else (model,)
    static = (dtype,) if model is None else ("like",)
    result = state.op(node, "empty", *given, Const(len(atoms)), *inner, static=static)
    state.hold(result)
    for k, atom in enumerate(atoms):
        index = (Const(k), *(Slice() for _ in inner))
        state.emit(Store(result, index, atom, state.span(node)), node)
    return result


def _array(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    source, dtype = taken(state, arguments, node, "object dtype", 1)
    if isinstance(source, TupleOf | ShapeOf):
        return array_of(state, source, node, _dtype(state, dtype, node))
    atom = as_atom(state, source or NONE, node, "as an array")
    if dtype is not None and dtype != NONE:
        return _converted(state, atom, dtype, node)
    return state.op(node, "copy", atom) if state.rank(atom) else atom


def _asarray(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    source, dtype = taken(state, arguments, node, "a dtype", 1)
    no_dtype = dtype is None or dtype == NONE
    if isinstance(source, Var) and state.ranks.get(source.name) and no_dtype:
        return source
    return _array(state, arguments, node)


def _dtype(state: State, meaning: Meaning | None, node: Node) -> str | DtypeOf | None:
    if meaning is None or meaning == NONE or isinstance(meaning, DtypeOf):
        return None if meaning == NONE else meaning  # type: ignore[return-value]
    name = dtype_name(meaning.value) if isinstance(meaning, Known) else None
    if name is None:
        hint = "use np.float64, np.float32, an integer type, np.bool_ or x.dtype"
        state.fail(node, "E505", "this dtype is not supported", hint)
    return name


def _converted(state: State, atom: Atom, dtype: Meaning, node: Node) -> Var:
    found = _dtype(state, dtype, node)
    if isinstance(found, DtypeOf):
        return state.op(node, "cast_like", atom, found.array)
    return state.op(node, "cast", atom, static=(found,))


def _astype(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    source, dtype = taken(state, arguments, node, "a dtype", 2)
    return _converted(state, as_array(state, source, node), dtype or NONE, node)


def _result_type(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    atoms = [as_array(state, item, node) for item in arguments.positional]
    return DtypeOf(state.op(node, "promoted", *atoms))


# Views ------------------------------------------------------------------------------


def _expand_dims(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    source, axis = taken(state, arguments, node, "a axis", 2)
    atom = as_array(state, source, node)
    items = axis.items if isinstance(axis, TupleOf) else (axis,)
    rank = known_rank(state, atom, node) + len(items)
    axes = axes_of(state, axis, rank, node)
    return state.op(node, "expand_dims", atom, static=(axes,))


def transposed(state: State, atom: Atom, axes: tuple[int, ...], node: Node) -> Atom:
    """Return an array with its axes in another order."""
    if axes == tuple(range(len(axes))):
        return atom
    return state.op(node, "transpose", atom, static=(axes,))


def reversed_axes(state: State, atom: Atom, node: Node) -> Atom:
    """Return `x.T`."""
    return transposed(state, atom, tuple(range(known_rank(state, atom, node)))[::-1], node)


def _transpose(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    positional = arguments.positional
    if len(positional) > 2:
        arguments = Arguments((positional[0], TupleOf(positional[1:])), arguments.named)
    source, axes = taken(state, arguments, node, "a axes", 1)
    atom = as_array(state, source, node)
    if axes is None or axes == NONE:
        return reversed_axes(state, atom, node)
    rank = known_rank(state, atom, node)
    items = axes.items if isinstance(axes, TupleOf) else (axes,)
    numbers = (fixed_int(state, item, node, "an axis") for item in items)
    order = tuple(normal_axis(state, k, rank, node) for k in numbers)
    if sorted(order) != list(range(rank)):
        state.fail(node, "E503", "the axes do not match the array", "name each axis once")
    return transposed(state, atom, order, node)


def _swapaxes(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    source, *two = taken(state, arguments, node, "a axis1 axis2", 3)
    atom = as_array(state, source, node)
    rank = known_rank(state, atom, node)
    numbers = (fixed_int(state, k, node, "an axis") for k in two)
    first, second = (normal_axis(state, k, rank, node) for k in numbers)
    order = list(range(rank))
    order[first], order[second] = order[second], order[first]
    return transposed(state, atom, tuple(order), node)


def _moveaxis(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    source, *two = taken(state, arguments, node, "a source destination", 3)
    atom = as_array(state, source, node)
    rank = known_rank(state, atom, node)
    numbers = (fixed_int(state, k, node, "an axis") for k in two)
    first, second = (normal_axis(state, k, rank, node) for k in numbers)
    order = [k for k in range(rank) if k != first]
    order.insert(second, first)
    return transposed(state, atom, tuple(order), node)


def _flip(fixed: int | None = None) -> Handler:
    names = "m axis" if fixed is None else "m"

    def handler(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
        source, *axis = taken(state, arguments, node, names, 1)
        atom = as_array(state, source, node)
        given = axis[0] if fixed is None else Const(fixed)
        axes = axes_of(state, given, known_rank(state, atom, node), node)
        return state.op(node, "flip", atom, static=(axes,))

    return handler


def _squeeze(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    source, axis = taken(state, arguments, node, "a axis", 1)
    if axis is None:
        state.fail(node, "E403", "squeeze() needs its axis here", "write axis=0")
    atom = as_array(state, source, node)
    axes = axes_of(state, axis, known_rank(state, atom, node), node)
    return state.op(node, "squeeze", atom, static=(axes,))


def _broadcast_to(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    source, shape = taken(state, arguments, node, "array shape", 2)
    extents = extents_of(state, shape or NONE, node)
    return state.op(node, "broadcast_to", as_array(state, source, node), *extents)


def extents_of(state: State, shape: Meaning, node: Node) -> tuple[Atom, ...]:
    """Return the extents of a shape given as an int, a tuple, or `x.shape`."""
    if isinstance(shape, ShapeOf):
        shape = shape_tuple(state, shape, node)
    items = shape.items if isinstance(shape, TupleOf) else (shape,)
    return tuple(as_atom(state, item, node, "as an extent") for item in items)


def _reshape(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    positional = arguments.positional
    if len(positional) > 2:
        arguments = Arguments((positional[0], TupleOf(positional[1:])), arguments.named)
    source, shape = taken(state, arguments, node, "a shape", 2)
    atom = as_array(state, source, node)
    extents = list(extents_of(state, shape or NONE, node))
    if extents.count(Const(-1)) > 1:
        state.fail(node, "E403", "only one extent may be -1", "write the others out")
    if Const(-1) in extents:
        rest: Atom = Const(1)
        for extent in extents:
            if extent != Const(-1):
                rest = extent if rest == Const(1) else state.op(node, "mul", rest, extent)
        size = state.op(node, "size", atom) if state.rank(atom) else Const(1)
        missing = size if rest == Const(1) else state.op(node, "floordiv", size, rest)
        extents[extents.index(Const(-1))] = missing
    if known_rank(state, atom, node) == 0:
        return state.op(node, "broadcast_to", atom, *extents)
    result = state.op(node, "empty", atom, *extents, static=("like",))
    state.hold(result)
    func = getattr(library, f"reshape_{state.rank(atom)}_{len(extents)}", None)
    if func is None:
        state.fail(node, "E208", "reshape() of so many dimensions is not supported", "")
    return library_call(state, func, Arguments((atom, result), {}), node)


# The library ------------------------------------------------------------------------


def library_call(state: State, func: FunctionType, arguments: Arguments, node: Node) -> Meaning:
    """Inline a function of `srcad.library`, with the user's line as its place."""
    if func not in state.sources:
        state.sources[func] = read(func)
    source = state.sources[func]
    defaults: dict[str, Meaning] = {k: Known(v) for k, v in source.defaults.items()}
    callee = Callee(func.__name__, source.tree, source, defaults, None)
    return inline(state, callee, arguments, node, state.span(node))  # type: ignore[arg-type]


def from_library(name: str) -> Handler:
    """Return the handler of a function that the library has under this name."""

    def handler(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
        return library_call(state, getattr(library, name), arguments, node)

    return handler


def matmul(state: State, a: Atom, b: Atom, node: Node) -> Meaning:
    """Return `a @ b`."""
    ranks = known_rank(state, a, node), known_rank(state, b, node)
    name = f"matmul_{ranks[0]}_{ranks[1]}"
    func = getattr(library, name, None)
    if func is None:
        message = f"'@' of {ranks[0]} and {ranks[1]} dimensions is not supported"
        state.fail(node, "E208", message, "write the loops of the product")
    return library_call(state, func, Arguments((a, b), {}), node)


def _matmul(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    a, b = (as_array(state, part, node) for part in taken(state, arguments, node, "a b", 2))
    return matmul(state, a, b, node)


def _dot(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    a, b = (as_array(state, part, node) for part in taken(state, arguments, node, "a b", 2))
    if 0 in (known_rank(state, a, node), known_rank(state, b, node)):
        return state.op(node, "mul", a, b)
    return matmul(state, a, b, node)


def _fill(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    source, value = taken(state, arguments, node, "a value", 2)
    assert isinstance(source, Var)
    atom = as_atom(state, value or NONE, node, "as a fill value")
    rank = known_rank(state, source, node)
    index = tuple(Slice() for _ in range(rank))
    state.emit(Store(source, index, atom, state.span(node)), node)
    return NONE


def _stacked(name: str) -> Handler:
    """Return the handler of `np.concatenate` and `np.stack`: pieces go into a new array."""

    def handler(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
        pieces, axis = taken(state, arguments, node, "arrays axis", 1)
        if not isinstance(pieces, TupleOf) or not pieces.items:
            state.fail(node, "E403", "a tuple of arrays is needed", "write (a, b)")
        atoms = [as_array(state, item, node) for item in pieces.items]
        at = 0 if axis is None else fixed_int(state, axis, node, "an axis")
        return joined(state, atoms, at, node, stack=name == "stack")

    return handler


def joined(state: State, atoms: list[Atom], axis: int, node: Node, *, stack: bool) -> Var:
    """Return arrays one after the other along an axis, new if `stack`."""
    rank = known_rank(state, atoms[0], node) + stack
    axis = normal_axis(state, axis, rank, node)
    if stack:
        atoms = [state.op(node, "expand_dims", atom, static=((axis,),)) for atom in atoms]
    for atom in atoms:
        if known_rank(state, atom, node) != rank:
            state.fail(node, "E503", "the arrays differ in their dimensions", "make them alike")
    sizes = [_extent(state, atom, axis, node) for atom in atoms]
    ends: list[Atom] = [Const(0)]
    for size in sizes:
        ends.append(_plus(state, ends[-1], size, node))
    shape = [_extent(state, atoms[0], k, node) for k in range(rank)]
    shape[axis] = ends[-1]
    model = state.op(node, "promoted", *atoms)
    result = state.op(node, "empty", model, *shape, static=("like",))
    state.hold(result)
    for atom, lo, hi in zip(atoms, ends, ends[1:], strict=False):
        index = [Slice() for _ in range(rank)]
        index[axis] = Slice(lo, hi)
        state.emit(Store(result, tuple(index), atom, state.span(node)), node)
    return result


def _extent(state: State, atom: Atom, axis: int, node: Node) -> Var:
    extent = state.op(node, "shape", atom, static=(axis,))
    state.hold(extent)
    return extent


def _plus(state: State, a: Atom, b: Atom, node: Node) -> Atom:
    if a == Const(0):
        return b
    total = state.op(node, "add", a, b)
    state.hold(total)
    return total


def _hstack(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    pieces = _pieces(state, arguments, node)
    return joined(state, pieces, int(state.rank(pieces[0]) != 1), node, stack=False)


def _vstack(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    pieces = _pieces(state, arguments, node)
    return joined(state, pieces, 0, node, stack=state.rank(pieces[0]) == 1)


def _column_stack(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    pieces = _pieces(state, arguments, node)
    return joined(state, pieces, 1, node, stack=state.rank(pieces[0]) == 1)


def _pieces(state: State, arguments: Arguments, node: ast.Call) -> list[Atom]:
    (pieces,) = taken(state, arguments, node, "arrays", 1)
    if not isinstance(pieces, TupleOf) or not pieces.items:
        hint = "write (a, b)"
        state.fail(node, "E403", f"{noun(pieces or NONE)} is no tuple of arrays", hint)
    return [as_array(state, item, node) for item in pieces.items]


def _builtin(prim: str, name: str) -> Handler:
    """Return the handler of `sum(x)`, `max(x)` and `min(x)` of Python."""

    def handler(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
        items = arguments.positional
        if len(items) == 1 and isinstance(items[0], Var) and state.rank(items[0]) == 1:
            return reduction(prim)(state, arguments, node)
        return STRUCTURAL[name](state, arguments, node)

    return handler


FUNCTIONS: dict[str, tuple[str, Handler]] = {
    "sum": ("np.sum", reduction("sum")),
    "prod": ("np.prod", reduction("prod")),
    "mean": ("np.mean", reduction("mean")),
    "amax": ("np.max", reduction("amax")),
    "amin": ("np.min", reduction("amin")),
    "any": ("np.any", reduction("any")),
    "all": ("np.all", reduction("all")),
    "expand_dims": ("np.expand_dims", _expand_dims),
    "transpose": ("np.transpose", _transpose),
    "swapaxes": ("np.swapaxes", _swapaxes),
    "moveaxis": ("np.moveaxis", _moveaxis),
    "flip": ("np.flip", _flip()),
    "flipud": ("np.flipud", _flip(0)),
    "fliplr": ("np.fliplr", _flip(1)),
    "squeeze": ("np.squeeze", _squeeze),
    "broadcast_to": ("np.broadcast_to", _broadcast_to),
    "reshape": ("np.reshape", _reshape),
    "matmul": ("np.matmul", _matmul),
    "dot": ("np.dot", _dot),
    "array": ("np.array", _array),
    "asarray": ("np.asarray", _asarray),
    "ascontiguousarray": ("np.ascontiguousarray", _asarray),
    "result_type": ("np.result_type", _result_type),
    "concatenate": ("np.concatenate", _stacked("concatenate")),
    "stack": ("np.stack", _stacked("stack")),
    "hstack": ("np.hstack", _hstack),
    "vstack": ("np.vstack", _vstack),
    "column_stack": ("np.column_stack", _column_stack),
    **{name: (f"np.{name}", from_library(name)) for name in library.NUMPY},
    **{
        name: (f"np.linalg.{name}", from_library(function))
        for name, function in library.LINALG.items()
    },
}

ALIASES = {"np.amax": "amax", "np.amin": "amin", "np.permute_dims": "transpose"}

HANDLERS: dict[str, Handler] = {
    **{f"array {name}": handler for name, (_, handler) in FUNCTIONS.items()},
    "sum": _builtin("sum", "sum"),
    "max": _builtin("amax", "max"),
    "min": _builtin("amin", "min"),
}

METHODS: dict[str, Handler] = {
    **{name: FUNCTIONS[name][1] for name in library.METHODS},
    **{name: FUNCTIONS[name][1] for name in ("sum", "prod", "mean", "any", "all", "dot")},
    **{name: FUNCTIONS[name][1] for name in ("transpose", "swapaxes", "squeeze", "reshape")},
    "max": reduction("amax"),
    "min": reduction("amin"),
    "copy": STRUCTURAL["copy"],
    "flatten": from_library("ravel"),
    "astype": _astype,
    "fill": _fill,
}


def functions() -> dict[int, str]:
    """Return the name of the handler of each NumPy function, by identity."""
    found: dict[int, str] = {}
    names = {spelling: name for name, (spelling, _) in FUNCTIONS.items()} | ALIASES
    for spelling, name in names.items():
        parts = spelling.split(".")
        obj: object = np
        for part in parts[1:]:
            obj = getattr(obj, part, None)
        if obj is not None:
            found[id(obj)] = f"array {name}"
    return found

