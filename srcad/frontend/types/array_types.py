"""What type does NumPy give to an operation on whole arrays?

The dtype is that of NumPy's own answer for arrays of one element, so that `float32` stays
`float32` next to a literal; the number of dimensions follows from broadcasting. A result
without dimensions is a number.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numba.core import types as nb

from srcad.frontend.types import queries
from srcad.frontend.types.queries import Untypable, dtype
from srcad.rules.complex_parts import MAKES_COMPLEX, PARTS, REAL_TOO, TESTS_OF_COMPLEX
from srcad.rules.python import OPERATORS
from srcad.rules.table import PRIMS, RULES, object_of
from srcad.rules.wholes import REDUCTIONS, VIEWS


@cache
def operation(
    prim: str,
    static: tuple[object, ...],
    args: tuple[nb.Type, ...],
    literal: tuple[bool, ...],
) -> nb.Type:
    """Return the type of an operation with an array among its arguments.

    literal: which arguments are literals, whose type gives way to that of the arrays.
    Raises Untypable.
    """
    if prim in REDUCTIONS:
        return _reduction(prim, static, args[0])
    if prim in VIEWS:
        return _view(prim, static, args)
    if prim == "cast":
        return _made(args, dtype(str(static[0])))
    if prim == "cast_like":
        return _made(args[:1], _scalar(args[1]))
    if prim == "same_memory":
        return nb.boolean
    if prim == "promoted":
        return _promoted(args, (False,) * len(args))
    if prim == "result_type":
        return _promoted(args, literal)
    if prim == "complex":
        return queries.complex_parts_result(args)
    if prim in REAL_TOO and not isinstance(_scalar(args[0]), nb.Complex):
        if REAL_TOO[prim] == "mul":
            return operation("mul", (), args * 2, literal * 2)
        return args[0]
    if prim in MAKES_COMPLEX or any(isinstance(_scalar(arg), nb.Complex) for arg in args):
        found = _of_complex(prim, args, literal)
        if found is not None:
            return found
    if prim not in RULES or prim in {"and", "or", "not", "min", "max"}:
        name = PRIMS[prim].spelling if prim in PRIMS else prim
        message = f"'{name}' of whole arrays is not supported"
        raise Untypable(message, "write the loop over the elements")
    return _made(args, _elementwise(prim, args, literal))


def _of_complex(prim: str, args: tuple[nb.Type, ...], literal: tuple[bool, ...]) -> nb.Type | None:
    """Return the type of an operation on arrays of complex numbers, None for `np.where`.

    Raises Untypable for operations that have no row for complex numbers.
    """
    if prim == "select":
        return None
    if prim not in PARTS and prim not in {"real", "imag"}:
        raise queries.not_complex(prim)
    if prim in TESTS_OF_COMPLEX:
        return _made(args, nb.boolean)
    kinds = [
        _sample(arg).item() if is_literal else _numpy(_scalar(arg))
        for arg, is_literal in zip(args, literal, strict=True)
    ]
    found = dtype(np.result_type(np.complex64, *kinds).name)
    assert isinstance(found, nb.Complex)
    is_complex = prim in PARTS and not PARTS[prim].is_real
    return _made(args, found if is_complex else found.underlying_float)


def gathered(array: nb.Type, index: tuple[nb.Type, ...]) -> nb.Type:
    """Return the type of `array[index]` with arrays among the indices."""
    assert isinstance(array, nb.Array)
    rank, taken, picked = array.ndim, 0, 0
    for part in index:
        if isinstance(part, nb.Array):
            is_mask = isinstance(part.dtype, nb.Boolean)
            if not is_mask and not isinstance(part.dtype, nb.Integer):
                message = f"an array of {part.dtype} cannot be an index"
                raise Untypable(message, "index by integers or bools")
            taken += part.ndim if is_mask else 1
            picked = max(picked, 1 if is_mask else part.ndim)
        elif not isinstance(part, nb.SliceType):
            taken += 1
    if taken > rank:
        message = f"{taken} indices for an array of {rank} dimensions"
        raise Untypable(message, "use as many indices as the array has dimensions")
    return nb.Array(array.dtype, rank - taken + picked, "C")


def _made(args: tuple[nb.Type, ...], element: nb.Type) -> nb.Type:
    ndim = max(a.ndim if isinstance(a, nb.Array) else 0 for a in args)
    return nb.Array(element, ndim, "C") if ndim else element


def _scalar(type_: nb.Type) -> nb.Type:
    return type_.dtype if isinstance(type_, nb.Array) else type_


def _promoted(args: tuple[nb.Type, ...], weak: tuple[bool, ...]) -> nb.Type:
    """Return an array (of any shape) of the dtype that holds all of these.

    weak: which arguments are literals, whose type gives way to that of the others.
    """
    found = np.result_type(
        *(
            _sample(arg).item() if is_weak else _numpy(_scalar(arg))
            for arg, is_weak in zip(args, weak, strict=True)
        )
    )
    return nb.Array(dtype(found.name), 1, "C")


def _sample(type_: nb.Type, ndim: int | None = None) -> Any:
    """Return an array of ones of this type, or the number one."""
    if isinstance(type_, nb.Array):
        return np.ones((1,) * (1 if ndim is None else ndim), _numpy(type_.dtype))
    return _numpy(type_).type(1)


def _numpy(type_: nb.Type) -> np.dtype[Any]:
    return np.dtype("bool" if isinstance(type_, nb.Boolean) else str(type_))


def _elementwise(prim: str, args: tuple[nb.Type, ...], literal: tuple[bool, ...]) -> nb.Type:
    if prim in PRIMS and PRIMS[prim].function is not None:  # it is the user's, and Numba's
        return queries.operation(prim, (), tuple(map(_scalar, args)))
    samples = [
        _sample(arg).item() if is_literal else _sample(arg)
        for arg, is_literal in zip(args, literal, strict=True)
    ]
    function = np.where if prim == "select" else _function(prim)
    if function is None:
        return dtype(str(np.result_type(np.float32, *samples)))
    try:
        with np.errstate(all="ignore"):
            found = np.asarray(function(*samples)).dtype
    except TypeError as error:
        kinds = ", ".join(map(str, args))
        message = f"NumPy has no {PRIMS[prim].spelling} for ({kinds})"
        raise Untypable(message, "convert the arguments") from error
    if prim == "sign" and found.kind == "u":  # Numba's own takes large ones for negative ones
        raise Untypable("the sign of unsigned integers", "write x > 0")
    if found == np.float16:
        message = f"NumPy gives half precision for {PRIMS[prim].spelling} of {_scalar(args[0])}"
        raise Untypable(message, "convert the array first: x.astype(np.float64)")
    return dtype(found.name)


def _function(prim: str) -> Any:
    """Return NumPy's function for a primitive, None if it has none."""
    if prim in OPERATORS:
        return OPERATORS[prim]
    for spelling in (PRIMS[prim].spelling, *PRIMS[prim].aliases):
        root, _, name = spelling.rpartition(".")
        if root == "np":
            return getattr(np, name)
        if root in {"srcad", "special"}:
            return object_of(spelling)
    return getattr(np, prim, None)


