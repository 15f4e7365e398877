"""A derivative that is called inside a function becomes part of it.

Before                              After
    _t0 = grad_f(x)                     x_1 = x
    y = _t0 * x                         x_bar = 2.0 * x_1
                                        _t0 = x_bar
                                        y = _t0 * x

The statements of `grad_f` stand there under fresh names.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from srcad.ir import nodes as ir
from srcad.ir.names import NameSupply, is_temporary
from srcad.ir.types import Array, Type
from srcad.ir.walk import all_names, map_block, param_vars, rename, statements, targets

Resolve = Callable[[ir.Call], ir.Function | None]


def inline(function: ir.Function, resolve: Resolve) -> ir.Function:
    """Return `function` with the calls that `resolve` knows replaced by their bodies."""
    supply = NameSupply.of(function)
    constants = dict(function.constants)

    def one(stmt: ir.Stmt) -> ir.Stmt | ir.Block:
        callee = resolve(stmt) if isinstance(stmt, ir.Call) else None
        if callee is None:
            return stmt
        assert isinstance(stmt, ir.Call)
        constants.update(dict(callee.constants))
        return _body(stmt, callee, supply)

    body = map_block(function.body, one)
    return replace(function, body=body, constants=tuple(constants.items()))


def _body(stmt: ir.Call, callee: ir.Function, supply: NameSupply) -> ir.Block:
    kept = {name for name, _ in callee.constants}
    fresh = {
        name: supply.temporary() if is_temporary(name) else supply.fresh(name)
        for name in sorted(all_names(callee) - kept)
    }
    types = _types(callee)
    for param, arg in zip(callee.params, stmt.args, strict=False):
        types |= _given(param.value, arg)
    new = {name: ir.Var(alias, types.get(name)) for name, alias in fresh.items()}
    out: list[ir.Stmt] = []
    for param, arg in zip(callee.params, stmt.args, strict=False):
        _bind(param.value, arg, new, out, stmt.span)
    out.extend(_with_own_sites(rename(callee.body, new)))
    for target, result in zip(stmt.targets, callee.returns, strict=True):
        value = new.get(result.name, result) if isinstance(result, ir.Var) else result
        out.append(ir.Let(target, value, stmt.span))
    return tuple(out)


def _with_own_sites(block: ir.Block) -> ir.Block:
    """Return a block whose calls are told apart from those of other copies of it."""
    sites: dict[object, object] = {}

    def one(stmt: ir.Stmt) -> ir.Stmt:
        if not isinstance(stmt, ir.Call) or stmt.site is None:
            return stmt
        return replace(stmt, site=sites.setdefault(stmt.site, object()))

    return map_block(block, one)


def _bind(
    value: object, arg: object, new: dict[str, ir.Var], out: list[ir.Stmt], span: ir.Span | None
) -> None:
    match value, arg:
        case ir.Var(name=name), ir.Var() | ir.Const():
            out.append(ir.Let(new[name], arg, span))
        case tuple(), tuple():
            for item, part in zip(value, arg, strict=True):
                _bind(item, part, new, out, span)
        case _:
            pass


def _given(value: object, arg: object) -> dict[str, Type | None]:
    """Return the types of the arrays that parameters are given: a cotangent may be any array."""
    match value, arg:
        case ir.Var(name=name, type=Array()), ir.Var(type=Array() as type_):
            return {name: type_}
        case tuple(), tuple():
            parts = [_given(item, part) for item, part in zip(value, arg, strict=True)]
            return {name: type_ for part in parts for name, type_ in part.items()}
        case _:
            return {}


def _types(callee: ir.Function) -> dict[str, Type | None]:

    found: dict[str, Type | None] = {v.name: v.type for v in param_vars(callee.params)}
    for stmt in statements(callee.body):
        for target in targets(stmt):
            found[target.name] = target.type
        if isinstance(stmt, ir.Save | ir.Restore):
            found[stmt.slot.name] = stmt.slot.type or found.get(stmt.slot.name)
    return found
