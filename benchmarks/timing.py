"""Medians of interleaved rounds: every contender runs once in each round."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from typing import Any

FEWEST, MOST = 3, 41
SHORTEST_SAMPLE = 2e-3


Clock = Callable[[], float]


def seconds(run: Callable[[], Any], repeats: int = 1, clock: Clock = time.perf_counter) -> float:
    """Seconds per call over `repeats` calls."""
    start = clock()
    for _ in range(repeats):
        run()
    return (clock() - start) / repeats


def interleave(
    runs: dict[str, Callable[[], Any]],
    budget: float,
    progress: Callable[[int], None],
    clock: Clock = time.perf_counter,
) -> dict[str, list[float]]:
    """Samples in seconds per call, by name; all names have been called before (compiled).

    budget: seconds for all together; each has an equal share, and at least FEWEST samples.
    clock: `time.process_time` where other programs run on the machine.
    """
    gc.collect()
    once = {name: seconds(run) for name, run in runs.items()}
    repeats = {name: max(1, int(SHORTEST_SAMPLE / once[name])) for name in runs}
    samples: dict[str, list[float]] = {name: [] for name in runs}
    share = budget / len(runs)
    for turn in range(MOST):
        due = [name for name in runs if turn < FEWEST or sum(samples[name]) * repeats[name] < share]
        if not due:
            break
        progress(turn + 1)
        for name in due:
            samples[name].append(seconds(runs[name], repeats[name], clock))
    return samples
