"""Guards for derivatives of derivatives become the tests that the values need.

Before                                          After
    _t2 = t_bar != 0.0                              _t2 = t_bar != 0.0
    _t3 = math.isfinite(_t1)                        _t5 = t_bar * _t1
    _t4 = _t2 or _t3                                _t6 = _t5 if _t2 else 0.0
    _t5 = t_bar * _t1
    _t6 = _t5 if _t4 else 0.0

A zero that wins over an infinite partial is written with a second test, so that the
derivative of the product is not lost where the partial is finite (`rules.partials`). The
value needs only the first: a zero times something finite is zero. (It may be -0.0, which
becomes 0.0: only names of the derivative are touched, in which a zero has no sign to keep.)
A product with two guards, one for each factor, is tested for both: `a != 0 and b != 0`.

On entry and on exit: flat IR. Runs after the stage that derivatives of this one start from.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import replace

from srcad.ir import nodes as ir
from srcad.ir.known import updated
from srcad.ir.walk import bindings, map_block, reads, statements


def relax_guards(function: ir.Function, ours: Collection[str]) -> ir.Function:
    """Return `function` with guards that test one factor only. ours: names to look at."""
    found = _Guards(function, ours)
    if not (found.tests or found.pairs):
        return function
    return updated(function, body=map_block(function.body, found.relaxed))


class _Guards:
    """`tests` maps a guard to the test that takes its place, `pairs` two of them to two."""

    def __init__(self, function: ir.Function, ours: Collection[str]) -> None:
        body = tuple(statements(function.body))
        counts = bindings(function)
        self.values: dict[str, ir.Value] = {
            s.target.name: s.value
            for s in body
            if isinstance(s, ir.Let) and s.target.name in ours and counts[s.target.name] == 1
        }
        readers: dict[str, list[ir.Stmt]] = {}
        for stmt in body:
            for name in reads(stmt):
                readers.setdefault(name, []).append(stmt)
        returned = {a.name for a in function.returns if isinstance(a, ir.Var)}
        self.tests: dict[str, ir.Atom] = {}
        self.pairs: dict[str, tuple[ir.Atom, ir.Atom]] = {}
        for name, value in self.values.items():
            if name in returned:
                continue
            match value:
                case ir.Op("or"):
                    test = self.test_of(value)
                    if test and all(self.guards(s, *test[1:]) for s in readers.get(name, [])):
                        self.tests[name] = test[0]
                case ir.Op("and", (ir.Var(name=left), ir.Var(name=right))):
                    pair = self.test_of(self.values.get(left)), self.test_of(self.values.get(right))
                    match pair:
                        case (one, a, b), (two, c, d) if {a, b} == {c, d} and a != c:
                            if all(self.guards(s, a, b) for s in readers.get(name, [])):
                                self.pairs[name] = one, two

    def test_of(self, value: ir.Value | None) -> tuple[ir.Var, ir.Atom, ir.Atom] | None:
        """Return the first test of a guard, and the two factors of what it may guard."""
        match value:
            case ir.Op("or", (ir.Var() as first, ir.Var() as second)):
                pass
            case _:
                return None
        match self.values.get(first.name), self.values.get(second.name):
            case ir.Op("ne", (factor, ir.Const(value=zero))), ir.Op("isfinite", (other,)):
                return (first, self.bare(factor), self.bare(other)) if zero == 0 else None
        return None

    def guards(self, stmt: ir.Stmt, factor: ir.Atom, other: ir.Atom) -> bool:
        """Return whether a statement selects between a product of two factors and zero."""
        match stmt:
            case ir.Let(value=ir.Op("select", (_, product, ir.Const(value=float(zero))))):
                return zero == 0.0 and self.is_product(product, factor, other)
            case _:
                return False

    def is_product(self, atom: ir.Atom, factor: ir.Atom, other: ir.Atom) -> bool:
        """Return whether an atom is a product of two factors, whatever its sign."""
        match self.values.get(atom.name) if isinstance(atom, ir.Var) else None:
            case ir.Op("neg", (inner,)):
                return self.is_product(inner, factor, other)
            case ir.Op("mul", (a, b)):
                return {self.bare(a), self.bare(b)} == {factor, other}
            case _:
                return False

    def bare(self, atom: ir.Atom) -> ir.Atom:
        """Return an atom without sign and literal factors."""
        match self.values.get(atom.name) if isinstance(atom, ir.Var) else None:
            case ir.Op("neg", (inner,)):
                return self.bare(inner)
            case ir.Op("mul", (ir.Const(value=number), inner)) if number and math.isfinite(number):
                return self.bare(inner)
        return atom

    def relaxed(self, stmt: ir.Stmt) -> ir.Stmt:
        """Return a statement that selects by the first test of its guard."""
        match stmt:
            case ir.Let(target=ir.Var(name=target)) if target in self.pairs:
                return replace(stmt, value=ir.Op("and", self.pairs[target]))
            case ir.Let(value=ir.Op("select", (ir.Var(name=name), a, b)) as op):
                if name in self.tests:
                    return replace(stmt, value=replace(op, args=(self.tests[name], a, b)))
        return stmt
