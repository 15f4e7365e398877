"""Which names does a statement mention, the statements in it included? Are there loops?"""

from __future__ import annotations

from srcad.ir.known import once
from srcad.ir.nodes import For, Function, Stmt, While
from srcad.ir.walk import blocks, mentioned, statements

_LOOPS = frozenset({For, While})


@once
def mentioned_inside(stmt: Stmt) -> frozenset[str]:
    """Return the names that `stmt` reads, writes or binds anywhere."""
    found = mentioned(stmt)
    inner = blocks(stmt)
    return found.union(*(mentioned_inside(s) for block in inner for s in block)) if inner else found


@once
def has_loops(function: Function) -> bool:
    """Return whether there are any loops."""
    return not _LOOPS.isdisjoint(map(type, statements(function.body)))
