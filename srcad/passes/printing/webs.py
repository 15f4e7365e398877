"""One temporary per value: split temporaries that are used again for something else.

    _t0 = x[i]                  _t0 = x[i]
    y += _t0          ->        y += _t0
    _t0 = w[i]                  _t1 = w[i]
    z += _t0                    z += _t1

Reverse sweeps compute values again under the names that they had. A temporary is split
where each of its bindings in one block is read only in the same block before the next.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from srcad.analysis.mentions import mentioned_inside
from srcad.ir.known import once, updated
from srcad.ir.names import NameSupply
from srcad.ir.nodes import Accum, Block, For, Function, If, Let, Stmt, Store, Var
from srcad.ir.walk import (
    atoms,
    bindings,
    blocks,
    map_blocks,
    names,
    operands,
    rename,
    statements,
    targets,
)
from srcad.passes.building.temporaries import is_made_up


def split_webs(function: Function) -> Function:
    """Return `function` with temporaries renamed so that most are bound once."""
    bound = bindings(function)
    shared = {name for name, count in bound.items() if count > 1 and is_made_up(name)}
    if not shared:
        return function
    total = Counter(atom.name for atom in function.returns if isinstance(atom, Var))
    for stmt in function.body:
        _add(total, _mentions(stmt, shared))
    covered: Counter[str] = Counter()
    for name, _, count in _runs(function.body, shared):
        covered[name] += count
    split = {name for name in shared if covered[name] == total[name]}
    if not split:
        return function
    return updated(function, body=_renamed(function.body, split, set(), NameSupply.of(function)))


def _runs(block: Block, shared: set[str]) -> Iterator[tuple[str, range, int]]:
    """Yield each run of a name in the outermost block that binds it, and its mentions.

    A run reaches from a binding to the next one in the block, or to the end of the block.
    """
    mentions = [_mentions(stmt, shared) for stmt in block]
    starts = _starts(block, shared)
    for name, at in starts.items():
        for start, end in zip(at, [*at[1:], len(block)], strict=True):
            count = sum([mentions[k].get(name, 0) for k in range(start, end)])
            yield name, range(start, end), count
    inner = shared - set(starts)
    if inner:
        for stmt in block:
            for nested in blocks(stmt):
                yield from _runs(nested, inner)


def _renamed(block: Block, split: set[str], seen: set[str], supply: NameSupply) -> Block:
    """Return `block` with every run but the first of each name in `split` renamed."""
    out = list(block)
    inner = split - set(_starts(block, split))
    for name, run, _ in list(_runs(block, split - inner)) if split - inner else ():
        if name not in seen:
            seen.add(name)
            continue
        new_name = supply.fresh(name) if "_" in name[2:] else supply.temporary()
        new_var = Var(new_name, _target(out[run.start], name).type)
        out[run.start : run.stop] = rename(tuple(out[run.start : run.stop]), {name: new_var})
    if not inner:
        return tuple(out)
    return tuple(map_blocks(s, lambda b: _renamed(b, inner, seen, supply)) for s in out)


def _starts(block: Block, shared: set[str]) -> dict[str, list[int]]:
    """Return where `block` binds each name, whatever path it takes there."""
    starts: dict[str, list[int]] = {}
    for at, stmt in enumerate(block):
        if type(stmt) is Let and stmt.target.name not in shared:
            continue
        found = _binds(stmt) & shared
        for name in sorted(found) if len(found) > 1 else found:
            starts.setdefault(name, []).append(at)
    return starts


def _binds(stmt: Stmt) -> set[str]:
    """Return the names that `stmt` binds afresh on every path."""
    match stmt:
        case Let(target=target, value=value) if target.name not in names(value):
            return {target.name}
        case If(test=test, then=then, orelse=orelse) if then and orelse:
            return (_binds_first(then) & _binds_first(orelse)) - names(test)
        case _:
            return set()


def _binds_first(block: Block) -> set[str]:
    """Return the names that `block` surely binds before it mentions them otherwise."""
    bound: set[str] = set()
    mentioned: set[str] = set()
    for stmt in block:
        bound |= _binds(stmt) - mentioned
        mentioned |= mentioned_inside(stmt)
    return bound


def _target(stmt: Stmt, name: str) -> Var:
    return next(var for inner in statements((stmt,)) for var in targets(inner) if var.name == name)


def _mentions(stmt: Stmt, shared: set[str]) -> dict[str, int]:
    """Return how often a statement names each temporary, if it names one of `shared`."""
    return {} if mentioned_inside(stmt).isdisjoint(shared) else _counted(stmt)


@once
def _counted(stmt: Stmt) -> dict[str, int]:
    """Return how often a statement names each temporary, nested statements included."""
    found: dict[str, int] = {}
    named = [*targets(stmt)]
    for part in operands(stmt):
        named += [atom for atom in atoms(part) if type(atom) is Var]
    match stmt:
        case Store(array=var) | For(until=Var() as var):
            named.append(var)
        case Accum(target=var, index=index) if index is not None:
            named.append(var)
    _add(found, Counter([var.name for var in named if is_made_up(var.name)]))
    for block in blocks(stmt):
        for inner in block:
            _add(found, _counted(inner))
    return found


def _add(counts: dict[str, int], more: Mapping[str, int]) -> None:
    """Add to counts."""
    for name, count in more.items():
        counts[name] = counts.get(name, 0) + count
