"""Routines of LAPACK in compiled code, through SciPy's own Cython interface, which is public.

They take pointers alone: numbers are put into memory for the call.
"""

from __future__ import annotations

import importlib
from functools import partial
from typing import Any

import llvmlite.binding as llvm
import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.core.typing.templates import signature
from numba.extending import get_cython_function_address, intrinsic
from numba.np.arrayobj import make_array

from srcad.backend.loaded import LAPACK

CYTHON = "scipy.linalg.cython_lapack"
INTEGER = np.int32
"""What SciPy's interface takes for `int`."""

ARGUMENTS = {"gesv": "iixiixii", "gelsd": "iiixixixxixiii"}
"""Of each routine without its first letter: pointers to integers, `i`, and to numbers, `x`."""


def routine(name: str) -> Any:
    """Return a routine for compiled code: it takes a tuple without the last one, `info`.

    Arrays are given by their memory, integers and floats by their values. It returns `info`.
    name: with the first letter, s or d. Raises ImportError if this SciPy has another one.
    """
    symbol = f"{LAPACK}{name}"
    if not is_resolved(symbol):
        message = f"this version of SciPy has no {name} in {CYTHON} that takes 32-bit integers"
        raise ImportError(message)
    tell = partial(is_resolved, symbol)

    def call(_: Any, args: Any) -> Any:
        assert len(args) == len(ARGUMENTS[name[1:]]) - 1
        return signature(types.int32, args), partial(_write, symbol, tell)

    return intrinsic(call)


def _write(symbol: str, tell: Any, context: Any, builder: Any, call: Any, values: Any) -> Any:
    context.active_code_library._reload_init.add(tell)  # noqa: SLF001 - as Numba has it
    (kinds,), (given,) = call.args, values
    pointers = []
    word = ir.IntType(32)
    for kind, value in zip(kinds, cgutils.unpack_tuple(builder, given), strict=True):
        if isinstance(kind, types.Array):
            pointers.append(make_array(kind)(context, builder, value).data)
        elif isinstance(kind, types.Integer):
            pointers.append(
                cgutils.alloca_once_value(builder, context.cast(builder, value, kind, types.int32))
            )
        else:
            pointers.append(cgutils.alloca_once_value(builder, value))
    info = cgutils.alloca_once_value(builder, ir.Constant(word, 0))
    pointers.append(info)
    function_type = ir.FunctionType(ir.VoidType(), [p.type for p in pointers])
    function = cgutils.get_or_insert_function(builder.module, function_type, symbol)
    builder.call(function, pointers)
    return builder.load(info)


def is_resolved(symbol: str) -> bool:
    """Return whether this SciPy has a routine as it is called here, and tell LLVM where it is."""
    name = symbol.removeprefix(LAPACK)
    table = importlib.import_module(CYTHON).__pyx_capi__
    if name not in table or name[1:] not in ARGUMENTS:
        return False
    number = f"__pyx_t_5scipy_6linalg_13cython_lapack_{name[0]} *"
    kinds = ("int *" if letter == "i" else number for letter in ARGUMENTS[name[1:]])
    if f'"void ({", ".join(kinds)})"' not in repr(table[name]):
        return False
    llvm.add_symbol(symbol, get_cython_function_address(CYTHON, name))
    return True
