"""Integers that only count, as polynomials of the indices of the loops that they count in.

    idx = d
    for a in range(d):
        for b in range(a + 1, d):       idx == d + a*d - a*(a + 1)//2 + b - a - 1
            ... l[idx] ...
            idx += 1

Such a number only gains literals, as often as the bounds of loops say. In a loop with the step
under a condition, or one that may end early, it is no polynomial. Sums over an index are those of
powers (Faulhaber); they need a range that is not the wrong way round, which is proved, or else
its length is a symbol of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import gcd, lcm

from srcad.analysis.bounds import Bounds
from srcad.analysis.sums import Sums
from srcad.analysis.values import Def, Values
from srcad.ir import nodes as ir
from srcad.ir.walk import statements

MOST_TERMS = 12
HIGHEST = 3


@dataclass(frozen=True, slots=True)
class Trips:
    """How often a loop runs whose bounds may be the wrong way round."""

    loop: ir.For


Symbol = Def | Trips
Monomial = tuple[Symbol, ...]


@dataclass(frozen=True, slots=True)
class Polynomial:
    """A sum of products of symbols, over one number."""

    terms: Mapping[Monomial, int]
    below: int = 1

    def symbols(self) -> Iterator[Symbol]:
        """Yield the symbols, each once, in order."""
        yield from dict.fromkeys(symbol for term in self.terms for symbol in term)


@dataclass(frozen=True, slots=True)
class Counted:
    """A number: what it starts from, and what has been added since."""

    start: Def
    added: Polynomial


class Counters:
    """The counters of one function."""

    def __init__(self, function: ir.Function, facts: Values) -> None:
        self.facts = facts
        self.sums = Sums(function, facts)
        self.bounds = Bounds(self.sums)
        self._order: dict[Symbol, int] = {}
        self._known: dict[Def, Counted | None] = {}
        self._lengths: dict[ir.For, ir.For] = {}

    def of(self, d: Def) -> Counted | None:
        """Return what a value is that only counts; None if it is not one, or just a start."""
        if d not in self._known:
            found = self._of(d) if d.kind in {"phi", "out", "accum"} else None
            small = found is not None and len(found.added.terms) <= MOST_TERMS
            self._known[d] = found if small else None
        return self._known[d]

    def _of(self, d: Def) -> Counted | None:
        match d.kind, d.stmt:
            case (("phi" | "out"), ir.For() as loop) if self.sums.is_int(d):
                phi = self.facts.phis[loop].get(d.name)
                first = None if phi is None else phi.inputs[0]
                if first is None or not _is_regular(loop, d.name, self.facts):
                    return None
                outermost = self._outermost(loop, d.name)
                gained = self._gained(loop, d.name, outermost)
                if gained is None:
                    return None
                so_far = self._before if d.kind == "phi" else self._whole
                added = so_far(loop, gained, outermost)
            case "accum", ir.Accum(value=ir.Const(value=int(step))) if self.sums.is_int(d):
                first = d.inputs[0]
                added = _number(step)
            case _:
                return None
        if first is None or added is None:
            return None
        begun = self.of(first)
        if begun is None:
            return Counted(first, added)
        return Counted(begun.start, _plus(begun.added, added))

    def outermost(self, loop: ir.For) -> ir.For:
        """Return the loop around all that a symbol for the length of a loop is part of."""
        return self._lengths[loop]

    def _outermost(self, loop: ir.For, name: str) -> ir.For:
        """Return the outermost loop that a counter is handed on by as it is."""
        phi = self.facts.phis[loop].get(name)
        first = None if phi is None else phi.inputs[0]
        while first is not None and first.kind == "accum":
            first = first.inputs[0]
        if first is not None and isinstance(first.stmt, ir.For):
            if first.kind == "phi" and _is_regular(first.stmt, name, self.facts):
                return self._outermost(first.stmt, name)
            if first.kind == "out":
                found = self._outermost(first.stmt, name)
                return found if found in self.facts.loops(self.facts.where[loop][0]) else loop
        return loop

    # What loops add -------------------------------------------------------------------

    def _gained(self, loop: ir.For, name: str, outermost: ir.For) -> Polynomial | None:
        """Return what one iteration of a loop adds."""
        total = _number(0)
        for stmt in loop.body:
            if name not in self.facts.assigned.get(stmt, ()):
                continue
            match stmt:
                case ir.Accum(value=ir.Const(value=int(step))):
                    total = _plus(total, _number(step))
                case ir.For():
                    inner = self._gained(stmt, name, outermost)
                    found = None if inner is None else self._whole(stmt, inner, outermost)
                    if found is None:
                        return None
                    total = _plus(total, found)
                case _:
                    return None
        return total

    def _before(self, loop: ir.For, gained: Polynomial, outermost: ir.For) -> Polynomial | None:
        """Return what the iterations of a loop before the present one add."""
        index = self.facts.defs[loop, loop.var.name]
        start = self.number(loop, loop.start, outermost)
        if start is None:
            return None
        here = self._symbol(index)
        if _step(loop) == 1:
            return self._sum(gained, index, start, here)
        one = _number(1)
        return self._sum(gained, index, _plus(here, one), _plus(start, one))

    def _whole(self, loop: ir.For, gained: Polynomial, outermost: ir.For) -> Polynomial | None:
        """Return what all iterations of a loop add."""
        index = self.facts.defs[loop, loop.var.name]
        start, stop = (self.number(loop, a, outermost) for a in (loop.start, loop.stop))
        if start is None or stop is None:
            return None
        if not self._is_ordered(loop):
            inside = {s.var.name for s in statements((outermost,)) if isinstance(s, ir.For)}
            used = {s.name for p in (start, stop) for s in p.symbols() if isinstance(s, Def)}
            if inside & used or index in gained.symbols():
                return None
            self._lengths[loop] = outermost
            return self.times(gained, self._symbol(Trips(loop)))
        if _step(loop) == 1:
            return self._sum(gained, index, start, stop)
        one = _number(1)
        return self._sum(gained, index, _plus(stop, one), _plus(start, one))

    def _is_ordered(self, loop: ir.For) -> bool:
        """Return whether the bounds of a loop surely are the right way round."""
        start, stop = self.sums.form(loop, loop.start), self.sums.form(loop, loop.stop)
        low, high = (start, stop) if _step(loop) == 1 else (stop, start)
        gap = {term: high.get(term, 0) - low.get(term, 0) for term in {**high, **low}}
        around = self.facts.loops(self.facts.where[loop][0])
        facts = [
            f for outer in around if isinstance(outer, ir.For) for f in self.bounds.of_loop(outer)
        ]
        return self.bounds.holds({t: c for t, c in gap.items() if c}, facts)

    def number(self, stmt: ir.Stmt, atom: ir.Atom, outermost: ir.For) -> Polynomial | None:
        """Return an operand as a polynomial of indices and of what was there before a loop."""
        if isinstance(atom, ir.Const):
            return _number(int(atom.value))
        d = self.facts.reads.get((stmt, atom.name))
        if d is None or not self.sums.is_int(d):
            return None
        if d.kind == "index" or outermost not in self.facts.loops(d.place):
            return self._symbol(d)
        match d.kind, d.stmt:
            case "let", ir.Let(value=ir.Var() | ir.Const() as alias) as let:
                return self.number(let, alias, outermost)
            case "let", ir.Let(value=ir.Op("add" | "sub" | "mul" as prim, (a, b))) as let:
                one, two = self.number(let, a, outermost), self.number(let, b, outermost)
                if one is None or two is None:
                    return None
                if prim == "mul":
                    return self.times(one, two)
                return _plus(one, two, 1 if prim == "add" else -1)
        return None

    def symbols(self, added: Polynomial) -> Iterator[Def]:
        """Yield the values that a polynomial is computed from, those of lengths of loops, too."""
        for symbol in added.symbols():
            if isinstance(symbol, Trips):
                for atom in (symbol.loop.start, symbol.loop.stop):
                    found = self.number(symbol.loop, atom, self.outermost(symbol.loop))
                    yield from self.symbols(_number(0) if found is None else found)
            else:
                yield symbol

    # Polynomials ----------------------------------------------------------------------

    def _symbol(self, symbol: Symbol) -> Polynomial:
        self._order.setdefault(symbol, len(self._order))
        return Polynomial({(symbol,): 1})

    def times(self, a: Polynomial, b: Polynomial) -> Polynomial:
        """Return a product."""
        found: dict[Monomial, int] = {}
        for one, count in a.terms.items():
            for other, factor in b.terms.items():
                term = tuple(sorted((*one, *other), key=self._order.__getitem__))
                found[term] = found.get(term, 0) + count * factor
        return _lowest(found, a.below * b.below)

    def _sum(
        self, term: Polynomial, index: Def, low: Polynomial, high: Polynomial
    ) -> Polynomial | None:
        """Return the sum of a polynomial over an index from `low` to below `high`."""
        total = _number(0)
        for monomial, count in term.terms.items():
            power = monomial.count(index)
            if power >= HIGHEST:
                return None
            rest = _lowest({tuple(s for s in monomial if s != index): count}, term.below)
            for bound, sign in ((high, 1), (low, -1)):
                total = _plus(total, self.times(rest, self._powers(bound, power)), sign)
        return total

    def _powers(self, n: Polynomial, power: int) -> Polynomial:
        """Return `sum(k**power for k in range(n))`."""
        if power == 0:
            return n
        one = _number(1)
        product = self.times(n, _plus(n, one, -1))
        if power == 1:
            return _lowest(product.terms, 2 * product.below)
        product = self.times(product, _plus(_plus(n, n), one, -1))
        return _lowest(product.terms, 6 * product.below)


def _is_regular(loop: ir.For, name: str, facts: Values) -> bool:
    """Return whether each iteration adds to a name what literals and bounds say."""
    if loop.until is not None or _step(loop) not in (1, -1):
        return False
    for stmt in loop.body:
        if name not in facts.assigned.get(stmt, ()):
            continue
        match stmt:
            case ir.Accum(index=None, value=ir.Const(value=int())):
                continue
            case ir.For() if _is_regular(stmt, name, facts):
                continue
            case _:
                return False
    return True


def _step(loop: ir.For) -> int:
    return int(loop.step.value) if isinstance(loop.step, ir.Const) else 0


def _number(value: int) -> Polynomial:
    return _lowest({(): value}, 1)


def _plus(a: Polynomial, b: Polynomial, factor: int = 1) -> Polynomial:
    below = lcm(a.below, b.below)
    found = {term: count * (below // a.below) for term, count in a.terms.items()}
    for term, count in b.terms.items():
        found[term] = found.get(term, 0) + factor * count * (below // b.below)
    return _lowest(found, below)


def _lowest(terms: Mapping[Monomial, int], below: int) -> Polynomial:
    """Return a polynomial in its lowest terms, without those that are zero."""
    kept = {term: count for term, count in terms.items() if count}
    common = gcd(below, *kept.values())
    return Polynomial({term: count // common for term, count in kept.items()}, below // common)
