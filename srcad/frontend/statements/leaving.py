"""Blocks that may be left midway, as blocks that run to their end.

Before                           After (for the exception, `left` is set)
    if x < 0:                        left = False
        raise ValueError             if x < 0:
    y = sqrt(x)                          left = True
    for i in range(n):               else:
        if y < i:                        y = sqrt(x)
            raise ValueError             for i in range(n):        # until left
        y += i                               if y < i:
    z = y                                        left = True
                                             else:
                                                 y += i
                                         if not left:
                                             z = y

A place where the block is left is a `Raise`: one of the user's that is caught, or `Leave`. What
follows it does not run, in any of the loops around it either.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from srcad.frontend.names.state import State
from srcad.ir.nodes import Const, For, If, Let, Op, Raise, Span, Stmt, Var, While


class Leave(BaseException):
    """The kind of a `Raise` that leaves the block of statements that it names."""


@dataclass(slots=True)
class Region:
    """A block that may be left. `left` is set then; `leaves` says what else is to be done.

    leaves: returns the statements for a `Raise`, None for one that leaves more than this block.
    is_read: whether `left` is read somewhere. places: where the block is left.
    """

    state: State
    left: Var
    span: Span | None
    leaves: Callable[[Raise], list[Stmt] | None]
    is_read: bool = False
    places: list[Raise] = field(default_factory=list)


NO, PERHAPS, ALWAYS, ENDS = "no", "perhaps", "always", "ends"
"""Whether a block is left before its end, or ends the whole function by an exception."""


def run_to_end(region: Region, stmts: list[Stmt]) -> tuple[list[Stmt], str]:
    """Return a block that runs to its end instead of being left, and whether it would be."""
    out: list[Stmt] = []
    for at, stmt in enumerate(stmts):
        rest = stmts[at + 1 :]
        match stmt:
            case Raise():
                done = region.leaves(stmt)
                if done is None:
                    return [*out, stmt], ENDS
                region.places.append(stmt)
                return [*out, Let(region.left, Const(value=True), stmt.span), *done], ALWAYS
            case If():
                branch, how, rest_is_in = _branch(region, stmt, rest)
                out.append(branch)
                if rest_is_in or how in {ALWAYS, ENDS}:
                    return out, how
            case For():
                new, how = _for(region, stmt)
                out += new
            case While():
                new, how = _while(region, stmt)
                out += new
            case _:
                out.append(stmt)
                continue
        if how == PERHAPS:
            return _unless_left(region, out, rest)
    return out, NO


def _unless_left(region: Region, out: list[Stmt], rest: list[Stmt]) -> tuple[list[Stmt], str]:
    """Append the rest of a block, which runs only where the block was not left."""
    block, _ = run_to_end(region, rest)
    if block:
        test = _flag(region, out)
        out.append(If(test, tuple(block), (), region.span))
    return out, PERHAPS


def _flag(region: Region, out: list[Stmt]) -> Var:
    """Return a name that is true where the block was not left."""
    region.is_read = True
    test = Var(region.state.names.temporary())
    region.state.ranks[test.name] = 0
    region.state.truths.add(test.name)
    out.append(Let(test, Op("not", (region.left,)), region.span))
    return test


def _branch(region: Region, stmt: If, rest: list[Stmt]) -> tuple[If, str, bool]:
    """Return a branch, whether it leaves, and whether it has the rest of the block in it."""
    then, first = run_to_end(region, list(stmt.then))
    orelse, second = run_to_end(region, list(stmt.orelse))
    rest_is_in = False
    if first in {ALWAYS, ENDS} and second == NO and first != second:
        rest_is_in = first == ALWAYS
        if rest_is_in:
            more, second = run_to_end(region, rest)
            orelse += more
    elif second in {ALWAYS, ENDS} and first == NO:
        rest_is_in = second == ALWAYS
        if rest_is_in:
            more, first = run_to_end(region, rest)
            then += more
    new = If(stmt.test, tuple(then), tuple(orelse), stmt.span)
    hows = {first, second}
    if hows == {ENDS}:
        return new, ENDS, rest_is_in
    hows -= {ENDS}
    return new, hows.pop() if len(hows) == 1 else PERHAPS, rest_is_in


def _for(region: Region, stmt: For) -> tuple[list[Stmt], str]:
    body, how = run_to_end(region, list(stmt.body))
    if how in {NO, ENDS}:
        return [stmt if how == NO else replace(stmt, body=tuple(body))], NO
    region.is_read = True
    if stmt.until is None:
        return [replace(stmt, body=tuple(body), until=region.left)], PERHAPS
    ends = Var(region.state.names.fresh("ends"))
    region.state.ranks[ends.name] = 0
    region.state.truths.add(ends.name)
    start = Let(ends, Const(value=False), stmt.span)
    body.append(Let(ends, Op("or", (stmt.until, region.left)), stmt.span))
    return [start, replace(stmt, body=tuple(body), until=ends)], PERHAPS


def _while(region: Region, stmt: While) -> tuple[list[Stmt], str]:
    head, first = run_to_end(region, list(stmt.cond_body))
    body, second = run_to_end(region, list(stmt.body))
    if {first, second} <= {NO, ENDS}:
        return [replace(stmt, cond_body=tuple(head), body=tuple(body))], NO
    goes_on = Var(region.state.names.fresh("goes_on"))
    region.state.ranks[goes_on.name] = 0
    region.state.truths.add(goes_on.name)
    last: list[Stmt] = [Let(goes_on, Op("cast", (stmt.cond,), ("bool",)), stmt.span)]
    if first == PERHAPS:
        inner: list[Stmt] = []
        test = _flag(region, inner)
        last = [*inner, If(test, tuple(last), (), stmt.span)]
    if first in {NO, PERHAPS}:
        head += last
    again: list[Stmt] = [Let(goes_on, Const(value=False), stmt.span)]
    test = _flag(region, again)
    again.append(If(test, tuple(head), (), stmt.span))
    return [replace(stmt, cond_body=tuple(again), cond=goes_on, body=tuple(body))], PERHAPS
