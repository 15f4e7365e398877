"""Page faults per call with and without memory that is kept, and threads beside one another.

Faults are those of the process (`getrusage`), times are processor time: medians of rounds that
interleave njit's primal and our value and gradient, without and with the pool of free blocks.
"""

from __future__ import annotations

import os
import statistics
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numba
import numpy as np

from benchmarks.array_cases import attention_inputs, oscillators, oscillators_inputs
from benchmarks.columns import Run, disagreement, load
from benchmarks.report import grid

ROUNDS = 9
NEVER = 1 << 60


def attention(q, k, v):
    s = q @ k.T / np.sqrt(q.shape[1])
    p = np.exp(s - s.max())
    p = p / np.sum(p, axis=1).reshape(-1, 1)
    o = p @ v
    return np.sum(o * o)


def burgers(u, viscosity, steps):
    """Burgers' equation on a ring, an array for each step."""
    n = u.size
    for _ in range(steps):
        left, right = np.roll(u, 1), np.roll(u, -1)
        u = u - 0.1 * u * (right - left) + viscosity * (right - 2.0 * u + left)
    return np.sum(u * u) / n


def layers(x, first, second):
    hidden = np.tanh(x @ first)
    out = np.tanh(hidden @ second)
    return np.sum(out * out)


def lstm(x, w, u, b):
    """A row of cells over the steps of a sequence: x (steps, batch, size)."""
    batch, size = x.shape[1], u.shape[0]
    h, c = np.zeros((batch, size)), np.zeros((batch, size))
    for t in range(x.shape[0]):
        gates = x[t] @ w + h @ u + b
        keep = 1.0 / (1.0 + np.exp(-gates[:, :size]))
        take = 1.0 / (1.0 + np.exp(-gates[:, size : 2 * size]))
        new = np.tanh(gates[:, 2 * size : 3 * size])
        show = 1.0 / (1.0 + np.exp(-gates[:, 3 * size :]))
        c = keep * c + take * new
        h = show * np.tanh(c)
    return np.sum(h * h)


def sums(x):
    total = 0.0
    for k in range(x.size):
        total += np.exp(np.sin(x[k])) * x[k] ** 1.5
    return total


@dataclass(frozen=True, slots=True)
class Program:
    """A program, by what it is differentiated, and its arguments of each size."""

    name: str
    function: Callable[..., Any]
    argnums: tuple[int, ...]
    inputs: Callable[..., tuple[Any, ...]]
    sizes: dict[str, tuple[int, ...]]


def burgers_inputs(rng: Any, n: int, steps: int) -> tuple[Any, ...]:
    return rng.random(n), 0.05, steps


def layers_inputs(rng: Any, n: int, wide: int, hidden: int, out: int) -> tuple[Any, ...]:
    make = rng.standard_normal
    return make((n, wide)), 0.02 * make((wide, hidden)), 0.02 * make((hidden, out))


def lstm_inputs(rng: Any, steps: int, batch: int, size: int) -> tuple[Any, ...]:
    make = rng.standard_normal
    x, w = make((steps, batch, size)), 0.1 * make((size, 4 * size))
    return x, w, 0.1 * make((size, 4 * size)), np.zeros(4 * size)


# fmt: off
PROGRAMS = (
    Program("attention", attention, (0, 1, 2), attention_inputs,
            {"full": (1024, 64), "quick": (512, 64), "tiny": (4, 3)}),
    Program("burgers", burgers, (0,), burgers_inputs,
            {"full": (20_000, 200), "quick": (20_000, 20), "tiny": (5, 3)}),
    Program("mlp", layers, (1, 2), layers_inputs,
            {"full": (512, 784, 256, 64), "quick": (128, 784, 64, 10), "tiny": (3, 4, 3, 2)}),
    Program("lstm", lstm, (1, 2, 3), lstm_inputs,
            {"full": (60, 64, 128), "quick": (10, 32, 64), "tiny": (3, 2, 2)}),
    Program("runge-kutta", oscillators, (0, 1, 2), oscillators_inputs,
            {"full": (2000, 200), "quick": (2000, 20), "tiny": (3, 2)}),
)
# fmt: on


