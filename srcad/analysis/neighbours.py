"""Which additions of a nest of loops go to neighbours, and can be gathered?

The facts that `passes.gather` works from: see there.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from srcad.analysis.nests import Access, Nest
from srcad.analysis.overlap import Overlap
from srcad.ir import nodes as ir
from srcad.ir.types import Array
from srcad.rules.table import PRIMS

DEAREST_OPERATION = 4
MOST_OPERATIONS = 24
MOST_OPERATIONS_OF_TWO = 6
MOST_HELD = 4
MOST_ORIGINS = 2


@dataclass(slots=True)
class Sum:
    """The additions to one array. `loop_of` maps a dimension to the loop that indexes it.

    `offsets` is, per term, what is added to the index of each loop.
    """

    array: ir.Var
    terms: list[Access]
    loop_of: dict[int, int]
    offsets: list[tuple[int, ...]] = field(default_factory=list)

    def most(self, d: int) -> int:
        """Return the largest offset in the index of a loop."""
        return max(offset[d] for offset in self.offsets)

    def width(self, d: int) -> int:
        """Return how far apart the offsets in the index of a loop are."""
        return self.most(d) - min(offset[d] for offset in self.offsets)


def sums(nest: Nest, overlap: Overlap) -> list[Sum]:
    """Return the arrays whose additions may be taken in any order, apart from the rest."""
    names = {access.array.name for access in nest.accums}
    found = []
    for name in sorted(names):
        terms = [access for access in nest.accums if access.array.name == name]
        others = [*nest.loads.values(), *nest.stores, *nest.accums]
        if any(a.array.name != name and overlap.may_overlap(name, a.array.name) for a in others):
            continue
        if any(a.array.name == name for a in (*nest.loads.values(), *nest.stores)):
            continue
        if not all(isinstance(a.stmt, ir.Accum) and a.stmt.any_order for a in terms):
            continue
        one = _sum(nest, terms)
        if one is not None:
            found.append(one)
    return found


def _sum(nest: Nest, terms: list[Access]) -> Sum | None:
    """Return the sum, if every loop's index plus a literal is one of the indices."""
    first = terms[0]
    found = Sum(first.array, terms, {})
    for k, part in enumerate(first.index):
        place = nest.affine(part)
        if place is not None:
            found.loop_of[k] = place[0]
    if sorted(found.loop_of.values()) != list(range(len(nest.loops))):
        return None
    for term in terms:
        offset = [0] * len(nest.loops)
        for k, part in enumerate(term.index):
            place = nest.affine(part)
            if (place is None) != (k not in found.loop_of):
                return None
            if place is None:
                if part != first.index[k] or nest.varies(part):
                    return None
                continue
            d, number = place
            start = nest.loops[d].start
            if d != found.loop_of[k] or int(getattr(start, "value", 0)) + number < 0:
                return None
            offset[d] = number
        found.offsets.append(tuple(offset))
    return found if len(set(found.offsets)) > 1 else None


def _is_settled(nest: Nest, term: Access, overlap: Overlap) -> bool:
    """Return whether what is added is known before the loops start."""
    value = nest.values[term.stmt]
    needed = nest.needed({value.name} if isinstance(value, ir.Var) else set())
    if needed & nest.unknown:
        return False
    loads = [nest.loads[name] for name in sorted(needed) if name in nest.loads]
    if sum(isinstance(nest.lets[name], ir.Load) for name in needed) != len(loads):
        return False
    return all(
        _comes_after(nest, load, write)
        for load in loads
        for write in (*nest.stores, *nest.accums)
        if overlap.may_overlap(write.array.name, load.array.name)
    )


def _comes_after(nest: Nest, load: Access, write: Access) -> bool:
    """Return whether a write is to the element that the same iteration has read before."""
    if write.array.name != load.array.name or write.time < load.time:
        return False
    if len(load.index) != len(write.index):
        return False
    loops = set()
    for a, b in zip(load.index, write.index, strict=True):
        place = nest.affine(a)
        if place != nest.affine(b) or (place is None and (a != b or nest.varies(a))):
            return False
        if place is not None:
            loops.add(place[0])
            if int(getattr(nest.loops[place[0]].start, "value", 0)) + place[1] < 0:
                return False
    return len(loops) == len(nest.loops)


