"""Loops that are proved parallel, as functions that are called for blocks of their iterations.

    for i in range(n):                  trips = n
        s += x[i]                       blocks = block_count(trips, 2, 1)
        w[j[i]] += x[i]                 if blocks > 1:
                                            s_blocks = np.empty(blocks)
                                            w_blocks = np.empty((blocks, w.shape[0]))
                                            in_blocks(loop, blocks, trips * 2, (trips, x, ...))
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

from collections.abc import Mapping
from dataclasses import replace

from srcad.analysis.effects import exposed_reads
from srcad.analysis.floors import Floors
from srcad.analysis.kinds import kinds
from srcad.analysis.parallel_loops import Parallel, Serial, loops_in
from srcad.ir import nodes as ir
from srcad.ir.bound import unbound
from srcad.ir.names import NameSupply, is_temporary
from srcad.ir.types import FLOATS, INT, Array, Scalar
from srcad.ir.walk import all_names, map_block, statements
from srcad.passes.building.emitter import Emitter, add_elements, element_loops
from srcad.passes.printing.loop_costs import Costs


def in_blocks(
    function: ir.Function,
) -> tuple[list[ir.Function], list[tuple[ir.For, Parallel | Serial]]]:
    """Return `function` and one function for each loop in blocks, and what was found of each loop.

    On entry: flat IR without stacks.
    """
    found = list(loops_in(function))
    proofs = {loop: proof for loop, proof in found if isinstance(proof, Parallel)}
    cuts: dict[ir.For, _Cut] = {}
    while proofs:
        supply = NameSupply.of(function)
        cuts = {loop: _Cut(function, loop, proof, supply) for loop, proof in proofs.items()}
        made = replace(function, body=_called(function.body, cuts))
        early = _read_early(function, made, cuts)
        if not early:
            return [made, *(cut.part for cut in cuts.values())], found
        found = [(loop, early.get(loop, proof)) for loop, proof in found]
        proofs = {loop: proof for loop, proof in proofs.items() if loop not in early}
    return [function], found


def _called(block: ir.Block, cuts: Mapping[ir.For, _Cut]) -> ir.Block:
    """Return a block in which the calls of blocks take the place of loops."""

    def caller(stmt: ir.Stmt) -> ir.Stmt | ir.Block:
        return cuts[stmt].caller if isinstance(stmt, ir.For) and stmt in cuts else stmt

    return map_block(block, caller)


def _read_early(
    function: ir.Function, made: ir.Function, cuts: Mapping[ir.For, _Cut]
) -> dict[ir.For, Serial]:
    """Return the loops that would be given names which not every path has bound before.

    An iteration may read such a name behind a test: it is never asked for in vain there.
    """
    before, after = unbound(function), unbound(made)
    known = before.never.keys() | before.sometimes.keys()
    new = {**after.never, **after.sometimes}
    early: dict[ir.For, Serial] = {}
    for loop, cut in cuts.items():
        own = {id(stmt) for stmt in statements(cut.caller)}
        names = [name for name, stmt in new.items() if name not in known and id(stmt) in own]
        names += [name for name in cut.given if name in known]
        if names:
            what = "a value" if is_temporary(names[0]) else f"'{names[0]}'"
            early[loop] = Serial(f"{what} is bound on some paths only", loop.span)
    return early


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
        cost = Costs(loop, emit).of(loop.body)
        own: ir.Atom = ir.Const(len(self.proof.sums))
        for name in self.proof.added:
            own = emit.op("add", own, emit.op("size", self.var(name)))
        blocks = ir.Var(self.supply.fresh("blocks"), INT)
        out.append(ir.Call((blocks,), None, "block_count", (trips, cost, own), loop.span))
        test = emit.op("gt", blocks, ir.Const(1))
        out.append(ir.If(test, self.parallel(blocks, trips, cost), (loop,), loop.span))
        return tuple(out)

    def parallel(self, blocks: ir.Var, trips: ir.Var, cost: ir.Atom) -> ir.Block:
        """Return the call of all blocks, and the sums over them."""
        out: list[ir.Stmt] = []
        emit = Emitter(self.supply, out, self.loop.span)
        for name in self.summed():
            given = self.var(name)
            extents = [emit.op("shape", given, static=(k,)) for k in range(self.ndim(name))]
            made = ir.Op("empty", (blocks, *extents), (self.dtype(name),))
            emit.let(self.all[name], made)
        args = (trips, *map(self.var, self.given), *self.all.values())
        places = ", ".join(f"{{{k}}}" for k in range(2, len(args) + 2))
        text = f"in_blocks({self.name}, {{0}}, {{1}}, ({places},))"
        work = emit.op("mul", trips, cost)
        out.append(ir.Call((), None, text, (blocks, work, *args), self.loop.span))
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
            if name in {*self.proof.added, *self.proof.cleared, *self.proof.private}:
                whole = ir.Var(supply.fresh(f"{name}_whole"), own.type)
                params.append(whole)
                emit.let(own, self.own_array(name, whole))
            else:
                params.append(own)
        params += self.all.values()
        for name in self.proof.sums:
            emit.let(self.var(name), _nothing(self.types[name]))
        out.append(self.part_of_loop(block, blocks, trips, emit))
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

    def own_array(self, name: str, whole: ir.Var) -> ir.Op:
        """Return the array that a block has for itself: what it adds to starts from -0.0."""
        if name in self.proof.added and self.dtype(name) in FLOATS:
            return ir.Op("full_like", (whole, ir.Const(-0.0)), (None,))
        is_zero = name in self.proof.added or name in self.proof.cleared
        return ir.Op("zeros_like" if is_zero else "empty_like", (whole,), (None,))

    def part_of_loop(self, block: ir.Var, blocks: ir.Var, trips: ir.Var, emit: Emitter) -> ir.For:
        """Return the loop over the iterations of a block.

        Where no index is negative, it counts from zero: LLVM tests no signs then.
        """
        loop = self.loop
        assert isinstance(loop.step, ir.Const)
        first = ir.Var(emit.supply.fresh("first"), INT)
        emit.out.append(ir.Call((first,), None, "block_start", (block, blocks, trips), loop.span))
        start = self.index_of(first, emit)
        lowest = Floors(self.function).lowest(loop)
        if loop.step.value != 1 or lowest is None or lowest < 0:
            last = ir.Var(emit.supply.fresh("last"), INT)
            after = emit.op("add", block, ir.Const(1))
            given = after, blocks, trips
            emit.out.append(ir.Call((last,), None, "block_start", given, loop.span))
            return replace(loop, start=start, stop=self.index_of(last, emit))
        length = ir.Var(emit.supply.fresh("length"), INT)
        given = block, blocks, trips
        emit.out.append(ir.Call((length,), None, "block_length", given, loop.span))
        counter = ir.Var(emit.supply.fresh("k"), INT)
        index = ir.Op("along", (counter, ir.Const(1), start))
        body = (ir.Let(loop.var, index, loop.span), *loop.body)
        return replace(loop, var=counter, start=ir.Const(0), stop=length, body=body)

    def index_of(self, trip: ir.Var, emit: Emitter) -> ir.Atom:
        """Return what the loop's index is in an iteration."""
        start, step = self.loop.start, self.loop.step
        assert isinstance(step, ir.Const)
        far = trip if step.value == 1 else emit.op("mul", trip, step)
        is_zero = isinstance(start, ir.Const) and start.value == 0
        return far if is_zero else emit.op("add", start, far)


def _nothing(kind: object) -> ir.Const:
    """Return what a sum starts from: -0.0 leaves all that is added to it as it is, -0.0 too."""
    assert isinstance(kind, Scalar)
    return ir.Const(0, kind) if kind.dtype.startswith("int") else ir.Const(-0.0, kind)
