"""Additions to neighbours become one sum per element.

Before                                  After
    for i in range(n):                      for i in range(n - 2):
        s = v_bar[i]                            u_bar[i + 2] += v_bar[i + 2] + v_bar[i]
        u_bar[i] += s                       for j in range(n if n <= 4 else 4):
        u_bar[i + 2] += s                       k = j if n <= 4 or j < 2 else j + (n - 4)
                                                s = v_bar[k]
                                                if k < 2:
                                                    u_bar[k] += s
                                                if k >= n - 2:
                                                    u_bar[k + 2] += s

The adjoint of a stencil scatters: it reads and writes every element once per neighbour,
which does not vectorise. Here the elements that all neighbours add to are written once,
from an iteration space that is moved; what is added to the others, near the boundary,
comes from the iterations near the boundary.

Legal where the loops only add to the array, and every index is one loop's index plus a
literal: the sum is taken in another order, otherwise it is the same. So the additions have to
be ours (`Accum.any_order`): those of the user keep their order. Terms that are cheap,
and that do not depend on the order of the iterations, are computed once per neighbour; for
others the loops keep a value in a work array first.

In two dimensions and more, most iterations are far from the boundary but many rows end
there. Values that all terms are multiples of are then kept in an array with an apron of
zeros around it, so that one nest writes all elements: nothing is left near the boundary.
On entry and on exit: flat IR.
"""

from __future__ import annotations

from srcad.analysis.mentions import has_loops
from srcad.analysis.neighbours import Sum, held_values, origins, sums
from srcad.analysis.nests import Access, Nest, nest_of
from srcad.analysis.overlap import Overlap, overlap_in
from srcad.ir import nodes as ir
from srcad.ir.known import updated
from srcad.ir.names import NameSupply
from srcad.ir.types import BOOL, INT, Array
from srcad.ir.walk import assigned, map_atoms, map_block, map_blocks
from srcad.passes.building.emitter import Emitter
from srcad.passes.cleaning.dead import remove_dead
from srcad.passes.loops.hoist import hoist


def gather(function: ir.Function) -> ir.Function:
    """Return `function` with additions to neighbours gathered."""
    if not has_loops(function):
        return function
    overlap, supply = overlap_in(function), NameSupply.of(function)

    def block(stmts: ir.Block, changing: frozenset[str]) -> ir.Block:
        out: list[ir.Stmt] = []
        for stmt in stmts:
            found = None
            if isinstance(stmt, ir.For):
                found = _gathered(stmt, overlap, supply, changing)
            if found is None:
                inner = changing
                if isinstance(stmt, ir.For | ir.While):
                    inner = frozenset(assigned((stmt,)))
                found = (map_blocks(stmt, lambda b, names=inner: block(b, names)),)  # type: ignore[misc]
            out.extend(found)
        return tuple(out)

    body = block(function.body, frozenset())
    if all(a is b for a, b in zip(body, function.body, strict=False)):
        return function
    return hoist(remove_dead(updated(function, body=body)))


def _gathered(
    loop: ir.For, overlap: Overlap, supply: NameSupply, changing: frozenset[str]
) -> ir.Block | None:
    """Return what a nest of loops becomes; None if it stays as it is.

    changing: what the innermost loop around it assigns.
    """
    nest = nest_of(loop, supply, overlap.is_number)
    if nest is None:
        return None
    early: list[ir.Stmt] = []
    late: list[ir.Stmt] = []
    gone: set[ir.Stmt] = set()
    kept: dict[ir.Stmt, ir.Block] = {}
    for found in sums(nest, overlap):
        names = held_values(nest, found, overlap)
        if names is None:
            continue
        apron = None
        if len(nest.loops) > 1 and not any(_name(x.stop) in changing for x in nest.loops):
            apron = origins(nest, found)
        names = names if apron is None else apron.names
        scaled = None if apron is None else apron.scaled
        writer = _Gather(nest, found, supply, scaled)
        early += writer.work_arrays(names, overlap, kept)
        (late if names else early).extend(writer.statements())
        gone |= {access.stmt for access in found.terms}
    if not gone:
        return None

    def change(stmt: ir.Stmt) -> ir.Stmt | ir.Block:
        if stmt in gone:
            return ()
        return (stmt, *kept[stmt]) if stmt in kept else stmt

    return (*early, *map_block((loop,), change), *late)


