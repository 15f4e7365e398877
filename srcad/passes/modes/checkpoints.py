"""Loops with few checkpoints become calls of a function that cuts them in two.

Before                                  After
    for k in checkpointed(range(n), s):     x = steps(0, n, s, x, h)
        x = x + h * sin(x)

    def steps(lo, hi, slots, x, h):         (where it is not differentiated)
        for k in range(lo, hi):
            x = x + h * sin(x)
        return x

    def steps(lo, hi, slots, x, h):         (where reverse mode starts from it)
        if hi - lo <= 1:
            if lo < hi:
                k = lo
                x = x + h * sin(x)
        else:
            mid = lo + split(hi - lo, slots)
            x_mid = steps(lo, mid, slots, x, h)
            x = steps(mid, hi, slots - 1, x_mid, h)
        return x

The adjoint of the second form is that of any function that calls itself: it computes `x_mid`,
goes back through the second part, and then through the first. What waits meanwhile are states
of the loop, `slots` at most, and the tape is that of one iteration. Arrays that the loop
writes are copied at its start, and written back after it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from srcad.analysis.aliasing import aliasing
from srcad.analysis.origins import MERGES, behind, meanings, written_arrays_of
from srcad.analysis.values import Def, used_values, values
from srcad.errors import NotDifferentiable, Problem
from srcad.ir import nodes as ir
from srcad.ir.names import NameSupply
from srcad.ir.types import BOOL, INT, Array, Scalar
from srcad.ir.walk import map_blocks, mentioned, param_vars, statements, targets
from srcad.ir.wording import changes_shape
from srcad.passes.building.callees import LoopRun
from srcad.passes.building.emitter import Emitter, element_loops
from srcad.passes.modes.inline import inline

ONE_ARRAY = "give each name an array of its own, made with copy()"
SPLIT = "split"
"""The function of the call in whose place the library's `split` is put."""


def has_checkpoints(function: ir.Function) -> bool:
    """Return whether a loop asks for few checkpoints."""
    return any(isinstance(s, ir.For) and s.slots for s in statements(function.body))


def checkpointed_loops(function: ir.Function, split: ir.Function) -> ir.Function:
    """Return `function` with calls in place of the loops that ask for few checkpoints.

    split: the function of the library that cuts a run in two.
    Raises NotDifferentiable where a loop is no function of what it carries.
    """
    facts = _Facts(function)

    def block(old: ir.Block) -> ir.Block:
        out: list[ir.Stmt] = []
        for stmt in old:
            if isinstance(stmt, ir.For) and stmt.slots:
                facts.call(stmt, split, out)
            else:
                out.append(map_blocks(stmt, block))
        return tuple(out)

    return replace(function, body=block(function.body))


