"""What a loop adds to the element of its next iteration is added there, with that one's own.

Before                              After
    x_bar = np.zeros_like(x)            x_bar = np.empty_like(x)
    n = x.size                          n = x.size
    m = n - 1                           m = n - 1
    for i in range(m):                  held = 0.0
        x_bar[i] += t                   for i in range(m):
        x_bar[i + 1] += w                   x_bar[i] = t + held
                                            held = w
                                        if n > 0:
                                            x_bar[m] = held

Two additions to neighbours read and write each element twice, and each has to wait for the one
before; added together, an element is touched once, and the loop can become vectors. Legal for
additions of ours (`Accum.any_order`), made in every iteration, to elements whose indices are the
same but for the loop's own, which are one step apart, where the loop touches nothing else that
may be the array. What the last iteration adds is added behind the loop, if it runs. Where
nothing was done to an array of zeros before, and its elements are those of the loop and one
more, they are set rather than added to. On entry and on exit: flat IR.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from srcad.analysis.extents import extents_in
from srcad.analysis.mentions import mentioned_inside
from srcad.analysis.overlap import overlap_in
from srcad.ir import nodes as ir
from srcad.ir.known import updated
from srcad.ir.names import NameSupply
from srcad.ir.types import FLOATS, INT, Array, Scalar
from srcad.ir.walk import assigned, map_blocks, mentioned, statements
from srcad.passes.building.emitter import Emitter
from srcad.passes.cleaning.dead import remove_dead


@dataclass(frozen=True, slots=True)
class _Pair:
    """Additions to one array: `own` to an element, `ahead` to that of the next iteration.

    axis: where the index of the loop is. offset: what is added to it in the index of `own`.
    """

    own: ir.Accum
    ahead: ir.Accum
    axis: int
    offset: int

    @property
    def array(self) -> ir.Var:
        return self.own.target


def pass_on(function: ir.Function) -> ir.Function:
    """Return `function` with additions to the next iteration's elements made by that one."""
    if not any(isinstance(s, ir.Accum) and s.any_order for s in statements(function.body)):
        return function
    return _PassOn(function).function()


