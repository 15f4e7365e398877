"""Work arrays: not filled with zeros that are overwritten, not made again in a loop.

Before                              After
    for k in range(steps):              t_bar = np.empty(n)
        t_bar = np.zeros(n)             for k in range(steps):
        for i in range(n):                  for i in range(n):
            t_bar[i] += u_bar[i]                t_bar[i] = u_bar[i]
        ...                                 ...

The first thing that happens to an array of zeros is often that a nest of loops adds to
every element once. (An addition of the user's stays one, `0.0 + value`: zero plus -0.0 is
0.0.) An array that lives within one iteration and has no other name can be the same one in
every iteration; also an array of zeros, if every iteration first stores the same elements of
it, and only those. A size that may be negative is tested where the array was made, and the
array is empty if the loop does not run: the size may be too large for any memory then. On
entry and on exit: flat IR.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable
from dataclasses import replace

from srcad.analysis.extents import Extents, extents_in
from srcad.analysis.floors import Floors, floors_in
from srcad.analysis.mentions import has_loops, mentioned_inside
from srcad.analysis.overlap import overlap_in
from srcad.ir import nodes as ir
from srcad.ir.known import updated
from srcad.ir.names import NameSupply
from srcad.ir.types import FLOATS, Array, Scalar
from srcad.ir.walk import assigned, blocks, map_block, map_blocks, mentioned, reads, statements
from srcad.passes.building.emitter import Emitter
from srcad.passes.building.made_sizes import not_negative, unsure_sizes

EMPTY, ZEROS = ("empty", "empty_like"), ("zeros", "zeros_like")


def work_arrays(function: ir.Function, derivatives: Collection[str]) -> ir.Function:
    """Return `function` with work arrays made once, and not filled in vain.

    derivatives: adjoints and tangents, which have the sizes of other arrays and zeros
    without a sign.
    """
    if not has_loops(function):
        return function
    function = stored_at_once(function, derivatives)
    return updated(function, body=_Outwards(function, derivatives).block(function.body))


def stored_at_once(
    function: ir.Function, derivatives: Collection[str], *, only_ours: bool = False
) -> ir.Function:
    """Return `function` with stores for the first additions to all of an array of zeros.

    only_ours: leave the user's own additions as they are.
    """
    changed = _overwritten(function.body, extents_in(function), only_ours=only_ours)
    if not changed:
        return function
    supply = NameSupply.of(function)
    body = map_block(function.body, lambda stmt: _changed(stmt, changed, supply, derivatives))
    return updated(function, body=body)


# Zeros ------------------------------------------------------------------------------


def _changed(
    stmt: ir.Stmt,
    changed: dict[ir.Stmt, ir.Let | None],
    supply: NameSupply,
    derivatives: Collection[str],
) -> ir.Block:
    """Return what a statement becomes: another making, a store for an addition."""
    if stmt not in changed:
        return (stmt,)
    new = changed[stmt]
    if new is not None:
        return (new,)
    assert isinstance(stmt, ir.Accum)
    emit = Emitter(supply, [], stmt.span)
    value, kind = stmt.value, stmt.target.type
    users = not (stmt.any_order or stmt.target.name in derivatives)
    if users and isinstance(kind, Array) and kind.dtype in FLOATS:
        value = emit.op("add", ir.Const(0.0, Scalar(kind.dtype)), value)
    emit.store(stmt.target, stmt.index or (), value)
    return tuple(emit.out)


def _overwritten(
    block: ir.Block, facts: Extents, *, only_ours: bool
) -> dict[ir.Stmt, ir.Let | None]:
    """Return the making of zeros that are added to at once, and how to make the array then.

    Beside each the addition, with None.
    """
    found: dict[ir.Stmt, ir.Let | None] = {}
    for p, stmt in enumerate(block):
        for inner in blocks(stmt):
            found |= _overwritten(inner, facts, only_ours=only_ours)
        match stmt:
            case ir.Let(target=target, value=ir.Op(prim="zeros" | "zeros_like" as prim) as op):
                pass
            case _:
                continue
        if op.static == ("like",):
            continue
        first = next((s for s in block[p + 1 :] if target.name in mentioned_inside(s)), None)
        accum = covering(first, stmt, facts) if isinstance(first, ir.For) else None
        if accum is not None and (accum.any_order or not only_ours):
            found[stmt] = replace(stmt, value=replace(op, prim=prim.replace("zeros", "empty")))
            found[accum] = None
    return found


def covering(loop: ir.For, made: ir.Let, facts: Extents) -> ir.Accum | None:
    """Return what first adds to the elements of an array in a nest, to every one once.

    Behind it, an iteration may go on with what it has set: the same row, the same element.
    """
    name = made.target.name
    runs_to: dict[str, Hashable] = {}
    later: list[tuple[list[str], ir.Stmt]] = []
    stmt: ir.Stmt = loop
    while isinstance(stmt, ir.For):
        stop = facts.full_range(stmt)
        if stop is None:
            return None
        runs_to[stmt.var.name] = stop
        first, *others = [s for s in stmt.body if name in mentioned_inside(s)]
        later += [(list(runs_to), s) for s in others]
        stmt = first
    if not isinstance(stmt, ir.Accum) or stmt.index is None or stmt.target.name != name:
        return None
    found = [p.name if isinstance(p, ir.Var) else "" for p in stmt.index]
    if sorted(found) != sorted(runs_to):
        return None
    if [runs_to[n] for n in found] != facts.extents(made, len(found)):
        return None
    if not all(_stays(s, name, {found.index(var): var for var in fixed}) for fixed, s in later):
        return None
    return stmt


def _stays(stmt: ir.Stmt, name: str, fixed: dict[int, str]) -> bool:
    """Return whether all that is done to an array has these indices at these axes."""
    if set(fixed.values()) & assigned((stmt,)):
        return False
    for inner in statements((stmt,)):
        match inner:
            case ir.Let(value=ir.Load(array=ir.Var(name=array), index=index)) if array == name:
                pass
            case ir.Store(array=ir.Var(name=array), index=index) if array == name:
                pass
            case ir.Accum(target=ir.Var(name=array), index=tuple() as index) if array == name:
                pass
            case _ if name in mentioned(inner):
                return False
            case _:
                continue
        at = [part.name if isinstance(part, ir.Var) else None for part in index]
        if len(at) <= max(fixed) or any(at[axis] != var for axis, var in fixed.items()):
            return False
    return True


def _names(atom: ir.Atom) -> set[str]:
    return {atom.name} if isinstance(atom, ir.Var) else set()


# Out of loops -----------------------------------------------------------------------


class _Outwards:
    """Moves the making of work arrays out of the loops that they live in."""

    def __init__(self, function: ir.Function, derivatives: Collection[str]) -> None:
        self.derivatives = derivatives
        self.overlap = overlap_in(function)
        self.facts = extents_in(function)
        self.floors = floors_in(function)
        self.supply = NameSupply.of(function)
        returned = {a.name for a in function.returns if isinstance(a, ir.Var)}
        passed = {n for s in statements(function.body) if isinstance(s, ir.Call) for n in reads(s)}
        self.seen = returned | passed
        self.inside: dict[str, int] = Counter(
            name for s in statements(function.body) for name in mentioned(s)
        )

    def block(self, block: ir.Block) -> ir.Block:
        """Return a block whose loops make no work arrays that they need not make."""
        out: list[ir.Stmt] = []
        for stmt in block:
            new = map_blocks(stmt, self.block)
            if isinstance(new, ir.For | ir.While):
                moved = [s for s in new.body if isinstance(s, ir.Let) and self.may_move(s, new)]
                emit = Emitter(self.supply, out, new.span)
                tested: set[ir.Atom] = set()
                tests: dict[ir.Stmt, ir.Block] = {}
                sizes = _Sizes(self.floors, new, emit)
                for let in moved:
                    tests[let] = self.move(let, tested, sizes)
                if moved:
                    body = (tests.get(s, (s,)) for s in new.body)
                    new = replace(new, body=tuple(s for part in body for s in part))
            out.append(new)
        return tuple(out)

    def may_move(self, let: ir.Let, loop: ir.For | ir.While) -> bool:
        """Return whether an iteration makes a work array for itself alone."""
        name = let.target.name
        match let.value:
            case ir.Op(prim=prim, static=static, args=args) if prim in (*EMPTY, *ZEROS):
                if static == ("like",) or _arguments(args) & assigned((loop,)):
                    return False
                if prim in ZEROS and not self.is_refilled(let, loop):
                    return False
            case _:
                return False
        if name not in self.facts.once or name in self.seen or not self.overlap.is_alone(name):
            return False
        if unsure_sizes(let.value, self.floors) and not _is_reached(let, loop):
            return False
        after = statements(loop.body[loop.body.index(let) :])
        return sum(name in mentioned(s) for s in after) == self.inside[name]

    def is_refilled(self, let: ir.Let, loop: ir.For | ir.While) -> bool:
        """Return whether every iteration first stores the same elements, and only those."""
        name, changed = let.target.name, assigned((loop,))
        block = loop.body[loop.body.index(let) + 1 :]
        users = [s for s in block if name in mentioned_inside(s)]
        writes = [s for s in statements(loop.body) if name in _written(s)]
        indices: set[str] = set()
        stmt = users[0] if users else None
        while isinstance(stmt, ir.For):
            if stmt.until is not None or _arguments((stmt.start, stmt.stop, stmt.step)) & changed:
                return False
            indices.add(stmt.var.name)
            inside = [s for s in stmt.body if name in mentioned_inside(s)]
            stmt = inside[0] if len(inside) == 1 else None
        if not isinstance(stmt, ir.Store) or writes != [stmt] or name in _names(stmt.value):
            return False
        return all(self.is_known(stmt, part, indices, changed) for part in stmt.index)

    def is_known(
        self, stmt: ir.Stmt, part: ir.Atom | ir.Slice, indices: set[str], changed: set[str]
    ) -> bool:
        """Return whether an index is computed from those of loops and what does not change."""
        if isinstance(part, ir.Slice):
            return False
        if isinstance(part, ir.Const) or part.name in indices or part.name not in changed:
            return True
        match self.facts.operation(stmt, part):
            case made, ir.Op("add" | "sub", args):
                return all(self.is_known(made, arg, indices, changed) for arg in args)
        return False

    def move(self, let: ir.Let, tested: set[ir.Atom], sizes: _Sizes) -> ir.Block:
        """Append the making of a work array before the loop, which may not run.

        Returns what stays where it was: tests of sizes that may be negative, unless `tested`.
        The array of a derivative has the size of one of the user's.
        """
        op = let.value
        assert isinstance(op, ir.Op)
        inside = Emitter(self.supply, [], let.span)
        if op.prim not in {"empty", "zeros"}:
            sizes.emit.out.append(let)
            return ()
        args = tuple(sizes.valid(arg) for arg in op.args)
        sizes.emit.out.append(replace(let, value=replace(op, args=args)))
        for arg, valid in zip(op.args, args, strict=True):
            if arg is not valid and arg not in tested and let.target.name not in self.derivatives:
                tested.add(arg)
                inside.out += not_negative(arg, self.supply, let.span)
        return tuple(inside.out)


class _Sizes:
    """Sizes of arrays that are made before a loop."""

    def __init__(self, floors: Floors, loop: ir.For | ir.While, emit: Emitter) -> None:
        self.floors = floors
        self.loop = loop
        self.emit = emit
        self.known: dict[ir.Atom, ir.Atom] = {}

    def valid(self, size: ir.Atom) -> ir.Atom:
        """Return a size that is valid: 0 where it is negative or the loop does not run."""
        if self.floors.is_at_least(size, 0):
            return size
        if size not in self.known:
            assert isinstance(self.loop, ir.For)
            wanted = self.emit.op("max", size, ir.Const(0))
            runs = loop_runs(self.loop, self.emit)
            self.known[size] = (
                wanted
                if isinstance(runs, ir.Const)
                else self.emit.op("select", runs, wanted, ir.Const(0))
            )
        return self.known[size]


def loop_runs(loop: ir.For, emit: Emitter) -> ir.Atom:
    """Return the test that a loop has an iteration; a literal where it surely has."""
    match loop:
        case ir.For(start=ir.Const(a), stop=ir.Const(b), step=ir.Const(step)) if (b - a) * step > 0:
            return ir.Const(value=True)
        case ir.For(step=ir.Const(step)):
            return emit.op("lt" if step > 0 else "gt", loop.start, loop.stop)
    trips = emit.op("trips", loop.start, loop.stop, loop.step)
    return emit.op("gt", trips, ir.Const(0))


def _is_reached(stmt: ir.Stmt, loop: ir.For | ir.While) -> bool:
    """Return whether a loop that has an iteration surely comes to a statement of its body."""
    if isinstance(loop, ir.While):
        return False
    before = statements(loop.body[: loop.body.index(stmt)])
    return not any(isinstance(s, ir.Raise | ir.Call | ir.While) for s in before)


def _arguments(args: tuple[ir.Atom, ...]) -> set[str]:
    return {name for arg in args for name in _names(arg)}


def _written(stmt: ir.Stmt) -> set[str]:
    """Return the array that a statement writes elements of."""
    match stmt:
        case ir.Store(array=array) | ir.Accum(target=array, index=tuple()):
            return {array.name}
        case _:
            return set()
