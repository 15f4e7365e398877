"""Loops that are proved parallel, as functions that are called for blocks of their iterations.

    for i in range(n):                  trips = n
        s += x[i]                       blocks = block_count(trips, 2, 1)
        w[j[i]] += x[i]                 if blocks > 1:
                                            s_blocks = np.empty(blocks)
                                            w_blocks = np.empty((blocks, w.shape[0]))
                                            in_blocks(loop, blocks, (trips, x, j, w, w_blocks, ...))
                                            for b in range(blocks):
                                                s += s_blocks[b]
                                                for k in range(w.shape[0]):
                                                    w[k] += w_blocks[b, k]
                                        else:
                                            (the loop as it was)

How many blocks there are follows from the numbers alone: how often the loop runs, what an
iteration does, and how much memory a block needs. So do all sums.
"""

from __future__ import annotations

from dataclasses import replace

from srcad.analysis.effects import exposed_reads
from srcad.analysis.floors import Floors
from srcad.analysis.kinds import kinds
from srcad.analysis.parallel_loops import Parallel, Serial, loops_in
from srcad.ir import nodes as ir
from srcad.ir.names import NameSupply
from srcad.ir.types import INT, Array, Scalar
from srcad.ir.walk import all_names, assigned, map_block
from srcad.passes.building.emitter import Emitter, add_elements, element_loops

CHEAP = frozenset({"add", "sub", "mul", "neg", "max", "min", "abs", "lt", "le", "gt", "ge", "eq"})
DEAR = 8
"""What a division or an elementary function costs, in additions."""

GUESS = 4
"""How often a loop runs of which nothing is known before."""


def in_blocks(
    function: ir.Function,
) -> tuple[list[ir.Function], list[tuple[ir.For, Parallel | Serial]]]:
    """Return `function` and one function for each loop in blocks, and what was found of each loop.

    On entry: flat IR without stacks.
    """
    found = list(loops_in(function))
    proofs = {loop: proof for loop, proof in found if isinstance(proof, Parallel)}
    if not proofs:
        return [function], found
    supply = NameSupply.of(function)
    parts: list[ir.Function] = []

    def cut(stmt: ir.Stmt) -> ir.Stmt | ir.Block:
        if not isinstance(stmt, ir.For) or stmt not in proofs:
            return stmt
        made = _Cut(function, stmt, proofs[stmt], supply)
        parts.append(made.part)
        return made.caller

    body = map_block(function.body, cut)
    return [replace(function, body=body), *parts], found


