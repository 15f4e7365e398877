"""Another name for what the last statement leaves in a temporary."""

from __future__ import annotations

from dataclasses import replace

from srcad.ir.nodes import Call, If, Let, Span, Stmt, Var
from srcad.rules.linalg import Whole


def retarget(stmt: Stmt, old: Var, new: Var, span: Span) -> Stmt | None:
    """Return `stmt` with the name `new` for the value that it leaves in `old`, or None."""
    match stmt:
        case Let(target=target, value=value) if target == old:
            return Let(new, value, span)
        case Call(targets=(target,), function=Whole()) if target == old:
            return replace(stmt, targets=(new,), span=span)
        case If(test=test, then=(*before, last), orelse=(*others, final)):
            first = retarget(last, old, new, span)
            second = retarget(final, old, new, span)
            if first is not None and second is not None:
                then, orelse = (*before, first), (*others, second)
                return If(test, then, orelse, stmt.span)
    return None
