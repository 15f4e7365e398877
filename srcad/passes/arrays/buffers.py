"""Which array names may have one buffer for all the values that they take?

    for k in range(n):                  for k in range(n):
        u = u + dt * f(u)       ->          for i in range(m):
                                                u[i] = u[i] + dt * f(u[i])

NumPy makes a new array each time. Writing into the old one is the same if nobody else
holds it: other names for it are read before the next write only, or are made copies where
no statement of the program writes to any of them.
"""

from __future__ import annotations

from dataclasses import replace

from srcad.analysis.overlap import overlap_in
from srcad.ir import nodes as ir
from srcad.ir.names import NameSupply
from srcad.ir.types import Array
from srcad.ir.walk import (
    assigned,
    bindings,
    blocks,
    map_block,
    param_vars,
    reads,
    rename,
    statements,
    targets,
)
from srcad.passes.arrays.plan import Plan, is_gather
from srcad.passes.arrays.trees import is_array
from srcad.rules.linalg import gives_new_memory
from srcad.rules.wholes import VIEWS


def owned_parameters(function: ir.Function, *, copied: bool = True) -> ir.Function:
    """Return `function` with parameters that are assigned again copied at its start.

    copied: else they only get another name, as those that are written do.
    """
    bound = {var.name for stmt in statements(function.body) for var in targets(stmt)}
    supply = NameSupply.of(function)
    new: dict[str, ir.Var] = {}
    start: list[ir.Stmt] = []
    for var in param_vars(function.params):
        if var.name in bound and isinstance(var.type, Array):
            is_written = not copied or _is_written(function.body, {var.name})
            type_ = var.type if is_written else Array(var.type.dtype, var.type.ndim)
            new[var.name] = ir.Var(supply.fresh(var.name), type_)
            value = var if is_written else ir.Op("copy", (var,))
            start.append(ir.Let(new[var.name], value, function.span))
    if not new:
        return function
    returns = tuple(
        new.get(atom.name, atom) if isinstance(atom, ir.Var) else atom for atom in function.returns
    )
    body = (*start, *rename(function.body, new))
    return replace(function, body=body, returns=returns)


