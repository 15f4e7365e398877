"""Functions that C code calls: derivatives behind the signatures of samplers and solvers.

What the function needs beside the point is a copy of its own, and stays as long as the callback.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numba
import numpy as np
from llvmlite import ir
from numba import carray, types
from numba.extending import intrinsic

from srcad.backend.gil import needs_the_lock

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

DOUBLES = types.CPointer(types.float64)
FLAGS = {"error_model": "numpy"}
INVALID, INFINITE, NO_GRADIENT = 1, 2, 3
"""What a log density returns where it has no value: above 0, so that a sampler may go on."""

EXCEPTIONS = ("__excinfo_unwrap_args",)
"""What makes Python's exceptions of compiled ones, which never leave a callback."""

LOGP = "int64(uint64, double*, double*, double*, void*)"
NLOPT = "double(uint32, double*, double*, void*)"
NUMBER = "double(double)"
NUMBER_WITH = "double(double, void*)"
VECTOR = "double(int32, double*)"
VECTOR_WITH = "double(int32, double*, void*)"

NAMES = {"logp": LOGP, "nlopt": NLOPT, "quad": NUMBER, "nquad": VECTOR}
"""Short names of signatures."""


@dataclass(frozen=True, slots=True)
class Callback:
    """A compiled function that C code calls.

    signature: in C. address: of the code, a number. ctypes: the same for `ctypes` and for
    `scipy.LowLevelCallable`. The code and the data that it reads live as long as this object.
    """

    signature: str
    address: int
    ctypes: Any = field(repr=False)
    kept: tuple[Any, ...] = field(repr=False)

    def low_level(self) -> Any:
        """Return a `scipy.LowLevelCallable`, which `scipy.integrate.quad` and others take."""
        from scipy import LowLevelCallable  # noqa: PLC0415 - takes long to import

        return LowLevelCallable(self.ctypes)


def callback(signature: str, value: Any, value_and_grad: Any, args: Sequence[Any]) -> Callback:
    """Return the callback of a function with some more arguments.

    signature: one of those above. value, value_and_grad: dispatchers of `(x, *args)`.
    Raises TypeError for a function that needs the interpreter lock.
    """
    kept: list[Any] = []
    data = _data(args, kept)
    body = _body(signature, _of_point(value, data), _of_point(value_and_grad, data))
    made = numba.cfunc(_types(signature), **FLAGS)(body)
    if needs_the_lock(made._library, EXCEPTIONS):  # noqa: SLF001 - known there alone
        message = "a callback is called without the interpreter lock, and this function needs it"
        raise TypeError(message)
    return Callback(signature, made.address, made.ctypes, (made, *kept))


def _types(signature: str) -> Any:
    match signature:
        case "int64(uint64, double*, double*, double*, void*)":
            return types.int64(types.uint64, DOUBLES, DOUBLES, DOUBLES, types.voidptr)
        case "double(uint32, double*, double*, void*)":
            return types.float64(types.uint32, DOUBLES, DOUBLES, types.voidptr)
        case "double(double)":
            return types.float64(types.float64)
        case "double(double, void*)":
            return types.float64(types.float64, types.voidptr)
        case "double(int32, double*)":
            return types.float64(types.int32, DOUBLES)
        case "double(int32, double*, void*)":
            return types.float64(types.int32, DOUBLES, types.voidptr)
        case _:
            raise ValueError(signature)


def _body(signature: str, value: Any, both: Any) -> Callable[..., Any]:
    """Return the function to compile."""
    match signature:
        case "int64(uint64, double*, double*, double*, void*)":
            return _log_density(both)
        case "double(uint32, double*, double*, void*)":
            return _objective(value, both)
        case "double(double)" | "double(double, void*)":
            return _of_number(value, has_user="void" in signature)
        case _:
            return _of_array(value, has_user="void" in signature)


