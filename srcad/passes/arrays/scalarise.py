"""Operations on whole arrays become loops over their elements.

    y = np.sin(x) * x               total = 0.0
    return np.sum(y)        ->      for i in range(n):
                                        _t0 = x[i]
                                        _t1 = sin(_t0)
                                        _t2 = _t1 * _t0
                                        total += _t2
                                    return total

On entry: flat IR with types. On exit: flat IR of numbers and elements; what is new has no
types yet. A value that one later statement reads becomes part of its loop (`arrays.plan`);
the others get arrays. Shapes that may differ are compared as NumPy does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from srcad.analysis.effects import exposed_reads
from srcad.ir import nodes as ir
from srcad.ir.names import NameSupply
from srcad.ir.primitives import EXTENTS, LIKES, MAKERS, sizes_of
from srcad.ir.types import FLOATS, Array, Scalar
from srcad.ir.walk import assigned, bindings, param_vars
from srcad.passes.arrays.buffers import Buffers
from srcad.passes.arrays.calls import settle_call, shared_extents
from srcad.passes.arrays.extrema import Extremum, InOrder
from srcad.passes.arrays.memory import check_views
from srcad.passes.arrays.nests import Nest
from srcad.passes.arrays.pins import Pin, hold, measure, pins, unified
from srcad.passes.arrays.plan import (
    Plan,
    is_computed,
    is_gather,
    is_partial,
    is_whole,
    is_whole_load,
    plan,
)
from srcad.passes.arrays.reductions import Reduction, materialised
from srcad.passes.arrays.shapes import Env, Shapes, is_local, outlives
from srcad.passes.arrays.trees import (
    Apply,
    Extent,
    Leaf,
    Number,
    Tree,
    Viewed,
    dtype,
    is_array,
    is_dear,
    mentioned,
)
from srcad.passes.arrays.views import Views
from srcad.passes.arrays.writing import Writer
from srcad.passes.building.emitter import Emitter
from srcad.rules.linalg import Whole
from srcad.rules.wholes import REDUCTIONS, VIEWS

__all__ = ["is_whole", "scalarise"]


def scalarise(
    function: ir.Function,
    axes: Mapping[str, str],
    *,
    as_written: ir.Function,
    apart: bool,
    one_shape: Callable[[], bool],
) -> ir.Function:
    """Return `function` without operations on whole arrays.

    axes: parameters with a letter for each axis; axes of one letter surely are equally long.
    as_written: the program without copies of parameters, for the check of views.
    apart: whether arguments that the function writes surely overlap no others.
    one_shape: tells whether an array that changes its shape in a loop is an error (reverse
    mode); asked where that matters.
    """
    buffers = Buffers(function, plan(function))
    function = buffers.with_copies(function)
    check_views(as_written, plan(function).deferred)
    pass_ = _Scalarise(function, buffers, apart=apart, one_shape=one_shape)
    env = Env(twice=frozenset(name for name, n in bindings(function).items() if n > 1))
    env.defined = {var.name: var for var in param_vars(function.params)}
    start = shared_extents(function, axes, pass_.supply, env)
    return replace(function, body=(*start, *pass_.block(function.body, env)))


class _Scalarise:
    """Rewrites blocks in the order of the program."""

    def __init__(
        self, function: ir.Function, buffers: Buffers, *, apart: bool, one_shape: Callable[[], bool]
    ) -> None:
        self.one_shape = one_shape
        self.supply = NameSupply.of(function)
        self.writer = Writer(self.supply, function, apart=apart)
        self.plan: Plan = plan(function)
        self.buffers = buffers

    # Blocks -----------------------------------------------------------------------------

    def block(self, block: ir.Block, env: Env) -> ir.Block:
        """Return the rewritten block; `env` is then what holds at its end."""
        emit = Emitter(self.supply, [])
        for stmt in block:
            emit.span = stmt.span
            self.statement(stmt, env, emit)
            self.writer.note_alone(stmt, env, self.buffers.names)
        return tuple(emit.out)

    def statement(self, stmt: ir.Stmt, env: Env, emit: Emitter) -> None:
        """Append what one statement becomes."""
        match stmt:
            case ir.Let():
                self.let(stmt, env, emit)
            case ir.Store(array=array, index=index, value=value):
                if is_partial(array, index) or array.name in env.trees:
                    self.writer.write(stmt, array, index, value, env, emit)
                else:
                    emit.out.append(stmt)
            case ir.Accum(target=array, index=tuple() as index, value=value):
                if is_partial(array, index) or array.name in env.trees:
                    self.writer.write(stmt, array, index, value, env, emit)
                else:
                    emit.out.append(stmt)
            case ir.For() | ir.While():
                self.loop(stmt, env, emit)
            case ir.If(then=then, orelse=orelse):
                measure(stmt, env, emit)
                first, second = env.copy(), env.copy()
                new = self.block(then, first), self.block(orelse, second)
                if self.prepare(stmt, env, first, second, emit):
                    first, second = env.copy(), env.copy()
                    new = self.block(then, first), self.block(orelse, second)
                emit.out.append(replace(stmt, then=new[0], orelse=new[1]))
                changed = assigned((stmt,))
                env.forget(changed)
                env.owned |= first.owned & second.owned
                for place, extent in first.extents.items():
                    if place[0] in changed and second.extents.get(place) == extent:
                        env.extents[place] = extent
            case ir.Call(function=Whole() as row):
                settle_call(stmt, row, env, emit)
            case _:
                emit.out.append(stmt)
                env.forget(assigned((stmt,)))

    def prepare(self, stmt: ir.If, env: Env, first: Env, second: Env, emit: Emitter) -> bool:
        """Make the buffers of arrays that both branches bind, alike in shape.

        Not of those that a branch reads first: they may come from an earlier iteration.
        """
        made = False
        local = assigned((stmt,))
        for name in sorted((first.owned & second.owned) - env.owned - exposed_reads((stmt,))):
            var = first.defined[name]
            one, other = first.shape(var), second.shape(var)
            if one is None or other is None or [e.key for e in one] != [e.key for e in other]:
                continue
            if all(outlives(e, local) and not is_local(e, env) for e in one):
                assert isinstance(var.type, Array)
                sizes = tuple(map(Shapes(emit, env).early, one))
                emit.let(var, ir.Op("empty", sizes, (var.type.dtype,)))
                env.set_shape(name, one)
                env.owned.add(name)
                env.defined[name] = var
                made = True
        return made

    def loop(self, stmt: ir.For | ir.While, env: Env, emit: Emitter) -> None:
        """Rewrite a loop; arrays that keep their shape in it are known to."""
        measure(stmt, env, emit)
        changed = assigned((stmt,))
        known = {place: e for place, e in env.extents.items() if place[0] in changed}
        carried = {place for place, extent in known.items() if outlives(extent, changed)}
        found, may_pin = list[Pin](), isinstance(stmt, ir.For)
        while True:
            kept = {place: env.extents[place] for place in carried}
            inner = env.inside(changed, kept)
            new, at_exit = self.body(stmt, inner, found)
            stays = unified(kept, found)
            bad = {place for place in carried if inner.extents.get(place) != stays[place]}
            if not bad:
                break
            found = pins(bad, kept, env, inner, changed) if may_pin else []
            if found and not self.one_shape():
                found = []
            may_pin = False
            if not found:
                carried -= {place for place in carried if place[0] in {name for name, _ in bad}}
        emit.out.append(new)
        env.forget(changed)
        env.extents |= {place: e for place, e in kept.items() if at_exit.get(place) == stays[place]}

    def body(
        self, stmt: ir.For | ir.While, env: Env, found: list[Pin]
    ) -> tuple[ir.Stmt, dict[tuple[str, int], Extent]]:
        """Return a loop with its blocks rewritten, and with the tests of pins.

        And the extents where it ends: for a `while` loop, where its head does.
        """
        if isinstance(stmt, ir.While):
            head = self.block(stmt.cond_body, env)
            at_exit = dict(env.extents)
            return replace(stmt, cond_body=head, body=self.block(stmt.body, env)), at_exit
        match stmt.start, stmt.step:
            case ir.Const(value=start), ir.Const(value=step) if start >= 0 and step > 0:
                env.counters.add(stmt.var.name)
        tests = hold(found, env, Emitter(self.supply, [], stmt.span))
        new = replace(stmt, body=(*tests, *self.block(stmt.body, env)))
        return new, env.extents

    # Bindings ---------------------------------------------------------------------------

    def let(self, stmt: ir.Let, env: Env, emit: Emitter) -> None:
        """Rewrite a binding."""
        target = stmt.target
        if isinstance(target.type, Array):
            env.defined[target.name] = target
            if target.name in self.buffers.names:
                self.buffered(stmt, env, emit)
                return
        self.bind(stmt, env, emit)

    def buffered(self, stmt: ir.Let, env: Env, emit: Emitter) -> None:
        """Rewrite a binding of a name that has a buffer: write into it if it is there."""
        target, value = stmt.target, stmt.value
        views = Views(emit, env)
        known = env.shape(target) if target.name in env.owned else None
        tree: Tree | None = None
        match value:
            case ir.Var():
                tree = views.tree(value)
            case ir.Op(prim="copy", args=(source,)):
                tree = views.tree(source)
            case ir.Op(prim="broadcast_to", args=(source, *extents)):
                tree = views.widened(self.tree(source, env, emit), tuple(extents))
            case ir.Op() if is_computed(stmt):
                tree = self.applied(value, target, env, emit)
            case ir.Op(prim="zeros" | "zeros_like" | "ones" | "ones_like"):
                if known is not None:
                    tree = self.constant(stmt, value, env, emit)
            case ir.Op(prim=prim) if prim not in MAKERS and prim not in LIKES:
                var = ir.Var(self.supply.temporary(), target.type)
                self.bind(replace(stmt, target=var), env, emit)
                tree = env.trees.get(var.name) or views.tree(var)
            case ir.Load(array=array, index=index):
                tree = views.indexed(views.tree(array), index)
        if tree is None:
            self.bind(stmt, env, emit)
        elif known is not None and [e.key for e in known] == [e.key for e in tree.shape]:
            self.writer.fill(Leaf(target, known), tree, target, emit)
        else:
            self.settle(target, tree, env, emit)
        env.owned.add(target.name)

    def constant(self, stmt: ir.Let, value: ir.Op, env: Env, emit: Emitter) -> Tree:
        """Return zeros or ones as a tree that needs no array."""
        args = value.args
        if value.prim in LIKES:
            shape = Views(emit, env).tree(args[0]).shape
        else:
            sizes = args[sizes_of(value.prim, value.static) :]
            shapes = Shapes(emit, env)
            shape = tuple(shapes.extent(atom, checked=True) for atom in sizes)
        kind = dtype(stmt.target.type)
        number = (float if kind in FLOATS else int)(value.prim.startswith("ones"))
        return Viewed(Number(ir.Const(number, Scalar(kind))), (), shape)

    def bind(self, stmt: ir.Let, env: Env, emit: Emitter) -> None:
        """Rewrite a binding of a name that gets what is bound."""
        target, value = stmt.target, stmt.value
        views = Views(emit, env)
        tree: Tree | None = None
        match value:
            case ir.Op(prim="promoted" | "result_type" | "same_memory"):
                return
            case ir.Op(prim="cast_like", args=(number, _)) if not is_array(number):
                emit.let(target, ir.Op("cast", (number,), (dtype(target.type),)))
                return
            case ir.Op(prim=prim, args=args) if prim in EXTENTS and is_array(args[0]):
                self.fact(stmt, value, env, emit)
                return
            case ir.Op(prim=prim, static=static) if prim in MAKERS or prim in LIKES:
                self.maker(stmt, value, env, emit)
                return
            case ir.Op(prim=prim, args=args, static=static) if prim in REDUCTIONS:
                self.reduction(stmt, value, env, emit)
                return
            case ir.Op(prim="broadcast_to", args=(source, *extents)):
                tree = views.widened(self.tree(source, env, emit), tuple(extents))
            case ir.Op(prim=prim, args=args, static=static) if prim in VIEWS:
                tree = views.by_prim(prim, views.tree(args[0]), static)
            case ir.Op(prim="copy", args=(ir.Var(name=name),)) if name in env.trees:
                tree = env.trees[name]
            case ir.Op(prim="copy", args=(source,)):
                env.forget({target.name})
                env.set_shape(target.name, Shapes(emit, env).of(source))  # type: ignore[arg-type]
            case ir.Op() if is_computed(stmt):
                tree = self.applied(value, target, env, emit)
            case ir.Load(array=array, index=index):
                deferred = target.name in self.plan.deferred or is_gather(value)
                if array.name in env.trees or (deferred and is_whole_load(value)):
                    tree = views.indexed(views.tree(array), index)
        if tree is None and stmt in self.buffers.copied:
            assert isinstance(value, ir.Load)
            tree = views.indexed(views.tree(value.array), value.index)
        if tree is None:
            self.plain(stmt, env, emit)
        elif not isinstance(target.type, Array):
            emit.let(target, Nest(emit, ()).element(tree, ()))
        elif target.name in self.plan.deferred:
            env.trees[target.name] = tree
        else:
            self.settle(target, tree, env, emit)

    def plain(self, stmt: ir.Let, env: Env, emit: Emitter) -> None:
        """Append a binding as it is; note what it says about extents."""
        target, value = stmt.target, stmt.value
        if isinstance(value, ir.Load) and value.array.name == target.name:
            Shapes(emit, env).of(value.array)  # its extents before it has another meaning
        emit.out.append(stmt)
        if isinstance(value, ir.Op) and value.prim == "copy":
            return
        known = env.shape(value) if isinstance(value, ir.Var) and is_array(value) else None
        if isinstance(value, ir.Load) and is_whole_load(value):
            known = (views := Views(emit, env)).indexed(views.tree(value.array), value.index).shape
        key = None
        match value:
            case ir.Var() if not is_array(value):
                key = env.key(value)
            case ir.Op("sub", (ir.Var() as base, ir.Const(value=int() as less))):
                key = ("diff", env.key(base), less)
        is_counter = isinstance(value, ir.Var) and value.name in env.counters
        env.forget({target.name})
        if known is not None:
            env.set_shape(target.name, known)
        if key is not None and target.type == Scalar("int64"):
            env.keys[target.name] = key
        if is_counter:
            env.counters.add(target.name)

    def fact(self, stmt: ir.Let, value: ir.Op, env: Env, emit: Emitter) -> None:
        """Rewrite a question about a shape."""
        array, target = value.args[0], stmt.target
        assert isinstance(array, ir.Var)
        shapes = Shapes(emit, env)
        axis = {"shape": value.static, "len": (0,)}.get(value.prim)
        if array.name not in env.trees:
            emit.out.append(stmt)
            env.forget({target.name})
            if axis is not None and target.name not in env.twice:
                old = env.extents.get((array.name, int(str(axis[0]))))
                extent = Extent(target, env.key(target) if old is None else old.key)
                env.keys[target.name] = extent.key
                env.lengths.add(extent.key)
                env.extents.setdefault((array.name, int(str(axis[0]))), extent)
            return
        shape = env.trees[array.name].shape
        atom = shapes.size(shape) if axis is None else shape[int(str(axis[0]))].atom
        if value.prim == "ndim":
            atom = ir.Const(len(shape))
        key = env.key(atom)
        emit.let(target, atom)
        env.forget({target.name})
        env.keys[target.name] = key

    def maker(self, stmt: ir.Let, value: ir.Op, env: Env, emit: Emitter) -> None:
        """Rewrite the making of an array: its dtype by name, its shape noted."""
        target, args = stmt.target, list(value.args)
        shapes, kind = Shapes(emit, env), dtype(target.type)
        fill = [args.pop(0)] if value.prim == "full" else []
        if value.prim in LIKES:
            model = args[0]
            assert isinstance(model, ir.Var)
            if model.name in env.trees:
                shape = env.trees[model.name].shape
                extents = [extent.atom for extent in shape]
                new = ir.Op(value.prim.removesuffix("_like"), (*args[1:], *extents), (kind,))
                emit.let(target, new)
            else:
                shape = shapes.of(model)
                emit.out.append(stmt)
            env.forget({target.name})
            env.set_shape(target.name, shape)
            return
        if value.static == ("like",):
            args.pop(0)
            value = ir.Op(value.prim, (*fill, *args), (kind,))
        emit.let(target, value)
        env.forget({target.name})
        env.set_shape(target.name, tuple(map(shapes.extent, args)))

    # Trees ------------------------------------------------------------------------------

    def tree(self, atom: ir.Atom, env: Env, emit: Emitter) -> Tree:
        """Return the tree of an operand."""
        return Views(emit, env).tree(atom) if is_array(atom) else Number(atom)

    def applied(self, op: ir.Op, target: ir.Var, env: Env, emit: Emitter) -> Apply:
        """Return an operation on whole arrays as a tree."""
        prim, static, given = op.prim, op.static, op.args
        if prim == "cast_like":
            prim, static, given = "cast", (dtype(target.type),), given[:1]
        args = tuple(self.tree(arg, env, emit) for arg in given)
        shape = Shapes(emit, env).broadcast([arg.shape for arg in args])
        args = tuple(self.worth(arg, shape, env, emit) for arg in args)
        return Apply(prim, static, args, shape, dtype(target.type))

    def worth(self, tree: Tree, shape: tuple[Extent, ...], env: Env, emit: Emitter) -> Tree:
        """Return an operand; in an array if it would be computed again and again."""
        missing = len(shape) - len(tree.shape)
        repeated = missing > 0 and len(tree.shape) > 0
        for k, extent in enumerate(tree.shape):
            if extent.is_one and not shape[k + missing].is_one:
                later = tree.shape[k + 1 :]
                repeated |= any(not e.is_one for e in later)
        if not repeated or not is_dear(tree):
            return tree
        kind = tree.dtype if isinstance(tree, Apply) else "float64"
        var = ir.Var(self.supply.temporary(), Array(kind, len(tree.shape)))
        leaf = materialised(emit, tree, var)
        env.set_shape(var.name, tree.shape)
        return leaf

    def settle(self, target: ir.Var, tree: Tree, env: Env, emit: Emitter) -> None:
        """Write the array that holds a tree."""
        if isinstance(target.type, Array) and target.name in mentioned(tree):
            var = ir.Var(self.supply.temporary(), replace(target.type, layout="C"))
            materialised(emit, tree, var)
            emit.let(target, var)
        else:
            materialised(emit, tree, target)
        env.forget({target.name})
        env.set_shape(target.name, tree.shape)

    def reduction(self, stmt: ir.Let, op: ir.Op, env: Env, emit: Emitter) -> None:
        """Write a reduction."""
        axes, keepdims, *how = op.static
        assert isinstance(axes, tuple)
        tree = self.tree(op.args[0], env, emit)
        env.forget({stmt.target.name})
        target = stmt.target
        kind = Reduction
        if op.prim in {"amax", "amin"}:
            kind = InOrder if how else Extremum
        kind(emit, env, op.prim, tree, target, axes, keepdims=bool(keepdims)).run()
