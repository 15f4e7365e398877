"""Integers as sums of products of symbols, as `i * m + j - 1`.

A symbol is a value (`analysis.values.Def`) of which nothing more is known, an extent of an
array, or the count of a range. Two integers with the same sum are equal. Integers count as
unbounded: arithmetic that overflows is not looked at.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping

from srcad.analysis.extents import Extents
from srcad.analysis.kinds import kinds
from srcad.analysis.values import Def, Values
from srcad.ir import nodes as ir
from srcad.ir.types import Array, Scalar

Monomial = tuple[Hashable, ...]
Form = Mapping[Monomial, int]

ONE: Monomial = ()
SIGNED = {"int8", "int16", "int32", "int64", "intp"}
LONGEST = 12
NESTING = 60
"""So many definitions are looked through, one by way of the other."""


def constant(number: int) -> Form:
    """Return a sum that is a number."""
    return {ONE: number} if number else {}


def plus(a: Form, b: Form, factor: int = 1) -> Form:
    """Return `a + factor * b`."""
    found = dict(a)
    for term, count in b.items():
        total = found.get(term, 0) + factor * count
        if total:
            found[term] = total
        else:
            found.pop(term, None)
    return found


def number_in(form: Form) -> int | None:
    """Return the number that a sum is, None if there are symbols in it."""
    return None if any(form) else form.get(ONE, 0)


class Sums:
    """The integers of one function as sums of symbols."""

    def __init__(self, function: ir.Function, facts: Values) -> None:
        self.facts = facts
        self.extents = Extents(function, facts)
        self.type_of = kinds(function)
        self._forms: dict[Def, Form] = {}
        self._order: dict[Hashable, int] = {}
        self._nesting = 0

    def place(self, term: Monomial) -> list[int]:
        """Return what sorts products, the ones of younger symbols last."""
        return [self._order[symbol] for symbol in term][::-1]

    def form(self, stmt: ir.Stmt, atom: ir.Atom) -> Form:
        """Return an operand of a statement as a sum."""
        if isinstance(atom, ir.Const):
            whole = isinstance(atom.value, int)
            return constant(int(atom.value)) if whole else self.symbol(("literal", atom.value))
        found = self.facts.reads.get((stmt, atom.name))
        return self.symbol(object()) if found is None else self.of(found)

    def symbol(self, symbol: Hashable) -> Form:
        """Return the sum that is one symbol."""
        self._order.setdefault(symbol, len(self._order))
        return {(symbol,): 1}

    def of(self, d: Def) -> Form:
        """Return a value as a sum."""
        if d not in self._forms:
            self._forms[d] = self.symbol(d)  # what a loop makes of it is not looked into
            self._nesting += 1
            if self._nesting < NESTING:
                self._forms[d] = self._of(d)
            self._nesting -= 1
        return self._forms[d]

    def _of(self, d: Def) -> Form:
        if not self.is_int(d):
            return self._forms[d]
        match d:
            case Def(kind="let", stmt=ir.Let(value=value) as stmt):
                found = self._value(stmt, value)
            case Def(kind="accum", stmt=ir.Accum(value=added) as stmt, inputs=[Def() as old]):
                found = plus(self.of(old), self.form(stmt, added))
            case Def(kind="join", inputs=[Def() as one, Def() as other]):
                found = self.of(one) if self.of(one) == self.of(other) else None
            case Def(kind="join", inputs=[Def() as one, None] | [None, Def() as one]):
                found = self.of(one)  # where the other branch was taken, nobody reads it
            case _:
                found = None
        return self._forms[d] if found is None or len(found) > LONGEST else found

    def _value(self, stmt: ir.Let, value: ir.Value) -> Form | None:
        match value:
            case ir.Var() | ir.Const():
                return self.form(stmt, value)
            case ir.Op("add", (a, b)):
                return plus(self.form(stmt, a), self.form(stmt, b))
            case ir.Op("sub", (a, b)):
                return plus(self.form(stmt, a), self.form(stmt, b), -1)
            case ir.Op("neg", (a,)):
                return plus({}, self.form(stmt, a), -1)
            case ir.Op("mul", (a, b)):
                return self.times(self.form(stmt, a), self.form(stmt, b))
            case ir.Op("along", (i, step, *start)):
                moved = self.times(self.form(stmt, i), self.form(stmt, step))
                return plus(moved, self.form(stmt, start[0])) if start else moved
            case ir.Op("shape", (ir.Var() as array,), (int(axis),)):
                return self.extent(self.facts.reads.get((stmt, array.name)), axis)
            case ir.Op("size" | "len", (ir.Var(name=name) as array,)):
                type_ = array.type or self.type_of.get(name)
                if isinstance(type_, Array) and (value.prim == "len" or type_.ndim == 1):
                    return self.extent(self.facts.reads.get((stmt, name)), 0)
            case ir.Op("trips", (a, b, step)):
                return self.count(*(self.form(stmt, x) for x in (a, b, step)))
        return None

    def count(self, start: Form, stop: Form, step: Form) -> Form:
        """Return `len(range(start, stop, step))`."""
        return self.symbol(("trips", *(frozenset(f.items()) for f in (start, stop, step))))

    def times(self, a: Form, b: Form) -> Form:
        """Return a product."""
        found: Form = {}
        for one, count in a.items():
            for other, factor in b.items():
                term = tuple(sorted((*one, *other), key=self._order.__getitem__))
                found = plus(found, {term: count * factor})
        return found

    def extent(self, array: Def | None, axis: int) -> Form:
        """Return the extent of an array along an axis."""
        match self.extents.size(array, axis):
            case int(number):
                return constant(number)
            case Def() as d:
                return self.of(d)
            case symbol:
                return self.symbol(symbol)

    def is_int(self, d: Def) -> bool:
        """Return whether a value surely is a signed integer."""
        type_ = self.type_of.get(d.name)
        return d.kind == "index" or (isinstance(type_, Scalar) and type_.dtype in SIGNED)

    def is_unsigned(self, d: Def) -> bool:
        """Return whether a value surely is an integer that has no sign."""
        type_ = self.type_of.get(d.name)
        return isinstance(type_, Scalar) and type_.dtype.startswith("uint")
