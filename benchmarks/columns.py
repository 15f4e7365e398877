"""The columns of the table: each turns a case and its arguments into a function to time."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numba
import numpy as np

from benchmarks.case import Args, Case
from benchmarks.tape import tape_value_and_grad

Result = tuple[float, tuple[Any, ...]]
Run = Callable[[], Any]


class NotInstalledError(Exception):
    """The library of a column is not installed; the text says which."""


@dataclass(frozen=True, slots=True)
class Column:
    """prepare: from a case and its arguments to what is timed; eager: uses the "eager" size."""

    name: str
    prepare: Callable[[Case, Args], Run]
    library: str | None = None
    eager: bool = False


def load(name: str) -> ModuleType:
    """The module `name`, or NotInstalledError."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise NotInstalledError(f"{name} is not installed") from error


def njit_primal(case: Case, args: Args) -> Run:
    """The primal alone, compiled with the flags of generated code."""
    compiled = numba.njit(error_model="numpy")(case.primal)
    return lambda: compiled(*args)


def ours(case: Case, args: Args) -> Run:
    """`srcad.value_and_grad` of the primal."""
    compiled = load("srcad").value_and_grad(case.primal, argnums=case.argnums)
    return lambda: compiled(*args)


def by_hand(case: Case, args: Args) -> Run:
    """The hand-written adjoint, compiled with the flags of generated code."""
    compiled = numba.njit(error_model="numpy")(case.hand)

    def run() -> Result:
        value, *gradients = compiled(*args)
        return value, tuple(gradients)

    return run


def by_tape(case: Case, args: Args) -> Run:
    """The native scalar tape of `benchmarks.tape`."""
    return tape_value_and_grad(case.primal, case.argnums, args)


def by_autograd(case: Case, args: Args) -> Run:
    """HIPS autograd on the vectorised program."""
    autograd, arrays = load("autograd"), load("autograd.numpy")
    compute = autograd.value_and_grad(lambda *args: case.arrays(arrays, *args), case.argnums)
    return lambda: compute(*args)


def by_torch(case: Case, args: Args) -> Run:
    """PyTorch, eager, on the vectorised program."""
    torch = load("torch")
    torch.set_num_threads(1)
    program = case.torch or case.arrays
    tensors = [torch.from_numpy(a) if isinstance(a, np.ndarray) else a for a in args]
    for k in case.argnums:
        tensors[k] = torch.tensor(args[k], dtype=torch.float64, requires_grad=True)
    leaves = [tensors[k] for k in case.argnums]

    def run() -> Result:
        value = program(torch, *tensors)
        return value.item(), torch.autograd.grad(value, leaves)

    return run


def by_jax(case: Case, args: Args) -> Run:
    """JAX, jitted, double precision, on the vectorised program."""
    jax, jnp = load("jax"), load("jax.numpy")
    jax.config.update("jax_enable_x64", val=True)
    program = case.jax or case.arrays
    static = tuple(k for k, a in enumerate(args) if isinstance(a, int))
    compute = jax.jit(
        jax.value_and_grad(lambda *args: program(jnp, *args), case.argnums),
        static_argnums=static,
    )
    on_device = [jnp.asarray(a) if isinstance(a, np.ndarray) else a for a in args]
    return lambda: jax.block_until_ready(compute(*on_device))


NJIT = Column("njit", njit_primal)
OURS = Column("ours", ours, library="srcad")
HAND = Column("limit", by_hand)
TAPE = Column("tape", by_tape)
PEERS = (
    Column("autograd", by_autograd, library="autograd", eager=True),
    Column("torch", by_torch, library="torch", eager=True),
    Column("jax", by_jax, library="jax"),
)


def disagreement(result: Any, reference: Result) -> float:
    """The largest relative difference of value and gradients, each in its own maximum norm."""
    value, gradients = result
    pairs = [(value, reference[0]), *zip(gradients, reference[1], strict=True)]
    return max(relative_error(np.asarray(a), np.asarray(b)) for a, b in pairs)


def relative_error(found: np.ndarray, expected: np.ndarray) -> float:
    """max|found - expected| / max|expected|; infinite when the shapes differ or a NaN appears."""
    if found.shape != expected.shape:
        return float("inf")
    size = float(np.max(np.abs(expected)))
    error = float(np.max(np.abs(found - expected))) / (size or 1.0)
    return error if error == error else float("inf")  # noqa: PLR0124  (a NaN test)
