"""What type does Numba give to one operation? Answers are remembered per process."""

from __future__ import annotations

import builtins
import importlib
import math
import operator
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import numpy as np
from numba import typeof
from numba.core import config
from numba.core import errors as nb_errors
from numba.core import types as nb
from numba.core.registry import cpu_target

from srcad.backend.special import install
from srcad.frontend.types.numba_types import from_numba
from srcad.ir import nodes as ir
from srcad.ir.primitives import COMPARISONS, EXTENTS, LIKES, MAKERS
from srcad.ir.types import Type
from srcad.rules.complex_parts import FIRST, MAKES_COMPLEX, PARTS, REAL_TOO, TESTS_OF_COMPLEX, TWICE
from srcad.rules.python import OPERATORS
from srcad.rules.table import PRIMS, object_of

RUNTIME = "srcad.backend.runtime"
NUMPY_DTYPES = {"bool": nb.boolean}
WITH_STORE = {"union", "grow", "meet"}
INTEGERS = {"list_extent", "trips", "least", "most", "span_first", "span_stop", *WITH_STORE}
TESTS = {"overlaps", "folded", "and", "or", "surely_less", "surely_at_most"}
INTO = {"cleared", "copied_into", "added_into"}
GROWN = {"grown", "grown_list"}
NEVER_WHOLE = {"copy", "overlaps", "folded", *GROWN, *INTO, *WITH_STORE} | EXTENTS | MAKERS | LIKES
NO_CAST = "take a part: z.real, z.imag or abs(z)"
WHOLE = {"same_memory", "broadcast_to", "promoted", "result_type", "cast_like"}


class _Arrays(dict[type[nb.Type], bool]):
    """Whether a kind of types is one of arrays: `isinstance` of Numba's types is slow."""

    def __missing__(self, kind: type[nb.Type]) -> bool:
        found = self[kind] = issubclass(kind, nb.Array)
        return found


IS_ARRAY = _Arrays()


class Untypable(Exception):  # noqa: N818  (never leaves the frontend)
    """Numba has no such operation for these types."""

    def __init__(self, message: str, hint: str) -> None:
        self.hint = hint
        super().__init__(message)


@cache
def _context() -> object:
    importlib.import_module(RUNTIME)
    cpu_target.target_context.refresh()
    cpu_target.typing_context.refresh()
    return cpu_target.typing_context


@cache
def ir_type(type_: nb.Type) -> Type:
    """Return the IR type of a Numba type."""
    return from_numba(type_)


def dtype(name: str) -> nb.Type:
    """Return Numba's scalar type of a NumPy dtype name."""
    return NUMPY_DTYPES[name] if name in NUMPY_DTYPES else getattr(nb, name)


def type_of_constant(const: ir.Const) -> nb.Type:
    """Return the type of a literal, as in Numba code."""
    if const.type is not None:
        return dtype(const.type.dtype)  # type: ignore[union-attr]
    if isinstance(const.value, bool | np.bool_):
        return nb.boolean
    if isinstance(const.value, int | np.integer):
        return nb.intp
    return nb.float64


def type_of_array(value: object) -> nb.Type:
    """Return the type of a captured array: constant, hence read-only."""
    return typeof(value).copy(readonly=True)


@cache
def unify(a: nb.Type, b: nb.Type) -> nb.Type | None:
    """Return the type of a name that is assigned both types, or None."""
    return _context().unify_types(a, b)  # type: ignore[attr-defined]


@cache
def can_store(value: nb.Type, element: nb.Type) -> bool:
    """Return whether Numba converts `value` when it is stored as `element`."""
    if isinstance(value, nb.Array):
        return False
    return _context().can_convert(value, element) is not None  # type: ignore[attr-defined]


@cache
def getitem(array: nb.Type, index: tuple[nb.Type, ...]) -> nb.Type:
    """Return the type of `array[index]`."""
    if not isinstance(array, nb.Array):
        raise Untypable(f"{array} has no elements", "index an array")
    if len(index) > array.ndim:
        message = f"{len(index)} indices for an array of {array.ndim} dimensions"
        raise Untypable(message, "use as many indices as the array has dimensions")
    key = index[0] if len(index) == 1 else nb.BaseTuple.from_types(index)
    return _resolve(operator.getitem, "indexing", (array, key))


