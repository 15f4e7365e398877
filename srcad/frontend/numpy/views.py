"""Arrays from arrays: the same elements seen in another order or shape."""

from __future__ import annotations

import ast

from srcad import library
from srcad.frontend.names.meaning import NONE, Meaning, TupleOf
from srcad.frontend.names.scope import check_not
from srcad.frontend.names.state import Node, State
from srcad.frontend.names.structural import Arguments, Handler, taken
from srcad.frontend.numpy.arguments import (
    as_array,
    axes_of,
    extents_of,
    fixed_int,
    known_rank,
    library_call,
    may_be_negative,
    normal_axis,
)
from srcad.ir.nodes import Atom, Const, Load, Slice, Var


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


def _with_tuple(arguments: Arguments) -> Arguments:
    """Return the arguments of `x.reshape(2, 3)` as those of `x.reshape((2, 3))`."""
    source, *rest = arguments.positional or (NONE,)
    return (
        Arguments((source, TupleOf(tuple(rest))), arguments.named) if len(rest) > 1 else arguments
    )


def _transpose(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    source, axes = taken(state, _with_tuple(arguments), node, "a axes", 1)
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
    first, second = (_axis_list(state, k, rank, node) for k in two)
    if len(first) != len(second) or len({*first}) < len(first) or len({*second}) < len(second):
        state.fail(node, "E503", "the axes do not match each other", "name each axis once")
    order = [k for k in range(rank) if k not in first]
    for to, axis in sorted(zip(second, first, strict=True)):
        order.insert(to, axis)
    return transposed(state, atom, tuple(order), node)


def _axis_list(state: State, meaning: Meaning | None, rank: int, node: Node) -> list[int]:
    """Return axes in the order given."""
    items = meaning.items if isinstance(meaning, TupleOf) else (meaning,)
    numbers = (fixed_int(state, item, node, "an axis") for item in items)
    return [normal_axis(state, k, rank, node) for k in numbers]


def _rollaxis(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    source, axis, start = taken(state, arguments, node, "a axis start", 2)
    atom = as_array(state, source, node)
    rank = known_rank(state, atom, node)
    at = normal_axis(state, fixed_int(state, axis, node, "an axis"), rank, node)
    to = 0 if start is None else fixed_int(state, start, node, "an axis")
    to = to + rank if to < 0 else to
    order = [k for k in range(rank) if k != at]
    order.insert(to - (at < to), at)
    return transposed(state, atom, tuple(order), node)


def _matrix_transpose(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    (source,) = taken(state, arguments, node, "x", 1)
    given = Arguments((source or NONE, Const(-1), Const(-2)), {})
    return _swapaxes(state, given, node)


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
    atom = as_array(state, source, node)
    if axis is None or axis == NONE:
        if known_rank(state, atom, node) < 1:
            return atom
        return _without_units(state, atom, node)
    axes = axes_of(state, axis, known_rank(state, atom, node), node)
    return state.op(node, "squeeze", atom, static=(axes,))


def _without_units(state: State, atom: Atom, node: ast.Call) -> Atom:
    """Return an array without the axes that are known to have length one.

    That another one has, too, is not known before it runs: the result has its dimensions.
    """
    axes = state.units.get(atom.name, frozenset()) if isinstance(atom, Var) else frozenset()
    if not axes:
        hint = "write the axes: squeeze(axis=0), or index them: x[0]"
        state.fail(node, "E403", "which axes squeeze() removes is not known here", hint)
    for axis in {*range(known_rank(state, atom, node))} - axes:
        extent = state.op(node, "shape", atom, static=(axis,))
        message = f"squeeze() removes axis {axis}, too, here: write squeeze(axis=...)"
        check_not(state, "eq", extent, 1, message, node)
    return state.op(node, "squeeze", atom, static=(tuple(sorted(axes)),))


def expanded(state: State, atom: Atom, axes: tuple[int, ...], node: Node) -> Atom:
    """Return an array with new axes of length one; a number becomes an array."""
    if not axes:
        return atom
    if known_rank(state, atom, node) == 0:
        return state.op(node, "broadcast_to", atom, *(Const(1) for _ in axes))
    return state.op(node, "expand_dims", atom, static=(axes,))


NEW_AXES = {(0, 1): (0,), (0, 2): (0, 1), (1, 2): (0,), (0, 3): (0, 1, 2), (1, 3): (0, 2)}
"""Where NumPy adds axes to an array of so many dimensions, to have so many."""


def at_least(state: State, atom: Atom, rank: int, node: Node) -> Atom:
    """Return an array that has at least so many dimensions."""
    have = known_rank(state, atom, node)
    if have >= rank:
        return atom
    return expanded(state, atom, NEW_AXES.get((have, rank), (have,)), node)


def _atleast(rank: int) -> Handler:
    def handler(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
        if arguments.named or not arguments.positional:
            state.fail(node, "E403", "arrays are needed", "pass them by position")
        atoms = (as_array(state, item, node) for item in arguments.positional)
        found = tuple(at_least(state, atom, rank, node) for atom in atoms)
        return found[0] if len(found) == 1 else TupleOf(found)

    return handler


def _broadcast_arrays(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    atoms = [as_array(state, item, node) for item in arguments.positional]
    if arguments.named or not atoms:
        state.fail(node, "E403", "arrays are needed", "pass them by position")
    model: Atom = Const(value=False)
    for atom in atoms:
        model = state.op(node, "ne", atom, model) if model != Const(value=False) else atom
    state.hold(model)
    rank = known_rank(state, model, node)
    shape = tuple(state.op(node, "shape", model, static=(k,)) for k in range(rank))
    return TupleOf(tuple(state.op(node, "broadcast_to", atom, *shape) for atom in atoms))


def _take(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    source, indices, axis, out, mode = taken(state, arguments, node, "a indices axis out mode", 2)
    if (out is not None and out != NONE) or mode is not None:
        state.fail(node, "E403", "'out' and 'mode' of take() are not supported", "index the array")
    atom = as_array(state, source, node)
    where = as_array(state, indices, node)
    if axis is None or axis == NONE:
        atom, at = flat(state, atom, node), 0
    else:
        rank = known_rank(state, atom, node)
        at = normal_axis(state, fixed_int(state, axis, node, "an axis"), rank, node)
    assert isinstance(atom, Var)
    found = state.temporary(Load(atom, (*[Slice()] * at, where)), node)
    is_view = state.rank(where) == 0 and state.rank(found)
    return state.op(node, "copy", found) if is_view else found


def _broadcast_to(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    source, shape = taken(state, arguments, node, "array shape", 2)
    extents = extents_of(state, shape or NONE, node)
    return state.op(node, "broadcast_to", as_array(state, source, node), *extents)


def _reshape(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    source, shape = taken(state, _with_tuple(arguments), node, "a shape", 2)
    atom = as_array(state, source, node)
    extents = list(extents_of(state, shape or NONE, node))
    if extents.count(Const(-1)) > 1:
        state.fail(node, "E403", "only one extent may be -1", "write the others out")
    is_all = extents == [Const(-1)]
    if any(may_be_negative(state, extent) for extent in extents):
        size = state.op(node, "size", atom) if state.rank(atom) else Const(1)
        extents = [
            _given(state, size, k, extents, node) if may_be_negative(state, extent) else extent
            for k, extent in enumerate(extents)
        ]
    if known_rank(state, atom, node) == 0:
        if any(extent != Const(1) for extent in extents):
            hint = "give it the extents 1, or use np.full"
            state.fail(node, "E503", "a number cannot be reshaped to an array", hint)
        return state.op(node, "broadcast_to", atom, *extents)
    if not extents:
        state.fail(node, "E208", "an array without dimensions is not supported", "write x[0]")
    if isinstance(atom, Var) and state.rank(atom) == 1 and len(extents) == 1:
        if not is_all:
            given = Arguments((atom, *extents), {})
            library_call(state, library.FUNCTIONS["check_size"], given, node)
        return state.temporary(Load(atom, (Slice(),)), node)
    return _reshaped(state, atom, extents, node)


def _given(state: State, size: Atom, k: int, extents: list[Atom], node: ast.Call) -> Atom:
    """Return one extent of a shape: what the others leave for it, if it is -1."""
    extent, *others = extents[k], *extents[:k], *extents[k + 1 :]
    rest: Atom = Const(1)
    for other in others:
        rest = other if rest == Const(1) else state.op(node, "mul", rest, other)
    if isinstance(extent, Const):
        return _missing(state, size, rest, node)
    given = Arguments((size, extent, rest), {})
    found = library_call(state, library.FUNCTIONS["given_extent"], given, node)
    assert isinstance(found, Var | Const)
    return found


def _missing(state: State, size: Atom, rest: Atom, node: ast.Call) -> Atom:
    """Return the extent for -1, where the others make up `rest` elements."""
    match rest:
        case Const(value=1):
            return size
        case Const(value=number) if number != 0:
            return state.op(node, "floordiv", size, rest)
        case _:
            given = Arguments((size, rest), {})
            found = library_call(state, library.FUNCTIONS["missing_extent"], given, node)
            assert isinstance(found, Var | Const)
            return found


def _reshaped(state: State, atom: Atom, extents: list[Atom], node: ast.Call) -> Atom:
    """Return a copy that stands for a view: in the user's code neither may be written."""
    result = state.op(node, "empty", atom, *extents, static=("like",))
    state.hold(result)
    given = Arguments((atom, result), {})
    library_call(state, library.FUNCTIONS["reshaped"], given, node)
    if state.frame.at is None:
        state.op(node, "same_memory", result, atom)
    return result


def _ravel(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    (source,) = taken(state, arguments, node, "a", 1)
    return flat(state, as_array(state, source, node), node)


def _flatten(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    """Return `x.flatten()`, always a copy."""
    (source,) = taken(state, arguments, node, "a", 1)
    atom = as_array(state, source, node)
    result = state.op(node, "empty", atom, state.op(node, "size", atom), static=("like",))
    state.hold(result)
    library_call(state, library.FUNCTIONS["reshaped"], Arguments((atom, result), {}), node)
    return result


def flat(state: State, atom: Atom, node: ast.Call) -> Atom:
    """Return the elements of an array in a row: a view, of a strided row a copy."""
    if state.rank(atom) == 1 and state.frame.at is None:
        return _reshaped(state, atom, [state.op(node, "size", atom)], node)
    found = _reshape(state, Arguments((atom, Const(-1)), {}), node)
    assert isinstance(found, Var | Const)
    return found


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
    "flatten": ("", _flatten),
    "take": ("np.take", _take),
    "rollaxis": ("np.rollaxis", _rollaxis),
    "matrix_transpose": ("np.matrix_transpose", _matrix_transpose),
    "atleast_1d": ("np.atleast_1d", _atleast(1)),
    "atleast_2d": ("np.atleast_2d", _atleast(2)),
    "atleast_3d": ("np.atleast_3d", _atleast(3)),
    "broadcast_arrays": ("np.broadcast_arrays", _broadcast_arrays),
}
"""Handlers of NumPy functions, by name, with their spelling."""
