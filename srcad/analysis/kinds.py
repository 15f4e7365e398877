"""The types of the names that passes made up, as far as they follow from the others.

Derivative passes leave the types of their own names open, because Numba infers them again.
The passes that clean up only need to know what surely is a number and what surely is a
float64: where this analysis does not know, they do nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from srcad.ir import nodes as ir
from srcad.ir.known import once
from srcad.ir.primitives import EXTENTS, LIKES, MAKERS, TRUTHS
from srcad.ir.types import BOOL, FLOAT, INT, Array, Scalar, Type
from srcad.ir.walk import atoms, operands, param_vars, statements, targets
from srcad.rules.table import RULES

_COUNTS = EXTENTS | {"axis_step", "along"}
_CLOSED = frozenset({"add", "sub", "mul", "neg", "pos", "mod", "floordiv", "abs", "max", "min"})
_ROUNDS = 3


@once
def kinds(function: ir.Function) -> Mapping[str, Type]:
    """Return the type of every name whose definitions agree on one."""
    body = statements(function.body)
    known = _declared(function, body)
    for _ in range(_ROUNDS):
        body = [s for s in body if type(s) is not ir.Let or s.target.name not in known]
        found = _round(body, known)
        if len(found) == len(known):  # it has all that is known already
            break
        known = found
    return known


def _declared(function: ir.Function, body: list[ir.Stmt]) -> dict[str, Type]:
    """Return the types that names are written with, the first one of each name."""
    found: dict[str, Type] = {}
    for stmt in reversed(body):
        found.update(_typed(stmt))
    declared = {v.name: v.type for v in param_vars(function.params) if v.type is not None}
    return found | declared


@once
def _typed(stmt: ir.Stmt) -> dict[str, Type]:
    """Return the types of what a statement itself binds or reads, where it has them."""
    if type(stmt) is ir.Let:
        found: list[Any] = [stmt.target, *atoms(stmt.value)]
    else:
        found = [*targets(stmt), *(atom for part in operands(stmt) for atom in atoms(part))]
    types = {v.name: v.type for v in reversed(found) if type(v) is ir.Var and v.type is not None}
    if isinstance(stmt, ir.For):
        types.setdefault(stmt.var.name, INT)
    return types


def _round(body: list[ir.Stmt], known: Mapping[str, Type]) -> dict[str, Type]:
    """Return `known` and what one pass over the definitions adds to it."""
    found = dict(known)
    refuted: set[str] = set()
    for stmt in body:
        for target in (stmt.target,) if type(stmt) is ir.Let else targets(stmt):
            if target.name in known or target.name in refuted or isinstance(stmt, ir.Accum):
                continue
            type_ = kind_of(stmt.value, found) if isinstance(stmt, ir.Let) else None
            if type_ is None or found.setdefault(target.name, type_) != type_:
                refuted.add(target.name)
                found.pop(target.name, None)
    return found


def kind_of(value: ir.Value, known: Mapping[str, Type]) -> Type | None:
    """Return the type of a value, None where it does not follow."""
    match value:
        case ir.Var(name=name, type=type_):
            return type_ or known.get(name)
        case ir.Const(value=number, type=type_):
            return type_ or _of_number(number)
        case ir.Load(array=array, index=index):
            return _of_element(kind_of(array, known), index)
        case ir.Op(prim=prim, args=args, static=static):
            return _of_operation(prim, [kind_of(arg, known) for arg in args], static)


def _of_number(number: float) -> Type | None:
    if isinstance(number, bool):
        return BOOL
    if isinstance(number, int):
        return INT
    return FLOAT if type(number).__name__ in {"float", "float64"} else None


def _of_element(array: Type | None, index: ir.Index) -> Type | None:
    if not isinstance(array, Array):
        return None
    left = array.ndim - sum(not isinstance(part, ir.Slice) for part in index)
    return Array(array.dtype, left, "A", array.mutable) if left else Scalar(array.dtype)


def _of_operation(prim: str, args: list[Type | None], static: tuple[object, ...]) -> Type | None:
    if prim in _COUNTS:
        return INT
    if prim in MAKERS:
        return _of_maker(prim, args, static)
    if prim == "copy" or (prim in LIKES and static in {(), (None,)}):
        first = args[0]
        return Array(first.dtype, first.ndim) if isinstance(first, Array) else None
    if not all(isinstance(arg, Scalar) for arg in args):
        return None
    if prim in TRUTHS:
        return BOOL
    if prim == "cast":
        return Scalar(str(static[0]))
    if prim == "select":
        return args[1] if args[1] == args[2] else None
    rule = RULES.get(prim)
    if FLOAT in args and ((rule is not None and rule.active) or prim in _CLOSED):
        return FLOAT
    if prim in _CLOSED and len(set(args)) == 1 and args[0] in {INT, FLOAT, Scalar("float32")}:
        return args[0]  # narrower integers become int64
    return None


def _of_maker(prim: str, args: list[Type | None], static: tuple[object, ...]) -> Type | None:
    dtype = static[0] if static else None
    shape = args[1:] if prim == "full" else args
    if dtype == "like":
        array, *shape = shape
        dtype = array.dtype if isinstance(array, Array) else None
    return Array(str(dtype), len(shape)) if dtype is not None and shape else None
