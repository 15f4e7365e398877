"""What stands at the entry and at the exit of every derivative function."""

from __future__ import annotations

from srcad.analysis.aliasing import Aliases
from srcad.ir import nodes as ir
from srcad.ir.types import Array
from srcad.ir.walk import param_vars
from srcad.ir.wording import called
from srcad.passes.building.emitter import Emitter
from srcad.passes.building.outputs import alternating


def shape_checks(emit: Emitter, pairs: list[tuple[ir.Var, ir.Var]], kind: str) -> None:
    """Append a check that each second array has the shape of the first."""
    for array, partner in pairs:
        assert isinstance(array.type, Array)
        wrong: ir.Atom = ir.Const(value=False)
        for axis in range(array.type.ndim):
            extents = [emit.op("shape", v, static=(axis,)) for v in (array, partner)]
            differs = emit.op("ne", *extents)
            wrong = differs if isinstance(wrong, ir.Const) else emit.op("or", wrong, differs)
        if isinstance(wrong, ir.Const):
            continue
        what = called(array.name, emit.span, "the result")
        message = f"the {kind} of {what} must have its shape"
        emit.out.append(ir.If(wrong, (ir.Raise(ValueError, (message,), emit.span),), (), emit.span))


def copies_at_entry(
    emit: Emitter, function: ir.Function, mutated: tuple[ir.Var, ...]
) -> frozenset[str]:
    """Append copies of the arrays that the function writes; the caller's stay as they are.

    An array that shares memory with a written one would see the writes: that is refused.
    """
    arrays = [v for v in param_vars(function.params) if isinstance(v.type, Array)]
    names = [v.name for v in mutated]
    beside = {(one.name, other.name) for one, other in alternating(function)}
    for position, var in enumerate(arrays):
        for other in arrays[position + 1 :]:
            if (var.name, other.name) in beside:
                continue
            if var.name in names or other.name in names:
                shared = emit.op("overlaps", var, other)
                both = " and ".join(called(v.name, emit.span, "an argument") for v in (var, other))
                message = f"{both} share memory, and the function writes it"
                problem = ir.Raise(ValueError, (message,), emit.span)
                emit.out.append(ir.If(shared, (problem,), (), emit.span))
    for var in mutated:
        emit.let(ir.Var(var.name), ir.Op("copy", (var,)))
    return frozenset(names)


def fresh_results(
    emit: Emitter,
    function: ir.Function,
    atoms: tuple[ir.Atom, ...],
    classes: Aliases,
    copied: frozenset[str],
    changing: frozenset[str] = frozenset(),
) -> tuple[ir.Atom, ...]:
    """Return the outputs, copied where they may be the caller's memory or another output.

    copied: arguments that are copies already. changing: classes of arrays that do not stay
    as they are now.
    """
    given = [v.name for v in param_vars(function.params) if v.name not in copied]
    taken = {classes.of(name) for name in (*given, *(n for n, _ in function.constants))}
    taken |= changing
    out: list[ir.Atom] = []
    for atom in atoms:
        result = atom
        if isinstance(atom, ir.Var) and isinstance(atom.type, Array):
            if classes.of(atom.name) in taken:
                name = ir.Var(emit.supply.fresh(f"{atom.name}_out"))
                result = emit.let(name, ir.Op("copy", (atom,)))
            taken.add(classes.of(atom.name))
        out.append(result)
    return tuple(out)
