"""Calls of what needs no source: primitives, casts, classes of named tuples."""

from __future__ import annotations

import ast
import inspect
from dataclasses import replace
from types import FunctionType

import numpy as np

from srcad.backend.outside import rule_line, takes_a_rule
from srcad.frontend.names.meaning import Known, Meaning, RecordOf, TupleOf, noun
from srcad.frontend.names.scope import as_atom, as_truth, meaning_of
from srcad.frontend.names.state import State
from srcad.frontend.names.structural import Arguments
from srcad.frontend.numpy.arguments import as_array
from srcad.frontend.numpy.by_element import check_by_element
from srcad.frontend.numpy.refusals import instead_of
from srcad.frontend.numpy.subscripts import LOOP_HINT
from srcad.frontend.syntax.resolve import Cast
from srcad.ir.nodes import Const, Var
from srcad.ir.records import record_of_class
from srcad.ir.types import Scalar
from srcad.rules.table import PRIMS, object_of

VARIADIC = {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}


def no_rule(state: State, func: object, arguments: Arguments, node: ast.Call) -> Meaning:
    """Report a function that has neither a rule nor a source."""
    name = ast.unparse(node.func)
    if not callable(func):
        state.fail(node, "E403", f"{noun(Known(func))} cannot be called", "call a function")
    other = _of_another_library(func)
    if other:
        state.fail(node, "E402", f"no derivative rule for '{name}'", other)
    instead = instead_of(func)
    if instead is not None:
        state.fail(node, "E208", f"'{name}' is not supported", instead)
    values = (*arguments.positional, *arguments.named.values())
    if any(isinstance(v, Var) and state.ranks.get(v.name) for v in values):
        state.fail(node, "E208", f"'{name}' of whole arrays is not supported", LOOP_HINT)
    hint = "write it in Python, of functions that have rules"
    if takes_a_rule(func):
        hint = f"give it one: {rule_line(name, func, len(values))}"
    if not values or getattr(func, "__module__", None) == "builtins":
        hint = "call it outside, and pass its value as an argument"
    state.fail(node, "E402", f"no derivative rule for '{name}'", hint)


OF_SCIPY = {
    "scipy.linalg": {
        "": "use np.linalg: solve, inv, det, slogdet, cholesky, qr, eigh, svd, lstsq, pinv",
        "cho_factor": "use np.linalg.cholesky, and np.linalg.solve with its result",
        "cho_solve": "use np.linalg.solve, of the matrix or of np.linalg.cholesky of it",
        "solve_triangular": "use np.linalg.solve, or write the substitution as a loop",
        "lu_factor": "use np.linalg.solve",
        "lu_solve": "use np.linalg.solve",
        "expm": "write its series or squarings with @, or give it a rule: srcad.custom_jvp",
        "block_diag": "fill an array of zeros",
        "toeplitz": "index by np.abs(np.arange(n)[:, None] - np.arange(n))",
    },
    "scipy.interpolate": {
        "": "np.interp is supported; for others find the piece by np.searchsorted, and write its"
        " polynomial",
    },
    "scipy.signal": {
        "": "write the recursion as a loop; np.convolve and np.fft are supported",
        "convolve": "use np.convolve",
        "fftconvolve": "use np.convolve",
    },
    "scipy.ndimage": {"": "write the loop over the points and their neighbours"},
    "scipy.sparse": {"": "loop over the stored elements: pass data, indices and indptr as arrays"},
    "scipy.spatial": {
        "": "write the loop over the pairs; x[:, None] - x[None] has all differences"
    },
    "scipy.stats": {
        "": "write the formula out; scipy.special has gammaln, ndtr, betaln and others"
    },
}
"""What to write instead of functions of SciPy's packages, by name, or for all of them."""


def _of_another_library(func: object) -> str:
    """Return the hint for functions of tapes and for solvers, "" for others."""
    owner = getattr(func, "__self__", None)
    places = [getattr(func, "__module__", None), getattr(owner, "__module__", None)]
    places.append(type(func).__module__)
    roots = {str(place).partition(".")[0] for place in places}
    if roots & {"torch", "jax", "jaxlib"}:
        return "it is for the tape of its own library: write the same with NumPy"
    name = str(getattr(func, "__name__", ""))
    for start, hints in OF_SCIPY.items():
        if str(places[0]).startswith(start):
            return hints.get(name, hints[""])
    if str(places[0]).startswith("scipy.integrate"):
        return "write its steps, or the sum over its points, as a loop"
    if str(places[0]).startswith("scipy.optimize"):
        return "a solver has the derivative of what it solves: srcad.root, fixed_point, argmin"
    return ""


