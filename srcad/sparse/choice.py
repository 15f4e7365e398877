"""Which way a sparse matrix is found: the colourings of a pattern, and the one that is taken."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from srcad.drivers.jacobians import REVERSE_COST
from srcad.sparse.compression import (
    WIDTH,
    Colouring,
    Compression,
    Method,
    coloured_columns,
    coloured_rows,
    coloured_symmetric,
    compressed_columns,
    compressed_hessian,
    compressed_rows,
    fullest,
)
from srcad.sparse.pattern import Integers, Pattern

Mode = Literal["forward", "reverse"]
MODES: tuple[Mode, ...] = "forward", "reverse"
OF = {"forward": "columns", "reverse": "rows"}


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """How a sparse Jacobian or Hessian is found.

    pattern: the elements that may be other than zero. mode: of the sweeps; those of a Hessian
    are forward, over the gradient. method, order: of the colouring. colours: how many there
    are, and as many directions. why: the reason in words.
    """

    pattern: Pattern
    mode: Mode
    method: Method
    order: str
    colours: int
    why: str
    compression: Compression = field(repr=False)

    def __str__(self) -> str:
        return self.why


def jacobian_choice(pattern: Pattern, mode: Mode | None, places: Integers) -> Choice:
    """Return the way that takes the fewest sweeps, or the best one of a mode.

    places: where each element, row by row, stands in the data.
    """
    by_column = np.bincount(pattern.indices, minlength=pattern.shape[1])
    least: dict[Mode, int] = {"forward": fullest(pattern), "reverse": int(by_column.max(initial=0))}
    found: dict[Mode, Colouring] = {}
    modes = sorted(MODES, key=lambda way: _cost(way, least[way])) if mode is None else [mode]
    for way in modes:
        # What cannot win is not coloured: no colouring has fewer colours than a full row.
        if any(_cost(way, least[way]) >= _cost(k, other.count) for k, other in found.items()):
            continue
        coloured = coloured_columns if way == "forward" else coloured_rows
        found[way] = coloured(pattern)
    counts = {way: colouring.count for way, colouring in found.items()}
    best = min(found, key=lambda way: _cost(way, counts[way]))
    compress = compressed_columns if best == "forward" else compressed_rows
    compression = compress(pattern, found[best], places)
    if mode is not None:
        why = f"{best}, as asked for: {_words(counts[best])} of {OF[best]}"
    else:
        parts = []
        for way in MODES:
            count = _words(counts[way]) if way in counts else f"at least {_words(least[way])}"
            parts.append(f"{count} of {OF[way]}")
        why = f"{best}: {' or '.join(parts)}; reverse counts as {REVERSE_COST} times as much"
    return _choice(pattern, best, compression, why)


def hessian_choice(pattern: Pattern, method: Method | None, places: Integers) -> Choice:
    """Return the way that takes the fewest sweeps, the direct one where they are as many.

    pattern: of a symmetric matrix.
    """
    methods: tuple[Method, ...] = ("star", "acyclic") if method is None else (method,)
    found: dict[Method, Colouring] = {}
    for way in methods:
        if found and found["star"].count <= WIDTH:
            continue
        found[way] = coloured_symmetric(pattern, way)
    best = min(found, key=lambda way: (-(-found[way].count // WIDTH), way == "acyclic"))
    compression = compressed_hessian(pattern, found[best], places)
    parts = [f"{way} {_words(c.count)}" for way, c in found.items()]
    recovery = "direct" if best == "star" else "by substitution"
    why = f"{best}: {' or '.join(parts)}, {recovery}"
    return _choice(pattern, "forward", compression, why)


def _choice(pattern: Pattern, mode: Mode, compression: Compression, why: str) -> Choice:
    colouring = compression.colouring
    return Choice(
        pattern, mode, colouring.method, colouring.order, colouring.count, why, compression
    )


def _cost(way: Mode, colours: int) -> float:
    """Return what sweeps of as many colours cost."""
    return colours * (1.0 if way == "forward" else REVERSE_COST)


def _words(count: int) -> str:
    return f"{count} colour{'' if count == 1 else 's'}"
