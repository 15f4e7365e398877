"""Functions of arrays of JAX, whose gradients srcad computes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from srcad.bridges.for_torch import _check, _name
from srcad.operators.products import vjp
from srcad.trees import is_float


def as_jax(f: Any, shape: tuple[int, ...] | Callable[..., tuple[int, ...]] = ()) -> Any:
    """Return `f` as a function of arrays of JAX: in `jax.jit`, `jax.grad`, `jax.vmap`.

    f: a function as `vjp` takes it; it returns one float or one array of floats, and writes
        none of its arguments.
    shape: of the result, () for one float; or a function of the shapes of the arguments.

    The result takes arrays and numbers by position, and returns an array of the widest float
    dtype among them. It is called back on the host, through `jax.pure_callback`, and has a
    derivative in reverse mode (`jax.custom_vjp`), which has none itself. `jax.vmap` calls it
    row by row. Integers are constant.
    Raises ImportError without JAX, ValueError for a result of another shape; and as `vjp`.
    """
    import jax  # noqa: PLC0415 - takes long to import, and may not be there

    _check(f, "as_jax")

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

    @jax.custom_vjp
    def call(*args: Any) -> Any:
        return jax.pure_callback(value_of, result_type(args), *args, vmap_method="sequential")

    def forward(*args: Any) -> Any:
        return call(*args), args

    def backward(args: tuple[Any, ...], bar: Any) -> Any:
        types = [jax.ShapeDtypeStruct(np.shape(a), a.dtype) for a in args if a.dtype.kind == "f"]
        found = iter(jax.pure_callback(bars_of, tuple(types), bar, *args, vmap_method="sequential"))
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
