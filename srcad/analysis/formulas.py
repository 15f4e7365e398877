"""Formulas of sizes: polynomials in the numbers and extents that a function is given.

    8*max(n - 1, 0)*x.shape[0] + 512

A formula can be read (`text`), and computed where its symbols are known (`value`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from typing import assert_never

Values = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Symbol:
    """A number that is given, or the index of a loop; `x.shape[0]` is never negative."""

    name: str


@dataclass(frozen=True, slots=True)
class Applied:
    """`max`, `min` or `//` of two formulas."""

    function: str
    left: Formula
    right: Formula


@dataclass(frozen=True, slots=True)
class Ranged:
    """The sum, or the largest, of a formula over an index: `sum(i for i in range(n))`."""

    function: str
    term: Formula
    index: str
    start: Formula
    stop: Formula
    step: int


Factor = Symbol | Applied | Ranged
Monomial = tuple[Factor, ...]


class Unknown(Exception):  # noqa: N818 - says what is not known
    """A symbol has no value."""


@dataclass(frozen=True, slots=True)
class Formula:
    """A sum of products, by products: each has its factors in the order of their texts."""

    terms: tuple[tuple[Monomial, int], ...] = ()

    def __add__(self, other: Formula) -> Formula:
        """Return the sum."""
        return _collected(chain(self.terms, other.terms))

    def __mul__(self, other: Formula) -> Formula:
        """Return the product."""
        return _collected(
            (tuple(sorted((*one, *two), key=_text)), a * b)
            for one, a in self.terms
            for two, b in other.terms
        )

    @property
    def number(self) -> int | None:
        """Return the number that the formula is, None where it has symbols."""
        if not self.terms:
            return 0
        return self.terms[0][1] if len(self.terms) == 1 and not self.terms[0][0] else None

    def symbols(self) -> frozenset[str]:
        """Return the names of the symbols; those of the indices of sums are not among them."""
        return frozenset().union(*(_symbols(f) for factors, _ in self.terms for f in factors))

    def value(self, given: Values) -> int:
        """Return the number for these values of the symbols. Raises Unknown for one without."""
        total = 0
        for factors, count in self.terms:
            product = count
            for factor in factors:
                product *= _value(factor, given)
            total += product
        return total

    def text(self) -> str:
        """Return the formula as Python writes it."""
        out = ""
        for factors, count in self.terms:
            sign = "-" if count < 0 else "+"
            shown = [str(abs(count))] if abs(count) != 1 or not factors else []
            term = "*".join((*shown, *map(_text, factors)))
            out += f" {sign} {term}" if out else f"-{term}" if count < 0 else term
        return out or "0"


def number(value: int) -> Formula:
    """Return the formula of a number."""
    return Formula((((), value),)) if value else Formula()


def symbol(name: str) -> Formula:
    """Return the formula of a symbol."""
    return _factor(Symbol(name))


def applied(function: str, left: Formula, right: Formula) -> Formula:
    """Return `max`, `min` or `//` of two formulas."""
    a, b = left.number, right.number
    if a is not None and b is not None and (function != "//" or b):
        return number(_apply(function, a, b))
    if function == "max" and b == 0 and _is_extent(left):
        return left
    return _factor(Applied(function, left, right))


def summed(term: Formula, index: str, start: Formula, stop: Formula, step: int) -> Formula:
    """Return the sum of a term over a loop, which is a product if the term is the same in all."""
    if index not in term.symbols():
        return term * trips(start, stop, step)
    return _factor(Ranged("sum", term, index, start, stop, step))


def largest(term: Formula, index: str, start: Formula, stop: Formula, step: int) -> Formula:
    """Return the largest of a term that is never negative over a loop."""
    if index not in term.symbols():
        return term
    return _factor(Ranged("max", term, index, start, stop, step))


def trips(start: Formula, stop: Formula, step: int) -> Formula:
    """Return how often `range(start, stop, step)` goes round."""
    low, high = (start, stop) if step > 0 else (stop, start)
    span = applied("max", high + low * number(-1), number(0))
    size = abs(step)
    return span if size == 1 else applied("//", span + number(size - 1), number(size))


def _factor(factor: Factor) -> Formula:
    return Formula((((factor,), 1),))


def _collected(terms: object) -> Formula:
    found: dict[Monomial, int] = {}
    for factors, count in terms:  # type: ignore[attr-defined]
        found[factors] = found.get(factors, 0) + count
    kept = [(factors, count) for factors, count in found.items() if count]
    kept.sort(key=lambda term: (-len(term[0]), [*map(_text, term[0])]))
    return Formula(tuple(kept))


def _is_extent(formula: Formula) -> bool:
    """Return whether a formula is surely not negative: made of extents, of `max(n, 0)`."""
    return all(count > 0 and all(map(_is_count, factors)) for factors, count in formula.terms)


def _is_count(factor: Factor) -> bool:
    match factor:
        case Symbol(name=name):
            return ".shape[" in name or name.startswith("trips(")
        case Applied(function="max", left=left, right=right):
            return _is_extent(left) or _is_extent(right)
        case Applied(left=left, right=right):
            return _is_extent(left) and _is_extent(right)
        case Ranged(term=term):
            return _is_extent(term)
        case _:
            assert_never(factor)


def _symbols(factor: Factor) -> frozenset[str]:
    match factor:
        case Symbol(name=name):
            return frozenset((name,))
        case Applied(left=left, right=right):
            return left.symbols() | right.symbols()
        case Ranged(term=term, index=index, start=start, stop=stop):
            return (term.symbols() - {index}) | start.symbols() | stop.symbols()
        case _:
            assert_never(factor)


def _value(factor: Factor, given: Values) -> int:
    match factor:
        case Symbol(name=name):
            if name not in given:
                raise Unknown(name)
            return given[name]
        case Applied(function=function, left=left, right=right):
            return _apply(function, left.value(given), right.value(given))
        case Ranged(function, term, index, start, stop, step):
            indices = range(start.value(given), stop.value(given), step)
            found = (term.value({**given, index: k}) for k in indices)
            return sum(found) if function == "sum" else max(found, default=0)
        case _:
            assert_never(factor)


def _apply(function: str, a: int, b: int) -> int:
    if function == "//":
        return a // b
    return max(a, b) if function == "max" else min(a, b)


def _text(factor: Factor) -> str:
    match factor:
        case Symbol(name=name):
            return name
        case Applied(function="//", left=left, right=right):
            return f"(({left.text()}) // ({right.text()}))"
        case Applied(function=function, left=left, right=right):
            return f"{function}({left.text()}, {right.text()})"
        case Ranged(function, term, index, start, stop, step):
            bounds = [start.text(), stop.text()]
            if step != 1:
                bounds.append(str(step))
            elif start.number == 0:
                del bounds[0]
            items = f"{term.text()} for {index} in range({', '.join(bounds)})"
            return f"sum({items})" if function == "sum" else f"max(({items}), default=0)"
        case _:
            assert_never(factor)
