"""First gradients without the cache, beside njit's own compilation of the primal.

Processor seconds in one process that has paid what is paid once; how they grow with the
program; and what `import srcad` adds to `import numba`, in processes of its own.
"""

from __future__ import annotations

import gc
import math
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numba
import numpy as np

from benchmarks.columns import load
from benchmarks.first_programs import Program, programs
from benchmarks.generated import calls, loops, straight
from benchmarks.report import figure, grid

TARGET = 3.0
GROWTH: dict[str, tuple[Callable[[int], Any], tuple[int, ...]]] = {
    "statements": (straight, (50, 100, 200, 400)),
    "loops": (loops, (5, 10, 20, 40)),
    "calls": (calls, (5, 10, 20, 40)),
}
IMPORT = """
import numba, time
start = time.process_time()
import srcad
print(time.process_time() - start)
"""


@dataclass(frozen=True, slots=True)
class FirstGradient:
    """Processor seconds: njit's compilation of the primal, our derivation, and all of ours."""

    name: str
    njit: float
    derivation: float
    ours: float


def first_gradient(program: Program) -> FirstGradient:
    """Compile the primal and its value and gradient, each by a call."""
    primal = numba.njit(error_model="numpy")(program.function)
    njit = seconds(lambda: primal(*given(program)))
    made = load("srcad").value_and_grad(program.function, program.argnums)
    types = tuple(map(numba.typeof, given(program)))
    derivation = seconds(lambda: made.emit(types))
    return FirstGradient(
        program.name, njit, derivation, derivation + seconds(lambda: made(*given(program)))
    )


def given(program: Program) -> tuple[Any, ...]:
    """Return arguments that may be written."""
    return tuple(a.copy() if isinstance(a, np.ndarray) else a for a in program.args)


def seconds(work: Callable[[], object]) -> float:
    """Return the processor seconds of some work, and of the garbage that it leaves."""
    gc.collect()
    start = time.process_time()
    work()
    gc.collect(0)
    return time.process_time() - start


def import_seconds(rounds: int = 3) -> float:
    """Return what `import srcad` adds to `import numba`, at best."""
    command = [sys.executable, "-c", IMPORT]
    outputs = [
        subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603
        for _ in range(rounds)
    ]
    return min(map(float, outputs))


def growth() -> Iterator[tuple[str, list[int], list[float]]]:
    """Measure programs of growing length: what grows, how many, and their seconds."""
    for name, (make, counts) in GROWTH.items():
        args: tuple[Any, ...] = (0.3, 0.2) if name == "statements" else (np.ones(3),)
        found = [
            first_gradient(Program(name, make(n), args, tuple(range(len(args))))) for n in counts
        ]
        yield name, list(counts), [row.ours for row in found]


def exponent(counts: Sequence[int], times: Sequence[float]) -> float:
    """Return p where the time of the longer half grows as the p-th power of the length."""
    return math.log(times[-1] / times[-2]) / math.log(counts[-1] / counts[-2])


def compile_report(
    say: Callable[[str], None], wanted: Sequence[str] = (), before: dict[str, float] | None = None
) -> tuple[str, dict[str, float]]:
    """Return the tables, and the seconds by program.

    wanted: names of programs; all, and how times grow, if there are none.
    before: seconds by program, for a column that compares.
    """
    rows = []
    for program in programs():
        if not wanted or program.name in wanted:
            say(program.name)
            rows.append(first_gradient(program))
    head = ["first gradient, processor s", "njit", "derivation", "ours", "ratio", "target"]
    lines = [head + ["before", "ratio"] * bool(before)]
    for row in rows:
        line = [row.name, *(f"{t:.2f}" for t in (row.njit, row.derivation, row.ours))]
        line += [figure(row.ours / row.njit), f"<= {TARGET}"]
        if before:
            old = before.get(row.name)
            line += ["-", "-"] if old is None else [f"{old:.2f}", figure(old / row.njit)]
        lines.append(line)
    mean = statistics.geometric_mean(row.ours / row.njit for row in rows)
    parts = [grid(lines), f"geometric mean of the ratios {mean:.2f}, target <= 1.2"]
    if not wanted:
        for name, counts, times in growth():
            pairs = ", ".join(f"{n}: {t:.2f}" for n, t in zip(counts, times, strict=True))
            parts.append(f"{name} {pairs} s: grows as n**{exponent(counts, times):.2f}")
        parts.append(f"import srcad adds {import_seconds():.2f} s to import numba, target <= 0.15")
    return "\n".join(parts), {row.name: row.ours for row in rows}