def target(array: nb.Type, index: tuple[nb.Type, ...]) -> nb.Type:
    """Return the type of the place `array[index]` that is assigned to."""
    if any(isinstance(t, nb.Array) for t in index):
        from srcad.frontend.types.array_types import gathered  # noqa: PLC0415  (it asks this module)

        return gathered(array, index)
    return getitem(array, index) if index else array


def is_whole(prim: str, args: tuple[nb.Type, ...]) -> bool:
    """Return whether an operation is one on whole arrays, which becomes a loop."""
    if prim in NEVER_WHOLE:
        return False
    return prim in WHOLE or any(map(IS_ARRAY.__getitem__, map(type, args)))


@cache
def operation(prim: str, static: tuple[object, ...], args: tuple[nb.Type, ...]) -> nb.Type:
    """Return the type of a primitive's result. Raises Untypable."""
    if prim in REAL_TOO and not any(isinstance(arg, nb.Complex) for arg in args):
        return operation("mul", (), args * 2) if REAL_TOO[prim] == "mul" else args[0]
    if prim in MAKES_COMPLEX or any(isinstance(arg, nb.Complex) for arg in args):
        found = _of_complex(prim, static, args)
        if found is not None:
            return found
    structural = _structural(prim, static, args)
    if structural is not None:
        return structural
    return _resolve(_callable(prim), _spelling(prim), args)


def _of_complex(prim: str, static: tuple[object, ...], args: tuple[nb.Type, ...]) -> nb.Type | None:
    """Return the type of an operation on complex numbers. Raises Untypable for what has no row.

    None where that is asked as for real numbers.
    """
    if prim in {"real", "imag"}:
        return complex_result(args).underlying_float
    if prim == "cast" and not str(static[0]).startswith("complex"):
        raise Untypable(f"{args[0]} cannot be converted to {static[0]}", NO_CAST)
    if prim in TWICE or prim in FIRST or prim in TESTS:
        return None
    if prim == "complex":
        return complex_parts_result(args)
    if prim not in PARTS:
        raise not_complex(prim)
    if not PARTS[prim].is_real:
        return complex_result(args)
    is_test = prim in TESTS_OF_COMPLEX
    return nb.boolean if is_test else complex_result(args).underlying_float


def not_complex(prim: str) -> Untypable:
    """Return the error for an operation that has no row for complex numbers."""
    hint = "write it with the real and the imaginary part: z.real, z.imag"
    if prim in COMPARISONS:
        hint = "compare real numbers: abs(z), z.real"
    return Untypable(f"'{_spelling(prim)}' of complex numbers is not supported", hint)


def complex_result(args: tuple[nb.Type, ...]) -> nb.Complex:
    """Return the complex type that holds all of these numbers."""
    names = ["bool" if isinstance(arg, nb.Boolean) else str(arg) for arg in args]
    found = dtype(np.result_type(np.complex64, *names).name)
    assert isinstance(found, nb.Complex)
    return found


def complex_parts_result(args: tuple[nb.Type, ...]) -> nb.Type:
    """Return the type of `complex(a, b)`, and of the array of which the arguments are parts."""
    if any(isinstance(arg, nb.Complex) for arg in args):
        raise Untypable("complex() of complex numbers is not supported", "write z + 1j * w")
    if not all(isinstance(arg, nb.Array) for arg in args):
        if any(isinstance(arg, nb.Array) for arg in args):
            raise Untypable("complex() of arrays", "write x + 1j * y")
        return nb.complex64 if args == (nb.float32, nb.float32) else nb.complex128
    first = args[0]
    element = nb.complex64 if first.dtype == nb.float32 else nb.complex128
    return nb.Array(element, first.ndim, first.layout, readonly=not first.mutable)


