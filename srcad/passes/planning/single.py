"""May a loop be swept once, forward and reverse in the same iteration? Asked of the primal.

Its active scalars that iterations hand on are only added to, and nobody reads what the last
iteration has assigned; its active arrays belong to one iteration, are only added to and not
read, or are touched at the loop's own index alone; and no partial or test that comes after the
loop, on the way to the result, reads what the loop computes.
"""

from __future__ import annotations

from srcad.analysis.independence import own_element
from srcad.ir import nodes as ir
from srcad.ir import quote
from srcad.ir.types import is_float
from srcad.ir.walk import call_leaves, reads, statements, targets
from srcad.passes.building.contributions import contributions, factors
from srcad.passes.planning.primal import Primal
from srcad.rules.partials import operation_rule
from srcad.rules.table import environment


def may_be_swept_once(primal: Primal, loop: ir.For) -> bool:
    """Return whether each iteration of a loop can be reversed when it has run."""
    if loop.until is not None or not isinstance(loop.step, ir.Const):
        return False
    return (
        _hands_on_sums(primal, loop)
        and _arrays_are_apart(primal, loop)
        and _flow_is_known(primal, loop)
    )


def _is_active(primal: Primal, name: str) -> bool:
    return name in primal.active and is_float(primal.types.get(name))


def _hands_on_sums(primal: Primal, loop: ir.For) -> bool:
    facts = primal.facts
    phis = {n: phi for n, phi in facts.phis[loop].items() if phi in primal.used}
    if any(primal.is_array(name) for name in phis):
        return False
    carried = {name for name in phis if _is_active(primal, name)}
    outs = {n for n, out in facts.outs[loop].items() if out in primal.used}
    lasting = {name for name in outs if _is_active(primal, name)}
    for stmt in statements(loop.body):
        if isinstance(stmt, ir.Save | ir.Restore):
            return False
        names = set(reads(stmt))
        bound = {t.name for t in targets(stmt)}
        if isinstance(stmt, ir.Accum) and stmt.index is None:
            if isinstance(stmt.value, ir.Var) and stmt.value.name in carried:
                return False
            names -= bound
            bound = set()
        if carried & (names | bound) or lasting & bound:
            return False
    return True


def _arrays_are_apart(primal: Primal, loop: ir.For) -> bool:
    of = primal.classes.of
    own = primal.private(loop)
    inside = primal.within(loop)
    made = {name for name, makers in primal.makers.items() if all(m in inside for m in makers)}
    loaded: set[str] = set()
    written: dict[str, None] = {}
    for stmt in statements(loop.body):
        match stmt:
            case ir.Let(value=ir.Load(array=array)):
                loaded.add(of(array.name))
            case ir.Let(value=ir.Op(args=args)) | ir.Call(args=args):
                loaded |= {of(a.name) for a in call_leaves(args) if isinstance(a, ir.Var)}
            case ir.Store(array=array):
                written[of(array.name)] = None
            case ir.Accum(target=array, index=tuple()):
                written[of(array.name)] = None
            case _:
                pass
    for name in written:
        if name in own or name in made or not _is_active_class(primal, name):
            continue
        writes = [w.stmt for w in primal.writes[name] if w.stmt in inside]
        if name not in loaded and all(isinstance(s, ir.Accum) for s in writes):
            continue
        if not own_element(loop.body, name, loop, primal.floors, of):
            return False
    return True


def _is_active_class(primal: Primal, name: str) -> bool:
    return any(primal.classes.of(n) == name and n in primal.active for n in primal.types)


def _flow_is_known(primal: Primal, loop: ir.For) -> bool:
    """Return whether what flows into a loop does not depend on what it computes."""
    of, facts = primal.classes.of, primal.facts
    tainted = {of(name) for name in facts.assigned[loop]}
    for stmt in statements((loop,)):
        match stmt:
            case ir.Store(array=array) | ir.Accum(target=array, index=tuple()):
                tainted.add(of(array.name))
            case _:
                pass
    place, at = facts.where[loop]
    later = statements(facts.blocks[place][at + 1 :])
    grown = -1
    while grown != len(tainted):
        grown = len(tainted)
        for stmt in later:
            if tainted & {of(name) for name in reads(stmt)}:
                tainted |= {of(t.name) for t in targets(stmt)}
                if isinstance(stmt, ir.Store):
                    tainted.add(of(stmt.array.name))

    def is_tainted(atom: object) -> bool:
        return isinstance(atom, ir.Var) and of(atom.name) in tainted

    for stmt in later:
        match stmt:
            case ir.Let(target=target, value=ir.Op() as op) if primal.active.holds(target):
                rule = operation_rule(op)
                if rule is None or len(rule.params) != len(op.args):
                    continue
                bar = ir.Var("bar")
                given = contributions(stmt, op, bar, primal.limits, primal.active.holds)
                known = environment(rule, op.args, target)
                for name, expr in given.items():
                    used = {n for part in factors(expr) for n in quote.names(part)}
                    if is_tainted(ir.Var(name)) and any(is_tainted(known.get(n)) for n in used):
                        return False
            case ir.If(test=test) if is_tainted(test):
                return False
            case ir.While() | ir.For(until=ir.Var()):
                return False
            case ir.Call() if any(is_tainted(a) for a in call_leaves(stmt.args)):
                return False
            case _:
                pass
    return True