class _Gather:
    """Writes the two nests that replace the additions to one array.

    scaled: see `Origins`, where the values are kept with an apron of zeros.
    """

    def __init__(
        self, nest: Nest, found: Sum, supply: NameSupply, scaled: dict[str, ir.Var] | None
    ) -> None:
        self.has_apron = scaled is not None
        self.scaled = scaled or {}
        self.nest = nest
        self.found = found
        self.supply = supply
        self.span = found.terms[0].stmt.span
        self.bounds: dict[tuple[ir.Atom, int], ir.Atom] = {}
        self.held: dict[str, ir.Var] = {}

    def statements(self) -> list[ir.Stmt]:
        """Return the nest of the elements that all terms reach, and that of the others."""
        out: list[ir.Stmt] = []
        emit = Emitter(self.supply, out, self.span)
        self.inner(emit)
        if not self.has_apron:
            self.outer(emit)
        return out

    def work_arrays(
        self, names: list[str], overlap: Overlap, kept: dict[ir.Stmt, ir.Block]
    ) -> list[ir.Stmt]:
        """Return the making of arrays for values; `kept` is told where they are stored."""
        out: list[ir.Stmt] = []
        if not names:
            return out
        emit = Emitter(self.supply, out, self.span)
        type_ = overlap.type_of[self.found.array.name]
        assert isinstance(type_, Array)
        loops = self.nest.loops
        extents = [self.extent(emit, x) for x in loops]
        if self.has_apron:
            extents = [self.wider(emit, e, d, 2) for d, e in enumerate(extents)]
        prim = "zeros" if self.has_apron else "empty"
        for name in names:
            made = self.nest.made_by[name]
            held = ir.Var(self.supply.fresh("held"), Array(type_.dtype, len(loops)))
            self.held[name] = emit.let(held, ir.Op(prim, tuple(extents), (type_.dtype,)))
            inside = Emitter(self.supply, [], self.span)
            index = tuple(self.held_index(inside, d) for d in range(len(loops)))
            inside.store(held, index, made.target)
            kept[made] = tuple(inside.out)
        return out

    def extent(self, emit: Emitter, loop: ir.For) -> ir.Atom:
        """Return how many elements a loop needs in an array that it stores into."""
        stop = loop.stop
        if self.has_apron:
            assert isinstance(loop.start, ir.Const)
            stop = self.minus(emit, stop, int(loop.start.value))
        if isinstance(stop, ir.Const):
            return ir.Const(max(0, int(stop.value)))
        return _integer(emit, "max", stop, 0)

    def held_index(self, emit: Emitter, d: int) -> ir.Atom:
        """Return where a loop's iteration stores in an array, in one dimension."""
        loop = self.nest.loops[d]
        assert isinstance(loop.start, ir.Const)
        away = self.found.width(d) - int(loop.start.value) if self.has_apron else 0
        if away == 0:
            return loop.var
        return _integer(emit, "add" if away > 0 else "sub", loop.var, abs(away))

    def wider(self, emit: Emitter, extent: ir.Atom, d: int, times: int) -> ir.Atom:
        """Return the extent of a loop and of its apron, on one side or on both."""
        more = times * self.found.width(d)
        if isinstance(extent, ir.Const):
            return ir.Const(int(extent.value) + more)
        return _integer(emit, "add", extent, more) if more else extent

    def inner(self, emit: Emitter) -> None:
        """Append the nest that writes every element once."""
        found, loops = self.found, self.nest.loops
        indices = [ir.Var(self.supply.fresh(loop.var.name)) for loop in loops]
        inside = Emitter(self.supply, [], self.span)
        code = _Code(self.nest, indices, inside, self.held, self.scaled)
        total: ir.Atom | None = None
        for term, offset in zip(found.terms, found.offsets, strict=True):
            shift = tuple(found.most(d) - offset[d] for d in range(len(loops)))
            value = code.value(self.nest.values[term.stmt], shift)
            total = value if total is None else inside.op("add", total, value)
        assert total is not None
        offset = tuple(
            self.first(d) if self.has_apron else found.most(d) for d in range(len(loops))
        )
        place = self.place(code, found.terms[0], offset)
        inside.accumulate(found.array, place, total)
        body: ir.Block = tuple(inside.out)
        for d in range(len(loops) - 1, -1, -1):
            start, stop = self.bounds_of(emit, d)
            body = (ir.For(indices[d], start, stop, ir.Const(1), body, None, self.span),)
        emit.out.extend(body)

    def first(self, d: int) -> int:
        """Return the lowest index that is added to, in the dimension of a loop."""
        start = self.nest.loops[d].start
        assert isinstance(start, ir.Const)
        return int(start.value) + min(offset[d] for offset in self.found.offsets)

    def bounds_of(self, emit: Emitter, d: int) -> tuple[ir.Atom, ir.Atom]:
        """Return the bounds of the loop that gathers: all elements, or those that all reach.

        With an apron it counts from 0, over as many elements as the terms reach, if any.
        """
        loop, width = self.nest.loops[d], self.found.width(d)
        if not self.has_apron:
            return loop.start, self.minus(emit, loop.stop, width)
        extent = self.extent(emit, loop)
        wide = self.wider(emit, extent, d, 1)
        if isinstance(extent, ir.Const):
            return ir.Const(0), wide if extent.value else ir.Const(0)
        test = emit.let(ir.Var(emit.supply.temporary(), BOOL), ir.Op("gt", (extent, ir.Const(0))))
        stop = ir.Var(emit.supply.temporary(), INT)
        return ir.Const(0), emit.let(stop, ir.Op("select", (test, wide, ir.Const(0))))

    def place(self, code: _Code, term: Access, offset: tuple[int, ...]) -> ir.Index:
        """Return the index of an element, `offset` away from the loops' indices."""
        loop_of = self.found.loop_of
        return tuple(
            code.index(loop_of[k], offset[loop_of[k]]) if k in loop_of else part
            for k, part in enumerate(term.index)
        )

    def outer(self, emit: Emitter) -> None:
        """Append the nest over the iterations near the boundary."""
        found, loops = self.found, self.nest.loops
        last = len(loops) - 1
        indices = [ir.Var(self.supply.fresh(loop.var.name)) for loop in loops]
        levels: list[Emitter] = [Emitter(self.supply, [], self.span) for _ in loops]
        edge: ir.Atom = ir.Const(value=False)
        for d in range(last):
            if found.width(d):
                low, high = self.limits(emit, d, found.width(d), found.width(d))
                here = levels[d + 1]
                before, behind = here.op("lt", indices[d], low), here.op("ge", indices[d], high)
                beyond = here.op("or", before, behind)
                edge = beyond if isinstance(edge, ir.Const) else here.op("or", edge, beyond)
        count, index = self.jump(emit, levels[last], edge, indices[last])
        inside = index[0]
        code = _Code(self.nest, indices, inside, self.held, {})
        zero = (0,) * len(loops)
        for term, offset in zip(found.terms, found.offsets, strict=True):
            tests: list[ir.Atom] = []
            for d in range(len(loops)):
                shift = found.most(d) - offset[d]
                low, high = self.limits(emit, d, shift, found.width(d) - shift)
                if shift:
                    tests.append(inside.op("lt", indices[d], low))
                if found.width(d) - shift:
                    tests.append(inside.op("ge", indices[d], high))
            test = tests[0]
            for other in tests[1:]:
                test = inside.op("or", test, other)
            value = code.value(self.nest.values[term.stmt], zero)
            place = self.place(code, term, offset)
            added = ir.Accum(found.array, place, value, term.stmt.span, any_order=True)
            inside.out.append(ir.If(test, (added,), (), self.span))
        bounds = ir.Const(0), count, ir.Const(1)
        body: ir.Block = (ir.For(index[1], *bounds, tuple(inside.out), None, self.span),)
        for d in range(last - 1, -1, -1):
            body = (*levels[d + 1].out, *body)
            low, high = loops[d].start, loops[d].stop
            body = (ir.For(indices[d], low, high, ir.Const(1), body, None, self.span),)
        emit.out.extend((*levels[0].out, *body))

    def limits(self, emit: Emitter, d: int, low: int, high: int) -> tuple[ir.Atom, ir.Atom]:
        """Return the start of a loop plus `low`, and its stop minus `high`."""
        start = self.nest.loops[d].start
        assert isinstance(start, ir.Const)
        stop = self.minus(emit, self.nest.loops[d].stop, high) if high else self.nest.loops[d].stop
        return ir.Const(int(start.value) + low), stop

    def minus(self, emit: Emitter, atom: ir.Atom, number: int) -> ir.Atom:
        """Return an atom minus a literal, computed once before the nests."""
        if number == 0:
            return atom
        if isinstance(atom, ir.Const):
            return ir.Const(int(atom.value) - number)
        if (atom, number) not in self.bounds:
            self.bounds[atom, number] = _integer(emit, "sub", atom, number)
        return self.bounds[atom, number]

    def jump(
        self, emit: Emitter, level: Emitter, edge: ir.Atom, var: ir.Var
    ) -> tuple[ir.Atom, tuple[Emitter, ir.Var]]:
        """Return the iterations of the innermost loop, and a body that starts with `var`.

        All of them on an edge; else as many at both ends as the offsets are apart.
        """
        loop, width = self.nest.loops[-1], self.found.width(len(self.nest.loops) - 1)
        start = loop.start
        assert isinstance(start, ir.Const)
        extent = self.minus(emit, loop.stop, int(start.value))
        counter = ir.Var(self.supply.fresh("near"))
        inside = Emitter(self.supply, [], self.span)
        first = inside.op("add", counter, start) if start.value else counter
        if not width:
            inside.let(var, first)
            return level.op("select", edge, extent, ir.Const(0)), (inside, counter)
        short = emit.op("le", extent, ir.Const(2 * width))
        every = short if isinstance(edge, ir.Const) else level.op("or", short, edge)
        count = level.op("select", every, extent, ir.Const(2 * width))
        jumped = inside.op("add", counter, self.minus(emit, loop.stop, 2 * width))
        plain = inside.op("or", every, inside.op("lt", counter, ir.Const(width)))
        inside.let(var, ir.Op("select", (plain, first, jumped)))
        return count, (inside, counter)


