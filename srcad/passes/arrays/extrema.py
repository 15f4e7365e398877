"""The greatest, or least, elements of a tree.

An extremum is found first, as a constant; what has a derivative is the sum of the elements
equal to it, over their count:

    best = np.inf; ...              the search
    for i in range(n):
        if x[i] == best:
            total += x[i]
            ties += 1
    y = tied(best, total, ties)     the value of best, the derivative of total / ties

A NaN makes the result NaN, and counts as equal to it. While one number is looked for, that
is remembered on the side: comparisons of numbers alone are twice as fast. For `max` and `min`
of Python, a NaN that is not the first element counts for nothing.
"""

from __future__ import annotations

import numpy as np

from srcad.ir import nodes as ir
from srcad.ir.types import BOOL, FLOATS, Array, Scalar
from srcad.passes.arrays.nests import Nest
from srcad.passes.arrays.reductions import Reduction, materialised
from srcad.passes.arrays.trees import Leaf, Viewed

EMPTY = "zero-size array to a reduction operation which has no identity"


class Extremum(Reduction):
    """One `amax` or `amin` of `tree` along `axes`, its result called `target`."""

    def write(self) -> None:
        """Find the extremum; then share the derivative among the elements equal to it."""
        self.shapes.stop(self.shapes.op("eq", self.count(), ir.Const(0)), EMPTY)
        self.settle()
        if self.kind not in FLOATS:
            self.find(self.target)
            return
        best = self.fresh("best", self.kind)
        self.find(best)
        total, ties = self.fresh("total", self.kind), self.fresh("ties", "int64")
        self.zero(total, self.kind)
        self.zero(ties, "int64")
        nest = Nest(self.emit, self.tree.shape)
        value = nest.element(self.tree, nest.index)
        where = self.out_index(nest.index) if isinstance(self.target.type, Array) else None
        old = best if where is None else nest.load(best, where)
        is_equal = nest.op("eq", value, old, dtype="bool")
        is_nan = self.is_nan(nest, value)
        tie = nest.op("or", is_equal, is_nan, dtype="bool")
        one = nest.op("select", tie, ir.Const(1), ir.Const(0), dtype="int64")
        zero = ir.Const(0.0, Scalar(self.kind))
        part = nest.op("select", tie, value, zero, dtype=self.kind)
        nest.add(ir.Accum(total, where, part, self.emit.span, any_order=True))
        nest.add(ir.Accum(ties, where, one, self.emit.span))
        nest.close()
        self.share(best, total, ties)

    def settle(self) -> None:
        """Give a computed tree an array: it is read twice."""
        if isinstance(self.tree, Leaf | Viewed):
            return
        type_ = Array(getattr(self.tree, "dtype", self.kind), len(self.tree.shape))
        array = ir.Var(self.emit.supply.temporary(), type_)
        self.tree = materialised(self.emit, self.tree, array)

    # The search -------------------------------------------------------------------------

    def worst(self) -> ir.Const:
        """Return what no element is worse than."""
        is_max = self.prim == "amax"
        if self.kind == "bool":
            return ir.Const(value=not is_max, type=BOOL)
        if self.kind in FLOATS:
            return ir.Const(-np.inf if is_max else np.inf, Scalar(self.kind))
        info = np.iinfo(self.kind)
        return ir.Const(int(info.min if is_max else info.max), Scalar(self.kind))

    def find(self, best: ir.Var) -> None:
        """Write the search for the extremum."""
        if not isinstance(best.type, Array):
            self.find_number(best)
        elif self.axes and min(self.axes) > max(self.kept, default=-1):
            self.find_along_last(best)
        else:
            self.find_along_first(best)

    def find_number(self, best: ir.Var) -> None:
        """Search everything for one number."""
        found, has_nan = self.start_search(self.emit.out)
        nest = Nest(self.emit, self.tree.shape)
        self.look(nest, found, has_nan)
        nest.close()
        self.emit.let(best, self.result(found, has_nan))

    def find_along_last(self, best: ir.Var) -> None:
        """Search the last axes, one number at a time."""
        out = self.made("empty", best, self.kind)
        nest = Nest(self.emit, self.tree.shape)
        depth = len(self.kept)
        found, has_nan = self.start_search(nest.blocks[depth])
        self.look(nest, found, has_nan)
        nest.close(depth)
        value = ir.Var(self.emit.supply.temporary(), Scalar(self.kind))
        nest.add(ir.Let(value, self.result(found, has_nan), self.emit.span), depth)
        nest.add(ir.Store(out, self.out_index(nest.index), value, self.emit.span), depth)
        del nest.blocks[depth + 1 :]
        nest.shape = nest.shape[:depth]
        nest.close()

    def find_along_first(self, best: ir.Var) -> None:
        """Search other axes: all results side by side, in the order of memory."""
        self.filled(best, self.kind, self.worst())
        nest = Nest(self.emit, self.tree.shape)
        index = self.out_index(nest.index)
        old, new = (ir.Var(self.emit.supply.temporary(), Scalar(self.kind)) for _ in range(2))
        value = nest.element(self.tree, nest.index)
        nest.add(ir.Let(old, ir.Load(best, index), self.emit.span))
        nest.add(ir.Let(new, ir.Op(self.better(), (old, value)), self.emit.span))
        nest.add(ir.Store(best, index, new, self.emit.span))
        nest.close()

    def better(self) -> str:
        """Return the operation that takes the better of two, NaN before all."""
        if self.kind == "bool":
            return "or" if self.prim == "amax" else "and"
        return "maximum" if self.prim == "amax" else "minimum"

    def start_search(self, out: list[ir.Stmt]) -> tuple[ir.Var, ir.Var]:
        """Write the start of a search; return names for what is found, and for seeing NaN."""
        found = ir.Var(self.emit.supply.fresh("best"), Scalar(self.kind))
        has_nan = ir.Var(self.emit.supply.fresh("has_nan"), BOOL)
        out.append(ir.Let(found, self.worst(), self.emit.span))
        if self.kind in FLOATS:
            out.append(ir.Let(has_nan, ir.Const(value=False, type=BOOL), self.emit.span))
        return found, has_nan

    def look(self, nest: Nest, found: ir.Var, has_nan: ir.Var) -> None:
        """Write one step of a search."""
        value = nest.element(self.tree, nest.index)
        if self.kind not in FLOATS:
            nest.add(ir.Let(found, ir.Op(self.better(), (found, value)), self.emit.span))
            return
        test = ir.Var(self.emit.supply.temporary(), BOOL)
        is_nan = self.is_nan(nest, value)
        prim = "gt" if self.prim == "amax" else "lt"
        nest.add(ir.Let(test, ir.Op(prim, (value, found)), self.emit.span))
        nest.add(ir.Let(found, ir.Op("select", (test, value, found)), self.emit.span))
        nest.add(ir.Let(has_nan, ir.Op("or", (has_nan, is_nan)), self.emit.span))

    def is_nan(self, nest: Nest, value: ir.Atom) -> ir.Atom:
        """Return whether the result is NaN because of this element."""
        return nest.op("ne", value, value, dtype="bool")

    def result(self, found: ir.Var, has_nan: ir.Var) -> ir.Value:
        """Return the result of a search."""
        if self.kind not in FLOATS:
            return found
        return ir.Op("select", (has_nan, ir.Const(np.nan, Scalar(self.kind)), found))

    # The derivative ---------------------------------------------------------------------

    def zero(self, target: ir.Var, kind: str) -> None:
        """Write a number, or an array, of zeros."""
        if isinstance(target.type, Array):
            self.made("zeros", target, kind)
        else:
            self.emit.let(target, ir.Const(0.0 if kind in FLOATS else 0, Scalar(kind)))

    def share(self, best: ir.Var, total: ir.Var, ties: ir.Var) -> None:
        """Write the result: the extremum, with the derivative of the ties' mean."""
        if not isinstance(self.target.type, Array):
            self.emit.let(self.target, ir.Op("tied", (best, total, ties)))
            return
        out = self.made("empty", self.target, self.kind)
        nest = Nest(self.emit, self.out_shape())
        parts = (nest.load(array, nest.index) for array in (best, total, ties))
        value = nest.op("tied", *parts, dtype=self.kind)
        nest.add(ir.Store(out, nest.index, value, self.emit.span))
        nest.close()


class InOrder(Extremum):
    """`max` or `min` of Python: the first element, or the first that is better than all before.

    Nothing is better than a NaN, and a NaN is not better than anything.
    """

    def is_nan(self, nest: Nest, value: ir.Atom) -> ir.Atom:
        """Return whether this is the first element, and NaN."""
        is_first = nest.op("eq", nest.index[0], ir.Const(0), dtype="bool")
        return nest.op("and", super().is_nan(nest, value), is_first, dtype="bool")
