"""NumPy functions and methods of whole arrays: reductions, products, and the library.

What is not an operation of the IR is inlined from `srcad.library`, where it is written in
the language that is accepted here.
"""

from __future__ import annotations

import ast
import sys

import numpy as np

from srcad import library
from srcad.frontend.names.meaning import NONE, DtypeOf, Known, ListOf, Meaning, ShapeOf, TupleOf
from srcad.frontend.names.scope import as_atom
from srcad.frontend.names.state import State
from srcad.frontend.names.structural import HANDLERS as STRUCTURAL
from srcad.frontend.names.structural import Arguments, Handler, taken
from srcad.frontend.numpy.arguments import (
    array_of,
    as_array,
    axes_of,
    converted,
    dtype_of,
    known_rank,
    library_call,
)
from srcad.frontend.numpy.contractions import CONTRACTIONS
from srcad.frontend.numpy.draws import draw, draw_array, of_extents
from srcad.frontend.numpy.elementwise import ELEMENTWISE
from srcad.frontend.numpy.fourier import transform
from srcad.frontend.numpy.joins import JOINS
from srcad.frontend.numpy.linalg import FUNCTIONS as LINALG
from srcad.frontend.numpy.linalg import OWN, matmul
from srcad.frontend.numpy.lists import LISTS
from srcad.frontend.numpy.outputs import into, write
from srcad.frontend.numpy.reduced import BUILTINS, REDUCTIONS
from srcad.frontend.numpy.sharing import SHARING, marked
from srcad.frontend.numpy.views import VIEWS, at_least, reversed_axes
from srcad.ir.nodes import Const, Let, Op, Var

__all__ = [
    "HANDLERS",
    "METHODS",
    "array_of",
    "functions",
    "library_call",
    "matmul",
    "reversed_axes",
]


