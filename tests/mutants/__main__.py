"""Plant faults one by one and say which the tests notice: `python -m tests.mutants`.

Each fault is planted in a copy of the tree, and the tests run there until one fails: first
those of the file's own name, then the fast part of the suite, then more.
"""

from __future__ import annotations

import argparse
import compileall
import json
import os
import py_compile
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

from tests.mutants import ROOT, Mutant, all_mutants

FAST = ("tests/passes", "tests/analysis", "tests/frontend", "tests/library", "tests/rules",
        "tests/test_regressions.py", "tests/test_overwritten.py")  # fmt: skip
MORE = ("tests/test_zoo.py", "tests/test_array_zoo.py", "tests/test_random.py",
        "tests/test_random_arrays.py", "tests/test_aliasing.py")  # fmt: skip
NOT_COMPILED = ("-k", "not compiled")
COMPILED = ("backend/", "options", "parts", "decorated")
"""Files of which the first tests are run compiled as well."""
COPIED = ("srcad", "tests", "docs", "examples", "benchmarks", "pyproject.toml", "README.md")


def main() -> int:
    """Run the faults that are asked for; return 1 if any was not noticed."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--select", default="", help="only faults whose name contains this")
    parser.add_argument("--every", type=int, default=1, help="one fault in so many")
    parser.add_argument("--first", type=int, default=0, help="begin with this one")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--timeout", type=float, default=600.0, help="seconds for one fault")
    parser.add_argument("--stages", type=int, default=3, help="1: own tests, 2: fast ones, 3: more")
    parser.add_argument("--out", type=Path, help="file of results, which are not run again")
    parser.add_argument("--list", action="store_true", help="print the faults and stop")
    options = parser.parse_args()
    chosen = [m for m in all_mutants() if options.select in m.name]
    chosen = chosen[options.first :: options.every]
    if options.list:
        print("\n".join(mutant.name for mutant in chosen))
        return 0
    results = dict(known(options.out))
    todo = [mutant for mutant in chosen if mutant.name not in results]
    with tempfile.TemporaryDirectory(prefix="mutants-") as scratch:
        places: SimpleQueue[Path] = SimpleQueue()
        for k in range(options.jobs):
            places.put(copied(Path(scratch) / str(k)))

        def run(mutant: Mutant) -> tuple[Mutant, str]:
            place = places.get()
            try:
                return mutant, fate(mutant, place, options.timeout, options.stages)
            finally:
                places.put(place)

        with ThreadPoolExecutor(options.jobs) as pool:
            for mutant, result in pool.map(run, todo):
                results[mutant.name] = result
                print(f"{result:60} {mutant.name}", flush=True)
                if options.out:
                    with options.out.open("a") as file:
                        file.write(json.dumps([mutant.name, result]) + "\n")
    return report({mutant.name: results[mutant.name] for mutant in chosen})


def report(results: dict[str, str]) -> int:
    """Print how many faults were noticed, and those that were not; return the exit code."""
    survivors = [name for name, result in results.items() if result.startswith("survived")]
    print(f"\n{len(results) - len(survivors)} of {len(results)} faults were noticed")
    for name in survivors:
        print(f"  survived: {name}")
    return int(bool(survivors))


def known(path: Path | None) -> Iterator[tuple[str, str]]:
    """Yield the results of an earlier run."""
    if path and path.exists():
        for line in path.read_text().splitlines():
            yield tuple(json.loads(line))


def copied(place: Path) -> Path:
    """Copy the tree to a place, and return it."""
    place.mkdir()
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, place / name, ignore=shutil.ignore_patterns("__pycache__"))
        elif source.exists():
            shutil.copy(source, place / name)
    # Byte code that is checked against the text: a fault is compiled anew, the rest is not.
    compileall.compile_dir(
        place, quiet=2, invalidation_mode=py_compile.PycInvalidationMode.CHECKED_HASH
    )
    return place


def fate(mutant: Mutant, place: Path, timeout: float, stages: int) -> str:
    """Return "killed by ..." or "survived" for one fault in a copy of the tree."""
    path = place / "srcad" / mutant.file
    text = path.read_text()
    end = time.monotonic() + timeout
    try:
        path.write_text(mutant.applied(text))
        for k, tests in enumerate((mutant.first_tests(), FAST, MORE)[:stages]):
            there = [test for test in tests if (place / test).exists()]
            chosen = () if k == 0 and mutant.file.startswith(COMPILED) else NOT_COMPILED
            if there and (test := failing(there, chosen, place, end - time.monotonic())):
                return f"killed by {test}"
    finally:
        path.write_text(text)
    return "survived" if time.monotonic() < end else "survived (time was up)"


def failing(tests: Sequence[str], chosen: tuple[str, ...], place: Path, seconds: float) -> str:
    """Return the first test that fails, or nothing. chosen: options that choose some of them."""
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(place)}
    command = [sys.executable, "-m", "pytest", "-q", "-n0", "-x", "--no-header", "--tb=no",
               "-p", "no:cacheprovider", *chosen, *tests]  # fmt: skip
    try:
        run = subprocess.run(command, cwd=place, env=environment, timeout=max(seconds, 1.0),
                             capture_output=True, text=True, check=False)  # fmt: skip
    except subprocess.TimeoutExpired:
        return ""
    if run.returncode in {0, 5}:
        return ""
    lines = [line for line in run.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return lines[0].split(" - ")[0].split(" ", 1)[1][:90] if lines else f"exit {run.returncode}"


if __name__ == "__main__":
    sys.exit(main())
