"""Arrays that are items of a list that changes.

    values.append(a)             start[n] = used; extent[n] = len(a); n += 1
                                 for i in range(len(a)): data[used + i] = a[i]
                                 used += len(a)
    b = values[k]                b = np.empty(extent[k])
                                 for i in range(extent[k]): b[i] = data[start[k] + i]

All elements of all items stand in one buffer, one item after the other; where an item begins,
and its extents, stand in others. What an item was stays there when it is taken away. An item
is a copy then, both in the list and where it is read. Where that would be seen, since the array
that was appended, or one that was read, is written afterwards, the program is refused
(`passes.arrays.memory`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from srcad.frontend.names.meaning import Meaning, PiecesOf, TupleOf
from srcad.frontend.names.state import Node, State
from srcad.ir.nodes import Accum, Atom, Const, For, If, Let, Load, Raise, Store, Var

Elements = Callable[[Atom, tuple[Var, ...]], None]


def new_pieces(state: State, rank: int) -> PiecesOf:
    """Return the buffers of a list of arrays, which the list makes."""

    def name(base: str, ndim: int) -> Var:
        found = Var(state.names.fresh(base))
        state.ranks[found.name] = ndim
        return found

    places = tuple(name(base, 1) for base in ("starts", *["extents"] * rank))
    return PiecesOf(name("items", 1), name("used", 0), TupleOf(places))


def stored(state: State, pieces: PiecesOf, array: Var, node: Node) -> tuple[Atom, ...]:
    """Write the elements of an array behind those of all others; return where it is."""
    rank = state.rank(array)
    if rank != len(pieces.places.items) - 1:
        hint = "use two lists"
        state.fail(node, "E501", "the items of the list are arrays of different dimensions", hint)
    extents = _extents(state, array, node)
    start = state.temporary(pieces.used, node)
    state.hold(start)

    def element(at: Atom, index: tuple[Var, ...]) -> None:
        value = state.temporary(Load(array, index), node)
        state.emit(Store(pieces.data, (at,), value, state.span(node)), node)

    _over_elements(state, start, extents, element, node)
    size = _product(state, extents, node)
    state.emit(Accum(pieces.used, None, size, state.span(node)), node)
    state.op(node, "same_memory", pieces.data, array, static=("item",))
    return (start, *extents)


def loaded(state: State, pieces: PiecesOf, places: Sequence[Meaning], node: Node) -> Var:
    """Return the array that is at a place."""
    atoms = [place for place in places if isinstance(place, Var | Const)]
    start, *extents = atoms
    result = state.op(node, "empty", pieces.data, *extents, static=("like",))
    assert isinstance(result, Var)
    state.hold(result)
    fill(state, pieces, result, (start, *extents), node)
    state.op(node, "same_memory", result, pieces.data, static=("piece",))
    return result


def fill(
    state: State,
    pieces: PiecesOf,
    result: Var,
    places: Sequence[Atom],
    node: Node,
    first: tuple[Atom, ...] = (),
    skipped: Atom | None = None,
) -> None:
    """Write the elements of an item to `result[first]`, or to its rows from `skipped` on."""
    start, *extents = places

    def element(at: Atom, index: tuple[Var, ...]) -> None:
        value = state.temporary(Load(pieces.data, (at,)), node)
        own: tuple[Atom, ...] = index
        if skipped is not None:
            own = (state.op(node, "add", skipped, index[0]), *index[1:])
        state.emit(Store(result, (*first, *own), value, state.span(node)), node)

    _over_elements(state, start, extents, element, node)


def stacked(
    state: State, pieces: PiecesOf, count: Atom, at: Callable[[Atom], Sequence[Atom]], node: Node
) -> Var:
    """Return one array of all items, which must have one shape. at: the places of an item."""
    empty = state.op(node, "le", count, Const(0))
    _fail_if(state, empty, "an array of no arrays", node)
    _, *extents = at(Const(0))
    for extent in extents:
        state.hold(extent)
    result = state.op(node, "empty", pieces.data, count, *extents, static=("like",))
    assert isinstance(result, Var)
    state.hold(result)
    with _counted(state, count, node) as counter:
        places = at(counter)
        for own, extent in zip(places[1:], extents, strict=True):
            different = state.op(node, "ne", own, extent)
            _fail_if(state, different, "the arrays of the list must have one shape", node)
        fill(state, pieces, result, places, node, first=(counter,))
    return result


def joined(
    state: State, pieces: PiecesOf, count: Atom, at: Callable[[Atom], Sequence[Atom]], node: Node
) -> Var:
    """Return the rows of all items, one item behind the other."""
    empty = state.op(node, "le", count, Const(0))
    _fail_if(state, empty, "need at least one array to concatenate", node)
    _, _, *extents = at(Const(0))
    for extent in extents:
        state.hold(extent)
    rows = _counter(state, "rows", node)
    with _counted(state, count, node) as counter:
        _, own_rows, *own = at(counter)
        for one, extent in zip(own, extents, strict=True):
            different = state.op(node, "ne", one, extent)
            _fail_if(state, different, "the arrays of the list must have the same columns", node)
        state.emit(Accum(rows, None, own_rows, state.span(node)), node)
    result = state.op(node, "empty", pieces.data, rows, *extents, static=("like",))
    assert isinstance(result, Var)
    state.hold(result)
    done = _counter(state, "done", node)
    with _counted(state, count, node) as counter:
        places = at(counter)
        fill(state, pieces, result, places, node, skipped=done)
        state.emit(Accum(done, None, places[1], state.span(node)), node)
    return result


# Writing ---------------------------------------------------------------------------------


def _extents(state: State, array: Var, node: Node) -> tuple[Var, ...]:
    found = []
    for axis in range(state.rank(array) or 0):
        found.append(state.op(node, "shape", array, static=(axis,)))
        state.hold(found[-1])
    return tuple(found)


def _product(state: State, extents: Sequence[Atom], node: Node) -> Atom:
    size = extents[0]
    for extent in extents[1:]:
        size = state.op(node, "mul", size, extent)
    return size


def _over_elements(
    state: State, start: Atom, extents: Sequence[Atom], element: Elements, node: Node
) -> None:
    """Write loops over the elements of an item, which begins at `start`."""
    index = tuple(_new_counter(state) for _ in extents)

    def nest(k: int) -> None:
        if k == len(index):
            at: Atom = index[0]
            for part, extent in zip(index[1:], extents[1:], strict=True):
                at = state.op(node, "add", state.op(node, "mul", at, extent), part)
            element(state.op(node, "add", start, at), index)
            return
        with state.block() as block:
            nest(k + 1)
        loop = For(index[k], Const(0), extents[k], Const(1), tuple(block), None, state.span(node))
        state.emit(loop, node)

    nest(0)


@contextmanager
def _counted(state: State, count: Atom, node: Node) -> Iterator[Var]:
    """Write a loop over the items of a list around what follows."""
    counter = _new_counter(state)
    with state.block() as block:
        yield counter
    loop = For(counter, Const(0), count, Const(1), tuple(block), None, state.span(node))
    state.emit(loop, node)


def _new_counter(state: State) -> Var:
    counter = Var(state.names.fresh("i"))
    state.ranks[counter.name] = 0
    return counter


def _counter(state: State, base: str, node: Node) -> Var:
    """Write a number that starts at 0."""
    found = Var(state.names.fresh(base))
    state.ranks[found.name] = 0
    state.emit(Let(found, Const(0), state.span(node)), node)
    return found


def _fail_if(state: State, wrong: Atom, message: str, node: Node) -> None:
    """Write what raises ValueError where `wrong` is true."""
    failure = Raise(ValueError, (message,), state.span(node))
    state.emit(If(wrong, (failure,), (), state.span(node)), node)
