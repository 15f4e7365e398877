"""One case from inputs to medians: prepare, check for agreement, time."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.case import Case
from benchmarks.columns import NJIT, TAPE, Column, NotInstalledError, Result, Run, disagreement
from benchmarks.timing import interleave


@dataclass(frozen=True, slots=True)
class Entry:
    """One cell: seconds per call (scaled to the full size), and how far it is from the tape."""

    seconds: float
    ratio: float
    samples: int
    scale: float
    error: float
    agrees: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; `skipped` maps a column to the reason why it has no entry."""

    case: Case
    size: tuple[int, ...]
    primal_seconds: float
    entries: dict[str, Entry]
    skipped: dict[str, str]


def measure(
    case: Case,
    columns: tuple[Column, ...],
    which: str,
    budget: float,
    say: Callable[[str], None],
) -> Row:
    """Time all columns on one case; `say` is told what happens."""
    runs: dict[str, Run] = {}
    checks: dict[str, tuple[float, float]] = {}
    skipped: dict[str, str] = {}
    references: dict[str, Result] = {}
    for column in columns:
        size = "eager" if column.eager and which == "full" else which
        args = case.inputs(*case.size(size))
        if size not in references:
            references[size] = TAPE.prepare(case, args)()
        say(f"{case.name}: compiling {column.name}")
        try:
            run = column.prepare(case, args)
            error = disagreement(run(), references[size])
        except NotInstalledError as reason:
            skipped[column.name] = str(reason)
            continue
        except Exception as failure:  # noqa: BLE001  (one broken column must not end the run)
            skipped[column.name] = f"failed: {type(failure).__name__}: {failure}"
            continue
        runs[column.name] = run
        checks[column.name] = (case.scale(which, size), error)
    runs[NJIT.name] = NJIT.prepare(case, case.inputs(*case.size(which)))
    runs[NJIT.name]()
    samples = interleave(runs, budget, lambda turn: say(f"{case.name}: round {turn}"))
    primal = statistics.median(samples.pop(NJIT.name))
    entries = {
        name: entry_of(case, times, primal, *checks[name]) for name, times in samples.items()
    }
    return Row(case, case.size(which), primal, entries, skipped)


def entry_of(case: Case, times: list[float], primal: float, scale: float, error: float) -> Entry:
    """The cell for a column's samples."""
    taken = statistics.median(times) * scale
    return Entry(taken, taken / primal, len(times), scale, error, error <= case.tolerance)
