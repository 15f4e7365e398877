"""What is known about shapes at one point of the program, and broadcasting.

Extents are compared by keys: value numbers that stay true as long as the names that they
stand for. `x[1:]` and `x[:-1]` have equal keys, so no test is written for their sum.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass, field, replace
from itertools import count

from srcad.ir import nodes as ir
from srcad.ir.types import BOOL, INT
from srcad.passes.arrays.trees import ONE, Along, Apply, Extent, Shape, Tree, rank
from srcad.passes.building.emitter import Emitter
from srcad.passes.building.made_sizes import NEGATIVE

_NUMBERS = count()
BROADCAST = "operands could not be broadcast together"
ASSIGN = "could not broadcast input array into the shape of the target"


@dataclass(slots=True)
class Env:
    """The extents, value numbers and deferred trees that hold at one point.

    alone: arrays whose memory has no other name yet, nor has the memory of anything else.
    twice: names that are bound more than once, so that no extent is kept under them.
    lengths: value numbers of which something has been made: they are not negative.
    """

    extents: dict[tuple[str, int], Extent] = field(default_factory=dict)
    keys: dict[str, Hashable] = field(default_factory=dict)
    trees: dict[str, Tree] = field(default_factory=dict)
    counters: set[str] = field(default_factory=set)
    slices: dict[object, tuple[Along, Extent]] = field(default_factory=dict)
    owned: set[str] = field(default_factory=set)
    defined: dict[str, ir.Var] = field(default_factory=dict)
    covered: dict[Hashable, frozenset[Hashable]] = field(default_factory=dict)
    """Extents that are this one, or 1."""
    alone: set[str] = field(default_factory=set)
    twice: frozenset[str] = frozenset()
    lengths: set[Hashable] = field(default_factory=set)

    def copy(self) -> Env:
        """Return an environment for a nested block."""
        parts = dict(self.extents), dict(self.keys), dict(self.trees), set(self.counters)
        rest = dict(self.slices), set(self.owned), dict(self.defined), dict(self.covered)
        return Env(*parts, *rest, set(self.alone), self.twice, set(self.lengths))

    def inside(self, changed: Collection[str], kept: Mapping[tuple[str, int], Extent]) -> Env:
        """Return an environment for the body of a loop that assigns `changed`."""
        inner = self.copy()
        inner.forget(changed)
        inner.alone.clear()
        inner.extents |= kept
        return inner

    def forget(self, names: Collection[str]) -> None:
        """Drop what was known of names that are assigned."""
        if not names:
            return
        for place in [place for place in self.extents if place[0] in names]:
            del self.extents[place]
        for name in names:
            self.keys.pop(name, None)
            self.counters.discard(name)

    def key(self, atom: ir.Atom) -> Hashable:
        """Return the value number of an integer."""
        if isinstance(atom, ir.Const):
            return ("const", int(atom.value))
        if atom.name not in self.keys:
            self.keys[atom.name] = ("int", next(_NUMBERS))
        return self.keys[atom.name]

    def shape(self, array: ir.Var) -> Shape | None:
        """Return the shape of an array if it is known."""
        found = [self.extents.get((array.name, k)) for k in range(rank(array.type))]
        known = tuple(extent for extent in found if extent is not None)
        return known if len(known) == len(found) else None

    def set_shape(self, name: str, shape: Shape) -> None:
        """Note the shape of an array."""
        for k, extent in enumerate(shape):
            self.extents[name, k] = extent


class Shapes:
    """Writes the statements that find extents, compare them, and take slices."""

    def __init__(self, emit: Emitter, env: Env) -> None:
        self.emit = emit
        self.env = env

    def op(self, prim: str, *args: ir.Atom, static: tuple[object, ...] = ()) -> ir.Var:
        """Return a new temporary for an operation on integers."""
        type_ = BOOL if prim in {"eq", "ne", "lt", "ge", "and", "or", "outside"} else INT
        var = ir.Var(self.emit.supply.temporary(), type_)
        return self.emit.let(var, ir.Op(prim, args, static))

    def of(self, array: ir.Var) -> Shape:
        """Return the shape of an array, read now where it is not known."""
        for k in range(rank(array.type)):
            if (array.name, k) not in self.env.extents:
                atom = self.op("shape", array, static=(k,))
                self.env.extents[array.name, k] = Extent(atom, self.env.key(atom))
                self.env.lengths.add(self.env.key(atom))
        shape = self.env.shape(array)
        assert shape is not None
        return shape

    def extent(self, atom: ir.Atom, *, checked: bool = False) -> Extent:
        """Return the extent that a number says; its atom keeps its value.

        checked: whether to write a test of the sign, as nothing of this size is made.
        """
        key = self.env.key(atom)
        if checked and key not in self.env.lengths and not isinstance(atom, ir.Const):
            self.stop(self.op("lt", atom, ir.Const(0)), NEGATIVE)
        self.env.lengths.add(key)
        if isinstance(key, tuple) and key[0] == "diff":
            key = ("less", key[1], key[2]) if key[2] > 0 else key
        if isinstance(atom, ir.Var) and atom.name in self.env.twice:
            atom = self.op("pos", atom)
        return Extent(atom, key)

    def early(self, extent: Extent) -> ir.Atom:
        """Return the size of what is made early: a negative one is no error there yet."""
        if extent.key in self.env.lengths or isinstance(extent.atom, ir.Const):
            return extent.atom
        return self.not_negative(extent.atom)

    def stop(self, test: ir.Atom, message: str, error: type[BaseException] = ValueError) -> None:
        """Write `if test: raise error(message)`."""
        failure = ir.Raise(error, (message,), self.emit.span)
        self.emit.out.append(ir.If(test, (failure,), (), self.emit.span))

    # Broadcasting -----------------------------------------------------------------------

    def broadcast(self, shapes: list[Shape]) -> Shape:
        """Return the common shape of operands; write the tests that it needs."""
        ndim = max(map(len, shapes), default=0)
        out: list[Extent] = []
        for k in range(ndim):
            axis = [shape[k - ndim + len(shape)] for shape in shapes if k >= ndim - len(shape)]
            out.append(self.common(axis))
        return tuple(out)

    def common(self, extents: list[Extent]) -> Extent:
        """Return the extent of an axis that operands of these extents share."""
        found: dict[Hashable, Extent] = {}
        for extent in extents:
            if not extent.is_one:
                found.setdefault(extent.key, extent)
        result, *others = sorted(found.values(), key=_literal_first) or [ONE]
        for other in others:
            result = self.pair(result, other)
        return result

    def pair(self, a: Extent, b: Extent) -> Extent:
        """Return the common extent of two that may differ."""
        if isinstance(a.atom, ir.Const) and isinstance(b.atom, ir.Const):
            self.stop(ir.Const(value=True, type=BOOL), BROADCAST)
            return a
        for wide, other in ((a, b), (b, a)):
            reach = parts_of(wide).union(*(self.env.covered.get(p, ()) for p in parts_of(wide)))
            if parts_of(other) <= reach:
                return wide
        if isinstance(a.atom, ir.Const):
            differ = self.op("ne", a.atom, b.atom)
            self.stop(self.op("and", differ, self.op("ne", b.atom, ir.Const(1))), BROADCAST)
            return a
        atom = self.op("common_extent", a.atom, b.atom)
        return Extent(atom, ("wide", parts_of(a) | parts_of(b)))

    def check_fits(self, inner: Shape, outer: Shape, message: str = ASSIGN) -> None:
        """Write the tests that an array of shape `inner` broadcasts to `outer`."""
        for a, b in zip(inner, outer[len(outer) - len(inner) :], strict=True):
            if a.key == b.key or a.is_one:
                continue
            differ = self.op("ne", a.atom, b.atom)
            self.stop(self.op("and", differ, self.op("ne", a.atom, ir.Const(1))), message)

    # Slices -----------------------------------------------------------------------------

    def slice(self, part: ir.Slice, extent: Extent, axis: int) -> tuple[Along, Extent]:
        """Return how a slice runs over an axis, and how long it is."""
        bounds = (part.lo, part.hi, part.step)
        if part in (ir.Slice(), ir.Slice(None, None, ir.Const(1))):
            return Along(axis), extent
        key = (extent.key, *(None if b is None else self.env.key(b) for b in bounds))
        if key not in self.env.slices:
            along, length = self._slice(part, extent)
            name = length.key or ("slice", key)
            if isinstance(length.atom, ir.Const):
                name = self.env.key(length.atom)
            self.env.slices[key] = along, Extent(length.atom, name)
        along, length = self.env.slices[key]
        return Along(axis, along.start, along.step), length

    def _slice(self, part: ir.Slice, extent: Extent) -> tuple[Along, Extent]:
        step = 1 if part.step is None else _literal(part.step)
        lo, hi = _literal(part.lo), _literal(part.hi)
        if step is None:
            raise ValueError("the step of a slice must be a literal")
        if step == 0:
            self.stop(ir.Const(value=True, type=BOOL), "slice step cannot be zero")
            return Along(0), Extent(ir.Const(0), None)
        if step == 1 and (part.lo is None or (lo is not None and lo >= 0)):
            if part.hi is None or (hi is not None and hi < 0):
                trim = (lo or 0) - (hi or 0)
                return Along(0, ir.Const(lo or 0)), self._trimmed(extent, trim)
            if hi is not None and not isinstance(extent.atom, ir.Const):
                cut = self.op("min", extent.atom, ir.Const(hi))
                count = self.plus(cut, -(lo or 0))
                key = ("cut", extent.key, lo or 0, hi)
                return Along(0, ir.Const(lo or 0)), Extent(self.not_negative(count), key)
        first: ir.Atom = ir.Const(0) if step > 0 else self.plus(extent.atom, -1)
        last = extent.atom if step > 0 else ir.Const(-1)
        start = first if part.lo is None else self.clipped(part.lo, extent, step)
        stop = last if part.hi is None else self.clipped(part.hi, extent, step)
        ends = (stop, start) if step > 0 else (start, stop)
        length = self.minus(*ends)
        if abs(step) > 1:
            length = self.op("floordiv", self.plus(length, abs(step) - 1), ir.Const(abs(step)))
        same = extent.key if part.lo is None and part.hi is None and step == -1 else None
        return Along(0, start, ir.Const(step)), Extent(self.not_negative(length), same)

    def _trimmed(self, extent: Extent, trim: int) -> Extent:
        """Return an extent that is shorter by `trim`, but not below zero."""
        if trim == 0:
            return extent
        base, less = extent.key, trim
        if isinstance(base, tuple) and base[0] == "less":
            base, less = base[1], base[2] + trim
        if isinstance(extent.atom, ir.Const):
            value = max(int(extent.atom.value) - trim, 0)
            return Extent(ir.Const(value), ("const", value))
        return Extent(self.not_negative(self.plus(extent.atom, -trim)), ("less", base, less))

    def not_negative(self, atom: ir.Atom) -> ir.Atom:
        """Return `max(atom, 0)`."""
        if isinstance(atom, ir.Const):
            return ir.Const(max(int(atom.value), 0))
        return self.op("max", atom, ir.Const(0))

    def clipped(self, bound: ir.Atom, extent: Extent, step: int) -> ir.Atom:
        """Return a bound of a slice as NumPy clips it."""
        low, high = (0, extent.atom) if step > 0 else (-1, self.plus(extent.atom, -1))
        value = _literal(bound)
        if value is not None and isinstance(extent.atom, ir.Const):
            n = int(extent.atom.value)
            at = value + n if value < 0 else value
            return ir.Const(max(low, min(at, n if step > 0 else n - 1)))
        if value is not None and value < 0:
            return self.op("max", self.plus(extent.atom, value), ir.Const(low))
        if value is not None or (isinstance(bound, ir.Var) and bound.name in self.env.counters):
            return self.op("min", bound, high)
        shifted = self.op("add", bound, extent.atom)
        from_end = self.op("max", shifted, ir.Const(low))
        is_negative = self.op("lt", bound, ir.Const(0))
        return self.op("select", is_negative, from_end, self.op("min", bound, high))

    def plus(self, atom: ir.Atom, number: int) -> ir.Atom:
        """Return `atom + number`."""
        if isinstance(atom, ir.Const):
            return ir.Const(int(atom.value) + number)
        if number == 0:
            return atom
        prim = "add" if number > 0 else "sub"
        return self.op(prim, atom, ir.Const(abs(number)))

    def minus(self, a: ir.Atom, b: ir.Atom) -> ir.Atom:
        """Return `a - b`."""
        if isinstance(b, ir.Const):
            return self.plus(a, -int(b.value))
        return self.op("sub", a, b)

    def times(self, a: ir.Atom, b: ir.Atom) -> ir.Atom:
        """Return `a * b`."""
        if isinstance(a, ir.Const) and isinstance(b, ir.Const):
            return ir.Const(int(a.value) * int(b.value))
        for one, other in ((a, b), (b, a)):
            if isinstance(one, ir.Const) and one.value == 1:
                return other
        return self.op("mul", a, b)

    def size(self, shape: Shape) -> ir.Atom:
        """Return the number of elements."""
        total: ir.Atom = ir.Const(1)
        for extent in shape:
            total = self.times(total, extent.atom)
        return total


def parts_of(extent: Extent) -> frozenset[Hashable]:
    """Return the keys of the extents that this one is the broadcast of."""
    match extent.key:
        case ("wide", frozenset() as parts):
            return parts
        case key:
            return frozenset({key})


def fitted(tree: Tree, shape: Shape) -> Tree:
    """Return a tree that fits `shape`, as is known now, with its extents where they are alike.

    What is as wide as operands of which one has the extent of the target has that extent. A
    tree that is in several places stays one.
    """
    found: dict[int, Tree] = {}

    def fit(tree: Tree) -> Tree:
        if not isinstance(tree, Apply):
            return tree
        if id(tree) not in found:
            outer = shape[len(shape) - len(tree.shape) :]
            same = tuple(
                wide if wide.key in parts_of(own) and own.key != wide.key else own
                for own, wide in zip(tree.shape, outer, strict=True)
            )
            found[id(tree)] = replace(tree, args=tuple(map(fit, tree.args)), shape=same)
        return found[id(tree)]

    return fit(tree)


def _literal(atom: ir.Atom | None) -> int | None:
    return int(atom.value) if isinstance(atom, ir.Const) else None


def _literal_first(extent: Extent) -> bool:
    return not isinstance(extent.atom, ir.Const)


def is_local(extent: Extent, env: Env) -> bool:
    """Return whether the atom of an extent is made inside a nested block."""
    return isinstance(extent.atom, ir.Var) and extent.atom.name not in env.keys


def outlives(extent: Extent, changed: set[str]) -> bool:
    """Return whether the atom of an extent is not assigned by what assigns `changed`."""
    return not (isinstance(extent.atom, ir.Var) and extent.atom.name in changed)
