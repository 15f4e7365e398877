"""Move what a loop does not change out of it: sizes, index arithmetic, constants.

Before                              After
    for t in range(n):                  _t0 = len(x)
        _t0 = len(x)                    _t1 = _t0 - 1
        _t1 = _t0 - 1                   for t in range(n):
        for i in range(1, _t1):             for i in range(1, _t1):

Only sizes and scalar operations that cannot fail, of names that the loop does not assign,
for temporaries that are assigned once, and for integers that only the loop reads: computing
one that nobody reads changes nothing. The common extent of operands is one of them; the loop
keeps the test that there is one.
With the bounds of inner loops known outside, what is stored per iteration can be reserved.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from srcad.ir import nodes as ir
from srcad.ir.names import NameSupply, is_temporary
from srcad.ir.types import BOOL, INT, Scalar
from srcad.ir.walk import assigned, bindings, map_block, map_blocks, reads, statements, targets
from srcad.passes.array_shapes import BROADCAST
from srcad.rules.table import RULES

SIZES = {"shape", "size", "ndim", "len", "wider_extent", "extents_clash", "axis_step"}
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
    return replace(function, body=_Hoist(once, integers).block(body))


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
    return stmt if len(out) == len(stmt.body) else replace(stmt, body=tuple(out))


@dataclass(frozen=True, slots=True)
class _Hoist:
    """once: temporaries with one value. integers: other such names, and their readers."""

    once: set[str]
    integers: Counter[str]

    def block(self, block: ir.Block) -> ir.Block:
        """Return a block with what its loops do not change before them."""
        out: list[ir.Stmt] = []
        for stmt in block:
            new = map_blocks(stmt, self.block)
            if isinstance(new, ir.For):
                free = self.movable(new.body)
                moved, body = _split(new.body, assigned(new.body) | {new.var.name}, free)
                out.extend(moved)
                out.append(replace(new, body=body) if moved else new)
            elif isinstance(new, ir.While):
                changed = assigned(new.cond_body) | assigned(new.body)
                head_moved, head = _split(new.cond_body, changed, self.once)
                changed -= {t.name for s in head_moved for t in targets(s)}
                moved, body = _split(new.body, changed, self.movable(new.body))
                out.extend((*head_moved, *moved))
                out.append(replace(new, cond_body=head, body=body))
            else:
                out.append(new)
        return tuple(out)

    def movable(self, body: ir.Block) -> set[str]:
        """Return the names that may get their value before the loop with this body."""
        inside = _readers(body, set(self.integers))
        return self.once | {name for name, count in inside.items() if count == self.integers[name]}


def _split(body: ir.Block, changed: set[str], free: set[str]) -> tuple[list[ir.Stmt], ir.Block]:
    """Return what can be computed before the loop, and the rest of its body."""
    moved: list[ir.Stmt] = []
    rest: list[ir.Stmt] = []
    for stmt in body:
        if _is_invariant(stmt, changed, free):
            moved.append(stmt)
            changed = changed - {t.name for t in targets(stmt)}
        else:
            rest.append(stmt)
    return moved, tuple(rest)


def _is_invariant(stmt: ir.Stmt, changed: set[str], free: set[str]) -> bool:
    match stmt:
        case ir.Let(target=target, value=ir.Op(prim=prim, args=args)) if target.name in free:
            names = {a.name for a in args if isinstance(a, ir.Var)}
            return not names & changed and _is_safe(prim, args)
        case ir.Let(target=target, value=ir.Var(name)) if target.name in free:
            return target.type == INT and name not in changed
        case _:
            return False


def _is_safe(prim: str, args: tuple[ir.Atom, ...]) -> bool:
    """Return whether an operation can be done where the loop may not do it."""
    if prim in SIZES:
        return True
    floats = any(isinstance(a.type, Scalar) and a.type.dtype.startswith("float") for a in args)
    return (
        prim in RULES
        and all(isinstance(a.type, Scalar) for a in args)
        and (floats or prim not in UNSAFE_INTEGERS)
    )
