"""Buffers of lists, and their adjoints and tangents, grow when a place is asked for.

Before                              After
    room = list_extent(0)               room = list_extent(0)
    items = np.empty(room)              items = np.empty(room)
    items_bar = np.zeros_like(items)    items_bar = np.zeros_like(items)
    for i in range(n):                  for i in range(n):
        items[i] = x[i]                     items = grown_list(items, i)
    ...                                     items[i] = x[i]
    x_bar[i] += items_bar[i]            ...
                                            items_bar = grown_list(items_bar, i)
                                            x_bar[i] += items_bar[i]

Until here, such an array is as long as it has to be, with zeros behind what was written: no
pass may ask for its length. All accesses are elements by one number, or the whole array set to
one number; nothing else names its memory. Where something does, the program is refused. A loop
over the places of a buffer that it does not make asks for the last one before it begins.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from functools import partial

from srcad.errors import NotDifferentiable, Problem
from srcad.ir import nodes as ir
from srcad.ir.names import NameSupply
from srcad.ir.primitives import LIKES, MAKERS
from srcad.ir.types import Array
from srcad.ir.walk import atoms, map_blocks, operands, reads, statements, targets
from srcad.passes.building.emitter import Emitter

NEW = MAKERS | LIKES | {"copy", "cleared"}
EXTENT = "list_extent"


def grow_lists(function: ir.Function) -> ir.Function:
    """Return `function` with buffers that have the places that are asked for."""
    rooms = _rooms(function)
    if not rooms:
        return function
    lists = _lists(function, rooms)
    for stmt in statements(function.body):
        if not _is_plain(stmt, rooms, lists):
            hint = "fill an array of a known length, or keep the list in one loop"
            message = "the derivative by this use of a list that changes is not supported"
            raise NotDifferentiable.from_problems([Problem("E206", message, hint, stmt.span)])

    supply = NameSupply.of(function)

    def block(stmts: ir.Block, done: Collection[ir.Stmt] = ()) -> ir.Block:
        out: list[ir.Stmt] = []
        for stmt in stmts:
            access = _access(stmt, lists) if stmt not in done else None
            if access is not None:
                array, at = access
                out.append(ir.Let(array, ir.Op("grown_list", (array, at)), stmt.span))
            inner = _one_by_one(stmt, lists)
            if isinstance(stmt, ir.For) and inner:
                emit = Emitter(supply, out, stmt.span)
                is_up = isinstance(stmt.step, ir.Const) and stmt.step.value == 1
                last = emit.op("sub", stmt.stop, ir.Const(1)) if is_up else stmt.start
                arrays = [a[0] for s in inner if (a := _access(s, lists)) is not None]
                for array in dict.fromkeys(arrays):
                    emit.let(array, ir.Op("grown_list", (array, last)))
            out.append(map_blocks(stmt, partial(block, done=inner)))
        return tuple(out)

    return replace(function, body=block(function.body))


def _one_by_one(stmt: ir.Stmt, lists: set[str]) -> list[ir.Stmt]:
    """Return the statements of a loop that ask for the place of its number, each time it runs.

    The loop runs to its end: it asks for all places up to the last one, which can be made before.
    """
    match stmt:
        case ir.For(var=var, until=None, step=ir.Const(value=1 | -1), body=body):
            pass
        case _:
            return []
    made = {t.name for s in statements(body) for t in targets(s)}
    asked = [(s, _access(s, lists)) for s in body]
    return [s for s, at in asked if at is not None and at[1] == var and at[0].name not in made]


def has_lists(function: ir.Function) -> bool:
    """Return whether a program has lists that change."""
    return bool(_rooms(function))


def _rooms(function: ir.Function) -> set[str]:
    """Return the names of the extents of buffers."""
    found: set[str] = set()
    for stmt in statements(function.body):
        match stmt:
            case ir.Let(target=target, value=ir.Op(prim=prim)) if prim == EXTENT:
                found.add(target.name)
    while True:
        more = {
            stmt.target.name
            for stmt in statements(function.body)
            if isinstance(stmt, ir.Let)
            and isinstance(stmt.value, ir.Var)
            and stmt.value.name in found
        }
        if more <= found:
            return found
        found |= more


def _lists(function: ir.Function, rooms: set[str]) -> set[str]:
    """Return the names of buffers, and of arrays that are made like them."""
    found: set[str] = set()
    while True:
        before = len(found)
        for stmt in statements(function.body):
            match stmt:
                case ir.Let(target=target, value=ir.Op(prim=prim, args=args)) if (
                    prim in NEW and isinstance(target.type, Array)
                ):
                    names = {a.name for a in args if isinstance(a, ir.Var)}
                    is_like = prim not in MAKERS and isinstance(args[0], ir.Var)
                    if names & rooms or (is_like and args[0].name in found):  # type: ignore[union-attr]
                        found.add(target.name)
        if len(found) == before:
            return found


def _is_plain(stmt: ir.Stmt, rooms: set[str], lists: set[str]) -> bool:
    """Return whether a statement asks for elements of buffers, and for no lengths."""
    match stmt:
        case ir.Let(target=target, value=ir.Op(prim=prim)) if prim in NEW:
            return target.name in lists or reads(stmt).isdisjoint(rooms | lists)
        case ir.Let(value=ir.Op(prim=prim)) if prim == EXTENT:
            return True
        case ir.Let(value=ir.Var(name=name)) if name in rooms:
            return True
        case ir.Let(value=ir.Op(prim="lt", args=(ir.Var(name=name), ir.Const(value=0)))) if (
            name in rooms  # where a buffer was left out, whether its length is negative is asked
        ):
            return True
        case ir.Let(value=ir.Load(array=array, index=index)) if array.name in lists:
            return _is_element(index)
        case ir.Store(array=array, index=index, value=value) if array.name in lists:
            return not _is_array(value) and (index == (ir.Slice(),) or _is_element(index))
        case ir.Accum(target=array, index=tuple() as index) if array.name in lists:
            return _is_element(index)
        case ir.For() | ir.While() | ir.If():
            used = {a.name for part in operands(stmt) for a in atoms(part) if isinstance(a, ir.Var)}
            return used.isdisjoint(rooms | lists)
        case _:
            return (reads(stmt) | {t.name for t in targets(stmt)}).isdisjoint(rooms | lists)


def _is_element(index: ir.Index) -> bool:
    return len(index) == 1 and not isinstance(index[0], ir.Slice) and not _is_array(index[0])


def _is_array(atom: ir.Atom) -> bool:
    return isinstance(atom, ir.Var) and isinstance(atom.type, Array)


def _access(stmt: ir.Stmt, lists: set[str]) -> tuple[ir.Var, ir.Atom] | None:
    """Return the buffer and the place that a statement asks for."""
    match stmt:
        case (
            ir.Let(value=ir.Load(array=array, index=(part,)))
            | ir.Store(array=array, index=(part,))
            | ir.Accum(target=array, index=(part,))
        ) if array.name in lists and not isinstance(part, ir.Slice):
            return array, part
        case _:
            return None
