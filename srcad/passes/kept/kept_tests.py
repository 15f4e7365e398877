"""Comparisons of partials: one byte is kept, not the two numbers that are compared.

    closest = min(closest, d)       is_less[i, j] = d < closest
                                    closest = min(closest, d)

The byte is kept where a number would be kept for nothing else. It is taken going forward, from
the same numbers, so that both ways agree.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from srcad.analysis.values import Def
from srcad.ir import nodes as ir
from srcad.ir import quote
from srcad.ir.primitives import TRUTHS
from srcad.ir.quote import Expr
from srcad.ir.types import BOOL, Array
from srcad.ir.walk import blocks, reads
from srcad.passes.building.contributions import contributions, factors
from srcad.passes.building.emitter import Emitter
from srcad.passes.kept.slots import make_slot
from srcad.rules.partials import FLOW, operation_rule
from srcad.rules.table import environment

if TYPE_CHECKING:
    from srcad.passes.kept.context import Context
    from srcad.passes.kept.needed_values import Region

BAR = ir.Var("bar")


def with_kept_tests(
    region: Region,
    stmt: ir.Let,
    expr: Expr,
    sources: Mapping[str, ir.Atom],
    env: dict[str, ir.Atom],
) -> Expr:
    """Return what an argument gets, with names for the comparisons that are kept.

    env: what names stand for; those of the comparisons are added.
    """
    place = region.facts.where[stmt][0]
    if not region.loops(place) or place.part == "cond_body":
        return expr
    for test in dict.fromkeys(_tests(expr)):
        key = f"test {test}"
        if key not in env:
            found = _kept(region, stmt, test, sources)
            if found is None:
                continue
            env[key] = found
        expr = _replaced(expr, test, quote.Name(key))
    return expr


def _tests(expr: Expr) -> Iterator[quote.Apply]:
    """Yield the largest comparisons of names and literals in an expression."""
    if not isinstance(expr, quote.Apply):
        return
    if _is_plain(expr):
        yield expr
        return
    for arg in expr.args:
        yield from _tests(arg)


def _is_plain(expr: Expr) -> bool:
    """Return whether an expression is a comparison that does not ask for the cotangent."""
    match expr:
        case quote.Apply(prim=prim, args=args) if prim in TRUTHS:
            return all(
                _is_plain(a)
                or isinstance(a, quote.Lit)
                or (isinstance(a, quote.Name) and a.id != FLOW)
                for a in args
            )
        case _:
            return False


def _replaced(expr: Expr, old: Expr, new: Expr) -> Expr:
    if expr == old:
        return new
    if isinstance(expr, quote.Apply):
        return quote.Apply(expr.prim, tuple(_replaced(a, old, new) for a in expr.args))
    return expr


def _kept(
    region: Region, stmt: ir.Let, test: quote.Apply, sources: Mapping[str, ir.Atom]
) -> ir.Atom | None:
    """Keep a comparison going forward, and take it back; None if its numbers are had anyway."""
    context, facts = region.context, region.facts
    names = sorted(quote.names(test))
    if any(name == "y" or name not in sources for name in names):
        return None  # what is compared is not there before the statement
    given = {name: sources[name] for name in names}
    asked: list[Def] = []
    for atom in given.values():
        if isinstance(atom, ir.Var):
            d = facts.reads.get((stmt, atom.name))
            if d is None or isinstance(atom.type, Array):
                return None
            asked.append(d)
    if not any(_is_kept_for_this(region, d) for d in asked):
        return None
    place, index = facts.where[stmt]
    found = Def("test", "is_chosen", stmt, place, index)
    slot = make_slot(region, found, BOOL, "is_chosen")
    context.note(region, found, slot.kind)
    emit = Emitter(context.supply, region.before.setdefault(stmt, []), stmt.span)
    slot.save(region, emit, emit.expand(test, given))
    back = Emitter(context.supply, region.frames[-1].out, stmt.span)
    target = ir.Var(context.supply.temporary(), BOOL)
    slot.restore(region, back, target)
    return target


def _is_kept_for_this(region: Region, d: Def) -> bool:
    """Return whether something would be kept for a number that nobody else asks for."""
    if isinstance(region.context.type_of(d.name), Array):
        return False
    if d in region.slots or region.available(d) or d in asked_elsewhere(region.context):
        return False
    if not region.can_recompute(d):
        return True
    return any(_is_kept_for_this(region, source) for source in _sources(region.context, d))


# Who else asks ---------------------------------------------------------------------------


def asked_elsewhere(context: Context) -> frozenset[Def]:
    """Return the values that the way back asks for beside comparisons of partials.

    What is computed again from others asks for these, too.
    """
    if context.asked is None:
        found: dict[Def, None] = {}
        for stmt in _all(context.function.body):
            for name in sorted(_asked_names(context, stmt)):
                d = context.facts.reads.get((stmt, name)) or context.facts.defs.get((stmt, name))
                if d is not None:
                    found[d] = None
        todo = list(found)
        while todo:
            for source in _sources(context, todo.pop()):
                if source not in found:
                    found[source] = None
                    todo.append(source)
        context.asked = frozenset(found)
    return context.asked


def _all(block: ir.Block) -> Iterator[ir.Stmt]:
    for stmt in block:
        yield stmt
        for inner in blocks(stmt):
            yield from _all(inner)


def _asked_names(context: Context, stmt: ir.Stmt) -> set[str]:
    match stmt:
        case ir.Let(target=target, value=ir.Op() as op) if context.active.holds(target):
            rule = operation_rule(op)
            if rule is None or len(rule.params) != len(op.args):
                return set(reads(stmt))
            given = contributions(stmt, op, BAR, context.limits, context.active.holds)
            known = environment(rule, op.args, target)
            names = {name for expr in given.values() for f in factors(expr) for name in _outside(f)}
            atoms = (known.get(name) for name in names)
            return {atom.name for atom in atoms if isinstance(atom, ir.Var)}
        case ir.Let(value=ir.Load(), target=target) if context.active.holds(target):
            return set(reads(stmt))
        case ir.Let() | ir.Accum(index=None) | ir.While():
            return set()
        case ir.For(start=start, stop=stop, step=step):
            return {atom.name for atom in (start, stop, step) if isinstance(atom, ir.Var)}
        case _:
            return set(reads(stmt))


def _outside(expr: Expr) -> set[str]:
    """Return the names in an expression that are not compared only."""
    match expr:
        case quote.Name(id=name):
            return {name}
        case quote.Apply(args=args) if not _is_plain(expr):
            return {name for arg in args for name in _outside(arg)}
        case _:
            return set()


def _sources(context: Context, d: Def) -> list[Def]:
    """Return what a value is made of, if it may be computed again."""
    if d.kind in {"join", "phi", "out"}:
        return []
    if not isinstance(d.stmt, ir.Let) or d.kind != "let":
        return []
    found = (context.facts.reads.get((d.stmt, name)) for name in sorted(reads(d.stmt)))
    return [source for source in found if source is not None]
