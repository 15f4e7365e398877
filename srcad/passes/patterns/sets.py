"""Patterns: every unknown float is followed by the set of inputs that it depends on.

Before                              After
    t = x[i] * y                        t_set = union(store, x_set[i], y_set)
    k = int(t)                          k_least, k_most = -FAR, FAR
    if t > 0: s = t                     s_set_then = t_set
    else:     s = 0.0                   s_set = union(store, s_set_then, 0)

What does not depend on the inputs is computed as ever; of what does, only the set is, and
for integers and tests two bounds (`passes.spans`). So both sides of a branch that depends on
the inputs are taken one after the other, and a loop that does goes round until no set grows
(`passes.set_flow`). Second derivatives are noted where an operation is not linear: `meet`
(nonlinear interaction; A. Walther, ACM Trans. Math. Softw. 34 (2008), art. 3).

On entry: typed, flat IR without operations on whole arrays. On exit: flat IR of a function of
the same arguments and of a store (`backend.index_sets`), that returns a set, or an array of
sets, for each output, and for second derivatives what `meet` has returned last.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NoReturn, assert_never

from srcad.analysis.activity import activity, check_draws
from srcad.analysis.aliasing import aliasing
from srcad.analysis.unknown import FACTS, Unknowns, structural
from srcad.errors import NotDifferentiable, Problem
from srcad.ir import nodes as ir
from srcad.ir.names import NameSupply
from srcad.ir.types import BOOL, INT, Array, is_float
from srcad.ir.walk import assigned, param_vars, statements, targets
from srcad.passes.building.emitter import Emitter
from srcad.passes.building.entry import copies_at_entry
from srcad.passes.building.outputs import outputs, parameter_name
from srcad.passes.patterns import arrays as set_arrays
from srcad.passes.patterns import calls as set_calls
from srcad.passes.patterns import flow as set_flow
from srcad.passes.patterns.spans import (
    Span,
    anything,
    chosen,
    is_bool,
    is_integer,
    nothing,
    span_of,
)
from srcad.rules.interactions import interactions, linear_arguments
from srcad.rules.partials import check_known

EMPTY = ir.Const(0)
STORE = Array("int64", 1)


def sets(function: ir.Function, wrt: tuple[int, ...], *, second: bool) -> ir.Function:
    """Return the function that finds the pattern of the derivatives of `function`.

    wrt: positions of the parameters that it is differentiated by.
    second: whether pairs of inputs are noted, for second derivatives.
    """
    shared: set[str] = set()
    while True:
        try:
            return Sets(function, wrt, shared, second=second).run()
        except set_arrays.NeedsSharing as found:
            shared.add(found.name)


class Sets:
    """The names of sets and bounds, and the walk that emits them.

    growth: counts the sets that have grown, for each loop around that goes round until none
    does, with its body.
    arms: the uncertain blocks around the statement.
    shared: classes of arrays that have one array of sets for all their names.
    """

    def __init__(
        self, function: ir.Function, wrt: tuple[int, ...], shared: set[str], *, second: bool
    ) -> None:
        self.function = function
        self.classes = aliasing(function)
        self.out = outputs(function)
        chosen_params = [function.params[k] for k in wrt]
        self.inputs = [v for v in param_vars(chosen_params) if is_float(v.type)]
        names = [v.name for v in self.inputs]
        results = [a.name for a in self.out.atoms if isinstance(a, ir.Var)]
        self.active = activity(function, names, results, self.classes)
        check_draws(function, self.active)
        self.unknown = Unknowns(function, names, self.classes)
        self.structural = structural(function)
        self.second = second
        self.supply = NameSupply.of(function)
        taken = [p.name for p in function.params]
        self.store = ir.Var(self.supply.fresh(parameter_name("store", taken)), STORE)
        self.met = ir.Var(self.supply.fresh("met"), INT)
        self.growth: list[tuple[ir.Var, ir.Block]] = []
        self.shadows: dict[str, tuple[ir.Var, ...]] = {}
        self.starts: list[ir.Stmt] = []
        self.alike: dict[str, set[str]] = {}
        for var in array_names(function):
            self.alike.setdefault(self.classes.of(var), set()).add(var)
        self.arms: list[tuple[ir.Block, ...]] = []
        self.bound: dict[str, ir.Var] = {}
        self.shared = shared

    def run(self) -> ir.Function:
        """Return the function of sets."""
        function = self.function
        entry: list[ir.Stmt] = []
        emit = Emitter(self.supply, entry, function.span)
        copies_at_entry(emit, function, self.out.mutated)
        if self.second:
            emit.let(self.met, EMPTY)
        set_arrays.number_inputs(self, emit)
        body = self.block(function.body)
        end: list[ir.Stmt] = []
        last = Emitter(self.supply, end, function.span)
        values = [set_arrays.result(self, atom, last) for atom in self.out.atoms]
        if self.second:
            values.append(self.met)
        return replace(
            function,
            name=f"{function.name}_sets",
            params=(*function.params, ir.Param(self.store.name, self.store)),
            body=(*self.starts, *entry, *body, *end),
            returns=tuple(values),
            result=tuple(range(len(values))),
        )

    # Names ---------------------------------------------------------------------------

    def of(self, var: ir.Var) -> tuple[ir.Var, ...]:
        """Return what stands for an unknown name: a set, or two bounds."""
        name = self.own(var)
        if name not in self.shadows:
            self.shadows[name] = self._made(var)
        return self.shadows[name]

    def own(self, var: ir.Var) -> str:
        """Return the name that an array of sets belongs to: another one where it is shared."""
        root = self.classes.of(var.name)
        return root if root in self.shared else var.name

    def _made(self, var: ir.Var) -> tuple[ir.Var, ...]:
        fresh, base = self.supply.fresh, var.name.lstrip("_") or "k"
        if isinstance(var.type, Array):
            return (ir.Var(fresh(f"{base}_sets")),)
        if is_bool(var.type):
            return tuple(ir.Var(fresh(f"{base}_{part}"), BOOL) for part in ("must", "may"))
        if is_integer(var.type):
            return tuple(ir.Var(fresh(f"{base}_{part}"), INT) for part in ("least", "most"))
        return (ir.Var(fresh(f"{base}_set"), INT),)

    def constant(self, name: str) -> ir.Var:
        """Return the array of sets of a captured array that has another name, which is unknown."""
        self.shadows[name] = (ir.Var(self.supply.fresh(f"{name}_sets")),)
        return self.shadows[name][0]

    def nothing(self, var: ir.Var) -> tuple[ir.Atom, ...]:
        """Return what stands for a name that no path has assigned."""
        return (EMPTY,) if is_float(var.type) else nothing(var.type)

    def set_of(self, atom: ir.Atom) -> ir.Atom:
        """Return the set of a scalar; the empty one if it is known or no float."""
        if isinstance(atom, ir.Var) and is_float(atom.type) and self.unknown.holds(atom):
            return self.of(atom)[0]
        return EMPTY

    def span(self, atom: ir.Atom) -> Span:
        """Return the bounds of an integer or a test."""
        if isinstance(atom, ir.Var) and self.unknown.holds(atom):
            if not (is_bool(atom.type) or is_integer(atom.type)):
                return anything(atom.type)
            least, most = self.of(atom)
            return least, most
        return atom, atom

    def array(self, var: ir.Var) -> ir.Var:
        """Return the array of sets of an unknown array."""
        return self.of(var)[0]

    def refuse(self, what: str, hint: str, span: ir.Span | None) -> NoReturn:
        """Raise NotDifferentiable: there is no pattern of this."""
        raise NotDifferentiable.from_problems([Problem("E408", what, hint, span)])

    # Statements ----------------------------------------------------------------------

    def block(self, block: ir.Block) -> ir.Block:
        """Return what becomes of a block."""
        out: list[ir.Stmt] = []
        for k, stmt in enumerate(block):
            emit = Emitter(self.supply, out, stmt.span)
            if stmt in self.unknown.uncertain and isinstance(stmt, ir.If):
                set_flow.branch(self, stmt, set_flow.same_tests(stmt.test, block[:k]), emit)
            else:
                self.stmt(stmt, emit)
        return tuple(out)

    def stmt(self, stmt: ir.Stmt, emit: Emitter) -> None:
        """Append what becomes of a statement."""
        match stmt:
            case ir.Let(target=target):
                if isinstance(target.type, Array):
                    set_arrays.bind(self, stmt, emit)
                else:
                    self.let(stmt, emit)
            case ir.Accum(target=target, index=None, value=value):
                if not self.unknown.holds(target):
                    emit.out.append(stmt)
                    return
                sum_ = ir.Op("add", (target, value))
                self.assign(target, self.computed(target, sum_, emit), emit)
            case ir.Store(array=array) | ir.Accum(target=array):
                if self.unknown.holds(array):
                    set_arrays.write(self, stmt, emit)
                else:
                    emit.out.append(stmt)
            case ir.If():
                then, orelse = self.block(stmt.then), self.block(stmt.orelse)
                emit.out.append(replace(stmt, then=then, orelse=orelse))
            case ir.For():
                if stmt in self.unknown.uncertain:
                    set_flow.counted_loop(self, stmt, emit)
                else:
                    body = (*self.numbered(stmt), *self.block(stmt.body))
                    emit.out.append(replace(stmt, body=body))
            case ir.While():
                if stmt in self.unknown.uncertain:
                    set_flow.while_loop(self, stmt, emit)
                else:
                    head = self.block(stmt.cond_body)
                    body = self.block(stmt.body)
                    emit.out.append(replace(stmt, cond_body=head, body=body))
            case ir.Save() | ir.Restore():
                self.stack(stmt, emit)
            case ir.Call():
                set_calls.call(self, stmt, emit)
            case ir.Raise():
                if not self.arms:
                    emit.out.append(stmt)
            case _:
                assert_never(stmt)

    def numbered(self, loop: ir.For) -> ir.Block:
        """Return what gives the variable of a loop its bounds, if another loop has it unknown."""
        if not self.unknown.holds(loop.var):
            return ()
        return tuple(ir.Let(bound, loop.var, loop.span) for bound in self.of(loop.var))

    def let(self, stmt: ir.Let, emit: Emitter) -> None:
        """Append the assignment of a scalar."""
        target, value = stmt.target, self.with_sets(stmt.value)
        if self.unknown.holds(target):
            self.assign(target, self.computed(target, stmt.value, emit), emit)
        elif isinstance(value, ir.Load) and self.arms:
            set_arrays.read_known(self, target, value, emit)
        else:
            emit.out.append(replace(stmt, value=value))

    def assign(self, target: ir.Var, values: Sequence[ir.Atom], emit: Emitter) -> None:
        """Append the assignment of what stands for a name."""
        for shadow, value in zip(self.of(target), values, strict=True):
            emit.let(shadow, value)

    def with_sets(self, value: ir.Value) -> ir.Value:
        """Return a fact about an array with the array of sets in its place."""
        if isinstance(value, ir.Op) and value.prim in FACTS:
            args = tuple(
                self.array(a)
                if isinstance(a, ir.Var) and self.unknown.holds(a) and isinstance(a.type, Array)
                else a
                for a in value.args
            )
            return replace(value, args=args)
        return value

    def computed(self, target: ir.Var, value: ir.Value, emit: Emitter) -> tuple[ir.Atom, ...]:
        """Return what stands for a value, of the type of `target`."""
        if is_float(target.type):
            return (self.dependence(target, value, emit),)
        if not self.unknown.holds(value):
            known = ir.Var(self.supply.temporary(), target.type)
            self._known(known, value, emit)
            return known, known
        match value:
            case ir.Var() | ir.Const():
                return self.span(value)
            case ir.Load():
                return anything(target.type)
            case ir.Op():
                return span_of(emit, value, target.type, self.span)
            case _:
                assert_never(value)

    def _known(self, target: ir.Var, value: ir.Value, emit: Emitter) -> None:
        if isinstance(value, ir.Load) and self.arms:
            set_arrays.read_known(self, target, value, emit)
        else:
            emit.let(target, self.with_sets(value))

    def dependence(self, target: ir.Var, value: ir.Value, emit: Emitter) -> ir.Atom:
        """Return the set of a value that is a float."""
        match value:
            case ir.Var() | ir.Const():
                return self.set_of(value)
            case ir.Load(array=array):
                if not self.unknown.holds(array) or not is_float(array.type):
                    return EMPTY
                return set_arrays.read(self, value, emit)
            case ir.Op(prim="select", args=(test, a, b)) if not self.unknown.holds(test):
                return chosen(emit, test, self.set_of(a), self.set_of(b), INT)
            case ir.Op():
                return self.operation(target, value, emit)
            case _:
                assert_never(value)

    def operation(self, target: ir.Var, op: ir.Op, emit: Emitter) -> ir.Atom:
        """Return the set of the result of an operation, and note what meets in it."""
        found: ir.Atom = EMPTY
        for k in linear_arguments(op):
            given = self.set_of(op.args[k])
            if given != EMPTY:
                check_known(op, k, emit.span)
                found = self.union(found, given, emit)
        if self.second and found != EMPTY and self.active.holds(target):
            noted: list[set[ir.Atom]] = []
            for k, j in sorted(interactions(op)):
                pair = {self.set_of(op.args[k]), self.set_of(op.args[j])}
                if EMPTY not in pair and pair not in noted:
                    noted.append(pair)
                    self.meet(self.set_of(op.args[k]), self.set_of(op.args[j]), emit)
        return found

    def union(self, a: ir.Atom, b: ir.Atom, emit: Emitter) -> ir.Atom:
        """Return the union of two sets."""
        if EMPTY in (a, b) or a == b:
            return b if a == EMPTY else a
        return emit.let(ir.Var(self.supply.temporary(), INT), ir.Op("union", (self.store, a, b)))

    def meet(self, a: ir.Atom, b: ir.Atom, emit: Emitter) -> None:
        """Append the note that all of one set meets all of another."""
        emit.let(self.met, ir.Op("meet", (self.store, self.met, a, b)))

    def grown(self, old: ir.Atom, new: ir.Atom, var: ir.Var, emit: Emitter) -> ir.Atom:
        """Return the union of two sets, of which `old` stays in `var`, an array or a stack.

        Loops that pass it on to their next round count whether it has grown.
        """
        counts = [growth for growth, body in self.growth if not self.is_made_in(var, body)]
        if not counts or EMPTY in (old, new):
            return self.union(old, new, emit)
        found = ir.Var(self.supply.temporary(), INT)
        emit.let(found, ir.Op("grow", (self.store, old, new)))
        differs = emit.let(ir.Var(self.supply.temporary(), BOOL), ir.Op("ne", (found, old)))
        more = chosen(emit, differs, ir.Const(1), EMPTY, INT)
        for growth in counts:
            emit.let(growth, ir.Op("add", (growth, more)))
        return found

    def is_made_in(self, var: ir.Var, body: ir.Block) -> bool:
        """Return whether an array is made anew each time that a block runs."""
        names = self.alike.get(self.classes.of(var.name), ())
        made = assigned(body)
        return bool(names) and all(
            name in made and not self.unknown.escapes(name, body) for name in names
        )

    # Stacks --------------------------------------------------------------------------

    def stack(self, stmt: ir.Save | ir.Restore, emit: Emitter) -> None:
        """Append what becomes of a stack: one of sets, or one set for all that it ever holds."""
        slot = stmt.slot
        value = stmt.value if isinstance(stmt, ir.Save) else stmt.target
        if isinstance(value.type, Array):
            what = "an array that a derivative keeps has no pattern here"
            self.refuse(what, "differentiate the function that is called", stmt.span)
        if not self.unknown.holds(slot):
            if isinstance(stmt, ir.Restore) and self.unknown.holds(stmt.target):
                known = ir.Var(self.supply.temporary(), stmt.target.type)
                emit.out.append(ir.Restore(slot, known, stmt.span))
                self.assign(stmt.target, self.computed(stmt.target, known, emit), emit)
            else:
                emit.out.append(stmt)
            return
        if not is_float(value.type):
            if isinstance(stmt, ir.Restore):
                self.assign(stmt.target, anything(stmt.target.type), emit)
            return
        (shadow,) = self.of(ir.Var(slot.name, value.type))
        if slot.name not in self.unknown.summed:
            if isinstance(stmt, ir.Save):
                emit.out.append(ir.Save(shadow, self.set_of(stmt.value), stmt.span))
            else:
                emit.out.append(ir.Restore(shadow, self.of(stmt.target)[0], stmt.span))
            return
        self.start(shadow, EMPTY)
        if isinstance(stmt, ir.Save):
            emit.let(shadow, self.grown(shadow, self.set_of(stmt.value), slot, emit))
        else:
            self.assign(stmt.target, (shadow,), emit)

    def start(self, shadow: ir.Var, value: ir.Atom) -> None:
        """Let a set or a bound have a value from the entry of the function on."""
        if not any(isinstance(s, ir.Let) and s.target == shadow for s in self.starts):
            self.starts.append(ir.Let(shadow, value, self.function.span))


def array_names(function: ir.Function) -> set[str]:
    """Return the names of all arrays."""
    found = {v.name for v in param_vars(function.params) if isinstance(v.type, Array)}
    found |= {name for name, _ in function.constants}
    for stmt in statements(function.body):
        found |= {v.name for v in targets(stmt) if isinstance(v.type, Array)}
    return found
