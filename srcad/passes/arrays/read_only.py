"""Names that hold an array that must not be written, and then one of the program's own.

Before                              After
    h = START                           h = START.copy()
    for k in range(n):                  for k in range(n):
        h = np.tanh(w * h)                  h = np.tanh(w * h)

Numba takes `h` for read-only in all places: that is right for the program, which writes no
element of it, but not for the loops that whole arrays become, which do. The copy means the same:
what is read-only does not change while the function runs.

On entry and on exit: flat IR; new names have no types yet.
"""

from __future__ import annotations

from dataclasses import replace

from srcad.analysis.activity import reachable
from srcad.ir import nodes as ir
from srcad.ir.names import NameSupply
from srcad.ir.types import Array, Type
from srcad.ir.walk import map_block, param_vars, rename, statements, targets
from srcad.rules.linalg import gives_new_memory


def own_copies(function: ir.Function) -> ir.Function:
    """Return `function` with copies of read-only arrays where a name holds others, too."""
    given = {v.name: v for v in param_vars(function.params)}
    constants = {name for name, _ in function.constants}
    if not constants and not any(_is_locked(v.type) for v in given.values()):
        return function
    types: dict[str, Type | None] = {v.name: v.type for v in given.values()}
    types |= {t.name: t.type for s in statements(function.body) for t in targets(s)}
    locked = {name for name, type_ in types.items() if _is_locked(type_)}
    foreign = _foreign(function, locked, constants)
    mixed = locked - foreign
    if not mixed:
        return function
    supply = NameSupply.of(function)
    others = foreign | constants
    new = {name: _writable(name, types[name], supply, is_given=name in given) for name in mixed}

    def one(stmt: ir.Stmt) -> ir.Stmt | ir.Block:
        match stmt:
            case ir.Let(target=target, value=ir.Var() | ir.Load() as value) if target.name in mixed:
                source = value.array if isinstance(value, ir.Load) else value
                if source.name in others:
                    return _copied(new[target.name], value, supply, stmt.span)
            case ir.Let(target=target, value=ir.Op(prim="select", args=args) as value) if (
                target.name in mixed
            ):
                before: list[ir.Stmt] = []
                chosen: list[ir.Atom] = [args[0]]
                for arg in args[1:]:
                    if isinstance(arg, ir.Var) and arg.name in others:
                        copy = ir.Var(supply.temporary())
                        before += _copied(copy, arg, supply, stmt.span)
                        chosen.append(copy)
                    else:
                        chosen.append(arg)
                return (*before, replace(stmt, value=replace(value, args=tuple(chosen))))
            case _:
                pass
        return stmt

    body = rename(map_block(function.body, one), new)
    starts: list[ir.Stmt] = []
    for name in sorted(mixed & given.keys()):
        starts += _copied(new[name], given[name], supply, function.span)
    returns = tuple(new.get(a.name, a) if isinstance(a, ir.Var) else a for a in function.returns)
    return replace(function, body=(*starts, *body), returns=returns)


def _is_locked(type_: Type | None) -> bool:
    return isinstance(type_, Array) and not type_.mutable


def _foreign(function: ir.Function, locked: set[str], constants: set[str]) -> set[str]:
    """Return the names of `locked` that hold nothing but read-only arrays of others, in one place.

    Names that change places are not among them.
    """
    passed: dict[str, set[str]] = {}
    for stmt in statements(function.body):
        match stmt:
            case ir.Let(target=target, value=ir.Var(name=name)) if target.name in locked:
                passed.setdefault(name, set()).add(target.name)
            case _:
                pass
    found = {name for name in locked if name not in reachable(passed.get(name, set()), passed)}
    size = -1
    while size != len(found):
        size = len(found)
        for stmt in statements(function.body):
            for target in targets(stmt):
                if target.name in found and not _gives_locked(stmt, found | constants):
                    found.remove(target.name)
    return found


def _gives_locked(stmt: ir.Stmt, locked: set[str]) -> bool:
    """Return whether a statement binds what may not be written, or perhaps may not."""
    match stmt:
        case ir.Let(value=ir.Var(name=name) | ir.Load(array=ir.Var(name=name))):
            return name in locked
        case ir.Let(value=ir.Op(prim="select", args=(_, *choices))):
            return all(isinstance(c, ir.Var) and c.name in locked for c in choices)
        case ir.Call(function=function):
            return not gives_new_memory(function)
        case _:
            return False


def _writable(name: str, type_: Type | None, supply: NameSupply, *, is_given: bool) -> ir.Var:
    """Return the variable that takes the place of a mixed one."""
    assert isinstance(type_, Array)
    return ir.Var(supply.fresh(name) if is_given else name, replace(type_, mutable=True))


def _copied(
    target: ir.Var, value: ir.Var | ir.Load, supply: NameSupply, span: ir.Span | None
) -> ir.Block:
    if isinstance(value, ir.Var):
        return (ir.Let(target, ir.Op("copy", (value,)), span),)
    view = ir.Var(supply.temporary())
    return ir.Let(view, value, span), ir.Let(target, ir.Op("copy", (view,)), span)
