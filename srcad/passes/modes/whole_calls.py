"""Derivatives of calls that stay calls: products of matrices, linear algebra.

    y = np.dot(a, b)            a_bar += np.dot(y_bar, b.T)
                                b_bar += np.dot(a.T, y_bar)

    x = np.linalg.solve(a, b)   a_bar, b_bar = solve_adjoint(a, x, x_bar)  (of the library)

What comes out is made of calls again, so that it can be differentiated again. Results of
such calls are never written: `arrays.calls` has seen to that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from srcad.ir import nodes as ir
from srcad.ir.types import Array
from srcad.passes.building.emitter import Emitter, add_elements, element_loops, zero
from srcad.passes.modes.kept_arrays import kept
from srcad.rules.linalg import OUTER, WHOLES, Whole, parameters, settled

if TYPE_CHECKING:
    from srcad.passes.modes.forward import Forward
    from srcad.passes.modes.sweep import Sweep

LETTERS = "ijklmnopq"


def call_of(
    emit: Emitter, row: Whole, args: tuple[ir.Atom, ...], target: ir.Var | None = None
) -> ir.Var:
    """Append a call of a function with one result; return the name of that."""
    result = ir.Var(emit.supply.temporary()) if target is None else target
    emit.out.append(ir.Call((result,), settled(row), row.text, args, emit.span))
    return result


def _atoms(stmt: ir.Call) -> tuple[ir.Var, ...]:
    return tuple(arg for arg in stmt.args if isinstance(arg, ir.Var))


# Forward ----------------------------------------------------------------------------


def whole_tangent(stmt: ir.Call, row: Whole, forward: Forward, emit: Emitter) -> None:
    """Append a call and the tangents of its results."""
    emit.out.append(stmt)
    if not any(forward.active.holds(t) for t in stmt.targets):
        return
    atoms = _atoms(stmt)
    active = tuple(k for k, atom in enumerate(atoms) if forward.active.holds(atom))
    if row.products:
        _product_tangent(stmt, row, active, forward, emit)
        return
    function = row.derivative("tangent", active)
    given: dict[str, ir.Atom] = _given(row, stmt)
    given |= {f"{row.params[k].name}_dot": forward.dot(atoms[k]) for k in active}
    args = tuple(given[name] for name in parameters(function))
    dots = tuple(
        forward.dot(t) if forward.active.holds(t) else ir.Var(emit.supply.temporary())
        for t in stmt.targets
    )
    emit.out.append(ir.Call(dots, function, function.__name__, args, emit.span))


def _given(row: Whole, stmt: ir.Call) -> dict[str, ir.Atom]:
    """Return the arguments and results of a call by their names in the table."""
    items, atoms = (*row.params, *row.results), (*_atoms(stmt), *stmt.targets)
    return {item.name: atom for item, atom in zip(items, atoms, strict=True)}


def _product_tangent(
    stmt: ir.Call, row: Whole, active: tuple[int, ...], forward: Forward, emit: Emitter
) -> None:
    """Append the tangent of what is linear in each argument."""
    atoms, dot = _atoms(stmt), forward.dot(stmt.targets[0])
    args = [(*atoms[:k], forward.dot(atoms[k]), *atoms[k + 1 :]) for k in active]
    if len(args) == 1:
        call_of(emit, row, args[0], dot)
        return
    terms = [call_of(emit, row, one) for one in args]
    emit.let(dot, ir.Op("empty_like", (terms[0],), (None,)))
    ndim = len(row.results[0].axes)
    index = tuple(ir.Var(emit.supply.fresh(letter)) for letter in LETTERS[:ndim])
    body: list[ir.Stmt] = []
    inner = Emitter(emit.supply, body, emit.span)
    parts = [inner.temp(ir.Load(term, index)) for term in terms]
    inner.store(dot, index, inner.op("add", *parts))
    element_loops(emit, dot, ndim, body, index)


# Reverse ----------------------------------------------------------------------------


def whole_adjoint(stmt: ir.Call, row: Whole, sweep: Sweep) -> None:
    """Append what a call gives to the adjoints of its arguments."""
    if not any(sweep.is_active(t) for t in stmt.targets):
        return
    atoms = _atoms(stmt)
    active = tuple(k for k, atom in enumerate(atoms) if sweep.is_active(atom))
    flows = {
        f"{item.name}_bar": _flow(sweep, stmt, target)
        for item, target in zip(row.results, stmt.targets, strict=True)
    }
    names = {item.name: atom for item, atom in zip(row.params, atoms, strict=True)}
    results = {item.name: t for item, t in zip(row.results, stmt.targets, strict=True)}
    names |= results
    emit = sweep.emitter(stmt)

    def values(wanted: tuple[str, ...]) -> tuple[ir.Atom, ...]:
        return tuple(
            flows[name]
            if name in flows
            else value_at_call(sweep, stmt, names[name], is_result=name in results)
            for name in wanted
        )

    if row.products:
        for k in active:
            product, shadow = row.products[k], sweep.shadow(stmt, atoms[k])
            args = values(product.args)
            if product.function == OUTER:
                _add_outer(emit, shadow, args)
            else:
                bar = call_of(emit, WHOLES[product.function], args)
                add_elements(emit, shadow, bar, len(row.params[k].axes))
        return
    function = row.derivative("adjoint", active)
    args = values(parameters(function))
    bars = tuple(ir.Var(emit.supply.temporary()) for _ in active)
    emit.out.append(ir.Call(bars, function, function.__name__, args, stmt.span))
    for target in stmt.targets:
        if sweep.is_active(target) and not isinstance(target.type, Array):
            emit.let(sweep.bar(target), zero(target.type))
    for k, bar in zip(active, bars, strict=True):
        add_elements(emit, sweep.shadow(stmt, atoms[k]), bar, len(row.params[k].axes))


def _flow(sweep: Sweep, stmt: ir.Call, target: ir.Var) -> ir.Atom:
    """Return the adjoint of a result."""
    if isinstance(target.type, Array):
        return sweep.made_shadow(stmt, target)
    return sweep.bar(target) if sweep.is_active(target) else zero(target.type)


def _add_outer(emit: Emitter, shadow: ir.Var, vectors: tuple[ir.Atom, ...]) -> None:
    """Append `shadow += outer(u, v)`, element by element."""
    u, v = (atom for atom in vectors if isinstance(atom, ir.Var))
    i, j = (ir.Var(emit.supply.fresh(letter)) for letter in "ij")
    inside: list[ir.Stmt] = []
    inner = Emitter(emit.supply, inside, emit.span)
    left = ir.Var(emit.supply.temporary())
    right = inner.temp(ir.Load(v, (j,)))
    inner.accumulate(shadow, (i, j), inner.op("mul", left, right))
    columns = emit.op("shape", v, static=(0,))
    rows = emit.op("shape", u, static=(0,))
    one, nil = ir.Const(1), ir.Const(0)
    body = (
        ir.Let(left, ir.Load(u, (i,)), emit.span),
        ir.For(j, nil, columns, one, tuple(inside), None, emit.span),
    )
    emit.out.append(ir.For(i, nil, rows, one, body, None, emit.span))


# What the adjoint needs -------------------------------------------------------------


def value_at_call(sweep: Sweep, stmt: ir.Call, var: ir.Var, *, is_result: bool = False) -> ir.Atom:
    """Return an argument (or a result) as it was when the call ran forward."""
    region = sweep.region
    if not isinstance(var.type, Array):
        if not is_result:
            return region.use(stmt, var)
        return region.recover(sweep.facts.defs[stmt, var.name])
    if is_result:
        d = sweep.facts.defs[stmt, var.name]
        return region.recover(d) if region.available(d) else kept(sweep, stmt, var, d)
    d = sweep.facts.reads[stmt, var.name]
    if region.has_array(d):
        return sweep.call_argument(stmt, var)
    return kept(sweep, stmt, var, d)
