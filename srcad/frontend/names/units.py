"""Axes of length one, as far as the statements that make an array say so.

What is found is believed where it is asked, and tested where it runs: `squeeze()` without axes.
"""

from __future__ import annotations

from collections.abc import Mapping

from srcad.ir.nodes import Const, Load, Op, Slice, Value, Var
from srcad.ir.primitives import MAKERS, sizes_of
from srcad.rules.wholes import REDUCTIONS

SAME_SHAPE = ("add", "sub", "mul", "div", "neg", "pos", "pow", "copy", "abs")
"""Operations whose result has the axes of their operands."""

Units = frozenset[int]
NONE: Units = frozenset()


def units_of(
    value: Value, known: Mapping[str, Units], ranks: Mapping[str, int | None], rank: int | None
) -> Units:
    """Return which axes of a value of this rank have length one."""
    match value:
        case Var(name=name):
            return known.get(name, NONE)
        case Load(array=array, index=index):
            return _of_index(index, known.get(array.name, NONE), rank)
        case Op(prim=prim, args=args, static=static) if prim in MAKERS:
            sizes = args[sizes_of(prim, static) :]
            return frozenset(k for k, size in enumerate(sizes) if size == Const(1))
        case Op(prim="expand_dims", args=(Var(name=name),), static=(tuple() as axes, *_)):
            before = iter(sorted(set(range(rank or 0)) - {*axes}))
            places = dict(enumerate(before))
            return frozenset(axes) | {places[k] for k in known.get(name, NONE) if k in places}
        case Op(prim=prim, args=(Var(name=name), *_), static=(tuple() as axes, True, *_)):
            return frozenset(axes) | known.get(name, NONE) if prim in REDUCTIONS else NONE
        case Op(prim=prim, args=args) if prim in SAME_SHAPE:
            arrays = [arg.name for arg in args if isinstance(arg, Var) and ranks.get(arg.name) != 0]
            if not arrays or any(ranks.get(name) != rank for name in arrays):
                return NONE
            return frozenset.intersection(*(known.get(name, NONE) for name in arrays))
        case _:
            return NONE


def _of_index(index: tuple[object, ...], before: Units, rank: int | None) -> Units:
    """Return which axes are left with length one where an array is indexed."""
    found: set[int] = set()
    at = 0
    for axis, part in enumerate(index):
        if isinstance(part, Slice):
            if _is_one(part) or (part == Slice() and axis in before):
                found.add(at)
            at += 1
        elif not isinstance(part, Const):
            return NONE
    taken = len(index) - at
    return frozenset(found | {k - taken for k in before if k >= len(index)} & {*range(rank or 0)})


def _is_one(part: Slice) -> bool:
    """Return whether a slice has one element, where the array is as long."""
    match part:
        case Slice(lo=None, hi=Const(value=1), step=None):
            return True
        case Slice(lo=Const(value=-1), hi=None, step=None):
            return True
        case Slice(lo=Const(value=int(lo)), hi=Const(value=int(hi)), step=None):
            return hi - lo == 1 and (lo >= 0) == (hi >= 0)
        case _:
            return False
