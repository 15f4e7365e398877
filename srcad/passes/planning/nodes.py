"""What a plan is about, and what it says.

A node is something that the way back may need:

    value     what a name holds: all reads of an unchanged element, all equal sizes are one
    partial   a factor beside the cotangent, as `cos(x)` or `a < b`
    content   an array that lives in one iteration, as its writers so far have left it
    copy      an array that iterations hand on, as it is between two writers
    old       the element that one write destroys
    count     the iterations of a loop that may end early

For each node that is needed a plan says how it is had: it is *there*, *read* where the primal
has put it, computed *again*, or *stored*.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Literal

from srcad.analysis.formulas import Formula
from srcad.analysis.values import Def, Place
from srcad.ir import nodes as ir

Kind = Literal["value", "partial", "content", "copy", "old", "count"]
How = Literal["there", "read", "again", "stored"]


@dataclass(frozen=True, slots=True)
class Spoiling:
    """A write that destroys, later, what a read in a block has read."""

    place: Place
    read: ir.Stmt
    write: ir.Stmt


@dataclass(eq=False, slots=True)
class Node:
    """Something that the way back may need, made once per iteration of the loops around `place`.

    serial: its position among the nodes, by which it is told apart.
    number: what makes nodes of one place equal. defs: the values of the program that it is.
    stmt: the write of an old element, the last writer of a content, the loop of a count.
    width: bytes of one; cells: of how many elements, and as a formula.
    """

    serial: int
    kind: Kind
    number: tuple[Hashable, ...] | Def
    place: Place
    name: str
    span: ir.Span | None
    width: int = 8
    defs: list[Def] = field(default_factory=list)
    stmt: ir.Stmt | None = None
    cells: float = 1.0
    extent: Formula | None = None


@dataclass(slots=True)
class Ways:
    """How a node can be had again in a region.

    again: the operations of computing it; None where that is not possible. reads: the nodes
    that this needs. indices: what an old element needs to be put back, and what it is.
    is_read: whether an old element is a value that was read before. spoilt: the writes that
    destroy what it reads. writers: what is run again for a content.
    """

    again: float | None = None
    reads: tuple[Node, ...] = ()
    indices: tuple[Node, ...] = ()
    is_read: bool = False
    spoilt: list[Spoiling] = field(default_factory=list)
    writers: tuple[ir.Stmt, ...] = ()


@dataclass(frozen=True, eq=False, slots=True)
class Choice:
    """How one node is had.

    reads: the nodes that it is made of; store: where the primal has put it.
    size: the bytes that are kept for it, or would be. otherwise: what the other choice costs,
    infinite where there is none. cost: what this one does.
    """

    node: Node
    how: How
    reads: tuple[Node, ...] = ()
    store: ir.Store | None = None
    size: Formula | None = None
    bytes: float = 0.0
    cost: float = 0.0
    otherwise: float = 0.0


@dataclass(frozen=True, slots=True)
class Need:
    """A node that a statement asks for when it is reversed."""

    node: Node
    stmt: ir.Stmt