def _log_density(both: Any) -> Callable[..., Any]:
    def logp(n, x, gradient, result, user):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202, ARG001
        point = carray(x, (n,))
        out = carray(gradient, (n,))
        try:
            value, found = both(point)
        except Exception:  # noqa: BLE001 - compiled code has no other
            return INVALID
        if not math.isfinite(value):
            return INFINITE
        for k in range(out.size):
            if not math.isfinite(found[k]):
                return NO_GRADIENT
        out[:] = found
        carray(result, (1,))[0] = value
        return 0

    return logp


def _objective(value: Any, both: Any) -> Callable[..., Any]:
    def objective(n, x, gradient, user):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202, ARG001
        point = carray(x, (n,))
        result = math.nan
        try:
            if is_null(gradient):
                result = value(point)
            else:
                out = carray(gradient, (n,))
                result, found = both(point)
                out[:] = found
        except Exception:  # noqa: BLE001
            return math.nan
        return result

    return objective


def _of_number(value: Any, *, has_user: bool) -> Callable[..., Any]:
    def plain(x):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        result = math.nan
        try:
            result = value(x)
        except Exception:  # noqa: BLE001
            return math.nan
        return result

    def with_user(x, user):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202, ARG001
        return compiled(x)

    compiled = numba.njit(**FLAGS)(plain)
    return with_user if has_user else plain


def _of_array(value: Any, *, has_user: bool) -> Callable[..., Any]:
    def plain(n, x):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        point = carray(x, (n,))
        result = math.nan
        try:
            result = value(point)
        except Exception:  # noqa: BLE001
            return math.nan
        return result

    def with_user(n, x, user):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202, ARG001
        return compiled(n, x)

    compiled = numba.njit(**FLAGS)(plain)
    return with_user if has_user else plain


# The data ----------------------------------------------------------------------------


def _of_point(function: Any, data: Any) -> Any:
    """Return the compiled function of the point alone.

    Numba takes no call with a tuple of arguments inside `try`.
    """
    if function is None:
        return None

    @numba.njit(**FLAGS)
    def call(x):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        return function(x, *data())

    return call


def _data(args: Sequence[Any], kept: list[Any]) -> Any:
    """Return a compiled function that returns the arguments; arrays are copied into `kept`."""
    made: Any = numba.njit(_nothing)
    for arg in reversed(args):
        if isinstance(arg, np.ndarray):
            copy = np.array(arg, order="C")
            kept.append(copy)
            made = _with_array(copy.ctypes.data, copy.shape, numba.from_dtype(copy.dtype), made)
        else:
            made = _with_number(arg, made)
    return made


def _nothing() -> tuple[()]:
    return ()


def _with_array(address: int, shape: tuple[int, ...], dtype: Any, rest: Any) -> Any:
    @numba.njit(**FLAGS)
    def data():  # type: ignore[no-untyped-def]  # noqa: ANN202
        return (carray(pointer_at(address), shape, dtype),) + rest()  # noqa: RUF005 - Numba has no stars there

    return data


def _with_number(value: Any, rest: Any) -> Any:
    @numba.njit(**FLAGS)
    def data():  # type: ignore[no-untyped-def]  # noqa: ANN202
        return (value,) + rest()  # noqa: RUF005

    return data


@intrinsic
def pointer_at(_: Any, address: Any) -> Any:
    """Return an address as a pointer."""

    def generated(context: Any, builder: ir.IRBuilder, signature: Any, args: Any) -> ir.Value:
        del context, signature
        return builder.inttoptr(args[0], ir.IntType(8).as_pointer())

    return types.voidptr(
        types.uintp if not isinstance(address, types.Integer) else address
    ), generated


@intrinsic
def is_null(_: Any, pointer: Any) -> Any:
    """Return whether a pointer points nowhere."""

    def generated(context: Any, builder: ir.IRBuilder, signature: Any, args: Any) -> ir.Value:
        del context, signature
        word = ir.IntType(64)
        return builder.icmp_unsigned("==", builder.ptrtoint(args[0], word), ir.Constant(word, 0))

    return types.boolean(pointer), generated
