"""Loop nests under construction: one statement list per depth.

    for i in range(n):              depth 1: what depends on i alone
        _t0 = b[i]
        for j in range(m):          depth 2: what depends on j
            y[i, j] = x[i, j] * _t0

Each operation is written once, at the outermost depth where its operands are known.
"""

from __future__ import annotations

from srcad.ir import nodes as ir
from srcad.ir.types import Array, Scalar
from srcad.ir.wording import out_of_bounds
from srcad.passes.arrays.trees import (
    Along,
    Apply,
    At,
    Extent,
    Leaf,
    Number,
    Picked,
    Shape,
    Tree,
    Viewed,
    moves_indices,
)
from srcad.passes.building.emitter import Emitter
from srcad.rules.table import is_pinned

NAMES = "ijkhpqrst"
RISKY = ("floordiv", "mod")
LOGICAL = {"bitand": "and", "bitor": "or", "invert": "not", "bitxor": "ne"}
LOGICAL |= {"logical_and": "and", "logical_or": "or", "logical_not": "not", "logical_xor": "ne"}
Index = tuple[ir.Atom, ...]


class Nest:
    """Loops over `shape`, outermost first; `index` are their variables."""

    def __init__(self, emit: Emitter, shape: Shape) -> None:
        self.emit = emit
        self.shape = shape
        self.blocks: list[list[ir.Stmt]] = [emit.out, *([] for _ in shape)]
        self.depths: dict[str, int] = {}
        self.memo: dict[object, ir.Atom] = {}
        self.spread_axes: dict[str, tuple[ir.Atom, ir.Atom]] = {}
        self.index: Index = tuple(self._variable(k) for k in range(len(shape)))

    def _variable(self, k: int) -> ir.Var:
        var = ir.Var(self.emit.supply.fresh(NAMES[k]), Scalar("int64"))
        self.depths[var.name] = k + 1
        return var

    # Operations -----------------------------------------------------------------------

    def depth(self, atoms: tuple[ir.Atom | ir.Slice, ...]) -> int:
        """Return the depth at which all of these are known."""
        names = (atom.name for atom in atoms if isinstance(atom, ir.Var))
        return max((self.depths.get(name, 0) for name in names), default=0)

    def op(
        self, prim: str, *args: ir.Atom, static: tuple[object, ...] = (), dtype: str | None = None
    ) -> ir.Atom:
        """Return the result of an operation, done once."""
        depth = len(self.shape) if prim in RISKY else self.depth(args)
        key = object() if is_pinned(prim) else (prim, args, static, dtype)
        return self._once(key, ir.Op(prim, args, static), depth, dtype)

    def load(self, array: ir.Var, index: Index) -> ir.Atom:
        """Return one element of an array."""
        assert isinstance(array.type, Array)
        depth = self.depth(index) if index else len(self.shape)
        value = ir.Load(array, index)
        return self._once((array.name, index), value, depth, array.type.dtype)

    def _once(self, key: object, value: ir.Value, depth: int, dtype: str | None) -> ir.Atom:
        if key not in self.memo:
            type_ = None if dtype is None else Scalar(dtype)
            var = ir.Var(self.emit.supply.temporary(), type_)
            self.add(ir.Let(var, value, self.emit.span), depth)
            self.depths[var.name] = depth
            self.memo[key] = var
        return self.memo[key]

    def add(self, stmt: ir.Stmt, depth: int | None = None) -> None:
        """Append a statement, to the innermost loop if no depth is given."""
        self.blocks[-1 if depth is None else depth].append(stmt)

    def close(self, down_to: int = 0) -> None:
        """Write the loops; those deeper than `down_to` into the block of that depth."""
        for k in range(len(self.shape), down_to, -1):
            var, extent = self.index[k - 1], self.shape[k - 1].atom
            assert isinstance(var, ir.Var)
            body = tuple(self.blocks[k])
            bounds = ir.Const(0), extent, ir.Const(1)
            loop = ir.For(var, *bounds, body, None, self.emit.span, commutes=True)
            self.blocks[k - 1].append(loop)
            self.blocks[k] = []

    # Elements ---------------------------------------------------------------------------

    def element(self, tree: Tree, index: Index) -> ir.Atom:
        """Return the value of a tree at an index of its own shape."""
        match tree:
            case Number(atom=atom):
                return atom
            case Leaf(array=array):
                return self.load(array, index)
            case Viewed(source=source):
                return self.element(source, self.positions(tree, index))
            case Apply(shape=shape):
                return self.spread(tree, shape, index)

    def spread(self, tree: Tree, outer: Shape, index: Index) -> ir.Atom:
        """Return the value of a tree, broadcast to the shape `outer`, at an index of that.

        Where an operation is broadcast, its operands are: only arrays need another index.
        """
        missing = len(outer) - len(tree.shape)
        outer, index = outer[missing:], index[missing:]
        if not isinstance(tree, Apply):
            return self.element(tree, self.broadcast(tree.shape, outer, index))
        key = (id(tree), index, tuple(extent.key for extent in outer))
        if key not in self.memo:
            args = tuple(self.spread(arg, outer, index) for arg in tree.args)
            self.memo[key] = self.typed_op(tree.prim, args, tree.static, tree.dtype)
        return self.memo[key]

    def typed_op(
        self, prim: str, args: tuple[ir.Atom, ...], static: tuple[object, ...], dtype: str
    ) -> ir.Atom:
        """Return an operation on elements; literals are of the type of the others."""
        args = literals_as(args)
        if dtype == "bool" and prim in LOGICAL:
            args = tuple(map(self.truth, args))
            prim = LOGICAL[prim]
        if prim == "cast" and getattr(args[0].type, "dtype", None) == dtype:
            return args[0]
        return self.op(prim, *args, static=static, dtype=dtype)

    def truth(self, atom: ir.Atom) -> ir.Atom:
        """Return whether a number is not zero; `and` and `or` would return the number."""
        if atom.type == Scalar("bool") or isinstance(getattr(atom, "value", None), bool):
            return atom
        return self.op("ne", atom, ir.Const(0), dtype="bool")

    def broadcast(self, inner: Shape, outer: Shape, index: Index) -> Index:
        """Return the index into an array of shape `inner`, broadcast to `outer`."""
        missing = len(outer) - len(inner)
        pairs = zip(inner, outer[missing:], index[missing:], strict=True)
        return tuple(self._broadcast_axis(*pair) for pair in pairs)

    def _broadcast_axis(self, inner: Extent, outer: Extent, at: ir.Atom) -> ir.Atom:
        if inner.key == outer.key:
            return at
        if inner.is_one:
            return ir.Const(0)
        if isinstance(inner.atom, ir.Const):
            return at
        if len(self.shape) > 1:  # LLVM itself makes loops without the test there, and faster ones
            is_one = self.op("eq", inner.atom, ir.Const(1), dtype="bool")
            return self.op("select", is_one, ir.Const(0), at, dtype="int64")
        step = self.op("axis_step", inner.atom, dtype="int64")
        found = self.op("along", at, step, dtype="int64")
        assert isinstance(found, ir.Var)
        self.spread_axes[found.name] = at, step
        return found

    def positions(self, tree: Viewed, index: Index) -> Index:
        """Return the index into the source of a view.

        Negative numbers in arrays count from the end: what is not an array itself has to
        be told so.
        """
        found = []
        for m, extent in zip(tree.maps, tree.source.shape, strict=True):
            at = self.position(m, index)
            if isinstance(m, Picked) and not isinstance(tree.source, Leaf):
                if moves_indices(tree.source):
                    self.check_inside(at, extent)
                at = self.wrapped(at, extent)
            found.append(at)
        return tuple(found)

    def check_inside(self, at: ir.Atom, extent: Extent) -> None:
        """Write the test that an index is inside, once."""
        key = "inside", at, extent.key
        if key not in self.memo:
            test = self.op("outside", at, extent.atom, dtype="bool")
            self.memo[key] = test
            problem = ir.Raise(IndexError, (out_of_bounds(self.emit.span),), self.emit.span)
            self.add(ir.If(test, (problem,), (), self.emit.span), self.depth((at, extent.atom)))

    def wrapped(self, at: ir.Atom, extent: Extent) -> ir.Atom:
        """Return an index that is not negative; one that is outside stays outside."""
        if isinstance(at.type, Scalar) and at.type.dtype.startswith(("uint", "bool")):
            return at
        from_end = self.total(at, extent.atom)
        is_negative = self.op("lt", at, ir.Const(0), dtype="bool")
        is_inside = self.op("ge", from_end, ir.Const(0), dtype="bool")
        counts = self.op("and", is_negative, is_inside, dtype="bool")
        return self.op("select", counts, from_end, at, dtype="int64")

    def position(self, m: At | Along | Picked, index: Index) -> ir.Atom:
        """Return the index along one axis of the source of a view."""
        match m:
            case At(atom=atom):
                return atom
            case Along(axis=axis, start=start, step=step):
                at = index[axis]
                match step:
                    case ir.Const(value=1):
                        pass
                    case ir.Const(value=-1):
                        return self.difference(start, at)
                    case _:
                        at = self.scaled(at, step)
                return self.total(start, at)
            case Picked(index=tree, axis=axis, shape=shape):
                here = index[axis : axis + len(shape)]
                return self.spread(tree, shape, here)

    def total(self, a: ir.Atom, b: ir.Atom) -> ir.Atom:
        """Return `a + b` of indices."""
        match a, b:
            case ir.Const(value=x), ir.Const(value=y):
                return ir.Const(x + y)
            case (ir.Const(value=0), other) | (other, ir.Const(value=0)):
                return other
            case ir.Const(value=x), _ if x < 0:
                return self.op("sub", b, ir.Const(-x), dtype="int64")
            case ir.Const(), ir.Var(name=name) if name in self.spread_axes:
                return self.op("along", *self.spread_axes[name], a, dtype="int64")
            case ir.Const(), _:
                return self.op("add", b, a, dtype="int64")
            case _:
                return self.op("add", a, b, dtype="int64")

    def difference(self, a: ir.Atom, b: ir.Atom) -> ir.Atom:
        """Return `a - b` of indices."""
        match a, b:
            case ir.Const(value=x), ir.Const(value=y):
                return ir.Const(x - y)
            case _, ir.Const(value=0):
                return a
            case _:
                return self.op("sub", a, b, dtype="int64")

    def scaled(self, a: ir.Atom, b: ir.Atom) -> ir.Atom:
        """Return `a * b` of indices."""
        match a, b:
            case ir.Const(value=x), ir.Const(value=y):
                return ir.Const(x * y)
            case _:
                return self.op("mul", a, b, dtype="int64")


def literals_as(args: tuple[ir.Atom, ...]) -> tuple[ir.Atom, ...]:
    """Return `args` with float literals of the precision of the others."""
    floats = {getattr(arg.type, "dtype", None) for arg in args if isinstance(arg, ir.Var)}
    if "float32" not in floats or "float64" in floats or floats & {"int64", "int32", "uint64"}:
        return args
    single = Scalar("float32")
    return tuple(
        ir.Const(float(arg.value), single)
        if isinstance(arg, ir.Const) and not isinstance(arg.value, bool)
        else arg
        for arg in args
    )
