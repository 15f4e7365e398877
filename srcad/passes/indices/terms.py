"""Sums of products of what statements read: names, extents of arrays, counts of loops, choices.

Two sums are equal in any order of their products, and what is done with one follows the order
in which they were met: the same program gives the same tests.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from srcad.analysis.values import Def
from srcad.ir import nodes as ir


@dataclass(frozen=True, slots=True)
class Name:
    """A number that has a name (`axis` is None), or an extent of an array that has one."""

    var: ir.Var
    value: Def | None
    axis: int | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """How often a loop runs."""

    start: Terms
    stop: Terms
    step: int


@dataclass(frozen=True, slots=True)
class Choice:
    """One number or another, by a test."""

    test: Name
    yes: Terms
    no: Terms


@dataclass(frozen=True, slots=True)
class Extreme:
    """The `max` or the `min` of two numbers."""

    prim: str
    a: Terms
    b: Terms


@dataclass(frozen=True, slots=True)
class Step:
    """The `axis_step` of an extent."""

    extent: Terms


Leaf = Name | Count | Choice | Extreme | Step
Product = tuple[tuple[Leaf, ...], int]
"""What is multiplied, and a factor."""


@dataclass(frozen=True, slots=True)
class Terms:
    """A sum of products, in the order in which they were met; equal in any order."""

    products: tuple[Product, ...] = field(compare=False)
    alike: frozenset[Product] = field(repr=False)

    def __iter__(self) -> Iterator[Product]:
        return iter(self.products)


def sum_of(*terms: Product) -> Terms:
    """Return a sum, equal products as one."""
    found: dict[frozenset[tuple[Leaf, int]], Product] = {}
    for leaves, factor in terms:
        key = frozenset((leaf, leaves.count(leaf)) for leaf in leaves)
        _, before = found.get(key, (leaves, 0))
        found[key] = leaves, before + factor
    products = tuple(term for term in found.values() if term[1])
    return Terms(products, frozenset(products))


def literal(number: int) -> Terms:
    """Return a sum that is a number."""
    return sum_of(((), number))


def add(a: Terms, b: Terms, factor: int = 1) -> Terms:
    """Return `a + factor * b`."""
    return sum_of(*a, *((leaves, factor * count) for leaves, count in b))


def times(a: Terms, b: Terms) -> Terms:
    """Return a product."""
    return sum_of(*(((*x, *y), m * n) for x, m in a for y, n in b))