class Buffers:
    """`names` may have one buffer each; `copied` are the bindings that must copy."""

    def __init__(self, function: ir.Function, plan: Plan) -> None:
        self.overlap = overlap_in(function)
        self.deferred = plan.deferred
        self.defs = bindings(function)
        self.types: dict[str, object] = {}
        self.place: dict[ir.Stmt, tuple[ir.Block, int]] = {}
        self.holders: dict[str, list[ir.Let]] = {}
        self.where_read: dict[str, list[ir.Stmt]] = {}
        self.passed: list[tuple[ir.Stmt, tuple[str, str]]] = []
        self.returned = {a.name for a in function.returns if isinstance(a, ir.Var)}
        self.loops: dict[ir.Stmt, tuple[ir.Stmt, ...]] = {}
        self.index(function.body, ())
        self.stored = _stored(function.body)
        self.written = {self.overlap.of(name) for name in self.stored}
        self.names: set[str] = set()
        self.copied: set[ir.Stmt] = set()
        for name, count in self.defs.items():
            if count > 1 and isinstance(self.types.get(name), Array):
                self.decide(name)

    def index(self, block: ir.Block, loops: tuple[ir.Stmt, ...]) -> None:
        """Note where names are bound, held and read, and in which loops."""
        for k, stmt in enumerate(block):
            self.place[stmt] = block, k
            self.loops[stmt] = loops
            for var in targets(stmt):
                self.types[var.name] = var.type if isinstance(stmt, ir.Let) else None
            for name in reads(stmt):
                self.where_read.setdefault(name, []).append(stmt)
            if isinstance(stmt, ir.Let) and is_array(stmt.target):
                self.passed += [(stmt, (stmt.target.name, name)) for name in _passed(stmt)]
            held = _held(stmt)
            if held is not None:
                assert isinstance(stmt, ir.Let)
                self.holders.setdefault(held, []).append(stmt)
            is_loop = isinstance(stmt, ir.For | ir.While)
            for inner in blocks(stmt):
                self.index(inner, (*loops, stmt) if is_loop else loops)

    def decide(self, name: str) -> None:
        """Note whether a name may have a buffer."""
        if self.is_handed_on(name):
            return
        is_written = self.overlap.of(name) in self.written
        copied: set[ir.Stmt] = set()
        for stmt in self.holders.get(name, ()):
            if stmt.target.name in self.deferred or self.is_brief(stmt, name):
                continue
            if is_written:
                return
            copied.add(stmt)
        for other in self.place:
            if isinstance(other, ir.Let) and other.target.name == name:
                source = _held(other)
                if is_written and source is not None and not self.is_last(other, source):
                    return
        self.names.add(name)
        self.copied |= copied

    def is_handed_on(self, name: str) -> bool:
        """Return whether a loop changes a copy of an array and goes on with that: `u = new`."""
        again = [
            s
            for s in self.place
            if isinstance(s, ir.Let) and s.target.name == name and self.loops[s]
        ]
        if len(again) != 1 or name in self.stored or len(self.loops[again[0]]) != 1:
            return False
        source, (loop,) = _held(again[0]), self.loops[again[0]]
        if source is None or not isinstance(again[0].value, ir.Var):
            return False
        if any(s.target.name not in self.deferred for s in self.holders.get(name, ())):
            return False
        made = [s for s in self.place if any(v.name == source for v in targets(s))]
        for stmt in made:
            match stmt:
                case ir.Let(value=ir.Op(prim="copy", args=(ir.Var(name=old),))) if old == name:
                    pass
                case _:
                    return False
        body = blocks(loop)[-1]
        return self.is_last(again[0], source) and all(s in body for s in (*made, again[0]))

    def with_copies(self, function: ir.Function) -> ir.Function:
        """Return the program with copies where a name with a buffer gets another array."""

        def one(stmt: ir.Stmt) -> ir.Stmt:
            match stmt:
                case ir.Let(target=target, value=ir.Var() as source):
                    if target.name in self.names or stmt in self.copied:
                        return ir.Let(target, ir.Op("copy", (source,)), stmt.span)
            return stmt

        return replace(function, body=map_block(function.body, one))

    def is_brief(self, stmt: ir.Let, name: str) -> bool:
        """Return whether a holder of `name` is read before `name` is assigned again only."""
        holder = stmt.target.name
        if self.defs[holder] != 1 or holder in self.returned:
            return False
        block, k = self.place[stmt]
        last = k
        for user in self.where_read.get(holder, ()):
            if user in self.holders.get(holder, ()):
                return False
            at = self.position(user, block)
            if at is None or at <= k:
                return False
            last = max(last, at)
        return name not in assigned(block[k + 1 : last + 1])

    def is_last(self, stmt: ir.Let, source: str) -> bool:
        """Return whether no name for its array is read after `stmt` has given it away.

        The array is made in the loops that `stmt` is in: another one in each iteration. An
        argument is not made here.
        """
        order = {other: k for k, other in enumerate(self.place)}
        names = self.names_beside(stmt, source)
        makers = [s for s in self.place if names & _bound(s)]
        if any(self.defs[name] != 1 for name in names) or names & self.returned:
            return False
        if any(isinstance(s, ir.Call) and not gives_new_memory(s.function) for s in makers):
            return False
        if any(self.loops[made] != self.loops[stmt] for made in makers):
            return False
        made = {name: k for k, s in enumerate(self.place) for name in _bound(s) if name in names}
        return names <= made.keys() and all(
            made[name] < order[user] <= order[stmt]
            for name in names
            for user in self.where_read.get(name, ())
        )

    def names_beside(self, stmt: ir.Let, source: str) -> set[str]:
        """Return the names that may share the memory of `source`, if `stmt` is not counted."""
        pairs = [pair for other, pair in self.passed if other is not stmt]
        names = {source}
        before = 0
        while before != len(names):
            before = len(names)
            for pair in pairs:
                if not names.isdisjoint(pair):
                    names.update(pair)
        return names

    def position(self, stmt: ir.Stmt, block: ir.Block) -> int | None:
        """Return which statement of `block` is `stmt`, or has it inside."""
        for k, outer in enumerate(block):
            if stmt is outer or any(stmt is inner for inner in statements((outer,))):
                return k
        return None


def _bound(stmt: ir.Stmt) -> set[str]:
    """Return the names that a statement itself assigns."""
    return {var.name for var in targets(stmt)}


def _held(stmt: ir.Stmt) -> str | None:
    """Return the array that a binding gives another name, whole or in part."""
    match stmt:
        case ir.Let(target=target, value=ir.Var(name=name)) if is_array(target):
            return name
        case ir.Let(target=target, value=ir.Load(array=array) as load) if is_array(target):
            return None if is_gather(load) else array.name
        case _:
            return None


def _is_written(block: ir.Block, held: set[str]) -> bool:
    """Return whether an array may be written; `held` are its names, then those at the end."""
    for stmt in block:
        match stmt:
            case ir.Let(target=target):
                (held.add if _passed(stmt) & held else held.discard)(target.name)
            case ir.Store(array=array) | ir.Accum(target=array, index=tuple()):
                if array.name in held:
                    return True
            case ir.Call(function=callee) if gives_new_memory(callee):
                held.difference_update(target.name for target in stmt.targets)
            case ir.Call():
                if held & set(reads(stmt)):
                    return True
            case ir.If(then=then, orelse=orelse):
                other = set(held)
                if _is_written(then, held) or _is_written(orelse, other):
                    return True
                held |= other
            case ir.For() | ir.While():
                before = None
                while before != held:
                    before = set(held)
                    if any(_is_written(inner, held) for inner in blocks(stmt)):
                        return True
                    held |= before
    return False


def _passed(stmt: ir.Let) -> set[str]:
    """Return the arrays whose memory the target of a binding may share."""
    match stmt.value:
        case ir.Op(prim=prim) if prim in VIEWS or prim == "select":
            return set(reads(stmt))
        case _:
            held = _held(stmt)
            return set() if held is None else {held}


def _stored(block: ir.Block) -> set[str]:
    """Return the arrays that statements of the program write to."""
    found: set[str] = set()
    for stmt in statements(block):
        match stmt:
            case ir.Store(array=array):
                found.add(array.name)
            case ir.Accum(target=array, index=tuple()):
                found.add(array.name)
    return found
