"""Can an element that was read be overwritten later, before the reverse sweep reads it?

Order of execution, sharpened by index arithmetic where it is plain: in the same loop, an
element read at `i + b` and written at `i + a` is overwritten later exactly when the write
still comes; and where the bounds of loops keep two indices apart (`differences`), neither
touches what the other does. Anything else counts as overwritten. Negative indices count
from the end in Python, so offsets are compared only where the index provably is not
negative. A view that is made in a loop is another one in each iteration: nothing is known
of its indices.
"""

from __future__ import annotations

from dataclasses import dataclass

from srcad.analysis.differences import Differences
from srcad.analysis.origins import apart
from srcad.analysis.values import ROOT, Def, Place, Values
from srcad.ir import nodes as ir
from srcad.ir.walk import statements


@dataclass(frozen=True, slots=True)
class Affine:
    """`var + offset`, or a constant where `var` is None."""

    var: Def | None
    offset: int


@dataclass(frozen=True, eq=False, slots=True)
class Access:
    """One read or write of an element; `index` is None where it may be any element."""

    stmt: ir.Stmt
    array: Def | None
    index: ir.Index | None


def order(function: ir.Function) -> dict[ir.Stmt, int]:
    """Return the position of every statement in program order."""
    return {stmt: k for k, stmt in enumerate(statements(function.body))}


def overwritten_later(
    read: Access,
    write: Access,
    facts: Values,
    position: dict[ir.Stmt, int],
    within: Place = ROOT,
) -> bool:
    """Return whether `write` may change the element after `read` has read it.

    within: only what happens in one run of this block counts.
    """
    if apart(read.array, write.array, facts):
        return False
    around = set(facts.loops(within))
    pairs = _comparable(read, write, facts)
    common = [s for s in _common_loops(read.stmt, write.stmt, facts) if s not in around]
    if read.array is not None and set(common) & set(facts.loops(read.array.place)):
        return True
    if any(_never_equal(a, b) for a, b in pairs):
        return False
    is_after = position[write.stmt] > position[read.stmt]
    for loop in common:
        distance = _distance(loop, pairs)
        if distance is None or distance > 0:
            return _may_meet(read, write, facts, frozenset(around), common, is_after=is_after)
        if distance < 0:
            return False
    return is_after and _may_meet(read, write, facts, frozenset(around), common, is_after=is_after)


def _may_meet(
    read: Access,
    write: Access,
    facts: Values,
    around: frozenset[ir.Stmt],
    common: list[ir.Stmt],
    *,
    is_after: bool,
) -> bool:
    """Return whether the bounds of loops leave it open that a later write meets a read.

    The write comes in a later iteration of one of the common loops and in the same one of
    those around that, or in the same iteration of all and after the read.
    """
    if read.array is None or read.array is not write.array:
        return True
    if read.index is None or write.index is None or len(read.index) != len(write.index):
        return True
    pairs = list(zip(read.index, write.index, strict=True))
    cases = [(common[:k], loop) for k, loop in enumerate(common)]
    found = [
        Differences(facts, around | set(same), loop if isinstance(loop, ir.For) else None)
        for same, loop in cases
    ]
    if is_after:
        found.append(Differences(facts, around | set(common)))
    return not all(
        any(case.never_equal(read.stmt, a, write.stmt, b) for a, b in pairs) for case in found
    )


def _comparable(read: Access, write: Access, facts: Values) -> list[tuple[Affine, Affine]]:
    """Return the dimensions in which both indices are plain, as pairs."""
    same = read.array is not None and read.array is write.array
    if not same or read.index is None or write.index is None:
        return []
    if len(read.index) != len(write.index):
        return []
    pairs = []
    for a, b in zip(read.index, write.index, strict=True):
        first, second = affine(read.stmt, a, facts), affine(write.stmt, b, facts)
        if first is not None and second is not None:
            pairs.append((first, second))
    return pairs


def affine(stmt: ir.Stmt, part: ir.Atom | ir.Slice, facts: Values) -> Affine | None:
    """Return the index as loop variable plus constant, if it is that and not negative."""
    found = _affine(stmt, part, facts, 8)
    if found is None or (found.var is None and found.offset < 0):
        return None
    if found.var is not None and not _not_negative(found):
        return None
    return found


def _affine(stmt: ir.Stmt, part: ir.Atom | ir.Slice, facts: Values, depth: int) -> Affine | None:
    if isinstance(part, ir.Const):
        return Affine(None, int(part.value))
    if isinstance(part, ir.Slice) or depth == 0:
        return None
    d = facts.reads.get((stmt, part.name))
    if d is None:
        return None
    if d.kind == "index":
        return Affine(d, 0)
    if d.kind != "let" or not isinstance(d.stmt, ir.Let):
        return None
    match d.stmt.value:
        case ir.Var() as alias:
            return _affine(d.stmt, alias, facts, depth - 1)
        case ir.Op(prim="add" | "sub" as prim, args=(left, ir.Const(value=int() as c))):
            base = _affine(d.stmt, left, facts, depth - 1)
            sign = 1 if prim == "add" else -1
            return None if base is None else Affine(base.var, base.offset + sign * c)
        case ir.Op(prim="add", args=(ir.Const(value=int() as c), right)):
            base = _affine(d.stmt, right, facts, depth - 1)
            return None if base is None else Affine(base.var, base.offset + c)
        case _:
            return None


def _not_negative(index: Affine) -> bool:
    """Return whether the loop bounds show that the index is never negative."""
    loop = index.var.stmt if index.var is not None else None
    if not isinstance(loop, ir.For) or not isinstance(loop.step, ir.Const):
        return False
    least = loop.start if loop.step.value > 0 else loop.stop
    if not isinstance(least, ir.Const):
        return False
    above = 0 if loop.step.value > 0 else 1
    return int(least.value) + above + index.offset >= 0


def _never_equal(a: Affine, b: Affine) -> bool:
    return a.var is None and b.var is None and a.offset != b.offset


def _common_loops(a: ir.Stmt, b: ir.Stmt, facts: Values) -> list[ir.Stmt]:
    """Return the loops around both statements, outermost first."""
    first = facts.loops(facts.where[a][0])
    second = set(facts.loops(facts.where[b][0]))
    return [loop for loop in reversed(first) if loop in second]


def _distance(loop: ir.Stmt, pairs: list[tuple[Affine, Affine]]) -> int | None:
    """Return how many iterations after the read the write touches its element.

    None if that is not known; a negative number if it never does.
    """
    if not isinstance(loop, ir.For) or not isinstance(loop.step, ir.Const):
        return None
    step = int(loop.step.value)
    for read, write in pairs:
        if read.var is None or write.var is None:
            continue
        if read.var.stmt is not loop or write.var.stmt is not loop:
            continue
        gap = read.offset - write.offset
        if gap % step:
            return -1
        return gap // step
    return None
