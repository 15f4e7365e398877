"""Where the printed text tells LLVM more than the statements say (`backend.hints`).

    for k in range(n - 1, -1, -1):
        k = hidden(k)
        for i in range(m):
            s = added(s, x[k, i] * x[k, i])

As Python, the helpers mean `k` and `s + ...`.
"""

from __future__ import annotations

from collections import Counter

from srcad.ir.nodes import Accum, Block, Const, For, If, Let, Stmt, Store, Var
from srcad.ir.types import FLOATS, Scalar
from srcad.ir.walk import atoms, operands, statements, targets


def free_sums(loop: For) -> frozenset[Accum]:
    """Return the additions of an innermost loop that make sums in any order.

    All that the loop does to such a sum is to add to it, and nothing else that one
    iteration computes is read by the next, but for values that are only passed on: other loops
    have no use for vectors.
    """
    body = list(statements(loop.body))
    if not all(isinstance(stmt, Let | Store | Accum | If) for stmt in body):
        return frozenset()
    found = [stmt for stmt in body if isinstance(stmt, Accum) and _may_be_free(stmt)]
    if not found:
        return frozenset()
    bound = Counter(var.name for stmt in body for var in targets(stmt))
    sums = Counter(stmt.target.name for stmt in found)
    pure = {name for name in sums if bound[name] == sums[name]}
    done: set[str] = set()
    early: set[str] = set()
    for stmt in body:
        read = _reads(stmt)
        pure -= read
        early |= {name for name in read if name in bound and name not in done}
        done |= {var.name for var in targets(stmt)}
    if not all(bound[name] == 1 and _is_passed_on(loop.body, name) for name in early):
        return frozenset()
    return frozenset(stmt for stmt in found if stmt.target.name in pure)


def _is_passed_on(body: Block, name: str) -> bool:
    """Return whether a name, which is assigned once, gets a value that does not come from it."""
    comes_from_it = {name}
    for stmt in body:
        reads = not _reads(stmt).isdisjoint(comes_from_it)
        if isinstance(stmt, Let) and stmt.target.name == name:
            return not reads
        if reads:
            comes_from_it |= {var.name for var in targets(stmt)}
    return False


def _reads(stmt: Stmt) -> set[str]:
    return {a.name for p in operands(stmt) for a in atoms(p) if isinstance(a, Var)}


def _may_be_free(stmt: Accum) -> bool:
    type_ = stmt.target.type
    is_float = isinstance(type_, Scalar) and type_.dtype in FLOATS
    return stmt.any_order and stmt.index is None and is_float


def runs_backwards(loop: For) -> bool:
    """Return whether a loop goes down to zero at most, with loops inside."""
    down = isinstance(loop.step, Const) and loop.step.value < 0
    ends = isinstance(loop.stop, Const) and loop.stop.value >= -1
    return down and ends and any(isinstance(stmt, For) for stmt in statements(loop.body))
