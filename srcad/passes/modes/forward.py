"""Forward mode: every active value is followed by its tangent.

Before                              After
    t = x * x                           t = x * x
                                        t_dot = x_dot * x + x_dot * x
    y[i] = t                            y_dot[i] = t_dot
                                        y[i] = t

On entry: typed, flat IR. On exit: flat IR, with types declared for scalar tangents. The
tangent of a name is `name_dot`; the tangent of an alias or view is the same alias or view
of the tangent. No tape. (Griewank & Walther 2008, sec. 3.1.)
"""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from srcad.analysis.activity import Activity, activity, check_draws
from srcad.analysis.aliasing import aliasing
from srcad.analysis.limits import Limits, steep_tangents
from srcad.errors import InternalError
from srcad.ir import nodes as ir
from srcad.ir.names import NameSupply
from srcad.ir.quote import Expr, Name, substitute
from srcad.ir.types import Array, Scalar, is_float
from srcad.ir.walk import param_vars
from srcad.passes.building.emitter import Emitter, zero
from srcad.passes.building.entry import copies_at_entry, fresh_results, shape_checks
from srcad.passes.building.outputs import (
    map_leaves,
    of_floats,
    outputs,
    parameter_name,
    shifted,
)
from srcad.passes.modes.calls import tangent_call
from srcad.rules.partials import FLOW, check_known, operation_rule, times
from srcad.rules.table import environment


def forward(function: ir.Function, wrt: tuple[int, ...]) -> ir.Function:
    """Return the tangent of `function`: `(*params, *dots) -> (out, out_dot)`.

    wrt: positions of the parameters that get a tangent argument.
    """
    classes = aliasing(function)
    out = outputs(function)
    inputs = [v for k in wrt for v in param_vars((function.params[k],)) if is_float(v.type)]
    active = activity(
        function,
        [v.name for v in inputs],
        [a.name for a in out.atoms if isinstance(a, ir.Var)],
        classes,
    )
    check_draws(function, active)
    facts = steep_tangents(function, classes)
    return Forward(function, active, facts, [v.name for v in inputs]).run(wrt)


