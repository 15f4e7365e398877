"""Attributes: facts about arrays, fields, members, methods."""

from __future__ import annotations

import ast
from enum import Enum, EnumType
from types import ModuleType

import numpy as np
from numba.core import types

from srcad.backend.numba_kernels import method_makers
from srcad.frontend.names.meaning import (
    BoundTo,
    DtypeOf,
    ElementOf,
    GridOf,
    GrowingOf,
    Known,
    ListMethodOf,
    ListOf,
    Meaning,
    MethodOf,
    RecordOf,
    ShapeOf,
    TupleOf,
    noun,
)
from srcad.frontend.names.records import is_property, part_or_method
from srcad.frontend.names.scope import from_place, meaning_of, shape_tuple
from srcad.frontend.names.state import State
from srcad.frontend.names.structural import Arguments
from srcad.frontend.numpy.arrays import METHODS, reversed_axes
from srcad.frontend.numpy.fields import fact_or_field, is_structured
from srcad.frontend.numpy.subscripts import viewed
from srcad.frontend.numpy.views import transposed
from srcad.frontend.syntax.opened import place_key
from srcad.frontend.syntax.source import ABSENT
from srcad.frontend.syntax.survey import CHANGING
from srcad.ir.nodes import Const, Var

DENSITY = (
    "write the density out: -0.5 * ((y - m) / s) ** 2 - np.log(s) for the log of a normal one; "
    "scipy.special has gammaln and others"
)
STATISTICS = {
    "cdf": "write it with scipy.special: ndtr((y - m) / s) for a normal one, gammainc, betainc",
    "logcdf": "write it with scipy.special: log_ndtr((y - m) / s) for a normal one",
    "sf": "write it with scipy.special: ndtr((m - y) / s) for a normal one",
    "ppf": "write it with scipy.special: m + s * ndtri(p) for a normal one",
    "rvs": "draw the numbers outside, and pass them as an argument",
}
"""What to write instead of methods of SciPy's distributions."""


def attribute(state: State, node: ast.Attribute) -> Meaning:
    """Return the meaning of `value.attr`."""
    member = _member(state, node)
    if member is not None:
        return meaning_of(state, getattr(member, node.attr), node.attr, node)
    base = state.expr(state, node.value)
    match base:
        case Known(value=Enum() as one) if node.attr in {"name", "value"}:
            return meaning_of(state, getattr(one, node.attr), node.attr, node)
        case Var():
            return _array_fact(state, base, node)
        case TupleOf(items=items, fields=fields) if node.attr in fields:
            return items[fields.index(node.attr)]
        case DtypeOf(array=array) if node.attr in {"kind", "itemsize", "name"}:
            if array.name not in state.dtypes:
                hint = "ask for that of an argument which is assigned nowhere"
                state.fail(node, "E404", "this dtype is not known while compiling", hint)
            found = getattr(np.dtype(state.dtypes[array.name]), node.attr)
            return meaning_of(state, found, node.attr, node)
        case ElementOf() | RecordOf() if is_structured(base):
            return fact_or_field(state, base, node, viewed)
        case RecordOf():
            found = part_or_method(state, base, node)
            if isinstance(found, BoundTo) and is_property(found):
                tree = ast.copy_location(ast.Call(node, [], []), node)
                return state.call(state, found, Arguments((), {}), tree)
            return found
        case TupleOf(is_list=True) if hasattr(np.ndarray, node.attr) and not hasattr(
            list, node.attr
        ):
            hint = f"make it an array: np.array({ast.unparse(node.value)})"
            state.fail(node, "E404", f"lists have no attribute '{node.attr}'", hint)
        case GrowingOf():
            return ListMethodOf(base, node.attr)
        case TupleOf(is_list=True) | ListOf() if node.attr in CHANGING:
            hint = "change it under the name that it is made for: values = [...]"
            state.fail(node, "E404", f"'{node.attr}' of a list that has another name", hint)
        case TupleOf(is_list=True) | ListOf():
            hint = "make the array with np.empty(n), and assign its elements in the loop"
            state.fail(node, "E404", f"the list method '{node.attr}' is not supported", hint)
        case Known(value=str() as text) if hasattr(text, node.attr):
            return Known(getattr(text, node.attr))
        case Known(value=value) if isinstance(value, ModuleType | type | np.ufunc) or hasattr(
            value, "__srcad_derivative__"
        ):
            if isinstance(value, ModuleType):
                hidden = from_place(state, place_key(vars(value), node.attr))
                if hidden is not None:
                    return hidden
            found = getattr(value, node.attr, ABSENT)
            if found is ABSENT:
                message = f"'{ast.unparse(node.value)}' has no attribute '{node.attr}'"
                state.fail(node, "E404", message, "check the spelling")
            return meaning_of(state, found, node.attr, node)
    message = f"the attribute '{node.attr}' of {noun(base)} is not supported"
    hint = "pass the value as an argument"
    if isinstance(base, Known) and type(base.value).__module__.startswith("scipy.stats"):
        hint = STATISTICS.get(node.attr, DENSITY)
    state.fail(node, "E404", message, hint)


def _member(state: State, node: ast.Attribute) -> Enum | None:
    """Return the member of an enumeration whose name or value is asked for, None if it is none."""
    if node.attr not in {"name", "value"} or not isinstance(node.value, ast.Attribute):
        return None
    owner = node.value.value
    if not isinstance(owner, ast.Name) or owner.id in state.frame.survey.stores:
        return None
    found = state.frame.source.lookup(owner.id)
    member = getattr(found, node.value.attr, None) if isinstance(found, EnumType) else None
    return member if isinstance(member, Enum) else None


def _array_fact(state: State, array: Var, node: ast.Attribute) -> Meaning:
    rank = state.ranks.get(array.name)
    match node.attr:
        case "shape":
            return ShapeOf(array)
        case "size":
            return state.op(node, "size", array)
        case "ndim":
            return state.op(node, "ndim", array) if rank is None else Const(rank)
        case "dtype":
            return DtypeOf(array)
        case "T":
            return reversed_axes(state, array, node)
        case "mT":
            if rank is None or rank < 2:
                state.fail(node, "E503", "'mT' needs two dimensions", "use a matrix")
            axes = range(rank)
            return transposed(state, array, (*axes[:-2], *axes[:-3:-1]), node)
        case "real" | "imag":
            return state.op(node, node.attr, array)
        case "flat":
            return GridOf(shape_tuple(state, ShapeOf(array), node).items, array, gives_index=False)  # type: ignore[arg-type]
        case name if name in METHODS or method_makers(types.Array, name):
            return MethodOf(array, name)
        case name:
            message = f"the array attribute '{name}' is not supported"
            state.fail(node, "E404", message, "use .shape, .size, .ndim, .dtype, .copy(), loops")
