"""Indexing as maps: `x[1:, None]`, `x.T`, `x[idx]` are trees over `x`."""

from __future__ import annotations

from srcad.errors import NotDifferentiable, Problem
from srcad.ir import nodes as ir
from srcad.ir.wording import out_of_bounds
from srcad.passes.arrays.nests import Nest
from srcad.passes.arrays.reductions import identity, nonzero
from srcad.passes.arrays.shapes import Env, Shapes
from srcad.passes.arrays.trees import (
    ONE,
    Along,
    At,
    Extent,
    Leaf,
    Map,
    Picked,
    Shape,
    Tree,
    Viewed,
    dtype,
    is_array,
    moves_indices,
)
from srcad.passes.building.emitter import Emitter


class Views:
    """Makes trees for views and gathers, at one point of the program."""

    def __init__(self, emit: Emitter, env: Env) -> None:
        self.emit = emit
        self.env = env
        self.shapes = Shapes(emit, env)

    def tree(self, atom: ir.Atom) -> Tree:
        """Return the tree that an array name stands for."""
        assert isinstance(atom, ir.Var)
        if atom.name in self.env.trees:
            return self.env.trees[atom.name]
        return Leaf(atom, self.shapes.of(atom))

    def view(self, source: Tree, maps: tuple[Map, ...], shape: Shape) -> Tree:
        """Return some elements of a tree; a view of a view is one view."""
        same = [e.key for e in source.shape] == [e.key for e in shape]
        if isinstance(source, Leaf) and same and maps == identity(shape):
            return source
        if not isinstance(source, Viewed) or any(isinstance(m, Picked) for m in source.maps):
            return Viewed(source, maps, shape)
        if any(isinstance(m, Picked) for m in maps):
            return Viewed(source, maps, shape)
        composed = tuple(self.composed(m, maps) for m in source.maps)
        return self.view(source.source, composed, shape)

    def composed(self, inner: Map, outer: tuple[Map, ...]) -> Map:
        """Return one map of the source of a view, seen through the maps of another view."""
        if not isinstance(inner, Along):
            return inner
        nest = Nest(self.emit, ())
        match outer[inner.axis]:
            case At() as m:
                return At(nest.position(inner, (*[ir.Const(0)] * inner.axis, m.atom)))
            case Along(axis=axis, start=start, step=step):
                first = nest.position(inner, (*[ir.Const(0)] * inner.axis, start))
                return Along(axis, first, nest.scaled(inner.step, step))
            case _:
                raise AssertionError

    # Views by name ----------------------------------------------------------------------

    def by_prim(self, prim: str, source: Tree, static: tuple[object, ...]) -> Tree:
        """Return the view that an operation gives."""
        axes = static[0]
        assert isinstance(axes, tuple)
        shape = source.shape
        match prim:
            case "transpose":
                maps: list[Map] = [Along(axes.index(k)) for k in range(len(shape))]
                return self.view(source, tuple(maps), tuple(shape[k] for k in axes))
            case "flip":
                return self.flipped(source, axes)
            case "expand_dims":
                rest = iter(shape)
                ndim = len(shape) + len(axes)
                new = tuple(ONE if k in axes else next(rest) for k in range(ndim))
                old = (k for k in range(ndim) if k not in axes)
                return self.view(source, tuple(map(Along, old)), new)
            case _:
                for k in axes:
                    test = self.shapes.op("ne", shape[k].atom, ir.Const(1))
                    message = "cannot squeeze an axis whose length is not one"
                    self.shapes.stop(test, message)
                kept = tuple(k for k in range(len(shape)) if k not in axes)
                maps = [
                    At(ir.Const(0)) if k in axes else Along(kept.index(k))
                    for k in range(len(shape))
                ]
                return self.view(source, tuple(maps), tuple(shape[k] for k in kept))

    def flipped(self, source: Tree, axes: tuple[int, ...]) -> Tree:
        """Return a tree with some axes reversed."""
        maps = []
        for k, extent in enumerate(source.shape):
            last = self.shapes.plus(extent.atom, -1) if k in axes else ir.Const(0)
            maps.append(Along(k, last, ir.Const(-1)) if k in axes else Along(k))
        return self.view(source, tuple(maps), source.shape)

    def widened(self, source: Tree, extents: tuple[ir.Atom, ...]) -> Tree:
        """Return a tree broadcast to a shape."""
        shape = tuple(self.shapes.extent(atom, checked=True) for atom in extents)
        self.shapes.check_fits(source.shape, shape)
        missing = len(shape) - len(source.shape)
        nest = Nest(self.emit, ())
        maps: list[Map] = []
        for k, extent in enumerate(source.shape):
            if extent.key == shape[k + missing].key:
                maps.append(Along(k + missing))
            elif extent.is_one:
                maps.append(At(ir.Const(0)))
            else:
                step = nest.op("ne", extent.atom, ir.Const(1), dtype="bool")
                number = nest.op("cast", step, static=("int64",), dtype="int64")
                maps.append(Along(k + missing, ir.Const(0), number))
        return Viewed(source, tuple(maps), shape)

    # Indexing ---------------------------------------------------------------------------

    def indexed(self, source: Tree, index: ir.Index) -> Tree:
        """Return `source[index]`, a view or a gather."""
        parts = self.parts(source, index)
        if any(isinstance(part, Leaf | Viewed) or hasattr(part, "prim") for part in parts):
            return self.gathered(source, parts)
        maps: list[Map] = []
        shape: list[Extent] = []
        for part, extent in zip(parts, source.shape, strict=True):
            if isinstance(part, ir.Slice):
                along, length = self.slice(part, extent, len(shape))
                maps.append(along)
                shape.append(length)
            else:
                assert isinstance(part, ir.Var | ir.Const)
                maps.append(At(self.wrapped(part, extent, source)))
        return self.view(source, tuple(maps), tuple(shape))

    def slice(self, part: ir.Slice, extent: Extent, axis: int) -> tuple[Along, Extent]:
        """Return how a slice runs over an axis, and how long it is."""
        try:
            return self.shapes.slice(part, extent, axis)
        except ValueError as error:
            hint = "write the loop, or use a literal step"
            problem = Problem("E208", str(error), hint, self.emit.span)
            raise NotDifferentiable.from_problems([problem]) from None

    def wrapped(self, atom: ir.Atom, extent: Extent, source: Tree) -> ir.Atom:
        """Return an index; where the source is no array itself, not a negative one.

        One that is outside stays outside, or is an error here.
        """
        if isinstance(source, Leaf):
            return atom
        if moves_indices(source):
            self.check_inside(atom, extent)
        if isinstance(atom, ir.Const):
            if atom.value >= 0:
                return atom
            from_end = self.shapes.plus(extent.atom, int(atom.value))
            if atom.value == -1 or isinstance(extent.atom, ir.Const):
                return atom if isinstance(from_end, ir.Const) and from_end.value < 0 else from_end
            is_inside = self.shapes.op("ge", extent.atom, ir.Const(-int(atom.value)))
            return self.shapes.op("select", is_inside, from_end, atom)
        if atom.name in self.env.counters:
            return atom
        from_end = self.shapes.op("add", atom, extent.atom)
        is_negative = self.shapes.op("lt", atom, ir.Const(0))
        is_inside = self.shapes.op("ge", from_end, ir.Const(0))
        counts = self.shapes.op("and", is_negative, is_inside)
        return self.shapes.op("select", counts, from_end, atom)

    def check_inside(self, atom: ir.Atom, extent: Extent) -> None:
        """Write the test that an index is inside, if that is not known."""
        match atom, extent.atom:
            case ir.Const(value=at), ir.Const(value=n) if -n <= at < n:
                return
        test = self.shapes.op("outside", atom, extent.atom)
        self.shapes.stop(test, out_of_bounds(self.emit.span), IndexError)

    def parts(self, source: Tree, index: ir.Index) -> list[ir.Atom | ir.Slice | Tree]:
        """Return one part for each axis; masks become positions."""
        found: list[ir.Atom | ir.Slice | Tree] = []
        for part in index:
            if not is_array(part):
                found.append(part)
                continue
            assert isinstance(part, ir.Var)
            tree = self.tree(part)
            if dtype(part.type) == "bool":
                here = source.shape[len(found) : len(found) + len(tree.shape)]
                self.check_mask(tree.shape, here)
                found.extend(nonzero(self.emit, tree))
            else:
                found.append(tree)
        missing = len(source.shape) - len(found)
        return [*found, *[ir.Slice()] * missing]

    def check_mask(self, mask: Shape, shape: Shape) -> None:
        """Write the test that a mask has the shape of what it masks."""
        for a, b in zip(mask, shape, strict=True):
            if a.key != b.key:
                test = self.shapes.op("ne", a.atom, b.atom)
                message = "boolean index did not match indexed array"
                self.shapes.stop(test, message, IndexError)

    def gathered(self, source: Tree, parts: list[ir.Atom | ir.Slice | Tree]) -> Tree:
        """Return a tree with arrays among its indices, its axes where NumPy puts them."""
        is_slice = [isinstance(part, ir.Slice) for part in parts]
        trees = [p for p in parts if not isinstance(p, ir.Var | ir.Const | ir.Slice)]
        picked = self.shapes.broadcast([tree.shape for tree in trees])
        advanced = [k for k, s in enumerate(is_slice) if not s]
        together = advanced[-1] - advanced[0] + 1 == len(advanced)
        at = sum(is_slice[: advanced[0]]) if together else 0
        lengths: list[Extent] = []
        maps: list[Map] = []
        for part, extent in zip(parts, source.shape, strict=True):
            match part:
                case ir.Slice():
                    k = len(lengths)
                    axis = k if k < at else k + len(picked)
                    along, length = self.slice(part, extent, axis)
                    maps.append(along)
                    lengths.append(length)
                case ir.Var() | ir.Const():
                    maps.append(At(self.wrapped(part, extent, source)))
                case _:
                    maps.append(Picked(part, at, picked))
        return Viewed(source, tuple(maps), (*lengths[:at], *picked, *lengths[at:]))
