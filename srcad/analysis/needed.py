"""Which names does a block need from before: read before it surely has bound them?"""

from __future__ import annotations

from srcad.ir.nodes import Block, For, If, Stmt, While
from srcad.ir.walk import names, reads, targets


def needed(block: Block) -> set[str]:
    """Return the names that `block` may read before it surely has bound them."""
    found: set[str] = set()
    bound: set[str] = set()
    for stmt in block:
        found |= _needs(stmt) - bound
        bound |= _surely_bound(stmt)
    return found


def _needs(stmt: Stmt) -> set[str]:
    """Return the names that one statement may read before it surely has bound them."""
    found = reads(stmt)
    match stmt:
        case For(var=var, body=body):
            found |= needed(body) - {var.name}
        case While(cond_body=cond_body, cond=cond, body=body):
            found -= _bound_by(cond_body) & names(cond)
            found |= needed((*cond_body, *body))
        case If(then=then, orelse=orelse):
            found |= needed(then) | needed(orelse)
    return found


def _bound_by(block: Block) -> set[str]:
    """Return the names that `block` surely binds."""
    return {name for stmt in block for name in _surely_bound(stmt)}


def _surely_bound(stmt: Stmt) -> set[str]:
    match stmt:
        case For():
            return set()
        case While(cond_body=cond_body):
            return _bound_by(cond_body)
        case If(then=then, orelse=orelse):
            return _bound_by(then) & _bound_by(orelse)
        case _:
            return {var.name for var in targets(stmt)}
