"""A derivative along several directions at once.

Before                              After
    t = x[i]                            t = x[i]
    t_dot = x_dot[i]                    t_dot = lanes_at(x_dot, i)
    s_dot = 0.0                         s_dot = spread(0.0, 8)
    s_dot += 2 * t * t_dot              s_dot += 2 * t * t_dot
    y_dot[i] = s_dot                    set_lanes(y_dot, s_dot, i)
    r = a if t_dot != 0.0 else b        r = chosen(t_dot != 0.0, a, b)

A tangent is linear in the tangents that it is given, an adjoint in the cotangents. So each
number that depends on these becomes `lanes`, one number for each direction, and each array
of them has one more axis, the last; what does not depend on them is computed once for all.
Every direction has the numbers that it has alone, bit for bit.

On entry: nested values, as `refold` makes them. On exit: the same, for `show` alone. A
choice by what depends on a direction computes both sides.

Not done (None) for what lanes cannot do: products and functions of them, branches by them,
other floats than float64, views that move axes, and calls of recursive functions.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, assert_never

from srcad.analysis.ranks import EMPTY, LIKE, rank_of, ranks_of
from srcad.ir import nodes as ir
from srcad.ir.names import NameSupply
from srcad.ir.primitives import COMPARISONS, EXTENTS
from srcad.ir.records import alike
from srcad.ir.types import Array, Scalar
from srcad.ir.walk import call_leaves, map_blocks, operands, param_vars, parts, statements
from srcad.passes.directions.widened_calls import widened_call
from srcad.rules.linalg import Whole

CONNECTIVES = {"and": "bitand", "or": "bitor", "not": "invert"}
"""What joins truth values, and what joins masks."""


class _NotLinearError(Exception):
    """Lanes cannot do this."""


def widened(function: ir.Function, given: int, width: int) -> ir.Function | None:
    """Return the derivative along `width` directions, None where lanes cannot do it.

    given: how many parameters, the last ones, are tangents or cotangents. These and all
    results have one more axis than they had, the last.
    """
    try:
        return _Widened(function, given, width).run()
    except _NotLinearError:
        return None


class _Widened:
    """The names that are lanes or arrays of them, and the walk that writes them."""

    def __init__(self, function: ir.Function, given: int, width: int) -> None:
        self.function = function
        self.width = ir.Const(width)
        first = len(function.params) - given
        self.seeds = list(param_vars(function.params[first:]))
        self.results = function.returns
        self.ranks = ranks_of(function)
        self.supply = NameSupply.of(function)
        seeds = {v.name for v in self.seeds}
        self.wide = seeds | {v.name for a in self.results for v in _results_of(a)}
        self.masks: set[str] = set()
        self.find()
        self.check_given()
        self.check_types()
        self.find_masks()

    # What is wide -----------------------------------------------------------------------

    def find(self) -> None:
        """Find all names that depend on the seeds, and other names of arrays of them."""
        found = statements(self.function.body)
        while True:
            before = len(self.wide)
            for stmt in found:
                match stmt:
                    case ir.Let(target=target, value=value):
                        shared = _shared(value) if self.rank(target.name) else ()
                        if self.depends(value) or any(v.name in self.wide for v in shared):
                            self.wide.add(target.name)
                        if target.name in self.wide:
                            self.wide.update(v.name for v in shared)
                    case ir.Store(array=target, value=value) | ir.Accum(target=target, value=value):
                        if self.depends(value):
                            self.wide.add(target.name)
                    case ir.Call(targets=targets, args=args):
                        if any(isinstance(a, ir.Var) and a.name in self.wide for a in args):
                            self.wide.update(v.name for v in targets)
                    case ir.Save(value=value) if self.depends(value):
                        raise _NotLinearError
                    case ir.Restore(target=target) if target.name in self.wide:
                        raise _NotLinearError
                    case _:
                        pass
            if len(self.wide) == before:
                return

    def depends(self, value: ir.Value) -> bool:
        """Return whether a value depends on the seeds."""
        match value:
            case ir.Var(name=name):
                return name in self.wide
            case ir.Const():
                return False
            case ir.Load(array=array, index=index):
                bounds = (b for part in index for b in _bounds(part))
                if any(map(self.depends, bounds)):
                    raise _NotLinearError
                return array.name in self.wide
            case ir.Op(prim=prim, args=args):
                if prim in EXTENTS - {"ndim"} or prim in LIKE:
                    return False
                return any(map(self.depends, args))
            case _:
                assert_never(value)

    def rank(self, name: str) -> int:
        """Return the number of axes that a name has without lanes."""
        return self.ranks.get(name, 0)

    def find_masks(self) -> None:
        """Find the names that hold a truth value for each direction."""
        while True:
            before = len(self.masks)
            for stmt in statements(self.function.body):
                if isinstance(stmt, ir.Let) and self.is_mask(stmt.value):
                    self.masks.add(stmt.target.name)
            if len(self.masks) == before:
                return

    def is_mask(self, value: ir.Value) -> bool:
        """Return whether a value is a truth value for each direction."""
        match value:
            case ir.Var(name=name):
                return name in self.masks
            case ir.Op(prim=prim):
                return (prim in COMPARISONS or prim in CONNECTIVES) and self.depends(value)
            case _:
                return False

    def check_given(self) -> None:
        """Raise unless all that is given beside the seeds is given for one direction."""
        given = {v.name for v in param_vars(self.function.params)}
        given |= {name for name, _ in self.function.constants}
        if not self.wide.isdisjoint(given - {v.name for v in self.seeds}):
            raise _NotLinearError

    def check_types(self) -> None:
        """Raise unless all lanes are of float64."""
        every = [*param_vars(self.function.params), *self.function.returns]
        for stmt in statements(self.function.body):
            match stmt:
                case ir.Let(target=target):
                    every.append(target)
                case ir.Call(function=Whole()):
                    every += stmt.targets
                case ir.Call() if any(v.name in self.wide for v in stmt.targets):
                    raise _NotLinearError
                case ir.For(var=var) if var.name in self.wide:
                    raise _NotLinearError
                case _:
                    pass
        for atom in every:
            if isinstance(atom, ir.Var) and atom.name in self.wide:
                type_ = atom.type
                if isinstance(type_, Scalar | Array) and type_.dtype not in {"float64", "bool"}:
                    raise _NotLinearError

    # Writing ----------------------------------------------------------------------------

    def run(self) -> ir.Function:
        """Return the function with lanes."""
        function = self.function
        entry: list[ir.Stmt] = []
        numbers: dict[str, ir.Var] = {}
        for seed in self.seeds:
            if not self.rank(seed.name):
                numbers[seed.name] = ir.Var(self.supply.fresh(f"{seed.name}_lanes"))
                value = ir.Op("lanes_at", (numbers[seed.name],))
                entry.append(ir.Let(ir.Var(seed.name), value, function.span))
        body = [*entry, *self.block(function.body)]
        returns: list[Any] = []
        for atom in self.results:
            if rank := rank_of(atom, self.ranks):
                returns.append(self.array(atom, rank))
            else:
                name = ir.Var(self.supply.fresh("out_lanes"))
                made = ir.Let(name, ir.Op("empty", (self.width,), ("float64",)), function.span)
                body += [made, self.set_lanes("set_lanes", name, (), atom, function.span)]
                returns.append(name)
        return replace(
            function,
            params=tuple(_renamed(p, numbers) for p in function.params),
            body=tuple(body),
            returns=tuple(returns),
        )

    def block(self, block: ir.Block) -> ir.Block:
        """Return a block with lanes."""
        out: list[ir.Stmt] = []
        for stmt in block:
            if isinstance(stmt, ir.Call) and any(v.name in self.wide for v in stmt.targets):
                out += self.call(stmt)
            else:
                out.append(self.stmt(stmt))
        return tuple(out)

    def call(self, stmt: ir.Call) -> list[ir.Stmt]:
        """Return what a call with lanes becomes."""
        others = [a for a in call_leaves(stmt.args) if not isinstance(a, ir.Var)]
        if any(self.depends(a) or a != self.plain(a) for a in others):
            raise _NotLinearError
        found = widened_call(stmt, self.wide, self.supply, self.width)
        if found is None:
            raise _NotLinearError
        return found

    def stmt(self, stmt: ir.Stmt) -> ir.Stmt:
        """Return a statement with lanes."""
        match stmt:
            case ir.Let(target=target, value=value) if target.name in self.wide:
                if rank := self.rank(target.name):
                    return replace(stmt, target=ir.Var(target.name), value=self.array(value, rank))
                if target.name in self.masks:
                    return replace(stmt, target=ir.Var(target.name), value=self.mask(value))
                return replace(stmt, target=ir.Var(target.name), value=self.lanes(value))
            case ir.Store(array=array, index=index, value=value) if array.name in self.wide:
                return self.set_lanes("set_lanes", array, index, value, stmt.span)
            case ir.Accum(target=target, index=None, value=value) if target.name in self.wide:
                added = self.lanes(value)
                return replace(stmt, value=added, any_order=False)  # type: ignore[arg-type]
            case ir.Accum(target=target, index=index, value=value) if target.name in self.wide:
                assert index is not None
                return self.set_lanes("add_lanes", target, index, value, stmt.span)
            case ir.For() | ir.While() | ir.If():
                if any(self.depends(v) for v in _values(stmt)):
                    raise _NotLinearError
                changed = map_blocks(stmt, self.block)
                return self.plain_stmt(changed)
            case _:
                if any(self.depends(v) for v in _values(stmt)):
                    raise _NotLinearError
                return self.plain_stmt(stmt)

    def plain_stmt(self, stmt: ir.Stmt) -> ir.Stmt:
        """Return a statement whose own values are numbers: an array of lanes has more of these."""
        match stmt:
            case ir.Let(value=value):
                return replace(stmt, value=self.plain(value))
            case ir.Store(index=index, value=value) | ir.Accum(index=index, value=value):
                given = None if index is None else self.index(index)
                return replace(stmt, index=given, value=self.plain(value))  # type: ignore[arg-type]
            case ir.For(start=start, stop=stop, step=step):
                start, stop, step = (self.plain(part) for part in (start, stop, step))  # type: ignore[assignment]
                return replace(stmt, start=start, stop=stop, step=step)
            case ir.While(cond=cond):
                return replace(stmt, cond=self.plain(cond))  # type: ignore[arg-type]
            case ir.If(test=test):
                return replace(stmt, test=self.plain(test))  # type: ignore[arg-type]
            case _:
                if any(v != self.plain(v) for v in _values(stmt)):
                    raise _NotLinearError
                return stmt

    def index(self, index: ir.Index) -> ir.Index:
        """Return an index: its parts are numbers, and so are the bounds of slices."""
        return tuple(map(self.index_part, index))

    def index_part(self, part: ir.Atom | ir.Slice) -> ir.Atom | ir.Slice:
        """Return one part of an index."""
        if isinstance(part, ir.Slice):
            bounds: list[Any] = [part.lo, part.hi, part.step]
            made: list[Any] = [None if bound is None else self.plain(bound) for bound in bounds]
            return ir.Slice(*made)
        return self.plain(part)  # type: ignore[return-value]

    def set_lanes(
        self, name: str, array: ir.Var, index: ir.Index, value: ir.Value, span: ir.Span | None
    ) -> ir.Stmt:
        """Return the statement that writes lanes into an array, or adds them."""
        if any(isinstance(part, ir.Slice) for part in index):
            raise _NotLinearError
        args = (array, self.lanes(value), *self.index(index))
        return ir.Call((), None, name, args, span)

    # Values -----------------------------------------------------------------------------

    def plain(self, value: ir.Value) -> ir.Value:
        """Return a value that does not depend on the seeds: the size of an array may do."""
        match value:
            case ir.Op(prim="size", args=(ir.Var(name=name),)) if name in self.wide:
                return ir.Op("floordiv", (value, self.width))  # type: ignore[arg-type]
            case ir.Op(prim=prim, args=(ir.Var(name=name), *_)) if name in self.wide:
                if prim not in {"shape", "len"}:
                    raise _NotLinearError
                return value
            case ir.Op(args=args):
                return replace(value, args=tuple(map(self.plain, args)))  # type: ignore[arg-type]
            case ir.Load(index=index):
                return replace(value, index=self.index(index))
            case _:
                return value

    def lanes(self, value: ir.Value) -> ir.Value:
        """Return a value as lanes, a number in all of them."""
        if not self.depends(value):
            return ir.Op("spread", (self.plain(value), self.width))  # type: ignore[arg-type]
        return self.linear(value)

    def linear(self, value: ir.Value) -> ir.Value:
        """Return a value that depends on the seeds."""
        match value:
            case ir.Var(name=name) if not self.rank(name) and name not in self.masks:
                return ir.Var(name)
            case ir.Load(array=array, index=index) if len(index) == self.rank(array.name):
                if any(isinstance(part, ir.Slice) for part in index):
                    raise _NotLinearError
                return ir.Op("lanes_at", (array, *self.index(index)))  # type: ignore[arg-type]
            case ir.Op(prim="neg" | "pos", args=(inner,)):
                return replace(value, args=(self.linear(inner),))  # type: ignore[arg-type]
            case ir.Op(prim="add" | "sub", args=args):
                return replace(value, args=tuple(map(self.lanes, args)))  # type: ignore[arg-type]
            case ir.Op(prim="mul", args=(a, b)) if self.depends(a) != self.depends(b):
                return replace(value, args=(self.either(a), self.either(b)))  # type: ignore[arg-type]
            case ir.Op(prim="div", args=(a, b)) if not self.depends(b):
                return replace(value, args=(self.linear(a), self.plain(b)))  # type: ignore[arg-type]
            case ir.Op(prim="select", args=(test, a, b)) if not self.depends(test):
                chosen = (self.plain(test), self.lanes(a), self.lanes(b))
                return replace(value, args=chosen)  # type: ignore[arg-type]
            case ir.Op(prim="select", args=(test, a, b)):
                masked = (self.mask(test), self.lanes(a), self.lanes(b))
                return ir.Op("chosen", masked)  # type: ignore[arg-type]
            case _:
                raise _NotLinearError

    def mask(self, value: ir.Value) -> ir.Value:
        """Return a truth value for each direction."""
        match value:
            case ir.Var(name=name) if name in self.masks:
                return ir.Var(name)
            case ir.Op(prim=prim, args=args) if prim in COMPARISONS and self.depends(value):
                return replace(value, args=tuple(map(self.either, args)))  # type: ignore[arg-type]
            case ir.Op(prim=prim, args=args) if prim in CONNECTIVES and self.depends(value):
                parts = (self.mask(a) if self.depends(a) else self.plain(a) for a in args)
                return ir.Op(CONNECTIVES[prim], tuple(parts))  # type: ignore[arg-type]
            case _:
                raise _NotLinearError

    def either(self, value: ir.Value) -> ir.Value:
        """Return a factor: lanes or a number."""
        return self.linear(value) if self.depends(value) else self.plain(value)

    def array(self, value: ir.Value, rank: int) -> ir.Value:
        """Return an array of lanes: another name, a view, or a new one."""
        match value:
            case ir.Var(name=name):
                return ir.Var(name)
            case ir.Load(array=array, index=index):
                return ir.Load(ir.Var(array.name), self.index(index))
            case ir.Op(prim="copy", args=(ir.Var(name=name),)) if name in self.wide:
                return value
            case ir.Op(prim=prim, args=args, static=() | (None | "float64",)) if prim in EMPTY:
                axes = [*map(self.plain, args)]
                return ir.Op(prim, (*axes, self.width), ("float64",))  # type: ignore[arg-type]
            case ir.Op(prim=prim, args=(ir.Op("empty" | "zeros", args),)) if prim in LIKE:
                return self.array(ir.Op(prim.removesuffix("_like"), args), rank)
            case ir.Op(prim, (ir.Op("zeros_like" | "empty_like", (like,)),)) if prim in LIKE:
                return self.array(ir.Op(prim, (like,)), rank)
            case ir.Op(prim=prim, args=(ir.Var() | ir.Load() as like,)) if prim in LIKE:
                axes = [ir.Op("shape", (like,), (axis,)) for axis in range(rank)]
                new = prim.removesuffix("_like")
                return ir.Op(new, (*axes, self.width), ("float64",))  # type: ignore[arg-type]
            case _:
                raise _NotLinearError


def _bounds(part: ir.Atom | ir.Slice) -> tuple[ir.Atom, ...]:
    """Return what a part of an index evaluates."""
    return parts(part) if isinstance(part, ir.Slice) else (part,)  # type: ignore[return-value]


def _renamed(param: ir.Param, numbers: dict[str, ir.Var]) -> ir.Param:
    """Return a parameter whose numbers have other names."""

    def leaf(value: object) -> object:
        if isinstance(value, tuple):
            return alike(value, tuple(map(leaf, value)))
        return numbers.get(value.name, value) if isinstance(value, ir.Var) else value

    value = leaf(param.value)
    if isinstance(value, ir.Var) and value is not param.value:
        return ir.Param(value.name, value)
    return replace(param, value=value)


def _values(stmt: ir.Stmt) -> list[ir.Value]:
    """Return the values that a statement itself evaluates."""
    return [part for part in operands(stmt) if not isinstance(part, ir.Slice)]


def _results_of(value: ir.Value) -> tuple[ir.Var, ...]:
    """Return the names that a result is, or is a copy of."""
    match value:
        case ir.Op(prim="copy", args=(ir.Var() as array,)):
            return (array,)
        case _:
            return _shared(value)


def _shared(value: ir.Value) -> tuple[ir.Var, ...]:
    """Return the arrays whose memory the value of an array may be."""
    match value:
        case ir.Var():
            return (value,)
        case ir.Load(array=array):
            return (array,)
        case ir.Op(prim="select", args=(_, a, b)):
            return (*_shared(a), *_shared(b))
        case _:
            return ()
