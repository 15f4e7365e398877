"""Which assignment does a name come from? Static single assignment, as facts.

The IR keeps the user's names and assigns them again and again. `values(function)`
tells apart the values that a name holds over time, without changing the program:

- a `Def` for every assignment, argument and loop index,
- a `phi` where a loop body starts and a name holds either the value from before the
  loop or the one from the iteration before,
- a `join` after an `If` whose branches assign a name,
- an `out` after a loop that assigns a name.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple, assert_never

from srcad.ir import nodes as ir
from srcad.ir.known import once
from srcad.ir.walk import param_vars, reads


class Place(NamedTuple):
    """A block: the statement that owns it (None for the function) and which part."""

    owner: ir.Stmt | None
    part: str


ROOT = Place(None, "body")


@dataclass(eq=False, slots=True)
class Def:
    """One value of one name: where it is made, and from which values (for merges)."""

    kind: str
    name: str
    stmt: ir.Stmt | None
    place: Place
    index: int
    inputs: list[Def | None] = field(default_factory=list)

    def may_be_unassigned(self) -> bool:
        """Return whether on some path the name has not been assigned here."""
        seen: set[Def | None] = set()
        todo: list[Def | None] = [self]
        while todo:
            item = todo.pop()
            if item is None:
                return True
            if item not in seen and item.kind in {"phi", "join", "out"}:
                todo.extend(item.inputs)
            seen.add(item)
        return False

    def __repr__(self) -> str:
        return f"<{self.kind} {self.name} @{self.place.part}:{self.index}>"


Env = dict[str, Def]


@dataclass(slots=True)
class Values:
    """The facts: see the module docstring."""

    reads: dict[tuple[ir.Stmt, str], Def] = field(default_factory=dict)
    defs: dict[tuple[ir.Stmt, str], Def] = field(default_factory=dict)
    phis: dict[ir.Stmt, Env] = field(default_factory=dict)
    joins: dict[ir.Stmt, Env] = field(default_factory=dict)
    outs: dict[ir.Stmt, Env] = field(default_factory=dict)
    at_end: dict[Place, Env] = field(default_factory=dict)
    where: dict[ir.Stmt, tuple[Place, int]] = field(default_factory=dict)
    blocks: dict[Place, ir.Block] = field(default_factory=dict)
    assigned: dict[ir.Stmt, frozenset[str]] = field(default_factory=dict)
    arguments: Env = field(default_factory=dict)
    returned: dict[str, Def] = field(default_factory=dict)
    makers: dict[Def, frozenset[Def]] = field(default_factory=dict)

    def places(self, place: Place) -> list[Place]:
        """Return the block and all blocks around it, innermost first."""
        chain = [place]
        while place.owner is not None:
            place = self.where[place.owner][0]
            chain.append(place)
        return chain

    def loops(self, place: Place) -> list[ir.Stmt]:
        """Return the loops around a block, innermost first."""
        return [p.owner for p in self.places(place) if isinstance(p.owner, ir.For | ir.While)]


@once
def values(function: ir.Function) -> Values:
    """Return which value every name holds at every statement of `function`."""
    facts = Values()
    env: Env = {}
    for var in param_vars(function.params):
        env[var.name] = Def("param", var.name, None, ROOT, -1)
    for name, _ in function.constants:
        env[name] = Def("param", name, None, ROOT, -1)
    facts.arguments = dict(env)
    _assigned(function.body, facts)
    _block(function.body, ROOT, env, facts)
    for atom in function.returns:
        if isinstance(atom, ir.Var) and atom.name in env:
            facts.returned[atom.name] = env[atom.name]
    return facts


def _assigned(block: ir.Block, facts: Values) -> frozenset[str]:
    names: set[str] = set()
    for stmt in block:
        own: set[str] = set()
        match stmt:
            case ir.Let(target=target) | ir.Restore(target=target):
                own.add(target.name)
            case ir.Accum(target=target, index=None):
                own.add(target.name)
            case ir.Call(targets=targets):
                own.update(t.name for t in targets)
            case ir.For(var=var, body=body):
                own.add(var.name)
                own |= _assigned(body, facts)
            case ir.While(cond_body=cond_body, body=body):
                own |= _assigned(cond_body, facts) | _assigned(body, facts)
            case ir.If(then=then, orelse=orelse):
                own |= _assigned(then, facts) | _assigned(orelse, facts)
            case ir.Store() | ir.Accum() | ir.Save() | ir.Raise():
                continue
            case _:
                assert_never(stmt)
        facts.assigned[stmt] = frozenset(own)
        names |= own
    return frozenset(names)


def _block(block: ir.Block, place: Place, env: Env, facts: Values) -> None:
    facts.blocks[place] = block
    for index, stmt in enumerate(block):
        facts.where[stmt] = (place, index)
        _stmt(stmt, place, index, env, facts)
    facts.at_end[place] = dict(env)


def _stmt(stmt: ir.Stmt, place: Place, index: int, env: Env, facts: Values) -> None:
    if not isinstance(stmt, ir.While):
        for name in reads(stmt):
            if name in env:
                facts.reads[stmt, name] = env[name]
    match stmt:
        case ir.Let(target=target) | ir.Restore(target=target):
            kind = "let" if isinstance(stmt, ir.Let) else "restore"
            _define(kind, target.name, stmt, place, index, env, facts)
        case ir.Accum(target=target, index=None):
            old = env.get(target.name)
            new = _define("accum", target.name, stmt, place, index, env, facts)
            new.inputs.append(old)
        case ir.Call(targets=targets):
            for target in targets:
                _define("call", target.name, stmt, place, index, env, facts)
        case ir.For():
            _for(stmt, place, index, env, facts)
        case ir.While():
            _while(stmt, place, index, env, facts)
        case ir.If():
            _if(stmt, place, index, env, facts)
        case ir.Store() | ir.Accum() | ir.Save() | ir.Raise():
            pass
        case _:
            assert_never(stmt)


def _define(
    kind: str, name: str, stmt: ir.Stmt, place: Place, index: int, env: Env, facts: Values
) -> Def:
    new = Def(kind, name, stmt, place, index)
    env[name] = facts.defs[stmt, name] = new
    return new


def _phis(stmt: ir.Stmt, place: Place, env: Env, facts: Values) -> Env:
    phis = {}
    for name in sorted(facts.assigned[stmt]):
        phi = Def("phi", name, stmt, place, -1, [env.get(name)])
        env[name] = phis[name] = phi
    facts.phis[stmt] = phis
    return phis


def _close(
    stmt: ir.Stmt, phis: Env, inner: Env, place: Place, index: int, env: Env, facts: Values
) -> None:
    """Tie the phis to the end of the body, and name what comes out of the loop."""
    for name, phi in phis.items():
        phi.inputs.append(inner.get(name))
    outs = {}
    for name in phis:
        outs[name] = env[name] = Def("out", name, stmt, place, index, [env[name]])
    facts.outs[stmt] = outs


def _for(stmt: ir.For, place: Place, index: int, env: Env, facts: Values) -> None:
    body = Place(stmt, "body")
    inner = dict(env)
    phis = _phis(stmt, body, inner, facts)
    phis.pop(stmt.var.name)
    at_head = {name: inner[name] for name in phis}
    var = Def("index", stmt.var.name, stmt, body, -1)
    inner[stmt.var.name] = facts.defs[stmt, stmt.var.name] = var
    _block(stmt.body, body, inner, facts)
    if stmt.until is not None and stmt.until.name in inner:
        facts.reads[stmt, stmt.until.name] = inner[stmt.until.name]
    env.update(at_head)
    _close(stmt, phis, inner, place, index, env, facts)
    env.pop(stmt.var.name, None)


def _while(stmt: ir.While, place: Place, index: int, env: Env, facts: Values) -> None:
    head = Place(stmt, "cond_body")
    inner = dict(env)
    phis = _phis(stmt, head, inner, facts)
    _block(stmt.cond_body, head, inner, facts)
    if isinstance(stmt.cond, ir.Var) and stmt.cond.name in inner:
        facts.reads[stmt, stmt.cond.name] = inner[stmt.cond.name]
    for name in [name for name in phis if name not in inner]:
        del phis[name]  # the variable of a loop in the condition: it has no value after it
    at_exit = {name: inner[name] for name in phis}
    _block(stmt.body, Place(stmt, "body"), inner, facts)
    env.update(at_exit)
    _close(stmt, phis, inner, place, index, env, facts)


def _if(stmt: ir.If, place: Place, index: int, env: Env, facts: Values) -> None:
    then, orelse = dict(env), dict(env)
    _block(stmt.then, Place(stmt, "then"), then, facts)
    _block(stmt.orelse, Place(stmt, "orelse"), orelse, facts)
    joins = {}
    for name in sorted(facts.assigned[stmt]):
        inputs = [then.get(name), orelse.get(name)]
        joins[name] = env[name] = Def("join", name, stmt, place, index, list(inputs))
    facts.joins[stmt] = joins


def used_values(facts: Values) -> set[Def]:
    """Return the values that something reads, directly or through merges."""
    found: set[Def] = set()
    todo = [*facts.reads.values(), *facts.returned.values()]
    while todo:
        d = todo.pop()
        if d not in found:
            found.add(d)
            if d.kind in {"phi", "join", "out"}:
                todo.extend(i for i in d.inputs if i is not None)
    return found
