"""Loops that go on with an array of another shape: `y = np.append(y, v)`, `x = x[1:]`.

Before                              After
    y = np.zeros(0)                     y = np.zeros(0)
    for t in range(m):                  y_extent = y.shape[0]
        new = np.empty(len(y) + 1)      room = list_extent(y_extent)
        ...                             y_kept = np.empty(room)
        y = new                         for i in range(y_extent):
    return y[0]                             y_kept[i] = y[i]
                                        for t in range(m):
                                            y = np.empty(y_extent)
                                            for i in range(y_extent):
                                                y[i] = y_kept[i]
                                            new = np.empty(len(y) + 1)
                                            ...
                                            y = new
                                            y_extent = y.shape[0]
                                            for i in range(y_extent):
                                                y_kept[i] = y[i]
                                        y = np.empty(y_extent)
                                        ...
                                        return y[0]

The elements wait for the next iteration in the buffer of a list, which has the places that
are asked for, and the extents in numbers. Both are what the reverse sweep undoes anyway, and
an iteration's array is one that it makes itself: its adjoint has its shape. All the copies
together are as long as the arrays that the iterations end with.

Only arrays whose shape may change are carried so (`keeps_shape`). An array keeps its shape
where each of its extents is, at the end of an iteration, the one that it had before, one of
arrays from outside the loop, or the wider of such extents. Whether it does is then checked
when the loop runs. What holds nothing before the loop, as where a name is None, gets a shape in
it. Where all of them are from outside and no iteration reads what the one before
has left, they must be known to be those that it has before the loop.

On entry and on exit: flat IR; new names have no types yet.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from srcad.analysis.extents import SAME_SHAPE, Extents
from srcad.analysis.origins import MERGES, meanings
from srcad.analysis.values import Def, Values
from srcad.ir import nodes as ir
from srcad.ir.names import NameSupply
from srcad.ir.types import INT, Array, Type
from srcad.passes.building.emitter import Emitter
from srcad.rules.linalg import Whole

WIDER = {"wider_extent", "common_extent", "max", "min"}
MADE = {"empty", "zeros", "ones"}


# Which arrays keep their shape -----------------------------------------------------------


def keeps_shape(
    loop: ir.Stmt, name: str, type_: Type | None, function: ir.Function, facts: Values
) -> bool:
    """Return whether the array that a loop carries surely, or by all signs, keeps its shape."""
    assert isinstance(type_, Array)
    phi = facts.phis[loop][name]
    if _may_be_nothing(phi.inputs[0], facts):
        return False
    for axis in range(type_.ndim):
        shapes = _Shapes(loop, phi, facts)
        if not shapes.size(phi.inputs[1], axis) or (shapes.axes and axis not in shapes.axes):
            return False
        if not shapes.axes and not _goes_on(loop, phi, facts):
            extents = Extents(function, facts)
            if extents.size(phi.inputs[0], axis) != extents.size(phi.inputs[1], axis):
                return False
    return True


def _may_be_nothing(before: Def | None, facts: Values) -> bool:
    """Return whether the array before a loop may be one without elements: None, `zeros(0)`."""
    for d in meanings([before], facts):
        match d.stmt:
            case ir.Let(value=ir.Op("empty" | "zeros", args)):
                if any(isinstance(size, ir.Const) and size.value == 0 for size in args):
                    return True
    return False


def _goes_on(loop: ir.Stmt, phi: Def, facts: Values) -> bool:
    """Return whether an iteration may read what the one before it has left."""
    if any(d is phi for d in facts.reads.values()):
        return True
    merges = [d for env in (*facts.phis.values(), *facts.outs.values()) for d in env.values()]
    return any(phi in d.inputs for d in merges if d is not facts.outs[loop].get(phi.name))


class _Shapes:
    """Looks at where extents of what a loop carries come from."""

    def __init__(self, loop: ir.Stmt, phi: Def, facts: Values) -> None:
        self.loop = loop
        self.phi = phi
        self.facts = facts
        self.asked: set[tuple[Def, int]] = set()
        self.axes: set[int] = set()

    def size(self, d: Def | None, axis: int) -> bool:
        """Return whether an extent is one of what is carried, which is noted, or from outside."""
        if d is None:
            return False
        if d is self.phi:
            self.axes.add(axis)
            return True
        if self.loop not in self.facts.loops(d.place) or (d, axis) in self.asked:
            return True
        self.asked.add((d, axis))
        if d.kind in MERGES:
            return all(self.size(source, axis) for source in d.inputs)
        match d.stmt:
            case ir.Let(value=ir.Var(name=name)) as stmt:
                return self.size(self.read(stmt, name), axis)
            case ir.Let(value=ir.Load(array=array, index=index)) as stmt:
                at = _axis_of_source(index, axis)
                return at is not None and self.size(self.read(stmt, array.name), at)
            case ir.Let(value=ir.Op(prim, (ir.Var(name=name), *_))) as stmt if prim in SAME_SHAPE:
                return self.size(self.read(stmt, name), axis)
            case ir.Let(value=ir.Op("full_like", (ir.Var(name=name), *_))) as stmt:
                return self.size(self.read(stmt, name), axis)
            case ir.Let(value=ir.Op("transpose", (ir.Var(name=name),), (tuple() as axes,))) as stmt:
                return self.size(self.read(stmt, name), axes[axis])
            case ir.Let(value=ir.Op(prim, args, static)) as stmt if prim in MADE:
                extents = args[1:] if static == ("like",) else args
                return self.number(stmt, extents[axis])
            case ir.Let(value=ir.Op("full", (_, *extents))) as stmt:
                return self.number(stmt, extents[axis])
            case ir.Call(function=Whole() as row) as stmt:
                return self.of_call(stmt, row, d.name, axis)
            case ir.Call() as stmt if hasattr(stmt.function, "shaped_like"):
                return self.of_derivative(stmt, d.name, axis)
        return False

    def number(self, stmt: ir.Stmt, atom: ir.Atom) -> bool:
        """Return whether an integer is an extent of that kind, or comes from outside."""
        if isinstance(atom, ir.Const):
            return True
        d = self.read(stmt, atom.name)
        if d is None:
            return False
        if self.loop not in self.facts.loops(d.place):
            return True
        match d.stmt:
            case ir.Let(value=ir.Op("shape", (ir.Var(name=name),), (int(axis),))) as at:
                return self.size(self.read(at, name), axis)
            case ir.Let(value=ir.Op("len", (ir.Var(name=name, type=Array()),))) as at:
                return self.size(self.read(at, name), 0)
            case ir.Let(value=ir.Op("size", (ir.Var(name=name, type=Array(ndim=1)),))) as at:
                return self.size(self.read(at, name), 0)
            case ir.Let(value=ir.Op(prim, args)) as at if prim in WIDER:
                return all(self.number(at, arg) for arg in args)
            case ir.Let(value=ir.Op(args=args)) as at:
                return all(self.is_outside(at, arg) for arg in args)
            case ir.Let(value=ir.Var() | ir.Const() as other) as at:
                return self.number(at, other)
        return False

    def is_outside(self, stmt: ir.Stmt, atom: ir.Atom) -> bool:
        """Return whether a number is the same in all iterations."""
        if isinstance(atom, ir.Const):
            return True
        d = self.read(stmt, atom.name)
        if d is None:
            return False
        if self.loop not in self.facts.loops(d.place):
            return True
        match d.stmt:
            case ir.Let(value=ir.Op(args=args)) as at if d.kind == "let":
                return all(self.is_outside(at, arg) for arg in args)
            case ir.Let(value=ir.Var() | ir.Const() as other) as at if d.kind == "let":
                return self.is_outside(at, other)
        return False

    def of_call(self, stmt: ir.Call, row: Whole, name: str, axis: int) -> bool:
        """Return whether an extent of a result of a function of whole arrays is of that kind."""
        letter = row.results[[t.name for t in stmt.targets].index(name)].axes[axis]
        for item, arg in zip(row.params, stmt.args, strict=False):
            if letter in item.axes and isinstance(arg, ir.Var):
                return self.size(self.read(stmt, arg.name), item.axes.index(letter))
        return False

    def of_derivative(self, stmt: ir.Call, name: str, axis: int) -> bool:
        """Return whether an extent of a result of a derivative is of that kind."""
        positions = stmt.function.shaped_like(len(stmt.targets))  # type: ignore[attr-defined]
        position = positions[[t.name for t in stmt.targets].index(name)]
        given = None if position is None else stmt.args[position]
        return isinstance(given, ir.Var) and self.size(self.read(stmt, given.name), axis)

    def read(self, stmt: ir.Stmt, name: str) -> Def | None:
        """Return the value that a statement reads under a name."""
        return self.facts.reads.get((stmt, name))


def _axis_of_source(index: ir.Index, axis: int) -> int | None:
    """Return the axis of an array that a view has as its own; None where it is cut, or chosen."""
    at = 0
    for k, part in enumerate(index):
        if isinstance(part, ir.Slice):
            if at == axis:
                return k if part == ir.Slice() else None
            at += 1
        elif isinstance(part.type, Array):
            return None
    return len(index) + axis - at


# The loop --------------------------------------------------------------------------------


def resized(
    loop: ir.Stmt,
    names: Sequence[str],
    types: Mapping[str, Type | None],
    supply: NameSupply,
) -> ir.Block:
    """Return what takes the place of a loop that carries arrays of changing shapes."""
    assert isinstance(loop, ir.For | ir.While)
    parts: tuple[list[ir.Stmt], ...] = ([], [], [], [])
    before, start, end, after = (Emitter(supply, out, loop.span) for out in parts)
    for name in names:
        kind = types[name]
        assert isinstance(kind, Array)
        array = ir.Var(name, kind)
        extents = tuple(ir.Var(supply.fresh(f"{name}_extent"), INT) for _ in range(kind.ndim))
        buffer = ir.Var(supply.fresh(f"{name}_kept"), Array(kind.dtype, 1, "C"))
        _measure(before, array, extents)
        size: ir.Atom = extents[0]
        for extent in extents[1:]:
            size = before.op("mul", size, extent)
        room = before.let(ir.Var(supply.fresh("room"), INT), ir.Op("list_extent", (size,)))
        before.let(buffer, ir.Op("empty", (room,), (kind.dtype,)))
        _copy(before, array, buffer, extents, into=buffer)
        for emit in (start, after):
            emit.let(array, ir.Op("empty", extents, (kind.dtype,)))
            _copy(emit, array, buffer, extents, into=array)
        _measure(end, array, extents)
        _copy(end, array, buffer, extents, into=buffer)
    body = (*loop.body, *parts[2])
    match loop:
        case ir.For():
            new: ir.Stmt = replace(loop, body=(*parts[1], *body))
        case ir.While():
            new = replace(loop, cond_body=(*parts[1], *loop.cond_body), body=body)
    return (*parts[0], new, *parts[3])


def _measure(emit: Emitter, array: ir.Var, extents: Sequence[ir.Var]) -> None:
    """Write the extents of an array."""
    for axis, extent in enumerate(extents):
        emit.let(extent, ir.Op("shape", (array,), (axis,)))


def _copy(
    emit: Emitter, array: ir.Var, buffer: ir.Var, extents: Sequence[ir.Var], *, into: ir.Var
) -> None:
    """Write the copy of all elements from an array to a buffer, or back: row by row."""
    supply = emit.supply
    index = tuple(ir.Var(supply.fresh(letter), INT) for letter in "ijklmnopq"[: len(extents)])
    body: list[ir.Stmt] = []
    inner = Emitter(supply, body, emit.span)
    at: ir.Atom = index[0]
    for extent, part in zip(extents[1:], index[1:], strict=True):
        at = inner.op("add", inner.op("mul", at, extent), part)
    value = ir.Var(supply.temporary())
    source: tuple[ir.Var, ir.Index] = (buffer, (at,)) if into is array else (array, index)
    target: ir.Index = index if into is array else (at,)
    inner.let(value, ir.Load(*source))
    inner.store(into, target, value)
    block = tuple(body)
    for var, extent in reversed(list(zip(index, extents, strict=True))):
        block = (ir.For(var, ir.Const(0), extent, ir.Const(1), block, None, emit.span),)
    emit.out.extend(block)
