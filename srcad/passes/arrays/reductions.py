"""Reductions of trees: sums into one number, or into an array along some axes.

    s = np.sum(x * y)           total = 0.0
                                for i in range(n):
                                    total += x[i] * y[i]

Products run through all factors, so that zeros among them are no special case for the
derivative. A result whose name the tree reads is made under another name first:

    s = np.sum(x - s)           total = 0.0
                                for i in range(n):
                                    total += x[i] - s
                                s = total
"""

from __future__ import annotations

from dataclasses import replace

from srcad.ir import nodes as ir
from srcad.ir.types import BOOL, FLOAT, FLOATS, INT, Array, Scalar
from srcad.passes.arrays.nests import Index, Nest
from srcad.passes.arrays.shapes import Env, Shapes
from srcad.passes.arrays.trees import (
    ONE,
    Along,
    Extent,
    Leaf,
    Shape,
    Tree,
    dtype,
    mentioned,
    rank,
)
from srcad.passes.building.emitter import Emitter


class Reduction:
    """One reduction of `tree` along `axes`, its result called `target`."""

    def __init__(
        self,
        emit: Emitter,
        env: Env,
        prim: str,
        tree: Tree,
        target: ir.Var,
        axes: tuple[int, ...],
        *,
        keepdims: bool,
    ) -> None:
        self.emit = emit
        self.shapes = Shapes(emit, env)
        self.prim = prim
        self.tree = tree
        self.target = target
        self.axes = axes
        self.kept = tuple(k for k in range(len(tree.shape)) if k not in axes)
        self.keepdims = keepdims
        self.kind = dtype(target.type)

    def run(self) -> None:
        """Write the reduction; under a new name where the tree reads what it is assigned to."""
        target = self.target
        is_read = target.name in mentioned(self.tree)
        if is_read and isinstance(target.type, Array):
            new = replace(target.type, layout="C")
            self.target = ir.Var(self.emit.supply.temporary(), new)
        elif is_read:
            self.target = self.fresh("total", self.kind)
        self.write()
        if is_read:
            self.emit.let(target, self.target)
            self.shapes.env.set_shape(target.name, self.out_shape() if rank(target.type) else ())

    def write(self) -> None:
        """Write the reduction, its result under a name that the tree does not read."""
        if not isinstance(self.target.type, Array):
            self.to_number()
        elif self.axes and min(self.axes, default=0) > max(self.kept, default=-1):
            self.along_last()
        else:
            self.along_first()

    def out_shape(self) -> Shape:
        """Return the shape of the result."""
        shape = self.tree.shape
        if self.keepdims:
            return tuple(ONE if k in self.axes else e for k, e in enumerate(shape))
        return tuple(shape[k] for k in self.kept)

    def out_index(self, index: Index) -> Index:
        """Return the index of the result that an element goes into."""
        if self.keepdims:
            return tuple(ir.Const(0) if k in self.axes else at for k, at in enumerate(index))
        return tuple(index[k] for k in self.kept)

    def count(self) -> ir.Atom:
        """Return how many elements go into one result."""
        return self.shapes.size(tuple(self.tree.shape[k] for k in self.axes))

    # Accumulating -----------------------------------------------------------------------

    def start(self, kind: str) -> ir.Const:
        """Return the value of a reduction of nothing."""
        match self.prim:
            case "any":
                return ir.Const(value=False, type=BOOL)
            case "all":
                return ir.Const(value=True, type=BOOL)
            case "prod":
                value = 1
            case _:
                value = 0
        return ir.Const(float(value) if kind in FLOATS else value, Scalar(kind))

    def step(self, nest: Nest, value: ir.Atom, place: ir.Var, index: Index | None) -> None:
        """Write `place = place op value` into the innermost loop."""
        span = self.emit.span
        if self.prim in {"sum", "mean"}:
            nest.add(ir.Accum(place, index, value, span, any_order=True))
            return
        prim = {"prod": "mul", "any": "or", "all": "and"}[self.prim]
        if prim != "mul":
            value = self.truth(nest, value)
        old: ir.Atom = place
        if index is not None:
            old = ir.Var(self.emit.supply.temporary(), Scalar(dtype(place.type)))
            nest.add(ir.Let(old, ir.Load(place, index), span))
        if index is None:
            nest.add(ir.Let(place, ir.Op(prim, (old, value)), span))
            return
        new = ir.Var(self.emit.supply.temporary(), Scalar(dtype(place.type)))
        nest.add(ir.Let(new, ir.Op(prim, (old, value)), span))
        nest.add(ir.Store(place, index, new, span))

    def truth(self, nest: Nest, value: ir.Atom) -> ir.Atom:
        """Return whether a value is not zero."""
        if getattr(value.type, "dtype", None) == "bool":
            return value
        return nest.op("ne", value, ir.Const(0), dtype="bool")

    def wide(self) -> str:
        """Return the dtype to add up in: double for single precision."""
        if self.prim in {"sum", "mean"} and self.kind == "float32":
            return "float64"
        return self.kind

    def element(self, nest: Nest, kind: str) -> ir.Atom:
        """Return the next element, converted to the dtype of the accumulator."""
        value = nest.element(self.tree, nest.index)
        given = getattr(value.type, "dtype", None)
        if self.prim in {"any", "all"} or given == kind or isinstance(value, ir.Const):
            return value
        return nest.op("cast", value, static=(kind,), dtype=kind)

    def finished(self, total: ir.Atom, kind: str) -> ir.Value:
        """Return the result for a total."""
        value: ir.Value = total
        if self.prim == "mean":
            value = ir.Op("div", (total, self.count()))
            if kind != self.kind:
                quotient = ir.Var(self.emit.supply.temporary(), FLOAT)
                self.emit.let(quotient, value)
                value = quotient
        return ir.Op("cast", (value,), (self.kind,)) if kind != self.kind else value  # type: ignore[arg-type]

    def to_number(self) -> None:
        """Reduce everything to one number."""
        kind = self.wide()
        plain = kind == self.kind and self.prim != "mean"
        name = self.emit.supply.fresh("total")
        total = self.target if plain else ir.Var(name, Scalar(kind))
        self.emit.let(total, self.start(kind))
        nest = Nest(self.emit, self.tree.shape)
        self.step(nest, self.element(nest, kind), total, None)
        nest.close()
        if not plain:
            self.emit.let(self.target, self.finished(total, kind))

    def along_last(self) -> None:
        """Reduce the last axes: one number at a time."""
        kind = self.wide()
        out = self.made("empty", self.target, self.kind)
        total = ir.Var(self.emit.supply.fresh("total"), Scalar(kind))
        count = self.count() if self.prim == "mean" else ir.Const(1)
        nest = Nest(self.emit, self.tree.shape)
        depth = len(self.kept)
        self.step(nest, self.element(nest, kind), total, None)
        nest.blocks[depth].append(ir.Let(total, self.start(kind), self.emit.span))
        nest.close(depth)
        result: ir.Atom = total
        if self.prim == "mean":
            result = ir.Var(self.emit.supply.temporary(), FLOAT)
            nest.add(ir.Let(result, ir.Op("div", (total, count)), self.emit.span), depth)
        index = self.out_index(nest.index)
        nest.add(ir.Store(out, index, result, self.emit.span), depth)
        del nest.blocks[depth + 1 :]
        nest.shape = nest.shape[:depth]
        nest.close()

    def along_first(self) -> None:
        """Reduce other axes: all results side by side, in the order of memory."""
        out = self.filled(self.target, self.kind, self.start(self.kind))
        nest = Nest(self.emit, self.tree.shape)
        value = self.element(nest, self.kind)
        self.step(nest, value, out, self.out_index(nest.index))
        nest.close()
        if self.prim == "mean":
            count = self.count()
            nest = Nest(self.emit, self.out_shape())
            old = nest.load(out, nest.index)
            mean = nest.op("div", old, count, dtype=self.kind)
            nest.add(ir.Store(out, nest.index, mean, self.emit.span))
            nest.close()

    # Arrays -----------------------------------------------------------------------------

    def made(self, prim: str, target: ir.Var, kind: str) -> ir.Var:
        """Write a new array of the shape of the result."""
        shape = self.out_shape()
        extents = tuple(extent.atom for extent in shape)
        self.shapes.env.set_shape(target.name, shape)
        return self.emit.let(target, ir.Op(prim, extents, (kind,)))

    def filled(self, target: ir.Var, kind: str, value: ir.Const) -> ir.Var:
        """Write a new array that holds `value` everywhere."""
        if not value.value:
            return self.made("zeros", target, kind)
        if value.value == 1:
            return self.made("ones", target, kind)
        shape = self.out_shape()
        extents = tuple(extent.atom for extent in shape)
        self.shapes.env.set_shape(target.name, shape)
        return self.emit.let(target, ir.Op("full", (value, *extents), (kind,)))

    def fresh(self, name: str, kind: str) -> ir.Var:
        """Return a new name for a number, or an array like the result."""
        type_ = self.target.type
        like = Array(kind, type_.ndim) if isinstance(type_, Array) else Scalar(kind)
        return ir.Var(self.emit.supply.fresh(name), like)


