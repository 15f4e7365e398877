"""Reverse mode: run forward, keep what is needed, run backward.

Before                          After
    t = math.sin(x)                 t = math.sin(x)
    y = t * x                       y = t * x
    return y                        t_bar = out_bar * x
                                    x_bar = out_bar * t
                                    x_bar += t_bar * math.cos(x)
                                    return y, x_bar

On entry: typed, flat IR. On exit: flat IR that the same passes accept again; scalar
adjoints have declared types, the rest is typed anew. The work is in `sweep` (what each
statement's adjoint is), `needed_values` (where values come from) and `single_sweep` (which
loops are swept once).
"""

from __future__ import annotations

from dataclasses import replace

from srcad.analysis.activity import activity, check_draws
from srcad.analysis.aliasing import Aliases, aliasing, written_arrays
from srcad.analysis.limits import limits
from srcad.analysis.values import ROOT, Values, values
from srcad.ir import nodes as ir
from srcad.ir.records import conjugated
from srcad.ir.types import Array, Scalar, is_float
from srcad.ir.walk import map_block, param_vars, statements
from srcad.passes.building.emitter import Emitter, add_elements, zero
from srcad.passes.building.entry import copies_at_entry, fresh_results, shape_checks
from srcad.passes.building.outputs import Outputs, map_leaves, of_floats, outputs, parameter_name
from srcad.passes.kept.context import Context, Note, Reload
from srcad.passes.kept.frames import Frame
from srcad.passes.kept.loads_or_stores import loads_to_keep
from srcad.passes.kept.needed_values import Region
from srcad.passes.modes.shadows import shadow_of
from srcad.passes.modes.single_sweep import Core, sweep_region


def reverse(
    function: ir.Function,
    wrt: tuple[int, ...],
    *,
    seeded: bool,
    value: bool,
    bare: bool,
    apart: bool = False,
    merges: bool = True,
) -> tuple[ir.Function, list[Note]]:
    """Return the adjoint of `function`, and what happens to each value that it needs.

    wrt: positions of the parameters that get an adjoint in the result.
    seeded: the adjoint of the (first) result is 1; else it is an argument.
    value: the result comes first, then the adjoints. bare: one adjoint is not a tuple.
    apart: each adjoint of a result is an argument; else they are one, a tree like the result.
    merges: whether loops may be swept once, so that the value comes with the adjoints.
    """
    function = _with_sites(function)
    facts = values(function)
    classes = aliasing(function)
    reloads: frozenset[Reload] = frozenset()
    keeping: dict[str, bool] = {}
    kept: frozenset[ir.Stmt] = frozenset()
    seen: set[Reload] = set()
    written = written_arrays(function, classes)
    while True:
        run = _Reverse(function, facts, classes, reloads, kept, wrt, seeded=seeded, apart=apart)
        run.context.merges = merges
        result = run.run(value=value, bare=bare)
        new = run.context.reloads - seen
        if not any(classes.of(name) in written for _, name, _ in new):
            return result, run.context.notes
        seen |= new
        kept |= loads_to_keep(run.context, seen, keeping)
        reloads = frozenset(r for r in seen if r[0] not in kept or r[2] != ROOT)


def _with_sites(function: ir.Function) -> ir.Function:
    """Return `function` with calls that the calls on the way back for them can be told by."""

    def change(stmt: ir.Stmt) -> ir.Stmt:
        return replace(stmt, site=object()) if isinstance(stmt, ir.Call) else stmt

    if not any(isinstance(stmt, ir.Call) for stmt in statements(function.body)):
        return function
    return replace(function, body=map_block(function.body, change))


