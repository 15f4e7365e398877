"""Calls of functions of whole arrays: their arguments become arrays that BLAS takes.

    y = np.dot(np.tanh(h), w.T)     for i in range(n):
                                        for k in range(m):
                            ->              _t0[i, k] = tanh(h[i, k])
                                    y = np.dot(_t0, w.T)

Expressions are computed into arrays; numbers are converted to one dtype; what is neither
in C nor in Fortran order is copied. A transposed array is passed as it is where there is a
function that transposes it. Results are names of their own that nothing writes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from srcad.analysis.overlap import overlap_in
from srcad.ir import nodes as ir
from srcad.ir.names import NameSupply
from srcad.ir.types import FLOATS, Array
from srcad.ir.walk import bindings, map_block, param_vars, statements
from srcad.passes.arrays.reductions import materialised
from srcad.passes.arrays.shapes import Env, Shapes
from srcad.passes.arrays.trees import Along, Apply, At, Extent, Leaf, Tree, Viewed, element_kind
from srcad.passes.arrays.views import Views
from srcad.passes.building.emitter import Emitter
from srcad.rules.linalg import WHOLES, Whole, settled

DIFFER = "the extents of the arguments do not fit"


def named_results(function: ir.Function) -> ir.Function:
    """Return `function` with calls whose results are bound once, and never written."""
    calls = [s for s in statements(function.body) if isinstance(s, ir.Call)]
    if not any(isinstance(s.function, Whole) for s in calls):
        return function
    supply, overlap = NameSupply.of(function), overlap_in(function)
    bound = bindings(function)
    written = {overlap.of(array.name) for s in statements(function.body) for array in _stored(s)}

    def one(stmt: ir.Stmt) -> ir.Stmt | ir.Block:
        if not (isinstance(stmt, ir.Call) and isinstance(stmt.function, Whole)):
            return stmt
        results, copies = [], []
        for target in stmt.targets:
            if bound[target.name] > 1 or overlap.of(target.name) in written:
                own = ir.Var(supply.temporary(), target.type)
                is_array = isinstance(target.type, Array)
                value: ir.Value = ir.Op("copy", (own,)) if is_array else own
                copies.append(ir.Let(target, value, stmt.span))
                results.append(own)
            else:
                results.append(target)
        return (replace(stmt, targets=tuple(results)), *copies)

    return replace(function, body=map_block(function.body, one))


def _stored(stmt: ir.Stmt) -> list[ir.Var]:
    match stmt:
        case ir.Store(array=array) | ir.Accum(target=array, index=tuple()):
            return [array]
        case _:
            return []


def shared_extents(
    function: ir.Function, axes: Mapping[str, str], supply: NameSupply, env: Env
) -> ir.Block:
    """Return the reading of extents that arguments share; note them as the same."""
    emit = Emitter(supply, [], function.span)
    found: dict[str, Extent] = {}
    for param in function.params if axes else ():
        for var in param_vars((param,)):
            for k, letter in enumerate(axes.get(param.name, "")):
                if letter not in found:
                    atom = Shapes(emit, env).op("shape", var, static=(k,))
                    found[letter] = Extent(atom, env.key(atom))
                env.extents[var.name, k] = found[letter]
    return tuple(emit.out)


def settle_call(stmt: ir.Call, row: Whole, env: Env, emit: Emitter) -> None:
    """Append a call with arguments as BLAS and LAPACK take them."""
    views, shapes = Views(emit, env), Shapes(emit, env)
    atoms = [arg for arg in stmt.args if isinstance(arg, ir.Var)]
    kind = row.dtype([atom.type for atom in atoms])
    trees = [views.tree(atom) for atom in atoms]
    extents = _extents(row, trees, shapes)
    for item, tree in zip(row.params, trees, strict=True):
        for k, letter in enumerate(item.axes if isinstance(tree, Leaf) else ()):
            if letter not in item.axes[:k]:
                assert isinstance(tree, Leaf)
                env.extents[tree.array.name, k] = extents[letter]
    args: list[ir.Var] = []
    for k, tree in enumerate(trees):
        array, is_flipped = _ready(tree, kind, emit, can_flip=k < len(row.flips))
        if array is None:
            array = ir.Var(emit.supply.temporary(), Array(kind, len(tree.shape)))
            same = element_kind(tree) == kind
            source = tree if same else Apply("cast", (kind,), (tree,), tree.shape, kind)
            materialised(emit, source, array)
            env.set_shape(array.name, tree.shape)
        if is_flipped:
            row = WHOLES[row.flips[k]]
        args.append(array)
    text = row.text if kind in FLOATS else row.integers
    emit.out.append(replace(stmt, function=settled(row), name=text, args=tuple(args)))
    env.forget({target.name for target in stmt.targets})
    for item, target in zip(row.results, stmt.targets, strict=True):
        if item.axes and all(letter in extents for letter in item.axes):
            env.set_shape(target.name, tuple(extents[letter] for letter in item.axes))
        env.defined[target.name] = target


def _extents(row: Whole, trees: list[Tree], shapes: Shapes) -> dict[str, Extent]:
    """Return the extent of each axis by its letter; write the tests that they need."""
    found: dict[str, Extent] = {}
    for item, tree in zip(row.params, trees, strict=True):
        own: set[str] = set()
        for letter, extent in zip(item.axes, tree.shape, strict=True):
            first = found.setdefault(letter, extent)
            if first.key != extent.key and letter not in own:
                shapes.stop(shapes.op("ne", first.atom, extent.atom), DIFFER)
            own.add(letter)
    return found


def _ready(tree: Tree, kind: str, emit: Emitter, *, can_flip: bool) -> tuple[ir.Var | None, bool]:
    """Return the array behind a tree if it can be passed, and whether transposed.

    One matrix of a stack of them is a view of the stack.
    """
    match tree:
        case Leaf(array=array) if _is_plain(array, kind):
            return array, False
        case Viewed(source=Leaf(array=array, shape=shape), maps=maps) if _is_plain(array, kind):
            at = [m.atom for m in maps if isinstance(m, At)]
            order, rank = maps[len(at) :], len(tree.shape)
            keys = [extent.key for extent in tree.shape]
            whole = [extent.key for extent in shape[len(at) :]]
            straight = order == tuple(map(Along, range(rank))) and keys == whole
            crossed = order == (Along(1), Along(0)) and keys[::-1] == whole
            if not straight and not (crossed and can_flip):
                return None, False
            if not at:
                return array, crossed
            assert isinstance(array.type, Array)
            if array.type.layout != "C":
                return None, False
            part = replace(array.type, ndim=rank)
            view = emit.let(ir.Var(emit.supply.temporary(), part), ir.Load(array, tuple(at)))
            return view, crossed
    return None, False


def _is_plain(array: ir.Var, kind: str) -> bool:
    type_ = array.type
    return isinstance(type_, Array) and type_.dtype == kind and type_.layout in {"C", "F"}
