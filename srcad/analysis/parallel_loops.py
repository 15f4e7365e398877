"""Which loops may run in several threads, and what proves that?

The iterations of such a loop hand nothing to each other. What an iteration writes is one of

- its own elements: some index of every access to the array is the loop's own;
- memory of its own: made in the iteration, filled in it before it is read, or full of zeros
  whenever an iteration begins;
- sums: what the loop adds to, and does not read. Every block of iterations then has sums of its
  own, which are added up in the order of the blocks.

Sums of the user's keep their order, unless the loop is written as a `prange`. A name that the loop
assigns and something after it reads, or that an iteration reads before it assigns it, goes from
one iteration to the next.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from srcad.analysis.aliasing import Aliases, aliasing
from srcad.analysis.effects import exposed_reads
from srcad.analysis.extents import extents_in
from srcad.analysis.floors import Floors
from srcad.analysis.kinds import kinds
from srcad.analysis.overlap import NEW_ARRAY
from srcad.analysis.private import is_cleared, private_arrays
from srcad.analysis.values import values
from srcad.ir import nodes as ir
from srcad.ir.known import once
from srcad.ir.names import is_temporary
from srcad.ir.primitives import EXTENTS, LIKES, MAKERS
from srcad.ir.types import FLOATS, Array, Scalar
from srcad.ir.walk import (
    assigned,
    atoms,
    call_leaves,
    map_block,
    mentioned,
    operands,
    statements,
    targets,
)
from srcad.rules.linalg import gives_new_memory

NEW = EXTENTS | LIKES | MAKERS | {"copy"}
"""What may be done with whole arrays: all else that reads or writes them is left serial."""

NUMBERS = {*FLOATS, "int64"}


@dataclass(frozen=True, slots=True)
class Parallel:
    """The proof that a loop may run in blocks.

    own: arrays of which every iteration writes its own elements. private: those that every
    iteration fills before it reads them. cleared: those that it leaves full of zeros, as it
    finds them. added: those that are added to. sums: numbers that are.
    """

    own: tuple[str, ...] = ()
    private: tuple[str, ...] = ()
    cleared: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    sums: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Serial:
    """What keeps a loop serial, and where that stands."""

    why: str
    span: ir.Span | None


def loops_in(function: ir.Function) -> Iterator[tuple[ir.For, Parallel | Serial]]:
    """Yield each loop and what is found about it; the loops inside parallel ones are left out."""
    after = {atom.name for atom in function.returns if isinstance(atom, ir.Var)}
    yield from _in_block(function.body, after, _Facts(function))


def _in_block(
    block: ir.Block, after: set[str], facts: _Facts
) -> Iterator[tuple[ir.For, Parallel | Serial]]:
    """Yield the loops of a block. after: names that may be read when it is over."""
    for k, stmt in enumerate(block):
        if not isinstance(stmt, ir.For | ir.While | ir.If):
            continue
        later = exposed_reads(block[k + 1 :]) | after
        match stmt:
            case ir.If(then=then, orelse=orelse):
                for inner in (then, orelse):
                    yield from _in_block(inner, later, facts)
            case ir.While(cond_body=head, body=body):
                again = later | exposed_reads((stmt,))
                yield from _in_block(head, again | exposed_reads(body), facts)
                yield from _in_block(body, again, facts)
            case ir.For(body=body, until=until):
                found = _proof(stmt, later, facts)
                yield stmt, found
                if isinstance(found, Serial):
                    again = later | exposed_reads(body) | ({until.name} if until else set())
                    yield from _in_block(body, again, facts)


class _Facts:
    """What is known about the names of a function, found when it is asked for."""

    def __init__(self, function: ir.Function) -> None:
        self.function = function

    @cached_property
    def classes(self) -> Aliases:
        return _classes(self.function)

    @cached_property
    def floors(self) -> Floors:
        return Floors(self.function)

    def is_number(self, name: str) -> bool:
        return isinstance(kinds(self.function).get(name), Scalar)

    def adds_up(self, name: str) -> bool:
        """Return whether sums of these may be cut."""
        kind = kinds(self.function).get(name)
        return isinstance(kind, Scalar | Array) and kind.dtype in NUMBERS

    def may_cut(self, stmt: ir.Accum, loop: ir.For) -> bool:
        """Return whether the sum that a loop makes may be added up in parts."""
        kind = kinds(self.function).get(stmt.target.name)
        is_exact = isinstance(kind, Scalar | Array) and kind.dtype == "int64"
        return stmt.any_order or loop.commutes or is_exact

    def private(self, loop: ir.For) -> set[str]:
        function = self.function
        return private_arrays(
            loop, values(function), self.classes, extents_in(function), shapes=True
        )


def _classes(function: ir.Function) -> Aliases:
    """Return the classes of names that may share memory, results of calls and views included."""
    classes, types = aliasing(function), kinds(function)
    for stmt in statements(function.body):
        match stmt:
            case ir.Let(target=target, value=ir.Op(prim=prim, args=args)) if prim not in NEW_ARRAY:
                found: list[object] = [target, *args]
            case ir.Call(function=called, args=given) if not gives_new_memory(called):
                found = [*call_leaves(given), *stmt.targets]
            case _:
                continue
        variables = [atom for atom in found if isinstance(atom, ir.Var)]
        arrays = [v.name for v in variables if not isinstance(types.get(v.name), Scalar)]
        if isinstance(stmt, ir.Let) and isinstance(types.get(stmt.target.name), Scalar):
            continue
        for name in arrays[1:]:
            classes.join(arrays[0], name)
    return classes


def _proof(loop: ir.For, after: set[str], facts: _Facts) -> Parallel | Serial:
    """Return why a loop is parallel, or what prevents that. after: names read after the loop."""
    if loop.until is not None:
        return Serial("it may end early", loop.span)
    if not isinstance(loop.step, ir.Const) or not loop.step.value:
        return Serial("its step is not a literal", loop.span)
    body = statements(loop.body)
    for stmt in body:
        if (why := _foreign(stmt, facts)) is not None:
            return Serial(why, stmt.span)
    sums = _sums(loop, body, facts)
    exposed, bound = exposed_reads(_with_sums_read(loop.body)), assigned(loop.body)
    for name in sorted((bound - sums - {loop.var.name}) & (exposed | after)):
        stmt = next(s for s in body if any(t.name == name for t in targets(s)))
        what = "a value" if is_temporary(name) else f"'{name}'"
        if name not in exposed:
            return Serial(f"the last iteration's {what} is read after it", stmt.span)
        if isinstance(stmt, ir.Accum):
            return Serial(f"{what} is added up in the user's order", stmt.span)
        return Serial(f"{what} goes from one iteration to the next", stmt.span)
    found = _arrays(loop, body, exposed, facts)
    if isinstance(found, Serial):
        return found
    own, private, cleared, added = found
    return Parallel(own, private, cleared, added, tuple(sorted(sums)))


@once
def _sum_read(stmt: ir.Stmt) -> ir.Stmt:
    """Return `s = s + value` for `s += value`."""
    if isinstance(stmt, ir.Accum) and stmt.index is None:
        return ir.Let(stmt.target, ir.Op("add", (stmt.target, stmt.value)), stmt.span)
    return stmt


def _with_sums_read(block: ir.Block) -> ir.Block:
    """Return a block in which sums of numbers read what they add to."""
    return map_block(block, _sum_read)


def _foreign(stmt: ir.Stmt, facts: _Facts) -> str | None:
    """Return what a statement does that threads may not."""
    match stmt:
        case ir.Call(name=name):
            return f"it calls '{name.partition('(')[0]}'"
        case ir.Save() | ir.Restore():
            return "it keeps values on a stack that grows"
        case ir.Let(value=ir.Op(prim=prim, args=args)) if prim not in NEW:
            if all(not isinstance(a, ir.Var) or facts.is_number(a.name) for a in args):
                return None
            return "it works on a whole array"
        case _:
            return None


def _sums(loop: ir.For, body: list[ir.Stmt], facts: _Facts) -> set[str]:
    """Return the numbers that the loop adds to and does nothing else with."""
    added = [s for s in body if isinstance(s, ir.Accum) and s.index is None]
    found = {s.target.name for s in added if facts.adds_up(s.target.name)}
    found -= {s.target.name for s in added if not facts.may_cut(s, loop)}
    for stmt in body:
        read = {a.name for part in operands(stmt) for a in atoms(part) if isinstance(a, ir.Var)}
        if isinstance(stmt, ir.Accum):
            found -= read
        else:
            found -= mentioned(stmt)
    return found


def _arrays(
    loop: ir.For, body: list[ir.Stmt], exposed: set[str], facts: _Facts
) -> tuple[tuple[str, ...], ...] | Serial:
    """Return the arrays that a loop writes: own elements, filled, cleared, added to."""
    of = facts.classes.of
    own, private, cleared, added = [], [], [], []
    touching: dict[str, list[tuple[ir.Stmt, str]]] = {}
    written: dict[str, ir.Stmt] = {}
    for stmt in body:
        for name in mentioned(stmt):
            touching.setdefault(of(name), []).append((stmt, name))
        match stmt:
            case ir.Store(array=array):
                written.setdefault(of(array.name), stmt)
            case ir.Accum(target=array, index=tuple()):
                written.setdefault(of(array.name), stmt)
            case _:
                pass
    filled: set[str] | None = None
    for kind, stmt in written.items():
        members = {name for _, name in touching[kind]}
        outside = sorted(members & exposed)
        if not outside:
            continue  # made in the iteration
        if _is_own(loop, touching[kind], exposed, facts):
            own += outside
            continue
        if len(members) == 1:
            if all(_only_adds(s, loop, facts) for s, _ in touching[kind]) and facts.adds_up(
                outside[0]
            ):
                added += outside
                continue
            filled = facts.private(loop) if filled is None else filled
            if kind in filled:
                private += outside
                continue
            if is_cleared(loop, outside[0], facts.function, facts.classes):
                cleared += outside
                continue
        what = "an array" if is_temporary(outside[0]) else f"'{outside[0]}'"
        return Serial(f"iterations may meet in elements of {what}", stmt.span)
    return tuple(own), tuple(private), tuple(cleared), tuple(added)


def _is_own(
    loop: ir.For, touching: list[tuple[ir.Stmt, str]], exposed: set[str], facts: _Facts
) -> bool:
    """Return whether one dimension of every access to an array is the loop's index.

    A literal may be added to it, or the first index taken from it, the same in all accesses. The
    sum must surely not change its sign: -1 and 2 are the same element of three.
    """
    offsets = _offsets(loop, exposed)
    dims: set[tuple[int, int | str]] | None = None
    for stmt, name in touching:
        match stmt:
            case ir.Let(value=ir.Load(array=array, index=index)) if array.name == name:
                pass
            case ir.Store(array=array, index=index) if array.name == name:
                pass
            case ir.Accum(target=array, index=tuple() as index) if array.name == name:
                pass
            case ir.Let(value=ir.Op(prim=prim)) if prim in EXTENTS | LIKES:
                continue
            case _:
                return False
        here = {
            (k, offsets[part.name])
            for k, part in enumerate(index)
            if isinstance(part, ir.Var) and part.name in offsets
        }
        dims = here if dims is None else dims & here
    if not dims or len({name for _, name in touching}) != 1:
        return False
    return any(
        isinstance(offset, str) or facts.floors.one_sided(loop, offset) for _, offset in dims
    )


def _offsets(loop: ir.For, exposed: set[str]) -> dict[str, int | str]:
    """Return the names that hold the loop's index plus a literal, or less its first value."""
    index, start = loop.var.name, loop.start
    first = start.name if isinstance(start, ir.Var) else None
    rises = isinstance(loop.step, ir.Const) and loop.step.value > 0
    body = statements(loop.body)
    bound = Counter(t.name for stmt in body for t in targets(stmt))
    found: dict[str, int | str] = {index: 0}
    for stmt in body:
        if not isinstance(stmt, ir.Let) or bound[stmt.target.name] != 1:
            continue
        if stmt.target.name in exposed or not isinstance(stmt.value, ir.Op):
            continue
        match stmt.value:
            case ir.Op("add", (ir.Var(name=base), ir.Const(value=int(more)))) if base == index:
                found[stmt.target.name] = int(more)
            case ir.Op("sub", (ir.Var(name=base), ir.Const(value=int(less)))) if base == index:
                found[stmt.target.name] = -int(less)
            case ir.Op("sub", (ir.Var(name=base), ir.Var(name=less))) if (
                base == index and less == first and rises and not bound[less]
            ):
                found[stmt.target.name] = less
            case _:
                pass
    return found


def _only_adds(stmt: ir.Stmt, loop: ir.For, facts: _Facts) -> bool:
    """Return whether a statement does no more with an array than to add to its elements."""
    match stmt:
        case ir.Accum(index=tuple()):
            return facts.may_cut(stmt, loop)
        case ir.Let(value=ir.Op(prim=prim)):
            return prim in EXTENTS
        case _:
            return False
