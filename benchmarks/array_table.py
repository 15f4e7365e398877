"""The table of the array programs: NumPy, njit, our primal, our value and gradient, peers."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import FunctionType
from typing import Any

import numba
import numpy as np

from benchmarks.array_cases import ArrayCase, Program
from benchmarks.case import Args
from benchmarks.columns import NotInstalledError, Run, disagreement, load
from benchmarks.report import figure, grid
from benchmarks.timing import interleave

PEERS = ("jax", "torch", "autograd")
TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class ArrayRow:
    """Seconds per column; `failed` maps a column to the reason why it has no entry."""

    case: ArrayCase
    seconds: dict[str, float]
    failed: dict[str, str]
    first: dict[str, float]


def measure_arrays(
    case: ArrayCase, which: str, budget: float, say: Callable[[str], None], *, peers: bool = True
) -> ArrayRow:
    """Time all columns on one case in one process, after checking that they agree."""
    args = case.args(which)
    runs: dict[str, Run] = {}
    failed: dict[str, str] = {}
    first: dict[str, float] = {}
    expected: Any = None
    makers = {"numpy": _numpy, "njit": _njit, "primal": _primal, "ours": _ours}
    if peers:
        makers |= {name: MAKERS[name] for name in PEERS if name not in case.missing}
    for name, make in makers.items():
        say(f"{case.name}: compiling {name}")
        try:
            run = make(case, args)
            start = time.perf_counter()
            result = run()
            first[name] = time.perf_counter() - start
            failed |= _problem(name, result, expected)
        except NotInstalledError as reason:
            failed[name] = str(reason)
            continue
        except Exception as failure:  # noqa: BLE001  (one broken column must not end the run)
            failed[name] = f"failed: {type(failure).__name__}: {str(failure).strip()[:200]}"
            continue
        runs[name] = run
        if name == "numpy":
            expected = result, ()
        elif name == "ours":
            expected = result
    samples = interleave(runs, budget, lambda turn: say(f"{case.name}: round {turn}"))
    medians = {name: statistics.median(times) for name, times in samples.items()}
    return ArrayRow(case, medians, failed, first)


def _problem(name: str, result: Any, expected: Any) -> dict[str, str]:
    """What is wrong with a result: values against NumPy's, gradients against ours."""
    if name in {"numpy", "njit", "primal", "ours"}:
        value = result[0] if name == "ours" else result
        result, expected = (value, ()), (value if expected is None else expected[0], ())
    error = disagreement(result, expected)
    return {} if error <= TOLERANCE else {name: f"disagrees by {error:.1e}"}


def rebound(program: Program, library: Any) -> Program:
    """The program with `np` standing for another library."""
    assert isinstance(program, FunctionType)
    return FunctionType(program.__code__, {**program.__globals__, "np": library})


def _numpy(case: ArrayCase, args: Args) -> Run:
    return lambda: case.program(*args)


def _njit(case: ArrayCase, args: Args) -> Run:
    compiled = numba.njit(error_model="numpy")(case.program)
    return lambda: compiled(*args)


def _primal(case: ArrayCase, args: Args) -> Run:
    compiled = load("srcad").differentiate(case.program)
    return lambda: compiled(*args)


def _ours(case: ArrayCase, args: Args) -> Run:
    compiled = load("srcad").value_and_grad(case.program, argnums=case.argnums)
    return lambda: compiled(*args)


def _jax(case: ArrayCase, args: Args) -> Run:
    jax, jnp = load("jax"), load("jax.numpy")
    jax.config.update("jax_enable_x64", val=True)
    program = case.jax or rebound(case.program, jnp)
    static = tuple(k for k, a in enumerate(args) if isinstance(a, int))
    compute = jax.jit(jax.value_and_grad(program, case.argnums), static_argnums=static)
    placed = [jnp.asarray(a) if isinstance(a, np.ndarray) else a for a in args]
    return lambda: jax.block_until_ready(compute(*placed))


class _TorchAsNumpy:
    """PyTorch under the few names that it spells in another way."""

    def __init__(self, torch: Any) -> None:
        self.torch = torch

    def __getattr__(self, name: str) -> Any:
        return getattr(self.torch, {"max": "amax", "copy": "clone"}.get(name, name))

    def maximum(self, a: Any, b: Any) -> Any:
        """`maximum` of a tensor and a number."""
        return self.torch.clamp(a, min=b)

    def zeros(self, shape: Any) -> Any:
        """Zeros in double precision."""
        return self.torch.zeros(shape, dtype=self.torch.float64)


def _torch(case: ArrayCase, args: Args) -> Run:
    torch = load("torch")
    torch.set_num_threads(1)
    program = case.torch or rebound(case.program, _TorchAsNumpy(torch))
    tensors = [torch.from_numpy(a) if isinstance(a, np.ndarray) else a for a in args]
    for k in case.argnums:
        tensors[k] = tensors[k].clone().requires_grad_()
    leaves = [tensors[k] for k in case.argnums]

    def run() -> Any:
        value = program(*tensors)
        return value.item(), torch.autograd.grad(value, leaves)

    return run


def _autograd(case: ArrayCase, args: Args) -> Run:
    autograd, arrays = load("autograd"), load("autograd.numpy")
    program = case.autograd or rebound(case.program, arrays)
    compute = autograd.value_and_grad(program, case.argnums)
    return lambda: compute(*args)


MAKERS: dict[str, Callable[[ArrayCase, Args], Run]] = {
    "jax": _jax,
    "torch": _torch,
    "autograd": _autograd,
}


def array_report(rows: list[ArrayRow]) -> str:
    """The tables: times over njit's, our gradient over our primal, peers over our gradient."""
    heads = ["case", "njit [ms]", "numpy/njit", "primal/njit", "ours/primal", "target"]
    heads += [*(f"{name}/ours" for name in PEERS), "first/njit"]
    lines = [heads, *map(_line, rows)]
    notes = [f"note: {r.case.name}, {name}: {why}" for r in rows for name, why in r.failed.items()]
    return "\n".join(["array programs (medians of interleaved rounds, one thread)", "",
                      grid(lines), "", *notes])  # fmt: skip


def _line(row: ArrayRow) -> list[str]:
    return [
        row.case.name,
        figure(row.seconds["njit"] * 1e3) if "njit" in row.seconds else "-",
        _ratio(row.seconds, "numpy", "njit"),
        _ratio(row.seconds, "primal", "njit"),
        _ratio(row.seconds, "ours", "primal"),
        f"<= {row.case.target}",
        *(_ratio(row.seconds, name, "ours") for name in PEERS),
        _ratio(row.first, "ours", "njit"),
    ]


def _ratio(seconds: dict[str, float], over: str, under: str) -> str:
    if over not in seconds or under not in seconds:
        return "-"
    return figure(seconds[over] / seconds[under])
