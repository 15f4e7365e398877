"""Loops that go on with another view of one array: its index is carried instead.

Before                              After
    before = b[0]                       before = b[0]
    for i in range(1, n):               at = 0
        row = b[i]                      for i in range(1, n):
        ...                                 before = b[at]
        before = row                        row = b[i]
                                            at = i
                                            ...
                                            before = row
                                        before = b[at]

Every name then is a view that is made in the iteration itself, which the reverse sweep can
make again. On entry and on exit: flat IR; new names have no types yet.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from srcad.analysis.origins import sole_origin
from srcad.analysis.values import Def, Place, Values, used_values, values
from srcad.ir import nodes as ir
from srcad.ir.names import NameSupply
from srcad.ir.types import Array, Scalar
from srcad.ir.walk import map_blocks, statements, targets

MAX_VIEWS = 64


@dataclass(frozen=True, slots=True)
class View:
    """A statement `name = array[index]`, all of the index numbers."""

    stmt: ir.Let
    array: ir.Var
    index: tuple[ir.Atom, ...]


def carry_indices(function: ir.Function) -> ir.Function:
    """Return `function` with the indices of views carried, where a loop carries views."""
    for _ in range(MAX_VIEWS):
        facts = values(function)
        found = _carried_view(function, facts)
        if found is None:
            break
        function = _rewritten(function, *found)
    return function


def _carried_view(function: ir.Function, facts: Values) -> tuple[ir.For, ir.Var, View, View] | None:
    """Return a loop, a name that it carries, and what that is at first and then."""
    types = {t.name: t.type for s in statements(function.body) for t in targets(s)}
    used = used_values(facts)
    for loop, phis in facts.phis.items():
        if not isinstance(loop, ir.For):
            continue
        for name, phi in phis.items():
            if not isinstance(types.get(name), Array) or phi not in used:
                continue
            if sole_origin(facts, phi) is not None:
                continue
            first, then = (_view(d, facts) for d in phi.inputs)
            if first is not None and then is not None and _alike(first, then, loop, facts):
                return loop, ir.Var(name, types[name]), first, then
    return None


def _view(d: Def | None, facts: Values) -> View | None:
    """Return the view that a value is, behind its other names."""
    while d is not None and d.kind == "let" and isinstance(stmt := d.stmt, ir.Let):
        match stmt.value:
            case ir.Var(name=name):
                d = facts.reads.get((stmt, name))
            case ir.Load(array=array, index=index):
                numbers = tuple(part for part in index if isinstance(part, ir.Var | ir.Const))
                whole = len(numbers) == len(index)
                scalars = all(isinstance(p.type, Scalar | None) for p in numbers)
                return View(stmt, array, numbers) if whole and scalars else None
            case _:
                return None
    return None


def _alike(first: View, then: View, loop: ir.For, facts: Values) -> bool:
    """Return whether both are views of one array, and each is made exactly once in its turn."""
    name = first.array.name
    same = name == then.array.name and len(first.index) == len(then.index)
    return (
        same
        and facts.reads[first.stmt, name] is facts.reads[then.stmt, name]
        and facts.where[then.stmt][0] == Place(loop, "body")
        and facts.where[first.stmt][0] == facts.where[loop][0]
    )


def _rewritten(
    function: ir.Function, loop: ir.For, var: ir.Var, first: View, then: View
) -> ir.Function:
    supply = NameSupply.of(function)
    ats = tuple(ir.Var(supply.fresh(f"{var.name}_at")) for _ in first.index)

    def bound(view: View) -> list[ir.Stmt]:
        pairs = zip(ats, view.index, strict=True)
        return [view.stmt, *(ir.Let(at, index, view.stmt.span) for at, index in pairs)]

    def block(old: ir.Block) -> ir.Block:
        out: list[ir.Stmt] = []
        for stmt in old:
            new = map_blocks(stmt, block)
            if stmt is loop:
                assert isinstance(new, ir.For)
                again = [ir.Let(var, ir.Load(first.array, ats), loop.span) for _ in range(2)]
                out += [replace(new, body=(again[0], *new.body)), again[1]]
            elif stmt is first.stmt:
                out += bound(first)
            elif stmt is then.stmt:
                out += bound(then)
            else:
                out.append(new)
        return tuple(out)

    return replace(function, body=block(function.body))
