"""Functions from outside, as compiled code can call them."""

from __future__ import annotations

import ctypes
from inspect import CO_VARARGS, CO_VARKEYWORDS
from types import FunctionType
from typing import Any

import numba
from numba.core.ccallback import CFunc
from numba.core.dispatcher import Dispatcher
from numba.core.extending import _Intrinsic
from numba.np.ufunc.dufunc import DUFunc

FUNCTION_OF_C: Any = ctypes.CFUNCTYPE(None).__mro__[1]


def callable_in_numba(function: Any, name: str, params: tuple[str, ...]) -> Any:
    """Return what generated code calls for a function, from Python as well.

    Python functions and intrinsics are compiled; the arguments of functions of C must have
    their types. Raises TypeError for what Numba cannot call.
    """
    match function:
        case FunctionType():
            return numba.njit(function)
        case Dispatcher() | DUFunc():
            return function
        case CFunc():
            return function.ctypes
        case _Intrinsic():
            text = f"def {name}({', '.join(params)}):\n    return called({', '.join(params)})\n"
            space: dict[str, Any] = {"called": function}
            exec(text, space)  # noqa: S102 - Numba reads code, not text
            return numba.njit(space[name])
    if isinstance(function, FUNCTION_OF_C):
        if function.argtypes is None or function.restype is None:
            message = f"{name}: set argtypes and restype of the ctypes function first"
            raise TypeError(message)
        return function
    message = (
        f"{name}: a rule is for a Python, @njit, @vectorize, cfunc or ctypes function, "
        f"or an intrinsic, not for {function!r}"
    )
    raise TypeError(message)


def python_objects(function: Any, compiled: Any) -> tuple[Any, ...]:
    """Return the objects that mean this function where they are called."""
    found = [function]
    if isinstance(function, Dispatcher):
        found.append(function.py_func)
    if compiled is not function:
        found.append(compiled)
    return tuple(found)


def arity_of(function: Any) -> int | None:
    """Return how many arguments a function takes, None where that is not fixed, or not known."""
    match function:
        case Dispatcher():
            function = function.py_func
        case DUFunc():
            return int(function.nin)
        case CFunc():
            return len(function._sig.args)  # noqa: SLF001 - it says so nowhere else
    if isinstance(function, FUNCTION_OF_C):
        return len(function.argtypes)
    if not isinstance(function, FunctionType):
        return None
    code = function.__code__
    has_more = code.co_kwonlyargcount or code.co_flags & (CO_VARARGS | CO_VARKEYWORDS)
    return None if has_more else code.co_argcount


def takes_a_rule(function: Any) -> bool:
    """Return whether compiled code can call a function that cannot be looked into."""
    kinds = (Dispatcher, DUFunc, CFunc, _Intrinsic, FUNCTION_OF_C)
    return isinstance(function, kinds)


def rule_line(spelled: str, function: Any, count: int) -> str:
    """Return the line that gives a function a rule, as the user would begin it."""
    inner = getattr(function, "__wrapped__", None) or getattr(function, "_defn", function)
    names: list[str] = []
    if isinstance(inner, FunctionType):
        code = inner.__code__
        names = list(code.co_varnames[: code.co_argcount])
    if len(names) != count or "y" in names:
        names = ["x"] if count == 1 else list("abcdefgh"[:count])
    label = spelled.rpartition(".")[2]
    partials = ", ".join(f'd{name}="..."' for name in names)
    return f'srcad.rule("{label}({", ".join(names)})", {spelled}, {partials})'
