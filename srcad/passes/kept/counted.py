"""Counters on the way back: computed from the indices of their loops, never stored.

for a in range(d):                      for a in range(d - 1, -1, -1):
    for b in range(a + 1, d):               for b in range(a + 1, d):
        t += l[idx]             ->              idx_1 = a*d - a*(a + 1)//2 + b - a - 1
        idx += 1                                l_bar[idx_1] += t_bar
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from srcad.analysis.counters import Counted, Polynomial, Trips
from srcad.ir import nodes as ir
from srcad.passes.building.emitter import Emitter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from srcad.analysis.counters import Monomial, Symbol
    from srcad.analysis.values import Def
    from srcad.passes.kept.frames import Frame
    from srcad.passes.kept.needed_values import Region


def counter_value(region: Region, d: Def, frame: Frame) -> ir.Atom | None:
    """Compute a counter in its block; return its new name, None if it is no counter."""
    found = counted(region, d)
    if found is None or d in region.slots:
        return None
    emit = Emitter(region.context.supply, frame.out, d.stmt.span if d.stmt else None)
    start = region.recover(found.start)
    region.context.note(region, d, "recomputed")
    added = _emitted(region, found.added, emit)
    value = emit.op("add", start, added) if _literal(start) != 0 else added
    return emit.let(region.new_name(d), value)


def counted(region: Region, d: Def) -> Counted | None:
    """Return what a counter is made of, if it is one whose loops are in the region."""
    found = region.context.counters.of(d) if d.kind in {"phi", "out", "accum"} else None
    if found is None or not region.inside(found.start.place):
        return None
    return found


def _emitted(region: Region, polynomial: Polynomial, emit: Emitter) -> ir.Atom:
    """Return the value of a polynomial, all of whose symbols can be had.

    What its denominator does not divide comes last, and is divided as a whole.
    """
    terms, below = polynomial.terms, polynomial.below
    whole = {term: count // below for term, count in terms.items() if count % below == 0}
    rest = {term: count for term, count in terms.items() if count % below}
    total = _sum(region, whole, emit)
    if not rest:
        return total
    sign = 1 if next(iter(rest.values())) > 0 else -1
    above = _sum(region, {term: sign * count for term, count in rest.items()}, emit)
    part = emit.op("floordiv", above, ir.Const(below))
    return emit.op("add" if sign > 0 else "sub", total, part)


def _sum(region: Region, terms: Mapping[Monomial, int], emit: Emitter) -> ir.Atom:
    """Return a sum of products."""
    total: ir.Atom = ir.Const(0)
    for term, count in terms.items():
        product: ir.Atom = ir.Const(abs(count))
        for symbol in term:
            factor = _symbol(region, symbol, emit)
            product = factor if _literal(product) == 1 else emit.op("mul", product, factor)
        if _literal(total) == 0 and count > 0:
            total = product
        else:
            total = emit.op("add" if count > 0 else "sub", total, product)
    return total


def _symbol(region: Region, symbol: Symbol, emit: Emitter) -> ir.Atom:
    if not isinstance(symbol, Trips):
        return region.recover(symbol)
    loop = symbol.loop
    assert isinstance(loop.step, ir.Const)
    outermost = region.context.counters.outermost(loop)
    bounds = [region.context.counters.number(loop, a, outermost) for a in (loop.start, loop.stop)]
    start, stop = (_emitted(region, bound, emit) for bound in bounds if bound is not None)
    low, high = (start, stop) if loop.step.value == 1 else (stop, start)
    span = high if _literal(low) == 0 else emit.op("sub", high, low)
    return emit.op("max", span, ir.Const(0))


def _literal(atom: ir.Atom) -> int | None:
    return int(atom.value) if isinstance(atom, ir.Const) else None
