"""What names hold when blocks have run: that is where going backwards begins."""

from __future__ import annotations

from srcad.analysis.origins import sole_origin
from srcad.analysis.values import Def, Place, Values
from srcad.ir import nodes as ir


def holds_at_end(d: Def, root: Place, facts: Values) -> bool:
    """Return whether the name of `d` holds it at the end of the block `root`.

    In a branch that was taken, that is what the branch has left.
    """
    final = facts.at_end[root].get(d.name)
    around = facts.places(d.place)
    while final is not d:
        if final is None or final.kind != "join":
            return False
        taken = [p.part for p in around if p.owner is final.stmt]
        if not taken:
            return False
        final = final.inputs[0 if taken[0] == "then" else 1]
    return True


def always_raises(block: ir.Block) -> bool:
    """Return whether the end of a block is never reached: there is a `raise` on every way."""
    return any(map(_never_ends, block))


def _never_ends(stmt: ir.Stmt) -> bool:
    match stmt:
        case ir.Raise():
            return True
        case ir.If(then=then, orelse=orelse):
            return always_raises(then) and always_raises(orelse)
        case ir.While(cond=ir.Const(value=value)):
            return bool(value)
        case _:
            return False


def names_at_ends(d: Def, root: Place, facts: Values) -> bool:
    """Return whether the array that a loop carries as `d` keeps its name up to the end of `root`.

    Going backwards, loops pass names back to what they were; other assignments stay.
    """
    origin = sole_origin(facts, d)
    stmt = d.stmt
    while stmt is not None:
        place, _ = facts.where[stmt]
        ends = [place]
        if isinstance(place.owner, ir.While):
            ends = [Place(place.owner, part) for part in ("cond_body", "body")]
        for end in ends:
            final = facts.at_end[end].get(d.name)
            if final is None or final is d or final.stmt is stmt:
                continue
            if origin is None or sole_origin(facts, final) is not origin:
                return False
        if place == root:
            break
        stmt = place.owner
    return True
