"""Which names may have an influence on which others, through values and through tests.

Array names count by alias class. Flow-insensitive: one edge for each place where something
is read, then a reachability search. Sizes are no influence: an array of zeros does not depend
on what the array holds whose shape it has.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from srcad.analysis.activity import Edges, reachable
from srcad.analysis.aliasing import Aliases
from srcad.ir import nodes as ir
from srcad.ir.primitives import EXTENTS
from srcad.ir.walk import atoms, blocks, operands, targets

Tests = Literal["all", "loops", "none"]

SIZES = EXTENTS | {"zeros_like", "ones_like", "empty_like"}


def influenced(
    function: ir.Function,
    sources: Iterable[str],
    classes: Aliases,
    *,
    by_tests: Tests = "all",
    guards: bool = True,
    counts: Callable[[ir.Stmt], bool] = lambda _: True,
) -> Collection[str]:
    """Return the names (of classes) that depend on what `sources` hold.

    by_tests: whether what a branch or a loop does depends on its test: of all of them, of those
    in loops (the condition of a `while` is one), or of none. guards: whether the test
    that something is not zero, which guards a product, counts. counts: which loops are meant,
    where it is of those.
    """
    edges: Edges = {}
    how = _How(by_tests, guards, counts)
    found = _edges(function.body, classes, frozenset(), how)
    for source, target in found:
        edges.setdefault(source, set()).add(target)
    return reachable({classes.of(name) for name in sources}, edges)


@dataclass(frozen=True, slots=True)
class _How:
    """Which tests and guards are looked at: as `influenced` is told."""

    by_tests: Tests
    guards: bool
    counts: Callable[[ir.Stmt], bool]


def _edges(
    block: ir.Block, classes: Aliases, tests: frozenset[str], how: _How
) -> Iterator[tuple[str, str]]:
    """Yield what is read and what it has an influence on; `tests` are read around the block."""
    for stmt in block:
        read = {classes.of(name) for name in _read(stmt, guards=how.guards)}
        written = {classes.of(var.name) for var in targets(stmt)}
        match stmt:
            case ir.Store(array=array) | ir.Accum(target=array):
                written.add(classes.of(array.name))
            case ir.Save(slot=slot):
                written.add(classes.of(slot.name))
            case ir.Restore(slot=slot):
                read.add(classes.of(slot.name))
        inner = tests
        is_loop = isinstance(stmt, ir.For | ir.While) and how.counts(stmt)
        within = replace(how, by_tests="all") if how.by_tests == "loops" and is_loop else how
        if how.by_tests == "all" or (within.by_tests == "all" and not isinstance(stmt, ir.If)):
            match stmt:
                case ir.If() | ir.While() | ir.For():
                    inner = tests | read
                    if isinstance(stmt, ir.For) and stmt.until is not None:
                        inner |= {classes.of(stmt.until.name)}
        for target in written:
            for source in read | tests:
                yield source, target
        for part in blocks(stmt):
            yield from _edges(part, classes, inner, within)


def _read(stmt: ir.Stmt, *, guards: bool) -> Iterator[str]:
    """Yield the names whose values a statement itself reads."""
    for part in operands(stmt):
        match part:
            case ir.Op("ne", (_, ir.Const(value=number))) if number == 0 and not guards:
                continue
        if not (isinstance(part, ir.Op) and part.prim in SIZES):
            yield from (atom.name for atom in atoms(part) if isinstance(atom, ir.Var))
