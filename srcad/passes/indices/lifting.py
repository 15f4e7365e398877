"""Tests of indices before loops: what one says in every iteration, said once.

    for i in range(a, b):
        for j in range(m):              `i * m + j` is inside an axis of n elements:
            x_bar[i * m + j] += ...     `a * m` and `(b - 1) * m + m - 1` are, or a loop is empty

An index is a sum of products of what the statements read: names, extents of arrays, counts of
loops, choices. In a loop, names are replaced by what they are bound to, until only the loop
variable and what the loop does not change are left. A sum in which the variable stands alone
in each product is largest and smallest at the first and the last iteration.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import assert_never

from srcad.analysis.sums import Form, Sums, constant, number_in, plus
from srcad.analysis.values import Def
from srcad.ir import nodes as ir
from srcad.ir.types import INT
from srcad.ir.walk import assigned
from srcad.passes.building.emitter import Emitter
from srcad.passes.indices.terms import (
    Choice,
    Count,
    Extreme,
    Leaf,
    Name,
    Product,
    Step,
    Terms,
    add,
    literal,
    sum_of,
    times,
)

MOST_ENDS = 4
"""So many ends of an index are tested before a nest of loops."""

SMALL = 1000
"""So many extents of an array fit in 64 bits: it has been made."""


@dataclass(frozen=True, slots=True)
class Test:
    """Indices that must be inside an extent, if none of some loops is empty.

    ends: the indices. loops: start, stop and step. wraps: whether the ends may be inside only
    because they do not fit in 64 bits, as `n * m` for large numbers: with the variable of one
    loop, and no factor, all between them fit if they do.
    """

    ends: tuple[Terms, ...]
    extent: Terms
    loops: tuple[tuple[Terms, Terms, int], ...]
    span: ir.Span | None
    wraps: bool = False


class Lifting:
    """Moves tests out of the loops of one function."""

    def __init__(self, sums: Sums) -> None:
        self.sums = sums
        self.facts = sums.facts
        self.changed: dict[ir.For, set[str]] = {}

    def atom(self, stmt: ir.Stmt, atom: ir.Atom) -> Terms:
        """Return an operand as a sum."""
        if isinstance(atom, ir.Const):
            return literal(int(atom.value))
        return sum_of(((Name(atom, self.facts.reads.get((stmt, atom.name))),), 1))

    def before(self, test: Test, loop: ir.For) -> Test | None:
        """Return the test that says before a loop what one says in each iteration, if any."""
        if not isinstance(loop.step, ir.Const):
            return None
        step = int(loop.step.value)
        start, stop = self.atom(loop, loop.start), self.atom(loop, loop.stop)
        index = self.facts.defs[loop, loop.var.name]
        loops: list[tuple[Terms, Terms, int]] = []
        try:
            ends = [self.expanded(end, loop) for end in test.ends]
            extent = self.fixed(test.extent, loop)
            for a, b, by in test.loops:
                inner = self.expanded(a, loop), self.expanded(b, loop), by
                gap = add(*(inner[1::-1] if by > 0 else inner[:2]), -1)
                if _degree(gap, index):
                    start, stop = self.with_turns(gap, index, (start, stop, step))
                elif _degree(inner[0], index):
                    loops.append((literal(0), gap, 1))
                else:
                    loops.append(inner)
        except ChangesError:
            return None
        turns = add(sum_of(((Count(start, stop, step),), 1)), literal(-1))
        last = add(stop, literal(-step)) if abs(step) == 1 else add(start, turns, step)
        if any(_degree(end, index) > 1 for end in ends):
            return None
        places = [put(end, index, at) for end in ends for at in (start, last)]
        places = list(dict.fromkeys(places))
        if len(places) > MOST_ENDS * len(ends):
            return None
        moves = [self.moves(end, index) for end in ends]
        wraps = test.wraps or any(m is None or (m and test.loops) for m in moves)
        return Test(tuple(places), extent, (*loops, (start, stop, step)), test.span, wraps)

    def moves(self, terms: Terms, index: Def) -> bool | None:
        """Return whether a sum changes with a loop variable; None if by more than one a time."""
        found = [
            (leaves, factor) for leaves, factor in terms if _degree(sum_of((leaves, factor)), index)
        ]
        match found:
            case [] | [((Name(),), 1 | -1)]:
                return bool(found)
        return None

    def risky(self, terms: Terms) -> list[Product]:
        """Return the products of a sum that may be too large for an index."""
        return [term for term in terms if term[0] and not self.is_small(*term)]

    def is_small(self, leaves: tuple[Leaf, ...], factor: int) -> bool:
        """Return whether a product is a few times the extent of an array."""
        match [term for leaf in leaves for term in self.form_of(leaf)]:
            case [(("shape", *_),)]:
                return abs(factor) <= SMALL
        return False

    def with_turns(
        self, gap: Terms, index: Def, outer: tuple[Terms, Terms, int]
    ) -> tuple[Terms, Terms]:
        """Return start and stop of the iterations of a loop in which one inside is not empty.

        gap: from start to stop of the loop inside. index: the variable of the one outside.
        Raises ChangesError if the iterations are not a range.
        """
        start, stop, step = outer
        own = sum_of(((Name(_variable(gap, index), index),), 1))
        if abs(step) != 1 or _degree(gap, index) > 1:
            raise ChangesError
        for sign in (1, -1):
            rest = add(gap, own, -sign)
            if _degree(rest, index):
                continue
            if sign > 0:  # from here on there are some
                first = add(literal(1), rest, -1)
                if step > 0:
                    return self.extreme("max", start, first), stop
                return start, self.extreme("max", stop, add(first, literal(-1)))
            if step > 0:  # up to there
                return start, self.extreme("min", stop, rest)
            return self.extreme("min", start, add(rest, literal(-1))), stop
        raise ChangesError

    def extreme(self, prim: str, a: Terms, b: Terms) -> Terms:
        """Return the `max` or the `min` of two sums."""
        gap = number_in(plus(self.form(a), self.form(b), -1))
        if gap is None:
            return sum_of(((Extreme(prim, a, b),), 1))
        return a if (gap >= 0) == (prim == "max") else b

    def expanded(self, terms: Terms, loop: ir.For) -> Terms:
        """Return a sum of what a loop does not change, and of its variable."""
        found = literal(0)
        for leaves, factor in terms:
            product = literal(factor)
            for leaf in leaves:
                product = times(product, self.leaf(leaf, loop))
            found = add(found, product)
        return found

    def leaf(self, leaf: Leaf, loop: ir.For) -> Terms:
        """Return what a leaf is made of; raises ChangesError where that changes in the loop."""
        if isinstance(leaf, Choice):
            test = self.leaf(leaf.test, loop)
            if test != sum_of(((leaf.test,), 1)):
                raise ChangesError
            yes, no = self.expanded(leaf.yes, loop), self.expanded(leaf.no, loop)
            return sum_of(((Choice(leaf.test, yes, no),), 1))
        if isinstance(leaf, Extreme):
            return self.extreme(leaf.prim, self.fixed(leaf.a, loop), self.fixed(leaf.b, loop))
        if isinstance(leaf, Step):
            return sum_of(((Step(self.fixed(leaf.extent, loop)),), 1))
        if isinstance(leaf, Count):
            bounds = self.fixed(leaf.start, loop), self.fixed(leaf.stop, loop)
            return sum_of(((Count(*bounds, leaf.step),), 1))
        changed = self.definition(leaf, loop)
        return sum_of(((leaf,), 1)) if changed is None else self.expanded(changed, loop)

    def definition(self, leaf: Leaf, loop: ir.For) -> Terms | None:
        """Return what a name is bound to in a loop; None for anything else."""
        if not isinstance(leaf, Name) or self.keeps(leaf.var.name, loop):
            return None
        stmt = leaf.value.stmt if leaf.value is not None and leaf.value.kind == "let" else None
        if not isinstance(stmt, ir.Let):
            raise ChangesError
        return self.of_extent(stmt, leaf.axis) if leaf.axis is not None else self.of_number(stmt)

    def keeps(self, name: str, loop: ir.For) -> bool:
        """Return whether a loop never binds a name."""
        if loop not in self.changed:
            self.changed[loop] = assigned(loop.body)
        return name not in self.changed[loop]

    def fixed(self, terms: Terms, loop: ir.For) -> Terms:
        """Return a sum of what a loop does not change."""
        found = self.expanded(terms, loop)
        if _degree(found, self.facts.defs[loop, loop.var.name]):
            raise ChangesError
        return found

    def of_number(self, stmt: ir.Let) -> Terms:
        """Return the sum that a name is bound to."""
        if not self.sums.is_int(self.facts.defs[stmt, stmt.target.name]):
            raise ChangesError
        match stmt.value:
            case ir.Var() | ir.Const() as atom:
                return self.atom(stmt, atom)
            case ir.Op("add", (a, b)):
                return add(self.atom(stmt, a), self.atom(stmt, b))
            case ir.Op("sub", (a, b)):
                return add(self.atom(stmt, a), self.atom(stmt, b), -1)
            case ir.Op("mul", (a, b)):
                return times(self.atom(stmt, a), self.atom(stmt, b))
            case ir.Op("neg", (a,)):
                return add(literal(0), self.atom(stmt, a), -1)
            case ir.Op("along", (a, step, *start)):
                moved = times(self.atom(stmt, a), self.atom(stmt, step))
                return add(moved, self.atom(stmt, start[0])) if start else moved
            case ir.Op("axis_step", (a,)):
                return sum_of(((Step(self.atom(stmt, a)),), 1))
            case ir.Op("select", (ir.Var() as test, a, b)):
                name = Name(test, self.facts.reads.get((stmt, test.name)))
                return sum_of(((Choice(name, self.atom(stmt, a), self.atom(stmt, b)),), 1))
            case ir.Op("shape", (ir.Var() as array,), (int(axis),)):
                return self.shape(stmt, array, axis)
            case _:
                raise ChangesError

    def of_extent(self, stmt: ir.Let, axis: int) -> Terms:
        """Return the extent of a new array or view."""
        match stmt.value:
            case ir.Var() as array:
                return self.shape(stmt, array, axis)
            case ir.Load(array=array, index=index) if not any(
                isinstance(p, ir.Slice) for p in index
            ):
                return self.shape(stmt, array, axis + len(index))
            case ir.Op("copy" | "zeros_like" | "empty_like", (ir.Var() as array, *_)):
                return self.shape(stmt, array, axis)
            case _:
                raise ChangesError

    def shape(self, stmt: ir.Stmt, array: ir.Var, axis: int) -> Terms:
        """Return an extent of an array that a statement reads."""
        return sum_of(((Name(array, self.facts.reads.get((stmt, array.name)), axis),), 1))

    def form(self, terms: Terms) -> Form:
        """Return a sum as one of symbols."""
        found: Form = {}
        for leaves, factor in terms:
            product = constant(factor)
            for leaf in leaves:
                product = self.sums.times(product, self.form_of(leaf))
            found = plus(found, product)
        return found

    def form_of(self, leaf: Leaf) -> Form:
        """Return a leaf as a sum of symbols."""
        match leaf:
            case Count(start=start, stop=stop, step=step):
                return self.sums.count(self.form(start), self.form(stop), constant(step))
            case Choice() | Extreme() | Step():
                return self.sums.symbol(leaf)
            case Name(value=d, axis=axis):
                if d is None:
                    return self.sums.symbol(object())
                return self.sums.of(d) if axis is None else self.sums.extent(d, axis)
            case _:
                assert_never(leaf)


class ChangesError(Exception):
    """Something is not the same in all iterations of a loop, nor a sum with its variable."""


def _degree(terms: Terms, index: Def) -> int:
    """Return the highest power of a loop variable in a sum."""
    return max((sum(_power(leaf, index) for leaf in leaves) for leaves, _ in terms), default=0)


def _variable(terms: Terms, index: Def) -> ir.Var:
    """Return the variable of a loop, as a sum names it."""
    for leaves, _ in terms:
        for leaf in leaves:
            if isinstance(leaf, Name) and leaf.value is index and leaf.axis is None:
                return leaf.var
    raise ChangesError


def _power(leaf: Leaf, index: Def) -> int:
    match leaf:
        case Name(value=value, axis=None):
            return int(value is index)
        case Choice(yes=yes, no=no):
            return max(_degree(yes, index), _degree(no, index))
        case _:
            return 0


def put(terms: Terms, index: Def, value: Terms) -> Terms:
    """Return a sum with a value for a loop variable."""
    found = literal(0)
    for leaves, factor in terms:
        product = literal(factor)
        for leaf in leaves:
            product = times(product, _leaf_with(leaf, index, value))
        found = add(found, product)
    return found


def _leaf_with(leaf: Leaf, index: Def, value: Terms) -> Terms:
    match leaf:
        case Name(value=d, axis=None) if d is index:
            return value
        case Choice(test=test, yes=yes, no=no):
            one, other = put(yes, index, value), put(no, index, value)
            return one if one == other else sum_of(((Choice(test, one, other),), 1))
        case _:
            return sum_of(((leaf,), 1))


def made(terms: Terms, emit: Emitter) -> ir.Atom:
    """Return the name of a sum, computed here."""
    total: ir.Atom | None = None
    offset = 0
    for leaves, factor in sorted(terms, key=lambda term: (term[1] < 0, len(term[0]), repr(term))):
        if not leaves:
            offset = factor
            continue
        product: ir.Atom | None = None if abs(factor) == 1 else ir.Const(abs(factor), INT)
        for leaf in leaves:
            value = _read(leaf, emit)
            product = value if product is None else emit.op("mul", product, value)
        assert product is not None
        if total is None:
            total = product if factor > 0 else emit.op("neg", product)
        else:
            total = emit.op("add" if factor > 0 else "sub", total, product)
    if total is None:
        return ir.Const(offset, INT)
    return emit.op("add", total, ir.Const(offset, INT)) if offset else total


def overflows(terms: Iterable[Product], emit: Emitter) -> list[ir.Atom]:
    """Return the names of tests whether products are too large for an index."""
    found: list[ir.Atom] = []
    for leaves, factor in sorted(terms, key=repr):
        choices = [leaf for leaf in leaves if isinstance(leaf, Choice)]
        for part in (part for choice in choices for part in (choice.yes, choice.no)):
            found += overflows(part, emit) if _has_products(part) else []
        values = [_read(leaf, emit) for leaf in leaves]
        if len(values) == 1 or abs(factor) != 1:
            values.append(ir.Const(abs(factor), INT))
        product = values[0]
        for value in values[1:]:
            found.append(emit.op("overflows", product, value))
            product = emit.op("mul", product, value) if value is not values[-1] else product
    return found


def _has_products(terms: Terms) -> bool:
    return any(len(leaves) > 1 or abs(factor) != 1 for leaves, factor in terms if leaves)


def _read(leaf: Leaf, emit: Emitter) -> ir.Atom:
    """Return the name of a leaf."""
    match leaf:
        case Count(start=start, stop=stop, step=step):
            return emit.op("trips", made(start, emit), made(stop, emit), ir.Const(step, INT))
        case Choice(test=test, yes=yes, no=no):
            return emit.op("select", test.var, made(yes, emit), made(no, emit))
        case Extreme(prim=prim, a=a, b=b):
            return emit.op(prim, made(a, emit), made(b, emit))
        case Step(extent=extent):
            return emit.op("axis_step", made(extent, emit))
        case Name(var=var, axis=None):
            return var
        case Name(var=var, axis=axis):
            return emit.op("shape", var, static=(axis,))