class _Reverse:
    """One attempt, given what earlier attempts have found.

    reloads: the loads that are repeated in reverse. kept: those whose values are kept.
    """

    def __init__(
        self,
        function: ir.Function,
        facts: Values,
        classes: Aliases,
        reloads: frozenset[Reload],
        kept: frozenset[ir.Stmt],
        wrt: tuple[int, ...],
        *,
        seeded: bool,
        apart: bool,
    ) -> None:
        self.seeded = seeded
        self.apart = apart
        self.function = function
        self.wrt = wrt
        self.out: Outputs = outputs(function)
        self.inputs = [v for k in wrt for v in param_vars((function.params[k],))]
        if seeded:
            self.out = Outputs(function.returns, function.result, self.out.mutated)
        active = activity(
            function,
            [v.name for v in self.inputs if is_float(v.type)],
            [a.name for a in self.out.atoms if isinstance(a, ir.Var)],
            classes,
        )
        check_draws(function, active)
        names = [a.name for a in self.out.atoms if isinstance(a, ir.Var) and not seeded]
        results = [a.name for a in self.out.atoms if isinstance(a, ir.Var)]
        found = limits(function, classes, [v.name for v in self.inputs], names, results)
        self.context = Context(function, facts, classes, active, reloads, found, kept)
        self.region = Region(self.context, ROOT)
        self.bar_params: list[ir.Param] = []

    def run(self, *, value: bool, bare: bool) -> ir.Function:
        function, context = self.function, self.context
        supply = context.supply
        entry: list[ir.Stmt] = []
        emit = Emitter(supply, entry, function.span)
        frame = Frame((ROOT,), [], len(function.body))
        core = Core([], frame.out)
        self.region.frames.append(frame)
        last = Emitter(supply, frame.out, function.span)
        results: tuple[ir.Atom, ...] = ()
        if value:
            copied = frozenset(v.name for v in self.out.mutated)
            changing = context.changed_in_reverse()
            atoms = self.out.atoms
            results = fresh_results(last, function, atoms, context.classes, copied, changing)
        self.seed(last)
        self.region.frames.pop()
        sweep_region(self.region, core, function.body, frame)
        self.region.frames.append(frame)
        bars = [self.result_bar(v, last) for v in self.inputs]
        self.region.frames.pop()
        copies_at_entry(emit, function, self.out.mutated)
        for name, bar in context.bars.items():
            emit.let(bar, zero(context.type_of(name)))
        entry.extend(context.entry)
        body = (*entry, *self.region.at_start.get(ROOT, ()), *core.all())
        return self.assembled(body, results, bars, value=value, bare=bare)

    def assembled(
        self,
        body: ir.Block,
        results: tuple[ir.Atom, ...],
        bars: list[ir.Atom],
        *,
        value: bool,
        bare: bool,
    ) -> ir.Function:
        function = self.function
        structure = self.structure(len(results))
        gradient = structure[0] if bare else structure
        result: object = gradient
        if value:
            result = (self.out.result, gradient)
        return replace(
            function,
            name=f"{function.name}_adjoint",
            params=(*function.params, *self.bar_params),
            body=body,
            returns=(*results, *bars),
            result=result,
        )

    def structure(self, first: int) -> tuple[object, ...]:
        """Return the structure of the adjoints: that of the parameters."""
        count = first

        def leaf(_: object) -> object:
            nonlocal count
            count += 1
            return count - 1

        params = self.function.params
        values = [params[k].value for k in self.wrt]
        return tuple(conjugated(of_floats(v, map_leaves(v, leaf))) for v in values)

    # Seeds and results -----------------------------------------------------------------

    def seed(self, emit: Emitter) -> None:
        """Give the adjoints of the outputs their values."""
        context = self.context
        if self.seeded:
            first = self.out.atoms[0]
            if context.active.holds(first):
                assert isinstance(first, ir.Var)
                emit.accumulate(context.bar(first.name), None, ir.Const(1.0, first.type))
            return

        def leaf(k: object) -> object:
            assert isinstance(k, int)
            atom = self.out.atoms[k]
            if not is_float(atom.type):
                return None
            suffix = "" if isinstance(self.out.result, int) else f"_{k}"
            flow = ir.Var(context.supply.fresh(name + suffix), _cotangent_type(atom.type))
            if isinstance(atom, ir.Var) and context.active.holds(atom):
                self.add_seed(emit, atom, flow)
            return flow

        name = parameter_name("out_bar", (p.name for p in self.function.params))
        if self.apart:
            leaves = (leaf(k) for k in range(len(self.out.atoms)))
            self.bar_params = [ir.Param(v.name, v) for v in leaves if isinstance(v, ir.Var)]
        else:
            flows = of_floats(self.out.result, map_leaves(self.out.result, leaf), self.out.atoms)
            self.bar_params = [ir.Param(name, conjugated(flows))]

    def add_seed(self, emit: Emitter, atom: ir.Var, flow: ir.Var) -> None:
        """Add a cotangent argument to the adjoint of an output."""
        context = self.context
        if isinstance(atom.type, Array):
            final = context.facts.at_end[ROOT].get(atom.name)
            assert final is not None
            shape_checks(emit, [(atom, flow)], "cotangent")
            add_elements(emit, shadow_of(self.region, final), flow, atom.type.ndim)
        else:
            emit.accumulate(context.bar(atom.name), None, flow)

    def result_bar(self, var: ir.Var, emit: Emitter) -> ir.Atom:
        """Return the adjoint of an input, zeros if nothing depends on it."""
        context = self.context
        if context.active.holds(var):
            if isinstance(var.type, Array):
                return shadow_of(self.region, context.facts.arguments[var.name])
            return context.bar(var.name)
        if isinstance(var.type, Array):
            name = ir.Var(context.supply.fresh(f"{var.name}_bar"))
            dtype = None if is_float(var.type) else "float64"
            return emit.let(name, ir.Op("zeros_like", (var,), (dtype,)))
        return ir.Const(0.0, var.type if is_float(var.type) else None)


def _cotangent_type(type_: object) -> Scalar | Array:
    assert isinstance(type_, Scalar | Array)
    if isinstance(type_, Array):
        return Array(type_.dtype, type_.ndim, "A", mutable=False)
    return type_
