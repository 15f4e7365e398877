"""Has a function loops that become faster with elementary functions of vectors?

One call computes the same wherever it stands in generated code: values that are computed
again must come out equal. So this is a question about all of the code at once.
"""

from __future__ import annotations

from collections.abc import Iterable

from srcad.ir.nodes import Accum, For, Function, If, Let, Op, Store, Var
from srcad.ir.walk import Part, atoms, operands, parts, statements, targets

ELEMENTARY = frozenset({"exp", "expm1", "log", "log1p", "tanh", "sin", "cos"})
"""The primitives for which there are vectors (`backend.vector_math`)."""


def has_vector_loops(functions: Iterable[Function]) -> bool:
    """Return whether an elementary function is in a loop that could run in vectors."""
    loops = (s for f in functions for s in statements(f.body) if isinstance(s, For))
    return any(_may_be_vectors(loop) for loop in loops)


def _may_be_vectors(loop: For) -> bool:
    """Return whether elements of a loop have elementary functions of their own.

    Not if an iteration reads a number that the one before has computed, other than to
    add to it: there the time from argument to result counts, in which the C library is
    better.
    """
    body = list(statements(loop.body))
    if loop.until is not None:
        return False
    if not all(isinstance(stmt, Let | Store | Accum | If) for stmt in body):
        return False
    if not has_elementary(loop):
        return False
    bound = {var.name for stmt in body for var in targets(stmt)}
    done: set[str] = set()
    for stmt in body:
        read = {a.name for p in operands(stmt) for a in atoms(p) if isinstance(a, Var)}
        if any(name in bound and name not in done for name in read):
            return False
        done |= {var.name for var in targets(stmt)}
    return True


def has_elementary(loop: For) -> bool:
    """Return whether an elementary function is in a loop."""
    return any(_is_elementary(part) for s in statements(loop.body) for part in operands(s))


def _is_elementary(part: Part) -> bool:
    """Return whether an elementary function is somewhere in an expression."""
    here = isinstance(part, Op) and part.prim in ELEMENTARY
    return here or any(map(_is_elementary, parts(part)))
