"""Tests of indices that are data, before a loop: one loop over the data, which is of vectors.

    for i in range(n):                  bad = 0
        k = idx[i]                      for i_1 in range(n):
        if outside(k, x.shape[0]):          bad += 1 if outside(idx[i_1], x.shape[0]) else 0
            raise IndexError(...)       if bad > 0:
        x_bar[k] += ...                     raise IndexError(...)
                                        for i in range(n):
                                            x_bar[idx[i]] += ...

What is read is what the loop itself reads, as no array of integers is written in it. Where
iterations wait for an addition, a test costs nothing, and stays inside; but not where there are
elementary functions, which LLVM takes out of the order of the additions if nothing is raised.
"""

from __future__ import annotations

from dataclasses import dataclass

from srcad.analysis.overlap import Overlap
from srcad.analysis.vectors import has_elementary
from srcad.ir import nodes as ir
from srcad.ir.types import FLOATS, INT, Array
from srcad.ir.walk import stored
from srcad.passes.building.emitter import Emitter
from srcad.passes.indices.lifting import ChangesError, Lifting, Test, made, put
from srcad.passes.indices.terms import Name, Terms, sum_of, times


@dataclass(frozen=True, slots=True)
class Scan:
    """A test in every iteration of a loop.

    loads: what is read in each iteration, as names, arrays and indices.
    """

    test: Test
    loads: tuple[tuple[Name, ir.Var, tuple[Terms, ...]], ...]


def scanned(test: Test, loop: ir.For, lifting: Lifting, overlap: Overlap) -> Scan | None:
    """Return the test of a loop, to be made before it, if that is possible."""
    if test.loops or len(test.ends) != 1 or not _keeps_integers(loop, overlap):
        return None
    if _waits(loop) and not has_elementary(loop):
        return None
    loads: dict[Name, tuple[ir.Var, tuple[Terms, ...]]] = {}
    try:
        extent = lifting.fixed(test.extent, loop)
        end = _looked_through(test.ends[0], loop, lifting, loads)
    except ChangesError:
        return None
    rows = tuple((name, array, index) for name, (array, index) in loads.items())
    return Scan(Test((end,), extent, (), test.span), rows) if rows else None


def _keeps_integers(loop: ir.For, overlap: Overlap) -> bool:
    """Return whether a loop surely writes no array of integers."""
    kinds = [overlap.type_of.get(name) for name in stored(loop.body)]
    return all(isinstance(kind, Array) and kind.dtype in FLOATS for kind in kinds)


def _waits(loop: ir.For) -> bool:
    """Return whether each iteration adds to a number that the one before has added to."""
    return any(
        isinstance(stmt, ir.Accum) and stmt.index is None and not stmt.any_order
        for stmt in loop.body
    )


def _looked_through(
    terms: Terms,
    loop: ir.For,
    lifting: Lifting,
    loads: dict[Name, tuple[ir.Var, tuple[Terms, ...]]],
) -> Terms:
    """Return a sum of what a loop does not change, of its variable, and of noted loads."""
    end = sum_of(((), 0))
    for leaves, factor in terms:
        product = sum_of(((), factor))
        for leaf in leaves:
            found = _load(leaf, loop, lifting)
            if found is not None:
                loads[found[0]] = found[1:]
                part = sum_of(((leaf,), 1))
            else:
                changed = lifting.definition(leaf, loop)
                if changed is None:
                    part = lifting.leaf(leaf, loop)
                else:
                    part = _looked_through(changed, loop, lifting, loads)
            product = times(product, part)
        end = sum_of(*end, *product)
    return end


def _load(
    leaf: object, loop: ir.For, lifting: Lifting
) -> tuple[Name, ir.Var, tuple[Terms, ...]] | None:
    """Return what a name is read from in each iteration: an array, and an index."""
    match leaf:
        case Name(value=d, axis=None) if d is not None and d.kind == "let":
            stmt = d.stmt
        case _:
            return None
    if not (isinstance(stmt, ir.Let) and lifting.sums.is_int(d)):
        return None
    match stmt.value:
        case ir.Load(array=array, index=index) if lifting.keeps(
            array.name, loop
        ) and not lifting.keeps(leaf.var.name, loop):
            parts = [part for part in index if not isinstance(part, ir.Slice)]
            if len(parts) < len(index):
                return None
            terms = tuple(lifting.expanded(lifting.atom(stmt, part), loop) for part in parts)
            return leaf, array, terms
    return None


def emitted(scans: list[Scan], loop: ir.For, lifting: Lifting, emit: Emitter) -> ir.Atom:
    """Return the name of the test whether an index of some scans is outside, all of one line."""
    bad = emit.let(ir.Var(emit.supply.fresh("bad")), ir.Const(0, INT))
    index = lifting.facts.defs[loop, loop.var.name]
    var = ir.Var(emit.supply.fresh(loop.var.name), loop.var.type)
    here = sum_of(((Name(var, None),), 1))
    body: list[ir.Stmt] = []
    inner = Emitter(emit.supply, body, emit.span)
    for scan in scans:
        end = put(scan.test.ends[0], index, here)
        for name, array, parts in scan.loads:
            at = tuple(made(put(part, index, here), inner) for part in parts)
            value = inner.let(ir.Var(emit.supply.temporary(), name.var.type), ir.Load(array, at))
            if name.value is not None:
                end = put(end, name.value, sum_of(((Name(value, None),), 1)))
        size = made(scan.test.extent, inner)
        outside = inner.op("outside", made(end, inner), size)
        one = inner.op("select", outside, ir.Const(1, INT), ir.Const(0, INT))
        inner.accumulate(bad, None, one)
    emit.out.append(ir.For(var, loop.start, loop.stop, loop.step, tuple(body), None, emit.span))
    return emit.op("gt", bad, ir.Const(0, INT))
