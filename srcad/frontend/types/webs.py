"""One name for each set of values that must share it: names split, and joined again.

    n = len(x)              n = len(x)
    ...            ->       ...
    n = n / 2               n_1 = n / 2

Numba lets a name hold values of several types in turn; the IR does not. `split` gives
every web (the values of a name that meet in a phi, a join or an accumulation) a name of
its own; `join` gives webs of one type their common name back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from srcad.analysis.values import Def, Values, values
from srcad.ir import nodes as ir
from srcad.ir.names import NameSupply
from srcad.ir.types import Array, Type
from srcad.ir.walk import all_names, map_atoms, map_blocks, map_operands, map_targets, rename

Webs = dict[Def, str]


def split(function: ir.Function) -> tuple[ir.Function, Webs]:
    """Return the program with one name for each web, and that name for each value."""
    facts = values(function)
    webs = _webs(facts)
    return _rename(function, facts, webs), webs


def _webs(facts: Values) -> Webs:
    """Return one provisional name for each set of values that must share a name."""
    parent: dict[Def, Def] = {}

    def root(d: Def) -> Def:
        while parent.get(d, d) is not d:
            parent[d] = parent.get(parent[d], parent[d])
            d = parent[d]
        return d

    merges = [*facts.phis.values(), *facts.joins.values(), *facts.outs.values()]
    defs = list(dict.fromkeys([*facts.arguments.values(), *facts.defs.values()]))
    for env in merges:
        defs.extend(env.values())
    for d in defs:
        for other in d.inputs:
            if other is not None and root(other) is not root(d):
                parent[root(d)] = root(other)
    names: dict[Def, str] = {}
    count: dict[str, int] = {}
    result: dict[Def, str] = {}
    for d in defs:
        top = root(d)
        if top not in names:
            k = count.get(d.name, 0)
            count[d.name] = k + 1
            names[top] = d.name if k == 0 else f"{d.name}\0{k}"
        result[d] = names[top]
    return result


def _rename(function: ir.Function, facts: Values, webs: Webs) -> ir.Function:
    """Return the program with one name for each web."""

    def block(stmts: ir.Block) -> ir.Block:
        return tuple(map(one, stmts))

    def one(stmt: ir.Stmt) -> ir.Stmt:
        def read(atom: ir.Atom) -> ir.Atom:
            if isinstance(atom, ir.Const):
                return atom
            d = facts.reads.get((stmt, atom.name))
            name = atom.name if d is None else webs.get(d, atom.name)
            return atom if name == atom.name else ir.Var(name, atom.type)

        def write(var: ir.Var) -> ir.Var:
            d = facts.defs.get((stmt, var.name))
            if d is None:
                new = read(var)
                assert isinstance(new, ir.Var)
                return new
            name = webs.get(d, var.name)
            return var if name == var.name else ir.Var(name, var.type)

        new = map_operands(map_blocks(stmt, block), lambda part: map_atoms(part, read))
        return map_targets(new, write)

    if not any("\0" in name for name in webs.values()):
        return function
    returned = {n: webs.get(d, n) for n, d in facts.returned.items()}
    returns = tuple(
        replace(a, name=returned.get(a.name, a.name)) if isinstance(a, ir.Var) else a
        for a in function.returns
    )
    return replace(function, body=block(function.body), returns=returns)


def join(
    original: ir.Function,
    separate: ir.Function,
    webs: Webs,
    types: dict[str, Type],
    *,
    arrays_apart: bool,
) -> tuple[ir.Function, dict[str, Type]]:
    """Return the program with webs of equal type under one name again, and the types.

    arrays_apart: arrays keep a name for each web, so that no name means two arrays.
    """
    if separate is original:
        return original, types
    supply = NameSupply(name for name in all_names(original))
    chosen: dict[tuple[str, object], str] = {}
    used: set[str] = set()
    arrays = {web for web in webs.values() if arrays_apart and isinstance(types.get(web), Array)}
    mapping: dict[str, str] = {}
    final: dict[str, Type] = {}
    for web in dict.fromkeys(webs.values()):
        base = web.split("\0")[0]
        key = (base, web if web in arrays else types.get(web))
        if key not in chosen:
            chosen[key] = supply.fresh(base) if base in used else base
            used.add(base)
        mapping[web] = chosen[key]
        if web in types:
            final[mapping[web]] = types[web]
    for name, type_ in types.items():
        final.setdefault(mapping.get(name, name), type_)
    renamed = _rename_all(separate, lambda name: mapping.get(name, name))
    return renamed, final


def _rename_all(function: ir.Function, new: Callable[[str], str]) -> ir.Function:
    mapping = {name: ir.Var(new(name)) for name in all_names(function) if new(name) != name}
    returns = tuple(  # another name has a type of its own
        mapping.get(a.name, a) if isinstance(a, ir.Var) else a for a in function.returns
    )
    return replace(function, body=rename(function.body, mapping), returns=returns)
