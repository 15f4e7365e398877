"""Functions of arrays of JAX, whose gradients srcad computes."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
from numba.core.errors import NumbaError

from srcad.bridges.for_torch import _check, _name
from srcad.carried import carrier_of
from srcad.derivative import derivative, target_of
from srcad.errors import NotDifferentiable
from srcad.operators.products import adjoint, vjp
from srcad.plans import captures
from srcad.trees import is_float

_numbers = count()


def as_jax(
    f: Any,
    shape: tuple[int, ...] | Callable[..., tuple[int, ...]] = (),
    native: bool | None = None,  # noqa: FBT001 - as `has_aux` of `grad`
) -> Any:
    """Return `f` as a function of arrays of JAX: in `jax.jit`, `jax.grad`, `jax.vmap`.

    f: a function as `vjp` takes it; it returns one float or one array of floats, and writes
        none of its arguments.
    shape: of the result, () for one float; or a function of the shapes of the arguments.
    native: True to have XLA call the compiled code by its interface for foreign functions,
        without Python; False for `jax.pure_callback`, which calls it through Python; None for
        the first where it can be: on a processor, for arguments of float64, float32, int64 and
        int32, and a function that captures nothing that may change.

    The result takes arrays and numbers by position, and returns an array of the widest float
    dtype among them. It has a derivative in reverse mode (`jax.custom_vjp`), which has none
    itself. `jax.vmap` calls it row by row. Integers are constant.
    Raises ImportError without JAX, ValueError for a result of another shape (an error of JAX,
    where XLA calls), and for `native=True` where it cannot be; and as `vjp`.
    """
    import jax  # noqa: PLC0415 - takes long to import, and may not be there

    _check(f, "as_jax")
    known: dict[Any, Any] = {}

    def value_of(*args: Any) -> Any:
        out, _ = vjp(f, *map(_given, args))
        return _shaped(out, result_type(args))

    def bars_of(bar: Any, *args: Any) -> Any:
        given = tuple(map(_given, args))
        out, pullback = vjp(f, *given)
        cotangent = np.asarray(bar, np.asarray(out).dtype)
        found = pullback(cotangent if cotangent.ndim else float(cotangent))
        floats = (k for k, arg in enumerate(given) if is_float(arg))
        return tuple(np.asarray(found[k], np.asarray(args[k]).dtype) for k in floats)

    def result_type(args: tuple[Any, ...]) -> Any:
        floats = [np.asarray(a).dtype if not hasattr(a, "dtype") else a.dtype for a in args]
        floats = [dtype for dtype in floats if dtype.kind == "f"]
        found = shape(*map(np.shape, args)) if callable(shape) else shape
        return jax.ShapeDtypeStruct(found, np.result_type(*floats))

    def _shaped(out: Any, wanted: Any) -> Any:
        array = np.asarray(out, wanted.dtype)
        if array.shape != wanted.shape:
            message = f"as_jax: {_name(f)} returns shape {array.shape}; write shape={array.shape}"
            raise ValueError(message)
        return array

    def called(args: tuple[Any, ...], bar: Any = None) -> Any:
        """Return the value, or what flows back, by the way that is the shortest."""
        wanted = result_type(args)
        given = args if bar is None else (*args, bar)
        types = [jax.ShapeDtypeStruct(np.shape(a), a.dtype) for a in args if a.dtype.kind == "f"]
        results = wanted if bar is None else tuple(types)
        kinds = tuple((str(a.dtype), np.ndim(a)) for a in args)
        name = None if native is False else _target(f, kinds, wanted, bar is not None, known)
        if name is not None:
            found = jax.ffi.ffi_call(
                name, (wanted, *types) if bar is not None else wanted, vmap_method="sequential"
            )(*given)
            return found if bar is None else found[1:]
        if native:
            message = f"as_jax: XLA cannot call {_name(f)} without Python; leave native= away"
            raise ValueError(message)
        run = value_of if bar is None else bars_of
        order = args if bar is None else (bar, *args)
        return jax.pure_callback(run, results, *order, vmap_method="sequential")

    @jax.custom_vjp
    def call(*args: Any) -> Any:
        return called(args)

    def forward(*args: Any) -> Any:
        return call(*args), args

    def backward(args: tuple[Any, ...], bar: Any) -> Any:
        found = iter(called(args, bar))
        return tuple(next(found) if a.dtype.kind == "f" else None for a in args)

    call.defvjp(forward, backward)

    def of_arrays(*args: Any) -> Any:
        """Return the value as an array of JAX."""
        return call(*map(jax.numpy.asarray, args))

    of_arrays.__name__ = f"{_name(f)}_of_jax"
    return of_arrays


def _given(value: Any) -> Any:
    """Return what JAX hands to a callback as NumPy's: numbers as numbers."""
    array = np.asarray(value)
    return array if array.ndim else array[()]


# Without Python ----------------------------------------------------------------------


@cache
def _has_interface() -> bool:
    """Return whether XLA calls foreign functions here, in the way that is known."""
    import jax  # noqa: PLC0415

    try:
        header = Path(jax.ffi.include_dir(), "xla", "ffi", "api", "c_api.h").read_text("utf-8")
    except (AttributeError, OSError):
        return False
    from srcad.backend.xla import is_known  # noqa: PLC0415 - of compiled code alone

    return jax.default_backend() == "cpu" and is_known(header)


def _target(f: Any, kinds: Any, wanted: Any, is_back: bool, known: dict[Any, Any]) -> str | None:  # noqa: FBT001
    """Return the name that XLA knows a compiled function by; None if it is to be called back."""
    key = (kinds, str(wanted.dtype), len(wanted.shape), is_back)
    if key not in known:
        known[key] = _made_target(f, kinds, wanted, is_back)
    found: str | None = known[key]
    return found


def _made_target(f: Any, kinds: Any, wanted: Any, is_back: bool) -> str | None:  # noqa: FBT001
    if not _has_interface() or carrier_of(f) is not None:
        return None
    from srcad.backend import xla  # noqa: PLC0415 - of compiled code alone

    func, options = target_of(f, "as_jax")
    result = (str(wanted.dtype), len(wanted.shape))
    if captures(func) or not {dtype for dtype, _ in (*kinds, result)} <= set(xla.DTYPES):
        return None
    import jax  # noqa: PLC0415

    floats = tuple(k for k, (dtype, _) in enumerate(kinds) if dtype.startswith("float"))
    if is_back:
        run: Any = xla.flat(adjoint(f, floats), len(kinds) + 1, len(floats))
    else:
        run = derivative(func, "primal", (), options=options)
    takes = (*kinds, result) if is_back else kinds
    gives = (result, *(kinds[k] for k in floats)) if is_back else (result,)
    message = (
        f"{_name(f)} raises an exception, or returns another shape than as_jax was told; "
        "native=False says more"
    )
    try:
        made = xla.handler(run, takes, gives, message)
    except (NotDifferentiable, TypeError, NumbaError):
        return None  # the way through Python converts, or says what is wrong
    if made is None:
        return None
    name = f"srcad_{_name(f)}_{next(_numbers)}"
    jax.ffi.register_ffi_target(name, jax.ffi.pycapsule(made), platform="cpu")
    return name
