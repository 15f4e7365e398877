"""What a function gives back: its result, and the arrays that it writes.

Both modes treat an argument array that the function writes as one more output. Derivative
code works on a copy of it, and returns its final contents after the function's own result,
in the order of the arguments.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from srcad.analysis.origins import written_params
from srcad.ir import nodes as ir
from srcad.ir.records import Made, alike, complex_record, fields_of, is_complex_record
from srcad.ir.types import Array, is_float
from srcad.ir.walk import param_vars


@dataclass(frozen=True, slots=True)
class Outputs:
    """The outputs of a function as flat atoms, and the structure they are returned in."""

    atoms: tuple[ir.Atom, ...]
    result: object
    mutated: tuple[ir.Var, ...]


def outputs(function: ir.Function) -> Outputs:
    """Return the outputs of `function`: a single one is bare, several are a tuple."""
    written = written_params(function)
    params = [v for v in param_vars(function.params) if isinstance(v.type, Array)]
    whole = {part.name: parts for parts in complex_arrays(function) for part in parts}
    written |= {part.name for name in written for part in whole.get(name, ())}
    mutated = tuple(v for v in params if v.name in written)
    atoms = (*function.returns, *mutated)
    if not mutated:
        return Outputs(atoms, function.result, ())
    first = len(function.returns)
    parts = [] if function.result is None else [function.result]
    for k, v in enumerate(mutated, first):
        if v.name not in whole:
            parts.append(k)
        elif v is whole[v.name][0]:
            parts.append(Made((k, k + 1), complex_record(is_array=True)))
    result: object = parts[0] if len(parts) == 1 else tuple(parts)
    return Outputs(atoms, result, mutated)


def complex_arrays(function: ir.Function) -> list[tuple[ir.Var, ir.Var]]:
    """Return the parts of the arguments, or of parts of them, that are complex arrays."""
    found = []
    for value in _structures(function):
        if is_complex_record(value.record):
            re, im = param_vars((ir.Param("", value),))
            if isinstance(re.type, Array):
                found.append((re, im))
    return found


def alternating(function: ir.Function) -> list[tuple[ir.Var, ir.Var]]:
    """Return pairs of arrays whose elements alternate in memory, so that none is shared.

    They are the parts of complex numbers, and the fields of structured arrays.
    """
    found = complex_arrays(function)
    for value in _structures(function):
        if value.record.is_structured:
            found += combinations(param_vars((ir.Param("", value),)), 2)
    return found


def _structures(function: ir.Function) -> Iterator[Made]:
    """Yield all structures among the arguments, in order."""
    pending: list[object] = [param.value for param in reversed(function.params)]
    while pending:
        value = pending.pop()
        if isinstance(value, Made):
            yield value
        if isinstance(value, tuple):
            pending += reversed(value)


def map_leaves(structure: object, leaf: Callable[[object], object]) -> object:
    """Return a nested tuple with `leaf` applied to its leaves; None has none."""
    if isinstance(structure, tuple):
        return alike(structure, tuple(map_leaves(part, leaf) for part in structure))
    return None if structure is None else leaf(structure)


def of_floats(like: object, structure: object, types: Sequence[ir.Atom] = ()) -> object:
    """Return a structure of derivatives without the fields of structured arrays that have none.

    like: the structure of what they are derivatives of; its numbers stand for some of `types`.
    """
    if not isinstance(like, tuple) or not isinstance(structure, tuple):
        return structure
    parts = tuple(of_floats(a, b, types) for a, b in zip(like, structure, strict=True))
    if not isinstance(like, Made) or not like.record.leaves_out:
        return alike(structure, parts)
    return fields_of(parts, like.record, (_has_floats(part, types) for part in like))


def _has_floats(like: object, types: Sequence[ir.Atom]) -> bool:
    if isinstance(like, tuple):
        return any(_has_floats(part, types) for part in like)
    atom = types[like] if isinstance(like, int) else like
    return isinstance(atom, ir.Var | ir.Const) and is_float(atom.type)


def parameter_name(base: str, taken: Iterable[str]) -> str:
    """Return the name of an added parameter: `base`, underscores appended until free."""
    names = set(taken)
    while base in names:
        base += "_"
    return base


def shifted(structure: object, by: int) -> object:
    """Return a result structure whose leaves are counted from `by`."""
    if isinstance(structure, int):
        return structure + by
    if isinstance(structure, tuple):
        return alike(structure, tuple(shifted(part, by) for part in structure))
    return None
