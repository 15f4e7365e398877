"""A frame: one block that is being reversed, and what has been recovered for it."""

from __future__ import annotations

from dataclasses import dataclass, field

from srcad.analysis.values import Def, Place
from srcad.ir import nodes as ir


@dataclass(slots=True)
class Frame:
    """One block that is being reversed: its new statements, and what they have named.

    index: the statement that is being reversed. whole: what is recovered now is needed
    before any part of that statement is reversed (the test of an `if`, bounds of a loop, the
    place of an element that is put back).
    copies: arrays as they were at a statement of the block. extents: those of arrays.
    """

    places: tuple[Place, ...]
    out: list[ir.Stmt]
    index: int = 0
    whole: bool = False
    have: dict[Def, ir.Atom] = field(default_factory=dict)
    shadows: dict[Def, ir.Var] = field(default_factory=dict)
    copies: dict[Def, tuple[ir.Var, int]] = field(default_factory=dict)
    extents: dict[Def, tuple[ir.Atom, ...]] = field(default_factory=dict)