class _PassOn:
    def __init__(self, function: ir.Function) -> None:
        self.given = function
        self.overlap = overlap_in(function)
        self.extents = extents_in(function)
        self.supply = NameSupply.of(function)
        self.has_changed = False

    def function(self) -> ir.Function:
        body = self.block(self.given.body)
        return remove_dead(updated(self.given, body=body)) if self.has_changed else self.given

    def block(self, block: ir.Block) -> ir.Block:
        out: list[ir.Stmt] = []
        for stmt in block:
            if isinstance(stmt, ir.For) and (pairs := self.pairs(stmt)):
                self.has_changed = True
                self.loop(stmt, pairs, out)
            else:
                out.append(map_blocks(stmt, self.block))
        return tuple(out)

    def pairs(self, loop: ir.For) -> list[_Pair]:
        """Return the additions of an innermost loop that may wait, by array."""
        changed = assigned(loop.body)
        if loop.until is not None or _step(loop) == 0 or {*_names(loop.start, loop.stop)} & changed:
            return []
        inner = statements(loop.body)
        if any(isinstance(s, ir.For | ir.While) for s in inner):
            return []
        found = []
        for name in dict.fromkeys(s.target.name for s in loop.body if isinstance(s, ir.Accum)):
            touching = [s for s in inner if self.touches(s, name)]
            match touching:
                case [ir.Accum() as first, ir.Accum() as second]:
                    pair = self.pair(loop, first, second) or self.pair(loop, second, first)
                    found += [pair] if pair is not None else []
        return found

    def touches(self, stmt: ir.Stmt, name: str) -> bool:
        """Return whether a statement itself mentions what may be an array."""
        return any(
            other == name or self.overlap.may_overlap(name, other) for other in mentioned(stmt)
        )

    def has_type(self, atom: ir.Atom, kind: Scalar) -> bool:
        known = self.overlap.type_of.get(atom.name) if isinstance(atom, ir.Var) else atom.type
        return known == kind

    def pair(self, loop: ir.For, own: ir.Accum, ahead: ir.Accum) -> _Pair | None:
        """Return two additions, if the second is to the element of the next iteration."""
        kind = own.target.type
        if not (own.any_order and ahead.any_order and own in loop.body and ahead in loop.body):
            return None
        if own.target != ahead.target or not isinstance(kind, Array) or kind.dtype not in FLOATS:
            return None
        if not all(self.has_type(stmt.value, Scalar(kind.dtype)) for stmt in (own, ahead)):
            return None
        changed = assigned(loop.body) | {loop.var.name}
        found: tuple[int, int] | None = None
        assert own.index is not None
        assert ahead.index is not None
        for axis, (a, b) in enumerate(zip(own.index, ahead.index, strict=True)):
            if isinstance(a, ir.Slice) or isinstance(b, ir.Slice):
                return None
            if a == b and not {*_names(a)} & changed:
                continue
            here, there = self.offset(loop, own, a), self.offset(loop, ahead, b)
            if here is None or there != here + _step(loop) or found is not None:
                return None
            found = axis, here
        return None if found is None else _Pair(own, ahead, *found)

    def offset(self, loop: ir.For, stmt: ir.Stmt, atom: ir.Atom) -> int | None:
        """Return the literal that is added to the loop's index, None for any other number."""
        offset = 0
        while isinstance(atom, ir.Var) and atom.name != loop.var.name:
            match self.extents.operation(stmt, atom):
                case made, ir.Op("add", (other, ir.Const(value=int(number)))):
                    offset += number
                case made, ir.Op("add", (ir.Const(value=int(number)), other)):
                    offset += number
                case made, ir.Op("sub", (other, ir.Const(value=int(number)))):
                    offset -= number
                case _:
                    return None
            if made not in loop.body:
                return None
            stmt, atom = made, other
        return offset if isinstance(atom, ir.Var) else None

    def loop(self, loop: ir.For, pairs: list[_Pair], out: list[ir.Stmt]) -> None:
        """Append a loop whose additions wait for the next iteration, and what is left at last."""
        emit = Emitter(self.supply, out, loop.span)
        changes: dict[ir.Stmt, ir.Block] = {}
        ends: list[ir.Stmt] = []
        late: list[ir.Stmt] = []
        for pair in pairs:
            count = self.count(loop, pair, out)
            held = ir.Var(self.supply.fresh("held"), _element(pair.array))
            emit.let(held, ir.Const(0.0, held.type))
            ahead, own = pair.ahead, pair.own
            total = ir.Var(self.supply.temporary(), held.type)
            together = ir.Let(total, ir.Op("add", (own.value, held)), own.span)
            if loop.body.index(own) < loop.body.index(ahead):
                changes[ahead] = (ir.Let(held, ahead.value, ahead.span),)
            else:
                kept = ir.Var(self.supply.temporary(), held.type)
                changes[ahead] = (ir.Let(kept, ahead.value, ahead.span),)
                ends.append(ir.Let(held, kept, ahead.span))
            changes[own] = (together, _written(own, own.index, total, is_set=count is not None))
            last: list[ir.Stmt] = []
            index = list(own.index or ())
            index[pair.axis] = _moved(loop.stop, pair.offset, Emitter(self.supply, last, own.span))
            last.append(_written(ahead, tuple(index), held, is_set=count is not None))
            where = Emitter(self.supply, late, loop.span)
            runs = (
                where.op("gt", count, ir.Const(0))
                if count is not None
                else where.op("lt" if _step(loop) > 0 else "gt", loop.start, loop.stop)
            )
            late.append(ir.If(runs, tuple(last), (), loop.span))
        body = tuple(new for stmt in loop.body for new in changes.get(stmt, (stmt,)))
        out += [replace(loop, body=(*body, *ends)), *late]

    def count(self, loop: ir.For, pair: _Pair, out: list[ir.Stmt]) -> ir.Atom | None:
        """Return the extent of an array of zeros that need not be any; make it without them.

        out: what is before the loop.
        """
        name = pair.array.name
        before = [k for k, s in enumerate(out) if name in mentioned_inside(s)]
        match loop.start, loop.step, pair.own.index:
            case ir.Const(value=0), ir.Const(value=1), (_,) if before and pair.offset == 0:
                let = out[before[-1]]
            case _:
                return None
        match let:
            case ir.Let(target=made, value=ir.Op(prim="zeros" | "zeros_like" as prim) as op):
                if made.name != name or op.static == ("like",):
                    return None
            case _:
                return None
        count = self.one_more(loop)
        if count is None or self.extents.extents(let, 1) != [self.extents.number(*count)]:
            return None
        empty = replace(op, prim=prim.replace("zeros", "empty"))
        out[before[-1]] = replace(let, value=empty)
        return count[1]

    def one_more(self, loop: ir.For) -> tuple[ir.Stmt, ir.Atom] | None:
        """Return n of a loop to n - 1, or to max(n - 1, 0)."""
        found = self.extents.operation(loop, loop.stop)
        match found:
            case made, ir.Op("max", (ir.Var() as bound, ir.Const(value=0))):
                found = self.extents.operation(made, bound)
        match found:
            case made, ir.Op("sub", (ir.Var(name=name) as count, ir.Const(value=1))) if (
                name in self.extents.once
            ):
                return made, count
        return None


def _written(stmt: ir.Accum, index: ir.Index | None, value: ir.Atom, *, is_set: bool) -> ir.Stmt:
    """Return the addition of a value to an element, or what sets it."""
    if is_set:
        return ir.Store(stmt.target, index or (), value, stmt.span)
    return replace(stmt, index=index, value=value)


def _moved(stop: ir.Atom, offset: int, emit: Emitter) -> ir.Atom:
    """Return a bound plus a literal."""
    if isinstance(stop, ir.Const):
        return ir.Const(int(stop.value) + offset, stop.type)
    if offset == 0:
        return stop
    prim, number = ("add", offset) if offset > 0 else ("sub", -offset)
    target = ir.Var(emit.supply.temporary(), INT)
    return emit.let(target, ir.Op(prim, (stop, ir.Const(number, INT))))


def _element(array: ir.Var) -> Scalar:
    assert isinstance(array.type, Array)
    return Scalar(array.type.dtype)


def _step(loop: ir.For) -> int:
    """Return 1 or -1, or 0 for any other step."""
    match loop.step:
        case ir.Const(value=1 | -1 as step):
            return int(step)
        case _:
            return 0


def _names(*found: ir.Atom | ir.Slice) -> set[str]:
    return {atom.name for atom in found if isinstance(atom, ir.Var)}
