"""The reverse sweep: for each statement, what its adjoint does.

`Sweep.reverse(stmt)` appends to the innermost frame of the region. The table is that of
the design, section 4; the formulas are the textbook's (Griewank & Walther 2008, sec. 3.2):
`t = f(a, b)` becomes `a_bar += t_bar * f_a; b_bar += t_bar * f_b; t_bar = 0`. Cleaning up
(assign instead of add where the adjoint is zero, dead zeros) is left to `simplify`.
"""

from __future__ import annotations

from typing import assert_never

from srcad.analysis.overwrites import Access
from srcad.analysis.values import Def
from srcad.errors import InternalError
from srcad.ir import nodes as ir
from srcad.ir import quote
from srcad.ir.quote import Expr
from srcad.ir.types import Array, Scalar
from srcad.passes.building.contributions import contributions
from srcad.passes.building.emitter import Emitter, add_elements, element_loops, zero
from srcad.passes.kept.frames import Frame
from srcad.passes.kept.kept_tests import with_kept_tests
from srcad.passes.kept.needed_values import CannotMerge, Region
from srcad.passes.kept.slots import make_slot
from srcad.passes.modes.calls import adjoint_call
from srcad.passes.modes.shadows import shadow_of
from srcad.passes.modes.sweep_flow import reverse_branch, reverse_counted_loop, reverse_while_loop
from srcad.rules.partials import FLOW, operation_rule
from srcad.rules.table import environment


