"""Arrays from arrays: other views of one, and several joined to one."""

from __future__ import annotations

import ast

from srcad import library
from srcad.frontend.array_arguments import (
    as_array,
    axes_of,
    extents_of,
    fixed_int,
    known_rank,
    library_call,
    normal_axis,
)
from srcad.frontend.meaning import NONE, Meaning, TupleOf, noun
from srcad.frontend.state import Node, State
from srcad.frontend.structural import Arguments, Handler, taken
from srcad.ir.nodes import Atom, Const, Slice, Store, Var


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
    func = library.FUNCTIONS.get(f"reshape_{state.rank(atom)}_{len(extents)}")
    if func is None:
        state.fail(node, "E208", "reshape() of so many dimensions is not supported", "")
    found = library_call(state, func, Arguments((atom, result), {}), node)
    state.op(node, "same_memory", result, atom)
    return found


def _ravel(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    (source,) = taken(state, arguments, node, "a", 1)
    return _reshape(state, Arguments((source or NONE, Const(-1)), {}), node)


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
    shape: list[Atom] = [_extent(state, atoms[0], k, node) for k in range(rank)]
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


VIEWS: dict[str, tuple[str, Handler]] = {
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
    "ravel": ("np.ravel", _ravel),
    "concatenate": ("np.concatenate", _stacked("concatenate")),
    "stack": ("np.stack", _stacked("stack")),
    "hstack": ("np.hstack", _hstack),
    "vstack": ("np.vstack", _vstack),
    "column_stack": ("np.column_stack", _column_stack),
}
"""Handlers of NumPy functions, by name, with their spelling."""
