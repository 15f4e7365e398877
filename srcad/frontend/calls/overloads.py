"""`@overload`: the implementation that stands for a function in compiled code.

What runs there is differentiated, never the Python function itself. Which implementation that is
depends on the types of the arguments: it is taken where all types that they may have here give
the same one, and refused otherwise.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import product
from types import FunctionType
from typing import Any

from numba.core import types

from srcad.backend.numba_kernels import method_makers, overload_makers
from srcad.frontend.names.meaning import Known, ListOf, Meaning, TupleOf
from srcad.frontend.names.state import State
from srcad.frontend.names.structural import Arguments
from srcad.ir.nodes import Const, Let, Load, Op, Var
from srcad.ir.primitives import EXTENTS
from srcad.ir.types import Scalar
from srcad.ir.walk import statements, targets
from srcad.rules.table import RULES
from srcad.rules.wholes import VIEWS

KINDS = (types.float64, types.int64, types.float32)
"""What the numbers of an argument may be."""
LAYOUTS = ("C", "A")
MOST = 200
"""As many combinations of types are tried."""
BY_NAME = {
    "float64": types.float64,
    "float32": types.float32,
    "bool": types.boolean,
    **{f"int{n}": getattr(types, f"int{n}") for n in (8, 16, 32, 64)},
    **{f"uint{n}": getattr(types, f"uint{n}") for n in (8, 16, 32, 64)},
}
DOUBLE = (types.float64,)


def overloaded(
    state: State, func: FunctionType, arguments: Arguments, node: ast.Call
) -> FunctionType | None:
    """Return what runs in compiled code in place of a Python function, None if it is itself."""
    return _chosen(state, overload_makers(func), arguments, node)


def overloaded_method(
    state: State, name: str, arguments: Arguments, node: ast.Call
) -> FunctionType | None:
    """Return what runs as the method of an array, the first argument; None if there is none."""
    return _chosen(state, method_makers(types.Array, name), arguments, node)


def _chosen(
    state: State, makers: list[Any], arguments: Arguments, node: ast.Call
) -> FunctionType | None:
    if not makers:
        return None
    found = _implementations(state, makers, arguments)
    if found is None:
        message = f"which implementation of '{ast.unparse(node.func)}' Numba chooses is not known"
        hint = "call the implementation itself, or give the function a rule"
        state.fail(node, "E402", message, hint)
    return found


def _implementations(state: State, makers: list[Any], arguments: Arguments) -> FunctionType | None:
    """Return the implementation for all types that the arguments may have; None if not one."""
    given = [*arguments.positional, *arguments.named.values()]
    choices = [tuple(_types(state, meaning)) for meaning in given]
    count, names = len(arguments.positional), tuple(arguments.named)
    chosen: FunctionType | None = None
    for tried, row in enumerate(product(*choices)):
        named = dict(zip(names, row[count:], strict=True))
        made = [_made(maker, row[:count], named) for maker in makers]
        found = [one for one in made if one is not None]
        if len(found) != 1 or tried >= MOST:
            return None
        chosen = chosen or found[0]
        if not _is_same(chosen, found[0]):
            return None
    return chosen


def _made(
    maker: Any, given: tuple[types.Type, ...], named: dict[str, types.Type]
) -> FunctionType | None:
    """Return what an overload gives for types; nothing where it fails, as then in Numba."""
    try:
        found = maker(*given, **named)
    except Exception:  # noqa: BLE001 - of the user's, for types that do not occur
        return None
    return found if isinstance(found, FunctionType) else None


def _is_same(one: FunctionType, other: FunctionType) -> bool:
    """Return whether two implementations have the same code, and close over the same values."""
    if one.__code__ is not other.__code__ or one.__defaults__ != other.__defaults__:
        return False
    cells = zip(one.__closure__ or (), other.__closure__ or (), strict=True)
    try:
        return all(_is_one(a.cell_contents, b.cell_contents) for a, b in cells)
    except ValueError:  # an empty cell
        return False


def _is_one(one: object, other: object) -> bool:
    if isinstance(one, FunctionType) and isinstance(other, FunctionType):
        return one is other or _is_same(one, other)
    plain = int | float | str | bytes | None
    is_equal = isinstance(one, plain) and type(one) is type(other) and repr(one) == repr(other)
    return one is other or is_equal


# Types ------------------------------------------------------------------------------


def _types(state: State, meaning: Meaning) -> Iterator[types.Type]:
    """Yield the types that an argument may have; none for what has no type here."""
    match meaning:
        case Known(value=None):
            yield types.none
        case Known(value=str()):
            yield types.unicode_type
        case TupleOf(items=items, is_list=False, record=None):
            for row in product(*(tuple(_types(state, item)) for item in items)):
                yield types.Tuple(row)
        case ListOf(array=array):
            for kind in _kinds(state, array):
                yield types.List(kind, reflected=True)
        case Var() | Const():
            rank = state.rank(meaning)
            for kind in _kinds(state, meaning) if rank is not None else ():
                if rank:
                    yield from (types.Array(kind, rank, layout) for layout in LAYOUTS)
                else:
                    yield kind


def _kinds(state: State, atom: Var | Const) -> tuple[types.Type, ...]:
    """Return the dtypes that a number or an array may have."""
    if isinstance(atom, Const):
        if isinstance(atom.type, Scalar):
            return (BY_NAME[atom.type.dtype],) if atom.type.dtype in BY_NAME else KINDS
        kinds = {bool: types.boolean, int: types.int64, float: types.float64}
        return (kinds[type(atom.value)],)
    if state.is_truth(atom):
        return (types.boolean,)
    known = BY_NAME.get(state.dtypes.get(atom.name, ""))
    if known is not None:
        return (known,)
    for stmt in reversed(state.out):
        if isinstance(stmt, Let) and stmt.target.name == atom.name:
            return _kinds_of_value(state, stmt.value)
        if any(target.name == atom.name for s in statements((stmt,)) for target in targets(s)):
            break
    return KINDS


def _kinds_of_value(state: State, value: object) -> tuple[types.Type, ...]:
    """Return the dtypes that a value may have: a float64 makes all of an operation one."""
    match value:
        case Var() | Const():
            return _kinds(state, value)
        case Load(array=array):
            return _kinds(state, array)
        case Op(prim=prim) if prim in EXTENTS:
            return (types.int64,)
        case Op(prim="cast", static=(str(dtype), *_)) if dtype in BY_NAME:
            return (BY_NAME[dtype],)
        case Op(prim=prim, args=args) if prim in RULES and prim not in VIEWS and args:
            found = [_kinds(state, arg) for arg in args if isinstance(arg, Var | Const)]
            variables = [k for k, arg in zip(found, args, strict=True) if isinstance(arg, Var)]
            is_known = all(len(kinds) == 1 for kinds in found)
            if is_known and DOUBLE in variables and not state.is_truth(value):
                return DOUBLE
    return KINDS