class Sweep:
    """Reverses the statements of one region."""

    def __init__(self, region: Region) -> None:
        self.region = region
        self.context = region.context
        self.facts = region.facts
        self.active = region.context.active

    @property
    def frame(self) -> Frame:
        """Return the frame that statements are appended to now."""
        return self.region.frames[-1]

    def emitter(self, stmt: ir.Stmt) -> Emitter:
        """Return an emitter of statements that stand for `stmt`."""
        return Emitter(self.context.supply, self.frame.out, stmt.span)

    def bar(self, atom: ir.Atom) -> ir.Var:
        """Return the adjoint of a name."""
        assert isinstance(atom, ir.Var)
        return self.context.bar(atom.name)

    def is_active(self, atom: object) -> bool:
        """Return whether a derivative flows through `atom`."""
        return self.active.holds(atom)

    # Blocks ----------------------------------------------------------------------------

    def reverse_block(self, frame: Frame, block: ir.Block) -> ir.Block:
        """Return the reversal of a block, in a frame of its own."""
        self.region.frames.append(frame)
        for index in range(len(block) - 1, -1, -1):
            frame.index = index
            self.reverse(block[index])
        self.region.frames.pop()
        return tuple(frame.out)

    def reverse(self, stmt: ir.Stmt) -> None:
        """Append the adjoint of one statement."""
        match stmt:
            case ir.Let(target=target, value=value):
                if self.is_active(target):
                    self.let(stmt, target, value)
            case ir.Accum():
                self.accumulation(stmt)
            case ir.Store():
                self.store(stmt)
            case ir.For():
                reverse_counted_loop(self, stmt)
            case ir.While():
                reverse_while_loop(self, stmt)
            case ir.If():
                reverse_branch(self, stmt)
            case ir.Save(slot=slot, value=value):
                if self.is_active(slot):
                    emit = self.emitter(stmt)
                    back = ir.Var(self.context.supply.temporary(), slot.type)
                    emit.out.append(ir.Restore(self.slot_bar(slot), back, stmt.span))
                    if self.is_active(value):
                        emit.accumulate(self.bar(value), None, back)
            case ir.Restore(slot=slot, target=target):
                if self.is_active(slot):
                    emit = self.emitter(stmt)
                    known = self.is_active(target)
                    flow = self.bar(target) if known else zero(slot.type)
                    emit.out.append(ir.Save(self.slot_bar(slot), flow, stmt.span))
                    if known:
                        emit.let(self.bar(target), zero(target.type))
            case ir.Call():
                adjoint_call(stmt, self)
            case ir.Raise():
                pass
            case _:
                assert_never(stmt)

    def slot_bar(self, slot: ir.Var) -> ir.Var:
        """Return the stack of the adjoints of what is on the stack `slot`."""
        return self.context.slot_bar(slot)

    # Assignments -----------------------------------------------------------------------

    def let(self, stmt: ir.Let, target: ir.Var, value: ir.Value) -> None:
        """Append the adjoint of `target = value`."""
        if isinstance(target.type, Array):
            self.array_let(stmt, target, value)
            return
        emit = self.emitter(stmt)
        bar = self.bar(target)
        match value:
            case ir.Var() | ir.Const():
                if self.is_active(value):
                    emit.accumulate(self.bar(value), None, bar)
                emit.let(bar, zero(target.type))
            case ir.Load(array=array, index=index):
                if self.is_active(array):
                    where = self.region.use_index(stmt, index)
                    emit.accumulate(self.shadow(stmt, array), where, bar)
                emit.let(bar, zero(target.type))
            case ir.Op():
                self.operation(stmt, value, bar)
            case _:
                assert_never(value)

    def operation(self, stmt: ir.Let, op: ir.Op, bar: ir.Var) -> None:
        """Add `bar * partial` to the adjoint of every active argument, then clear `bar`.

        Where the target is an argument itself (`s = s * x`), its adjoint comes last: it
        is overwritten by what the argument gets.
        """
        rule = operation_rule(op)
        if rule is None:
            raise InternalError("reverse", f"no rule for {op.prim}")
        emit = self.emitter(stmt)
        memo: dict[Expr, ir.Atom] = {}
        env: dict[str, ir.Atom] = {FLOW: bar}
        for k, offset in enumerate(self.context.limits.offsets(op) or ()):
            env[f"offset{k}"] = ir.Var(offset)
        sources = environment(rule, op.args, stmt.target)
        own: ir.Atom = zero(stmt.target.type)
        given = contributions(stmt, op, bar, self.context.limits, self.is_active)
        for arg, exact in given.items():
            expr = with_kept_tests(self.region, stmt, exact, sources, env)
            for name in sorted(quote.names(expr) - env.keys()):
                env[name] = self.value_of(stmt, sources[name], is_result=name == "y")
            value = emit.expand(expr, env, memo)
            if op.prim == "print_cotangent":
                value = emit.op("shown_cotangent", value, static=op.static)
            if arg == stmt.target.name:
                own = value
            else:
                emit.accumulate(self.context.bar(arg), None, value)
        emit.let(bar, own)

    def value_of(self, stmt: ir.Let, atom: ir.Atom, *, is_result: bool) -> ir.Atom:
        """Return an operand of `stmt`, or its result, as it was when `stmt` ran."""
        if is_result:
            return self.region.recover(self.facts.defs[stmt, stmt.target.name])
        return self.region.use(stmt, atom)

    def array_let(self, stmt: ir.Let, target: ir.Var, value: ir.Value) -> None:
        """Aliases and views need nothing; copies and fills give back what they took."""
        emit = self.emitter(stmt)
        match value:
            case ir.Op(prim="copy", args=(ir.Var() as source,)) if self.is_active(source):
                assert isinstance(target.type, Array)
                own = self.made_shadow(stmt, target)
                add_elements(emit, self.shadow(stmt, source), own, target.type.ndim)
            case ir.Op(prim="full" | "full_like", args=args):
                filled = args[1] if value.prim == "full_like" else args[0]
                if self.is_active(filled):
                    self.collect(stmt, target, self.bar(filled), emit)
            case _:
                pass

    def collect(self, stmt: ir.Let, target: ir.Var, bar: ir.Var, emit: Emitter) -> None:
        """Add all elements of the adjoint of an array to one scalar."""
        assert isinstance(target.type, Array)
        own = self.made_shadow(stmt, target)
        index = tuple(ir.Var(emit.supply.fresh(n)) for n in "ijklmnopq"[: target.type.ndim])
        value = ir.Var(emit.supply.temporary())
        body: list[ir.Stmt] = [
            ir.Let(value, ir.Load(own, index), stmt.span),
            ir.Accum(bar, None, value, stmt.span, any_order=True),
        ]
        element_loops(emit, own, target.type.ndim, body, index)

    def accumulation(self, stmt: ir.Accum) -> None:
        """Append the adjoint of `target += value`, which keeps nothing."""
        target, value = stmt.target, stmt.value
        emit = self.emitter(stmt)
        if stmt.index is not None:
            self.undo(stmt, target, stmt.index)
        if not (self.is_active(target) and self.is_active(value)):
            return
        if stmt.index is None:
            emit.accumulate(self.bar(value), None, self.bar(target))
            return
        where = self.region.use_index(stmt, stmt.index)
        flow = emit.temp(ir.Load(self.shadow(stmt, target), where))
        emit.accumulate(self.bar(value), None, flow)

    def store(self, stmt: ir.Store) -> None:
        """Append the adjoint of `array[index] = value`: read it, then set it to zero."""
        self.undo(stmt, stmt.array, stmt.index)
        if not self.is_active(stmt.array):
            return
        emit = self.emitter(stmt)
        where = self.region.use_index(stmt, stmt.index)
        shadow = self.shadow(stmt, stmt.array)
        if self.is_active(stmt.value):
            flow = emit.temp(ir.Load(shadow, where))
            emit.accumulate(self.bar(stmt.value), None, flow)
        assert isinstance(stmt.array.type, Array)
        emit.store(shadow, where, ir.Const(0.0))

    # Arrays ----------------------------------------------------------------------------

    def shadow(self, stmt: ir.Stmt, array: ir.Var) -> ir.Var:
        """Return the adjoint of the array that `stmt` names."""
        return shadow_of(self.region, self.facts.reads[stmt, array.name])

    def call_argument(self, stmt: ir.Call, atom: ir.Atom) -> ir.Atom:
        """Return an argument as it was when the call ran forward."""
        if isinstance(atom.type, Array) and isinstance(atom, ir.Var):
            d = self.facts.reads[stmt, atom.name]
            if not self.region.has_array(d):
                raise self.context.unsupported_array(d)
            name = self.context.classes.of(atom.name)
            if self.region.parent is not None:
                if self.region.is_overwritten(Access(stmt, d, None), name):
                    raise CannotMerge
            elif self.context.writes(name):
                self.context.reloads.add((stmt, atom.name, self.region.root))
        return self.region.use(stmt, atom)

    def made_shadow(self, stmt: ir.Let | ir.Call, target: ir.Var) -> ir.Var:
        """Return the adjoint of the array that `stmt` makes."""
        return shadow_of(self.region, self.facts.defs[stmt, target.name])

    def undo(self, stmt: ir.Store | ir.Accum, array: ir.Var, index: ir.Index) -> None:
        """Put the overwritten element back, if a statement before may read it again.

        What says where it is must be there before that: it may be in the element itself.
        """
        if not self.context.must_undo(stmt, array):
            return
        region = self.region
        if region.parent is not None:
            raise CannotMerge
        type_ = array.type
        assert isinstance(type_, Array)
        place, position = self.facts.where[stmt]
        slot = region.slots.get(stmt)
        if slot is None:
            at = Def("overwritten", array.name, stmt, place, position)
            slot = region.slots[stmt] = make_slot(region, at, Scalar(type_.dtype), array.name)
            self.context.note(region, at, slot.kind)
            before: list[ir.Stmt] = []
            emit = Emitter(self.context.supply, before, stmt.span)
            slot.save(region, emit, emit.temp(ir.Load(array, index)))
            region.before.setdefault(stmt, []).extend(before)
        emit = self.emitter(stmt)
        old: ir.Atom = slot.var
        if slot.kind != "scalar":
            old = ir.Var(self.context.supply.temporary(), Scalar(type_.dtype))
            assert isinstance(old, ir.Var)
            slot.restore(region, emit, old)
        self.frame.whole = True
        source, where = region.use(stmt, array), region.use_index(stmt, index)
        self.frame.whole = False
        assert isinstance(source, ir.Var)
        emit.store(source, where, old)