class _Cut:
    """One loop in blocks. caller: what takes its place. part: the function of one block."""

    def __init__(
        self, function: ir.Function, loop: ir.For, proof: Parallel, supply: NameSupply
    ) -> None:
        self.function = function
        self.loop = loop
        self.proof = proof
        self.supply = supply
        self.types = kinds(function)
        self.name = supply.fresh(f"{function.name}_loop")
        constants = {name for name, _ in function.constants}
        known = exposed_reads(loop.body) | {
            *(a.name for a in (loop.start,) if isinstance(a, ir.Var)),
        }
        self.given = sorted(known - constants - {loop.var.name} - set(proof.sums))
        self.all = {name: ir.Var(supply.fresh(f"{name}_blocks")) for name in self.summed()}
        self.part = self.block_function()
        self.caller = self.call()

    def summed(self) -> tuple[str, ...]:
        """Return the names that every block has a sum of its own for."""
        return (*self.proof.sums, *self.proof.added)

    def var(self, name: str) -> ir.Var:
        """Return a variable of the function."""
        return ir.Var(name, self.types.get(name))

    def dtype(self, name: str) -> str:
        """Return the type of the numbers that a name holds."""
        kind = self.types[name]
        assert isinstance(kind, Scalar | Array)
        return kind.dtype

    def ndim(self, name: str) -> int:
        """Return the number of axes of a name."""
        kind = self.types[name]
        return kind.ndim if isinstance(kind, Array) else 0

    # Where the loop was -----------------------------------------------------------------

    def call(self) -> ir.Block:
        """Return the choice between the blocks and the loop."""
        out: list[ir.Stmt] = []
        emit = Emitter(self.supply, out, self.loop.span)
        loop = self.loop
        trips = ir.Var(self.supply.fresh("trips"), INT)
        emit.let(trips, ir.Op("trips", (loop.start, loop.stop, loop.step)))
        cost = self.cost(loop.body, emit)
        own: ir.Atom = ir.Const(len(self.proof.sums))
        for name in self.proof.added:
            own = emit.op("add", own, emit.op("size", self.var(name)))
        blocks = ir.Var(self.supply.fresh("blocks"), INT)
        out.append(ir.Call((blocks,), None, "block_count", (trips, cost, own), loop.span))
        test = emit.op("gt", blocks, ir.Const(1))
        out.append(ir.If(test, self.parallel(blocks, trips), (loop,), loop.span))
        return tuple(out)

    def parallel(self, blocks: ir.Var, trips: ir.Var) -> ir.Block:
        """Return the call of all blocks, and the sums over them."""
        out: list[ir.Stmt] = []
        emit = Emitter(self.supply, out, self.loop.span)
        for name in self.summed():
            given = self.var(name)
            extents = [emit.op("shape", given, static=(k,)) for k in range(self.ndim(name))]
            made = ir.Op("empty", (blocks, *extents), (self.dtype(name),))
            emit.let(self.all[name], made)
        args = (trips, *map(self.var, self.given), *self.all.values())
        places = ", ".join(f"{{{k}}}" for k in range(1, len(args) + 1))
        text = f"in_blocks({self.name}, {{0}}, ({places},))"
        out.append(ir.Call((), None, text, (blocks, *args), self.loop.span))
        if not self.all:
            return tuple(out)
        block = ir.Var(self.supply.fresh("block"), INT)
        inner: list[ir.Stmt] = []
        within = Emitter(self.supply, inner, self.loop.span)
        for name in self.proof.sums:
            value = within.temp(ir.Load(self.all[name], (block,)))
            within.accumulate(self.var(name), None, value, any_order=False)
        for name in self.proof.added:
            own = ir.Var(self.supply.fresh(f"{name}_block"))
            within.let(own, ir.Load(self.all[name], (block,)))
            add_elements(within, self.var(name), own, self.ndim(name))
        bounds = ir.Const(0), blocks, ir.Const(1)
        out.append(ir.For(block, *bounds, tuple(inner), None, self.loop.span))
        return tuple(out)

    # One block --------------------------------------------------------------------------

    def block_function(self) -> ir.Function:
        """Return the function of one block."""
        span = self.loop.span
        supply = NameSupply(all_names(self.function) | {v.name for v in self.all.values()})
        out: list[ir.Stmt] = []
        emit = Emitter(supply, out, span)
        block, blocks, trips = (
            ir.Var(supply.fresh(name), INT) for name in ("block", "blocks", "trips")
        )
        params: list[ir.Var] = [block, blocks, trips]
        for name in self.given:
            own = self.var(name)
            is_zero = name in self.proof.added or name in self.proof.cleared
            if is_zero or name in self.proof.private:
                whole = ir.Var(supply.fresh(f"{name}_whole"), own.type)
                params.append(whole)
                prim = "zeros_like" if is_zero else "empty_like"
                emit.let(own, ir.Op(prim, (whole,), (None,)))
            else:
                params.append(own)
        params += self.all.values()
        for name in self.proof.sums:
            emit.let(self.var(name), _nothing(self.types[name]))
        first, last = (ir.Var(supply.fresh(name), INT) for name in ("first", "last"))
        after = emit.op("add", block, ir.Const(1))
        for target, number in ((first, block), (last, after)):
            out.append(ir.Call((target,), None, "block_start", (number, blocks, trips), span))
        out.append(self.part_of_loop(first, last, emit))
        for name in self.proof.sums:
            emit.store(self.all[name], (block,), self.var(name))
        for name in self.proof.added:
            ndim = self.ndim(name)
            index = tuple(ir.Var(supply.fresh(letter)) for letter in "ijklmnopq"[:ndim])
            value = ir.Var(supply.temporary())
            body: list[ir.Stmt] = [
                ir.Let(value, ir.Load(self.var(name), index), span),
                ir.Store(self.all[name], (block, *index), value, span),
            ]
            element_loops(emit, self.var(name), ndim, body, index)
        return ir.Function(
            self.name,
            tuple(ir.Param(var.name, var) for var in params),
            tuple(out),
            (),
            None,
            self.function.constants,
            span,
        )

    def part_of_loop(self, first: ir.Var, last: ir.Var, emit: Emitter) -> ir.For:
        """Return the loop over some iterations.

        Where no index is negative, it counts from zero: LLVM tests no signs then.
        """
        loop = self.loop
        lowest = Floors(self.function).lowest(loop)
        start = self.index_of(first, emit)
        assert isinstance(loop.step, ir.Const)
        if loop.step.value != 1 or lowest is None or lowest < 0:
            return replace(loop, start=start, stop=self.index_of(last, emit))
        counter = ir.Var(emit.supply.fresh("k"), INT)
        index = ir.Op("along", (counter, ir.Const(1), start))
        body = (ir.Let(loop.var, index, loop.span), *loop.body)
        count = emit.op("sub", last, first)
        return replace(loop, var=counter, start=ir.Const(0), stop=count, body=body)

    def index_of(self, trip: ir.Var, emit: Emitter) -> ir.Atom:
        """Return what the loop's index is in an iteration."""
        start, step = self.loop.start, self.loop.step
        assert isinstance(step, ir.Const)
        far = trip if step.value == 1 else emit.op("mul", trip, step)
        is_zero = isinstance(start, ir.Const) and start.value == 0
        return far if is_zero else emit.op("add", start, far)

    # What it costs ----------------------------------------------------------------------

    def cost(self, block: ir.Block, emit: Emitter) -> ir.Atom:
        """Return about how many operations a block is, as far as that is known before."""
        fixed = 0
        total: list[ir.Atom] = []
        for stmt in block:
            match stmt:
                case ir.Let(value=ir.Op(prim=prim)):
                    fixed += 1 if prim in CHEAP else DEAR
                case ir.For():
                    inner = self.cost(stmt.body, emit)
                    total.append(emit.op("mul", self.trips(stmt, emit), inner))
                case ir.While():
                    inner = self.cost((*stmt.cond_body, *stmt.body), emit)
                    total.append(emit.op("mul", ir.Const(GUESS), inner))
                case ir.If():
                    total.append(self.cost((*stmt.then, *stmt.orelse), emit))
                case _:
                    fixed += 1
        found: ir.Atom = ir.Const(fixed)
        for more in total:
            found = emit.op("add", found, more)
        return found

    def trips(self, loop: ir.For, emit: Emitter) -> ir.Atom:
        """Return about how often a loop inside runs: half as often if one bound is not known."""
        changed = assigned((self.loop,))
        known = [not isinstance(a, ir.Var) or a.name not in changed for a in _bounds(loop)]
        start, stop, step = _bounds(loop)
        if not isinstance(step, ir.Const):
            return ir.Const(GUESS)  # it may be zero where the loop is not reached
        if all(known):
            return emit.op("trips", start, stop, step)
        if known[1] and step.value == 1:
            whole = emit.op("trips", ir.Const(0), stop, step)
        elif known[0] and step.value == -1:
            whole = emit.op("trips", start, ir.Const(-1), step)
        else:
            return ir.Const(GUESS)
        return emit.op("floordiv", whole, ir.Const(2))


def _bounds(loop: ir.For) -> tuple[ir.Atom, ir.Atom, ir.Atom]:
    return loop.start, loop.stop, loop.step


def _nothing(kind: object) -> ir.Const:
    """Return what a sum starts from."""
    assert isinstance(kind, Scalar)
    return ir.Const(0, kind) if kind.dtype.startswith("int") else ir.Const(0.0, kind)
