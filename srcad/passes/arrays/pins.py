"""Arrays that a loop goes on with have one shape: that says which extents are equal.

    for k in range(steps):              for k in range(steps):
        x = x + h * v           ->          if x.shape[0] != common_extent(...):
        v = v - h * w * x                       raise ValueError(...)
                                            ...

The derivative of a loop in reverse mode raises ValueError where an array changes its shape
from one iteration to the next. If the new `x` is as long as `x`, `v` and `w` together, then
in what follows that test `v` and `w` are as long as `x`, or of length one; and if the same
holds for `v`, then `x` and `v` are equally long. Their loops can then be one.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass

from srcad.ir import nodes as ir
from srcad.ir.types import FLOATS, Array
from srcad.ir.walk import assigned, reads, statements
from srcad.ir.wording import changes_shape
from srcad.passes.arrays.plan import is_whole_statement
from srcad.passes.arrays.shapes import Env, Shapes, outlives, parts_of
from srcad.passes.arrays.trees import Extent
from srcad.passes.building.emitter import Emitter

Axis = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Pin:
    """An axis that is as long after an iteration as before it: as long as all `parts`."""

    axis: Axis
    extent: Extent
    parts: tuple[Extent, ...]

    @property
    def keys(self) -> frozenset[Hashable]:
        """The extents that make up the length."""
        return frozenset(part.key for part in self.parts)


def measure(stmt: ir.Stmt, env: Env, emit: Emitter) -> None:
    """Read the shapes of arrays before a statement that computes with them inside."""
    if not any(map(is_whole_statement, statements((stmt,)))):
        return
    inside = assigned((stmt,))
    for name in sorted({n for inner in statements((stmt,)) for n in reads(inner)}):
        if name in env.defined and name not in env.trees and name not in inside:
            Shapes(emit, env).of(env.defined[name])


def pins(
    bad: Collection[Axis], kept: Mapping[Axis, Extent], env: Env, inner: Env, changed: set[str]
) -> list[Pin]:
    """Return how the axes in `bad` keep their length, none if that is not known of all.

    kept: their extents before the loop. env, inner: before it, at the end of its body.
    """
    by_key = {e.key: e for e in env.extents.values() if outlives(e, changed)}
    found: list[Pin] = []
    for axis in sorted(bad):
        type_ = env.defined[axis[0]].type if axis[0] in env.defined else None
        new = inner.extents.get(axis)
        if new is None or not isinstance(type_, Array) or type_.dtype not in FLOATS:
            return []
        keys = parts_of(new)
        if kept[axis].key not in keys or not keys <= by_key.keys():
            return []
        found.append(Pin(axis, kept[axis], tuple(by_key[k] for k in sorted(keys, key=repr))))
    return found


def equal_extents(found: list[Pin]) -> dict[Hashable, Extent]:
    """Return which extents the pins say to be equal to which other."""
    same: dict[Hashable, Extent] = {}
    for pin in found:
        for other in found:
            if pin.extent.key in other.keys and other.extent.key in pin.keys:
                same.setdefault(pin.extent.key, other.extent)
    return same


def unified(extents: Mapping[Axis, Extent], found: list[Pin]) -> dict[Axis, Extent]:
    """Return `extents` with one extent for those that the pins say to be equal."""
    same = equal_extents(found)
    return {axis: same.get(extent.key, extent) for axis, extent in extents.items()}


def hold(found: list[Pin], env: Env, emit: Emitter) -> ir.Block:
    """Return the tests of the pins, and note in `env` what then is known."""
    shapes = Shapes(emit, env)
    totals: dict[frozenset[Hashable], ir.Atom] = {}
    for pin in found:
        if pin.keys not in totals:
            first, *others = pin.parts
            totals[pin.keys] = first.atom
            for part in others:
                totals[pin.keys] = shapes.op("common_extent", totals[pin.keys], part.atom)
        message = changes_shape(pin.axis[0], emit.span)
        shapes.stop(shapes.op("ne", pin.extent.atom, totals[pin.keys]), message)
    env.extents.update(unified(env.extents, found))
    same = equal_extents(found)
    for pin in found:
        key = same.get(pin.extent.key, pin.extent).key
        names = {same[k].key if k in same else k for k in pin.keys}
        env.covered[key] = env.covered.get(key, frozenset()) | (names - {key})
    return tuple(emit.out)
