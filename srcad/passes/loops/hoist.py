"""Move what a loop does not change out of it: sizes, index arithmetic, constants.

Before                              After
    for t in range(n):                  _t0 = len(x)
        _t0 = len(x)                    _t1 = _t0 - 1
        _t1 = _t0 - 1                   for t in range(n):
        for i in range(1, _t1):             for i in range(1, _t1):
            ...                                 ...

Only sizes and scalar operations that cannot fail, of names that surely have a value before
the loop and that it does not assign, for temporaries that are assigned once, and for
integers that only the loop reads: computing one that nobody reads changes nothing. The
common extent of operands is one of them; the loop keeps the test that there is one.
With the bounds of inner loops known outside, what is stored per iteration can be reserved.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from srcad.ir import nodes as ir
from srcad.ir.known import updated
from srcad.ir.names import NameSupply, is_temporary
from srcad.ir.primitives import EXTENTS
from srcad.ir.types import BOOL, INT, Scalar
from srcad.ir.walk import assigned, bindings, map_block, param_vars, reads, statements, targets
from srcad.passes.arrays.shapes import BROADCAST
from srcad.rules.table import PRIMS, RULES

SIZES = EXTENTS | {"wider_extent", "extents_clash", "axis_step"}
UNSAFE_INTEGERS = {"div", "floordiv", "mod", "pow", "lshift", "rshift"}


def hoist(function: ir.Function) -> ir.Function:
    """Return `function` with loop-invariant sizes computed before the loops."""
    counts = bindings(function)
    once = {name for name, count in counts.items() if count == 1 and is_temporary(name)}
    body = function.body
    if any(isinstance(s, ir.For | ir.While) for s in body):
        supply = NameSupply.of(function)
        body = map_block(body, lambda stmt: _with_loose_tests(stmt, once, supply))
    returned = {atom.name for atom in function.returns if isinstance(atom, ir.Var)}
    own = {
        stmt.target.name
        for stmt in statements(body)
        if isinstance(stmt, ir.Let)
        if counts[stmt.target.name] == 1 and stmt.target.type == INT
    }
    integers = _readers(body, own - once - returned)
    given = {var.name for var in param_vars(function.params)}
    given |= {name for name, _ in function.constants}
    return updated(function, body=_Hoist(once, integers).block(body, given))


def _readers(block: ir.Block, names: set[str]) -> Counter[str]:
    """Return how many statements read each of these names."""
    return (
        Counter(name for s in statements(block) for name in reads(s) & names)
        if names
        else Counter()
    )


def _with_loose_tests(stmt: ir.Stmt, once: set[str], supply: NameSupply) -> ir.Stmt:
    """Return a loop whose common extents can be hoisted, apart from the tests."""
    if not isinstance(stmt, ir.For | ir.While):
        return stmt
    out: list[ir.Stmt] = []
    for inner in stmt.body:
        match inner:
            case ir.Let(target, ir.Op("common_extent", (a, b)), span) if target.name in once:
                clash = ir.Var(supply.temporary(), BOOL)
                once.add(clash.name)
                failure = ir.Raise(ValueError, (BROADCAST,), span)
                out.append(ir.Let(clash, ir.Op("extents_clash", (a, b)), span))
                out.append(ir.If(clash, (failure,), (), span))
                out.append(ir.Let(target, ir.Op("wider_extent", (a, b)), span))
            case _:
                out.append(inner)
    return stmt if len(out) == len(stmt.body) else updated(stmt, body=tuple(out))


@dataclass(frozen=True, slots=True)
class _Hoist:
    """once: temporaries with one value. integers: other such names, and their readers."""

    once: set[str]
    integers: Counter[str]

    def block(self, block: ir.Block, bound: set[str]) -> ir.Block:
        """Return a block with what its loops do not change before them.

        bound: the names that surely have a value where the block begins.
        """
        out: list[ir.Stmt] = []
        known = set(bound)
        for stmt in block:
            for new in self.statement(stmt, known):
                out.append(new)
                known |= _bound_by(new)
        return tuple(out)

    def statement(self, stmt: ir.Stmt, bound: set[str]) -> ir.Block:
        """Return a statement behind what is moved out of it."""
        match stmt:
            case ir.For(var=var):
                body = self.block(stmt.body, bound | {var.name})
                changed = assigned(body) | {var.name}
                moved, rest = _split(body, changed, self.movable(body), bound)
                return *moved, updated(stmt, body=rest)
            case ir.While():
                head = self.block(stmt.cond_body, bound)
                body = self.block(stmt.body, bound.union(*map(_bound_by, head)))
                changed = assigned(head) | assigned(body)
                first, head = _split(head, changed, self.once, bound)
                names = {t.name for s in first for t in targets(s)}
                changed -= names
                moved, body = _split(body, changed, self.movable(body), bound | names)
                return *first, *moved, updated(stmt, cond_body=head, body=body)
            case ir.If(then=then, orelse=orelse):
                new = self.block(then, bound), self.block(orelse, bound)
                return (updated(stmt, then=new[0], orelse=new[1]),)
            case _:
                return (stmt,)

    def movable(self, body: ir.Block) -> set[str]:
        """Return the names that may get their value before the loop with this body."""
        inside = _readers(body, set(self.integers))
        return self.once | {name for name, count in inside.items() if count == self.integers[name]}


def _bound_by(stmt: ir.Stmt) -> set[str]:
    """Return the names that surely have a value after a statement."""
    match stmt:
        case ir.If(then=then, orelse=orelse):
            ends = [block for block in (then, orelse) if not _raises(block)]
            return set.intersection(*map(_bound_in, ends)) if ends else set()
        case ir.While(cond_body=head):
            return _bound_in(head)
        case ir.For(start=ir.Const(value=a), stop=ir.Const(value=b), step=ir.Const(value=c)):
            return _bound_in(stmt.body) if range(int(a), int(b), int(c)) else set()
        case ir.For():
            return set()
        case _:
            return {var.name for var in targets(stmt)}


def _bound_in(block: ir.Block) -> set[str]:
    return set().union(*map(_bound_by, block))


def _raises(block: ir.Block) -> bool:
    return any(isinstance(stmt, ir.Raise) for stmt in block)


def _split(
    body: ir.Block, changed: set[str], free: set[str], bound: set[str]
) -> tuple[list[ir.Stmt], ir.Block]:
    """Return what can be computed before the loop, and the rest of its body."""
    moved: list[ir.Stmt] = []
    rest: list[ir.Stmt] = []
    for stmt in body:
        if _is_invariant(stmt, changed, free, bound):
            names = {t.name for t in targets(stmt)}
            moved.append(stmt)
            changed = changed - names
            bound = bound | names
        else:
            rest.append(stmt)
    return moved, tuple(rest)


def _is_invariant(stmt: ir.Stmt, changed: set[str], free: set[str], bound: set[str]) -> bool:
    match stmt:
        case ir.Let(target=target, value=ir.Op(prim=prim, args=args)) if target.name in free:
            names = {a.name for a in args if isinstance(a, ir.Var)}
            return not names & changed and names <= bound and _is_safe(prim, args)
        case ir.Let(target=target, value=ir.Var(name)) if target.name in free:
            return target.type == INT and name not in changed and name in bound
        case _:
            return False


def _is_safe(prim: str, args: tuple[ir.Atom, ...]) -> bool:
    """Return whether an operation can be done where the loop may not do it."""
    if prim in SIZES:
        return True
    floats = any(isinstance(a.type, Scalar) and a.type.dtype.startswith("float") for a in args)
    return (
        prim in RULES
        and not PRIMS[prim].pinned
        and all(isinstance(a.type, Scalar) for a in args)
        and (floats or prim not in UNSAFE_INTEGERS)
    )
