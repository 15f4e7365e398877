"""Move what a loop does not change out of it: sizes, index arithmetic, constants.

Before                              After
    for t in range(n):                  _t0 = len(x)
        _t0 = len(x)                    _t1 = _t0 - 1
        _t1 = _t0 - 1                   for t in range(n):
        for i in range(1, _t1):             for i in range(1, _t1):

Only sizes and scalar operations that cannot fail, of names that the loop does not assign,
for temporaries that are assigned once: computing one that nobody reads changes nothing.
With the bounds of inner loops known outside, what is stored per iteration can be reserved.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from srcad.ir import nodes as ir
from srcad.ir.names import is_temporary
from srcad.ir.types import Scalar
from srcad.ir.walk import assigned, map_blocks, statements, targets
from srcad.rules.table import RULES

SIZES = {"shape", "size", "ndim", "len"}
UNSAFE_INTEGERS = {"div", "floordiv", "mod", "pow", "lshift", "rshift"}


def hoist(function: ir.Function) -> ir.Function:
    """Return `function` with loop-invariant sizes computed before the loops."""
    counts = Counter(t.name for s in statements(function.body) for t in targets(s))
    once = {name for name, count in counts.items() if count == 1 and is_temporary(name)}
    return replace(function, body=_block(function.body, once))


def _block(block: ir.Block, once: set[str]) -> ir.Block:
    out: list[ir.Stmt] = []
    for stmt in block:
        new = map_blocks(stmt, lambda inner: _block(inner, once))
        if isinstance(new, ir.For):
            moved, body = _split(new.body, assigned(new.body) | {new.var.name}, once)
            out.extend(moved)
            out.append(replace(new, body=body) if moved else new)
        elif isinstance(new, ir.While):
            changed = assigned(new.cond_body) | assigned(new.body)
            head_moved, head = _split(new.cond_body, changed, once)
            changed -= {t.name for s in head_moved for t in targets(s)}
            moved, body = _split(new.body, changed, once)
            out.extend((*head_moved, *moved))
            out.append(replace(new, cond_body=head, body=body))
        else:
            out.append(new)
    return tuple(out)


def _split(body: ir.Block, changed: set[str], once: set[str]) -> tuple[list[ir.Stmt], ir.Block]:
    """Return what can be computed before the loop, and the rest of its body."""
    moved: list[ir.Stmt] = []
    rest: list[ir.Stmt] = []
    for stmt in body:
        if _is_invariant(stmt, changed, once):
            moved.append(stmt)
            changed = changed - {t.name for t in targets(stmt)}
        else:
            rest.append(stmt)
    return moved, tuple(rest)


def _is_invariant(stmt: ir.Stmt, changed: set[str], once: set[str]) -> bool:
    match stmt:
        case ir.Let(target=target, value=ir.Op(prim=prim, args=args)) if target.name in once:
            names = {a.name for a in args if isinstance(a, ir.Var)}
            return not names & changed and _is_safe(prim, args)
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
