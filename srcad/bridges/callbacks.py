"""`cfunc`: a function and its gradient behind a signature of C."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from srcad.arguments import parameter_names
from srcad.backend.callbacks import NAMES, NUMBER, NUMBER_WITH, Callback, callback
from srcad.carried import carrier_of
from srcad.derivative import derivative, target_of
from srcad.operators.gradients import value_and_grad

if TYPE_CHECKING:
    from collections.abc import Sequence

WORDS = {"float64": "double", "f64": "double", "u64": "uint64", "i64": "int64", "int": "int32"}
WORDS |= {"uint64_t": "uint64", "int64_t": "int64", "int32_t": "int32", "unsigned": "uint32"}
WORDS |= {"unsignedint": "uint32", "uint32_t": "uint32"}


def cfunc(f: Any, signature: str, args: Sequence[Any] = ()) -> Callback:
    """Return a C callback that computes `f`, and its gradient where the signature has one.

    f: a Python function, an `@njit` function or a decorated one, of one float: a function of
        an array of floats with one axis (or of a float, for "quad"), and of `args`.
    signature: one of these, in C or by its name; the arguments are named here alone.

        logp    int64(uint64 n, double* x, double* gradient, double* value, void*)
        nlopt   double(uint32 n, double* x, double* gradient, void*)
        quad    double(double x), or double(double x, void*)
        nquad   double(int32 n, double* x), or double(int32 n, double* x, void*)

        "logp" is what nutpie and its relatives take: it returns 0; 1 where `f` raises, and 2
        or 3 where its value or gradient is not finite, and then it writes nothing. "nlopt" may
        be given a null pointer for the gradient. The other three are of
        `scipy.LowLevelCallable` (integrals of a function, or of a gradient that you write as
        one); they and "nlopt" return nan where `f` raises.
    args: numbers and arrays that `f` takes after the point. They are copied now.

    The result has `address`, a number, `ctypes`, and `low_level()` for SciPy. Code and data
    live as long as it does: keep it. It may be called from several threads at once.
    Raises ValueError for another signature, TypeError for a function of another kind; and as
    `grad`. What `f` captures is what it is now.

    >>> import srcad
    >>> from scipy.integrate import quad
    >>> def bump(x, width):
    ...     return 1.0 / (1.0 + (x / width) ** 2)
    >>> callback = srcad.cfunc(bump, "quad", args=(2.0,))
    >>> round(quad(callback.low_level(), 0.0, 2.0)[0], 6)
    1.570796
    """
    wanted = _known(signature)
    args = tuple(args)
    for k, arg in enumerate(args):
        _check(arg, k)
    if carrier_of(f) is not None:
        message = "cfunc takes a function; give what a partial or an object carries as args"
        raise TypeError(message)
    func, options = target_of(f, "cfunc")
    names = parameter_names(func)
    optional = sum(p.default is not p.empty for p in inspect.signature(func).parameters.values())
    if not len(names) - optional <= len(args) + 1 <= len(names):
        message = f"{func.__name__} takes {', '.join(names)}, got the point and {len(args)} args"
        raise TypeError(message)
    value = derivative(func, "primal", (), options=options)
    is_number = wanted in {NUMBER, NUMBER_WITH}
    point = 0.5 if is_number else np.zeros(1)
    both = None if is_number or wanted.startswith("double(int32") else value_and_grad(f)
    _check_result(value if both is None else both, func.__name__, (point, *args))
    return callback(wanted, value, both, args)


callback_of = cfunc
"""The same by another name than Numba's."""


def _known(signature: str) -> str:
    """Return a signature as it is written here. Raises ValueError for another one."""
    by_text = {_bare(text): text for text in (*NAMES.values(), NUMBER_WITH)}
    by_text[_bare(f"{NAMES['nquad'][:-1]}, void*)")] = f"{NAMES['nquad'][:-1]}, void*)"
    found = NAMES.get(signature) or by_text.get(_bare(signature))
    if found is None:
        known = "; ".join(f"{name}: {text}" for name, text in NAMES.items())
        message = f"unknown signature {signature!r}; write one of {known}"
        raise ValueError(message)
    return found


def _bare(signature: str) -> str:
    """Return types alone: no spaces, no `const`, no names of arguments."""
    result, _, rest = signature.partition("(")
    parts = [_word(part) for part in rest.rstrip(") ").split(",")]
    return f"{_word(result)}({','.join(parts)})"


def _word(text: str) -> str:
    text = re.sub(r"\bconst\b", " ", text).replace("unsigned int", "unsigned")
    found = re.match(r"\s*(\w+)\s*(\*?)", text)
    if found is None:
        return text.strip()
    return WORDS.get(found[1], found[1]) + found[2]


def _check(arg: object, k: int) -> None:
    """Raise TypeError for what is no number and no array of numbers."""
    if isinstance(arg, np.ndarray) and arg.dtype.kind in "fiub":
        return
    if not isinstance(arg, bool | int | float | np.bool_ | np.integer | np.floating):
        message = f"args[{k}] must be a number or an array of numbers, got {type(arg).__name__}"
        raise TypeError(message)


def _check_result(made: Any, name: str, examples: tuple[Any, ...]) -> None:
    """Raise, before anything is compiled, unless the function returns one float."""
    import numba  # noqa: PLC0415 - of types alone

    types = tuple(map(numba.typeof, examples))
    emitted = made.emit(types) if hasattr(made, "emit") else None
    if emitted is None:
        return
    returns = emitted.generated.function.returns
    kind = returns[0].type if len(returns) == 1 else None
    if made.__srcad_derivative__.kind == "primal" and str(kind) not in {"float64", "float32"}:
        message = f"{name} must return one float for a callback, got {kind}"
        raise TypeError(message)
