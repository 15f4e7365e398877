"""Expressions over whole arrays, not computed yet: trees with a shape.

    np.sin(x[1:]) * 2.0      Apply("mul", (Apply("sin", (Viewed(Leaf x, i -> 1 + i),)), 2.0))

A tree gives the value of one element for one index; a loop nest asks it for each.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass

from srcad.ir import nodes as ir
from srcad.ir.types import Array, Scalar, Type
from srcad.rules.table import PRIMS


@dataclass(frozen=True, slots=True)
class Extent:
    """The length of an axis. Axes with the same `key` surely are equally long."""

    atom: ir.Atom
    key: Hashable

    @property
    def is_one(self) -> bool:
        """Whether the axis surely has length one."""
        return isinstance(self.atom, ir.Const) and self.atom.value == 1


ONE = Extent(ir.Const(1), ("const", 1))
Shape = tuple[Extent, ...]


@dataclass(frozen=True, slots=True)
class Number:
    """A number, the same for every index."""

    atom: ir.Atom
    shape: Shape = ()


@dataclass(frozen=True, slots=True)
class Leaf:
    """An array."""

    array: ir.Var
    shape: Shape


@dataclass(frozen=True, slots=True)
class At:
    """This axis of the source is indexed by a number."""

    atom: ir.Atom


@dataclass(frozen=True, slots=True)
class Along:
    """This axis of the source runs along `axis` of the view: `start + step * i`."""

    axis: int
    start: ir.Atom = ir.Const(0)  # noqa: RUF009  (frozen)
    step: ir.Atom = ir.Const(1)  # noqa: RUF009


@dataclass(frozen=True, slots=True)
class Picked:
    """This axis of the source is indexed by elements of `index`.

    `index` is broadcast to `shape`, which the view has from `axis` on.
    """

    index: Tree
    axis: int
    shape: Shape


Map = At | Along | Picked


@dataclass(frozen=True, slots=True, eq=False)
class Viewed:
    """Some elements of `source`, one map for each of its axes."""

    source: Tree
    maps: tuple[Map, ...]
    shape: Shape


@dataclass(frozen=True, slots=True, eq=False)
class Apply:
    """A primitive applied element by element, the shapes broadcast to `shape`."""

    prim: str
    static: tuple[object, ...]
    args: tuple[Tree, ...]
    shape: Shape
    dtype: str


DEAR = 4

Tree = Number | Leaf | Viewed | Apply


def children(tree: Tree) -> tuple[Tree, ...]:
    """Return the trees directly in `tree`."""
    match tree:
        case Apply(args=args):
            return args
        case Viewed(source=source, maps=maps):
            return (source, *(m.index for m in maps if isinstance(m, Picked)))
        case _:
            return ()


def moves_indices(tree: Tree) -> bool:
    """Return whether an index outside of a tree may be one inside of the arrays that it reads."""
    match tree:
        case Viewed():
            return True
        case Apply(args=args):
            return any(map(moves_indices, args))
        case _:
            return False


def leaves(tree: Tree) -> Iterator[Leaf | Viewed]:
    """Iterate over the arrays that a tree reads: leaves, and views of leaves."""
    for leaf, _ in accesses(tree):
        yield leaf


def accesses(tree: Tree) -> Iterator[tuple[Leaf | Viewed, bool]]:
    """Iterate over the leaves, each with whether element i of the tree reads its element i.

    Leaves that are broadcast count as well: they have another shape.
    """
    return _accesses(tree, here=True, seen=set())


def _accesses(
    tree: Tree, *, here: bool, seen: set[tuple[int, bool]]
) -> Iterator[tuple[Leaf | Viewed, bool]]:
    """Iterate over the leaves of a tree, that has not come with the same answer before."""
    if (id(tree), here) in seen:
        return
    seen.add((id(tree), here))
    match tree:
        case Leaf() | Viewed(source=Leaf()):
            yield tree, here
        case Viewed(source=source):
            yield from _accesses(source, here=False, seen=seen)
        case Apply(args=args):
            for arg in args:
                yield from _accesses(arg, here=here, seen=seen)
        case _:
            pass
    if isinstance(tree, Viewed):
        for m in tree.maps:
            if isinstance(m, Picked):
                yield from _accesses(m.index, here=False, seen=seen)


def parts(tree: Tree) -> Iterator[Tree]:
    """Iterate over a tree and all trees in it; one that is in several places comes once."""
    seen: set[int] = set()
    waiting = [tree]
    while waiting:
        part = waiting.pop()
        if id(part) not in seen:
            seen.add(id(part))
            yield part
            waiting += children(part)


def inputs(tree: Tree) -> set[str]:
    """Return the names of all numbers and arrays that a tree reads."""
    return set().union(*map(_own_inputs, parts(tree)))


def _own_inputs(tree: Tree) -> set[str]:
    """Return the names of what a tree reads, without the trees in it."""
    found: set[str] = set()
    match tree:
        case Number(atom=atom):
            found |= _names(atom)
        case Leaf(array=array):
            found.add(array.name)
        case Viewed(maps=maps):
            for m in maps:
                match m:
                    case At(atom=atom):
                        found |= _names(atom)
                    case Along(start=start, step=step):
                        found |= _names(start) | _names(step)
    return found


def mentioned(tree: Tree) -> set[str]:
    """Return the names of all that is read where a tree is computed, its extents too."""
    found: set[str] = set()
    for part in parts(tree):
        shapes = [part.shape]
        if isinstance(part, Viewed):
            shapes += [m.shape for m in part.maps if isinstance(m, Picked)]
        found |= _own_inputs(part)
        for extent in (extent for shape in shapes for extent in shape):
            found |= _names(extent.atom)
    return found


def _names(atom: ir.Atom) -> set[str]:
    return {atom.name} if isinstance(atom, ir.Var) else set()


def is_view(tree: Tree) -> bool:
    """Return whether a tree is only another way to look at an array."""
    match tree:
        case Leaf():
            return True
        case Viewed(source=source, maps=maps):
            return is_view(source) and not any(isinstance(m, Picked) for m in maps)
        case _:
            return False


def rank(type_: Type | None) -> int:
    """Return the number of dimensions of a type."""
    return type_.ndim if isinstance(type_, Array) else 0


def dtype(type_: Type | None) -> str:
    """Return the dtype of a number or an array."""
    assert isinstance(type_, Scalar | Array)
    return type_.dtype


def element_kind(tree: Tree) -> str:
    """Return the dtype of the elements of a tree; of a number alone, none."""
    match tree:
        case Leaf(array=array):
            return dtype(array.type)
        case Viewed(source=source):
            return element_kind(source)
        case Apply(dtype=dtype_):
            return dtype_
        case _:
            return ""


def is_array(value: object) -> bool:
    """Return whether an operand is the name of an array."""
    return isinstance(value, ir.Var) and isinstance(value.type, Array)


def is_dear(tree: Tree) -> bool:
    """Return whether an element costs more than a few additions."""
    match tree:
        case Apply(prim=prim, args=args):
            return PRIMS[prim].cost >= DEAR or any(map(is_dear, args))
        case Viewed(source=source):
            return is_dear(source)
        case _:
            return False
