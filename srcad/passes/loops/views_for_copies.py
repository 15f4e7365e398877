"""A copy that is only read is a view of what it is a copy of.

Before                                          After
    t_bar = np.zeros((n, m))                        t_bar = y_bar[h]
    for i in range(n):                              x_bar = np.dot(t_bar, b.T)
        for j in range(m):
            t_bar[i, j] += y_bar[h, i, j]
    x_bar = np.dot(t_bar, b.T)

Legal for additions of ours (the user's own make 0.0 of -0.0) while nothing writes to the
memory behind the view. What is read more often than it
is copied may as well be read there: the view has the layout of the copy. On entry and on
exit: flat IR.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from srcad.analysis.extents import extents_in
from srcad.analysis.mentions import has_loops, mentioned_inside
from srcad.analysis.overlap import overlap_in
from srcad.ir import nodes as ir
from srcad.ir.known import updated
from srcad.ir.types import Array
from srcad.ir.walk import assigned, map_blocks, mentioned, statements, stored
from srcad.passes.loops.work_arrays import covering
from srcad.rules.linalg import gives_new_memory


def borrow(function: ir.Function) -> ir.Function:
    """Return `function` without copies that a view can stand for."""
    if not has_loops(function):
        return function
    state = _Borrow(function)
    return updated(function, body=state.block(function.body))


class _Borrow:
    def __init__(self, function: ir.Function) -> None:
        self.facts = extents_in(function)
        self.overlap = overlap_in(function)
        self.returned = {a.name for a in function.returns if isinstance(a, ir.Var)}
        body = statements(function.body)
        self.mentions = Counter(name for stmt in body for name in mentioned(stmt))

    def block(self, block: ir.Block) -> ir.Block:
        """Return a block with its copies replaced."""
        out: list[ir.Stmt] = list(block)
        for stmt in block:
            if isinstance(stmt, ir.Let):
                self.replace_copy(stmt, out)
        return tuple(map_blocks(stmt, self.block) for stmt in out)

    def replace_copy(self, made: ir.Let, out: list[ir.Stmt]) -> None:
        """Replace zeros and the loops that add an array to them by a view of that."""
        target, name = made.target, made.target.name
        match made.value:
            case ir.Op(prim="zeros" | "zeros_like", static=static) if static != ("like",):
                pass
            case _:
                return
        if name in self.returned or name not in self.facts.once or not self.overlap.is_alone(name):
            return
        at = out.index(made)
        users = [k for k in range(at + 1, len(out)) if name in mentioned_inside(out[k])]
        inside = 1 + sum(name in mentioned(s) for k in users for s in statements((out[k],)))
        if len(users) < 2 or inside != self.mentions[name]:
            return
        if not isinstance(loop := out[users[0]], ir.For):
            return
        load = self.copied(made, loop)
        between = out[users[0] + 1 : users[-1] + 1]
        if load is None or not self.stays(load, between):
            return
        if not all(_only_reads(s, name) for s in statements(tuple(between))):
            return
        out[users[0]] = replace(made, target=target, value=load)
        del out[at]

    def copied(self, made: ir.Let, loop: ir.For) -> ir.Value | None:
        """Return the view whose elements a nest adds to all those of a new array."""
        accum = covering(loop, made, self.facts)
        inner: ir.Stmt = loop
        own: set[str] = set()
        while isinstance(inner, ir.For) and len(inner.body) == 1:
            own.add(inner.var.name)
            inner = inner.body[0]
        if accum is None or not accum.any_order or not isinstance(inner, ir.For):
            return None
        own.add(inner.var.name)
        match inner.body:
            case (ir.Let(target=value, value=ir.Load(array=array, index=index)) as read, last):
                if last is not accum or accum.value != value:
                    return None
            case _:
                return None
        kind = made.target.type
        assert accum.index is not None
        lead = index[: len(index) - len(accum.index)]
        if index[len(lead) :] != accum.index or array.type != replace_ndim(kind, len(index)):
            return None
        if any(isinstance(p, ir.Slice) or getattr(p, "name", "") in own for p in lead):
            return None
        source = self.facts.definition(read, array)
        extents = [self.facts.size(source, k) for k in range(len(lead), len(index))]
        if extents != self.facts.extents(made, len(extents)):
            return None
        return ir.Load(array, lead) if lead else array

    def stays(self, view: ir.Value, block: list[ir.Stmt]) -> bool:
        """Return whether a block neither writes to a view nor changes what its names mean."""
        array, index = (view.array, view.index) if isinstance(view, ir.Load) else (view, ())
        assert isinstance(array, ir.Var)
        names = {array.name, *(p.name for p in index if isinstance(p, ir.Var))}
        if names & assigned(tuple(block)):
            return False
        calls = [s for s in statements(tuple(block)) if isinstance(s, ir.Call)]
        written = stored(tuple(s for s in statements(tuple(block)) if not isinstance(s, ir.Call)))
        if not all(gives_new_memory(call.function) for call in calls):
            return False
        return not any(self.overlap.may_overlap(name, array.name) for name in written)


def replace_ndim(kind: object, ndim: int) -> Array | None:
    """Return the type of an array of more dimensions, if its views have the type `kind`."""
    if not isinstance(kind, Array) or kind.layout != "C":
        return None
    return replace(kind, ndim=ndim)


def _only_reads(stmt: ir.Stmt, name: str) -> bool:
    """Return whether a statement reads elements or extents of an array, if it mentions it."""
    if name not in mentioned(stmt):
        return True
    match stmt:
        case ir.Let(value=ir.Load(array=array, index=index)):
            kind = array.type
            whole = isinstance(kind, Array) and len(index) == kind.ndim
            return whole and not any(isinstance(p, ir.Slice) for p in index)
        case ir.Let(value=ir.Op(prim="shape" | "size" | "len" | "zeros_like" | "empty_like")):
            return True
        case ir.Call():
            return True
        case _:
            return False