def materialised(emit: Emitter, tree: Tree, target: ir.Var) -> Leaf:
    """Write an array that holds the elements of a tree."""
    extents = tuple(extent.atom for extent in tree.shape)
    emit.let(target, ir.Op("empty", extents, (dtype(target.type),)))
    nest = Nest(emit, tree.shape)
    nest.add(ir.Store(target, nest.index, nest.element(tree, nest.index), emit.span))
    nest.close()
    return Leaf(target, tree.shape)


def nonzero(emit: Emitter, mask: Tree) -> tuple[Leaf, ...]:
    """Write the positions where a mask is true, one array for each of its axes."""
    count = ir.Var(emit.supply.fresh("count"), INT)
    emit.let(count, ir.Const(0, INT))
    nest = Nest(emit, mask.shape)
    test = nest.element(mask, nest.index)
    more = ir.Accum(count, None, ir.Const(1, INT), emit.span)
    nest.add(ir.If(test, (more,), (), emit.span))
    nest.close()
    shape = (Extent(count, ("count", count.name)),)
    arrays = [
        emit.let(
            ir.Var(emit.supply.fresh("at"), Array("int64", 1)),
            ir.Op("empty", (count,), ("int64",)),
        )
        for _ in mask.shape
    ]
    place = ir.Var(emit.supply.fresh("place"), INT)
    emit.let(place, ir.Const(0, INT))
    nest = Nest(emit, mask.shape)
    test = nest.element(mask, nest.index)
    stores = [
        ir.Store(array, (place,), at, emit.span)
        for array, at in zip(arrays, nest.index, strict=True)
    ]
    more = ir.Accum(place, None, ir.Const(1, INT), emit.span)
    nest.add(ir.If(test, (*stores, more), (), emit.span))
    nest.close()
    return tuple(Leaf(array, shape) for array in arrays)


def identity(shape: Shape) -> tuple[Along, ...]:
    """Return the maps of an array seen as it is."""
    return tuple(Along(k) for k in range(len(shape)))
