"""The first gradient of a process, without and with compiled derivatives on disk.

Processor time, in fresh processes: of `import srcad` after Numba, and of the first gradient.
All of Python's own byte code is there, as where srcad is installed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.case import Case

PROGRAM = """
import json, sys, time
import numba
start = time.process_time()
import srcad
imported = time.process_time() - start
from benchmarks.cases import ALL
case = next(case for case in ALL if case.name == sys.argv[1])
args = case.inputs(*case.sizes["tiny"])
start = time.process_time()
made = srcad.value_and_grad(case.primal, case.argnums)
made(*args)
print(json.dumps([imported, time.process_time() - start, not made.emitted]))
"""


@dataclass(frozen=True, slots=True)
class FirstCalls:
    """Milliseconds of a first gradient: compiled, and found on disk; of `import srcad`."""

    name: str
    compiled: float
    found: float
    imported: float


def in_processes(cases: Sequence[Case]) -> list[FirstCalls]:
    """Run each case in fresh processes: once to fill the cache, three times to find it there."""
    rows = []
    with tempfile.TemporaryDirectory() as directory:
        run(cases[0], directory, "first")  # writes the byte code
        for case in cases:
            _, compiled, _ = run(case, directory, "cache")
            found = [run(case, directory, "cache") for _ in range(3)]
            assert all(is_found for *_, is_found in found)
            imported, best = min(row[0] for row in found), min(row[1] for row in found)
            rows.append(FirstCalls(case.name, compiled * 1e3, best * 1e3, imported * 1e3))
    return rows


def run(case: Case, directory: str, cache: str) -> tuple[float, float, bool]:
    """Return the seconds of import and first gradient in a fresh process, and if it was found."""
    asked = {
        "SRCAD_CACHE": "1",
        "SRCAD_CACHE_DIR": os.path.join(directory, cache),  # noqa: PTH118
        "PYTHONPYCACHEPREFIX": os.path.join(directory, "bytecode"),  # noqa: PTH118
        "PYTHONDONTWRITEBYTECODE": "",
    }
    command = [sys.executable, "-c", PROGRAM, case.name]
    done = subprocess.run(  # noqa: S603 - this very program
        command, env={**os.environ, **asked}, capture_output=True, text=True, check=True
    )
    imported, first, is_found = json.loads(done.stdout)
    return imported, first, is_found


def process_report(rows: Sequence[FirstCalls]) -> str:
    """Return the table."""
    lines = [f"{'first gradient, ms':20}{'compiled':>10}{'found':>8}{'import srcad':>14}"]
    lines += [
        f"{row.name:20}{row.compiled:10.0f}{row.found:8.1f}{row.imported:14.0f}" for row in rows
    ]
    return "\n".join(lines)