def _array(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    source, dtype, _ = taken(state, arguments, node, "object dtype copy", 1)
    if isinstance(source, TupleOf | ShapeOf):
        return array_of(state, source, node, dtype_of(state, dtype, node))
    atom = as_array(state, source, node)
    if dtype is not None and dtype != NONE:
        return converted(state, atom, dtype, node)
    return state.op(node, "copy", atom) if state.rank(atom) else atom


def _asarray(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    """Return the array itself; with a dtype, what may be that or a copy of it."""
    source, dtype = taken(state, arguments, node, "a dtype", 1)
    no_dtype = dtype is None or dtype == NONE
    if not isinstance(source, Var) or not state.ranks.get(source.name):
        return _array(state, arguments, node)
    if no_dtype:
        return source
    return _array(state, arguments, node)


def _part(name: str) -> Handler:
    """Return the handler of `np.real` or `np.imag`: of arrays, the part itself."""

    def handler(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
        (source,) = taken(state, arguments, node, "val", 1)
        return state.op(node, name, as_array(state, source, node))

    return handler


def _conjugate(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    """Return the conjugate: also as a method of numbers and arrays."""
    source, out = taken(state, arguments, node, "x out", 1)
    return into(state, out, state.op(node, "conjugate", as_array(state, source, node)), node)


def _contiguous(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    """Return an array of at least one dimension, as NumPy does: a copy for most layouts."""
    return at_least(state, as_array(state, _array(state, arguments, node), node), 1, node)


def _astype(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    source, dtype = taken(state, arguments, node, "a dtype", 2)
    return converted(state, as_array(state, source, node), dtype or NONE, node)


def _result_type(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    atoms = [as_array(state, item, node) for item in arguments.positional]
    return DtypeOf(state.op(node, "result_type", *atoms))


NO_ARRAYS = ("axis", "axes", "shape", "shift", "range", "limits", "mode", "side", "size", "taken")
"""Parameters of the library whose tuples stay tuples."""


def from_library(name: str) -> Handler:
    """Return the handler of a function that the library has under this name."""
    func = library.FUNCTIONS[name]
    params = func.__code__.co_varnames[: func.__code__.co_argcount]

    def handler(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
        def plain(param: str, value: Meaning) -> Meaning:
            if not isinstance(value, TupleOf | ShapeOf | ListOf) or param in NO_ARRAYS:
                return value
            return as_array(state, value, node)

        count = len(arguments.positional) - len(params)
        pairs = zip((*params, *[""] * count), arguments.positional, strict=False)
        positional = tuple(plain(param, value) for param, value in pairs)
        named = {param: plain(param, value) for param, value in arguments.named.items()}
        found = library_call(state, func, Arguments(positional, named), node)
        return found if name == "rot90" else _own(state, found, node)

    return handler


def _own(state: State, found: Meaning, node: ast.Call) -> Meaning:
    """Return a result as an array of its own, which the user may write to."""
    match state.out:
        case [*_, Let(target=target, value=Op(prim="transpose"))] if target == found:
            return state.op(node, "copy", target) if state.frame.at is None else found
        case _:
            return found


# What the library asks ---------------------------------------------------------------


def _unsupported(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    message, hint = arguments.positional
    assert isinstance(message, Known)
    assert isinstance(hint, Known)
    state.fail(node, "E208", str(message.value), str(hint.value))


def _is_tuple(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    (value,) = taken(state, arguments, node, "value", 1)
    return Const(isinstance(value, TupleOf | ShapeOf))


def _is_truth(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    (value,) = taken(state, arguments, node, "value", 1)
    return Const(isinstance(value, Var | Const) and state.is_truth(value))


def _axes(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    array, axis = taken(state, arguments, node, "a axis", 2)
    rank = known_rank(state, as_array(state, array, node), node)
    return TupleOf(tuple(map(Const, axes_of(state, axis, rank, node))))


def _constant(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    (value,) = taken(state, arguments, node, "value", 1)
    return state.op(node, "stop_gradient", as_atom(state, value or NONE, node))


def _lambertw(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    """Return `scipy.special.lambertw`, the real one."""
    x, k, _ = taken(state, arguments, node, "z k tol", 1)
    atoms = [as_atom(state, value or NONE, node) for value in (x, k or Const(0))]
    return state.op(node, "lambertw", *atoms)


def _of_parts(prim: str) -> Handler:
    """Return the handler of an operation that is none for real numbers, or another one."""

    def handler(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
        (value,) = taken(state, arguments, node, "value", 1)
        return state.op(node, prim, as_array(state, value, node))

    return handler


def _complex(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    re, im = (as_array(state, part, node) for part in arguments.positional)
    return state.op(node, "complex", re, im)


INTRINSICS: dict[str, Handler] = {
    "drawn": draw,
    "drawn_array": draw_array,
    "complex_numbers": _complex,
    "fourier": transform("fourier"),
    "fourier_back": transform("fourier_back"),
    "squares": _of_parts("squares"),
    "conjugated": _of_parts("conjugated"),
    "unsupported": _unsupported,
    "is_tuple": _is_tuple,
    "is_truth": _is_truth,
    "axes": _axes,
    "constant": _constant,
}


def _fill(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    source, value = taken(state, arguments, node, "a value", 2)
    assert isinstance(source, Var)
    atom = as_atom(state, value or NONE, node, "as a fill value")
    known_rank(state, source, node)
    write(state, source, atom, node)
    return NONE


FUNCTIONS: dict[str, tuple[str, Handler]] = (
    VIEWS
    | JOINS
    | REDUCTIONS
    | ELEMENTWISE
    | LINALG
    | CONTRACTIONS
    | {
        "array": ("np.array", _array),
        "asarray": ("np.asarray", _asarray),
        "real": ("np.real", _part("real")),
        "imag": ("np.imag", _part("imag")),
        "conjugate": ("np.conjugate", _conjugate),
        "ascontiguousarray": ("np.ascontiguousarray", _contiguous),
        "asfortranarray": ("np.asfortranarray", _contiguous),
        "result_type": ("np.result_type", _result_type),
        **{name: (f"np.{name}", from_library(name)) for name in library.NUMPY},
        "linalg_pinv": ("np.linalg.pinv", from_library("pinv")),
        **{f"fft_{name}": (f"np.fft.{name}", from_library(name)) for name in library.FOURIER},
        **{
            f"random_{name}": (f"np.random.{name}", from_library(f"random_{name}"))
            for name in library.RANDOM
        },
        "random_rand": ("np.random.rand", of_extents("random_random")),
        "random_randn": ("np.random.randn", of_extents("random_standard_normal")),
    }
)

ALIASES = {
    **{f"np.random.{name}": "random_random" for name in ("random_sample", "ranf", "sample")},
    "np.amax": "amax",
    "np.amin": "amin",
    "np.around": "around",
    "np.permute_dims": "transpose",
    "np.trapz": "trapezoid",
    "np.concat": "concatenate",
    "np.row_stack": "vstack",
}


def _marking(name: str, handler: Handler) -> Handler:
    """Return the handler of a function whose result may share memory in NumPy.

    It shares none with a list.
    """

    def marking(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
        positional = tuple(
            state.op(node, "copy", item.array) if isinstance(item, ListOf) else item
            for item in arguments.positional
        )
        arguments = Arguments(positional, arguments.named)
        return marked(state, name, arguments, handler(state, arguments, node), node)

    return marking if name in SHARING else handler


HANDLERS: dict[str, Handler] = {
    **{
        f"array {name}": _marking(name, handler) for name, (_, handler) in (FUNCTIONS | OWN).items()
    },
    **BUILTINS,
    **LISTS,
    **INTRINSICS,
    **{f"special {name}": from_library(name) for name in library.SPECIAL},
    "special lambertw": _lambertw,
}

METHODS: dict[str, Handler] = {
    **{name: HANDLERS[f"array {name}"] for name in library.METHODS},
    **{name: REDUCTIONS[name][1] for name in ("sum", "prod", "mean", "any", "all")},
    **{name: FUNCTIONS[name][1] for name in ("dot", "clip", "take", "item")},
    **{
        name: FUNCTIONS[name][1]
        for name in ("transpose", "swapaxes", "squeeze", "reshape", "ravel")
    },
    "max": REDUCTIONS["amax"][1],
    "min": REDUCTIONS["amin"][1],
    "round": FUNCTIONS["around"][1],
    "copy": STRUCTURAL["copy"],
    "flatten": FUNCTIONS["flatten"][1],
    "sort": from_library("sort_in_place"),
    "astype": _astype,
    "conj": _conjugate,
    "conjugate": _conjugate,
    "fill": _fill,
}


def functions() -> dict[int, str]:
    """Return the name of the handler of each NumPy function, by identity."""
    found = {id(function): f"array {name}" for name, (function, _) in OWN.items()}
    names = {spelling: name for name, (spelling, _) in FUNCTIONS.items()} | ALIASES
    for spelling, name in names.items():
        parts = spelling.split(".")
        obj: object = np
        for part in parts[1:]:
            obj = getattr(obj, part, None)
        if obj is not None:
            found[id(obj)] = f"array {name}"
    found |= {id(getattr(library.intrinsics, name)): name for name in INTRINSICS}
    special = sys.modules.get("scipy.special")
    for name in (*library.SPECIAL, "lambertw") if special is not None else ():
        found[id(getattr(special, name))] = f"special {name}"
    builtins = {any: "any", all: "all", list: "list", sorted: "sorted", dict: "dict"}
    return found | {id(function): f"builtin {name}" for function, name in builtins.items()}
