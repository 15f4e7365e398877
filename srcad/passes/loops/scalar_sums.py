"""What a loop adds to one element is summed in a scalar, and added once.

Before                              After
    for j in range(i + 1, n):           x_bar_i = 0.0
        ...                             for j in range(i + 1, n):
        x_bar[i] += dx_bar                  ...
        x_bar[j] -= dx_bar                  x_bar_i += dx_bar
                                            x_bar[j] -= dx_bar
                                        if i + 1 < n:
                                            x_bar[i] += x_bar_i

Legal for additions of ours (`Accum.any_order`) where such additions are all that the loop
does to the array: sums may be taken in another order, also when the indices meet. An element
is touched only if an addition was made: its index may be out of bounds where the loop does
not run, or where a branch was never taken. What a branch adds is therefore only added where
the sum is not zero.

    for k in range(n):                  if 0 < n:
        c[i, j] += a[k] * b[k]              c_i_j = c[i, j]
                                            for k in range(n):
                                                c_i_j += a[k] * b[k]
                                            c[i, j] = c_i_j

Additions of the user's keep their order: the scalar starts with what the element holds. Legal
where every iteration adds to the element, before anything that may raise, and nothing else in
the loop touches what may be the element. Both save a read and a write of memory per
iteration. On entry and on exit: flat IR.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from srcad.analysis.overlap import overlap_in
from srcad.ir import nodes as ir
from srcad.ir.known import updated
from srcad.ir.names import NameSupply, is_temporary
from srcad.ir.types import Array, Scalar
from srcad.ir.walk import assigned, map_blocks, mentioned, statements
from srcad.passes.building.emitter import Emitter

MOST = 8

Key = tuple[str, ir.Index]
"""An element: the array and the index."""


@dataclass(slots=True)
class _Additions:
    """The additions of a loop to one element.

    always: one is made in every iteration. at_once: before anything may raise.
    """

    first: ir.Accum
    found: list[ir.Accum] = field(default_factory=list)
    always: bool = False
    at_once: bool = False

    @property
    def ours(self) -> bool:
        return all(stmt.any_order for stmt in self.found)


def carry(function: ir.Function) -> ir.Function:
    """Return `function` with additions to loop-invariant elements made once per loop."""
    state = _Carry(function)
    return updated(function, body=state.block(function.body))


class _Carry:
    def __init__(self, function: ir.Function) -> None:
        self.overlap = overlap_in(function)
        self.supply = NameSupply.of(function)

    def block(self, block: ir.Block) -> ir.Block:
        out: list[ir.Stmt] = []
        for stmt in block:
            new = map_blocks(stmt, self.block)
            if isinstance(new, ir.For) and new.until is None:
                self.loop(new, out)
            else:
                out.append(new)
        return tuple(out)

    def loop(self, loop: ir.For, out: list[ir.Stmt]) -> None:
        """Append a loop, with the sums that it is better to carry around it."""
        carried = self.candidates(loop)
        if not carried:
            out.append(loop)
            return
        emit = Emitter(self.supply, out, loop.span)
        sums: dict[Key, ir.Var] = {}
        early: list[ir.Stmt] = []
        late: list[ir.Stmt] = []
        for key, adds in carried.items():
            array, index = adds.first.target, key[1]
            kind = _element(array)
            total = sums[key] = ir.Var(self.supply.fresh(_label(key)), kind)
            if not adds.ours:
                early.append(ir.Let(total, ir.Load(array, index), adds.first.span))
                late.append(ir.Store(array, index, total, adds.first.span))
                continue
            emit.let(total, ir.Const(0.0, kind))
            if adds.always:
                late.append(ir.Accum(array, index, total, adds.first.span, any_order=True))
        swept = replace(loop, body=_rewritten(loop.body, sums))
        runs = self.runs(loop, emit) if early or late else None
        if early:
            assert runs is not None
            out.append(ir.If(runs, (*early, swept, *late), (), loop.span))
        else:
            out.append(swept)
            if runs is not None:
                out.append(ir.If(runs, tuple(late), (), loop.span))
        for key, adds in carried.items():
            if adds.ours and not adds.always:
                test = emit.op("ne", sums[key], ir.Const(0.0, sums[key].type))
                array, span = adds.first.target, adds.first.span
                add = ir.Accum(array, key[1], sums[key], span, any_order=True)
                out.append(ir.If(test, (add,), (), loop.span))

    def runs(self, loop: ir.For, emit: Emitter) -> ir.Atom:
        """Return the test that a loop has an iteration."""
        if isinstance(loop.step, ir.Const):
            return emit.op("lt" if loop.step.value > 0 else "gt", loop.start, loop.stop)
        trips = emit.op("trips", loop.start, loop.stop, loop.step)
        return emit.op("gt", trips, ir.Const(0))

    def candidates(self, loop: ir.For) -> dict[Key, _Additions]:
        """Return the additions to elements that are the same in every iteration."""
        changed = assigned(loop.body) | {loop.var.name}
        found: dict[Key, _Additions] = {}
        for stmt, always in _own(loop.body):
            if not isinstance(stmt, ir.Accum) or stmt.index is None:
                continue
            names = {p.name for p in stmt.index if isinstance(p, ir.Var)}
            if any(isinstance(p, ir.Slice) for p in stmt.index) or stmt.target.name in changed:
                continue
            if names & changed or not isinstance(stmt.target.type, Array):
                continue
            adds = found.setdefault((stmt.target.name, stmt.index), _Additions(stmt))
            adds.found.append(stmt)
            adds.always = adds.always or always
        if not found:
            return {}
        for stmt in loop.body:
            key = (stmt.target.name, stmt.index or ()) if isinstance(stmt, ir.Accum) else None
            if key in found:
                found[key].at_once = True
            if any(isinstance(s, ir.Raise | ir.Call | ir.While) for s in statements((stmt,))):
                break
        body = statements(loop.body)
        found = {key: adds for key, adds in found.items() if self.is_legal(key, adds, body)}
        return found if len(found) <= MOST else {}

    def is_legal(self, key: Key, adds: _Additions, body: list[ir.Stmt]) -> bool:
        """Return whether all that a loop does to an element are additions that may move."""
        if not adds.ours:
            kind = _element(adds.first.target)
            if not adds.at_once or any(stmt.value.type != kind for stmt in adds.found):
                return False
        for stmt in body:
            if stmt in adds.found:
                continue
            touched = mentioned(stmt)
            if isinstance(stmt, ir.Accum) and stmt.index is not None:
                name = stmt.target.name
                ours = adds.ours and stmt.any_order
                apart = name == key[0] and _differ(stmt.index, key[1])
                if (ours or apart) and name not in _read(stmt):
                    touched = _read(stmt)
            if any(self.overlap.may_overlap(key[0], name) for name in touched):
                return False
        return True


def _read(stmt: ir.Accum) -> frozenset[str]:
    """Return the names that an addition reads beside its target."""
    parts = (*(stmt.index or ()), stmt.value)
    return frozenset(part.name for part in parts if isinstance(part, ir.Var))


def _differ(a: ir.Index, b: ir.Index) -> bool:
    """Return whether literals in two indices say that the elements differ."""
    return any(
        isinstance(x, ir.Const)
        and isinstance(y, ir.Const)
        and x.value != y.value
        and (x.value < 0) == (y.value < 0)
        for x, y in zip(a, b, strict=False)
    )


def _element(array: ir.Var) -> Scalar:
    assert isinstance(array.type, Array)
    return Scalar(array.type.dtype)


def _label(key: Key) -> str:
    """Return a readable name of an element: `x_bar_i_2` for `x_bar[i, 2]`."""
    name, index = key
    parts = [name]
    for part in index:
        if isinstance(part, ir.Const):
            parts.append(str(part.value).replace("-", "m"))
        elif isinstance(part, ir.Var):
            parts.append("k" if is_temporary(part.name) else part.name)
    return "_".join(parts)


def _own(block: ir.Block, *, always: bool = True) -> list[tuple[ir.Stmt, bool]]:
    """Return the statements of a block and of the branches in it, not of loops.

    Beside each whether it is executed whenever the block is.
    """
    found: list[tuple[ir.Stmt, bool]] = []
    for stmt in block:
        if isinstance(stmt, ir.If):
            found += _own(stmt.then, always=False) + _own(stmt.orelse, always=False)
        else:
            found.append((stmt, always))
    return found


def _rewritten(block: ir.Block, sums: dict[Key, ir.Var]) -> ir.Block:
    out: list[ir.Stmt] = []
    for stmt in block:
        if isinstance(stmt, ir.If):
            out.append(map_blocks(stmt, lambda inner: _rewritten(inner, sums)))
        elif (
            isinstance(stmt, ir.Accum)
            and stmt.index is not None
            and (key := (stmt.target.name, stmt.index)) in sums
        ):
            out.append(ir.Accum(sums[key], None, stmt.value, stmt.span, stmt.any_order))
        else:
            out.append(stmt)
    return tuple(out)
