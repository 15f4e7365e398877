"""The table of the further cases: value and gradient, ours and by hand, over njit's primal."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import numba

from benchmarks.case import Args
from benchmarks.columns import Result, Run, disagreement, load
from benchmarks.further.case import FurtherCase
from benchmarks.report import figure, grid
from benchmarks.timing import interleave

TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class FurtherRow:
    """Seconds per column, and what is wrong, by column."""

    case: FurtherCase
    seconds: dict[str, float]
    failed: dict[str, str]


def measure_further(
    case: FurtherCase, which: str, budget: float, say: Callable[[str], None]
) -> FurtherRow:
    """Time njit, ours and the adjoint by hand in one process, after checking that they agree."""
    args = case.args(which)
    runs: dict[str, Run] = {}
    failed: dict[str, str] = {}
    expected: Result | None = None
    for name, make in COLUMNS.items():
        if name == "hand" and case.hand is None:
            continue
        say(f"{case.name}: compiling {name}")
        run = make(case, args)
        try:
            result = run()
        except Exception as failure:  # noqa: BLE001  (one broken column must not end the run)
            failed[name] = f"failed: {type(failure).__name__}: {str(failure).strip()[:200]}"
            continue
        runs[name] = run
        if name == "njit":
            continue
        if expected is not None and (error := disagreement(result, expected)) > TOLERANCE:
            failed[name] = f"disagrees by {error:.1e}"
        expected = expected or result
    samples = interleave(
        runs, budget, lambda turn: say(f"{case.name}: round {turn}"), time.process_time
    )
    return FurtherRow(case, {n: statistics.median(t) for n, t in samples.items()}, failed)


def _njit(case: FurtherCase, args: Args) -> Run:
    compiled = numba.njit(error_model="numpy")(case.program)
    return lambda: compiled(*args)


def _ours(case: FurtherCase, args: Args) -> Run:
    compiled = load("srcad").value_and_grad(case.program, argnums=case.argnums)
    return lambda: compiled(*args)


def _by_hand(case: FurtherCase, args: Args) -> Run:
    assert case.hand is not None
    compiled = numba.njit(error_model="numpy")(case.hand)

    def run() -> Result:
        value, *gradients = compiled(*args)
        return value, tuple(gradients)

    return run


COLUMNS: dict[str, Callable[[FurtherCase, Args], Run]] = {
    "njit": _njit,
    "ours": _ours,
    "hand": _by_hand,
}


def further_report(rows: list[FurtherRow]) -> str:
    """The table, one line per case."""
    lines = [["case", "njit [ms]", "ours/njit", "hand/njit", "ours/hand"]]
    lines += [[r.case.name, _ms(r), *(_ratio(r, *p) for p in PAIRS)] for r in rows]
    notes = [f"note: {r.case.name}, {name}: {why}" for r in rows for name, why in r.failed.items()]
    title = "value and gradient over njit primal (medians of interleaved rounds, processor time)"
    return "\n".join([title, "", grid(lines), *["", *notes] * bool(notes)])


PAIRS = (("ours", "njit"), ("hand", "njit"), ("ours", "hand"))


def _ms(row: FurtherRow) -> str:
    return figure(row.seconds["njit"] * 1e3) if "njit" in row.seconds else "-"


def _ratio(row: FurtherRow, over: str, under: str) -> str:
    if over not in row.seconds or under not in row.seconds:
        return "-"
    return figure(row.seconds[over] / row.seconds[under])
