"""Which names must be bound before a statement, and which does it surely bind?

    if c:                       needs c, a and b; binds y
        y = a * a
        z = b
    else:
        y = b

Of each statement this is found once, whatever stands around it, so that nearly all programs are
known to be sound without a walk: the others are looked at path by path (`ir.bound`).
"""

from __future__ import annotations

from typing import NamedTuple

from srcad.ir.known import once
from srcad.ir.nodes import Block, For, Function, If, Let, Raise, Stmt, Var, While
from srcad.ir.walk import param_vars, reads, targets


class Needs(NamedTuple):
    """What runs through a statement, or a block, needs and gives.

    goes_on: whether what follows is reached.
    """

    needed: frozenset[str]
    bound: frozenset[str]
    goes_on: bool = True


def is_surely_bound(function: Function) -> bool:
    """Return whether every name is bound before it is read, on every path; False: perhaps."""
    given = {v.name for v in param_vars(function.params)} | {n for n, _ in function.constants}
    needs = of_block(function.body)
    if not needs.needed <= given:
        return False
    returned = {atom.name for atom in function.returns if isinstance(atom, Var)}
    return not needs.goes_on or returned <= given | needs.bound


def of_block(block: Block) -> Needs:
    """Return what a block needs and binds."""
    needed: set[str] = set()
    bound: set[str] = set()
    for stmt in block:
        if type(stmt) is Let:  # most statements
            needed |= reads(stmt) - bound
            bound.add(stmt.target.name)
            continue
        found = of_statement(stmt)
        needed |= found.needed - bound
        bound |= found.bound
        if not found.goes_on:
            return Needs(frozenset(needed), frozenset(bound), goes_on=False)
    return Needs(frozenset(needed), frozenset(bound))


@once
def of_statement(stmt: Stmt) -> Needs:
    """Return what a statement needs and binds, with those in it."""
    own = reads(stmt)
    match stmt:
        case If(then=then, orelse=orelse):
            yes, no = of_block(then), of_block(orelse)
            needed = own | yes.needed | no.needed
            if yes.goes_on and no.goes_on:
                return Needs(needed, yes.bound & no.bound)
            return Needs(needed, (yes if yes.goes_on else no).bound, yes.goes_on or no.goes_on)
        case For(var=var, body=body):  # the body may not run
            return Needs(own | (of_block(body).needed - {var.name}), frozenset())
        case While(cond_body=head, body=body):
            first = of_block(head)
            rest = of_block(body).needed | own
            return Needs(first.needed | (rest - first.bound), first.bound)
        case Raise():
            return Needs(own, frozenset(), goes_on=False)
    return Needs(own, frozenset([var.name for var in targets(stmt)]))
