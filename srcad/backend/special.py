"""The functions of `scipy.special` in compiled code, through SciPy's own Cython interface.

Numba is told of them when the first one is met: SciPy is imported then, by the user.
"""

from __future__ import annotations

import importlib
import math
from functools import cache, partial
from typing import Any

import llvmlite.binding as llvm
import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.core.typing.templates import signature
from numba.extending import get_cython_function_address, intrinsic, overload, register_jitable

from srcad.backend.loaded import SPECIAL
from srcad.backend.numba_private import on_reload
from srcad.rules.table import PRIMS

CYTHON = "scipy.special.cython_special"
BRANCH = -0.36787944117144233
"""-1 / e: below it, the Lambert function is not real."""


@cache
def install() -> None:
    """Make the functions known to Numba, once in a process."""
    special = importlib.import_module("scipy.special")
    for prim in PRIMS.values():
        root, _, name = prim.spelling.partition(".")
        if root == "special" and prim.arity > 0:
            overload(getattr(special, name), strict=False)(_typer(name, prim.arity))


def _typer(name: str, count: int) -> Any:
    """Return what gives Numba an implementation for these types of numbers."""
    pointer = _pointer(name, count)
    params = ", ".join("abcdefgh"[:count])
    floats = ", ".join(f"float({p})" for p in "abcdefgh"[:count])
    space: dict[str, Any] = {"pointer": pointer, "np": np, "types": types}
    text = (
        f"def wide({params}):\n    return pointer({floats})\n\n"
        f"def narrow({params}):\n    return np.float32(pointer({floats}))\n\n"
        f"def typer({params}):\n"
        f"    given = ({params},)\n"
        "    numbers = (types.Float, types.Integer, types.Boolean)\n"
        "    if not all(isinstance(t, numbers) for t in given):\n"
        "        return None\n"
        "    return narrow if all(t == types.float32 for t in given) else wide\n"
    )
    exec(text, space)  # noqa: S102 - Numba wants the names of the arguments
    return space["typer"]


def _pointer(name: str, count: int) -> Any:
    """Return a function of C for numbers in double precision, which machine code has by name."""
    symbol = f"{SPECIAL}{name}.{count}"
    resolve(symbol)
    return _external(symbol, count)


def resolve(symbol: str) -> None:
    """Tell LLVM where a function of SciPy's is. Raises ImportError if there is none."""
    if not is_resolved(symbol):
        name = symbol.removeprefix(SPECIAL).rpartition(".")[0]
        message = f"this version of SciPy has no scipy.special.{name} for compiled code"
        raise ImportError(message)


def _external(symbol: str, count: int) -> Any:
    """Return a function of C, which every process is told of before it runs code from a disk.

    Numba has a cache of its own, for functions of the user's that have such code inside.
    """
    params = ", ".join("abcdefgh"[:count])
    result = types.float64
    tell = partial(resolve, symbol)

    def write(context: Any, builder: Any, call: Any, values: Any) -> Any:
        on_reload(context.active_code_library, tell)
        kinds = [*map(context.get_value_type, call.args), ir.IntType(32)]
        function_type = ir.FunctionType(context.get_value_type(call.return_type), kinds)
        function = cgutils.get_or_insert_function(builder.module, function_type, symbol)
        return builder.call(function, [*values, ir.Constant(kinds[-1], 0)])

    space: dict[str, Any] = {"call": signature(result, *(result,) * count), "write": write}
    text = f"def external(typing_context, {params}):\n    return call, write\n"
    exec(text, space)  # noqa: S102 - Numba wants the names of the arguments
    return intrinsic(space["external"])


def is_resolved(symbol: str) -> bool:
    """Return whether this SciPy has a function for compiled code, and tell LLVM where it is."""
    name, _, count = symbol.removeprefix(SPECIAL).rpartition(".")
    table = importlib.import_module(CYTHON).__pyx_capi__
    wanted = f"double ({'double, ' * int(count)}int __pyx_skip_dispatch)"
    for found, capsule in table.items():
        plain = found if not found.startswith("__pyx_fuse_") else found[11:].lstrip("0123456789")
        if plain == name and f'"{wanted}"' in repr(capsule):
            llvm.add_symbol(symbol, get_cython_function_address(CYTHON, found))
            return True
    return False


@register_jitable(error_model="numpy", fastmath=False, boundscheck=False)
def lambertw(x: float, k: int = 0) -> float:
    """Return the real Lambert W function of branch 0 or -1; nan where it is not real.

    Halley's iteration (Corless et al. 1996, sec. 5), from the series at the branch point, the
    one at 0, or the asymptotic one.
    """
    if math.isnan(x) or x < BRANCH - 1e-17 or k not in (0, -1) or (k == -1 and x > 0.0):
        return math.nan
    if x == 0.0:
        return 0.0 if k == 0 else -math.inf
    if x == math.inf:
        return x
    p = math.sqrt(max(0.0, 2.0 * (math.e * x + 1.0)))
    if p < 1e-4:  # the branch point itself
        p = p if k == 0 else -p
        return -1.0 + p * (1.0 + p * (-1.0 / 3.0 + p * 11.0 / 72.0))
    if p < 0.8 or (k == 0 and x < 0.0):
        q = p if k == 0 else -p
        w = -1.0 + q * (1.0 + q * (-1.0 / 3.0 + q * 11.0 / 72.0))
    elif k == 0 and x < 3.0:
        w = math.log1p(x)
    else:
        far = math.log(abs(x))
        w = far - math.log(abs(far)) if far != 0.0 else 0.5
    for _ in range(40):
        e = math.exp(w)
        excess = w * e - x
        step = excess / (e * (w + 1.0) - 0.5 * (w + 2.0) * excess / (w + 1.0))
        w -= step
        if abs(step) <= 1e-16 * abs(w):
            break
    return w
