"""What a loop adds to one element is summed in a scalar, and added once.

Before                              After
    for j in range(i + 1, n):           x_bar_i = 0.0
        ...                             for j in range(i + 1, n):
        x_bar[i] += dx_bar                  ...
        x_bar[j] -= dx_bar                  x_bar_i += dx_bar
                                            x_bar[j] -= dx_bar
                                        if i + 1 < n:
                                            x_bar[i] += x_bar_i

Legal where the loop only adds to the array: sums may be taken in another order (rounding
aside), also when the indices meet. The element is not touched if the loop does not run:
its index may then be out of bounds. Saves a read and a write of memory per iteration.
"""

from __future__ import annotations

from dataclasses import replace

from srcad.analysis.overlap import Overlap
from srcad.ir import nodes as ir
from srcad.ir.names import NameSupply, is_temporary
from srcad.ir.types import Array, Scalar
from srcad.ir.walk import assigned, atoms, map_blocks, operands, statements
from srcad.passes.emitter import Emitter

MOST = 8


def carry(function: ir.Function) -> ir.Function:
    """Return `function` with additions to loop-invariant elements made once per loop."""
    state = _Carry(function)
    return replace(function, body=state.block(function.body))


class _Carry:
    def __init__(self, function: ir.Function) -> None:
        self.overlap = Overlap(function)
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
        sums: dict[tuple[str, ir.Index], ir.Var] = {}
        for (name, index), stmt in carried.items():
            kind = stmt.target.type
            dtype = kind.dtype if isinstance(kind, Array) else "float64"
            sums[name, index] = ir.Var(self.supply.fresh(_label(name, index)), Scalar(dtype))
            emit.let(sums[name, index], ir.Const(0.0, Scalar(dtype)))
        out.append(replace(loop, body=_rewritten(loop.body, sums)))
        added = tuple(
            ir.Accum(stmt.target, key[1], sums[key], stmt.span, stmt.any_order)
            for key, stmt in carried.items()
        )
        out.append(ir.If(self.runs(loop, emit), added, (), loop.span))

    def runs(self, loop: ir.For, emit: Emitter) -> ir.Atom:
        """Return the test that a loop has an iteration."""
        if isinstance(loop.step, ir.Const):
            return emit.op("lt" if loop.step.value > 0 else "gt", loop.start, loop.stop)
        trips = emit.op("trips", loop.start, loop.stop, loop.step)
        return emit.op("gt", trips, ir.Const(0))

    def candidates(self, loop: ir.For) -> dict[tuple[str, ir.Index], ir.Accum]:
        """Return the additions to elements that are the same in every iteration."""
        changed = assigned(loop.body) | {loop.var.name}
        found: dict[tuple[str, ir.Index], ir.Accum] = {}
        for stmt in _own(loop.body):
            if not isinstance(stmt, ir.Accum) or stmt.index is None:
                continue
            names = {p.name for p in stmt.index if isinstance(p, ir.Var)}
            if any(isinstance(p, ir.Slice) for p in stmt.index) or stmt.target.name in changed:
                continue
            if not names & changed:
                found.setdefault((stmt.target.name, stmt.index), stmt)
        touched = self.touched(loop.body) if found else set()
        found = {
            key: stmt
            for key, stmt in found.items()
            if not any(self.overlap.may_overlap(key[0], name) for name in touched)
        }
        return found if len(found) <= MOST else {}

    def touched(self, body: ir.Block) -> set[str]:
        """Return the arrays that a loop does more to than add to their elements."""
        found: set[str] = set()
        for stmt in statements(body):
            if isinstance(stmt, ir.Store):
                found.add(stmt.array.name)
            for part in operands(stmt):
                for atom in atoms(part):
                    if isinstance(atom, ir.Var) and not self.overlap.is_number(atom.name):
                        found.add(atom.name)
        return found


def _label(name: str, index: ir.Index) -> str:
    """Return a readable name of an element: `x_bar_i_2` for `x_bar[i, 2]`."""
    parts = [name]
    for part in index:
        if isinstance(part, ir.Const):
            parts.append(str(part.value).replace("-", "m"))
        elif isinstance(part, ir.Var):
            parts.append("k" if is_temporary(part.name) else part.name)
    return "_".join(parts)


def _own(block: ir.Block) -> list[ir.Stmt]:
    """Return the statements of a block and of the branches in it, not of loops."""
    found: list[ir.Stmt] = []
    for stmt in block:
        if isinstance(stmt, ir.If):
            found += _own(stmt.then) + _own(stmt.orelse)
        else:
            found.append(stmt)
    return found


def _rewritten(block: ir.Block, sums: dict[tuple[str, ir.Index], ir.Var]) -> ir.Block:
    out: list[ir.Stmt] = []
    for stmt in block:
        if isinstance(stmt, ir.If):
            out.append(map_blocks(stmt, lambda inner: _rewritten(inner, sums)))
        elif isinstance(stmt, ir.Accum) and (key := (stmt.target.name, stmt.index)) in sums:
            out.append(ir.Accum(sums[key], None, stmt.value, stmt.span, stmt.any_order))
        else:
            out.append(stmt)
    return tuple(out)