def _structural(prim: str, static: tuple[object, ...], args: tuple[nb.Type, ...]) -> nb.Type | None:
    if prim in EXTENTS:
        if (
            prim == "shape"
            and isinstance(args[0], nb.Array)
            and int(str(static[0])) >= args[0].ndim
        ):
            raise Untypable(f"the array has no axis {static[0]}", "use an axis that exists")
        if not isinstance(args[0], nb.Array):
            raise Untypable(f"{args[0]} has no {prim}", "use an array")
        return nb.intp
    if prim == "cast":
        if isinstance(args[0], nb.Array):
            raise Untypable("cannot convert a whole array", "convert element by element")
        return dtype(str(static[0]))
    if prim == "select":
        found = unify(args[1], args[2])
        if found is None:
            message = f"the two values have types {args[1]} and {args[2]}"
            raise Untypable(message, "make both of the same type")
        return found
    if prim in TESTS:
        return nb.boolean
    if prim in INTEGERS:
        return nb.intp
    if prim in GROWN or prim in INTO:
        return args[0]
    if prim in MAKERS or prim in LIKES or prim == "copy":
        return _maker(prim, static, args)
    return None


def _maker(prim: str, static: tuple[object, ...], args: tuple[nb.Type, ...]) -> nb.Type:
    if prim in LIKES or prim == "copy":
        base = args[0]
        if not isinstance(base, nb.Array):
            raise Untypable(f"{prim}() of {base}", "pass an array")
        kind = base.dtype if prim == "copy" or static[0] is None else dtype(str(static[0]))
        layout = "C" if base.layout == "A" else base.layout
        return nb.Array(kind, base.ndim, layout)
    shape = args[1:] if prim == "full" else args
    if static[0] == "like":
        base, shape = shape[0], shape[1:]
        kind = base.dtype if isinstance(base, nb.Array) else base
    else:
        kind = dtype(str(static[0])) if static[0] is not None else nb.float64
        if prim == "full" and static[0] is None:
            kind = args[0]
    for extent in shape:
        if not isinstance(extent, nb.Integer):
            raise Untypable(f"an array extent must be an integer, not {extent}", "use int(...)")
    return nb.Array(kind, len(shape), "C")


@contextmanager
def _jit_enabled() -> Iterator[None]:
    """Let Numba look into its own functions although `NUMBA_DISABLE_JIT` is set."""
    disabled, config.DISABLE_JIT = config.DISABLE_JIT, 0
    try:
        yield
    finally:
        config.DISABLE_JIT = disabled


def _resolve(function: object, spelling: str, args: tuple[nb.Type, ...]) -> nb.Type:
    with _jit_enabled():
        return _resolved(function, spelling, args)


def _resolved(function: object, spelling: str, args: tuple[nb.Type, ...]) -> nb.Type:
    context = _context()
    try:
        callee = context.resolve_value_type(function)  # type: ignore[attr-defined]
        signature = context.resolve_function_type(callee, args, {})  # type: ignore[attr-defined]
    except (nb_errors.NumbaError, AttributeError):  # Numba itself stumbles over some types
        signature = None
    if signature is None:
        kinds = ", ".join(map(str, args))
        hint = "convert the arguments, or write it with functions that Numba has"
        raise Untypable(f"Numba has no {spelling} for ({kinds})", hint)
    return signature.return_type


def _spelling(prim: str) -> str:
    return PRIMS[prim].spelling if prim in PRIMS else prim


@cache
def _callable(prim: str) -> object:
    if prim in OPERATORS:
        return OPERATORS[prim]
    if PRIMS[prim].function is not None:
        return PRIMS[prim].function
    root, _, name = PRIMS[prim].spelling.rpartition(".")
    if root == "special":
        install()
        _context().refresh()  # type: ignore[attr-defined]
        return object_of(PRIMS[prim].spelling)
    if root:
        return getattr({"math": math, "np": np, "operator": operator}[root], name)
    if hasattr(builtins, name):
        return getattr(builtins, name)
    return getattr(importlib.import_module(RUNTIME), name)


def is_integer(type_: nb.Type) -> bool:
    """Return whether this is an integer, or an array of them."""
    return isinstance(type_.dtype if isinstance(type_, nb.Array) else type_, nb.Integer)