class _Facts:
    """What is known of a function, and the calls in place of its loops."""

    def __init__(self, function: ir.Function) -> None:
        self.function = function
        self.supply = NameSupply.of(function)
        self.values = values(function)
        self.used = used_values(self.values)
        self.classes = aliasing(function)
        self.constants = dict(function.constants)
        self.types = {v.name: v.type for v in param_vars(function.params)}
        for stmt in statements(function.body):
            self.types |= {t.name: t.type for t in targets(stmt)}

    def call(self, loop: ir.For, split: ir.Function, out: list[ir.Stmt]) -> None:
        """Append a call in place of a loop, and what writes its arrays back."""
        carried = self.carried(loop)
        written = self.written(loop, carried)
        self.check_apart(loop, [n for n in carried if isinstance(self.types[n], Array)])
        inside = {name for s in statements(loop.body) for name in mentioned(s)}
        own = self.values.assigned[loop] | {loop.var.name}
        given = sorted((inside - own - set(self.constants) - set(written)) & set(self.types))
        bounds = [a for a in (loop.start, loop.step) if isinstance(a, ir.Var)]
        given = [*given, *(a.name for a in bounds if a.name not in (*given, *carried, *written))]
        state = [ir.Var(name, self.types[name]) for name in (*carried, *written)]
        constants = [ir.Var(name, self.types[name]) for name in given]
        emit = Emitter(self.supply, out, loop.span)
        turning = self.turning(loop, carried)
        for name, other in turning.items():
            self.check_shape(emit, name, other)
        run = self.run(loop, state, constants, {*written, *turning}, split)
        trips = emit.let(
            ir.Var(self.supply.temporary(), INT),
            ir.Op("trips", (loop.start, loop.stop, loop.step)),
        )
        results = tuple(ir.Var(self.supply.temporary(), v.type) for v in state)
        slots = ir.Const(loop.slots, INT)
        args = (ir.Const(0, INT), trips, slots, *state, *constants)
        out.append(ir.Call(results, run, run.__name__, args, loop.span))
        for var, result in zip(state, results, strict=True):
            if var.name not in written:
                emit.let(var, result)
                continue
            self.copy_elements(emit, var, result)

    def turning(self, loop: ir.For, carried: list[str]) -> dict[str, set[str]]:
        """Return the arrays that only change places, each with those whose place it takes.

        All of one shape, they keep it: what they are at the end need not be computed for that.
        """
        facts = self.values
        phis = {facts.phis[loop][n]: n for n in carried if isinstance(self.types[n], Array)}
        ends = {name: self.ends(phi, set(phis)) for phi, name in phis.items()}
        found = {name: {phis[d] for d in e} for name, e in ends.items() if e <= phis.keys()}
        while any(not others <= found.keys() for others in found.values()):
            found = {name: others for name, others in found.items() if others <= found.keys()}
        return found

    def check_shape(self, emit: Emitter, name: str, others: set[str]) -> None:
        """Append checks that arrays that change places have one shape."""
        type_ = self.types[name]
        assert isinstance(type_, Array)
        for other in sorted(others - {name}):
            for axis in range(type_.ndim):
                pair = (ir.Var(n, self.types[n]) for n in (name, other))
                sizes = [emit.op("shape", var, static=(axis,)) for var in pair]
                error = ir.Raise(ValueError, (changes_shape(name, emit.span),), emit.span)
                emit.out.append(ir.If(emit.op("ne", *sizes), (error,), (), emit.span))

    def copy_elements(self, emit: Emitter, target: ir.Var, source: ir.Var) -> None:
        """Append `target[:] = source`, element by element."""
        assert isinstance(source.type, Array)
        index = tuple(ir.Var(self.supply.fresh(n), INT) for n in "ijklmnopq"[: source.type.ndim])
        value = ir.Var(self.supply.temporary(), Scalar(source.type.dtype))
        body: list[ir.Stmt] = [
            ir.Let(value, ir.Load(source, index), emit.span),
            ir.Store(target, index, value, emit.span),
        ]
        element_loops(emit, target, source.type.ndim, body, index)

    def carried(self, loop: ir.For) -> list[str]:
        """Return the names that go from one iteration to the next, or out of the loop."""
        if loop.until is not None:
            raise _refused(loop, "is left by 'break' or 'return'", "use range alone")
        found = []
        for name in sorted(self.values.assigned[loop] - {loop.var.name}):
            phi, out = self.values.phis[loop].get(name), self.values.outs[loop].get(name)
            if phi not in self.used and out not in self.used:
                continue
            if phi is None or phi.inputs[0] is None:
                raise _refused(loop, f"gives '{name}' its first value", "give it one before")
            found.append(name)
        return found

    def written(self, loop: ir.For, carried: list[str]) -> list[str]:
        """Return the arrays from outside that a loop writes; each has one name in the loop.

        Its calls write nothing (`functional`).
        """
        assigned = self.values.assigned[loop]
        inside = {name for s in statements(loop.body) for name in mentioned(s)}
        arrays = {name for name, type_ in self.types.items() if isinstance(type_, Array)}
        found = []
        for class_ in sorted({self.classes.of(name) for name in _stored(loop)}):
            names = {n for n in arrays if self.classes.of(n) == class_}
            outside = sorted((names - assigned) & inside)
            lasting = sorted(names & set(carried))
            if len(outside) > 1 or (lasting and outside):
                several = ", ".join((*outside, *lasting))
                hint = "write into one array, under one name, or make a new one with copy()"
                raise _refused(loop, f"writes an array that has other names: {several}", hint)
            found += outside
        return found

    def check_apart(self, loop: ir.For, carried: list[str]) -> None:
        """Raise NotDifferentiable where it shows that the arrays come out as copies.

        That is where an array that is written anywhere is another one's, or has another name.
        """
        facts = self.values
        written = self.made(written_arrays_of(self.function, facts))
        phis = {name: facts.phis[loop][name] for name in carried}
        at_start = {name: self.made([phi.inputs[0]]) for name, phi in phis.items()}
        at_end = {name: self.ends(phi, set(phis.values())) for name, phi in phis.items()}
        older = set().union(*at_start.values()) & written
        if any(d.kind == "param" for d in older):
            raise _refused(loop, "replaces an argument that is written", ONE_ARRAY)
        for name, ends in at_end.items():
            outer = {d for d in ends if d.kind not in MERGES and loop not in self.around(d)}
            if outer & written:
                raise _refused(loop, f"gives '{name}' an array from outside", ONE_ARRAY)
            for other in carried[: carried.index(name)]:
                both = at_start[name] & at_start[other] & written
                if both or ends & at_end[other]:
                    raise _refused(loop, f"may make '{name}' and '{other}' one array", ONE_ARRAY)
        order = {stmt: k for k, stmt in enumerate(statements(self.function.body))}
        is_inner = bool(facts.loops(facts.where[loop][0]))
        reads = [(order[s], n, d) for (s, n), d in facts.reads.items() if s is not loop]
        reads += [(len(order), n, d) for n, d in facts.returned.items()]
        last = order[loop] + len(statements(loop.body))
        for at, name, d in reads:
            is_inside = order[loop] <= at <= last
            is_before = at < order[loop] and not is_inner
            is_other = name not in carried and isinstance(self.types.get(name), Array)
            if is_other and not is_inside and not is_before and self.made([d]) & older:
                raise _refused(loop, f"carries an array that is '{name}' too", ONE_ARRAY)

    def made(self, arrays: Iterable[Def | None]) -> set[Def]:
        """Return the arguments and new arrays that these may be."""
        found = meanings(arrays, self.values)
        return {d for d in found if d.kind not in MERGES and not behind(d, self.values)}

    def around(self, d: Def) -> list[ir.Stmt]:
        """Return the loops around the place where a value is made."""
        return self.values.loops(d.place)

    def ends(self, phi: Def, phis: set[Def]) -> set[Def]:
        """Return what a name may be at the end of an iteration: as others were at its start."""
        inner = meanings([phi.inputs[1]], self.values, frozenset(phis))
        passed = [phi.inputs[1], *(e for d in inner for e in behind(d, self.values))]
        new = {d for d in inner if d.kind not in MERGES and not behind(d, self.values)}
        return new | {d for d in passed if d is not None and d in phis}

    def run(
        self,
        loop: ir.For,
        state: list[ir.Var],
        given: list[ir.Var],
        written: set[str],
        split: ir.Function,
    ) -> LoopRun:
        """Return the function of the iterations of a loop. `written` keep their shapes."""
        name = self.supply.fresh("steps")
        shapes = tuple(k + 3 if v.name in written else None for k, v in enumerate(state))
        harmless = all(map(_is_harmless, statements(loop.body)))
        run = LoopRun(name, harmless=harmless, shapes=shapes)
        fresh = self.supply.fresh
        lo, hi, slots = (ir.Var(fresh(n), INT) for n in ("lo", "hi", "slots"))
        entry = [ir.Var(fresh(f"{v.name}_given"), v.type) for v in state]
        variables = (lo, hi, slots, *entry, *given)
        params = tuple(ir.Param(v.name, v) for v in variables)
        results = tuple(ir.Var(fresh(f"{v.name}_next"), v.type) for v in state)
        constants = tuple((n, v) for n, v in self.constants.items())
        before = tuple(
            ir.Let(v, ir.Op("copy", (first,)) if isinstance(v.type, Array) else first, loop.span)
            for v, first in zip(state, entry, strict=True)
        )
        after = tuple(ir.Let(r, v, loop.span) for r, v in zip(results, state, strict=True))
        plain: ir.Block = (*before, self.iterations(loop, lo, hi), *after)
        count = len(results)
        row: object = 0 if count == 1 else tuple(range(count))
        run.plain = ir.Function(name, params, plain, results, row, constants, loop.span)
        halves: list[ir.Stmt] = []
        emit = Emitter(self.supply, halves, loop.span)
        length = emit.op("sub", hi, lo)
        size = ir.Var(fresh("size"), INT)
        halves.append(ir.Call((size,), SPLIT, SPLIT, (length, slots), loop.span))
        middle = emit.op("add", lo, size)
        less = emit.op("sub", slots, ir.Const(1, INT))
        mids = tuple(ir.Var(fresh(f"{v.name}_mid"), v.type) for v in state)
        first_args, last_args = (lo, middle, slots, *entry), (middle, hi, less, *mids)
        halves.append(ir.Call(mids, run, name, (*first_args, *given), loop.span))
        lasts = tuple(
            ir.Var(fresh(f"{v.name}_last"), v.type) if v.name in written else r
            for v, r in zip(state, results, strict=True)
        )
        halves.append(ir.Call(lasts, run, name, (*last_args, *given), loop.span))
        filled: list[ir.Stmt] = list(before)
        for var, last, result in zip(state, lasts, results, strict=True):
            if var.name in written:
                self.copy_elements(Emitter(self.supply, halves, loop.span), result, last)
        body: list[ir.Stmt] = []
        emit = Emitter(self.supply, body, loop.span)
        is_short, is_one = (ir.Var(self.supply.temporary(), BOOL) for _ in range(2))
        emit.let(is_short, ir.Op("le", (emit.op("sub", hi, lo), ir.Const(1, INT))))
        emit.let(is_one, ir.Op("lt", (lo, hi)))
        filled.append(ir.If(is_one, self.iteration(loop, lo), (), loop.span))
        for var, first, result in zip(state, entry, results, strict=True):
            if var.name in written:
                # The shape of the result is known without the calls.
                emit.let(result, ir.Op("empty_like", (first,), (None,)))
                self.copy_elements(Emitter(self.supply, filled, loop.span), result, var)
            else:
                filled.append(ir.Let(result, var, loop.span))
        body.append(ir.If(is_short, tuple(filled), tuple(halves), loop.span))
        whole = ir.Function(name, params, tuple(body), results, row, constants, loop.span)
        run.halved = inline(whole, lambda call: split if call.function is SPLIT else None)
        return run

    def iterations(self, loop: ir.For, lo: ir.Var, hi: ir.Var) -> ir.For:
        """Return a loop over some of the iterations, counted from 0."""
        one = ir.Const(1, INT)
        if _counts_from_zero(loop):
            return replace(loop, start=lo, stop=hi, step=one, slots=0)
        at = ir.Var(self.supply.fresh("trip"), INT)
        body = self.iteration(loop, at)
        return replace(loop, var=at, start=lo, stop=hi, step=one, body=body, slots=0)

    def iteration(self, loop: ir.For, at: ir.Var) -> ir.Block:
        """Return one iteration, of the number `at`."""
        head: list[ir.Stmt] = []
        emit = Emitter(self.supply, head, loop.span)
        if _counts_from_zero(loop):
            emit.let(loop.var, at)
        else:
            emit.let(loop.var, ir.Op("add", (loop.start, emit.op("mul", at, loop.step))))
        return (*head, *loop.body)


def _stored(loop: ir.For) -> set[str]:
    """Return the names of the arrays of which statements of a loop write elements."""
    found: set[str] = set()
    for stmt in statements(loop.body):
        match stmt:
            case ir.Store(array=array) | ir.Accum(target=array, index=tuple()):
                found.add(array.name)
            case _:
                pass
    return found


def _counts_from_zero(loop: ir.For) -> bool:
    bounds = (loop.start, loop.step)
    return [getattr(atom, "value", None) for atom in bounds] == [0, 1]


def _is_harmless(stmt: ir.Stmt) -> bool:
    if isinstance(stmt, ir.Call):
        return bool(getattr(stmt.function, "harmless", False))
    return not isinstance(stmt, ir.Raise)


def _refused(loop: ir.For, what: str, hint: str) -> NotDifferentiable:
    message = f"a loop over 'checkpointed' {what}"
    return NotDifferentiable.from_problems([Problem("E405", message, hint, loop.span)])
