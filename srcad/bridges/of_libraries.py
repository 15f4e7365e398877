"""`from_jax` and `from_torch`: their functions inside of functions that srcad differentiates."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from srcad.bridges.opaque import Function, Library, Values, opaque


def from_jax(f: Any, result: str = "float64") -> Any:
    """Return a function of JAX as one that srcad differentiates through.

    f: a function of arrays of JAX and numbers, by position, that returns one array or number;
        best one that `jax.jit` has made.
    result: the type of what it returns: float64, float64[:], float32[:,:] and so on.

    The result takes NumPy's arrays and numbers, and is called in functions that srcad
    differentiates, from `@njit` code and from Python. Its derivatives are those of JAX, in both
    modes, up to third order. Integers are constant. Each call goes through Python, and takes as
    long as one of JAX: it is for large steps, not for the inside of a loop. Everything is
    computed in the dtypes of the arguments, whatever `jax_enable_x64` says.
    Raises ImportError without JAX; TypeError for another kind of function, and, when it is
    called, for a result of another type.
    """
    return opaque(_jax(), f, result, "from_jax")


def from_torch(f: Any, result: str = "float64") -> Any:
    """Return a function of PyTorch as one that srcad differentiates through.

    f: a function of tensors and numbers, by position, that returns one tensor or number; or a
        `torch.nn.Module`, whose parameters are constant.
    result: the type of what it returns: float64, float64[:], float32[:,:] and so on.

    The result takes NumPy's arrays and numbers, and is called in functions that srcad
    differentiates, from `@njit` code and from Python. Its derivatives are those of `torch.func`,
    in both modes, up to third order. Integers are constant. Each call goes through Python: it is
    for large steps, not for the inside of a loop.
    Raises ImportError without PyTorch; TypeError for another kind of function, and, when it is
    called, for a result of another type.
    """
    if not hasattr(f, "__name__") and hasattr(f, "forward"):  # a module, which takes anything
        return opaque(_torch(), f.forward, result, "from_torch")
    return opaque(_torch(), f, result, "from_torch")


def _with_floats(args: Values, is_float: Any, run: Any) -> Values:
    """Return what `run(floats, merged)` does; `merged` puts floats back among the arguments."""
    at = [k for k, arg in enumerate(args) if is_float(arg)]

    def merged(*floats: Any) -> list[Any]:
        found = list(args)
        for k, value in zip(at, floats, strict=True):
            found[k] = value
        return found

    result: Values = run(at, merged)
    return result


@cache
def _jax() -> Library:
    import jax  # noqa: PLC0415 - takes long to import, and may not be there
    from jax import numpy as jnp  # noqa: PLC0415

    wide = jax.enable_x64 if hasattr(jax, "enable_x64") else jax.experimental.enable_x64

    def is_float(value: Any) -> bool:
        return bool(jnp.issubdtype(jnp.result_type(value), jnp.floating))

    def call(f: Function, args: Values) -> Values:
        with wide(True):  # noqa: FBT003 - as JAX has it
            given = [a if isinstance(a, int) else jnp.asarray(a) for a in args]
            return tuple(np.asarray(out) for out in f(*given))

    def jvp(f: Function, count: int) -> Function:
        def tangents(*given: Any) -> Values:
            args, dots = given[:count], given[count:]

            def run(at: list[int], merged: Any) -> Values:
                floats = tuple(args[k] for k in at)
                moved = tuple(jnp.asarray(dots[k], floats[j].dtype) for j, k in enumerate(at))
                found: Values = jax.jvp(lambda *x: tuple(f(*merged(*x))), floats, moved)[1]
                return found

            return _with_floats(args, is_float, run)

        return tangents

    def vjp(f: Function, count: int) -> Function:
        def cotangents(*given: Any) -> Values:
            args, bars = given[:count], given[count:]

            def run(at: list[int], merged: Any) -> Values:
                outs, back = jax.vjp(lambda *x: tuple(f(*merged(*x))), *(args[k] for k in at))
                flows = tuple(jnp.asarray(b, o.dtype) for b, o in zip(bars, outs, strict=True))
                found = dict(zip(at, back(flows), strict=True))
                zeros = (jnp.zeros(jnp.shape(arg)) for arg in args)
                return tuple(found.get(k, zero) for k, zero in enumerate(zeros))

            return _with_floats(args, is_float, run)

        return cotangents

    return Library(call, jvp, vjp)


@cache
def _torch() -> Library:
    import torch  # noqa: PLC0415 - takes long to import, and may not be there

    def as_tensor(value: Any) -> Any:
        if isinstance(value, float | np.floating):
            dtype = torch.float32 if isinstance(value, np.float32) else torch.float64
            return torch.tensor(float(value), dtype=dtype)
        if isinstance(value, np.ndarray):
            # A copy: a function may keep or write it, and NumPy's may be read-only.
            return torch.from_numpy(np.array(value))
        return value

    def is_float(value: Any) -> bool:
        return isinstance(value, torch.Tensor) and bool(value.is_floating_point())

    def as_array(value: Any) -> Any:
        return value.detach().numpy() if isinstance(value, torch.Tensor) else value

    def call(f: Function, args: Values) -> Values:
        return tuple(map(as_array, f(*map(as_tensor, args))))

    def jvp(f: Function, count: int) -> Function:
        def tangents(*given: Any) -> Values:
            args, dots = given[:count], given[count:]

            def run(at: list[int], merged: Any) -> Values:
                floats = tuple(args[k] for k in at)
                moved = tuple(dots[k].to(floats[j].dtype) for j, k in enumerate(at))
                found: Values = torch.func.jvp(lambda *x: tuple(f(*merged(*x))), floats, moved)[1]
                return found

            return _with_floats(args, is_float, run)

        return tangents

    def vjp(f: Function, count: int) -> Function:
        def cotangents(*given: Any) -> Values:
            args, bars = given[:count], given[count:]

            def run(at: list[int], merged: Any) -> Values:
                floats = tuple(args[k] for k in at)
                outs, back = torch.func.vjp(lambda *x: tuple(f(*merged(*x))), *floats)
                flows = tuple(b.to(o.dtype) for b, o in zip(bars, outs, strict=True))
                found = dict(zip(at, back(flows), strict=True))
                return tuple(found[k] if k in found else _zero(arg) for k, arg in enumerate(args))

            return _with_floats(args, is_float, run)

        return cotangents

    def _zero(value: Any) -> Any:
        shape = value.shape if isinstance(value, torch.Tensor) else ()
        return torch.zeros(shape, dtype=torch.float64)

    return Library(call, jvp, vjp)