def held_values(nest: Nest, found: Sum, overlap: Overlap) -> list[str] | None:
    """Return the values that are kept in work arrays, None if it is better to scatter.

    Cheap values are computed once per neighbour. Two neighbours are one more access to
    memory: little is gained. What two iterations of one loop add to an element they can hand
    on (`passes.loops.next_elements`).
    """
    roots = {v.name for t in found.terms if isinstance(v := nest.values[t.stmt], ir.Var)}
    costs = [
        _cost(nest, {v.name}) for t in found.terms if isinstance(v := nest.values[t.stmt], ir.Var)
    ]
    settled = all(_is_settled(nest, term, overlap) for term in found.terms)
    cheap = settled and max(costs, default=0) <= MOST_OPERATIONS
    if len(nest.loops) == 1 and len(found.terms) == 2 and found.width(0) == 1:
        return None
    if len(set(found.offsets)) == 2:
        return [] if cheap and sum(costs) <= MOST_OPERATIONS_OF_TWO else None
    common = _common(nest, roots)
    if cheap and (common is None or not _is_heavy(nest, common)):
        return []
    names = sorted(roots) if common is None else [common]
    inside = nest.loops[-1].body
    if len(names) > MOST_HELD or not all(nest.made_by.get(name) in inside for name in names):
        return None
    return names if isinstance(overlap.type_of.get(found.array.name), Array) else None


@dataclass(frozen=True, slots=True)
class Origins:
    """Values that all terms are linear in: where these are zero, nothing is added.

    scaled: products on the way with a number that the loops leave alone. It may be
    infinite: zero times it has to be zero all the same.
    """

    names: list[str]
    scaled: dict[str, ir.Var]


def origins(nest: Nest, found: Sum) -> Origins | None:
    """Return what all terms are linear in, as few values as possible; None: they are not."""
    exact = _origins(nest, found, scales=False)
    if exact is None or len(exact.names) < 2:
        return exact if exact is None else _usable(nest, exact)
    fewer = _origins(nest, found, scales=True)
    return _usable(nest, exact if fewer is None or len(fewer.names) >= len(exact.names) else fewer)


def _usable(nest: Nest, found: Origins) -> Origins | None:
    inside = nest.loops[-1].body
    made_here = all(nest.made_by[name] in inside for name in found.names)
    return found if made_here and len(found.names) <= MOST_ORIGINS else None


def _origins(nest: Nest, found: Sum, *, scales: bool) -> Origins | None:
    """Return the origins with literal factors only, or with any that the loops leave alone."""
    roots = {nest.values[term.stmt] for term in found.terms}
    names: set[str] = set()
    scaled: dict[str, ir.Var] = {}
    todo = list(roots)
    while todo:
        atom = todo.pop()
        if not isinstance(atom, ir.Var) or atom.name not in nest.lets:
            return None
        match nest.lets[atom.name]:
            case _ if len(roots) == 1:
                names.add(atom.name)
            case ir.Op("neg", (x,)) | (ir.Var() as x):
                todo.append(x)
            case ir.Op("add" | "sub", (x, y)):
                todo += [x, y]
            case ir.Op("mul", (x, ir.Const(value=factor))) if math.isfinite(factor):
                todo.append(x)
            case ir.Op("mul", (ir.Const(value=factor), x)) if math.isfinite(factor):
                todo.append(x)
            case ir.Op("mul", (ir.Var() as x, ir.Var() as y)) if scales and nest.varies(
                x
            ) != nest.varies(y):
                scaled[atom.name] = x if nest.varies(x) else y
                todo.append(scaled[atom.name])
            case _:
                names.add(atom.name)
    return Origins(sorted(names), scaled)


def _cost(nest: Nest, names: set[str]) -> int:
    """Return what it costs to compute values; much, if an operation in it is dear."""
    total = 0
    for name in nest.needed(names):
        operation = nest.lets.get(name)
        if isinstance(operation, ir.Op) and nest.affine(ir.Var(name)) is None:
            cost = PRIMS[operation.prim].cost
            total += cost if cost <= DEAREST_OPERATION else MOST_OPERATIONS + 1
    return total


def _common(nest: Nest, roots: set[str]) -> str | None:
    """Return a value that all others are computed from, without other elements."""
    shared = set.intersection(*(nest.needed({name}) for name in roots)) if roots else set()
    for name in reversed(nest.lets):
        if name in shared:
            rest = nest.needed(roots, frozenset({name})) - {name}
            rest = {n for n in rest if nest.affine(ir.Var(n)) is None}
            if not rest & nest.unknown and not any(isinstance(nest.lets[n], ir.Load) for n in rest):
                return name
    return None


def _is_heavy(nest: Nest, name: str) -> bool:
    """Return whether a value is made from more than one element."""
    needed = nest.needed({name})
    return sum(isinstance(nest.lets[n], ir.Load) for n in needed if n in nest.lets) > 1
