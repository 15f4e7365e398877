"""Power series: every active number is followed by the coefficients of t, t**2, ...

Before                              After
    t = x * x                           t = x * x
                                        mul_series(t_series, t, x_series, x_series)
    y[i] = t                            store_series(y_series, t_series, i)
                                        y[i] = t

The series of a number is a row of `order + 1` coefficients, its value first; that of an array
is an array with one more axis, the last, in which the values are left out. The function takes
a tangent for each argument that moves, and then the order, and returns the coefficients of its
results along x + t * x_dot. The values that it computes are those of the function itself.

On entry: typed, flat IR without stacks, as `tape` leaves it. On exit: flat IR for `refold` and
`show` alone: what computes a series is a call that writes into its first argument.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any, assert_never

from srcad.analysis.activity import activity, check_draws
from srcad.analysis.aliasing import aliasing
from srcad.errors import InternalError
from srcad.ir import nodes as ir
from srcad.ir.names import NameSupply
from srcad.ir.types import INT, Array, Scalar, is_float
from srcad.ir.walk import param_vars, statements, targets
from srcad.passes.building.emitter import Emitter
from srcad.passes.building.entry import shape_checks
from srcad.passes.building.outputs import map_leaves, parameter_name
from srcad.passes.series.calls import (
    SeriesCall,
    float_of,
    series_at_call,
    series_type,
    unknown,
)
from srcad.rules.partials import check_known
from srcad.rules.series import NoRecurrenceError
from srcad.rules.series_text import recurrence
from srcad.rules.table import PRIMS


def series(function: ir.Function, wrt: tuple[int, ...]) -> ir.Function:
    """Return the coefficients of `function`: `(*params, *dots, order) -> coefficients`.

    wrt: positions of the parameters that get a tangent argument.
    Raises NotDifferentiable for operations whose series are not known.
    """
    return Walk(function, wrt).run()


def series_of_call(function: ir.Function, wrt: tuple[int, ...]) -> ir.Function:
    """Return `(*params, *series, order) -> (*results, *their series)`, for calls by name."""
    return Walk(function, wrt).run_inside()


class Walk:
    """The names of series, and the walk that emits what computes them."""

    def __init__(self, function: ir.Function, wrt: tuple[int, ...]) -> None:
        for stmt in statements(function.body):
            if any(var.type is None for var in targets(stmt)):
                raise InternalError("series", "a name has no type")
        self.function = function
        self.wrt = wrt
        self.inputs = [v for k in wrt for v in param_vars((function.params[k],)) if _moves(v)]
        returned = [a.name for a in function.returns if isinstance(a, ir.Var)]
        inputs = [v.name for v in self.inputs]
        self.active = activity(function, inputs, returned, aliasing(function))
        check_draws(function, self.active)
        self.supply = NameSupply.of(function)
        self.known: dict[str, ir.Var] = {}
        self.rows: list[ir.Var] = []
        self.made: dict[tuple[object, ...], SeriesCall] = {}
        self.scratch: dict[str, ir.Var] = {}
        self.needed: dict[str, int] = {}
        self.order = ir.Var("order", INT)

    def run(self) -> ir.Function:
        """Return the function that takes tangents and the order."""
        function = self.function
        taken = [p.name for p in function.params]
        dots = {v.name: ir.Var(self.supply.fresh(f"{v.name}_dot"), v.type) for v in self.inputs}
        params = []
        for k in self.wrt:
            name = parameter_name(f"{function.params[k].name}_dot", taken)
            taken.append(name)
            params.append(ir.Param(name, map_leaves(function.params[k].value, _dot_of(dots))))
        order = parameter_name("order", [*taken, *(v.name for v in param_vars(function.params))])
        self.order = ir.Var(order, INT)
        self.supply.reserve((order,))
        start: list[ir.Stmt] = []
        entry = Emitter(self.supply, start, function.span)
        arrays = [(v, dots[v.name]) for v in self.inputs if isinstance(v.type, Array)]
        negative = entry.op("lt", self.order, ir.Const(0))
        problem = ir.Raise(ValueError, ("order must not be negative",), function.span)
        entry.out.append(ir.If(negative, (problem,), (), function.span))
        shape_checks(entry, arrays, "tangent")
        checks = len(start)
        for v in param_vars(function.params):
            if self.active.holds(v):
                self.start(v, dots.get(v.name), entry)
        for name, value in function.constants:
            if name in self.active:
                array = ir.Var(name, Array(str(value.dtype), value.ndim))  # type: ignore[attr-defined]
                self.call("constant_array", (self.of(array),), entry)(array, self.order)
        body = [*start, *self.block(function.body)]
        last = Emitter(self.supply, body, function.span)
        returns = tuple(self.output(a, last) for a in function.returns)
        return replace(
            function,
            name=f"{function.name.removesuffix('_value')}_taylor",
            params=(*function.params, *params, ir.Param(order, self.order)),
            body=(*body[:checks], *self.prologue(), *body[checks:]),
            returns=returns,
        )

    def run_inside(self) -> ir.Function:
        """Return the function that takes and returns series beside values."""
        function = self.function
        start: list[ir.Stmt] = []
        entry = Emitter(self.supply, start, function.span)
        params = []
        for v in self.inputs:
            given = self.supply.fresh(f"{v.name}_series")
            param = ir.Var(given, series_type(v.type))
            params.append(ir.Param(given, param))
            if isinstance(v.type, Array):
                self.known[v.name] = param
            elif self.active.holds(v):
                self.call("copy_series", (), entry)(self.of(v), param)
        self.order = ir.Var(self.supply.fresh("order"), INT)
        moving = {v.name for v in self.inputs}
        for v in param_vars(function.params):
            if self.active.holds(v) and v.name not in moving:
                self.start(v, None, entry)
        body = [*start, *self.block(function.body)]
        last = Emitter(self.supply, body, function.span)
        found = [self.series_of_result(a, last) for a in function.returns]
        returns = (*function.returns, *found)
        return replace(
            function,
            params=(*function.params, *params, ir.Param(self.order.name, self.order)),
            body=(*self.prologue(), *body),
            returns=returns,
            result=tuple(range(len(returns))),
        )

    def series_of_result(self, atom: ir.Atom, emit: Emitter) -> ir.Atom:
        """Return the series of a result, which is nobody else's."""
        if self.active.holds(atom):
            assert isinstance(atom, ir.Var)
            if isinstance(atom.type, Array):
                return self.of(atom)
            target = ir.Var(self.supply.fresh("result_series"), series_type(atom.type))
            return emit.let(target, ir.Op("copy", (self.of(atom),)))
        target = ir.Var(self.supply.fresh("result_series"), series_type(atom.type))
        if isinstance(atom.type, Array):
            self.call("constant_array", (target,), emit)(atom, self.order)
        else:
            like = self.room(float_of(atom.type), 0)
            self.call("number_coefficients", (target,), emit)(atom, like, self.order)
        return target

    def start(self, var: ir.Var, dot: ir.Var | None, emit: Emitter) -> None:
        """Append the series of an argument."""
        row = self.of(var)
        if isinstance(var.type, Array):
            if dot is None:
                self.call("constant_array", (row,), emit)(var, self.order)
            else:
                self.call("moving_array", (row,), emit)(var, dot, self.order)
        elif dot is None:
            self.call("constant_series", (), emit)(row, var)
        else:
            self.call("moving_number", (), emit)(row, var, dot)

    def prologue(self) -> list[ir.Stmt]:
        """Return the statements that make the rows."""
        out: list[ir.Stmt] = []
        emit = Emitter(self.supply, out, self.function.span)
        width = ir.Op("add", (self.order, ir.Const(1)))
        for dtype in sorted({_dtype(row) for row in self.rows} | set(self.needed)):
            own = [row for row in self.rows if _dtype(row) == dtype]
            count = len(own) + self.needed.get(dtype, 0)
            rows = ir.Var(self.supply.fresh("rows"), Array(dtype, 2))
            emit.let(rows, ir.Op("empty", (ir.Const(count), width), (dtype,)))  # type: ignore[arg-type]
            for k, row in enumerate(own):
                self.call("row_of", (row,), emit)(rows, ir.Const(k))
            if dtype in self.scratch:
                rest = ir.Slice(ir.Const(len(own)), None, None)
                emit.let(self.scratch[dtype], ir.Load(rows, (rest,)))
        return out

    # Names ------------------------------------------------------------------------------

    def of(self, var: ir.Var) -> ir.Var:
        """Return the series of a name."""
        if var.name not in self.known:
            base = "series" if var.name.startswith("_") else f"{var.name}_series"
            type_ = var.type
            assert isinstance(type_, Array | Scalar)
            rank = type_.ndim + 1 if isinstance(type_, Array) else 1
            made = ir.Var(self.supply.fresh(base), Array(type_.dtype, rank))
            self.known[var.name] = made
            if isinstance(type_, Scalar):
                self.rows.append(made)
        return self.known[var.name]

    def room(self, dtype: str, count: int) -> ir.Var:
        """Return rows that a call may use."""
        if dtype not in self.scratch:
            self.scratch[dtype] = ir.Var(self.supply.fresh("scratch"), Array(dtype, 2))
        self.needed[dtype] = max(self.needed.get(dtype, 0), count)
        return self.scratch[dtype]

    def call(self, name: str, targets: tuple[ir.Var, ...], emit: Emitter) -> Callable[..., None]:
        """Return what appends a call of a part that is written by hand."""
        function = self.made.setdefault((name,), SeriesCall(name))

        def append(*args: Any) -> None:
            emit.out.append(ir.Call(targets, function, name, args, emit.span))

        return append

    def output(self, atom: ir.Atom, emit: Emitter) -> ir.Atom:
        """Return the coefficients of a result."""
        base = "coefficients"
        if isinstance(atom, ir.Var) and not atom.name.startswith("_"):
            base = f"{atom.name}_coefficients"
        type_ = atom.type
        is_array = isinstance(type_, Array)
        rank = type_.ndim + 1 if isinstance(type_, Array) else 1
        dtype = float_of(type_)
        target = ir.Var(self.supply.fresh(base), Array(dtype, rank))
        if self.active.holds(atom):
            assert isinstance(atom, ir.Var)
            if not is_array:
                return emit.let(target, ir.Op("copy", (self.of(atom),)))
            self.call("array_coefficients", (target,), emit)(atom, self.of(atom))
        else:
            name = "constant_coefficients" if is_array else "number_coefficients"
            like = self.room(dtype, 0)
            self.call(name, (target,), emit)(atom, like, self.order)
        return target

    # Statements -------------------------------------------------------------------------

    def block(self, block: ir.Block) -> ir.Block:
        """Return a block with series."""
        out: list[ir.Stmt] = []
        for stmt in block:
            self.stmt(stmt, Emitter(self.supply, out, stmt.span))
        return tuple(out)

    def stmt(self, stmt: ir.Stmt, emit: Emitter) -> None:
        """Append a statement and what it does to series."""
        match stmt:
            case ir.Let(target=target, value=value):
                self.let(stmt, target, value, emit)
            case ir.Accum(target=target, index=index, value=value):
                emit.out.append(stmt)
                if self.active.holds(target):
                    self.add(target, index, value, emit)
            case ir.Store(array=array, index=index, value=value):
                emit.out.append(stmt)
                if self.active.holds(array):
                    if self.active.holds(value):
                        assert isinstance(value, ir.Var)
                        given = (self.of(array), self.of(value), *index)
                        self.call("store_series", (), emit)(*given)
                    else:
                        self.call("clear_series", (), emit)(self.of(array), *index)
            case ir.For(body=body):
                emit.out.append(replace(stmt, body=self.block(body)))
            case ir.While(cond_body=head, body=body):
                new = replace(stmt, cond_body=self.block(head), body=self.block(body))
                emit.out.append(new)
            case ir.If(then=then, orelse=orelse):
                emit.out.append(replace(stmt, then=self.block(then), orelse=self.block(orelse)))
            case ir.Call():
                series_at_call(stmt, self, emit)
            case ir.Raise():
                emit.out.append(stmt)
            case ir.Save() | ir.Restore():
                raise InternalError("series", "stacks have no series")
            case _:
                assert_never(stmt)

    def add(self, target: ir.Var, index: ir.Index | None, value: ir.Atom, emit: Emitter) -> None:
        """Append what an addition does to series."""
        own = self.of(target)
        if not self.active.holds(value):
            if index is None:
                emit.store(own, (ir.Const(0),), target)
            return
        assert isinstance(value, ir.Var)
        if index is None:
            self.call("add_to_row", (), emit)(own, target, self.of(value))
        else:
            self.call("add_to_element", (), emit)(own, self.of(value), *index)

    def let(self, stmt: ir.Let, target: ir.Var, value: ir.Value, emit: Emitter) -> None:
        """Append `target = value` and its series."""
        if not self.active.holds(target):
            emit.out.append(stmt)
            return
        if isinstance(target.type, Array):
            emit.out.append(stmt)
            self.array(target, value, emit)
            return
        own = self.of(target)
        match value:
            case ir.Load(array=array, index=index) if self.active.holds(array):
                emit.out.append(stmt)
                self.call("load_series", (), emit)(own, target, self.of(array), *index)
            case ir.Var() if self.active.holds(value):
                emit.out.append(stmt)
                self.copy(own, value, emit)
            case ir.Op(args=args) if any(map(self.active.holds, args)):
                if target in args:
                    result = ir.Var(self.supply.temporary(), target.type)
                    emit.let(result, value)
                    self.operation(value, result, emit)
                    self.copy(own, result, emit)
                    emit.let(target, result)
                else:
                    emit.out.append(stmt)
                    self.operation(value, target, emit)
            case _:
                emit.out.append(stmt)
                self.call("constant_series", (), emit)(own, target)

    def copy(self, own: ir.Var, value: ir.Var, emit: Emitter) -> None:
        """Append the copy of a series."""
        self.call("copy_series", (), emit)(own, self.of(value))

    def operation(self, op: ir.Op, result: ir.Var, emit: Emitter) -> None:
        """Append the series of an operation."""
        active = tuple(map(self.active.holds, op.args))
        for k, is_active in enumerate(active):
            if is_active:
                check_known(op, k, emit.span)
        literals = tuple(a.value for a in op.args if isinstance(a, ir.Const))
        kinds = tuple(map(type, literals))
        key = (op.prim, active, op.static, len(op.args), tuple(map(repr, literals)), kinds)
        if key not in self.made:
            name = self.supply.fresh(_series_name(op, active))
            try:
                self.made[key] = SeriesCall(name, recurrence(op, active, name))
            except NoRecurrenceError as error:
                raise unknown(_written(op), str(error), emit.span) from None
        function = self.made[key]
        assert function.made is not None
        args: list[ir.Atom] = []
        for arg, is_active in zip(op.args, active, strict=True):
            if is_active:
                assert isinstance(arg, ir.Var)
                args.append(self.of(arg))
            elif not isinstance(arg, ir.Const):
                args.append(arg)
        assert isinstance(result.type, Scalar)
        if function.made.rows:
            args.append(self.room(result.type.dtype, function.made.rows))
        given = (self.of(result), result, *args)
        emit.out.append(ir.Call((), function, function.name, given, emit.span))

    def array(self, target: ir.Var, value: ir.Value, emit: Emitter) -> None:
        """Append the series of a new array, or of a new name of one."""
        own = self.of(target)
        match value:
            case ir.Op(prim="grown" | "grown_list", args=(ir.Var() as stack, top)):
                self.call("grown_series", (own,), emit)(self.of(stack), top)
            case ir.Var():
                emit.let(own, self.of(value))
            case ir.Load(array=array, index=index):
                emit.let(own, ir.Load(self.of(array), index))
            case ir.Op(prim="copy", args=(ir.Var() as source,)) if self.active.holds(source):
                emit.let(own, ir.Op("copy", (self.of(source),)))
            case ir.Op(prim="full" | "full_like", args=args):
                filled = args[1] if value.prim == "full_like" else args[0]
                if self.active.holds(filled):
                    assert isinstance(filled, ir.Var)
                    self.call("filled_array", (own,), emit)(target, self.of(filled))
                else:
                    self.call("constant_array", (own,), emit)(target, self.order)
            case ir.Op(prim="select", args=(test, ir.Var() as a, ir.Var() as b)):
                emit.let(own, ir.Op("select", (test, self.of(a), self.of(b))))
            case ir.Op(args=args) if not any(map(self.active.holds, args)) or value.prim.endswith(
                "_like"
            ):
                self.call("constant_array", (own,), emit)(target, self.order)
            case _:
                raise InternalError("series", f"an array is made by {value}")


def _moves(var: ir.Var) -> bool:
    return is_float(var.type)


def _dot_of(dots: dict[str, ir.Var]) -> Callable[[object], object]:
    """Return what maps a leaf of a parameter to its tangent."""
    return lambda value: dots.get(value.name) if isinstance(value, ir.Var) else None


def _dtype(row: ir.Var) -> str:
    assert isinstance(row.type, Array)
    return row.type.dtype


def _series_name(op: ir.Op, active: tuple[bool, ...]) -> str:
    """Return a name for what computes the series of an operation: another text, another name."""
    words = [op.prim.removeprefix("special_"), "series"]
    for arg, is_active in zip(op.args, active, strict=True):
        literal = re.sub(r"\W", "_", repr(arg.value)) if isinstance(arg, ir.Const) else "n"
        words.append("x" if is_active else literal)
    return "_".join(words[:2] if all(active) else words)


def _written(op: ir.Op) -> str:
    return PRIMS[op.prim].spelling if op.prim in PRIMS else op.prim