def record(
    state: State, kind: type[tuple[object, ...]], arguments: Arguments, node: ast.Call
) -> Meaning:
    """Return a named tuple of the arguments."""
    fields: tuple[str, ...] = getattr(kind, "_fields")  # noqa: B009  (known to be there)
    defaults: dict[str, object] = getattr(kind, "_field_defaults", {})
    given = dict(zip(fields, arguments.positional, strict=False)) | arguments.named
    values = {name: meaning_of(state, value, name, node) for name, value in defaults.items()}
    given = values | given
    count = len(arguments.positional) + len(arguments.named)
    if set(given) != set(fields) or count > len(fields):
        message = f"'{kind.__name__}' has the fields {', '.join(fields)}"
        state.fail(node, "E403", message, "give each of them once")
    return TupleOf(tuple(given[name] for name in fields), fields, record=record_of_class(kind))


def cast(state: State, cast: Cast, arguments: Arguments, node: ast.Call) -> Meaning:
    """Return a number converted to another dtype."""
    dtype, is_strict = cast.dtype, cast.is_strict
    if len(arguments.positional) != 1 or arguments.named:
        state.fail(node, "E403", "a conversion takes one argument", "write float(x)")
    value = arguments.positional[0]
    if dtype == "float64" and isinstance(value, Known) and isinstance(value.value, str):
        try:
            return Const(float(value.value))
        except ValueError:
            state.fail(node, "E403", "this text is not a number", 'write float("inf") or a literal')
    if dtype == "bool" and isinstance(value, TupleOf | Known):
        return as_truth(state, value, node)
    atom = as_atom(state, value, node, "in a conversion")
    match dtype, atom:
        case "float64", Const(value=number):
            return Const(float(number), Scalar("float64") if is_strict else None)
        case "bool", Const(value=number):
            return Const(bool(number))
        case "int64", Const(value=number) if abs(number) < 2**53 and not is_strict:
            return Const(int(number))
    return state.op(node, "cast", atom, static=(dtype,))


def lists_as_arrays(state: State, func: object, arguments: Arguments, node: ast.Call) -> Arguments:
    """Return the arguments of a function of NumPy, which takes lists for arrays."""
    if not isinstance(func, np.ufunc):
        return arguments
    return Arguments(tuple(as_array(state, a, node) for a in arguments.positional), arguments.named)


def _by_position(name: str, arguments: Arguments) -> tuple[Meaning, ...] | None:
    """Return the arguments of an operation in order; None for keywords that nobody knows.

    Hooks, and Python functions with a rule of the user's own, have names for their arguments.
    """
    prim = PRIMS[name]
    hooks = [text for text in prim.aliases if text.startswith("srcad.")]
    func = prim.function or (object_of(hooks[0]) if hooks else None)
    func = getattr(func, "py_func", func)
    if not isinstance(func, FunctionType):
        return None if arguments.named else arguments.positional
    try:
        bound = inspect.signature(func).bind(*arguments.positional, **arguments.named)
    except TypeError:
        return None if arguments.named else arguments.positional
    defaults = {
        param.name: Const(param.default)
        for param in bound.signature.parameters.values()
        if isinstance(param.default, bool | int | float)
    }
    if {p.kind for p in bound.signature.parameters.values()} & VARIADIC:
        return None if arguments.named else arguments.positional
    found = defaults | bound.arguments
    return tuple(found[name] for name in bound.signature.parameters if name in found)


def _each_leaf(state: State, whole: Meaning, name: str, node: ast.Call) -> Meaning:
    """Return a structure with an operation on each number and array of it."""
    match whole:
        case TupleOf(items=items) | RecordOf(items=items):
            parts = tuple(_each_leaf(state, item, name, node) for item in items)
            return replace(whole, items=parts)
        case Known():
            return whole
        case _:
            return state.op(node, name, as_atom(state, whole, node, "as an argument"))


def primitive(state: State, name: str, arguments: Arguments, node: ast.Call) -> Meaning:
    """Return an operation of the rules table."""
    spelled = ast.unparse(node.func)
    given = _by_position(name, arguments)
    if given is None:
        message = f"'{spelled}' takes no keyword arguments here"
        state.fail(node, "E403", message, "pass the arguments by position")
    if name == "stop_gradient" and len(given) == 1:
        return _each_leaf(state, given[0], name, node)
    args = [as_atom(state, arg, node, "as an argument") for arg in given]
    if name == "log" and len(args) == 2:
        parts = [state.op(node, "log", arg) for arg in args]
        return state.op(node, "div", *parts)
    if name == "complex" and len(args) < 2:
        return state.op(node, "cast", *(args or (Const(0.0),)), static=("complex128",))
    arity = PRIMS[name].arity
    if arity not in (len(args), -1):
        message = f"'{spelled}' takes {arity} argument{'s' * (arity != 1)}, {len(args)} given"
        state.fail(node, "E403", message, "pass only numbers, by position")
    check_by_element(state, PRIMS[name].function, args, spelled, node)
    if name == "invert" and all(state.rank(a) == 0 and state.is_truth(a) for a in args):
        name = "not"  # NumPy's: Python's ~True is -2
    return state.op(node, name, *args)
