"""What a run of statements reads, writes and adds to, and when two runs may be swapped.

Array names count by alias class (`of`). Additions of ours commute with each other: another
order changes rounding only. Those of the user stay in their order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import assert_never

from srcad.ir import nodes as ir
from srcad.ir.known import once
from srcad.ir.primitives import EXTENTS
from srcad.ir.types import Array
from srcad.ir.walk import atoms, blocks, operands, reads, targets

AliasOf = Callable[[str], str]


@dataclass(slots=True)
class Effects:
    """Names (and alias classes) read, written, and accumulated into.

    ordered: those of `adds` that an addition of the user's goes to.
    asks: names of arrays of which only the extents are read, which are there as soon as the
    name is bound. binds: the names that are. raises: whether an exception may be raised.
    trusts: whether something is right only where the exceptions before it were not raised:
    elements, new arrays, calls, and loops that go on until a test fails.
    """

    reads: set[str] = field(default_factory=set)
    writes: set[str] = field(default_factory=set)
    adds: set[str] = field(default_factory=set)
    ordered: set[str] = field(default_factory=set)
    asks: set[str] = field(default_factory=set)
    binds: set[str] = field(default_factory=set)
    raises: bool = False
    trusts: bool = False

    def update(self, other: Effects) -> None:
        """Add the effects of other statements."""
        self.reads |= other.reads
        self.writes |= other.writes
        self.binds |= other.binds
        if other.adds:
            self.adds |= other.adds
            self.ordered |= other.ordered
        if other.asks:
            self.asks |= other.asks
        self.raises |= other.raises
        self.trusts |= other.trusts

    def conflicts(self, other: Effects) -> bool:
        """Return whether exchanging the two may change a result."""
        return not (
            self.writes.isdisjoint(other.reads)
            and self.writes.isdisjoint(other.writes)
            and self.writes.isdisjoint(other.adds)
            and self.reads.isdisjoint(other.writes)
            and self.reads.isdisjoint(other.adds)
            and self.adds.isdisjoint(other.reads)
            and self.adds.isdisjoint(other.writes)
            and self.adds.isdisjoint(other.ordered)
            and self.ordered.isdisjoint(other.adds)
            and self.asks.isdisjoint(other.binds)
            and self.binds.isdisjoint(other.asks)
        )


def effects(block: Iterable[ir.Stmt], of: AliasOf) -> Effects:
    """Return the effects of statements, nested ones included."""
    found = Effects()
    for stmt in block:
        found.update(_by_name(stmt))
    found.reads = set(map(of, found.reads))
    found.writes = set(map(of, found.writes))
    found.adds = set(map(of, found.adds))
    found.ordered = set(map(of, found.ordered))
    return found


@once
def _by_name(stmt: ir.Stmt) -> Effects:
    """Return the effects of a statement, nested ones included, where all names are themselves."""
    if type(stmt) is ir.Let and not (isinstance(stmt.value, ir.Op) and stmt.value.prim in EXTENTS):
        bound = {stmt.target.name}  # most statements
        return Effects(set(reads(stmt)), bound, binds=bound, trusts=_trusts(stmt))
    found = Effects()
    for block in blocks(stmt):
        for inner in block:
            found.update(_by_name(inner))
    found.binds.update(t.name for t in targets(stmt))
    found.raises |= isinstance(stmt, ir.Raise)
    found.trusts |= _trusts(stmt)
    if isinstance(stmt, ir.Let) and isinstance(stmt.value, ir.Op) and stmt.value.prim in EXTENTS:
        found.asks.update(a.name for a in stmt.value.args if isinstance(a, ir.Var))
        found.writes.add(stmt.target.name)
        return found
    for part in operands(stmt):
        found.reads.update(a.name for a in atoms(part) if type(a) is ir.Var)
    match stmt:
        case ir.Accum(target=target, any_order=any_order):
            found.adds.add(target.name)
            if not any_order:
                found.ordered.add(target.name)
        case ir.Store(array=array):
            found.writes.add(array.name)
        case ir.Save(slot=slot) | ir.Restore(slot=slot):
            found.writes |= {slot.name} | {t.name for t in targets(stmt)}
        case ir.For(until=until, var=var):
            found.writes.add(var.name)
            if until is not None:
                found.reads.add(until.name)
        case _:
            found.writes |= {t.name for t in targets(stmt)}
    return found


def _trusts(stmt: ir.Stmt) -> bool:
    """Return whether a statement itself relies on the exceptions before it."""
    match stmt:
        case ir.Let(target=target, value=value):
            return isinstance(value, ir.Load) or isinstance(target.type, Array)
        case ir.Accum(index=index):
            return index is not None
        case ir.For() | ir.If() | ir.Save() | ir.Restore():
            return False
        case ir.Store() | ir.Call() | ir.While() | ir.Raise():
            return True
        case _:
            assert_never(stmt)


def exposed_reads(block: Iterable[ir.Stmt]) -> set[str]:
    """Return the names that `block` may read before it assigns them itself.

    To write an element of an array is to read the name of the array.
    """
    exposed: set[str] = set()
    _exposed(tuple(block), set(), exposed)
    return exposed


def _exposed(block: ir.Block, defined: set[str], exposed: set[str]) -> set[str]:
    for stmt in block:
        if not isinstance(stmt, ir.While):
            exposed |= _read(stmt) - defined
        match stmt:
            case ir.Store(array=array) | ir.Accum(target=array, index=tuple()):
                exposed |= {array.name} - defined
            case ir.If(then=then, orelse=orelse):
                first = _exposed(then, set(defined), exposed)
                defined |= first & _exposed(orelse, set(defined), exposed)
            case ir.For(var=var, body=body, until=until):
                left = _exposed(body, defined | {var.name}, exposed)
                exposed |= ({until.name} if until else set()) - left
            case ir.While(cond_body=head, body=body):
                defined = _exposed(head, set(defined), exposed)
                exposed |= _read(stmt) - defined
                _exposed(body, set(defined), exposed)
            case ir.Accum():
                pass
            case _:
                defined |= {t.name for t in targets(stmt)}
    return defined


def _read(stmt: ir.Stmt) -> set[str]:
    """Return the names in the operands of a statement."""
    return {a.name for part in operands(stmt) for a in atoms(part) if isinstance(a, ir.Var)}
