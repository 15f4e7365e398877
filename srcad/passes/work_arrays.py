"""Work arrays: not filled with zeros that are overwritten, not made again in a loop.

Before                              After
    for k in range(steps):              t_bar = np.empty(n)
        t_bar = np.zeros(n)             for k in range(steps):
        for i in range(n):                  for i in range(n):
            t_bar[i] += u_bar[i]                t_bar[i] = u_bar[i]
        ...                                 ...

The first thing that happens to an array of zeros is often that a nest of loops adds to
every element once. An array that lives within one iteration and has no other name can be
the same one in every iteration. On entry and on exit: flat IR.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass, replace

from srcad.analysis.overlap import Overlap
from srcad.ir import nodes as ir
from srcad.ir.names import NameSupply
from srcad.ir.walk import (
    assigned,
    map_block,
    map_blocks,
    param_vars,
    reads,
    statements,
    targets,
)
from srcad.passes.emitter import Emitter

SAME_SHAPE = ("copy", "zeros_like", "empty_like", "ones_like")
NOT_NEGATIVE = ("shape", "size", "len", "max")


def work_arrays(function: ir.Function) -> ir.Function:
    """Return `function` with work arrays made once, and not filled in vain."""
    facts = _Facts.of(function)
    function = replace(function, body=_overwritten(function.body, facts))
    return replace(function, body=_Outwards(function, facts).block(function.body))


# Facts ------------------------------------------------------------------------------


@dataclass(slots=True)
class _Facts:
    """Bindings of the names that are bound once, and the names that never change."""

    value_of: dict[str, ir.Value]
    constant: set[str]

    @classmethod
    def of(cls, function: ir.Function) -> _Facts:
        counts = Counter(t.name for s in statements(function.body) for t in targets(s))
        params = {v.name for v in param_vars(function.params)}
        once = {
            s.target.name: s.value
            for s in statements(function.body)
            if isinstance(s, ir.Let) and counts[s.target.name] == 1 and s.target.name not in params
        }
        constant = {name for name in params if not counts[name]}
        constant |= {s.target.name for s in function.body if isinstance(s, ir.Let)} & once.keys()
        return cls(once, constant)

    def extents(self, op: ir.Op) -> list[Hashable]:
        """Return the extents of a new array, by what they are equal to."""
        if op.prim in SAME_SHAPE:
            model = op.args[0]
            ndim = getattr(model.type, "ndim", 0)
            assert isinstance(model, ir.Var)
            return [self.size(model, axis) for axis in range(ndim)]
        return [self.number(arg) for arg in op.args if not hasattr(arg.type, "ndim")]

    def size(self, array: ir.Var, axis: int) -> Hashable:
        """Return what one extent of an array is equal to."""
        match self.value_of.get(array.name):
            case ir.Var() as other if other.name in self.constant:
                return self.size(other, axis)
            case ir.Op(prim=prim, args=(ir.Var() as other, *_)) if (
                prim in SAME_SHAPE and other.name in self.constant
            ):
                return self.size(other, axis)
            case ir.Op(prim="empty" | "zeros" | "ones", args=args, static=static) if (
                array.name in self.constant and static != ("like",)
            ):
                return self.number(args[axis])
        return ("shape", array.name, axis) if array.name in self.constant else object()

    def number(self, atom: ir.Atom) -> Hashable:
        """Return what an integer is equal to."""
        if isinstance(atom, ir.Const):
            return atom.value
        match self.value_of.get(atom.name):
            case ir.Op(prim="shape", args=(ir.Var() as array,), static=(int(axis),)):
                if array.name in self.constant:
                    return self.size(array, axis)
            case ir.Var() as other if other.name in self.constant:
                return self.number(other)
        return atom.name if atom.name in self.value_of else object()


def _mentions(stmt: ir.Stmt, name: str) -> bool:
    return any(name in _mentioned(s) for s in statements((stmt,)))


# Zeros ------------------------------------------------------------------------------


def _overwritten(block: ir.Block, facts: _Facts) -> ir.Block:
    """Return a block with zeros that are added to at once left out."""
    out = [map_blocks(stmt, lambda inner: _overwritten(inner, facts)) for stmt in block]
    for p, stmt in enumerate(out):
        match stmt:
            case ir.Let(target=target, value=ir.Op(prim="zeros" | "zeros_like" as prim) as op):
                pass
            case _:
                continue
        if target.name not in facts.value_of or op.static == ("like",):
            continue
        q = next((k for k in range(p + 1, len(out)) if _mentions(out[k], target.name)), None)
        if q is None or not isinstance(loop := out[q], ir.For):
            continue
        accum = _covering(loop, target.name, facts.extents(op), facts)
        if accum is None or assigned(tuple(out[p:q])) & _bounds(loop):
            continue
        out[p] = replace(stmt, value=replace(op, prim=prim.replace("zeros", "empty")))
        store = ir.Store(accum.target, accum.index or (), accum.value, accum.span)
        (out[q],) = map_block((loop,), lambda s, a=accum, new=store: new if s is a else s)  # type: ignore[misc]
    return tuple(out)


def _bounds(loop: ir.For) -> set[str]:
    """Return the names in the bounds of the loops of a nest."""
    loops = [s for s in statements((loop,)) if isinstance(s, ir.For)]
    found = {a.name for s in loops for a in (s.start, s.stop) if isinstance(a, ir.Var)}
    return found - assigned((loop,))


def _covering(loop: ir.For, name: str, extents: list[Hashable], facts: _Facts) -> ir.Accum | None:
    """Return the only mention of an array in a nest, if it adds to every element once."""
    runs_to: dict[str, Hashable] = {}
    stmt: ir.Stmt = loop
    while isinstance(stmt, ir.For):
        stop = _full_range(stmt, facts)
        if stop is None:
            return None
        runs_to[stmt.var.name] = stop
        inside = [s for s in stmt.body if _mentions(s, name)]
        if len(inside) != 1:
            return None
        stmt = inside[0]
    if not isinstance(stmt, ir.Accum) or stmt.index is None or stmt.target.name != name:
        return None
    if any(isinstance(p, ir.Slice) for p in stmt.index) or name in _names(stmt.value):
        return None
    found = [p.name if isinstance(p, ir.Var) else "" for p in stmt.index]
    if sorted(found) != sorted(runs_to) or len(found) != len(extents):
        return None
    return stmt if [runs_to[n] for n in found] == extents else None


def _names(atom: ir.Atom) -> set[str]:
    return {atom.name} if isinstance(atom, ir.Var) else set()


def _full_range(loop: ir.For, facts: _Facts) -> Hashable | None:
    """Return n for a loop over 0, 1, ..., n - 1 in this or the opposite order."""
    match loop:
        case ir.For(until=None, start=ir.Const(value=0), step=ir.Const(value=1), stop=stop):
            return facts.number(stop)
        case ir.For(until=None, start=ir.Var() as last, step=ir.Const(-1), stop=ir.Const(-1)):
            match facts.value_of.get(last.name):
                case ir.Op("sub", (count, ir.Const(value=1))):
                    return facts.number(count)
    return None


# Out of loops -----------------------------------------------------------------------


class _Outwards:
    """Moves the making of work arrays out of the loops that they live in."""

    def __init__(self, function: ir.Function, facts: _Facts) -> None:
        self.overlap = Overlap(function)
        self.facts = facts
        self.supply = NameSupply.of(function)
        returned = {a.name for a in function.returns if isinstance(a, ir.Var)}
        passed = {n for s in statements(function.body) if isinstance(s, ir.Call) for n in reads(s)}
        self.seen = returned | passed
        self.inside: dict[str, int] = Counter(
            name for s in statements(function.body) for name in _mentioned(s)
        )

    def block(self, block: ir.Block) -> ir.Block:
        """Return a block whose loops make no work arrays that they need not make."""
        out: list[ir.Stmt] = []
        for stmt in block:
            new = map_blocks(stmt, self.block)
            if isinstance(new, ir.For | ir.While):
                moved = [s for s in new.body if isinstance(s, ir.Let) and self.may_move(s, new)]
                emit = Emitter(self.supply, out, new.span)
                for let in moved:
                    self.move(let, emit)
                if moved:
                    new = replace(new, body=tuple(s for s in new.body if s not in moved))
            out.append(new)
        return tuple(out)

    def may_move(self, let: ir.Let, loop: ir.For | ir.While) -> bool:
        """Return whether an iteration makes a work array for itself alone."""
        name = let.target.name
        match let.value:
            case ir.Op(prim="empty" | "empty_like", static=static, args=args):
                if static == ("like",) or _arguments(args) & assigned((loop,)):
                    return False
            case _:
                return False
        if name not in self.facts.value_of or name in self.seen or not self.overlap.is_alone(name):
            return False
        after = statements(loop.body[loop.body.index(let) :])
        return sum(name in _mentioned(s) for s in after) == self.inside[name]

    def move(self, let: ir.Let, emit: Emitter) -> None:
        """Append the making of a work array before the loop, which may not run."""
        op = let.value
        assert isinstance(op, ir.Op)
        if op.prim == "empty":
            args = tuple(self.not_negative(arg, emit) for arg in op.args)
            op = replace(op, args=args)
        emit.out.append(replace(let, value=op))

    def not_negative(self, atom: ir.Atom, emit: Emitter) -> ir.Atom:
        """Return an extent that is valid even where the loop does not run."""
        if isinstance(atom, ir.Const):
            return atom
        match self.facts.value_of.get(atom.name):
            case ir.Op(prim=prim) if prim in NOT_NEGATIVE:
                return atom
        return emit.op("max", atom, ir.Const(0))


def _arguments(args: tuple[ir.Atom, ...]) -> set[str]:
    return {name for arg in args for name in _names(arg)}


def _mentioned(stmt: ir.Stmt) -> set[str]:
    """Return the names that a statement itself reads, writes or binds."""
    return reads(stmt) | {t.name for t in targets(stmt)}
