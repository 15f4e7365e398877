"""How many axes each array has, where values are nested and new names have no types."""

from __future__ import annotations

from srcad.ir import nodes as ir
from srcad.ir.types import Array
from srcad.ir.walk import param_vars, statements
from srcad.rules.linalg import Whole

EMPTY = {"zeros", "empty", "ones"}
LIKE = {"zeros_like", "empty_like", "ones_like"}
"""What makes arrays: of extents, and of the shape of another one."""


def ranks_of(function: ir.Function) -> dict[str, int]:
    """Return the number of axes of each array."""
    every: list[object] = [*param_vars(function.params), *function.returns]
    ranks: dict[str, int] = {}
    for stmt in statements(function.body):
        match stmt:
            case ir.Let(target=target):
                every.append(target)
            case ir.Store(array=array, index=index):
                ranks[array.name] = len(index)
            case ir.Accum(target=target, index=index):
                every.append(target)
                if index is not None:
                    ranks[target.name] = len(index)
            case ir.Call(targets=targets, function=Whole(results=items)):
                ranks |= {v.name: len(i.axes) for v, i in zip(targets, items, strict=True)}
            case ir.Call(targets=targets):
                every += targets
            case _:
                pass
    for atom in every:
        if isinstance(atom, ir.Var) and isinstance(atom.type, Array):
            ranks[atom.name] = atom.type.ndim
    changed = True
    while changed:
        changed = False
        for stmt in statements(function.body):
            if isinstance(stmt, ir.Let) and stmt.target.name not in ranks:
                rank = rank_of(stmt.value, ranks)
                if rank:
                    ranks[stmt.target.name] = rank
                    changed = True
    return ranks


def rank_of(value: ir.Value, ranks: dict[str, int]) -> int:
    """Return the number of axes of a value, as far as it is known."""
    match value:
        case ir.Var(name=name):
            return ranks.get(name, 0)
        case ir.Load(array=array, index=index):
            taken = sum(not isinstance(part, ir.Slice) for part in index)
            return max(0, ranks.get(array.name, 0) - taken)
        case ir.Op(prim=prim, args=args) if prim in EMPTY:
            return len(args)
        case ir.Op(prim=prim, args=(first, *_)) if prim in LIKE or prim == "copy":
            return rank_of(first, ranks)
        case _:
            return 0
