"""Compiled functions that XLA calls by its C interface for foreign functions, without Python.

The structures of C that are read here are checked against the header that JAX brings (`is_known`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numba
import numpy as np
from llvmlite import ir
from numba import carray, types
from numba.extending import intrinsic

from srcad.backend.callbacks import EXCEPTIONS, FLAGS, pointer_at
from srcad.backend.gil import needs_the_lock
from srcad.frontend.syntax.made import made_function

if TYPE_CHECKING:
    from collections.abc import Sequence

    Kind = tuple[str, int]
    """The dtype and the number of axes of an array; numbers have none."""

DTYPES = ("float64", "float32", "int64", "int32")
STRUCTURES = {
    "CallFrame": "struct_size extension_start api ctx stage args rets attrs",
    "Args": "struct_size extension_start size types args",
    "Rets": "struct_size extension_start size types rets",
    "Buffer": "struct_size extension_start dtype data rank dims",
    "Metadata": "struct_size api_version traits",
    "Metadata_Extension": "extension_base metadata",
    "Extension_Base": "struct_size type next",
    "Api_Version": "struct_size extension_start major_version minor_version",
    "Api": "struct_size extension_start api_version internal_api Error_Create",
    "Error_Create_Args": "struct_size extension_start message errc",
}
"""The first fields of each structure."""

EXTENSION, API, ARGS, RETS = 8, 16, 72, 112
DATA, DIMS = 24, 40
KIND_OF_EXTENSION, METADATA, VERSION = 8, 24, 24
VERSION_OF_API, CREATE = 32, 48
IS_METADATA, INTERNAL = 1, 13
"""Where these are, in bytes."""

_kept: list[Any] = []


def is_known(header: str) -> bool:
    """Return whether the structures of C are those that are read here."""
    for name, fields in STRUCTURES.items():
        found = re.search(rf"struct XLA_FFI_{name} \{{(.*?)\n\}}", header, re.DOTALL)
        if found is None:
            return False
        lines = re.sub(r"//[^\n]*", "", found[1]).split(";")
        names = [re.sub(r".*[\s*(](\w+)\)?$", r"\1", line.strip()) for line in lines]
        names = [text.removeprefix("XLA_FFI_") for text in names if text]
        if names[: len(fields.split())] != fields.split():
            return False
    return True


def handler(run: Any, takes: Sequence[Kind], gives: Sequence[Kind], message: str) -> Any | None:
    """Return the address of a handler that calls `run`; None if that needs Python.

    run: a dispatcher that returns a tuple of so many results, or one. message: of its error.
    """
    text = np.frombuffer(message.encode() + b"\0", np.uint8).copy()
    request = np.zeros(4, np.int64)  # the arguments of the function that makes an error
    request[0], request[2], request[3] = 28, text.ctypes.data, INTERNAL
    space: dict[str, Any] = {"run": run, "word": word, "numbers": _numbers, "carray": carray}
    space |= {"pointer_at": pointer_at, "describe": describe, "failure": failure, "np": np}
    space |= {"request": int(request.ctypes.data)}
    args, lines = [], []
    for k, (dtype, ndim) in enumerate(takes):
        lines += _opened(f"a{k}", f"word(args + {8 * k})", dtype, ndim)
        args.append(f"a{k}" if ndim else f"a{k}[0]")
    outs, checks = [], []
    for k, (dtype, ndim) in enumerate(gives):
        lines += _opened(f"r{k}", f"word(rets + {8 * k})", dtype, ndim)
        found = f"found[{k}]" if len(gives) > 1 else "found"
        if ndim:
            checks.append(f"{found}.shape == r{k}.shape")
        outs.append(f"r{k}[...] = {found}" if ndim else f"r{k}[0] = {found}")
    body = "\n".join(
        [
            "def handle(frame):",
            "    extension = word(frame + 8)",
            "    if extension != 0:",
            "        return describe(frame, extension)",
            f"    args, rets = word(frame + {ARGS}), word(frame + {RETS})",
            *(f"    {line}" for line in lines),
            "    is_right = False",
            "    try:",
            f"        found = run({', '.join(args)})",
            f"        if {' and '.join(checks) or 'True'}:",
            *(f"            {out}" for out in outs),
            "            is_right = True",
            "    except Exception:",
            "        is_right = False",
            "    if is_right:",
            "        return 0",
            "    return failure(frame, request)",
            "",
        ]
    )
    made = numba.cfunc(types.intp(types.intp), **FLAGS)(made_function(body, "handle", space))
    if needs_the_lock(made._library, EXCEPTIONS):  # noqa: SLF001 - known there alone
        return None
    _kept.append((made, text, request))
    return made.ctypes


def flat(adjoint: Any, takes: int, gives: int) -> Any:
    """Return an adjoint as a function that returns the value and the cotangents in one tuple."""
    params = ", ".join(f"a{k}" for k in range(takes))
    bars = ", ".join(f"bars[{k}]" for k in range(gives))
    text = f"def flat({params}):\n    out, bars = adjoint({params})\n    return out, {bars}\n"
    return numba.njit(**FLAGS)(made_function(text, "flat", {"adjoint": adjoint}))


def _opened(name: str, buffer: str, dtype: str, ndim: int) -> list[str]:
    """Return lines that name the memory of a buffer as an array."""
    shape = ", ".join(f"word(word({buffer} + {DIMS}) + {8 * k})" for k in range(ndim)) or "1"
    return [f"{name} = carray(pointer_at(word({buffer} + {DATA})), ({shape},), np.{dtype})"]


@numba.njit(**FLAGS)
def word(address):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Return the word at an address."""
    return carray(pointer_at(address), (1,), np.int64)[0]


@numba.njit(**FLAGS)
def _numbers(address):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Return two small numbers at an address, as they are in memory."""
    return carray(pointer_at(address), (2,), np.int32)


@numba.njit(**FLAGS)
def describe(frame, extension):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Answer the question which version a handler is of: that of the one who asks."""
    if _numbers(extension + KIND_OF_EXTENSION)[0] == IS_METADATA:
        asked = _numbers(word(frame + API) + VERSION_OF_API)
        _numbers(word(extension + METADATA) + VERSION)[:] = asked
    return 0


@numba.njit(**FLAGS)
def failure(frame, request):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Return an error that XLA has made."""
    return called(word(word(frame + API) + CREATE), request)


@intrinsic
def called(_: Any, address: Any, argument: Any) -> Any:
    """Return what the function of C at an address returns, of one pointer."""

    def generated(context: Any, builder: ir.IRBuilder, signature: Any, args: Any) -> ir.Value:
        del context, signature
        pointer = ir.IntType(64)
        function = builder.inttoptr(args[0], ir.FunctionType(pointer, [pointer]).as_pointer())
        return builder.call(function, [args[1]])

    return types.int64(address, argument), generated
