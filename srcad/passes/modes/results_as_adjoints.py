"""An adjoint that is zero until a call gives it its value is what the call returns.

Before                              After
    x_bar = np.zeros_like(x)            ...
    ...                                 x_bar = np.dot(y_bar, w.T)
    _t0 = np.dot(y_bar, w.T)
    for i in range(n):
        for j in range(m):
            x_bar[i, j] += _t0[i, j]

On entry: typed, flat IR. Legal for an addition of ours (the user's own would make 0.0 of
-0.0) that surely is of all elements: the result, the adjoint and the loops are equally long.
The result of such a call is new memory.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import cache

from srcad.analysis.extents import extents_in
from srcad.ir import nodes as ir
from srcad.ir.known import updated
from srcad.ir.types import Array
from srcad.ir.walk import bindings, map_blocks, reads, statements, stored, substitute, targets
from srcad.rules.linalg import gives_new_memory

ZEROS = ("zeros", "zeros_like")


def hand_over(function: ir.Function) -> ir.Function:
    """Return `function` without additions of what a call returns to zeros."""
    if not any(isinstance(s, ir.Call) for s in statements(function.body)):
        return function
    found = _HandOver(function)
    return updated(function, body=found.block(function.body))


class _HandOver:
    def __init__(self, function: ir.Function) -> None:
        body = tuple(statements(function.body))
        self.bound = bindings(function)
        self.read = Counter(name for s in body for name in reads(s))
        self.read.update(a.name for a in function.returns if isinstance(a, ir.Var))
        self.extents = cache(lambda: extents_in(function))

    def block(self, block: ir.Block) -> ir.Block:
        """Return a block with what it hands over, inner blocks first."""
        out = tuple(map_blocks(stmt, self.block) for stmt in block)
        for stmt in out:
            if isinstance(stmt, ir.Call) and gives_new_memory(stmt.function):
                for k in range(len(stmt.targets)):
                    out = self.handed(out, stmt, k)
        return out

    def handed(self, block: ir.Block, call: ir.Call, k: int) -> ir.Block:
        """Return the block with the k-th result of a call in place of what it is added to."""
        source = call.targets[k]
        # An earlier result may have changed the statement, not its place.
        at = next(n for n, s in enumerate(block) if isinstance(s, ir.Call) and s.args is call.args)
        users = [n for n, stmt in enumerate(block) if source.name in reads_within(stmt)]
        adds = [n for n in users if _sum(block[n], source) is not None]
        facts = [n for n in users if n not in adds and _is_shape(block[n])]
        if len(adds) != 1 or len(users) != len(adds) + len(facts):
            return block
        add = adds[0]
        target = _sum(block[add], source)
        assert target is not None
        zeros = [n for n, stmt in enumerate(block[:add]) if _is_zeros(stmt, target)]
        if len(zeros) != 1 or self.bound[target.name] != 1 or self.bound[source.name] != 1:
            return block
        made = block[zeros[0]]
        assert isinstance(made, ir.Let)
        inside = sum(
            name == source.name for n in users for s in statements((block[n],)) for name in reads(s)
        )
        between = block[zeros[0] + 1 : add]
        if (
            inside != self.read[source.name]
            or not isinstance(source.type, Array)
            or made.target.type != source.type
            or any(target.name in touched(stmt) for stmt in between)
            or not self.is_all(made, block[add])
        ):
            return block
        out: list[ir.Stmt] = []
        for n, stmt in enumerate(block):
            if n == at:
                assert isinstance(stmt, ir.Call)
                results = list(stmt.targets)
                results[k] = made.target
                out.append(replace(stmt, targets=tuple(results)))
            elif n in facts:
                out.append(substitute(stmt, {source.name: made.target}))
            elif n not in {zeros[0], add}:
                out.append(stmt)
        return tuple(out)

    def is_all(self, made: ir.Let, add: ir.Stmt) -> bool:
        """Return whether loops add as many elements as an array has to as many zeros."""
        extents, stops = self.extents(), []
        while isinstance(add, ir.For):
            stops.append(extents.number(add, add.stop))
            add = add.body[0]
        assert isinstance(add, ir.Let)
        assert isinstance(add.value, ir.Load)
        source = extents.definition(add, add.value.array)
        axes = range(len(stops))
        return (
            [extents.size(source, axis) for axis in axes] == stops
            and (made, made.target.name) in extents.values.defs
            and extents.extents(made, len(stops)) == stops
        )


def reads_within(stmt: ir.Stmt) -> set[str]:
    """Return the names that a statement reads, inner statements included."""
    return {name for s in statements((stmt,)) for name in reads(s)}


def touched(stmt: ir.Stmt) -> set[str]:
    """Return the names that a statement reads, binds or writes elements of."""
    bound = {t.name for s in statements((stmt,)) for t in targets(s)}
    return reads_within(stmt) | bound | stored((stmt,))


def _is_shape(stmt: ir.Stmt) -> bool:
    return isinstance(stmt, ir.Let) and isinstance(stmt.value, ir.Op) and stmt.value.prim == "shape"


def _is_zeros(stmt: ir.Stmt, target: ir.Var) -> bool:
    match stmt:
        case ir.Let(target=ir.Var(name=name), value=ir.Op(prim=prim)):
            return name == target.name and prim in ZEROS
        case _:
            return False


def _sum(stmt: ir.Stmt, source: ir.Var) -> ir.Var | None:
    """Return the array that loops add elements of `source` to, if that is what they do."""
    index: list[ir.Var] = []
    block: ir.Block = (stmt,)
    while len(block) == 1:
        match block[0]:
            case ir.For(
                var=var, start=ir.Const(value=0), step=ir.Const(value=1), body=body, until=None
            ):
                index.append(var)
                block = body
            case _:
                return None
    match block:
        case (
            ir.Let(target=value, value=ir.Load(array=array, index=where)),
            ir.Accum(target, tuple() as there, ir.Var(name=name), any_order=True),
        ):
            names = tuple(var.name for var in index)
            same = _names(where) == names and _names(there) == names
            if same and array.name == source.name and name == value.name:
                return target
    return None


def _names(index: ir.Index) -> tuple[str, ...]:
    return tuple(part.name for part in index if isinstance(part, ir.Var))
