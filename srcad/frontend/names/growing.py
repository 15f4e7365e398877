"""Lists that are changed: buffers with a length.

    values = []                  n = 0; buffer = np.empty(...)
    values.append(v)             buffer[n] = v; n += 1
    w = values.pop()             if n <= 0: raise IndexError; n -= 1; w = buffer[n]
    values[k]                    if not -n <= k < n: raise IndexError; buffer[k]

An item is a number, or a tuple of numbers: each of these has a buffer. Or it is an array
(`names.pieces`). What the items are is
known from the first one, and the dtype of a buffer from all that is stored in it
(`types.list_types`). A buffer is as long as it has to be (`passes.loop_arrays.growing`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from srcad.frontend.names.meaning import (
    Cell,
    GrowingOf,
    ListOf,
    Meaning,
    PiecesOf,
    TupleOf,
    noun,
)
from srcad.frontend.names.pieces import joined, loaded, new_pieces, stacked, stored
from srcad.frontend.names.state import Node, State
from srcad.frontend.types.list_types import OPEN
from srcad.ir.nodes import Accum, Atom, Const, For, If, Let, Load, Op, Raise, Stmt, Store, Var
from srcad.ir.walk import map_blocks, statements


def new_list(state: State, node: Node, size: Atom | None = None) -> GrowingOf:
    """Write what makes an empty list; its buffers have room for `size` items."""
    count = Var(state.names.fresh("count"))
    state.ranks[count.name] = 0
    start = Let(count, Const(0), state.span(node))
    state.emit(start, node)
    cell = Cell(count, start, size or Const(0), state.loops)
    state.cells.append(cell)
    return GrowingOf(cell)


def growing(state: State, meaning: Meaning, node: Node) -> Meaning:
    """Return a list that was just made as one that can be changed."""
    match meaning:
        case TupleOf(items=items, is_list=True):
            if not all(_is_item(state, item) for item in items):
                return meaning
            found = new_list(state, node, Const(len(items)))
            for k, item in enumerate(items):
                _put(state, found.cell, Const(k), item, node)
            if items:
                state.emit(Accum(found.cell.count, None, Const(len(items)), state.span(node)), node)
            return found
        case ListOf(array=array) if state.rank(array) == 1:
            size = state.op(node, "len", array)
            state.hold(size)
            found = new_list(state, node, size)
            extend(state, found, array, size, node)
            return found
        case _:
            return meaning


def _is_item(state: State, meaning: Meaning) -> bool:
    match meaning:
        case Var() | Const():
            return state.rank(meaning) is not None
        case TupleOf(items=items, is_list=False):
            return not any(_is_array(state, item) for item in items) and all(
                _is_item(state, item) for item in items
            )
        case _:
            return False


def _is_array(state: State, meaning: Meaning) -> bool:
    return isinstance(meaning, Var) and state.rank(meaning) != 0


def extend(state: State, owner: GrowingOf, array: Var, size: Atom, node: Node) -> None:
    """Write what appends `size` items of an array."""
    counter = Var(state.names.fresh("i"))
    state.ranks[counter.name] = 0
    with state.block() as block:
        append(state, owner, state.temporary(Load(array, (counter,)), node), node)
    span = state.span(node)
    state.emit(For(counter, Const(0), size, Const(1), tuple(block), None, span), node)


def append(state: State, owner: GrowingOf, item: Meaning, node: Node) -> None:
    """Write what appends an item."""
    _put(state, owner.cell, owner.cell.count, item, node)
    resize(state, owner, 1, node)


def resize(state: State, owner: GrowingOf, change: int, node: Node) -> None:
    """Write what makes a list longer, or shorter."""
    owner.cell.changes += 1
    state.emit(Accum(owner.cell.count, None, Const(change), state.span(node)), node)


def put(state: State, owner: GrowingOf, at: Atom, item: Meaning, node: Node) -> None:
    """Write what assigns an item."""
    _put(state, owner.cell, at, item, node)


def _put(state: State, cell: Cell, at: Atom, item: Meaning, node: Node) -> None:
    described(state, GrowingOf(cell), item, node)
    assert cell.items is not None
    _store(state, cell.items, at, item, node)


def described(state: State, owner: GrowingOf, item: Meaning, node: Node) -> None:
    """Make known what the items of a list are like, from one of them."""
    if not _is_item(state, item):
        what = "an array" if isinstance(item, Var) and state.rank(item) else noun(item)
        hint = "keep numbers, tuples of numbers, or arrays in lists that change; or fill an array"
        state.fail(node, "E202", f"{what} cannot be an item of a list that changes", hint)
    if owner.cell.items is None:
        owner.cell.items = _buffers(state, item)


def _buffers(state: State, item: Meaning) -> Meaning | PiecesOf:
    """Return an item with buffers in place of its numbers."""
    if isinstance(item, Var) and (rank := state.rank(item)):
        return new_pieces(state, rank)
    if isinstance(item, TupleOf):
        parts = [_buffers(state, part) for part in item.items]
        return replace(item, items=tuple(p for p in parts if not isinstance(p, PiecesOf)))
    buffer = Var(state.names.fresh("items"))
    state.ranks[buffer.name] = 1
    return buffer


def _store(state: State, buffers: Meaning | PiecesOf, at: Atom, item: Meaning, node: Node) -> None:
    match buffers, item:
        case PiecesOf(places=places), Var() as array if state.rank(array):
            _store(state, places, at, TupleOf(stored(state, buffers, array, node)), node)
        case Var() as buffer, (Var() | Const()) as value if not state.rank(value):
            state.emit(Store(buffer, (at,), value, state.span(node)), node)
        case TupleOf(items=parts), TupleOf(items=values) if len(parts) == len(values):
            for part, inner in zip(parts, values, strict=True):
                _store(state, part, at, inner, node)
        case _:
            hint = "use two lists"
            state.fail(node, "E501", "the items of the list are different kinds of things", hint)


def item_at(state: State, owner: GrowingOf, at: Atom, node: Node) -> Meaning:
    """Return the item at a place that is inside."""
    return _loaded(state, known_items(state, owner, node), at, node)


def known_items(state: State, owner: GrowingOf, node: Node) -> Meaning | PiecesOf:
    """Return the buffers of a list. Reports a list whose items are not known yet."""
    if owner.cell.items is None:
        hint = "append the first item above, before a loop reads it"
        state.fail(node, "E505", "what the items of this list are is not known here", hint)
    return owner.cell.items


def _loaded(state: State, buffers: Meaning | PiecesOf, at: Atom, node: Node) -> Meaning:
    if isinstance(buffers, PiecesOf):
        return loaded(state, buffers, _places(state, buffers, at, node), node)
    if isinstance(buffers, TupleOf):
        parts = tuple(_loaded(state, part, at, node) for part in buffers.items)
        return replace(buffers, items=parts)
    assert isinstance(buffers, Var)
    found = state.temporary(Load(buffers, (at,)), node)
    state.hold(found)
    return found


def _places(state: State, pieces: PiecesOf, at: Atom, node: Node) -> tuple[Atom, ...]:
    """Return where an array of a list begins, and its extents."""
    found = _loaded(state, pieces.places, at, node)
    assert isinstance(found, TupleOf)
    return tuple(atom for atom in found.items if isinstance(atom, Var | Const))


def place(
    state: State, owner: GrowingOf, index: Atom, node: Node, message: str = "list index"
) -> Atom:
    """Return where an index is in the buffers; write the test that it is inside."""
    count = owner.cell.count
    wrong: Atom
    if isinstance(index, Const):
        if type(index.value) is not int:
            state.fail(node, "E504", "an index must be an integer", "use int(...) or //")
        at: Atom = index if index.value >= 0 else state.op(node, "add", count, index)
        wrong = (
            state.op(node, "le", count, index)
            if index.value >= 0
            else state.op(node, "lt", at, Const(0))
        )
    else:
        is_negative = state.op(node, "lt", index, Const(0))
        from_end = state.op(node, "add", index, count)
        at = state.op(node, "select", is_negative, from_end, index)
        low, high = state.op(node, "lt", at, Const(0)), state.op(node, "ge", at, count)
        wrong = state.op(node, "or", low, high)
    state.hold(at)
    check(state, wrong, f"{message} out of range", node)
    return at


def check(state: State, wrong: Atom, message: str, node: Node) -> None:
    """Write what raises IndexError where `wrong` is true."""
    failure = Raise(IndexError, (message,), state.span(node))
    state.emit(If(wrong, (failure,), (), state.span(node)), node)


def length(state: State, owner: GrowingOf, node: Node) -> Var:
    """Return how many items a list has now."""
    found = state.temporary(owner.cell.count, node)
    state.hold(found)
    return found


def as_one(state: State, owner: GrowingOf, node: Node) -> Var | None:
    """Return the rows of all items, one item behind the other; None if they are no arrays."""
    pieces = known_items(state, owner, node)
    if not isinstance(pieces, PiecesOf):
        return None
    size = length(state, owner, node)
    return joined(state, pieces, size, lambda at: _places(state, pieces, at, node), node)


def as_array(state: State, owner: GrowingOf, node: Node) -> Var:
    """Return a new array of the items, which are numbers or arrays."""
    buffer = known_items(state, owner, node)
    if isinstance(buffer, PiecesOf):
        pieces, size = buffer, length(state, owner, node)
        return stacked(state, pieces, size, lambda at: _places(state, pieces, at, node), node)
    if not isinstance(buffer, Var):
        hint = "use one list for each of their numbers"
        state.fail(node, "E202", "a list of tuples that changes is no array", hint)
    size = length(state, owner, node)
    result = state.op(node, "empty", buffer, size, static=("like",))
    state.hold(result)
    counter = Var(state.names.fresh("i"))
    state.ranks[counter.name] = 0
    with state.block() as block:
        value = state.temporary(Load(buffer, (counter,)), node)
        state.emit(Store(result, (counter,), value, state.span(node)), node)
    span = state.span(node)
    state.emit(For(counter, Const(0), size, Const(1), tuple(block), None, span), node)
    return result


def as_list(state: State, owner: GrowingOf, node: Node) -> ListOf:
    """Return a new list of the same items; arrays among them are none that may be written."""
    array = as_array(state, owner, node)
    if isinstance(owner.cell.items, PiecesOf):
        state.op(node, "same_memory", array, owner.cell.items.data, static=("piece",))
    return ListOf(array)


def made_in(state: State, body: Iterable[Stmt]) -> set[str]:
    """Return the buffers of the lists that are made somewhere in these statements."""
    starts = {id(stmt) for stmt in statements(tuple(body))}
    cells = [c for c in state.cells if id(c.start) in starts and c.items is not None]
    return {buffer.name for cell in cells for buffer in _leaves(cell.items)}


def with_buffers(state: State, body: list[Stmt]) -> tuple[Stmt, ...]:
    """Return the statements of a function with what makes the buffers of its lists."""
    made = {id(cell.start): cell for cell in state.cells if cell.items is not None}
    if not made:
        return tuple(body)

    def block(stmts: tuple[Stmt, ...]) -> tuple[Stmt, ...]:
        out: list[Stmt] = []
        for stmt in stmts:
            out.append(map_blocks(stmt, block))
            cell = made.get(id(stmt))
            if cell is not None:
                room = Var(state.names.fresh("room"))
                out.append(Let(room, Op("list_extent", (cell.size,)), cell.start.span))
                if isinstance(cell.items, PiecesOf):
                    out.append(Let(cell.items.used, Const(0), cell.start.span))
                known = _leaves(cell.items.places) if isinstance(cell.items, PiecesOf) else []
                for buffer in _leaves(cell.items):
                    empty = Op("empty", (room,), ("int64",) if buffer in known else ("int64", OPEN))
                    out.append(Let(buffer, empty, cell.start.span))
        return tuple(out)

    return block(tuple(body))


def _leaves(items: Meaning | PiecesOf | None) -> list[Var]:
    if isinstance(items, PiecesOf):
        return [items.data, *_leaves(items.places)]
    if isinstance(items, TupleOf):
        return [leaf for part in items.items for leaf in _leaves(part)]
    assert isinstance(items, Var)
    return [items]