class Forward:
    """The names of tangents, and the walk that emits them."""

    def __init__(
        self, function: ir.Function, active: Activity, facts: Limits, inputs: list[str]
    ) -> None:
        self.function = function
        self.active = active
        self.limits = facts
        self.inputs = set(inputs)
        self.supply = NameSupply.of(function)
        self.dots: dict[str, ir.Var] = {}

    def run(self, wrt: tuple[int, ...]) -> ir.Function:
        """Return the function that takes and returns tangents as well."""
        function = self.function
        classes = aliasing(function)
        out = outputs(function)
        params = [self.param(function.params[k]) for k in wrt]
        body: list[ir.Stmt] = []
        entry = Emitter(self.supply, body, function.span)
        pairs = [
            (v, self.dot(v))
            for k in wrt
            for v in param_vars((function.params[k],))
            if isinstance(v.type, Array) and is_float(v.type)
        ]
        shape_checks(entry, pairs, "tangent")
        copied = copies_at_entry(entry, function, out.mutated)
        for v in out.mutated:
            if v.name in self.inputs and self.active.holds(v):
                entry.let(self.dot(v), ir.Op("copy", (self.dot(v),)))
        for v in param_vars(function.params):
            if self.active.holds(v) and v.name not in self.inputs:
                entry.let(self.dot(v), self.no_tangent(v))
        for name, _ in function.constants:
            if name in self.active:
                constant = ir.Var(name)
                entry.let(ir.Var(self.name_of(name)), ir.Op("zeros_like", (constant,), (None,)))
        body.extend(self.block(function.body))
        last = Emitter(self.supply, body, function.span)
        values = fresh_results(last, function, out.atoms, classes, copied)
        tangents = [self.output_tangent(a, v, last) for a, v in zip(out.atoms, values, strict=True)]
        dots = of_floats(out.result, shifted(out.result, len(values)), out.atoms)
        result = (out.result, dots)
        return replace(
            function,
            name=f"{function.name}_tangent",
            params=(*function.params, *params),
            body=tuple(body),
            returns=(*values, *tangents),
            result=result,
        )

    # Names ---------------------------------------------------------------------------

    def name_of(self, name: str) -> str:
        """Return the name of the tangent of `name`."""
        if name not in self.dots:
            self.dots[name] = ir.Var(self.supply.fresh(f"{name}_dot"))
        return self.dots[name].name

    def dot(self, var: ir.Var) -> ir.Var:
        """Return the tangent of a name."""
        type_ = var.type if isinstance(var.type, Scalar) else None
        return ir.Var(self.name_of(var.name), type_)

    def param(self, param: ir.Param) -> ir.Param:
        """Return the parameter that takes the tangent of `param`."""

        def leaf(value: object) -> object:
            if isinstance(value, ir.Var) and is_float(value.type):
                return ir.Var(self.name_of(value.name), value.type)
            return None

        taken = [p.name for p in self.function.params]
        name = parameter_name(f"{param.name}_dot", taken)
        return ir.Param(name, of_floats(param.value, map_leaves(param.value, leaf)))

    def no_tangent(self, var: ir.Var) -> ir.Value:
        """Return a tangent of zero for `var`."""
        if isinstance(var.type, Array):
            return ir.Op("zeros_like", (var,), (None,))
        return zero(var.type)

    def output_tangent(self, atom: ir.Atom, value: ir.Atom, last: Emitter) -> ir.Atom:
        """Return the tangent of an output: zeros where it does not depend on the inputs."""
        if isinstance(atom, ir.Var) and self.active.holds(atom):
            dot = self.dot(atom)
            # An array that is not copied is new, and nobody else's: so is its tangent.
            if isinstance(atom.type, Array) and value is not atom:
                return last.let(ir.Var(self.supply.fresh(dot.name)), ir.Op("copy", (dot,)))
            return dot
        if isinstance(atom, ir.Var) and isinstance(atom.type, Array):
            name = ir.Var(self.supply.fresh(f"{atom.name}_dot"))
            assert isinstance(value, ir.Var)
            dtype = None if is_float(atom.type) else "float64"
            return last.let(name, ir.Op("zeros_like", (value,), (dtype,)))
        kind = atom.type if is_float(atom.type) else None
        return ir.Const(0.0, kind)

    # Statements ----------------------------------------------------------------------

    def block(self, block: ir.Block) -> ir.Block:
        """Return `block` with tangents."""
        out: list[ir.Stmt] = []
        for stmt in block:
            self.stmt(stmt, Emitter(self.supply, out, stmt.span))
        return tuple(out)

    def stmt(self, stmt: ir.Stmt, emit: Emitter) -> None:
        """Append `stmt` and what it does to tangents."""
        match stmt:
            case ir.Let(target=target, value=value):
                self.let(stmt, target, value, emit)
            case ir.Accum(target=target, index=index, value=value):
                if self.active.holds(target) and self.active.holds(value):
                    assert isinstance(value, ir.Var)
                    dots = self.dot(target), index, self.dot(value)
                    emit.accumulate(*dots, any_order=stmt.any_order)
                emit.out.append(stmt)
            case ir.Store(array=array, index=index, value=value):
                if self.active.holds(array):
                    emit.store(self.dot(array), index, self.tangent(value))
                emit.out.append(stmt)
            case ir.For(body=body):
                emit.out.append(replace(stmt, body=self.block(body)))
            case ir.While(cond_body=head, body=body):
                new = replace(stmt, cond_body=self.block(head), body=self.block(body))
                emit.out.append(new)
            case ir.If(then=then, orelse=orelse):
                emit.out.append(replace(stmt, then=self.block(then), orelse=self.block(orelse)))
            case ir.Save(slot=slot, value=value):
                emit.out.append(stmt)
                if self.active.holds(slot):
                    emit.out.append(ir.Save(self.dot(slot), self.tangent(value), stmt.span))
            case ir.Restore(slot=slot, target=target):
                emit.out.append(stmt)
                if self.active.holds(slot):
                    known = self.active.holds(target)
                    dot = self.dot(target) if known else ir.Var(self.supply.temporary())
                    emit.out.append(ir.Restore(self.dot(slot), dot, stmt.span))
            case ir.Call():
                tangent_call(stmt, self, emit)
            case ir.Raise():
                emit.out.append(stmt)
            case _:
                assert_never(stmt)

    def tangent(self, atom: ir.Atom) -> ir.Atom:
        """Return the tangent of an operand, a literal zero where it has none."""
        if isinstance(atom, ir.Var) and self.active.holds(atom):
            return self.dot(atom)
        return zero(atom.type)

    def let(self, stmt: ir.Let, target: ir.Var, value: ir.Value, emit: Emitter) -> None:
        """Append `target = value` and its tangent."""
        if not self.active.holds(target):
            emit.out.append(stmt)
            return
        dot = self.dot(target)
        if isinstance(target.type, Array):
            emit.out.append(stmt)
            emit.let(dot, self.array_tangent(target, value))
            return
        match value:
            case ir.Var() | ir.Const():
                emit.let(dot, self.tangent(value))
                emit.out.append(stmt)
            case ir.Load(array=array, index=index):
                known = self.active.holds(array)
                emit.let(dot, ir.Load(self.dot(array), index) if known else zero(target.type))
                emit.out.append(stmt)
            case ir.Op(args=args) if target in args:
                result = emit.temp(value)
                emit.let(dot, self.op_tangent(value, result, emit))
                emit.let(target, result)
            case ir.Op():
                emit.out.append(stmt)
                emit.let(dot, self.op_tangent(value, target, emit))
            case _:
                assert_never(value)

    def op_tangent(self, op: ir.Op, result: ir.Atom, emit: Emitter) -> ir.Atom:
        """Return the sum of `partial * tangent` over the active arguments."""
        rule = operation_rule(op)
        if rule is None:
            raise InternalError("forward", f"no rule for {op.prim}")
        env = environment(rule, op.args, result) if rule.partials else {}
        memo: dict[Expr, ir.Atom] = {}
        terms: list[ir.Atom] = []
        for k in rule.active:
            arg = op.args[k]
            if isinstance(arg, ir.Var) and self.active.holds(arg):
                check_known(op, k, emit.span)
                flow = self.dot(arg)
                name = f"{FLOW}{k}"
                expr = _renamed(times(op, k, flow, self.limits.forward(op, arg)), name)
                terms.append(emit.expand(expr, {**env, name: flow}, memo))
        if not terms:
            return zero(result.type)
        total = terms[0]
        for term in terms[1:]:
            total = emit.op("add", total, term)
        return total

    def array_tangent(self, target: ir.Var, value: ir.Value) -> ir.Value:
        """Return the tangent of a new name of an array, or of a new array."""
        match value:
            case ir.Var():
                return self.dot(value)
            case ir.Load(array=array, index=index):
                return ir.Load(self.dot(array), index)
            case ir.Op(prim="copy", args=(ir.Var() as source,)) if self.active.holds(source):
                return ir.Op("copy", (self.dot(source),))
            case ir.Op(prim="full" | "full_like", args=args):
                filled = args[1] if value.prim == "full_like" else args[0]
                return ir.Op("full_like", (target, self.tangent(filled)), (None,))
            case ir.Op(prim="select", args=(test, ir.Var() as a, ir.Var() as b)):
                return ir.Op("select", (test, self.dot(a), self.dot(b)))
            case _:
                return ir.Op("zeros_like", (target,), (None,))


def _renamed(expr: Expr, name: str) -> Expr:
    return substitute(expr, {FLOW: Name(name)})
