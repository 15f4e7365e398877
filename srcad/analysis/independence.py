"""May the iterations of a loop run in another order?

Yes, up to rounding, when no iteration reads what another one writes: what is only added
to may be added to in any order, and an array that is read and written may be, too, where
every iteration keeps to the elements of its own index. Additions of the user's stay in their
order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container

from srcad.analysis.effects import AliasOf, effects, exposed_reads
from srcad.analysis.floors import Floors
from srcad.analysis.mentions import mentioned_inside
from srcad.ir import nodes as ir
from srcad.ir.known import once
from srcad.ir.primitives import EXTENTS
from srcad.ir.walk import call_leaves, mentioned, statements, targets
from srcad.rules.linalg import gives_new_memory

MAKERS = ("zeros", "empty", "ones", "full", "copy")


def independent(
    body: ir.Block,
    loop: ir.For | None,
    floors: Floors,
    of: AliasOf,
    private: Container[str] = (),
    settled: Container[str] = (),
    lasting: Container[str] = (),
) -> bool:
    """Return whether the iterations of a loop with this body may be exchanged.

    loop: the counted loop, if it is one. of: the alias class of a name.
    private: arrays that every iteration fills before it reads them.
    settled: names whose order is right whatever this function says.
    lasting: names that something after the loop reads: the last assignment counts.
    """
    inside = effects(body, of)
    if any(name in lasting for name in inside.writes):
        return False
    changed = {name for name in inside.writes | inside.adds if name not in settled}
    arrays = accessed(body, of)
    from_outside = {of(name) for name in exposed_reads(body)}
    if (from_outside | inside.ordered - _begun(body)) & changed - arrays:
        return False
    made = _made_inside(body, of) - from_outside
    for name in sorted(arrays & changed - made):
        if name in private:
            continue
        added = name in inside.reads | inside.ordered and name in inside.adds
        touched = name in inside.writes or added
        if touched and not own_element(body, name, loop, floors, of):
            return False
    return True


def _begun(body: ir.Block) -> set[str]:
    """Return the names that every iteration assigns before it adds to them."""
    found: set[str] = set()
    added: set[str] = set()
    for stmt in body:
        if isinstance(stmt, ir.Let) and stmt.target.name not in added:
            found.add(stmt.target.name)
        added |= {s.target.name for s in statements((stmt,)) if isinstance(s, ir.Accum)}
    return found


def accessed(body: ir.Block, of: AliasOf) -> set[str]:
    """Return the classes of the arrays whose elements the statements access."""
    return set(map(of, frozenset[str]().union(*map(_accessed, body))))


@once
def _accessed(stmt: ir.Stmt) -> frozenset[str]:
    """Return the names of the arrays that a statement accesses, nested ones included."""
    return frozenset({array.name for inner in statements((stmt,)) for array, _ in _accesses(inner)})


def _made_inside(body: ir.Block, of: AliasOf) -> set[str]:
    """Return the classes of the arrays that statements make, calls that give new ones too."""
    return {
        of(target.name) for stmt in statements(body) for target in targets(stmt) if _makes(stmt)
    }


def _makes(stmt: ir.Stmt) -> bool:
    match stmt:
        case ir.Let(value=ir.Op(prim=prim)):
            return prim.startswith(MAKERS)
        case ir.Call(function=function):
            return gives_new_memory(function)
        case _:
            return False


@once
def _accesses(stmt: ir.Stmt) -> list[tuple[ir.Var, ir.Index | None]]:
    match stmt:
        case ir.Let(value=ir.Load(array=array, index=index)):
            return [(array, index)]
        case ir.Let(value=ir.Op(prim="copy", args=args)) | ir.Call(args=args):
            return [(a, None) for a in call_leaves(args) if isinstance(a, ir.Var)]
        case ir.Store(array=array, index=index):
            return [(array, index)]
        case ir.Accum(target=array, index=index) if index is not None:
            return [(array, index)]
        case _:
            return []


def own_element(
    body: ir.Block, name: str, loop: ir.For | None, floors: Floors, of: AliasOf
) -> bool:
    """Return whether one dimension of every access to a class is the loop variable.

    A literal may be added to it, the same one in all accesses. The sum must surely not change
    its sign: -1 and 2 are the same element of three.
    """
    if loop is None or name not in accessed(body, of):
        return False
    dims: set[tuple[int, int]] | None = None
    names = set()
    offsets = _offsets_in(loop) if body is loop.body else _offsets(body, loop.var)
    everything = frozenset[str]().union(*map(mentioned_inside, body))
    members = {member for member in everything if of(member) == name}
    for stmt in statements(body):
        if members.isdisjoint(mentioned(stmt)):
            continue
        accesses = [(a, where) for a, where in _accesses(stmt) if a.name in members]
        if not accesses and not _is_fact(stmt):
            return False
        for array, where in accesses:
            names.add(array.name)
            here = {
                (k, offsets[part.name])
                for k, part in enumerate(where or ())
                if isinstance(part, ir.Var) and part.name in offsets
            }
            dims = here if dims is None else dims & here
    if not dims or len(names) != 1:
        return False
    return any(floors.one_sided(loop, offset) for _, offset in dims)


def _is_fact(stmt: ir.Stmt) -> bool:
    """Return whether a statement asks for no elements of an array, or makes one."""
    match stmt:
        case ir.Let(value=ir.Op(prim=prim)):
            return prim in EXTENTS or prim.startswith(MAKERS)
        case _:
            return False


@once
def _offsets_in(loop: ir.For) -> dict[str, int]:
    return _offsets(loop.body, loop.var)


def _offsets(body: ir.Block, index: ir.Var) -> dict[str, int]:
    """Return the names that hold the loop variable plus a literal, and that literal.

    A name that is read before it is assigned holds what another iteration has left.
    """
    found = {index.name: 0}
    bindings = Counter([t.name for stmt in statements(body) for t in targets(stmt)])
    for stmt in statements(body):
        match stmt:
            case ir.Let(
                ir.Var(name=name), ir.Op("add", (ir.Var(name=base), ir.Const(value=int(number))))
            ) if base == index.name and bindings[name] == 1 and number > 0:
                found[name] = number
    if len(found) == 1:
        return found
    stale = exposed_reads(body) - {index.name}
    return {name: number for name, number in found.items() if name not in stale}
