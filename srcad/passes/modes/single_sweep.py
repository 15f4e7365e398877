"""The single sweep: forward and reverse of a loop in the same iteration.

Before                                   After
    for i in range(n):                       s_bar = out_bar * 3.0
        s += x[i] * x[i]                     for i in range(n):
    t = 3.0 * s                                  s += x[i] * x[i]
    s_bar = out_bar * 3.0                        x_bar[i] += 2.0 * s_bar * x[i]
    for i in range(n - 1, -1, -1):           t = 3.0 * s
        x_bar[i] += 2.0 * s_bar * x[i]

Legal when no iteration's reverse statements need another's, and what comes after the loop
can give the adjoints that the loop needs without the loop's results. The second condition
moves statements: those that the loop's reverse part depends on go before it, the rest
after it. Both are decided from what the statements read, write and add to.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from srcad.analysis.effects import Effects, effects, exposed_reads
from srcad.analysis.independence import accessed, independent
from srcad.analysis.private import private_arrays
from srcad.analysis.values import Place
from srcad.errors import NotDifferentiable
from srcad.ir import nodes as ir
from srcad.ir.types import Array, is_float
from srcad.ir.walk import Part, assigned, atoms, operands, statements, targets
from srcad.passes.kept.context import Context
from srcad.passes.kept.frames import Frame
from srcad.passes.kept.needed_values import CannotMerge, Region
from srcad.passes.modes.shadows import open_frames
from srcad.passes.modes.sweep import Sweep
from srcad.passes.modes.sweep_flow import lasting_bars, local_zeros


@dataclass(slots=True)
class Core:
    """The code of a region so far: from the current statement on, forward and reverse."""

    front: list[ir.Stmt]
    back: list[ir.Stmt]

    def all(self) -> list[ir.Stmt]:
        """Return the statements in order."""
        return self.front[::-1] + self.back


@dataclass(slots=True)
class _Run:
    """A loop, the same swept once, and what has been inserted before and after it."""

    loop: ir.For | ir.While
    swept: ir.For | ir.While
    entry: list[ir.Stmt]
    leave: list[ir.Stmt]


def sweep_region(region: Region, core: Core, block: ir.Block, frame: Frame) -> None:
    """Run `block` forward and reversed around what `core` holds, sweeping loops once."""
    sweep = Sweep(region)
    region.frames.append(frame)
    for index in range(len(block) - 1, -1, -1):
        stmt = block[index]
        frame.index = index
        if not (isinstance(stmt, ir.For | ir.While) and _merge(region, core, stmt)):
            sweep.reverse(stmt)
            core.front.extend(reversed(region.forward(stmt)))
    region.frames.pop()


def _merge(region: Region, core: Core, loop: ir.For | ir.While) -> bool:
    """Put a loop that is swept once into `core`, if that is legal."""
    context = region.context
    if not _promising(region, loop):
        return False
    undo = _snapshot(region)
    try:
        swept = _single(region, loop)
        entry, leave = region.before.get(loop, ()), region.after.get(loop, ())
        run = _Run(loop, swept, [*entry], [*leave])
        before, after = _around(region, core, run)
    except (CannotMerge, NotDifferentiable):
        undo()
        region.before.pop(loop, None)
        return False
    core.front.clear()
    core.back[:] = [*before, *run.entry, swept, *run.leave, *after]
    context.note_merged(loop)
    return True


def _around(region: Region, core: Core, run: _Run) -> tuple[list[ir.Stmt], list[ir.Stmt]]:
    """Return what must run before a loop that is swept once, and what after it.

    What goes before it must find there all that it reads (what is kept of the loop's results
    comes after it), and changes nothing that the loop reads. An exception of the loop must
    have come before whatever relies on it.
    """
    context = region.context
    of = context.class_of
    reverse = _of_reverse(region, run.swept)
    before, after, ahead = _split(core.all(), reverse, context)
    forward = effects((*run.entry, run.loop, *run.leave), of)
    forward.reads |= effects((run.swept,), of).reads & context.primal
    if ahead.conflicts(forward) or (forward.raises and ahead.trusts):
        raise CannotMerge
    return before, after


def _snapshot(region: Region) -> Callable[[], None]:
    """Return a function that takes back what an attempt has added."""
    context = region.context
    notes, reloads = len(context.notes), set(context.reloads)
    frames = [(f, len(f.out), dict(f.have), dict(f.shadows)) for f in open_frames(region)]

    def undo() -> None:
        del context.notes[notes:]
        context.reloads = reloads
        for frame, length, have, shadows in frames:
            del frame.out[length:]
            frame.have, frame.shadows = have, shadows

    return undo


def _promising(region: Region, loop: ir.For | ir.While) -> bool:
    """Return whether every active scalar that a loop carries is only added to.

    The stacks of a derivative that is differentiated again must see the loop reversed.
    """
    context, facts = region.context, region.facts
    if not context.merges:
        return False
    carried = {
        name
        for name in facts.assigned[loop]
        if not isinstance(context.type_of(name), Array)
        and is_float(context.type_of(name))
        and name in context.active
        and facts.phis[loop].get(name) in context.used
    }
    if any(
        isinstance(context.type_of(name), Array) and facts.phis[loop].get(name) in context.used
        for name in facts.assigned[loop]
    ):
        return False
    blocks = [loop.body]
    if isinstance(loop, ir.While):
        if any(name in context.active for name in assigned(loop.cond_body)):
            return False
        blocks.append(loop.cond_body)
    for block in blocks:
        for stmt in statements(block):
            if isinstance(stmt, ir.Save | ir.Restore) and stmt.slot.name in context.active:
                return False
            read = {a.name for part in operands(stmt) for a in _vars(part)}
            bound = {t.name for t in targets(stmt)} if not isinstance(stmt, ir.Accum) else set()
            if carried & (read | bound):
                return False
    return True


def _vars(part: Part) -> list[ir.Var]:
    return [a for a in atoms(part) if isinstance(a, ir.Var)]


def _single(region: Region, loop: ir.For | ir.While) -> ir.For | ir.While:
    """Return the loop with its reversal inside."""
    place = Place(loop, "body")
    inner = Region(region.context, place, region)
    zeros = local_zeros(Sweep(inner), loop)
    frame = Frame((place, Place(loop, "cond_body")), list(zeros))
    if isinstance(loop, ir.For):
        frame.have[region.facts.defs[loop, loop.var.name]] = loop.var
    core = Core([], frame.out)
    sweep_region(inner, core, loop.body, frame)
    body = (*inner.at_start.get(place, ()), *core.all())
    swept = replace(loop, body=body)
    if isinstance(swept, ir.While):
        swept = replace(swept, cond_body=inner.forward_block(Place(loop, "cond_body")))
    _check_independent(region, loop, swept)
    return swept


def _of_reverse(region: Region, swept: ir.For | ir.While) -> Effects:
    """Return what the reverse part of a loop needs from outside, and changes there.

    Names of the primal are read by it only as the same iteration has left them.
    """
    of = region.context.class_of
    found = effects((swept,), of)
    primal = region.context.types
    names = {of(n) for n in exposed_reads(swept.body)} | accessed(swept.body, of)
    return Effects(
        reads=found.reads & names,
        writes={n for n in found.writes if n not in primal},
        adds={n for n in found.adds if n not in primal},
    )


def _check_independent(region: Region, loop: ir.For | ir.While, swept: ir.For | ir.While) -> None:
    """Raise CannotMerge if there is no reverse part, or one needs another iteration's."""
    context = region.context
    inside = effects(swept.body, context.class_of)
    reversed_names = (inside.writes | inside.adds) - context.types.keys() - context.slabs
    private = set(context.slabs)
    if isinstance(loop, ir.For):
        for name in private_arrays(loop, region.facts, context.classes):
            private |= {name, f"{name} bar"}
    counted = loop if isinstance(loop, ir.For) else None
    of, lasting = context.class_of, lasting_bars(region, loop)
    if not reversed_names or not independent(
        swept.body, counted, context.floors, of, private, context.types, lasting
    ):
        raise CannotMerge


def _split(
    code: list[ir.Stmt], reverse: Effects, context: Context
) -> tuple[list[ir.Stmt], list[ir.Stmt], Effects]:
    """Return what must run before the reverse part of a loop, the rest, effects of the first.

    What relies on the exceptions before it stays behind them, and what the primal adds to
    its own names keeps its order.
    """
    known = context.effects
    need, ahead = Effects(), Effects()
    need.update(reverse)
    before: list[ir.Stmt] = []
    after: list[ir.Stmt] = []
    for stmt in reversed(code):
        own = known.get(stmt) or known.setdefault(stmt, effects((stmt,), context.class_of))
        ordered = not context.primal.isdisjoint(own.adds & need.adds)
        if own.conflicts(need) or ordered or (ahead.trusts and own.raises):
            before.append(stmt)
            need.update(own)
            ahead.update(own)
        else:
            after.append(stmt)
    return before[::-1], after[::-1], ahead