def _reduction(prim: str, static: tuple[object, ...], arg: nb.Type) -> nb.Type:
    if not isinstance(arg, nb.Array):
        raise Untypable(f"{prim}() of a number", "pass an array")
    axes, keepdims = static[0], static[1]
    function: Any = getattr(np, {"amax": "max", "amin": "min"}.get(prim, prim))
    found = function(_sample(arg, arg.ndim), axis=axes, keepdims=bool(keepdims))
    element = dtype(np.asarray(found).dtype.name)
    return nb.Array(element, found.ndim, "C") if found.ndim else element


def _view(prim: str, static: tuple[object, ...], args: tuple[nb.Type, ...]) -> nb.Type:
    arg = args[0]
    if prim == "broadcast_to":
        element = arg.dtype if isinstance(arg, nb.Array) else arg
        return nb.Array(element, len(args) - 1, "C")
    if not isinstance(arg, nb.Array):
        raise Untypable(f"{arg} has no axes", "pass an array")
    axes = static[0]
    assert isinstance(axes, tuple)
    change = {"expand_dims": len(axes), "squeeze": -len(axes)}.get(prim, 0)
    if not arg.ndim + change:
        return arg.dtype
    return nb.Array(arg.dtype, arg.ndim + change, "C")


def forget() -> None:
    """Forget the types of operations: a rule of the user's may be for another function."""
    queries.operation.cache_clear()
    queries._callable.cache_clear()  # noqa: SLF001
    operation.cache_clear()