class _Code:
    """Writes the values of a nest for iterations that are shifted."""

    def __init__(
        self,
        nest: Nest,
        indices: list[ir.Var],
        emit: Emitter,
        held: dict[str, ir.Var],
        scaled: dict[str, ir.Var],
    ) -> None:
        self.nest = nest
        self.scaled = scaled
        self.held = held
        self.indices = indices
        self.emit = emit
        self.known: dict[object, ir.Atom] = {}

    def index(self, d: int, offset: int) -> ir.Atom:
        """Return the index of a loop plus an offset."""
        if offset == 0:
            return self.indices[d]
        key = (d, offset)
        if key not in self.known:
            prim = "add" if offset > 0 else "sub"
            self.known[key] = self.emit.op(prim, self.indices[d], ir.Const(abs(offset)))
        return self.known[key]

    def value(self, atom: ir.Atom, shift: tuple[int, ...]) -> ir.Atom:
        """Return what `atom` is in the iteration that is `shift` away."""
        if not isinstance(atom, ir.Var):
            return atom
        names = self.nest.needed({atom.name}, frozenset(self.held))
        for name in self.nest.lets:
            if name in names:
                self.define(name, shift)
        return self.shifted(atom, shift)

    def define(self, name: str, shift: tuple[int, ...]) -> None:
        """Append one operation, unless it is there or is an index."""
        if (name, shift) in self.known or self.nest.affine(ir.Var(name)) is not None:
            return
        value: ir.Value
        if name in self.held:
            value = ir.Load(self.held[name], tuple(self.index(d, s) for d, s in enumerate(shift)))
        else:
            value = map_atoms(self.nest.lets[name], lambda a: self.shifted(a, shift))
        if name in self.scaled and name not in self.held:
            nothing = ir.Const(0.0)
            test = self.emit.op("ne", self.shifted(self.scaled[name], shift), nothing)
            value = ir.Op("select", (test, self.emit.temp(value), nothing))
        self.known[name, shift] = self.emit.temp(value)

    def shifted(self, atom: ir.Atom, shift: tuple[int, ...]) -> ir.Atom:
        """Return the name of a value that has been written."""
        place = self.nest.affine(atom)
        if place is not None:
            return self.index(place[0], place[1] + shift[place[0]])
        if isinstance(atom, ir.Var):
            return self.known.get((atom.name, shift), atom)
        return atom


def _integer(emit: Emitter, prim: str, atom: ir.Atom, number: int) -> ir.Var:
    """Return an operation on an integer and a literal, which `hoist` may move."""
    target = ir.Var(emit.supply.temporary(), INT)
    return emit.let(target, ir.Op(prim, (atom, ir.Const(number, INT))))


def _name(atom: ir.Atom) -> str | None:
    return atom.name if isinstance(atom, ir.Var) else None
