"""Sizes of arrays where they are needed, and nothing that nobody needs.

    n = x.shape[1]
    m = y.shape[0]                            for i in range(x.shape[0]):
    for i in range(x.shape[0]):       ->          for j in range(x.shape[1]):
        for j in range(n):                            ...
            ...

For people who read: the compiler does not care where a size is looked up. A name of a size that
is read once is not needed if the array has that name for good, and not in one iteration of a loop
alone. On entry and on exit: flat IR,
but for operands that are sizes.
"""

from __future__ import annotations

from collections import Counter

from srcad.ir.known import updated
from srcad.ir.nodes import Block, Function, Let, Op, Stmt, Value, Var
from srcad.ir.types import Scalar
from srcad.ir.walk import (
    bindings,
    map_block,
    map_blocks,
    param_vars,
    reads,
    statements,
    substitute,
    targets,
)
from srcad.passes.building.temporaries import is_made_up
from srcad.passes.printing.tests_as_calls import SURE

SIZES = ("shape", "len", "size")


def sizes_in_place(function: Function) -> Function:
    """Return `function` with the sizes that are read once in place of their names."""
    function = without_unread(function)
    bound = bindings(function)
    counts = _reads(function)
    steady = {var.name for var in param_vars(function.params)}
    steady |= {var.name for stmt in function.body for var in targets(stmt)}
    found: dict[str, Value] = {}
    for stmt in statements(function.body):
        match stmt:
            case Let(target=target, value=Op(prim, (Var() as array,)) as value) if (
                prim in SIZES and is_made_up(target.name) and counts[target.name] == 1
            ):
                if bound[target.name] == bound[array.name] == 1 and array.name in steady:
                    found[target.name] = value
    if not found:
        return function
    kept = map_block(function.body, lambda stmt: _placed(stmt, found))
    gone = {name for name in found if not _mentions(kept, name)}
    return updated(function, body=_without(kept, gone))


def _placed(stmt: Stmt, found: dict[str, Value]) -> Stmt:
    here = {name: found[name] for name in reads(stmt) if name in found}
    return substitute(stmt, here) if here else stmt


def _mentions(block: Block, name: str) -> bool:
    return any(name in reads(stmt) for stmt in statements(block))


def without_unread(function: Function) -> Function:
    """Return `function` without temporaries that hold numbers and that nobody reads."""
    while True:
        counts = _reads(function)
        unread = {
            stmt.target.name
            for stmt in statements(function.body)
            if isinstance(stmt, Let) and _may_go(stmt) and not counts[stmt.target.name]
        }
        if not unread:
            return function
        function = updated(function, body=_without(function.body, unread))


def _may_go(let: Let) -> bool:
    return is_made_up(let.target.name) and (
        isinstance(let.value, Op) and let.value.prim in SURE and isinstance(let.target.type, Scalar)
    )


def _without(block: Block, gone: set[str]) -> Block:
    left = [s for s in block if not (isinstance(s, Let) and s.target.name in gone)]
    return tuple(map_blocks(stmt, lambda inner: _without(inner, gone)) for stmt in left)


def _reads(function: Function) -> Counter[str]:
    """Return how many operands are each name."""
    counts: Counter[str] = Counter()
    for stmt in statements(function.body):
        counts.update(reads(stmt))
    counts.update(atom.name for atom in function.returns if isinstance(atom, Var))
    return counts
