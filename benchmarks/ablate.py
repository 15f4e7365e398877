"""What is each pass good for? Each step is left out in turn: time, first call, text, memory.

`python -m benchmarks --ablate` leaves out one step of `srcad.pipeline.STEPS` after the other.
Where the source of a benchmark program is another one then, both are compiled and timed side by
side; ratios above 1 say what the step is good for.
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from types import FunctionType
from typing import Any

import numba

from benchmarks.array_cases import ALL as ARRAYS
from benchmarks.cases import ALL
from benchmarks.columns import disagreement, load
from benchmarks.timing import interleave

SAME = 1e-9
"""Results may differ by this much, for sums of ours may be added up in another order."""


@dataclass(slots=True)
class Ablation:
    """What happens without one step: ratios to what there is with it, by program.

    slower, first, longer, more: seconds per call, seconds of the first call, lines of text,
    bytes kept. failed: programs of which nothing can be derived, or another result is.
    """

    step: str
    slower: dict[str, float] = field(default_factory=dict)
    first: dict[str, float] = field(default_factory=dict)
    longer: dict[str, float] = field(default_factory=dict)
    more: dict[str, float] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Program:
    """A benchmark program: what it is called with to compile it, and to time it."""

    name: str
    function: Callable[..., Any]
    argnums: tuple[int, ...]
    tiny: tuple[Any, ...]
    args: tuple[Any, ...]

    def copy(self) -> FunctionType:
        """Return the function as one of its own, of which nothing has been derived."""
        f = self.function
        return FunctionType(f.__code__, f.__globals__, f.__name__, f.__defaults__, f.__closure__)


@dataclass(frozen=True, slots=True)
class Made:
    """A gradient: its text, the bytes that it keeps, seconds of the first call, and a call."""

    source: str
    kept: int
    first: float
    run: Callable[[], Any]


def programs(which: str) -> Iterator[Program]:
    """Yield the benchmark programs, in loops and in NumPy form."""
    for case in ALL:
        tiny, args = (case.inputs(*case.size(size)) for size in ("tiny", which))
        yield Program(case.name, case.primal, case.argnums, tiny, args)
    for array in ARRAYS:
        small = min(array.sizes, key=lambda size: array.sizes[size])
        tiny, args = map(array.args, (small, which if which in array.sizes else "full"))
        yield Program(f"{array.name} (NumPy)", array.program, array.argnums, tiny, args)


@contextmanager
def without(step: str | None) -> Iterator[None]:
    """Leave a step out of all derivations in the block."""
    pipeline, memo = load("srcad.pipeline"), load("srcad.memo")
    steps = pipeline.STEPS
    left = [replace(s, apply=lambda f, _: f) if s.name == step else s for s in steps]
    pipeline.STEPS = tuple(left)
    memo._by_content.clear()  # noqa: SLF001  (equal functions share their derivatives)
    try:
        yield
    finally:
        pipeline.STEPS = steps
        memo._by_content.clear()  # noqa: SLF001


def steps() -> list[str]:
    """Return the names of all steps."""
    return [step.name for step in load("srcad.pipeline").STEPS]


def source_of(program: Program, left_out: str | None) -> str:
    """Return the text of the gradient; nothing is compiled."""
    from_numba = load("srcad.frontend.types.numba_types").from_numba
    types = tuple(from_numba(numba.typeof(value)) for value in program.tiny)
    with without(left_out):
        made = load("srcad.pipeline").derive(
            program.copy(), "value_and_grad", types, program.argnums
        )
    return str(made.source)


def made(program: Program, left_out: str | None) -> Made:
    """Return the gradient of a program, called once on tiny arguments and once on all."""
    srcad = load("srcad")
    with without(left_out):
        own = program.copy()
        gradient = srcad.value_and_grad(own, argnums=program.argnums)
        start = time.process_time()
        gradient(*program.tiny)
        first = time.process_time() - start
        gradient(*program.args)
        kept = int(srcad.memory(own, argnums=program.argnums)(*program.args))
        source = "\n".join(gradient.inspect_source().values())
        return Made(source, kept, first, lambda: gradient(*program.args))


def ablate(
    cases: Sequence[Program], steps: Sequence[str], budget: float, say: Callable[[str], None]
) -> list[Ablation]:
    """Leave out each step in turn; `budget`: seconds of timing per step and program."""
    texts = {program.name: source_of(program, None) for program in cases}
    whole: dict[str, Made] = {}
    found = []
    for step in steps:
        result = Ablation(step)
        found.append(result)
        for program in cases:
            say(f"without {step}: {program.name}")
            try:
                if source_of(program, step) == texts[program.name]:
                    continue
                if program.name not in whole:
                    whole[program.name] = made(program, None)
                compare(result, program, whole[program.name], made(program, step), budget)
            except Exception as failure:  # noqa: BLE001  (what is wrong without it is the result)
                result.failed[program.name] = f"{type(failure).__name__}: {failure}"[:60]
    return found


def compare(result: Ablation, program: Program, with_: Made, out: Made, budget: float) -> None:
    """Add the ratios of one program; `out`: what is made without the step."""
    values, others = with_.run(), out.run()
    if disagreement(others, values) > SAME:
        result.failed[program.name] = "another result"
        return
    runs = {"with": with_.run, "without": out.run}
    samples = interleave(runs, budget, lambda _: None)
    times = {name: min(taken) for name, taken in samples.items()}
    result.slower[program.name] = times["without"] / times["with"]
    result.first[program.name] = out.first / with_.first
    result.longer[program.name] = out.source.count("\n") / with_.source.count("\n")
    if with_.kept or out.kept:
        result.more[program.name] = out.kept / max(with_.kept, 1)


def ablation_report(found: list[Ablation]) -> str:
    """Return the table: for each step the programs that change, and the extremes of the ratios."""
    lines = [
        "| without | programs | time | worst | first call | lines | bytes | fails |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in found:
        count = len(row.slower)
        worst = max(row.slower.items(), key=lambda item: item[1], default=("", 1.0))
        ratios = [mean(values) for values in (row.slower, row.first, row.longer, row.more)]
        time_, first, longer, more = (f"{ratio:.2f}" if count else "" for ratio in ratios)
        shown = f"{worst[1]:.2f} {worst[0]}" if count else ""
        fails = ", ".join(f"{name}: {why}" for name, why in list(row.failed.items())[:1])
        fails = f"{len(row.failed)} ({fails})" if fails else ""
        lines.append(
            f"| {row.step} | {count} | {time_} | {shown} | {first} | {longer} | {more} | {fails} |"
        )
    return "\n".join(lines)


def mean(ratios: dict[str, float]) -> float:
    """Return the geometric mean."""
    logs = [math.log(max(ratio, 1e-9)) for ratio in ratios.values()]
    return math.exp(statistics.fmean(logs)) if logs else 1.0