@dataclass(frozen=True, slots=True)
class MemoryRow:
    """Faults per call and milliseconds; kept: megabytes in the pool after a call."""

    name: str
    faults: tuple[int, int, int]
    times: tuple[float, float, float]
    kept: float
    agrees: bool


def faults() -> int:
    """Page faults of this process that needed no disk; 0 where nobody counts them."""
    try:
        import resource
    except ImportError:
        return 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt


def measure_memory(program: Program, which: str) -> MemoryRow:
    """Run one program: njit's primal, value and gradient without and with memory that is kept."""
    srcad = load("srcad")
    from srcad.backend import pool
    from srcad.backend.pool_code import SMALLEST

    args = program.inputs(np.random.default_rng(1), *program.sizes[which])
    primal = numba.njit(error_model="numpy")(program.function)
    gradient = srcad.value_and_grad(program.function, program.argnums)
    primal(*args)
    gradient(*args)
    started = pool.start()
    words = {} if started is None else started.words

    def kept(smallest: int) -> Run:
        def run() -> Any:
            words[SMALLEST] = smallest
            return gradient(*args)

        return run

    runs = (lambda: primal(*args), kept(NEVER), kept(pool.SMALLEST_ARRAY))
    counts: list[list[int]] = [[], [], []]
    seconds: list[list[float]] = [[], [], []]
    for turn in range(ROUNDS):
        for k, run in enumerate(runs):
            run()
            before, start = faults(), time.process_time()
            run()
            if turn:
                seconds[k].append(time.process_time() - start)
                counts[k].append(faults() - before)
    size = srcad.memory_in_use() / (1 << 20)
    agrees = disagreement(runs[1](), runs[2]()) == 0.0
    words[SMALLEST] = pool.SMALLEST_ARRAY
    srcad.release_memory()
    first, second, third = (int(statistics.median(c)) for c in counts)
    one, two, three = (1e3 * statistics.median(s) for s in seconds)
    return MemoryRow(program.name, (first, second, third), (one, two, three), size, agrees)


def memory_report(which: str, say: Callable[[str], None]) -> str:
    """Return both tables."""
    table = [["program", "njit", "faults: without", "with", "njit ms", "without", "with"]]
    table[0] += ["ratio: without", "with", "kept MB"]
    for program in PROGRAMS:
        say(f"{program.name}: memory")
        row = measure_memory(program, which)
        own, before, after = row.times
        cells = [*map(str, row.faults), *(f"{ms:.2f}" for ms in row.times)]
        cells += [f"{before / own:.2f}", f"{after / own:.2f}", f"{row.kept:.1f}"]
        table.append([row.name if row.agrees else f"{row.name} DISAGREES", *cells])
    say("threads")
    if hasattr(os, "sched_setaffinity"):  # so far, one processor is enough
        os.sched_setaffinity(0, range(os.cpu_count() or 1))
    rows = [["threads", "calls per second", "times one", "processors used"], *threads(which)]
    return f"{grid(table)}\n\n{grid(rows)}"


def threads(which: str) -> list[list[str]]:
    """Return the rows of one and two threads that take gradients of some 10 ms."""
    size, calls = {"full": (300_000, 40), "quick": (60_000, 10), "tiny": (10, 2)}[which]
    gradient, x = load("srcad").value_and_grad(sums), np.linspace(0.0, 1.0, size)
    gradient(x)

    def work() -> None:
        for _ in range(calls):
            gradient(x)

    rates: dict[int, list[float]] = {1: [], 2: []}
    used: dict[int, list[float]] = {1: [], 2: []}
    for count in (1, 2) * 5:
        workers = [threading.Thread(target=work) for _ in range(count)]
        start, cpu = time.perf_counter(), time.process_time()
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        taken = time.perf_counter() - start
        rates[count].append(count * calls / taken)
        used[count].append((time.process_time() - cpu) / taken)
    best = {count: max(found) for count, found in rates.items()}

    def row(count: int) -> list[str]:
        times = best[count] / best[1]
        return [str(count), f"{best[count]:.0f}", f"{times:.2f}", f"{max(used[count]):.2f}"]

    return [row(count) for count in rates]
