"""Writing many elements at once, as NumPy does: first computed, then written.

    y[1:] = y[:-1] * 2.0        for i in range(n - 1):
                                    t[i] = y[i] * 2.0
                                for i in range(n - 1):
                                    y[1 + i] = t[i]

The temporary is left out where each element is read only before it is written: what is
read does not share memory with what is written, or is the same elements in the same order.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from srcad.analysis.overlap import Overlap
from srcad.ir import nodes as ir
from srcad.ir.names import NameSupply
from srcad.ir.types import BOOL, Array
from srcad.ir.walk import atoms
from srcad.passes.arrays.nests import Index, Nest
from srcad.passes.arrays.reductions import identity, materialised
from srcad.passes.arrays.shapes import Env, fitted
from srcad.passes.arrays.trees import (
    Apply,
    At,
    Leaf,
    Map,
    Number,
    Picked,
    Tree,
    Viewed,
    accesses,
    dtype,
    element_kind,
    is_array,
    leaves,
    rank,
)
from srcad.passes.arrays.views import Views
from srcad.passes.building.emitter import Emitter


class Writer:
    """Writes trees into views of arrays."""

    def __init__(self, supply: NameSupply, function: ir.Function, *, apart: bool) -> None:
        self.supply = supply
        self.overlap = Overlap(function, apart=apart)
        self.if_apart = Overlap(function, apart=True)

    def write(
        self,
        stmt: ir.Store | ir.Accum,
        array: ir.Var,
        index: ir.Index,
        value: ir.Atom,
        env: Env,
        emit: Emitter,
    ) -> None:
        """Write a value into many elements, as if all of it were computed first."""
        views = Views(emit, env)
        if self.masked(stmt, array, index, value, env, emit):
            return
        place = self.settled(views.indexed(views.tree(array), index), emit)
        tree = views.tree(value) if is_array(value) else Number(value)
        adds = isinstance(stmt, ir.Accum)
        if adds and _is_picked(place):
            common = views.shapes.broadcast([place.shape, tree.shape])
            tree = Apply("add", (), (place, tree), common, dtype(array.type))
            adds = False
        views.shapes.check_fits(tree.shape, place.shape)
        tree = fitted(tree, place.shape)
        statement = ir.Accum if adds else ir.Store
        if self.is_safe(place, tree, alone=env.alone):
            _write(emit, place, tree, statement)
            return
        kind = dtype(value.type) if isinstance(value, ir.Var) else dtype(array.type)
        kind = tree.dtype if isinstance(tree, Apply) else kind
        var = ir.Var(self.supply.temporary(), Array(kind, len(tree.shape)))
        careful = Emitter(self.supply, [], emit.span)
        _write(careful, place, materialised(careful, tree, var), statement)
        shared = self.to_test(place, tree)
        if shared is None:
            emit.out.extend(careful.out)
            return
        direct = Emitter(self.supply, [], emit.span)
        _write(direct, place, tree, statement)
        test: ir.Atom = ir.Const(value=False)
        for a, b in shared:
            one = ir.Var(self.supply.temporary(), BOOL)
            emit.let(one, ir.Op("overlaps", (a, b)))
            test = one if isinstance(test, ir.Const) else emit.op("or", test, one)
        emit.out.append(ir.If(test, tuple(careful.out), tuple(direct.out), emit.span))

    def settled(self, place: Tree, emit: Emitter) -> Tree:
        """Return a place with copies of indices that may be written with it: `k[k] = ...`."""
        if not isinstance(place, Viewed):
            return place
        base = _based(place)[0]

        def is_written(leaf: Tree) -> bool:
            array = _based(leaf)[0]
            same = dtype(array.type) == dtype(base.type)
            return same and self.overlap.may_overlap(base.name, array.name)

        def settled_map(m: Map) -> Map:
            if not isinstance(m, Picked) or not any(map(is_written, leaves(m.index))):
                return m
            type_ = Array(element_kind(m.index), len(m.index.shape))
            var = ir.Var(self.supply.temporary(), type_)
            return replace(m, index=materialised(emit, m.index, var))

        maps = tuple(map(settled_map, place.maps))
        return replace(place, source=self.settled(place.source, emit), maps=maps)

    def to_test(self, place: Tree, tree: Tree) -> list[tuple[ir.Var, ir.Var]] | None:
        """Return which arguments must not share memory for a write to be safe; None: it is not."""
        if not self.is_safe(place, tree, self.if_apart):
            return None
        base = _based(place)[0]
        names = {_based(leaf)[0].name: _based(leaf)[0] for leaf in leaves(tree)}
        others = [v for n, v in sorted(names.items()) if self.overlap.may_overlap(base.name, n)]
        return [(base, v) for v in others if not self.if_apart.may_overlap(base.name, v.name)]

    def masked(
        self,
        stmt: ir.Store | ir.Accum,
        array: ir.Var,
        index: ir.Index,
        value: ir.Atom,
        env: Env,
        emit: Emitter,
    ) -> bool:
        """Write `a[mask] = number` as a loop with a test; return whether it is that."""
        if len(index) != 1 or is_array(value) or not is_array(index[0]):
            return False
        mask = index[0]
        assert isinstance(mask, ir.Var)
        if dtype(mask.type) != "bool" or rank(mask.type) != rank(array.type):
            return False
        views = Views(emit, env)
        place, test = views.tree(array), views.tree(mask)
        views.check_mask(test.shape, place.shape)
        if not self.is_safe(place, test):
            var = ir.Var(self.supply.temporary(), Array("bool", len(test.shape)))
            test = materialised(emit, test, var)
        nest = Nest(emit, place.shape)
        holds = nest.element(test, nest.index)
        source, at = located(nest, place, nest.index)
        statement = ir.Accum if isinstance(stmt, ir.Accum) else ir.Store
        inner = statement(source, at, value, emit.span)
        nest.add(ir.If(holds, (inner,), (), emit.span))
        nest.close()
        return True

    def is_safe(
        self,
        place: Tree,
        tree: Tree,
        overlap: Overlap | None = None,
        alone: Collection[str] = (),
    ) -> bool:
        """Return whether a tree may be computed while `place` is being written.

        alone: arrays whose memory has no second name at this point.
        """
        base, maps = _based(place)
        facts = overlap or self.overlap

        def is_shared(name: str) -> bool:
            if name != base.name and not {name, base.name}.isdisjoint(alone):
                return False
            return facts.may_overlap(base.name, name)

        shared = [(leaf, here) for leaf, here in accesses(tree) if is_shared(_based(leaf)[0].name)]
        if _is_picked(place):
            return not shared
        for leaf, here in shared:
            other, seen = _based(leaf)
            same = here and other.name == base.name and seen == maps
            same = same and _keys(leaf) == _keys(place)
            if not same and not (other.name == base.name and _apart(maps, seen)):
                return False
        return True

    def note_alone(self, stmt: ir.Stmt, env: Env, buffered: Collection[str]) -> None:
        """Note what a statement says about memory that has one name only.

        Loops and branches are not looked into: after them, nothing is known.
        """
        match stmt:
            case ir.Store() | ir.Accum() | ir.Raise():
                pass
            case ir.Let(target=target, value=value) if is_array(target):
                if not (isinstance(value, ir.Op) and self.overlap.makes_new(value)):
                    env.alone -= {a.name for a in atoms(value) if isinstance(a, ir.Var)}
                    env.alone.discard(target.name)
                elif target.name not in buffered:
                    env.alone.add(target.name)
            case ir.Let():
                pass
            case _:
                env.alone.clear()

    def fill(self, place: Tree, tree: Tree, target: ir.Var, emit: Emitter) -> None:
        """Write the elements of a tree into a buffer."""
        if not self.is_safe(place, tree):
            assert isinstance(target.type, Array)
            var = ir.Var(self.supply.temporary(), Array(target.type.dtype, len(tree.shape)))
            tree = materialised(emit, tree, var)
        nest = Nest(emit, place.shape)
        source, at = located(nest, place, nest.index)
        nest.add(ir.Store(source, at, nest.element(tree, nest.index), emit.span))
        nest.close()


def _write(emit: Emitter, place: Tree, tree: Tree, statement: type[ir.Store | ir.Accum]) -> None:
    """Write each element of a tree into its place."""
    nest = Nest(emit, place.shape)
    source, at = located(nest, place, nest.index)
    element = nest.spread(tree, place.shape, nest.index)
    nest.add(statement(source, at, element, emit.span))
    nest.close()


def _based(tree: Tree) -> tuple[ir.Var, tuple[object, ...]]:
    """Return the array behind a view of an array, and the maps."""
    match tree:
        case Leaf(array=array, shape=shape):
            return array, identity(shape)
        case Viewed(source=Leaf(array=array), maps=maps):
            return array, maps
        case Viewed(source=source, maps=maps):
            return _based(source)[0], (maps,)
        case _:
            raise AssertionError(tree)


def _is_picked(tree: Tree) -> bool:
    return isinstance(tree, Viewed) and any(isinstance(m, Picked) for m in tree.maps)


def _keys(tree: Tree) -> list[object]:
    return [extent.key for extent in tree.shape]


def _apart(maps: tuple[object, ...], others: tuple[object, ...]) -> bool:
    """Return whether two views have no element in common: two rows of one array."""
    for a, b in zip(maps, others, strict=False):
        if isinstance(a, At) and isinstance(b, At):
            values = [m.atom.value for m in (a, b) if isinstance(m.atom, ir.Const)]
            if len(values) == 2 and min(values) >= 0 and values[0] != values[1]:
                return True
    return False


def located(nest: Nest, place: Tree, index: Index) -> tuple[ir.Var, Index]:
    """Return the array and the index of one element of a view that is written."""
    match place:
        case Leaf(array=array):
            return array, index
        case Viewed(source=source):
            return located(nest, source, nest.positions(place, index))
        case _:
            raise AssertionError(place)
