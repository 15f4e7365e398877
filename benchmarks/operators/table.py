"""The tables of the operators: agreement first, then medians of interleaved rounds."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.columns import NotInstalledError, Run, relative_error
from benchmarks.operators.cases import OperatorCase
from benchmarks.report import figure, grid
from benchmarks.timing import interleave

TOLERANCE = 1e-6
"""Results of loops that stop at a tolerance of their own differ by about that much."""


@dataclass(frozen=True, slots=True)
class OperatorRow:
    """Seconds of each contender; `failed` maps a contender to the reason why it has none."""

    case: OperatorCase
    seconds: dict[str, float]
    failed: dict[str, str]


def measure_operator(case: OperatorCase, budget: float, say: Callable[[str], None]) -> OperatorRow:
    """Time all contenders of one row in one process."""
    runs: dict[str, Run] = {}
    failed: dict[str, str] = {}
    expected: Any = None
    for name, make in {"ours": case.ours, "against": case.against, **case.peers}.items():
        say(f"{case.name}: compiling {name}")
        try:
            run = make()
            result = run()
        except NotInstalledError as reason:
            failed[name] = str(reason)
            continue
        if name == "ours":
            expected = result
        elif case.agrees or name != "against":
            error = relative_error(np.asarray(result), np.asarray(expected))
            if not error <= TOLERANCE:
                failed[name] = f"disagrees by {error:.1e}"
        runs[name] = run
    samples = interleave(runs, budget, lambda turn: say(f"{case.name}: round {turn}"))
    medians = {name: statistics.median(times) for name, times in samples.items()}
    return OperatorRow(case, medians, failed)


def operator_report(rows: list[OperatorRow]) -> str:
    """One table for each group of rows, and what was not measured."""
    parts = ["operators (medians of interleaved rounds, one thread)"]
    for table in dict.fromkeys(row.case.table for row in rows):
        group = [row for row in rows if row.case.table == table]
        peers = list(dict.fromkeys(name for row in group for name in row.case.peers))
        heads = [table, "ours [us]", "ratio", "target", *(f"{name}/ours" for name in peers)]
        parts += ["", grid([heads, *(_line(row, peers) for row in group)])]
    notes = [f"note: {r.case.name}, {name}: {why}" for r in rows for name, why in r.failed.items()]
    return "\n".join([*parts, "", *notes])


def _line(row: OperatorRow, peers: list[str]) -> list[str]:
    case, seconds = row.case, row.seconds
    over, under = ("ours", "against") if case.at_most else ("against", "ours")
    sign = "<=" if case.at_most else ">="
    return [
        case.name,
        figure(seconds["ours"] * 1e6),
        _ratio(seconds, over, under),
        "-" if case.target is None else f"{sign} {case.target}",
        *(_ratio(seconds, name, "ours") for name in peers),
    ]


def _ratio(seconds: dict[str, float], over: str, under: str) -> str:
    if over not in seconds or under not in seconds:
        return "-"
    return figure(seconds[over] / seconds[under])
