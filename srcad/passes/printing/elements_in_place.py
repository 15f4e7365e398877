"""Elements where they are read, if nothing writes there in between.

    _t0 = x[i]
    _t1 = w[i]                        s += x[i] * w[i]
    s += _t0 * _t1             ->     x_bar[i] += w[i] * s_bar
    x_bar[i] += _t1 * s_bar

For people who read: the compiler reads an element once, and so should its text. A temporary is not
needed if all that reads it comes in the same block, or within its statements, before anything
that may change the element or the index. On entry: flat IR, indices may be nested. On exit:
loads are operands.
"""

from __future__ import annotations

from collections import Counter

from srcad.analysis.overlap import overlap_in
from srcad.ir.known import updated
from srcad.ir.nodes import Block, Function, Let, Load, Slice, Stmt, Var
from srcad.ir.text import expression
from srcad.ir.types import Scalar
from srcad.ir.walk import (
    assigned,
    atoms,
    bindings,
    map_block,
    map_blocks,
    names,
    operands,
    reads,
    statements,
    stored,
    substitute,
)
from srcad.passes.building.temporaries import is_made_up

LONGEST = 24
OFTEN = 4
"""What is read more often than this has a name."""


def elements_in_place(function: Function) -> Function:
    """Return `function` with elements of arrays in place of temporaries."""
    pass_ = _Elements(function)
    return updated(function, body=pass_.block(function.body))


class _Elements:
    """Counts of bindings and reads cover the whole function."""

    def __init__(self, function: Function) -> None:
        self.overlap = overlap_in(function)
        self.bound = bindings(function)
        self.reads: Counter[str] = Counter()
        for stmt in statements(function.body):
            self.reads.update(_read(stmt))
        self.reads.update(atom.name for atom in function.returns if isinstance(atom, Var))

    def block(self, block: Block) -> Block:
        """Return a block with elements in place, and its inner blocks likewise."""
        left = list(block)
        at = 0
        while at < len(left):
            stmt = left[at]
            end = self.end(stmt, left[at + 1 :]) if isinstance(stmt, Let) else 0
            if isinstance(stmt, Let) and end:
                new = {stmt.target.name: stmt.value}
                change = lambda inner, new=new: substitute(inner, new)  # noqa: E731
                left[at + 1 : at + 1 + end] = map_block(tuple(left[at + 1 : at + 1 + end]), change)
                del left[at]
            else:
                left[at] = map_blocks(stmt, self.block)
                at += 1
        return tuple(left)

    def end(self, let: Let, after: list[Stmt]) -> int:
        """Return how many statements have all reads of an element that stays what it is, or 0."""
        name, value = let.target.name, let.value
        wanted = self.reads[name]
        if not self.may_go(let) or not 0 < wanted <= OFTEN:
            return 0
        assert isinstance(value, Load)
        needed = names(value)
        found = 0
        for count, stmt in enumerate(after, 1):
            inner = statements((stmt,))
            here = sum(_read(s)[name] for s in inner)
            changes = self.changes((stmt,), value, needed)
            if changes and here and len(inner) > 1:
                return 0
            found += here
            if found == wanted:
                return count
            if changes:
                return 0
        return 0

    def may_go(self, let: Let) -> bool:
        """Return whether a statement names one element, which is short to write."""
        value = let.value
        return (
            is_made_up(let.target.name)
            and self.bound[let.target.name] == 1
            and isinstance(let.target.type, Scalar)
            and isinstance(value, Load)
            and let.target.name not in names(value)
            and not any(isinstance(part, Slice) for part in value.index)
            and len(expression(value)) <= LONGEST
        )

    def changes(self, block: Block, value: Load, needed: frozenset[str]) -> bool:
        """Return whether a block may change an element or what it is found by."""
        if assigned(block) & needed:
            return True
        return any(self.overlap.may_overlap(array, value.array.name) for array in stored(block))


def _read(stmt: Stmt) -> Counter[str]:
    """Return how often the operands of a statement are each name."""
    found = Counter(a.name for p in operands(stmt) for a in atoms(p) if isinstance(a, Var))
    for name in reads(stmt):
        found.setdefault(name, 1)
    return found
