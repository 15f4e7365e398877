"""The measurements as text for the terminal and as JSON."""

from __future__ import annotations

import importlib.metadata
import platform
from typing import Any

from benchmarks.firstcall import Compilation, Overhead
from benchmarks.measure import Entry, Row

FIRST_CALL_TARGET = 6.0
OVERHEAD_TARGET = 1.5
TAPE_TARGET = 10.0
TAPES = ("tape", "autograd", "torch", "jax")
LIBRARIES = ("numba", "numpy", "autograd", "torch", "jax")


def grid(lines: list[list[str]]) -> str:
    """Cells in aligned columns, the first to the left and the others to the right."""
    widths = [max(len(line[k]) for line in lines) for k in range(len(lines[0]))]
    texts = []
    for line in lines:
        cells = [line[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True)]
        texts.append("  ".join(cells).rstrip())
    texts.insert(1, "-" * max(map(len, texts)))
    return "\n".join(texts)


def figure(number: float) -> str:
    """Three significant digits, without an exponent."""
    if number >= 100:
        return f"{number:,.0f}"
    return f"{number:.1f}" if number >= 10 else f"{number:.2f}"


def cell(entry: Entry | None) -> str:
    """A ratio to the primal; `~` scaled from a smaller run, `!` disagrees."""
    if entry is None:
        return "-"
    return figure(entry.ratio) + "~" * (entry.scale != 1.0) + "!" * (not entry.agrees)


def tape_factor(row: Row) -> float | None:
    """How many times slower than ours (or the limit) the native tape is."""
    judged = judged_entry(row)
    tape = row.entries.get("tape")
    return tape.seconds / judged.seconds if tape and judged else None


def judged_entry(row: Row) -> Entry | None:
    """The entry that is held to the target: ours, or the hand-written one in its absence."""
    return row.entries.get("ours") or row.entries.get("limit")


def verdict(row: Row) -> str:
    """What falls short, or "met"."""
    judged = judged_entry(row)
    if judged is None:
        return ""
    problems = []
    if not judged.agrees:
        problems.append("disagrees")
    if row.case.target is not None and judged.ratio > row.case.target:
        problems.append("above target")
    for name in TAPES:
        other = row.entries.get(name)
        if other and other.seconds <= judged.seconds:
            problems.append(f"{name} is faster")
    factor = tape_factor(row)
    if row.case.scalar_loop and factor is not None and factor < TAPE_TARGET:
        problems.append(f"tape only {factor:.1f}x slower")
    return ", ".join(problems) or "met"


def ratio_table(rows: list[Row]) -> str:
    """Value and gradient over primal, one line per case."""
    names = [
        name
        for name in ("ours", "limit", *TAPES)
        if any(name in row.entries or name in row.skipped for row in rows)
    ]
    lines = [["case", "njit [ms]", *names, "target", "tape/ours", "verdict"]]
    for row in rows:
        factor = tape_factor(row)
        lines.append(
            [
                row.case.name,
                figure(row.primal_seconds * 1e3),
                *(cell(row.entries.get(name)) for name in names),
                "-" if row.case.target is None else f"<= {row.case.target}",
                "-" if factor is None else figure(factor),
                verdict(row),
            ]
        )
    return grid(lines)


def compile_table(compilations: list[Compilation]) -> str:
    """First calls, one line per case."""
    lines = [["first call", "njit [s]", "ours [s]", "ratio", "target"]]
    for c in compilations:
        ours = "-" if c.ours is None else f"{c.ours:.2f}"
        ratio = "-" if c.ours is None else figure(c.ours / c.njit)
        lines.append([c.name, f"{c.njit:.2f}", ours, ratio, f"<= {FIRST_CALL_TARGET}"])
    return grid(lines)


def overhead_line(found: Overhead) -> str:
    """Call overhead in one sentence."""
    text = f"three scalars from Python: njit primal {found.njit:.2f} us"
    if found.value_and_grad is not None and found.grad is not None:
        text += f", value_and_grad {found.value_and_grad:.2f} us, grad {found.grad:.2f} us"
    return f"{text} (target <= {OVERHEAD_TARGET} us)"


def notes(rows: list[Row]) -> list[str]:
    """What a reader of the table must know: sizes, skipped columns, scaled ones."""
    found: dict[str, None] = {}
    for row in rows:
        for name, reason in row.skipped.items():
            missing = reason.endswith("not installed")
            found[f"{name}: {reason}" if missing else f"{row.case.name}, {name}: {reason}"] = None
        if any(entry.scale != 1.0 for entry in row.entries.values()):
            found.update((f"{row.case.name}: {note}", None) for note in row.case.notes)
        for name, entry in row.entries.items():
            if not entry.agrees:
                found[f"{row.case.name}, {name}: differs from the tape by {entry.error:.1e}"] = None
    return list(found)


def text(rows: list[Row], compilations: list[Compilation], found: Overhead) -> str:
    """The whole report for a terminal."""
    parts = [
        "value and gradient over njit primal (medians of interleaved rounds, one thread)",
        "",
        ratio_table(rows),
        "",
        compile_table(compilations),
        "",
        overhead_line(found),
    ]
    remarks = notes(rows)
    return "\n".join(parts + ["", *(f"note: {remark}" for remark in remarks)] * bool(remarks))


def version(library: str) -> str | None:
    """The installed version of `library`, if any."""
    try:
        return importlib.metadata.version(library)
    except importlib.metadata.PackageNotFoundError:
        return None


def as_json(rows: list[Row], compilations: list[Compilation], found: Overhead) -> dict[str, Any]:
    """The same report for programs."""
    return {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "versions": {library: version(library) for library in LIBRARIES},
        "cases": [
            {
                "name": row.case.name,
                "size": list(row.size),
                "target": row.case.target,
                "njit_seconds": row.primal_seconds,
                "columns": {
                    name: {
                        "seconds": entry.seconds,
                        "ratio": entry.ratio,
                        "samples": entry.samples,
                        "scale": entry.scale,
                        "error": entry.error,
                        "agrees": entry.agrees,
                    }
                    for name, entry in row.entries.items()
                },
                "skipped": row.skipped,
                "verdict": verdict(row),
            }
            for row in rows
        ],
        "first_call": [
            {"name": c.name, "njit_seconds": c.njit, "ours_seconds": c.ours} for c in compilations
        ],
        "overhead_microseconds": {
            "njit": found.njit,
            "value_and_grad": found.value_and_grad,
            "grad": found.grad,
        },
    }
